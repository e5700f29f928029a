"""The chair writes down what the panel said about a video (hội ý, rules: M5)."""

from __future__ import annotations

import datetime as dt

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.throttle import client_address
from contests.models import Judge
from media_uploads.models import VideoSubmission
from scoring.admin.desk import judged_video
from scoring.forms import DiscussionForm
from scoring.models import JudgingClosed, NotTheChair, PanelDiscussion, may_chair, write_discussion

DISCUSSION = "admin:scoring_scoresheet_discussion"


@judged_video
@require_http_methods(["GET", "HEAD", "POST"])
def discussion_page(
    request: HttpRequest, *, judge: Judge, video: VideoSubmission, now: dt.datetime
) -> HttpResponse:
    """The minutes of one video, and a field for further ones; a row never changes (rules: M4)."""
    if not judge.is_chair:
        raise Http404
    locked = _why_locked(judge, video)
    form = DiscussionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and not locked and form.is_valid():
        _write(request, judge, video, form.cleaned_data["text"], now=now)
        return redirect(DISCUSSION, public_id=video.public_id)
    response = _page(request, judge, video, form, locked)
    response.status_code = 409 if locked and request.method == "POST" else 200
    return response


def _page(
    request: HttpRequest, judge: Judge, video: VideoSubmission, form: DiscussionForm, locked: str
) -> TemplateResponse:
    # What others said may name their marks: not before the own sheet (rules: M4).
    earlier = PanelDiscussion.objects.filter(video=video).select_related("by").order_by("at", "pk")
    minutes = [] if locked == "own" else earlier
    return TemplateResponse(
        request,
        "admin/scoring/discussion.html",
        {
            **admin.site.each_context(request),
            "title": _("Discussion of the panel"),
            "subtitle": f"{video.title} · {video.unit.name}",
            "contest": judge.contest,
            "minutes": minutes,
            "form": form,
            "locked": locked,
        },
    )


def _why_locked(judge: Judge, video: VideoSubmission) -> str:
    """Return "own" before the chair's own sheet is done, "final" after the results, else ""."""
    if not may_chair(video=video, by=judge.user):
        return "own"
    return "final" if judge.contest.is_final else ""


def _write(
    request: HttpRequest, judge: Judge, video: VideoSubmission, text: str, *, now: dt.datetime
) -> None:
    try:
        write_discussion(
            video=video, by=judge.user, text=text, address=client_address(request), now=now
        )
    except (JudgingClosed, NotTheChair):
        messages.error(request, _("The minutes can no longer be written; nothing was kept."))
    else:
        messages.success(request, _("The minutes are kept."))
