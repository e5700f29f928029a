"""How a unit's or a person's result came about, whole, from one stored set (rules: A6, P7, S1-S8).

For the unit or person itself and the organizers. A unit reads an aggregate and how many people it
is of, never one person's score; totals of score sheets carry letters that begin anew with every
video and belong to no judge; of the people beside oneself only what decided is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from string import ascii_uppercase
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contests.durations import in_words
from portal.sums import exactly, shown
from scoring import formula, ranking
from scoring.documents.tables import rounded
from scoring.lines import DISQUALIFIED
from scoring.models import PersonResult, ResultSet, UnitResult, VideoResult

KEYS: dict[str, str | Promise] = {
    "total": gettext_lazy("Total"),
    "video": gettext_lazy("video points"),
    "quiz": gettext_lazy("quiz points"),
    "turnout": gettext_lazy("turnout"),
    "mean_seconds": gettext_lazy("mean time of its people"),
    "percentage": gettext_lazy("correct answers"),
    "seconds": gettext_lazy("time taken, in whole seconds"),
    "prediction": gettext_lazy("prediction"),
    "finished_at": gettext_lazy("moment of handing in"),
}
AGGREGATES: dict[str, str | Promise] = {
    "mean": gettext_lazy("mean of all sheets"),
    "median": gettext_lazy("median of all sheets"),
    "trimmed": gettext_lazy("mean without one highest and one lowest sheet"),
}
RULES: dict[str, str | Promise] = {
    "mean": gettext_lazy("mean of all people who took part"),
    "top_n": gettext_lazy("mean of the best people, a missing one counting 0"),
    "best": gettext_lazy("the best person"),
    "mean_turnout": gettext_lazy("mean of all people, lowered where turnout misses the target"),
}


@dataclass(frozen=True, slots=True)
class Rounding:
    """One of the three places where a figure is rounded: its name, exactly, and as it counts."""

    label: str
    how: str
    exact: str
    counts: Decimal


@dataclass(frozen=True, slots=True)
class Sheets:
    """The totals of one video's counted sheets under letters, large first."""

    title: str
    totals: list[tuple[str, str]]
    method: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Beside:
    """Who stands next in the ranking, `name` empty for people, and what decided between them.

    `key` is "" where both share a rank; `mine` and `theirs` are told of units only.
    """

    is_above: bool
    name: str
    key: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class UnitExplained:
    row: UnitResult
    rule: str
    roundings: list[Rounding]
    sheets: list[Sheets]
    beside: list[Beside]


@dataclass(frozen=True, slots=True)
class PersonExplained:
    """One quiz of one person. `ranked`: how many have a rank in it."""

    row: PersonResult
    percentage: str
    time: str
    ranked: int
    predicted: int | None
    beside: list[Beside]


@dataclass(frozen=True, slots=True)
class _Unit:
    total: Decimal
    video_points: Decimal
    quiz_points: Decimal
    turnout: Fraction | None
    mean_seconds: Fraction | None


@dataclass(frozen=True, slots=True)
class _Person:
    percentage: Fraction
    seconds: int
    prediction_gap: int | None
    finished_at: dt.datetime


class NoBasis(Exception):
    """The set was built before sets kept what they were computed by."""


def basis_of(result_set: ResultSet) -> dict[str, Any]:
    if not hasattr(result_set, "basis"):
        raise NoBasis
    content: dict[str, Any] = result_set.basis.content
    return content


def explain_unit(result_set: ResultSet, row: UnitResult) -> UnitExplained:
    """Return everything of a unit's line, recomputed from the set's own rows; NoBasis.

    Queries are constant: the unit's people, its videos, and the two lines beside it.
    """
    basis = basis_of(result_set)
    settings = basis["settings"]
    videos = list(result_set.videos.filter(unit_code=row.code).order_by("position"))
    return UnitExplained(
        row=row,
        rule=_rule(settings),
        roundings=_roundings(result_set, row, basis, videos),
        sheets=[_sheets(video, basis) for video in videos],
        beside=_beside(
            result_set.units.filter(rank__isnull=False),
            row,
            names=["total", *settings["unit_chain"]],
            key=lambda other: ranking.unit_key(settings["unit_chain"])(_unit(other)),
            named=lambda other: other.name,
            said=_said_of_unit,
        ),
    )


def explain_person(result_set: ResultSet, number: int) -> list[PersonExplained]:
    """Return a person's line of each quiz of the set; NoBasis, and empty without a line."""
    basis = basis_of(result_set)
    chain = basis["settings"]["person_chain"]
    predicted = {quiz["slug"]: quiz["predicted"] for quiz in basis["quizzes"]}
    found = []
    rows = result_set.people.filter(number=number).select_related("quiz")
    for row in rows.order_by("quiz__opens_at", "quiz__slug"):
        actual = predicted.get(row.quiz.slug)
        key = ranking.person_key(chain)
        ranked = result_set.people.filter(quiz=row.quiz, rank__isnull=False)

        def key_of(other: PersonResult, actual: int | None = actual, key: Any = key) -> Any:
            return key(_person(other, actual))

        percentage = formula.percentage(row.correct, row.questions)
        found.append(
            PersonExplained(
                row=row,
                percentage=exactly(Decimal(rounded(percentage, 4) or 0)),
                time=in_words(row.seconds),
                ranked=ranked.count(),
                predicted=actual,
                beside=_beside(
                    ranked,
                    row,
                    names=["percentage", *chain],
                    key=key_of,
                    named=lambda _other: "",
                    said=lambda _name, _row: "",
                ),
            )
        )
    return found


def _rule(settings: dict[str, Any]) -> str:
    words = str(RULES[settings["unit_rule"]])
    if settings["unit_rule"] == "top_n":
        return f"{words} (n = {settings['unit_rule_n']})"
    if settings["unit_rule"] == "mean_turnout":
        return f"{words} ({settings['turnout_target']}%)"
    return words


def _roundings(
    result_set: ResultSet, row: UnitResult, basis: dict[str, Any], videos: list[VideoResult]
) -> list[Rounding]:
    settings = basis["settings"]
    quiz = _exact_quiz_points(result_set, row, basis)
    video = max(
        (_exact_points(one, basis) for one in videos if one.reason_code != DISQUALIFIED),
        default=Fraction(0),
    )
    weights = settings["quiz_weight"], settings["video_weight"]
    total = formula.weighted_sum(
        row.quiz_points,
        row.video_points,
        quiz_weight=Decimal(weights[0]),
        video_weight=Decimal(weights[1]),
    )
    parts = zip(weights, (row.quiz_points, row.video_points), strict=True)
    sum_words = "({}) ÷ 100".format(" + ".join(f"{share} × {shown(of)}" for share, of in parts))
    people = ngettext("%(count)s person", "%(count)s people", row.participants) % {
        "count": number_format(row.participants, 0)
    }
    return [
        Rounding(_("Quiz points"), people, _long(quiz), row.quiz_points),
        Rounding(_("Video points"), _best(videos), _long(video), row.video_points),
        Rounding(_("Total"), sum_words, _long(total), row.total),
    ]


def _best(videos: list[VideoResult]) -> str:
    if not videos:
        return _("Did not take part in the video part")
    return _("the best of its videos") if len(videos) > 1 else _("its video")


def _exact_quiz_points(result_set: ResultSet, row: UnitResult, basis: dict[str, Any]) -> Fraction:
    """Return Q before it is rounded: the mean over all quizzes of the unit rule (rules: S2)."""
    settings = basis["settings"]
    percentages: dict[str, list[Fraction]] = {quiz["slug"]: [] for quiz in basis["quizzes"]}
    people = result_set.people.filter(unit_code=row.code, rank__isnull=False)
    for slug, correct, questions in people.values_list("quiz__slug", "correct", "questions"):
        percentages[slug].append(formula.percentage(correct, questions))
    return formula.mean(
        formula.unit_quiz_points(
            settings["unit_rule"],
            of_quiz,
            n=settings["unit_rule_n"],
            headcount=row.headcount,
            turnout_target=Decimal(settings["turnout_target"]),
            min_participants=settings["min_participants"],
        )
        for of_quiz in percentages.values()
    )


def _totals(video: VideoResult, basis: dict[str, Any]) -> list[Fraction]:
    return [Fraction(total) for total in basis["sheets"][f"{video.unit_code}/{video.slot}"]]


def _exact_points(video: VideoResult, basis: dict[str, Any]) -> Fraction:
    totals = _totals(video, basis)
    method = basis["settings"]["applied_aggregate"]
    return formula.aggregate(totals, formula.effective_aggregate(method, [len(totals)]))


def _sheets(video: VideoResult, basis: dict[str, Any]) -> Sheets:
    totals = _totals(video, basis)
    method = formula.effective_aggregate(basis["settings"]["applied_aggregate"], [len(totals)])
    return Sheets(
        title=video.title,
        totals=[
            (letter(place), exactly(Decimal(total.numerator) / total.denominator))
            for place, total in enumerate(totals)
        ],
        method=str(AGGREGATES[method]),
        points=video.points,
    )


def letter(place: int) -> str:
    """Return A, B, … Z, A2, B2, …: a judge's letter is another one with every video."""
    turn, index = divmod(place, len(ascii_uppercase))
    return f"{ascii_uppercase[index]}{turn + 1 if turn else ''}"


def _long(value: Fraction) -> str:
    """Return an exact figure to six places, with dots where it goes on."""
    text = exactly(Decimal(rounded(value, 6) or 0))
    return text if Fraction(rounded(value, 6) or 0) == value else f"{text}…"


def _unit(row: UnitResult) -> _Unit:
    return _Unit(row.total, row.video_points, row.quiz_points, row.turnout(), row.mean_seconds())


def _person(row: PersonResult, actual: int | None) -> _Person:
    known = actual is not None and row.prediction is not None
    return _Person(
        percentage=formula.percentage(row.correct, row.questions),
        seconds=row.seconds,
        prediction_gap=abs((row.prediction or 0) - (actual or 0)) if known else None,
        finished_at=row.finished_at,
    )


def _said_of_unit(name: str, row: UnitResult) -> str:
    unit = _unit(row)
    if name == "turnout":
        return f"{exactly(Decimal(rounded((unit.turnout or 0) * Fraction(100), 4) or 0))}%"
    if name == "mean_seconds":
        return in_words(int(unit.mean_seconds)) if unit.mean_seconds is not None else "–"
    figures = {"total": unit.total, "video": unit.video_points, "quiz": unit.quiz_points}
    return shown(figures[name])


def _beside(
    ranked: Any,
    row: Any,
    *,
    names: Sequence[str],
    key: Callable[[Any], ranking.Key],
    named: Callable[[Any], str],
    said: Callable[[str, Any], str],
) -> list[Beside]:
    """Return the entry before and the one after, where there is one, and what decided (S8)."""
    if row.rank is None:
        return []
    above: Iterable[Any] = ranked.filter(position__lt=row.position).order_by("-position")[:1]
    below: Iterable[Any] = ranked.filter(position__gt=row.position).order_by("position")[:1]
    found = []
    for is_above, others in ((True, above), (False, below)):
        for other in others:
            name = ranking.separating(names, key(row), key(other)) or ""
            found.append(
                Beside(
                    is_above=is_above,
                    name=named(other),
                    key=str(KEYS[name]) if name else "",
                    mine=said(name, row) if name else "",
                    theirs=said(name, other) if name else "",
                )
            )
    return found
