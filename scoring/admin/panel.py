"""Who has marked what: the organizers' progress page and the chair's acts (rules: M4-M6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.throttle import client_address
from contests.assignment import Assignment
from contests.clock import database_now
from contests.models import Contest, Judge
from media_uploads.models import VideoSubmission
from scoring.admin.desk import Desk
from scoring.admin.recipients import letters_part
from scoring.forms import SheetReasonForm, mark_text
from scoring.models import (
    TAKES_NO_MARKS,
    JudgeInConflict,
    JudgingClosed,
    NotAssigned,
    NotTheChair,
    ScoreSheet,
    SheetNotSubmitted,
    open_sheet,
)

State = ScoreSheet.State
LIST = "admin:scoring_scoresheet_changelist"


@dataclass(frozen=True)
class Cell:
    """One judge and one video.

    `state` is conflict, submitted, excused, draft or missing, or apart where the video is another
    group's to mark.
    """

    judge: Judge
    state: str
    total: str

    @property
    def is_waited_for(self) -> bool:
        return self.state in {State.DRAFT, "missing"}


def require_permission(request: HttpRequest, *, admin: Any) -> None:
    if not admin.has_view_permission(request):
        raise PermissionDenied


def contests_to_watch(request: HttpRequest) -> models.QuerySet[Contest]:
    """Return the contests whose progress this user may see: organized, and not judged (M4)."""
    user = request.user
    if not (isinstance(user, User) and user.has_perm("scoring.view_scoresheet")):
        return Contest.objects.none()
    organized = Contest.objects.for_organizer(user)
    return organized.exclude(judges__user=user).order_by("-judging_closes_at", "slug")


def grid(contest: Contest, *, with_totals: bool) -> list[tuple[VideoSubmission, list[Cell]]]:
    """Return every counted video with a cell for each judge; four queries in all."""
    judges = list(contest.judges.select_related("user").order_by("user__full_name", "pk"))
    assignment = Assignment.of(judges)
    sheets = {
        (sheet.judge_id, sheet.video_id): sheet
        for sheet in ScoreSheet.objects.filter(judge__contest=contest).annotate(
            total=models.Sum("marks__value")
        )
    }
    videos = VideoSubmission.objects.counted().filter(unit__contest=contest)

    def cell(judge: Judge, video: VideoSubmission) -> Cell:
        if assignment.in_conflict(judge.pk, video.unit_id):
            return Cell(judge, "conflict", "")
        sheet = sheets.get((judge.pk, video.pk))
        if sheet is None or sheet.state == State.DRAFT:
            if not judge.marks_block(video.unit.block):
                return Cell(judge, "apart", "")
            begun = sheet is not None and sheet.revision
            return Cell(judge, State.DRAFT if begun else "missing", "")
        total = mark_text(sheet.total) if with_totals and sheet.is_submitted else ""
        return Cell(judge, sheet.state, total)

    return [
        (video, [cell(judge, video) for judge in judges])
        for video in videos.select_related("unit").order_by("unit__code", "slot", "pk")
    ]


def nobodys(rows: Sequence[tuple[VideoSubmission, Sequence[Cell]]]) -> list[VideoSubmission]:
    """Return the videos that no judge marks: all are in conflict, or of another group."""
    away = {"conflict", "apart"}
    return [video for video, cells in rows if all(cell.state in away for cell in cells)]


def is_settled(contest: Contest, *, now: dt.datetime) -> bool:
    """Whether judging has closed, or no sheet that is waited for is missing (rules: M4, M5)."""
    if now >= contest.judging_closes_at:
        return True
    cells = [cell for _video, cells in grid(contest, with_totals=False) for cell in cells]
    waiting = any(cell.is_waited_for for cell in cells)
    return not waiting and any(cell.state == State.SUBMITTED for cell in cells)


@require_safe
def progress_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Judges × videos for an organizer: states while judging lasts, totals after it (A5, M4)."""
    now = database_now()
    contest = get_object_or_404(contests_to_watch(request), slug=slug)
    closed = now >= contest.judging_closes_at
    rows = grid(contest, with_totals=closed)
    expected = [
        cell for _video, cells in rows for cell in cells if cell.state not in {"conflict", "apart"}
    ]
    missing = sum(cell.is_waited_for for cell in expected)
    return TemplateResponse(
        request,
        "admin/scoring/marking_progress.html",
        {
            **admin.site.each_context(request),
            "title": _("Progress of marking"),
            "contest": contest,
            "rows": rows,
            "judges": [cell.judge for cell in rows[0][1]] if rows else [],
            "expected": len(expected),
            "done": len(expected) - missing,
            "missing": missing,
            "nobodys": nobodys(rows),
            "closed": closed,
            "letters": letters_part(contest, now=now),
        },
    )


def chair_desk(request: HttpRequest, slug: str, *, now: dt.datetime) -> Desk:
    """Return the chair's own desk in a contest whose judging has begun, or 404."""
    chair = get_object_or_404(
        request.user.judgeships.select_related("contest"),  # type: ignore[union-attr]
        contest__slug=slug,
        contest__judging_opens_at__lte=now,
        is_chair=True,
    )
    return Desk.of(chair)


def chair_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give a view the chair's own desk in a contest that is being judged, or 404."""

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str) -> HttpResponse:
        now = database_now()
        return view(request, desk=chair_desk(request, slug, now=now), now=now)

    return wrapped


def missing_sheets(desk: Desk, *, now: dt.datetime) -> dict[str, tuple[Judge, VideoSubmission]]:
    """Return the missing sheets the chair may excuse somebody from.

    While judging is open: others' sheets of videos whose own sheet the chair has handed in, and
    none until every own sheet is done, because the list tells who has not marked a video (rules:
    M4). Once it has closed nobody marks any more: every missing sheet, the chair's included, but
    for videos of a unit in conflict with the chair, which another chair looks after (rules: M3).
    """
    closed = now >= desk.contest.judging_closes_at
    if not closed and not all(line.is_done for line in desk.lines):
        return {}
    own = {line.video.pk for line in desk.lines if line.state == State.SUBMITTED}
    away = desk.judge.conflicted_unit_ids()

    def is_the_chairs(judge: Judge, video: VideoSubmission) -> bool:
        if closed:
            return video.unit_id not in away
        return video.pk in own and judge.pk != desk.judge.pk

    return {
        f"{cell.judge.pk}:{video.public_id}": (cell.judge, video)
        for video, cells in grid(desk.contest, with_totals=False)
        for cell in cells
        if cell.is_waited_for and is_the_chairs(cell.judge, video)
    }


@chair_only
@require_http_methods(["GET", "HEAD", "POST"])
def excuse_page(request: HttpRequest, *, desk: Desk, now: dt.datetime) -> HttpResponse:
    """The chair excuses a judge from a missing sheet with a reason (rules: M5)."""
    closed = now >= desk.contest.judging_closes_at
    missing = missing_sheets(desk, now=now)
    choices = [(key, f"{judge} · {video.title}") for key, (judge, video) in missing.items()]
    form = SheetReasonForm(
        request.POST if request.method == "POST" else None,
        label=_("Missing sheet"),
        sheets=choices,
    )
    if request.method == "POST" and form.is_valid():
        judge, video = missing[form.cleaned_data["sheet"]]
        _excuse(request, judge=judge, video=video, reason=form.cleaned_data["reason"], now=now)
        return redirect("admin:scoring_scoresheet_excuse", slug=desk.contest.slug)
    return TemplateResponse(
        request,
        "admin/scoring/excuse.html",
        {
            **admin.site.each_context(request),
            "title": _("Excuse from marking"),
            "contest": desk.contest,
            "desk": desk,
            "own_open": 0 if closed else sum(not line.is_done for line in desk.lines),
            "missing": missing,
            "form": form,
            "closed": desk.contest.is_final,
        },
    )


def sheets_to_reopen(desk: Desk) -> dict[str, ScoreSheet]:
    """Return submitted sheets of the videos whose own sheet the chair has done (rules: M4, M6)."""
    own = [line.video for line in desk.lines if line.is_done]
    sheets = ScoreSheet.objects.submitted().filter(judge__contest=desk.contest, video__in=own)
    ordered = sheets.select_related("judge__user", "video__unit").order_by(
        "video__unit__code", "video__slot", "judge__user__full_name", "pk"
    )
    return {f"{sheet.judge_id}:{sheet.video.public_id}": sheet for sheet in ordered}


@chair_only
@require_http_methods(["GET", "HEAD", "POST"])
def reopen_page(request: HttpRequest, *, desk: Desk, now: dt.datetime) -> HttpResponse:
    """The chair opens a submitted sheet again with a reason (rules: M6)."""
    sheets = sheets_to_reopen(desk)
    choices = [(key, f"{sheet.video.title} · {sheet.judge}") for key, sheet in sheets.items()]
    form = SheetReasonForm(
        request.POST if request.method == "POST" else None,
        label=_("Sheet that was handed in"),
        sheets=choices,
    )
    if request.method == "POST" and form.is_valid():
        _reopen(request, sheets[form.cleaned_data["sheet"]], form.cleaned_data["reason"], now=now)
        return redirect("admin:scoring_scoresheet_reopen", slug=desk.contest.slug)
    return TemplateResponse(
        request,
        "admin/scoring/reopen.html",
        {
            **admin.site.each_context(request),
            "title": _("Open a sheet again"),
            "contest": desk.contest,
            "sheets": sheets,
            "form": form,
            "closed": not desk.contest.is_judging(now),
        },
    )


def _reopen(request: HttpRequest, sheet: ScoreSheet, reason: str, *, now: dt.datetime) -> None:
    try:
        sheet.reopen(
            by=request.user,  # type: ignore[arg-type]
            reason=reason,
            address=client_address(request),
            now=now,
        )
    except JudgingClosed:
        messages.error(request, _("Judging is closed; nothing was changed."))
    except (SheetNotSubmitted, JudgeInConflict, NotAssigned, NotTheChair):
        messages.info(request, _("This sheet can no longer be opened again; nothing was changed."))
    else:
        text = _("The sheet of %(judge)s for “%(title)s” is open again; please tell the judge.")
        messages.success(request, text % {"judge": sheet.judge, "title": sheet.video.title})


def _excuse(
    request: HttpRequest, *, judge: Judge, video: VideoSubmission, reason: str, now: dt.datetime
) -> None:
    try:
        open_sheet(judge=judge, video=video, now=now, for_excuse=True).excuse(
            by=request.user,  # type: ignore[arg-type]
            reason=reason,
            address=client_address(request),
            now=now,
        )
    except JudgingClosed:
        messages.error(request, _("The results are final; nothing was changed."))
    except TAKES_NO_MARKS:
        messages.info(request, _("This sheet has been handed in or excused in the meantime."))
    else:
        text = _("%(judge)s is excused from marking “%(title)s”.")
        messages.success(request, text % {"judge": judge, "title": video.title})
