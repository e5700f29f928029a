"""The import pages: a file, a check or the real thing, and a line for every bad row."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.throttle import client_address
from contests.admin.scope import actor, own_contests, own_page
from contests.clock import database_now
from contests.importing.report import Report
from contests.importing.running import KINDS, PRACTICE, Kind, run, template_file
from contests.importing.sources import MAX_FILE_BYTES
from contests.models import Contest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TITLES = {
    "units": _("Import units"),
    "people": _("Import people"),
    "questions": _("Import questions"),
}
LISTS = {
    "units": "admin:contests_unit_changelist",
    "people": "admin:contests_participant_changelist",
    "questions": "admin:contests_question_changelist",
}
RIGHTS = {
    "units": "contests.add_unit",
    "people": "contests.add_participant",
    "questions": "contests.add_question",
}
FILE_NAMES = {
    "units": _("Template for units"),
    "people": _("Template for people"),
    "questions": _("Template for questions"),
}
PROBLEMS_SHOWN = 200


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File (.xlsx or .csv)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv", "class": "form-control"}),
    )
    practice = forms.BooleanField(
        label=_("Into the practice bank"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        help_text=_("Drawn by practice quizzes only, never by one that counts."),
    )

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind.name != "questions":
            del self.fields["practice"]

    def wanted(self, kind: Kind) -> Kind:
        """Return what the ticks make of the kind of the page's address."""
        return PRACTICE if self.cleaned_data.get("practice") else kind


def _own(request: HttpRequest, contest_id: int, kind: str) -> tuple[Contest, Kind]:
    """Return the own contest and the kind of import; 404 for a foreign or unknown one."""
    if kind not in KINDS:
        raise Http404
    if not actor(request).has_perm(RIGHTS[kind]):
        raise PermissionDenied
    return get_object_or_404(own_contests(request), pk=contest_id), KINDS[kind]


@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: HttpRequest, contest_id: int, kind: str) -> HttpResponse:
    """Show the form; a post checks the file, and stores it unless only the check was wanted."""
    contest, wanted = _own(request, contest_id, kind)
    posted = request.method == "POST"
    sent = (request.POST, request.FILES) if posted else ()
    form = ImportForm(*sent, kind=wanted)
    dry_run = "store" not in request.POST
    report: Report | None = None
    if posted and form.is_valid():
        file: UploadedFile = form.cleaned_data["file"]
        report = run(
            form.wanted(wanted),
            contest=contest,
            data=file.read(MAX_FILE_BYTES + 1),
            filename=file.name or "",
            dry_run=dry_run,
            by=actor(request),
            address=client_address(request),
            now=database_now(),
        )
    return own_page(
        request,
        "admin/contests/import.html",
        title=TITLES[kind],
        subtitle=contest.name,
        contest=contest,
        kind=wanted,
        form=form,
        report=report,
        dry_run=dry_run,
        problems=report.problems[:PROBLEMS_SHOWN] if report else [],
        problems_shown=PROBLEMS_SHOWN,
        list_url=f"{reverse(LISTS[kind])}?contest={contest.pk}",
        columns=[
            (names[0], name in wanted.required, example)
            for (name, names), example in zip(wanted.headings.items(), wanted.example, strict=True)
        ],
    )


@require_safe
def template_page(request: HttpRequest, contest_id: int, kind: str) -> HttpResponse:
    """The file to fill in."""
    _contest, wanted = _own(request, contest_id, kind)
    response = HttpResponse(template_file(wanted), content_type=XLSX)
    named = quote(f"{FILE_NAMES[kind]}.xlsx", safe="")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{kind}.xlsx\"; filename*=UTF-8''{named}"
    )
    return response
