"""The history of marks for organizers: every change of a sheet, to be read only (rules: M4, M6)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from contests.admin.scope import is_key, own_page
from contests.clock import database_now
from contests.models import Contest, Judge
from media_uploads.models import VideoSubmission
from scoring.admin import panel
from scoring.documents import csv
from scoring.forms import mark_text
from scoring.models import MarkChange

PAGE = "admin:scoring_scoresheet_history"
ROWS_OF_A_PAGE = 50
NO_MARK = "—"


@dataclass(frozen=True)
class Line:
    """One step of the history in words. `before` and `after` are "—" where there is no mark."""

    at: str
    by: str
    judge: str
    title: str
    unit: str
    act: str
    criterion: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True)
class Choice:
    """What the history is narrowed to: a judge or a video of the contest, or neither."""

    judge: Judge | None
    video: VideoSubmission | None

    @classmethod
    def of(cls, request: HttpRequest, contest: Contest) -> Choice:
        """Read the address; 404 for a judge or video that is not of this contest."""
        judge, video = request.GET.get("judge", ""), request.GET.get("video", "")
        if judge and not is_key(judge):
            raise Http404
        videos = VideoSubmission.objects.filter(unit__contest=contest)
        return cls(
            get_object_or_404(contest.judges.all(), pk=judge) if judge else None,
            get_object_or_404(videos, public_id=video) if video else None,
        )

    @property
    def query(self) -> str:
        chosen = {
            "judge": str(self.judge.pk) if self.judge else "",
            "video": self.video.public_id if self.video else "",
        }
        return urlencode({name: value for name, value in chosen.items() if value})

    def rows(self, contest: Contest) -> QuerySet[MarkChange]:
        """Return the chosen steps, the newest first."""
        rows = MarkChange.objects.filter(sheet__judge__contest=contest)
        if self.judge:
            rows = rows.filter(sheet__judge=self.judge)
        if self.video:
            rows = rows.filter(sheet__video=self.video)
        related = ("by", "criterion", "sheet__judge__user", "sheet__video__unit")
        return rows.select_related(*related).order_by("-at", "-pk")


def line_of(row: MarkChange, *, names: dict[str, str], with_marks: bool) -> Line:
    """Return a row in words; without marks while they are the judges' alone (rules: M4).

    `names` are the contest's criteria by key, in their order.
    """
    video = row.sheet.video
    marks: dict[str, str] = row.marks or {}
    ordered = [key for key in names if key in marks]
    kept = "; ".join(f"{names[key]} {mark_text(Decimal(marks[key]))}" for key in ordered)
    before = (mark_text(row.before) or kept) if with_marks else ""
    return Line(
        at=row.at.astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%d/%m/%Y %H:%M:%S"),
        by=row.by.full_name,
        judge=row.sheet.judge.user.full_name,
        title=video.title,
        unit=video.unit.name,
        act=row.get_act_display(),
        criterion=row.criterion.name if row.criterion else "",
        before=before or NO_MARK,
        after=(mark_text(row.after) if with_marks else "") or NO_MARK,
        reason=row.reason,
    )


def _lines(contest: Contest, rows: list[MarkChange], *, with_marks: bool) -> list[Line]:
    names = dict(contest.criteria.order_by("order").values_list("key", "name"))
    return [line_of(row, names=names, with_marks=with_marks) for row in rows]


def _shows_marks(contest: Contest, *, now: dt.datetime) -> bool:
    return now >= contest.judging_closes_at


@require_safe
def history_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The steps, newest first, of one judge or video if wanted; marks only after closing (M4)."""
    contest = get_object_or_404(panel.contests_to_watch(request), slug=slug)
    choice = Choice.of(request, contest)
    page = Paginator(choice.rows(contest), ROWS_OF_A_PAGE).get_page(request.GET.get("page"))
    with_marks = _shows_marks(contest, now=database_now())
    videos = VideoSubmission.objects.filter(unit__contest=contest, sheets__changes__isnull=False)
    return own_page(
        request,
        "admin/scoring/marking_history.html",
        title=_("History of marks"),
        contest=contest,
        choice=choice,
        page=page,
        lines=_lines(contest, list(page), with_marks=with_marks),
        with_marks=with_marks,
        judges=contest.judges.select_related("user").order_by("user__full_name", "pk"),
        videos=videos.select_related("unit").order_by("unit__code", "slot", "version").distinct(),
    )


@require_safe
def history_export(request: HttpRequest, slug: str) -> HttpResponse:
    """The same steps as a CSV file, once judging has closed (rules: M4, M6)."""
    contest = get_object_or_404(panel.contests_to_watch(request), slug=slug)
    choice = Choice.of(request, contest)
    if not _shows_marks(contest, now=database_now()):
        messages.warning(request, _("The history can be exported once judging has closed."))
        return redirect(PAGE, slug=contest.slug)
    # One file has one language, whatever language its reader looks at pages in.
    with override(settings.LANGUAGE_CODE):
        lines = _lines(contest, list(choice.rows(contest)), with_marks=True)
        content = csv.written(_headings(), (_cells(line) for line in lines))
    response = HttpResponse(content, content_type=csv.CONTENT_TYPE)
    name = f"lich-su-cham-{contest.slug}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _headings() -> list[str]:
    return [
        *(_("When"), _("By whom"), _("Judge"), _("Unit"), _("Video"), _("What was done")),
        *(_("Criterion"), _("From"), _("To"), _("Reason")),
    ]


def _cells(line: Line) -> list[str]:
    return [
        *(line.at, line.by, line.judge, line.unit, line.title, line.act),
        *(line.criterion, line.before, line.after, line.reason),
    ]
