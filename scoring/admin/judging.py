"""The judge's pages in the admin: the list of videos and one page a video (rules: M1-M4, M6)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.throttle import client_address
from contests.clock import database_now
from contests.durations import in_words
from contests.models import Judge
from media_uploads.models import VideoSubmission
from scoring.admin import (
    analysis,
    autosave,
    discussion,
    history,
    letters,
    minutes,
    panel,
    practice,
)
from scoring.admin.desk import Desk, Line, judged_video, judgeships
from scoring.admin.sheet import (
    looked_over,
    say_changed,
    say_missing,
    say_unsettled,
    sheet_form,
    sheet_words,
    stored_marks,
    why_locked,
)
from scoring.forms import MarkingForm, ReasonForm, mark_text
from scoring.models import (
    TAKES_NO_MARKS,
    CriteriaUnsettled,
    JudgingClosed,
    PanelLetter,
    ScoreSheet,
    SheetChangedElsewhere,
    SheetIncomplete,
    declare_conflict,
    open_sheet,
)

LIST = "admin:scoring_scoresheet_changelist"
VIDEO = "admin:scoring_scoresheet_video"
CONFIRM = "admin:scoring_scoresheet_confirm"
CONFLICT = "admin:scoring_scoresheet_conflict"


@admin.register(ScoreSheet)
class ScoreSheetAdmin(admin.ModelAdmin):
    """Own pages only: no stock page changes or deletes a mark, or lists another's (M4, M6)."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ScoreSheet | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ScoreSheet | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        """Return only our pages; those of `super()` would show any sheet to every judge."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="scoring_scoresheet_changelist"),
            path("video/<slug:public_id>/", view(video_page), name="scoring_scoresheet_video"),
            path(
                "video/<slug:public_id>/save/",
                view(autosave.save),
                name="scoring_scoresheet_save",
            ),
            path(
                "video/<slug:public_id>/confirm/",
                view(confirm_page),
                name="scoring_scoresheet_confirm",
            ),
            path(
                "video/<slug:public_id>/conflict/",
                view(conflict_page),
                name="scoring_scoresheet_conflict",
            ),
            path(
                "practice/<slug:slug>/",
                view(practice.practice_page),
                name="scoring_scoresheet_practice",
            ),
            path(
                "practice/<slug:slug>/save/",
                view(practice.practice_save),
                name="scoring_scoresheet_practice_save",
            ),
            path(
                "practice/<slug:slug>/confirm/",
                view(practice.practice_confirm),
                name="scoring_scoresheet_practice_confirm",
            ),
            path(
                "progress/<slug:slug>/",
                view(panel.progress_page),
                name="scoring_scoresheet_progress",
            ),
            path(
                "letters/<slug:slug>/invite/",
                view(letters.letters_page),
                {"kind": PanelLetter.Kind.INVITATION},
                name="scoring_scoresheet_invite",
            ),
            path(
                "letters/<slug:slug>/remind/",
                view(letters.letters_page),
                {"kind": PanelLetter.Kind.REMINDER},
                name="scoring_scoresheet_remind",
            ),
            path("excuse/<slug:slug>/", view(panel.excuse_page), name="scoring_scoresheet_excuse"),
            path("reopen/<slug:slug>/", view(panel.reopen_page), name="scoring_scoresheet_reopen"),
            path(
                "analysis/<slug:slug>/",
                view(analysis.analysis_page),
                name="scoring_scoresheet_analysis",
            ),
            path(
                "discussion/<slug:public_id>/",
                view(discussion.discussion_page),
                name="scoring_scoresheet_discussion",
            ),
            path(
                "minutes/<slug:slug>/",
                view(minutes.minutes_file),
                name="scoring_scoresheet_minutes",
            ),
            path(
                "minutes/<slug:slug>/template/",
                view(minutes.template_page),
                name="scoring_scoresheet_minutes_template",
            ),
            path(
                "minutes/<slug:slug>/template/file/",
                view(minutes.template_file),
                name="scoring_scoresheet_minutes_template_file",
            ),
            path(
                "history/<slug:slug>/",
                view(history.history_page),
                name="scoring_scoresheet_history",
            ),
            path(
                "history/<slug:slug>/export/",
                view(history.history_export),
                name="scoring_scoresheet_history_export",
            ),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        panel.require_permission(request, admin=self)
        return list_page(request)


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
    return TemplateResponse(
        request, f"admin/scoring/{name}.html", {**admin.site.each_context(request), **context}
    )


@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    """List the videos of the contests this user judges; organizers find the progress pages."""
    now = database_now()
    judges = judgeships(request.user)  # type: ignore[arg-type]
    return _page(
        request,
        "marking_list",
        {
            "title": _("Marking of videos"),
            "seats": [_seat(judge, now) for judge in judges],
            "contests": panel.contests_to_watch(request),
        },
    )


def _seat(judge: Judge, now: dt.datetime) -> dict[str, Any]:
    """Return one contest on the list; before judging begins nothing of its videos is shown."""
    contest = judge.contest
    begun = now >= contest.judging_opens_at
    desk = Desk.of(judge) if begun else Desk(judge, [])
    lines = [
        {"line": line, "total": mark_text(line.total), "url": _url(VIDEO, line.video)}
        for line in desk.lines
    ]
    closed = now >= contest.judging_closes_at
    upcoming = desk.resume() if begun and not closed else None
    return {
        "judge": judge,
        "contest": contest,
        "desk": desk,
        "lines": lines,
        "begun": begun,
        "closed": closed,
        "go_on": _url(VIDEO, upcoming.video) if upcoming else "",
    }


def _url(name: str, video: VideoSubmission) -> str:
    return reverse(name, args=[video.public_id])


@judged_video
@require_http_methods(["GET", "HEAD", "POST"])
def video_page(
    request: HttpRequest, *, judge: Judge, video: VideoSubmission, now: dt.datetime
) -> HttpResponse:
    """The player beside the criteria; a post saves the draft and goes where its button says."""
    desk = Desk.of(judge)
    line = desk.line_of(video)
    form = sheet_form(request, line, judge)
    locked = why_locked(line, judge.contest, now)
    if request.method == "POST" and not locked and form.is_valid():
        if "_next" in request.POST and form.is_unchanged():
            return _to_next(desk, line)
        try:
            sheet = open_sheet(judge=judge, video=video, now=now)
            sheet.save_draft(**form.draft(), now=now)
            return _after_save(request, desk, line, sheet)
        except SheetChangedElsewhere:
            sheet.refresh_from_db()
            if form.is_unchanged():
                return _after_save(request, desk, line, sheet)
            form.show_other_window(sheet=sheet, marks=stored_marks(sheet))
        except TAKES_NO_MARKS:
            return _refused(request)
    response = _video_response(request, desk, line, form, locked)
    if request.method == "POST":
        response.status_code = 409 if locked or form.other is not None else 200
    return response


def _video_response(
    request: HttpRequest, desk: Desk, line: Line, form: MarkingForm, locked: str
) -> TemplateResponse:
    video, upcoming = line.video, desk.next_after(line)
    return _page(
        request,
        "marking",
        {
            "title": video.title,
            "contest": desk.contest,
            "desk": desk,
            "line": line,
            **sheet_words(form),
            "locked": locked,
            "lost": locked and request.method == "POST",
            "duration": "" if video.duration_ms is None else in_words(video.duration_ms // 1000),
            # Kept on the device under it: another judge on the same device sees none of it (M4).
            "sheet_id": f"{desk.judge.pk}-{video.public_id}",
            "saved_at": line.sheet.saved_at if line.sheet else None,
            "copy_url": reverse("video_copy", args=[video.public_id]),
            "poster_url": reverse("video_poster", args=[video.public_id]) if video.poster else "",
            "save_url": reverse("admin:scoring_scoresheet_save", args=[video.public_id]),
            "next_url": _url(VIDEO, upcoming.video) if upcoming else "",
            "conflict_url": _url(CONFLICT, video),
        },
    )


def _to_next(desk: Desk, line: Line) -> HttpResponseRedirect:
    upcoming = desk.next_after(line)
    return redirect(_url(VIDEO, upcoming.video) if upcoming else LIST)


def _after_save(
    request: HttpRequest, desk: Desk, line: Line, sheet: ScoreSheet
) -> HttpResponseRedirect:
    """Go where the pressed button leads; the draft is stored."""
    if "_submit" in request.POST:
        return redirect(_url(CONFIRM, line.video))
    messages.success(request, _("The draft of “%s” is saved.") % line.video.title)
    if "_next" in request.POST:
        return _to_next(desk, line)
    return redirect(_url(VIDEO, line.video))


def _refused(request: HttpRequest) -> HttpResponseRedirect:
    messages.error(request, _("Nothing was saved: this sheet takes no marks any more."))
    return redirect(LIST)


@judged_video
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(
    request: HttpRequest, *, judge: Judge, video: VideoSubmission, now: dt.datetime
) -> HttpResponse:
    """A look over the stored sheet before it is handed in for good."""
    desk = Desk.of(judge)
    line = desk.line_of(video)
    back = redirect(_url(VIDEO, video))
    if line.sheet is None or why_locked(line, judge.contest, now):
        return back
    form = sheet_form(request, line, judge)
    if missing := form.unmarked():
        say_missing(request, missing)
        return back
    if request.method == "POST":
        return _submit(request, desk, line, now) or back
    return _page(
        request,
        "marking_confirm",
        {
            "title": _("Hand in the score sheet"),
            "subtitle": f"{video.title} · {video.unit.name}",
            "contest": judge.contest,
            "line": line,
            **sheet_words(form),
            "back_url": _url(VIDEO, video),
        },
    )


def _submit(
    request: HttpRequest, desk: Desk, line: Line, now: dt.datetime
) -> HttpResponseRedirect | None:
    """Hand in; None where the video's page says why that is not possible."""
    assert line.sheet is not None
    try:
        line.sheet.submit(revision=looked_over(request), address=client_address(request), now=now)
    except SheetChangedElsewhere:
        say_changed(request)
        return redirect(_url(CONFIRM, line.video))
    except SheetIncomplete as error:
        say_missing(request, error.args[0])
        return None
    except CriteriaUnsettled:
        say_unsettled(request)
        return None
    except TAKES_NO_MARKS:
        return _refused(request)
    text = _("The score sheet of “%(title)s” is handed in: %(total)s of 100 points.")
    total = mark_text(sum(line.sheet.marks_by_key().values()))  # type: ignore[arg-type]
    messages.success(request, text % {"title": line.video.title, "total": total})
    return _to_next(desk, line)


@judged_video
@require_http_methods(["GET", "HEAD", "POST"])
def conflict_page(
    request: HttpRequest, *, judge: Judge, video: VideoSubmission, now: dt.datetime
) -> HttpResponse:
    """A judge declares a conflict of interest; the video is gone from the list then (M3)."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            declare_conflict(
                judge=judge,
                unit=video.unit,
                reason=form.cleaned_data["reason"],
                address=client_address(request),
                now=now,
            )
        except JudgingClosed:
            return _refused(request)
        if judge.sheets.submitted().filter(video__unit=video.unit).exists():
            text = _("The conflict with %s is recorded; your sheet no longer counts.")
        else:
            text = _("The conflict of interest with %s is recorded.")
        messages.success(request, text % video.unit.name)
        return redirect(LIST)
    return _page(
        request,
        "conflict",
        {
            "title": _("Declare a conflict of interest"),
            "subtitle": video.unit.name,
            "contest": judge.contest,
            "video": video,
            "form": form,
            "closed": now >= judge.contest.judging_closes_at,
            "back_url": _url(VIDEO, video),
        },
    )
