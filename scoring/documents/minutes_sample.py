"""Made-up minutes a template is tried with: full ones, and ones in which nothing happened."""

from __future__ import annotations

from typing import Any


def full() -> dict[str, Any]:
    """Return words of the same shape as real minutes, with something in every list."""
    video = {"unit": "Sở Giáo dục & Đào tạo", "title": "Một cửa <thân thiện>"}
    act = {
        **{"judge": "Nguyễn Thị Hồng Đào", "at": "09:30 ngày 21/11/2026"},
        **{"by": "Trần Văn Ước", "reason": 'Lý do "đã nêu"'},
    }
    cells = [{"total": "88,5", "why": ""}, {"total": "—", "why": "xung đột lợi ích"}]
    row = {
        **{"unit_code": "SGDĐT", "totals": cells, "mean": "88,50", "spread": "15,50"},
        **{"flag": "Cần hội ý", "discussed": "(đã hội ý)"},
    }
    return {
        "draft": "DỰ THẢO",
        "contest": "Hội thi tìm hiểu cải cách hành chính",
        "year": "2026",
        "parent_organ": "Ủy ban nhân dân tỉnh",
        "organizer": "Sở Nội vụ",
        "notice": "Số liệu minh họa.",
        "opens": "07:00 ngày 01/11/2026",
        "closes": "17:00 ngày 20/11/2026",
        "drawn_up": "08:00 ngày 21/11/2026",
        "judges": [
            {"short": "GK1", "name": "Trần Văn Ước", "role": "Trưởng Ban Giám khảo"},
            {"short": "GK2", "name": "Nguyễn Thị Hồng Đào", "role": "Giám khảo"},
        ],
        "chair": "Trần Văn Ước",
        "criteria": [{"name": "Nội dung", "most": "30"}, {"name": "Kỹ thuật", "most": "70"}],
        "aggregate": "trung bình cộng của các phiếu hợp lệ",
        "limit": "15",
        "videos": [{**video, **row, "number": str(number)} for number in (1, 2)],
        "left_out": "1",
        "counts": dict.fromkeys(bare()["counts"], "2"),
        "discussions": [
            {**video, "at": act["at"], "by": act["by"], "text": "Giữ điểm.\nNhất trí."}
        ],
        "excuses": [{**video, **act}],
        "reopened": [{**video, **act}],
    }


def bare() -> dict[str, Any]:
    """Return the words of minutes without judges, videos or anything to tell."""
    texts = (
        *("draft", "contest", "year", "parent_organ", "organizer", "notice", "opens", "closes"),
        *("drawn_up", "chair", "aggregate", "limit", "left_out"),
    )
    lists = ("judges", "criteria", "videos", "discussions", "excuses", "reopened")
    counts = ("judges", "videos", "counted", "excused", "conflicts", "missing", "wide")
    return {
        **dict.fromkeys(texts, ""),
        **{name: [] for name in lists},
        "counts": dict.fromkeys(counts, "0"),
    }
