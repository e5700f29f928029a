"""The certificates of a contest: issued, listed, as PDF and ZIP, revoked (rules: A6)."""

from __future__ import annotations

import tempfile

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.letters import address_of
from accounts.throttle import client_address
from contests.admin.scope import actor, own_page
from contests.clock import database_now
from contests.models import Contest
from scoring.admin.organized import attached, organized
from scoring.documents import certificates, pdf
from scoring.forms import ReasonForm
from scoring.models import (
    AlreadyRevoked,
    Certificate,
    ResultSet,
    ResultsNotFinal,
    issue_certificates,
    why_nothing_is_certified,
)

PAGE = "admin:scoring_results_certificates"
ROWS_OF_A_PAGE = 100


@organized
@require_safe
def certificates_page(request: HttpRequest, contest: Contest) -> HttpResponse:
    """Every certificate of the contest, the newest set's first, and what can be done with them."""
    result_set = ResultSet.objects.published(contest)
    is_final = result_set is not None and result_set.is_final
    rows = contest.certificates.select_related("award__result_set", "revoked_by")
    page = Paginator(rows.order_by("-award__result_set__number", "number"), ROWS_OF_A_PAGE)
    printable = Certificate.objects.printable(contest).count()
    awards = result_set.awards if result_set and is_final else None
    return own_page(
        request,
        "admin/scoring/certificates.html",
        title=_("Certificates"),
        subtitle=contest.name,
        contest=contest,
        result_set=result_set,
        why_not="" if is_final else why_nothing_is_certified(result_set),
        awards=awards.count() if awards else 0,
        to_issue=awards.filter(certificate=None).count() if awards else 0,
        printable=printable,
        page=page.get_page(request.GET.get("page")),
        home=_home(request),
    )


@organized
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: HttpRequest, contest: Contest) -> HttpResponse:
    """Give every award its certificate; whoever comes by a link is led to the page."""
    if request.method != "POST":
        return redirect(PAGE, contest_id=contest.pk)
    by, address, now = actor(request), client_address(request), database_now()
    try:
        new = issue_certificates(contest, by=by, address=address, now=now)
    except ResultsNotFinal as refusal:
        messages.error(request, str(refusal))
        return redirect(PAGE, contest_id=contest.pk)
    if new:
        said = ngettext("%(n)s certificate is issued.", "%(n)s certificates are issued.", new)
        messages.success(request, said % {"n": new})
    else:
        messages.info(request, _("Every award has its certificate already."))
    return redirect(PAGE, contest_id=contest.pk)


@organized
@require_safe
def one_pdf(request: HttpRequest, contest: Contest, number: int) -> HttpResponse:
    """One certificate; 404 for a revoked one and one of results that were corrected since."""
    row = get_object_or_404(Certificate.objects.printable(contest), number=number)
    return _pdf(request, contest, [row], certificates.file_name(row))


@organized
@require_safe
def all_pdf(request: HttpRequest, contest: Contest) -> HttpResponse:
    """All that hold as one file, to be printed in one go."""
    rows = list(Certificate.objects.printable(contest))
    if not rows:
        return _nothing(request, contest)
    return _pdf(request, contest, rows, f"giay-chung-nhan-{contest.slug}.pdf")


@organized
@require_safe
def all_zip(request: HttpRequest, contest: Contest) -> HttpResponseBase:
    """All that hold as one file each, packed; written to disk, for a thousand are 60 MB."""
    rows = Certificate.objects.printable(contest)
    if not rows.exists():
        return _nothing(request, contest)
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    try:
        certificates.write_zip(rows, file, home=_home(request))
    except pdf.Unprintable as refusal:
        file.close()
        return _unprintable(request, contest, refusal)
    file.seek(0)
    response = FileResponse(file, content_type="application/zip")
    return attached(response, f"giay-chung-nhan-{contest.slug}.zip")


@organized
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, contest: Contest, number: int) -> HttpResponse:
    """Ask for the reason and once more, since it is never undone; then revoke."""
    rows = contest.certificates.select_related("award__result_set", "contest")
    row = get_object_or_404(rows, number=number)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if row.is_revoked:
        return _revoked_before(request, contest)
    if request.method == "POST" and form.is_valid():
        by, address, now = actor(request), client_address(request), database_now()
        try:
            row.revoke(by=by, reason=form.cleaned_data["reason"], address=address, now=now)
        except AlreadyRevoked:
            return _revoked_before(request, contest)
        messages.success(request, _("Certificate %(number)s is revoked.") % {"number": number})
        return redirect(PAGE, contest_id=contest.pk)
    return own_page(
        request,
        "admin/scoring/certificate_revoke.html",
        title=_("Revoke certificate %(number)s") % {"number": number},
        contest=contest,
        certificate=row,
        form=form,
    )


def _home(request: HttpRequest) -> str:
    """Return the address the certificates lead to: the server's own, else the one asked by."""
    return address_of("/") or request.build_absolute_uri("/")


def _pdf(
    request: HttpRequest, contest: Contest, rows: list[Certificate], name: str
) -> HttpResponse:
    try:
        content = certificates.render(rows, home=_home(request))
    except pdf.Unprintable as refusal:
        return _unprintable(request, contest, refusal)
    response = HttpResponse(content, content_type=pdf.CONTENT_TYPE)
    attached(response, name)
    return response


def _nothing(request: HttpRequest, contest: Contest) -> HttpResponse:
    messages.info(request, _("There is no certificate to print yet."))
    return redirect(PAGE, contest_id=contest.pk)


def _unprintable(request: HttpRequest, contest: Contest, refusal: Exception) -> HttpResponse:
    messages.error(request, str(refusal))
    return redirect(PAGE, contest_id=contest.pk)


def _revoked_before(request: HttpRequest, contest: Contest) -> HttpResponse:
    messages.info(request, _("This certificate was revoked before."))
    return redirect(PAGE, contest_id=contest.pk)
