"""The judging minutes: what is in them, who may have them, and when (rules: M2-M6, A5)."""

import datetime as dt
import runpy
import zipfile
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contests.models import Conflict, Contest
from scoring.documents import minutes
from scoring.models import ScoreSheet, open_sheet, write_discussion
from tests import make
from tests.scoring.docx_files import paragraphs, tables, whole_text

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
LIST = "/admin/scoring/scoresheet/"
TITLE = 'Một cửa <thân thiện> & "gần dân"'
HOUR = dt.timedelta(hours=1)


class Panel:
    """Two videos, a chair and three judges; the first video's sheets lie 20 points apart."""

    def __init__(self) -> None:
        self.now = timezone.now()
        self.contest = make.make_contest(
            now=self.now, name="Hội thi “Cải cách & phục vụ”", organizer_name="Sở Nội vụ & Lao động"
        )
        make.make_criteria(self.contest)
        unit = make.make_unit(self.contest, "A1", name="Sở Giáo dục & Đào tạo")
        self.wide = make.make_video(unit, TITLE)
        self.other_unit = make.make_unit(self.contest, "A2", name="Huyện Mỹ Xuyên")
        self.near = make.make_video(self.other_unit, "{{ contest }} của xã")
        self.chair = make.make_judge(self.contest, "Trần Văn Ước", is_chair=True)
        self.second = make.make_judge(self.contest, "Bùi Thị Hằng")
        self.excused = make.make_judge(self.contest, "Lê Ngọc Ẩn")
        self.own = make.make_judge(self.contest, "Võ Quỳnh", unit=self.other_unit)
        self.organizer = make.make_organizer(self.contest)

    def mark(self) -> None:
        """Hand in every sheet, excuse one judge, open one sheet again, talk the first one over."""
        for judge, marks in (
            (self.chair, ("30", "20", "25", "15", "5")),
            (self.second, ("25", "15", "20", "10", "5")),
            (self.own, ("27", "17.5", "21", "18", "5")),
        ):
            make.make_sheet(judge, self.wide, *marks, now=self.now)
        for judge in (self.chair, self.second):
            make.make_sheet(judge, self.near, "27", "17.5", "21", "18", "4.5", now=self.now)
        for video in (self.wide, self.near):
            sheet = open_sheet(judge=self.excused, video=video, now=self.now)
            sheet.excuse(by=self.chair.user, reason="Đi công tác <đột xuất>", now=self.now)
        opened = ScoreSheet.objects.get(judge=self.second, video=self.near)
        opened.reopen(by=self.chair.user, reason='Ghi nhầm mục "Kỹ thuật"', now=self.now)
        opened.submit(now=self.now)
        said = "Giữ nguyên điểm.\nNhất trí 3/3 & ghi biên bản."
        write_discussion(video=self.wide, by=self.chair.user, text=said, now=self.now)

    def close(self) -> None:
        Contest.objects.filter(pk=self.contest.pk).update(judging_closes_at=timezone.now() - HOUR)
        self.contest.refresh_from_db()


@pytest.fixture
def panel():
    return Panel()


def address(panel):
    return f"{LIST}minutes/{panel.contest.slug}/"


def result_rows(content):
    [table] = [table for table in tables(content) if table[0][0] == "TT"]
    return table


# --- the document ---------------------------------------------------------------------------------


def test_minutes_say_every_total_mean_spread_and_flag(panel):
    panel.mark()
    heads, wide, near = result_rows(minutes.render(panel.contest, now=panel.now))
    assert heads == [
        *("TT", "Đơn vị, tên video", "GK1", "GK2", "GK3", "GK4"),
        *("Điểm video", "Chênh lệch", "Ghi chú"),
    ]
    # The chair first, then by name; 95, 75 and 88.5 over three sheets are 86.1666…
    assert wide == [
        *("1", f"Sở Giáo dục & Đào tạo “{TITLE}”", "95", "75", "— miễn chấm", "88,5"),
        *("86,17", "20,00", "Cần hội ý (đã hội ý)"),
    ]
    assert near == [
        *("2", "Huyện Mỹ Xuyên “{{ contest }} của xã”", "88", "88", "— miễn chấm"),
        *("— xung đột lợi ích", "88,00", "0,00", ""),
    ]


def test_minutes_name_the_panel_the_organizer_and_what_happened(panel):
    panel.mark()
    content = minutes.render(panel.contest, now=panel.now)
    at = minutes.moment(panel.now)
    lines = paragraphs(content)
    for line in (
        "BIÊN BẢN",
        "Hội thi “Cải cách & phục vụ”",
        "Ban Giám khảo gồm 4 người:",
        "Số video: 2; số phiếu được tính: 5; miễn chấm: 2; xung đột lợi ích: 1; chưa nộp: 0;"
        " video cần hội ý: 1.",
        f"- Video “{TITLE}” (Sở Giáo dục & Đào tạo), Trần Văn Ước ghi hồi {at}:",
        "Giữ nguyên điểm.\nNhất trí 3/3 & ghi biên bản.",
        f"- Video “{TITLE}” (Sở Giáo dục & Đào tạo), giám khảo Lê Ngọc Ẩn: Trần Văn Ước cho miễn"
        f" hồi {at}. Lý do: Đi công tác <đột xuất>",
        "- Video “{{ contest }} của xã” (Huyện Mỹ Xuyên), giám khảo Bùi Thị Hằng: Trần Văn Ước mở"
        f' lại hồi {at}. Lý do: Ghi nhầm mục "Kỹ thuật"',
    ):
        assert line in lines
    head, legend, _results, signed, closing = tables(content)
    assert head[0] == [
        "ỦY BAN NHÂN DÂN TỈNH SỞ NỘI VỤ & LAO ĐỘNG",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc",
    ]
    assert legend[1] == ["GK1", "Trần Văn Ước", "Trưởng Ban Giám khảo"]
    people = ["Trần Văn Ước", "Bùi Thị Hằng", "Lê Ngọc Ẩn", "Võ Quỳnh"]
    assert [row[1] for row in legend[1:]] == people
    assert [row[1] for row in signed[1:]] == people
    assert closing[0] == ["THƯ KÝ", "TRƯỞNG BAN GIÁM KHẢO"]
    assert closing[2][1] == "Trần Văn Ước"


def test_minutes_are_a_draft_until_judging_has_closed(panel):
    closes = panel.contest.judging_closes_at
    before = minutes.render(panel.contest, now=closes - dt.timedelta(microseconds=1))
    assert "DỰ THẢO" in paragraphs(before)
    assert "DỰ THẢO" not in whole_text(minutes.render(panel.contest, now=closes))


def test_sheet_opened_again_and_not_handed_in_counts_nowhere(panel):
    panel.mark()
    sheet = ScoreSheet.objects.get(judge=panel.second, video=panel.wide)
    sheet.reopen(by=panel.chair.user, reason="Chấm nhầm video", now=panel.now)
    _heads, wide, _near = result_rows(minutes.render(panel.contest, now=panel.now))
    assert "75" not in wide
    assert "— chưa nộp" in wide
    assert wide[6:] == ["91,75", "6,50", ""]


def test_aggregate_in_force_is_named_and_used(panel):
    panel.mark()
    Contest.objects.update(judge_aggregate="median")
    panel.contest.refresh_from_db()
    content = minutes.render(panel.contest, now=panel.now)
    assert "Điểm video là trung vị của các phiếu hợp lệ" in whole_text(content)
    assert result_rows(content)[1][6] == "88,50"
    # Without one highest and one lowest takes five sheets of every video: here it is the mean.
    Contest.objects.update(judge_aggregate="trimmed")
    panel.contest.refresh_from_db()
    content = minutes.render(panel.contest, now=panel.now)
    assert "Điểm video là trung bình cộng của các phiếu hợp lệ" in whole_text(content)
    assert result_rows(content)[1][6] == "86,17"


def test_characters_word_cannot_hold_are_left_out(panel):
    panel.mark()
    said = "Trước\x0b\x07giữa\x0csau\ufffe 😀"
    write_discussion(video=panel.wide, by=panel.chair.user, text=said, now=panel.now)
    assert "Trướcgiữasau 😀" in paragraphs(minutes.render(panel.contest, now=panel.now))


def test_minutes_take_as_many_queries_for_many_videos_as_for_two(panel):
    panel.mark()

    def queries():
        with CaptureQueriesContext(connection) as caught:
            minutes.context(panel.contest, now=panel.now)
        return len(caught)

    few = queries()
    for _more in range(3):
        video = make.make_video(make.make_unit(panel.contest))
        make.make_sheet(panel.chair, video, "30", "20", "25", "15", "5", now=panel.now)
        sheet = open_sheet(judge=panel.second, video=video, now=panel.now)
        sheet.excuse(by=panel.chair.user, reason="Ốm", now=panel.now)
    assert queries() == few


def test_default_template_is_what_its_script_makes(tmp_path):
    made = tmp_path / "made.docx"
    runpy.run_path(str(ROOT / "deploy/word_templates.py"))["make_minutes"]().save(str(made))
    with zipfile.ZipFile(made) as new, zipfile.ZipFile(minutes.DEFAULT_TEMPLATE) as kept:
        assert new.namelist() == kept.namelist()
        assert all(new.read(part) == kept.read(part) for part in kept.namelist())
    minutes.check_template(minutes.DEFAULT_TEMPLATE.read_bytes(), name="mau.docx")


def test_samples_have_the_shape_of_real_minutes(panel):
    panel.mark()

    def shape(value):
        if isinstance(value, dict):
            return {key: shape(item) for key, item in value.items()}
        return [shape(value[0])] if isinstance(value, list) else "text"

    real = minutes.context(panel.contest, now=panel.now)
    assert shape(minutes.minutes_sample.full()) == shape(real)
    assert set(minutes.minutes_sample.bare()) == set(real)
    assert set(minutes.minutes_sample.bare()["counts"]) == set(real["counts"])


# --- who gets it, and when ------------------------------------------------------------------------


def test_organizer_gets_a_file_that_is_kept_nowhere(client, panel):
    panel.mark()
    panel.close()
    client.force_login(panel.organizer)
    response = client.get(address(panel))
    assert result_rows(response.content)[1][6] == "86,17"
    assert response["Content-Disposition"].startswith(
        'attachment; filename="bien-ban-cham-hoi-thi.docx"; filename*=UTF-8'
    )
    assert response["Content-Type"].endswith("wordprocessingml.document")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


def test_before_every_sheet_is_in_the_organizer_gets_a_sentence_and_no_mark(client, panel):
    make.make_sheet(panel.chair, panel.wide, "30", "20", "25", "15", "5", now=panel.now)
    client.force_login(panel.organizer)
    progress = f"{LIST}progress/{panel.contest.slug}/"
    assert "Biên bản chấm (Word)" not in client.get(progress).content.decode()
    response = client.get(address(panel), follow=True)
    assert response.redirect_chain == [(progress, 302)]
    shown = response.content.decode()
    assert "Chỉ lập được biên bản khi đã hết thời gian chấm" in shown
    assert ">95<" not in shown


def test_organizer_gets_a_draft_once_no_sheet_is_missing(client, panel):
    panel.mark()
    client.force_login(panel.organizer)
    assert "DỰ THẢO" in paragraphs(client.get(address(panel)).content)
    sheet = ScoreSheet.objects.get(judge=panel.second, video=panel.near)
    sheet.reopen(by=panel.chair.user, reason="Chấm nhầm", now=panel.now)
    assert client.get(address(panel)).status_code == 302


def test_contest_without_any_sheet_is_not_settled_before_closing(client, panel):
    panel.contest.judges.all().delete()
    client.force_login(panel.organizer)
    assert client.get(address(panel)).status_code == 302


def test_chair_gets_it_after_closing_and_not_while_judging_lasts(client, panel):
    panel.mark()
    client.force_login(panel.chair.user)
    response = client.get(address(panel), follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert "Chỉ lập được biên bản khi đã hết thời gian chấm" in response.content.decode()
    panel.close()
    assert f'href="{address(panel)}"' in client.get(LIST).content.decode()
    assert len(result_rows(client.get(address(panel)).content)) == 3


@pytest.mark.parametrize("kind", ["own unit", "declared"])
def test_chair_never_gets_a_word_of_a_unit_in_conflict(client, panel, kind):
    panel.mark()
    if kind == "own unit":
        panel.chair.unit = panel.wide.unit
        panel.chair.save(update_fields=["unit"])
    else:
        Conflict.objects.create(
            judge=panel.chair, unit=panel.wide.unit, reason="Người thân", declared_at=panel.now
        )
    panel.close()
    client.force_login(panel.chair.user)
    content = client.get(address(panel)).content
    said = whole_text(content)
    for word in ("Sở Giáo dục", "thân thiện", "75", "88,5", "Giữ nguyên điểm"):
        assert word not in said
    assert "Bản này không gồm 1 video" in said
    assert "Huyện Mỹ Xuyên" in said
    client.force_login(panel.organizer)
    assert "Sở Giáo dục" in whole_text(client.get(address(panel)).content)


def test_nobody_else_finds_it(client, panel):
    panel.mark()
    panel.close()
    other = make.make_contest("khac")
    both = make.make_organizer(panel.contest, "Vừa tổ chức vừa chấm")
    make.make_judge(panel.contest, user=both)
    for user in (
        panel.second.user,
        both,
        make.make_judge(other, "Trưởng ban khác", is_chair=True).user,
        make.make_organizer(other, "Người tổ chức khác"),
        make.make_user("Nhân viên", is_staff=True),
    ):
        client.force_login(user)
        for tail in ("", "template/", "template/file/"):
            assert client.get(address(panel) + tail).status_code == 404
    client.logout()
    assert "/login/" in client.get(address(panel))["Location"]
