"""How many people of each unit have taken part: counts, never an order by merit (rules: A5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.core.cache import cache
from django.db.models import Count, Q

from contests.models import Attempt, Contest, Unit
from contests.models.attempts import AttemptQuerySet
from contests.models.quizzes import GRACE
from scoring import formula
from scoring.documents.tables import rounded

# The front page is read by everybody at once when a quiz opens; counting may lag that much.
KEPT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class UnitTurnout:
    """One unit's line. `percent` has one decimal and is at most 100; None without a headcount."""

    code: str
    name: str
    block: str
    participants: int
    headcount: int | None

    @property
    def percent(self) -> Decimal | None:
        share = formula.turnout(self.participants, self.headcount)
        return None if share is None else Decimal(rounded(share * 100, 1) or 0)

    @property
    def width(self) -> str:
        """The bar's width as an SVG attribute."""
        return f"{self.percent or 0}%"


@dataclass(frozen=True, slots=True)
class Turnout:
    """All units of a contest by code, and when the people were counted."""

    units: list[UnitTurnout]
    counted_at: dt.datetime

    @property
    def participants(self) -> int:
        return sum(unit.participants for unit in self.units)


def ended(attempts: AttemptQuerySet, *, now: dt.datetime) -> AttemptQuerySet:
    """Attempts that are finished, stored already or not (rules: Q8, Q9)."""
    return attempts.filter(~Q(state=Attempt.State.RUNNING) | Q(deadline_at__lte=now - GRACE))


def of_contest(contest: Contest, *, now: dt.datetime, search: str = "") -> Turnout:
    """Return the counts of a contest's units, those whose name or code contains `search`."""
    counts, counted_at = _counts(contest, now)
    units = Unit.objects.filter(contest=contest)
    if search.strip():
        units = units.search(search)
    return Turnout(
        units=[
            UnitTurnout(code, name, block, counts.get(pk, 0), headcount)
            for pk, code, name, block, headcount in units.order_by("code").values_list(
                "pk", "code", "name", "block", "headcount"
            )
        ],
        counted_at=counted_at,
    )


def count_participants(contest: Contest, *, now: dt.datetime) -> dict[int, int]:
    """Return unit id → people who count and have a finished attempt (rules: P6, S9)."""
    people = Attempt.objects.ranked().filter(
        quiz__contest=contest,
        participant__confirmed_at__isnull=False,
        participant__disqualified_reason="",
    )
    grouped = ended(people, now=now).values("participant__unit").order_by("participant__unit")
    return dict(
        grouped.annotate(people=Count("participant", distinct=True)).values_list(
            "participant__unit", "people"
        )
    )


def _counts(contest: Contest, now: dt.datetime) -> tuple[dict[int, int], dt.datetime]:
    key = f"turnout:{contest.pk}"
    kept: tuple[dict[int, int], dt.datetime] | None = cache.get(key)
    if kept is None:
        kept = (count_participants(contest, now=now), now)
        cache.set(key, kept, KEPT_SECONDS)
    return kept
