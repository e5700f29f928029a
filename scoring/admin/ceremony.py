"""The awards of a final set in the order a ceremony reveals them (rules: A1, A4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from contests.durations import in_words
from contests.models import Contest
from scoring.models import Award, PersonResult, ResultSet, UnitResult
from scoring.models.results import Scope

# The prize of the whole unit is what the hall waits for: it comes last.
SCOPES = (Scope.VIDEO, Scope.PERSON, Scope.UNIT)
# An award's rows by whom it is for and, for people, in which quiz.
Ladders = dict[tuple[Scope, str], list[Award]]
# What an award was won with, and what stands behind that figure.
Words = tuple[str, tuple[str, ...]]
# Names longer than these fill a projector only in smaller letters.
LONG, LONGEST = 26, 64


@dataclass(frozen=True, slots=True)
class Moment:
    """One award as the hall sees it: `figure` is what it was won with, `details` stand behind."""

    award: Award
    number: int
    figure: str
    details: tuple[str, ...]

    @property
    def belongs_to(self) -> str:
        """A person's workplace and unit, a video's unit; nothing for a unit itself."""
        if self.award.scope == Scope.UNIT:
            return ""
        places = [self.award.workplace, self.award.unit_name]
        return ", ".join(dict.fromkeys(place for place in places if place))

    @property
    def size(self) -> str:
        length = len(self.award.name)
        return "longest" if length > LONGEST else "long" if length > LONG else ""


@dataclass(frozen=True, slots=True)
class Part:
    """The awards of one ladder, from the lowest up; `quiz` is named where several quizzes count."""

    scope: Scope
    quiz: str
    moments: list[Moment]

    @property
    def title(self) -> str:
        if self.scope == Scope.PERSON:
            people = _("Awards of people")
            return f"{people}: {self.quiz}" if self.quiz else people
        return _("Awards of videos") if self.scope == Scope.VIDEO else _("Awards of units")


@dataclass(frozen=True, slots=True)
class Ceremony:
    """All awards of one set, part after part."""

    parts: list[Part]
    total: int


def set_to_celebrate(contest: Contest) -> ResultSet | None:
    """Return the set the public sees once it is final; None before, and while it is corrected."""
    shown = ResultSet.objects.published(contest)
    return shown if shown is not None and shown.is_final else None


def ceremony_of(result_set: ResultSet) -> Ceremony:
    """Return the awards of videos, of people quiz by quiz, of units; a query a ladder and two."""
    ladders: Ladders = {}
    for award in result_set.awards.order_by("position"):
        ladders.setdefault((Scope(award.scope), award.quiz_slug), []).append(award)
    won_with = _won_with(result_set, ladders)
    quizzes = _names_of_quizzes(result_set, ladders)
    number = count(1)
    parts = [
        # The rows of a ladder stand from the first place down.
        Part(
            scope=scope,
            quiz=quizzes.get(slug, ""),
            moments=[
                Moment(award, next(number), *won_with[award.pk])
                for award in reversed(ladders[scope, slug])
            ],
        )
        for scope, slug in sorted(ladders, key=lambda ladder: SCOPES.index(ladder[0]))
    ]
    return Ceremony(parts, sum(len(part.moments) for part in parts))


def _names_of_quizzes(result_set: ResultSet, ladders: Ladders) -> dict[str, str]:
    """Return the quizzes' names by slug where people win awards in several, else nothing."""
    slugs = [slug for scope, slug in ladders if scope == Scope.PERSON]
    if len(slugs) < 2:
        return {}
    quizzes = result_set.contest.quizzes.filter(slug__in=slugs)
    return dict(quizzes.values_list("slug", "name"))


def _won_with(result_set: ResultSet, ladders: Ladders) -> dict[int, Words]:
    """Return, by the award's key, what each was won with: the figure and what stands behind it."""
    found: dict[int, Words] = {}
    for (scope, slug), awards in ladders.items():
        keys = [award.natural_key for award in awards]
        lines = _LINES[scope](result_set, slug, keys)
        found |= {award.pk: lines[award.natural_key] for award in awards}
    return found


def _unit_lines(result_set: ResultSet, _slug: str, keys: list[str]) -> dict[str, Words]:
    return {row.code: _of_unit(row) for row in result_set.units.filter(code__in=keys)}


def _of_unit(row: UnitResult) -> Words:
    parts = []
    if row.participants:
        parts.append(_("quiz %(points)s") % {"points": number_format(row.quiz_points, 2)})
    if row.has_video:
        parts.append(_("video %(points)s") % {"points": number_format(row.video_points, 2)})
    return _points(row.total), tuple(parts)


def _person_lines(result_set: ResultSet, slug: str, keys: list[str]) -> dict[str, Words]:
    people = result_set.people.filter(quiz__slug=slug, number__in=[int(key) for key in keys])
    return {str(row.number): _of_person(row) for row in people}


def _of_person(row: PersonResult) -> Words:
    right = {"correct": row.correct, "questions": row.questions}
    return _("%(correct)s/%(questions)s correct answers") % right, (in_words(row.seconds),)


def _video_lines(result_set: ResultSet, _slug: str, keys: list[str]) -> dict[str, Words]:
    units = {key.rpartition("/")[0] for key in keys}
    videos = result_set.videos.filter(unit_code__in=units)
    return {f"{row.unit_code}/{row.slot}": (_points(row.points), ()) for row in videos}


def _points(points: Decimal) -> str:
    return _("%(points)s points") % {"points": number_format(points, 2)}


_LINES: dict[Scope, Callable[[ResultSet, str, list[str]], dict[str, Words]]] = {
    Scope.UNIT: _unit_lines,
    Scope.PERSON: _person_lines,
    Scope.VIDEO: _video_lines,
}
