"""The judging minutes as a Word file, and the organizers' own template of it (rules: M3-M5, A5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.throttle import client_address
from contests.admin.scope import actor, own_page
from contests.clock import database_now
from contests.models import Contest
from scoring.admin import panel
from scoring.documents import minutes
from scoring.documents.archive import TemplateRefused
from scoring.models import MinutesTemplate, drop_minutes_template, keep_minutes_template
from scoring.models.minutes import MAX_TEMPLATE_BYTES

TEMPLATE = "admin:scoring_scoresheet_minutes_template"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# What a template may name, for the table under the form; the default template shows each in use.
WORDS = (
    ("contest, year", gettext_lazy("name and year of the contest")),
    ("parent_organ, organizer", gettext_lazy("parent organ and organizing board")),
    ("notice", gettext_lazy("the notice of the contest")),
    ("draft", gettext_lazy("“DỰ THẢO” until judging has closed, then nothing")),
    ("opens, closes, drawn_up", gettext_lazy("when marks were taken; when the file was made")),
    ("judges: short, name, role", gettext_lazy("the panel, chair first; short is GK1, GK2 …")),
    ("chair", gettext_lazy("name of the chair")),
    ("criteria: name, most", gettext_lazy("the criteria with their most marks")),
    ("aggregate, limit", gettext_lazy("how points follow from sheets; spread to be talked over")),
    (
        "videos: number, unit_code, unit, title, mean, spread, flag, discussed",
        gettext_lazy("the videos by unit code"),
    ),
    ("video.totals: total, why", gettext_lazy("the total of each judge, or why there is none")),
    (
        "counts: judges, videos, counted, excused, conflicts, missing, wide",
        gettext_lazy("figures of the marking"),
    ),
    ("left_out", gettext_lazy("videos not shown to a chair in conflict; else nothing")),
    ("discussions: unit, title, at, by, text", gettext_lazy("what the panel talked over")),
    (
        "excuses, reopened: unit, title, judge, at, by, reason",
        gettext_lazy("excused sheets, and sheets opened again"),
    ),
)


class TemplateForm(forms.Form):
    """A Word file that minutes can be drawn up with; it is tried with made-up data."""

    file = forms.FileField(
        label=gettext_lazy("Word file (.docx), at most 1 MB"),
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".docx", "class": "form-control"}),
    )

    def clean_file(self) -> tuple[str, bytes]:
        """Return the file's name and content."""
        file: UploadedFile = self.cleaned_data["file"]
        name, content = str(file.name), file.read(MAX_TEMPLATE_BYTES + 1)
        try:
            minutes.check_template(content, name=name)
        except TemplateRefused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return name, content


def _watched(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give a view the contest whose marking this user watches and does not judge, or 404 (M4)."""

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str) -> HttpResponse:
        contest = get_object_or_404(panel.contests_to_watch(request), slug=slug)
        return view(request, contest=contest, now=database_now())

    return wrapped


@require_safe
def minutes_file(request: HttpRequest, slug: str) -> HttpResponse:
    """The minutes: for organizers once every sheet is in, for the chair once judging has closed.

    Before that a sentence and no mark (rules: M4, A5); never a unit in conflict with the reader
    (rules: M3).
    """
    now = database_now()
    contest = panel.contests_to_watch(request).filter(slug=slug).first()
    if contest is not None:
        back, hidden = redirect("admin:scoring_scoresheet_progress", slug=slug), set[int]()
        ready = panel.is_settled(contest, now=now)
    else:
        contest, hidden = _as_chair(request, slug)
        back, ready = redirect(panel.LIST), now >= contest.judging_closes_at
    if not ready:
        messages.warning(request, _not_ready(contest))
        return back
    try:
        content = minutes.render(contest, hidden_units=hidden, now=now)
    except TemplateRefused as refusal:
        text = _("The template of the minutes no longer fits. %(why)s")
        messages.error(request, text % {"why": refusal})
        return back
    return _attachment(content, f"bien-ban-cham-{slug}.docx", f"Biên bản chấm {contest.name}.docx")


def _as_chair(request: HttpRequest, slug: str) -> tuple[Contest, set[int]]:
    """Return the contest this user chairs the panel of, and the units in conflict, or 404."""
    chaired = actor(request).judgeships.select_related("contest").filter(is_chair=True)
    judge = chaired.filter(contest__slug=slug).first()
    if judge is None or not actor(request).has_perm("scoring.view_scoresheet"):
        raise Http404
    return judge.contest, judge.conflicted_unit_ids()


def _not_ready(contest: Contest) -> str:
    text = _(
        "The minutes can be drawn up once judging has closed (%(closes)s), by organizers also as"
        " soon as no sheet is missing."
    )
    return text % {"closes": minutes.moment(contest.judging_closes_at)}


@_watched
@require_http_methods(["GET", "HEAD", "POST"])
def template_page(request: HttpRequest, *, contest: Contest, now: dt.datetime) -> HttpResponse:
    """Show the template in force; a post keeps a checked one, or goes back to the default."""
    if request.method == "POST" and "_default" in request.POST:
        return _back_to_default(request, contest, now)
    form = TemplateForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        name, content = form.cleaned_data["file"]
        given: dict[str, Any] = {"contest": contest, "content": content, "name": name}
        address = client_address(request)
        keep_minutes_template(**given, by=actor(request), address=address, now=now)
        messages.success(request, _("The template is kept; the next minutes are drawn up with it."))
        return redirect(TEMPLATE, slug=contest.slug)
    return own_page(
        request,
        "admin/scoring/minutes_template.html",
        title=_("Template of the judging minutes"),
        contest=contest,
        form=form,
        own=MinutesTemplate.objects.filter(contest=contest).select_related("by").first(),
        words=WORDS,
    )


def _back_to_default(request: HttpRequest, contest: Contest, now: dt.datetime) -> HttpResponse:
    address = client_address(request)
    if drop_minutes_template(contest=contest, by=actor(request), address=address, now=now):
        messages.success(request, _("The default template is in force again."))
    return redirect(TEMPLATE, slug=contest.slug)


@_watched
@require_safe
def template_file(request: HttpRequest, *, contest: Contest, now: dt.datetime) -> HttpResponse:
    """The template in force as a file, to begin an own one with."""
    name = f"mau-bien-ban-cham-{contest.slug}.docx"
    return _attachment(minutes.template_of(contest), name, name)


def _attachment(content: bytes, plain: str, title: str) -> HttpResponse:
    """Answer with a file: a plain name for old programs, and the Vietnamese one (RFC 6266)."""
    response = HttpResponse(content, content_type=WORD)
    named = quote(title, safe="")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{named}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store, private"
    return response
