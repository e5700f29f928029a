"""Pages of their own about one video: a leave to replace it, a copy by hand, its captions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from accounts.throttle import client_address
from contests.admin.decisions import DecisionForm
from contests.admin.scope import OwnContestsAdmin, actor, own_page, row_or_404
from contests.clock import database_now
from contests.decisions import NothingToDecide
from media_uploads import captions, decisions, receiving, replacing
from media_uploads.forms import FORM_BYTES
from media_uploads.models import VideoSubmission, media_storage

ONE_DAY = dt.timedelta(days=1)
MOMENT = "%d/%m/%Y %H:%M"


class ReplacementForm(DecisionForm):
    until = forms.DateTimeField(
        label=gettext_lazy("Until"),
        input_formats=[MOMENT],
        widget=forms.DateTimeInput(
            format=MOMENT, attrs={"class": "form-control", "autocomplete": "off"}
        ),
        help_text=gettext_lazy(
            "Day and time as dd/mm/yyyy hh:mm. The upload has to begin before it and may finish"
            " within 30 minutes after it."
        ),
    )
    field_order = ("until", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("Kept in the log; the unit reads it too.")


class SupplyForm(DecisionForm):
    file = forms.FileField(
        label=gettext_lazy("The copy (MP4)"),
        max_length=255,
        widget=forms.FileInput(attrs={"accept": "video/mp4,.mp4", "class": "form-control"}),
        help_text=gettext_lazy(
            "At most 200 MB. The worker checks it like every video and makes the copy from it."
        ),
    )
    field_order = ("file", "reason")

    def clean_file(self) -> TemporaryUploadedFile:
        file: TemporaryUploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > FORM_BYTES:
            raise forms.ValidationError(receiving.too_large(FORM_BYTES))
        return file


def replacement(
    model_admin: OwnContestsAdmin, request: HttpRequest, pk: int, *, back: str
) -> HttpResponse:
    """Let the unit hand in one version after closing (rules: V2)."""
    video, now = row_or_404(model_admin, request, pk), database_now()
    if said := replacing.obstacle(video, now=now):
        messages.error(request, said)
        return redirect(back)
    latest = video.unit.contest.judging_closes_at
    asked = request.POST if request.method == "POST" else None
    form = ReplacementForm(asked, initial={"until": min(now + ONE_DAY, latest)})
    if request.method == "POST" and form.is_valid():
        try:
            replacing.allow(
                video,
                until=form.cleaned_data["until"],
                reason=form.cleaned_data["reason"],
                by=actor(request),
                address=client_address(request),
                now=now,
            )
        except replacing.NotAllowed as refusal:
            form.add_error("until", refusal.message)
        except NothingToDecide:
            messages.info(request, _("One replacement is allowed already."))
            return redirect(back)
        else:
            messages.success(request, _("The unit may hand in one more version."))
            return redirect(back)
    effect = _(
        "The unit's coordinator may begin one upload until then, although the window is closed. If"
        " an earlier version counts now, marks given to it no longer count once the new one is"
        " accepted."
    )
    return _page(request, video, _("Allow one replacement"), effect, form, _("Allow"), back)


def without_reading_the_body(
    view: Callable[[HttpRequest, int], HttpResponse], model_admin: OwnContestsAdmin
) -> Callable[[HttpRequest, int], HttpResponse]:
    """Ask who it is and how large the form is before the CSRF check reads its whole body."""

    @csrf_exempt
    def wrapped(request: HttpRequest, pk: int) -> HttpResponse:
        video = row_or_404(model_admin, request, pk)
        length = request.META.get("CONTENT_LENGTH") or "0"
        size = int(length) if str(length).isdecimal() else 0
        try:
            receiving.require_disk(size, most=FORM_BYTES)
        except receiving.NotTaken as refusal:
            messages.error(request, refusal.message)
            return redirect("admin:media_uploads_videosubmission_change", video.pk)
        request.upload_handlers = [TemporaryFileUploadHandler(request)]
        return csrf_protect(view)(request, pk)

    return wrapped


def supply(
    model_admin: OwnContestsAdmin, request: HttpRequest, pk: int, *, back: str
) -> HttpResponse:
    """Take a file to make the copy from where the original cannot be used (rules: V4)."""
    video = row_or_404(model_admin, request, pk)
    if not video.lacks_copy:
        messages.error(request, _("A copy is supplied only where none could be made."))
        return redirect(back)
    form = SupplyForm(*captions.sent(request))
    if request.method == "POST" and form.is_valid():
        name = receiving.keep(form.cleaned_data["file"])
        try:
            decisions.supply(
                video,
                file=name,
                reason=form.cleaned_data["reason"],
                by=actor(request),
                address=client_address(request),
                now=database_now(),
            )
        except NothingToDecide:
            Path(media_storage().path(name)).unlink()
            messages.info(request, _("It was decided so already."))
        else:
            messages.success(request, _("The file is stored; the copy is being made from it."))
        return redirect(back)
    effect = _(
        "The unit's original stays as it is, with its SHA-256 and its time. What is watched and"
        " marked is made from the file you choose here, so it has to show the same video."
    )
    return _page(request, video, _("Supply a copy by hand"), effect, form, _("Supply"), back)


def subtitle(
    model_admin: OwnContestsAdmin, request: HttpRequest, pk: int, *, back: str
) -> HttpResponse:
    """Take captions, or remove them."""
    video = row_or_404(model_admin, request, pk)
    removes = request.POST.get("remove") == "yes"
    form = captions.CaptionsForm(*captions.sent(request))
    if request.method == "POST" and (removes or form.is_valid()):
        text = "" if removes else form.cleaned_data["file"]
        by, address = actor(request), client_address(request)
        captions.store(video, text, by=by, address=address, now=database_now())
        said = _("The captions are removed.") if removes else _("The captions are taken.")
        messages.success(request, said)
        return redirect(back)
    effect = _("Captions let those follow the video who cannot hear it.")
    return _page(request, video, _("Captions"), effect, form, _("Store"), back)


def _page(
    request: HttpRequest,
    video: VideoSubmission,
    title: str,
    effect: str | Promise,
    form: Any,
    button: str,
    back: str,
) -> HttpResponse:
    return own_page(
        request,
        "admin/media_uploads/form.html",
        title=title,
        subtitle=f"{video.unit} · {video.title}",
        contest=video.unit.contest,
        video=video,
        effect=effect,
        form=form,
        button=button,
        back=back,
    )
