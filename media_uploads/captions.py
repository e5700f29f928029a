"""A video's captions: taken from a WebVTT file, kept, removed, and served to its audience."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.models import User
from media_uploads import webvtt
from media_uploads.audience import watchable_by
from media_uploads.decisions import name_of
from media_uploads.models import VideoSubmission


class CaptionsForm(forms.Form):
    """The file; `cleaned_data["file"]` is what is kept of it."""

    file = forms.FileField(
        label=_("Captions file (WebVTT)"),
        help_text=_("A .vtt file in UTF-8 of at most 500 kB."),
        widget=forms.FileInput(attrs={"accept": ".vtt,text/vtt", "class": "form-control"}),
    )

    def clean_file(self) -> str:
        file: UploadedFile = self.cleaned_data["file"]
        try:
            return webvtt.write(webvtt.read(file.read(webvtt.MOST_BYTES + 1)))
        except webvtt.NotCaptions as refusal:
            raise forms.ValidationError(refusal.message) from refusal


def sent(request: HttpRequest) -> tuple[Any, Any]:
    """What a form with a file is bound to; nothing where the page is only opened."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


@transaction.atomic
def store(video: VideoSubmission, text: str, *, by: User, address: str, now: dt.datetime) -> None:
    """Keep captions, or none; nothing is written where they are the same already."""
    rows = VideoSubmission.objects.filter(pk=video.pk).exclude(captions=text)
    if not rows.update(captions=text):
        return
    video.captions = text
    audit.record(
        action="video.caption" if text else "video.remove_captions",
        target=name_of(video),
        contest=video.unit.contest.slug,
        actor=by,
        address=address,
        now=now,
    )


@require_safe
def video_captions(request: HttpRequest, public_id: str) -> HttpResponse:
    """The captions; 404 for whoever may not watch the video, and where there are none."""
    videos = watchable_by(request.user).exclude(captions="")
    video = get_object_or_404(videos, public_id=public_id)
    response = HttpResponse(video.captions, content_type="text/vtt; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
