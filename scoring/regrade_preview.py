"""What a regrade would do to points, ranks and awards: computed twice, never stored (Q12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import attrgetter

from contests.models import Contest
from contests.regrading import Regrade
from scoring import outcome
from scoring.gathering import gather
from scoring.lines import AwardOut, Outcome, PersonOut, UnitOut

PERSON_FIGURES = ("correct", "questions", "rank")
UNIT_FIGURES = ("quiz_points", "total", "rank")


@dataclass(frozen=True, slots=True)
class PersonShift:
    """A person whose counted score or rank in one quiz would change."""

    before: PersonOut
    after: PersonOut

    @property
    def score_changes(self) -> bool:
        """Whether the score changes, or only its place among the others."""
        was, will_be = self.before, self.after
        return (was.correct, was.questions) != (will_be.correct, will_be.questions)


@dataclass(frozen=True, slots=True)
class UnitShift:
    """A unit whose quiz points, total or rank would change."""

    before: UnitOut
    after: UnitOut


@dataclass(frozen=True, slots=True)
class Consequences:
    """Everything that would change, in the order of the new ranking; awards lost and won.

    `ties`: how many ties across an award's edge nobody has decided, before and after.
    """

    people: tuple[PersonShift, ...]
    units: tuple[UnitShift, ...]
    awards_lost: tuple[AwardOut, ...]
    awards_won: tuple[AwardOut, ...]
    ties: tuple[int, int]


def consequences(contest: Contest, regrades: Iterable[Regrade]) -> Consequences:
    """Return whose score, rank or award changes where these attempts are graded so (rules: Q12).

    BadInputs, HeadcountMissing as with a refresh of the results. Writes nothing.
    """
    inputs = gather(contest)
    results = {(r.quiz, r.person_number, r.number): r.after for r in regrades}
    attempts = []
    for attempt in inputs.attempts:
        graded = results.get((attempt.quiz, attempt.person_number, attempt.number))
        if graded is not None:
            attempt = replace(attempt, correct=graded.correct, questions=graded.questions)
        attempts.append(attempt)
    regraded = replace(inputs, attempts=tuple(attempts))
    return compare(outcome.compute(inputs), outcome.compute(regraded))


def compare(before: Outcome, after: Outcome) -> Consequences:
    """Return what differs between two outcomes of the same people, units and award plan."""
    of_person, of_unit = attrgetter(*PERSON_FIGURES), attrgetter(*UNIT_FIGURES)
    people = {(line.quiz, line.number): line for line in before.people}
    units = {line.code: line for line in before.units}
    persons = (PersonShift(people[line.quiz, line.number], line) for line in after.people)
    teams = (UnitShift(units[line.code], line) for line in after.units)
    had, have = _held(before), _held(after)
    return Consequences(
        people=tuple(s for s in persons if of_person(s.before) != of_person(s.after)),
        units=tuple(s for s in teams if of_unit(s.before) != of_unit(s.after)),
        awards_lost=tuple(award for key, award in had.items() if key not in have),
        awards_won=tuple(award for key, award in have.items() if key not in had),
        ties=(len(before.ties), len(after.ties)),
    )


def _held(computed: Outcome) -> dict[tuple[object, ...], AwardOut]:
    return {
        (award.scope, award.quiz, award.tier_order, award.entry): award for award in computed.awards
    }
