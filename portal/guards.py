"""Preconditions of the portal's pages: the contest may be seen, the unit is the person's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from accounts.models import User
from contests.models import Contest, Quiz, Unit
from contests.models.contest import ContestQuerySet


class ContestRequest(HttpRequest):
    """A request for a page of a contest this person may see."""

    contest: Contest


class DeskRequest(HttpRequest):
    """A request of a unit's coordinator for the unit's desk."""

    user: User
    unit: Unit


def seen_by(user: User | AnonymousUser) -> ContestQuerySet:
    """Contests this person may see: announced ones, and drafts for their organizers."""
    visible = Q(is_announced=True)
    if isinstance(user, User):
        visible |= Q(pk__in=Contest.objects.for_organizer(user).values("pk"))
    return with_quizzes(Contest.objects.filter(visible))


def with_quizzes(contests: ContestQuerySet) -> ContestQuerySet:
    """Load quizzes in the order they open, and their blueprints, with two more queries."""
    quizzes = Quiz.objects.order_by("opens_at", "pk").prefetch_related("blueprint")
    return contests.prefetch_related(Prefetch("quizzes", quizzes))


def contest_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Set `request.contest` from the keyword `slug`; 404 for what this person may not see."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, slug: str, **kwargs: Any) -> HttpResponse:
        contest = get_object_or_404(seen_by(request.user), slug=slug)
        request.contest = contest  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return wrapped


def desk_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Set `request.unit` from the keyword `pk`; 404 for a unit this person does not coordinate.

    The answer names people, so no browser or proxy keeps it.
    """

    @wraps(view)
    @never_cache
    @login_required
    def wrapped(request: HttpRequest, *args: Any, pk: int, **kwargs: Any) -> HttpResponse:
        own = Unit.objects.coordinated_by(request.user)  # type: ignore[arg-type]
        unit = get_object_or_404(own.select_related("contest"), pk=pk)
        request.unit = unit  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return wrapped
