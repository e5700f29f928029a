"""Pages of a coordinator about one version of the own unit's video: withdraw it, caption it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.throttle import client_address
from contests.clock import database_now
from contests.decisions import NothingToDecide
from contests.models import Unit
from media_uploads import captions, withdrawal
from media_uploads.decisions import TooLate
from media_uploads.models import VideoSubmission


class OwnVideoRequest(HttpRequest):
    """A coordinator's request about a version of the own unit's video."""

    user: User
    video: VideoSubmission


def own_video(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Set `request.video`; 404 for another unit's, and after closing back to the desk."""

    @wraps(view)
    @never_cache
    @login_required
    def wrapped(request: HttpRequest, pk: int, public_id: str) -> HttpResponse:
        own = Unit.objects.coordinated_by(request.user)  # type: ignore[arg-type]
        unit = get_object_or_404(own.select_related("contest"), pk=pk)
        video = get_object_or_404(unit.videos, public_id=public_id)
        video.unit = unit
        request.video = video  # type: ignore[attr-defined]
        if not unit.contest.takes_videos(database_now()):
            return _too_late(request, video)
        return view(request)

    return wrapped


@own_video
@require_http_methods(["GET", "HEAD", "POST"])
def video_withdraw(request: OwnVideoRequest) -> HttpResponse:
    """Ask once more, with what counts then; on a post withdraw the version (rules: V1)."""
    video = request.video
    if request.method != "POST":
        context = {
            "video": video,
            "unit": video.unit,
            "contest": video.unit.contest,
            "counts_then": withdrawal.counts_without(video),
        }
        return render(request, "media_uploads/withdraw.html", context)
    return _act(
        request,
        withdrawal.withdraw,
        _("Version %(version)s is withdrawn.") % {"version": video.version},
    )


@require_POST
@own_video
def video_keep(request: OwnVideoRequest) -> HttpResponse:
    """Take the withdrawal back."""
    said = _("Version %(version)s is handed in again.") % {"version": request.video.version}
    return _act(request, withdrawal.keep, said)


@own_video
@require_http_methods(["GET", "HEAD", "POST"])
def video_subtitle(request: OwnVideoRequest) -> HttpResponse:
    """Take captions, or remove them."""
    video = request.video
    removes = request.POST.get("remove") == "yes"
    form = captions.CaptionsForm(*captions.sent(request))
    if request.method == "POST" and (removes or form.is_valid()):
        text = "" if removes else form.cleaned_data["file"]
        by, address = request.user, client_address(request)
        captions.store(video, text, by=by, address=address, now=database_now())
        said = _("The captions are removed.") if removes else _("The captions are taken.")
        messages.success(request, said)
        return redirect("desk", pk=video.unit_id)
    context = {"video": video, "unit": video.unit, "contest": video.unit.contest, "form": form}
    return render(request, "media_uploads/captions.html", context)


def _act(request: OwnVideoRequest, act: Callable[..., None], done: str) -> HttpResponse:
    video = request.video
    try:
        act(video, by=request.user, address=client_address(request), now=database_now())
    except NothingToDecide:
        messages.info(request, _("Nothing has changed: see the state of the video below."))
    except TooLate:
        return _too_late(request, video)
    else:
        messages.success(request, done)
    return redirect("desk", pk=video.unit_id)


def _too_late(request: HttpRequest, video: VideoSubmission) -> HttpResponse:
    messages.error(
        request,
        _("The time to hand in videos is not now, so nothing about the unit's video can change."),
    )
    return redirect("desk", pk=video.unit_id)
