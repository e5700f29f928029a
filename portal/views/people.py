"""What a coordinator does for the unit's people: confirm them, give them codes, take the list."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.csrf import no_referrer
from accounts.models import AccessCode
from accounts.throttle import client_address
from contests import access
from contests.clock import database_now
from portal import roster
from portal.forms import ConfirmForm, ReissueForm
from portal.guards import DeskRequest, desk_required

# One answer holds a QR code for each; the rest come with the next press of the button.
CODES_AT_ONCE = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@desk_required
@require_http_methods(["GET", "HEAD", "POST"])
def people_confirm(request: DeskRequest) -> HttpResponse:
    """Name the people who wait, and confirm those left ticked; all of them by one button."""
    unit = request.unit
    if not roster.may_confirm(unit):
        raise Http404
    waiting = unit.participants.waiting()
    wanted = request.GET.get("person", "")
    ticked = [int(wanted)] if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else None
    numbers = ticked or list(waiting.values_list("number", flat=True))
    sent = request.POST if request.method == "POST" else None
    form = ConfirmForm(sent, waiting=waiting, initial={"people": numbers})
    if request.method == "POST" and form.is_valid():
        count = roster.confirm(
            unit=unit,
            numbers=form.cleaned_data["people"],
            by=request.user,
            address=client_address(request),
            now=database_now(),
        )
        said = ngettext("%(count)s person confirmed.", "%(count)s people confirmed.", count)
        messages.success(request, said % {"count": count})
        return redirect("desk", pk=unit.pk)
    context = {"contest": unit.contest, "unit": unit, "form": form, "count": waiting.count()}
    return render(request, "portal/people_confirm.html", context)


@no_referrer
@desk_required
@sensitive_variables("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code_issue(request: DeskRequest, number: int) -> HttpResponse:
    """Ask why, then issue a code and show it in the answer, this once."""
    unit = request.unit
    people = unit.participants.select_related("user", "contest", "unit")
    person = get_object_or_404(people, number=number)
    has_code = AccessCode.objects.filter(user=person.user_id).exists()
    form = ReissueForm(request.POST if request.method == "POST" else None)
    if not has_code:
        form.fields["reason"].required = False
    context = {"contest": unit.contest, "unit": unit, "participant": person, "form": form}
    if request.method == "POST" and form.is_valid():
        code = access.reissue(
            participant=person,
            by=request.user,
            now=database_now(),
            address=client_address(request),
            reason=form.cleaned_data["reason"] or _("first code, given by the unit"),
        )
        context["sheet"] = access.code_sheet(request, code)
        return render(request, "portal/code_issued.html", context)
    return render(request, "portal/code_issue.html", context | {"has_code": has_code})


@no_referrer
@desk_required
@sensitive_variables("codes")
@require_http_methods(["GET", "HEAD", "POST"])
def codes_issue(request: DeskRequest) -> HttpResponse:
    """Issue codes to everybody of the unit who has none, as slips to print, shown this once."""
    unit = request.unit
    without = roster.without_code(unit)
    context = {"contest": unit.contest, "unit": unit, "count": without.count()}
    if request.method != "POST":
        return render(request, "portal/codes_issue.html", context)
    now, address = database_now(), client_address(request)
    slips = []
    for person in without.select_related("user", "contest").in_name_order()[:CODES_AT_ONCE]:
        code = access.reissue(
            participant=person,
            by=request.user,
            now=now,
            address=address,
            reason=_("first code, given by the unit"),
        )
        slips.append((person, access.code_sheet(request, code)))
    return render(request, "portal/codes_issued.html", context | {"slips": slips})


@desk_required
@require_safe
def roster_file(request: DeskRequest) -> HttpResponse:
    """The roster as XLSX."""
    unit, now = request.unit, database_now()
    people = roster.of_unit(unit, now=now).in_name_order()
    title = f"{unit.code} · {unit.name} · {unit.contest.name}"
    response = HttpResponse(roster.workbook(people, title=title), content_type=XLSX)
    named = quote(_("Roster %(unit)s") % {"unit": unit.code} + ".xlsx", safe="")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"roster.xlsx\"; filename*=UTF-8''{named}"
    )
    return response
