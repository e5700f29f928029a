"""A result explained whole, to the unit or person it is of and to the organizers (rules: P7)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from contests.models import Contest, Participant, Unit
from portal.explained import NoBasis, explain_person, explain_unit
from portal.guards import ContestRequest, contest_required
from portal.views.results import published
from scoring.documents.tables import in_fours, reason_of
from scoring.models import ResultSet


@never_cache
@login_required
@require_safe
@contest_required
def unit_explained(request: ContestRequest, code: str) -> HttpResponse:
    """A unit's line: its coordinator's once published, any of the newest set for organizers."""
    contest, user = request.contest, _user(request)
    if not code.isprintable():
        raise Http404  # PostgreSQL takes no NUL
    own = Unit.objects.coordinated_by(user).filter(contest=contest, code=code)
    result_set = _set_for(contest, user, is_own=own.exists())
    row = get_object_or_404(result_set.units.select_related("result_set"), code=code)
    try:
        explained = explain_unit(result_set, row)
    except NoBasis:
        explained = None
    context = {**_context(contest, result_set), "row": row, "explained": explained}
    return render(request, "portal/unit_explained.html", {**context, "why_not": reason_of(row)})


@never_cache
@login_required
@require_safe
@contest_required
def person_explained(request: ContestRequest, number: int) -> HttpResponse:
    """A person's lines: the own ones once published, anybody's of the newest set for organizers."""
    contest, user = request.contest, _user(request)
    own = Participant.objects.filter(contest=contest, user=user, number=number)
    result_set = _set_for(contest, user, is_own=own.exists())
    try:
        lines = explain_person(result_set, number)
    except NoBasis:
        lines = []
    if not lines:
        raise Http404
    row = lines[0].row
    context = {
        **_context(contest, result_set),
        "name": row.name,
        "lines": lines,
        "awards": result_set.awards.filter(scope="person", natural_key=str(number)),
        "why_not": reason_of(row),
        "is_own": own.exists(),
    }
    return render(request, "portal/person_explained.html", context)


def _user(request: ContestRequest) -> User:
    assert isinstance(request.user, User)  # login_required
    return request.user


def _set_for(contest: Contest, user: User, *, is_own: bool) -> ResultSet:
    """Return the set this person may have explained, or 404 (rules: A5, P7)."""
    if Contest.objects.for_organizer(user).filter(pk=contest.pk).exists():
        found = ResultSet.objects.newest(contest)
    else:
        found = published(contest) if is_own else None
    if found is None:
        raise Http404
    return found


def _context(contest: Contest, result_set: ResultSet) -> dict[str, object]:
    return {
        "contest": contest,
        "result_set": result_set,
        "digest": in_fours(result_set.digest),
    }
