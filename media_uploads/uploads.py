"""Takes a unit's video from the plain form: checks before a byte is read, then disk, then row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.throttle import client_address
from contests.clock import database_now
from contests.models import Unit
from media_uploads import receiving
from media_uploads.forms import FORM_BYTES, VideoForm
from media_uploads.models import VideoSubmission, media_storage, receive
from media_uploads.receiving import NotTaken

# What the rest of the form may weigh beside the file.
FORM_OVERHEAD = 64 * 1024


class UploadRequest(HttpRequest):
    """A coordinator's upload; `started_at` is when its first byte was met, before `closes_at`."""

    user: User
    unit: Unit
    started_at: dt.datetime
    closes_at: dt.datetime


def upload_allowed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only a coordinator's own unit upload, in its window, and a body that fits on the disk.

    The CSRF check reads the whole body, so these checks come before it and need no body.
    """

    @wraps(view)
    @csrf_exempt
    @require_POST
    @login_required
    def wrapped(request: HttpRequest, pk: int) -> HttpResponse:
        own = Unit.objects.coordinated_by(request.user)  # type: ignore[arg-type]
        unit = get_object_or_404(own.select_related("contest"), pk=pk)
        started_at = database_now()
        length = request.META.get("CONTENT_LENGTH") or "0"
        size = int(length) if str(length).isdecimal() else 0
        try:
            closes_at = receiving.require_open(unit, now=started_at)
            most = min(unit.contest.video_max_bytes, FORM_BYTES)
            receiving.require_room(unit, max(0, size - FORM_OVERHEAD), most=most)
        except NotTaken as refusal:
            return _back(request, unit, refusal.message)
        request.unit, request.started_at = unit, started_at  # type: ignore[attr-defined]
        request.closes_at = closes_at  # type: ignore[attr-defined]
        request.upload_handlers = [TemporaryFileUploadHandler(request)]
        return csrf_protect(view)(request)

    return wrapped


@upload_allowed
def video_upload(request: UploadRequest) -> HttpResponse:
    """Take the file, store its row and ring for the inspection (rules: V1, V2)."""
    unit = request.unit
    form = VideoForm(request.POST, request.FILES, contest=unit.contest)
    if not form.is_valid():
        return _back(request, unit, " ".join(form.sentences()))
    now = database_now()
    try:
        receiving.require_in_time(request.closes_at, now=now)
    except NotTaken as refusal:
        return _back(request, unit, refusal.message)
    original = receiving.keep(form.cleaned_data["file"])
    try:
        video = _store(request, form, original=original, now=now)
    except NotTaken as refusal:
        Path(media_storage().path(original)).unlink()
        return _back(request, unit, refusal.message)
    except Exception:
        Path(media_storage().path(original)).unlink()
        raise
    messages.success(
        request,
        _("“%(title)s” has been received as version %(version)s and is being checked.")
        % {"title": video.title, "version": video.version},
    )
    return redirect("desk", pk=unit.pk)


@transaction.atomic
def _store(
    request: UploadRequest, form: VideoForm, *, original: str, now: dt.datetime
) -> VideoSubmission:
    file = form.cleaned_data["file"]
    video = receive(
        unit=request.unit,
        title=form.cleaned_data["title"],
        slot=form.chosen_slot,
        original=original,
        original_name=file.name,
        size=file.size,
        may_be_shown=form.cleaned_data["may_be_shown"],
        by=request.user,
        started_at=request.started_at,
        now=now,
    )
    receiving.use_leave(request.unit, video.slot, began=request.started_at, video=video)
    receiving.announce(video, address=client_address(request), now=now)
    return video


def _back(request: HttpRequest, unit: Unit, refusal: str) -> HttpResponse:
    messages.error(request, refusal)
    return redirect("desk", pk=unit.pk)
