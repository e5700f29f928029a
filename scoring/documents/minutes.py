"""The judging minutes (biên bản chấm) as a Word document, always in Vietnamese (rules: M2-M6)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Sum
from django.utils.translation import override

from contests.assignment import Assignment
from contests.models import Contest, Judge
from media_uploads.models import VideoSubmission
from scoring import formula
from scoring.documents import minutes_sample
from scoring.documents.archive import check_docx
from scoring.forms import mark_text
from scoring.models import MarkChange, MinutesTemplate, PanelDiscussion, ScoreSheet

DEFAULT_TEMPLATE = Path(__file__).parent / "templates" / "bien-ban-cham.docx"
NO_TOTAL = "—"
DRAFT = "DỰ THẢO"
CHAIR, JUDGE = "Trưởng Ban Giám khảo", "Giám khảo"
CONFLICT, EXCUSED, MISSING = "xung đột lợi ích", "miễn chấm", "chưa nộp"
APART = "nhóm khác chấm"
WIDE, DISCUSSED = "Cần hội ý", "(đã hội ý)"
NOT_IN_WORD = re.compile("[^\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f]")
AGGREGATES = {
    "mean": "trung bình cộng của các phiếu hợp lệ",
    "median": "trung vị của các phiếu hợp lệ",
    "trimmed": "trung bình cộng sau khi bỏ một phiếu cao nhất và một phiếu thấp nhất",
}
State = ScoreSheet.State
Act = MarkChange.Act


@dataclass(frozen=True)
class Panel:
    """What the minutes of one contest are written from; read with a constant number of queries."""

    contest: Contest
    judges: list[Judge]
    videos: list[VideoSubmission]
    hidden: list[VideoSubmission]
    assignment: Assignment
    sheets: dict[tuple[int, int], ScoreSheet]
    criteria: list[tuple[str, str]]

    @classmethod
    def of(cls, contest: Contest, *, hidden_units: Collection[int]) -> Panel:
        judges = list(
            contest.judges.select_related("user").order_by("-is_chair", "user__full_name", "pk")
        )
        videos = list(
            VideoSubmission.objects.counted()
            .filter(unit__contest=contest)
            .select_related("unit")
            .order_by("unit__code", "slot", "pk")
        )
        sheets = (
            ScoreSheet.objects.filter(judge__contest=contest)
            .select_related("excused_by")
            .annotate(total=Sum("marks__value"), given=Count("marks"))
        )
        criteria = contest.criteria.order_by("order").values_list("name", "max_marks")
        return cls(
            contest=contest,
            judges=judges,
            videos=[video for video in videos if video.unit_id not in hidden_units],
            hidden=[video for video in videos if video.unit_id in hidden_units],
            assignment=Assignment.of(judges),
            sheets={(sheet.judge_id, sheet.video_id): sheet for sheet in sheets},
            criteria=[(name, mark_text(most)) for name, most in criteria],
        )

    def state(self, judge: Judge, video: VideoSubmission) -> str:
        """Return why a sheet does not count, "" where it does (rules: M2, M3, M5)."""
        if self.assignment.in_conflict(judge.pk, video.unit_id):
            return CONFLICT
        sheet = self.sheets.get((judge.pk, video.pk))
        if sheet is not None and sheet.state == State.EXCUSED:
            return EXCUSED
        complete = sheet is not None and sheet.is_submitted and self._given(sheet)
        if complete:
            return ""
        return MISSING if judge.marks_block(video.unit.block) else APART

    def _given(self, sheet: ScoreSheet) -> bool:
        given: int = sheet.given  # type: ignore[attr-defined]
        return given == len(self.criteria)

    def totals(self, video: VideoSubmission) -> list[Fraction]:
        """Return the totals of the sheets that count, exact."""
        counted = [judge for judge in self.judges if not self.state(judge, video)]
        sheets = [self.sheets[judge.pk, video.pk] for judge in counted]
        return [formula.exact(sheet.total) for sheet in sheets]  # type: ignore[attr-defined]

    def method(self) -> str:
        """Return the aggregate in force for all videos (rules: M5)."""
        every = [video for video in (*self.videos, *self.hidden) if not video.disqualified_reason]
        counts = [len(self.totals(video)) for video in every]
        return formula.effective_aggregate(self.contest.judge_aggregate, counts)

    def changes(self) -> list[MarkChange]:
        """Return the excuses and openings in the history of the sheets, oldest first."""
        rows = MarkChange.objects.filter(
            act__in=[Act.EXCUSE, Act.REOPEN],
            sheet__judge__in=self.judges,
            sheet__video__in=self.videos,
        )
        return list(rows.select_related("sheet", "by").order_by("at", "pk"))


def render(contest: Contest, *, hidden_units: Collection[int] = (), now: dt.datetime) -> bytes:
    """Return the minutes as .docx; no word of a unit in `hidden_units` is in them (rules: M3).

    Raises TemplateRefused where the contest's own template cannot be filled.
    """
    from scoring.documents import docx  # only here: every web process would carry its 15 MB

    return docx.render(template_of(contest), context(contest, hidden_units=hidden_units, now=now))


def template_of(contest: Contest) -> bytes:
    """Return the template in force: the contest's own one, else the default."""
    own = MinutesTemplate.objects.filter(contest=contest).first()
    return bytes(own.content) if own else DEFAULT_TEMPLATE.read_bytes()


def check_template(content: bytes, *, name: str) -> None:
    """Raise TemplateRefused unless minutes can be drawn up with this file, full and bare ones."""
    from scoring.documents import docx

    check_docx(content, name=name)
    for sample in (minutes_sample.full(), minutes_sample.bare()):
        docx.render(content, sample)
        docx.refuse_unknown(docx.unknown_words(content, sample))


def context(
    contest: Contest, *, hidden_units: Collection[int] = (), now: dt.datetime
) -> dict[str, Any]:
    """Return the words of the minutes: text, lists and dictionaries of text, nothing else."""
    with override("vi"):
        panel = Panel.of(contest, hidden_units=hidden_units)
        discussions, changes = _discussions(panel), panel.changes()
        method, short = panel.method(), _short_names(panel.judges)
        videos = [
            _video(panel, video, number, method, talked_over={row.video_id for row in discussions})
            for number, video in enumerate(panel.videos, start=1)
        ]
        found = {
            "draft": DRAFT if now < contest.judging_closes_at else "",
            "contest": contest.name,
            "year": str(contest.year),
            "parent_organ": contest.parent_organ,
            "organizer": contest.organizer_name,
            "notice": contest.notice,
            "opens": moment(contest.judging_opens_at),
            "closes": moment(contest.judging_closes_at),
            "drawn_up": moment(now),
            "judges": [
                {
                    "short": short[judge.pk],
                    "name": judge.user.full_name,
                    "role": CHAIR if judge.is_chair else JUDGE,
                }
                for judge in panel.judges
            ],
            "chair": ", ".join(judge.user.full_name for judge in panel.judges if judge.is_chair),
            "criteria": [{"name": name, "most": most} for name, most in panel.criteria],
            "aggregate": AGGREGATES[method],
            "limit": str(formula.SPREAD_LIMIT),
            "videos": videos,
            "left_out": str(len(panel.hidden)) if panel.hidden else "",
            "counts": _counts(panel, videos),
            "discussions": [_discussed(row) for row in discussions],
            "excuses": _excuses(panel, changes),
            "reopened": _reopened(panel, changes),
        }
    clean: dict[str, Any] = plain(found)
    return clean


def moment(value: dt.datetime) -> str:
    """Return an instant as an office writes it: "16:30 ngày 21/11/2026" (rules: C2)."""
    return value.astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%H:%M ngày %d/%m/%Y")


def points(value: Fraction) -> str:
    """Return points with two places, half up, and the comma (rules: S1-S4)."""
    return str(formula.round_half_up(value)).replace(".", ",")


def plain(value: Any) -> Any:
    """Return the same without characters a Word file cannot hold or would take as commands."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return NOT_IN_WORD.sub("", unicodedata.normalize("NFC", text))


def _short_names(judges: Iterable[Judge]) -> dict[int, str]:
    return {judge.pk: f"GK{number}" for number, judge in enumerate(judges, start=1)}


def _video(
    panel: Panel, video: VideoSubmission, number: int, method: str, *, talked_over: set[int]
) -> dict[str, Any]:
    totals = panel.totals(video)
    # A disqualified video has no say in the method, so it may have too few sheets for it.
    mean = formula.aggregate(totals, formula.effective_aggregate(method, [len(totals)]))
    wide = formula.is_wide(formula.spread(totals))
    return {
        "number": str(number),
        "unit_code": video.unit.code,
        "unit": video.unit.name,
        "title": video.title,
        "totals": [_cell(panel, judge, video) for judge in panel.judges],
        "mean": points(mean) if totals else NO_TOTAL,
        "spread": points(formula.spread(totals)) if totals else NO_TOTAL,
        "flag": WIDE if wide else "",
        "discussed": DISCUSSED if wide and video.pk in talked_over else "",
    }


def _cell(panel: Panel, judge: Judge, video: VideoSubmission) -> dict[str, str]:
    why = panel.state(judge, video)
    if why:
        return {"total": NO_TOTAL, "why": why}
    sheet = panel.sheets[judge.pk, video.pk]
    return {"total": mark_text(sheet.total), "why": ""}  # type: ignore[attr-defined]


def _counts(panel: Panel, videos: list[dict[str, Any]]) -> dict[str, str]:
    states = [panel.state(judge, video) for video in panel.videos for judge in panel.judges]
    figures = {
        "judges": len(panel.judges),
        "videos": len(panel.videos),
        "counted": states.count(""),
        "excused": states.count(EXCUSED),
        "conflicts": states.count(CONFLICT),
        "missing": states.count(MISSING),
        "wide": sum(bool(video["flag"]) for video in videos),
    }
    return {name: str(figure) for name, figure in figures.items()}


def _discussions(panel: Panel) -> list[PanelDiscussion]:
    rows = PanelDiscussion.objects.filter(video__in=panel.videos).select_related(
        "video__unit", "by"
    )
    return list(rows.order_by("video__unit__code", "video__slot", "at", "pk"))


def _discussed(row: PanelDiscussion) -> dict[str, str]:
    return {
        "unit": row.video.unit.name,
        "title": row.video.title,
        "at": moment(row.at),
        "by": row.by.full_name,
        "text": row.text,
    }


def _excuses(panel: Panel, changes: Iterable[MarkChange]) -> list[dict[str, str]]:
    """Return every excused sheet by video and judge; when, from its history."""
    times = {row.sheet_id: moment(row.at) for row in changes if row.act == Act.EXCUSE}
    found = []
    for video in panel.videos:
        for judge in panel.judges:
            sheet = panel.sheets.get((judge.pk, video.pk))
            if sheet is not None and sheet.state == State.EXCUSED:
                assert sheet.excused_by is not None
                by, at = sheet.excused_by.full_name, times.get(sheet.pk, "")
                found.append(_act(judge, video, at=at, by=by, reason=sheet.excused_reason))
    return found


def _reopened(panel: Panel, changes: Iterable[MarkChange]) -> list[dict[str, str]]:
    """Return the sheets that were opened again, oldest first (rules: M6)."""
    judges = {judge.pk: judge for judge in panel.judges}
    videos = {video.pk: video for video in panel.videos}
    return [
        _act(
            judges[row.sheet.judge_id],
            videos[row.sheet.video_id],
            at=moment(row.at),
            by=row.by.full_name,
            reason=row.reason,
        )
        for row in changes
        if row.act == Act.REOPEN
    ]


def _act(judge: Judge, video: VideoSubmission, *, at: str, by: str, reason: str) -> dict[str, str]:
    return {
        "judge": judge.user.full_name,
        "unit": video.unit.name,
        "title": video.title,
        "at": at,
        "by": by,
        "reason": reason,
    }
