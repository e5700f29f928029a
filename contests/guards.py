"""Preconditions of pages about one contest: it is announced, the person takes part in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from accounts.models import User
from contests.models import Contest, Participant


class ContestRequest(HttpRequest):
    """A request for a page of an announced contest."""

    contest: Contest


class ParticipantRequest(ContestRequest):
    """A request of a person who takes part in the contest of the address."""

    participant: Participant


def announced_contest_required(
    view: Callable[..., HttpResponse],
) -> Callable[..., HttpResponse]:
    """Set `request.contest` from the keyword `slug`; 404 for what the public may not see."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, slug: str, **kwargs: Any) -> HttpResponse:
        contest = get_object_or_404(Contest.objects.announced(), slug=slug)
        request.contest = contest  # type: ignore[attr-defined]
        return view(request, *args, slug=slug, **kwargs)

    return wrapped


def participant_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Set `request.contest` and `request.participant` from the keyword `slug`.

    404 for a contest the public may not see. Whoever is not signed in as a participant of this
    very contest is sent to its sign-in page, from a GET with the way back. The answer is never
    kept by a browser or proxy.
    """

    @wraps(view)
    def wrapped(request: ContestRequest, *args: Any, slug: str, **kwargs: Any) -> HttpResponse:
        participant = _part_loaded_with_user(request, slug)
        if participant is None:
            contest = get_object_or_404(Contest.objects.announced(), slug=slug)
            participant = participant_of(request, contest)
        if participant is None:
            return _to_sign_in(request, slug)
        request.contest = participant.contest
        request.participant = participant  # type: ignore[attr-defined]
        response = view(request, *args, slug=slug, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return wrapped


def _part_loaded_with_user(request: HttpRequest, slug: str) -> Participant | None:
    """Return the part that `contests.backends` loaded, if it is in the announced contest `slug`."""
    if not request.user.is_authenticated:
        return None
    if not User._meta.get_field("participant").is_cached(request.user):
        return None
    participant: Participant | None = getattr(request.user, "participant", None)
    if participant is None or participant.contest.slug != slug:
        return None
    return participant if participant.contest.is_announced else None


def participant_of(request: HttpRequest, contest: Contest) -> Participant | None:
    """Return the signed-in person's part in `contest`, with its unit; None without one."""
    if not request.user.is_authenticated:
        return None
    participant = (
        contest.participants.filter(user_id=request.user.pk).select_related("unit").first()
    )
    if participant is not None:
        # Spares a query each time somebody asks the participant for its contest.
        participant.contest = contest
    return participant


def _to_sign_in(request: HttpRequest, slug: str) -> HttpResponse:
    address = reverse("sign_in", kwargs={"slug": slug})
    if request.method == "GET":
        address += "?" + urlencode({"next": request.get_full_path()})
    return redirect(address)
