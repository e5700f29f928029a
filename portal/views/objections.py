"""Objections to published results: filed, read with their answers, withdrawn (rules: A4, P7)."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.throttle import client_address
from contests.clock import database_now
from contests.guards import participant_of
from contests.models import Contest, Participant, Unit
from portal.guards import ContestRequest, contest_required
from portal.views.results import published
from scoring.forms_results import ObjectionForm
from scoring.models import (
    Objection,
    ObjectionsClosed,
    ObjectionSettled,
    ResultSet,
    TooManyObjections,
    file_objection,
    takes_objections,
)
from scoring.models.objections import MOST_OPEN, ObjectionQuerySet

ROWS_OF_A_PAGE = 20
# By the key the form names it with.
Filers = dict[str, Unit | Participant]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@contest_required
def objections(request: ContestRequest) -> HttpResponse:
    """The own objections and the form for another one; 404 before publication (rules: A5)."""
    result_set = published(request.contest)
    if result_set is None:
        raise Http404
    filers, now = _filers(request, request.contest), database_now()
    choices = [(key, _name_of(filer)) for key, filer in filers.items()]
    if request.method != "POST":
        form = ObjectionForm(filers=choices)
        return _page(request, result_set, form, now=now)
    form = ObjectionForm(request.POST, filers=choices)
    if not request.user.is_authenticated:
        # Signed out while writing: the words are shown once more, to be copied.
        return _page(request, result_set, form, now=now, status=403)
    if request.POST.get("filer") not in filers:
        raise Http404
    if form.is_valid() and _file(request, result_set, filers, form, now=now):
        return redirect("objections", slug=request.contest.slug)
    return _page(request, result_set, form, now=now)


def _filers(request: HttpRequest, contest: Contest) -> Filers:
    """Return in whose name this person may object: as a participant, for the own units."""
    if not isinstance(request.user, User):
        return {}
    found: Filers = {}
    if person := participant_of(request, contest):
        found["person"] = person
    units = Unit.objects.coordinated_by(request.user).filter(contest=contest)
    return found | {f"unit-{unit.pk}": unit for unit in units.order_by("code")}


def _name_of(filer: Unit | Participant) -> str:
    return filer.name if isinstance(filer, Unit) else filer.full_name


def _file(
    request: ContestRequest,
    result_set: ResultSet,
    filers: Filers,
    form: ObjectionForm,
    *,
    now: dt.datetime,
) -> bool:
    """File what the form says; where it is refused say why in the form, which keeps the words."""
    try:
        if request.POST.get("set") != str(result_set.number):
            raise ObjectionsClosed
        file_objection(
            result_set=result_set,
            filer=filers[form.cleaned_data["filer"]],
            by=request.user,  # type: ignore[arg-type]
            text=form.cleaned_data["text"],
            address=client_address(request),
            now=now,
        )
    except ObjectionsClosed:
        form.add_error(None, _why_closed(request.contest, now))
    except TooManyObjections:
        said = _(
            "%(count)s of your objections wait for an answer already. Wait for the answers, or"
            " withdraw one of them."
        )
        form.add_error(None, said % {"count": MOST_OPEN})
    else:
        messages.success(request, _("The objection was sent. Its answer will stand on this page."))
        return True
    return False


def _why_closed(contest: Contest, now: dt.datetime) -> str:
    in_force = ResultSet.objects.published(contest)
    if in_force is not None and takes_objections(in_force, now):
        return _(
            "The results were corrected while you were writing. Look at the new ones; if you still"
            " object, send the objection again."
        )
    return _("Objections are no longer taken; nothing was sent.")


def _page(
    request: ContestRequest,
    result_set: ResultSet,
    form: ObjectionForm,
    *,
    now: dt.datetime,
    status: int = 200,
) -> HttpResponse:
    pages = Paginator(_own(request), ROWS_OF_A_PAGE)
    context = {
        "contest": request.contest,
        "result_set": result_set,
        "takes_objections": takes_objections(result_set, now),
        "may_file": bool(form.fields["filer"].choices),  # type: ignore[attr-defined]
        "form": form,
        "page": pages.get_page(request.GET.get("page")),
    }
    return render(request, "portal/objections.html", context, status=status)


def _own(request: ContestRequest) -> ObjectionQuerySet:
    """The objections of this person and the own units in the contest; of others none (P7)."""
    if not isinstance(request.user, User):
        return Objection.objects.none()
    own = Objection.objects.filed_by(request.user).filter(result_set__contest=request.contest)
    return own.select_related("result_set", "unit", "participant").order_by("-at", "-pk")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@contest_required
def objection_withdraw(request: ContestRequest, pk: int) -> HttpResponse:
    """Ask once more, then take an own objection back while nobody has answered it."""
    if published(request.contest) is None:
        raise Http404
    objection = get_object_or_404(_own(request), pk=pk)
    page = redirect("objections", slug=request.contest.slug)
    if request.method == "POST":
        try:
            objection.withdraw(
                by=request.user,  # type: ignore[arg-type]
                address=client_address(request),
                now=database_now(),
            )
        except ObjectionSettled:
            messages.error(request, _already_settled())
        else:
            messages.success(request, _("The objection is withdrawn."))
        return page
    if not objection.is_open:
        messages.error(request, _already_settled())
        return page
    context = {"contest": request.contest, "objection": objection}
    return render(request, "portal/objection_withdraw.html", context)


def _already_settled() -> str:
    return _("This objection was answered or withdrawn already.")
