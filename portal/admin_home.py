"""What the administration begins with: the contests one organizes, the videos one has to mark."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from contests.clock import database_now
from contests.models import Contest, Judge, Phase
from portal import schedule
from portal.guards import with_quizzes
from scoring.admin.desk import Progress, judgeships, progress_of

# A superuser may have the contests of many years; the newest stand here, the list has them all.
CONTESTS_SHOWN = 12
NO_PROGRESS = Progress(submitted=0, expected=0)


@dataclass(frozen=True, slots=True)
class ContestCard:
    """A contest one organizes: `dates` as (name, span), `links` as (name, address)."""

    contest: Contest
    phase: Phase
    dates: list[tuple[str, str]]
    links: list[tuple[str | Promise, str]]


@dataclass(frozen=True, slots=True)
class Seat:
    """A contest one judges, and how far the own marking has come; nothing before it begins."""

    judge: Judge
    begun: bool
    closed: bool
    progress: Progress

    @property
    def contest(self) -> Contest:
        return self.judge.contest

    @property
    def waits(self) -> bool:
        """Whether there is a sheet to be handed in now."""
        return self.begun and not self.closed and self.progress.left > 0


@dataclass(frozen=True)
class Home:
    """The first page of one person; `lists` says whether the stock lists add anything to it."""

    contests: list[ContestCard]
    more_contests: bool
    seats: list[Seat]
    lists: bool


def home_of(request: HttpRequest) -> Home:
    """Return what this person works on, from his or her own rows only, in a few queries."""
    user = request.user
    assert isinstance(user, User)
    now = database_now()
    organizes = user.has_perm("contests.view_contest")
    found: list[Any] = []
    if organizes:
        own = with_quizzes(Contest.objects.for_organizer(user)).order_by("-year", "slug")
        found = list(own[: CONTESTS_SHOWN + 1])
    return Home(
        contests=[_card(contest, now) for contest in found[:CONTESTS_SHOWN]],
        more_contests=len(found) > CONTESTS_SHOWN,
        seats=_seats(user, now) if user.has_perm("scoring.view_scoresheet") else [],
        lists=organizes,
    )


def _card(contest: Contest, now: dt.datetime) -> ContestCard:
    return ContestCard(
        contest=contest,
        phase=contest.phase(now),
        dates=[
            (name, schedule.span(opens_at, closes_at))
            for name, opens_at, closes_at in schedule.windows(contest)
        ],
        links=_links(contest),
    )


def _links(contest: Contest) -> list[tuple[str | Promise, str]]:
    lists: list[tuple[str | Promise, str]] = [
        (_("Units"), "contests_unit"),
        (_("People"), "contests_participant"),
        (_("Bank of questions"), "contests_question"),
        (_("Quizzes"), "contests_quiz"),
    ]
    links = [
        (name, f"{reverse(f'admin:{model}_changelist')}?contest={contest.pk}")
        for name, model in lists
    ]
    if contest.video_weight:
        progress = reverse("admin:scoring_scoresheet_progress", args=[contest.slug])
        links.append((_("Marking of videos"), progress))
    return [
        *links,
        (_("Results"), reverse("admin:scoring_results", args=[contest.pk])),
        (_("Public page"), reverse("contest", args=[contest.slug])),
    ]


def _seats(user: User, now: dt.datetime) -> list[Seat]:
    judges = judgeships(user)
    progress = progress_of([judge for judge in judges if _has_begun(judge, now)])
    return [
        Seat(
            judge=judge,
            begun=_has_begun(judge, now),
            closed=judge.contest.judging_closes_at <= now,
            progress=progress.get(judge.pk, NO_PROGRESS),
        )
        for judge in judges
    ]


def _has_begun(judge: Judge, now: dt.datetime) -> bool:
    return judge.contest.judging_opens_at <= now
