"""What a published set tells in figures: days, scores, times, blocks, turnout (rules: A5, P7).

Everything is counted by the database from the rows of the one set; no person's row is loaded.
Where fewer than FEWEST people took part no distribution is shown: it would tell a single person's
result.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from contests.durations import in_words
from contests.models import Quiz
from portal import charts
from portal.charts import Columns, Days, Span
from scoring import formula
from scoring.archive.public import FEWEST
from scoring.documents.statistics import DEFINITIONS
from scoring.documents.tables import rounded
from scoring.models import PersonResult, ResultSet, UnitResult


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its definition beside it; `of` is what it is a part of."""

    label: str
    value: str
    definition: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many took part: a block of `units` units, or one unit."""

    name: str
    detail: str
    units: int
    took_part: int
    with_video: int
    participants: int
    # Those of units that state a headcount: with another denominator they have no part in a rate.
    counted: int
    headcount: int

    @property
    def rate(self) -> Fraction | None:
        return formula.turnout(self.counted, self.headcount)

    @property
    def percent(self) -> str:
        return "–" if self.rate is None else _percent(self.rate)

    @property
    def width(self) -> str:
        return charts.percent((self.rate or Fraction(0)) * 100)


@dataclass(frozen=True, slots=True)
class QuizStatistics:
    """One quiz: its figures, and the distributions where enough people took part."""

    quiz: Quiz
    people: int
    figures: list[Figure]
    scores: Columns | None
    by_correct: bool
    times: Columns | None


class Statistics:
    """The statistics of one published set, read with a fixed number of queries."""

    def __init__(self, result_set: ResultSet, quizzes: Sequence[Quiz]) -> None:
        self.result_set = result_set
        self.stored = dict(result_set.statistics)
        self.blocks = _blocks(result_set)
        self.units = _units(result_set)
        self.total = _sum_of(self.blocks)
        self.by_week, self.days = _days(result_set)
        self.quizzes = _quizzes(result_set, quizzes)
        self.unit_points = _points(result_set.units, "total")
        self.video_points = _points(result_set.videos, "points")

    @property
    def key_figures(self) -> list[Figure]:
        """What is read first, each with how it is counted."""
        return [
            self._figure("people_finished", of=self.stored["people_registered"]),
            Figure(
                label=str(DEFINITIONS["turnout"][0]),
                value=self.total.percent,
                definition=str(DEFINITIONS["turnout"][1]),
                of=f"{_whole(self.total.counted)} / {_whole(self.total.headcount)}"
                if self.total.headcount
                else "",
            ),
            self._figure("units_took_part", of=self.stored["units_total"]),
            self._figure("videos_accepted"),
            self._figure("perfect_attempts"),
            self._figure("mean_percentage"),
            self._time("mean_seconds", _("Mean time")),
            self._time("fastest_winner_seconds", _("Fastest winner")),
        ]

    @property
    def all_figures(self) -> list[Figure]:
        """Every stored figure in its order, as in the files."""
        return [self._figure(key) for key in self.stored]

    def _figure(self, key: str, *, of: int | None = None) -> Figure:
        label, definition = DEFINITIONS[key]
        part = "" if of is None else f"/ {_whole(of)}"
        return Figure(str(label), _value(key, self.stored[key]), str(definition), part)

    def _time(self, key: str, label: str) -> Figure:
        """A time in words, the fraction of a second dropped (rules: Q9)."""
        stored = self.stored[key]
        seconds = Fraction(*stored) if isinstance(stored, list) else stored
        said = "–" if seconds is None else in_words(int(seconds))
        return Figure(label, said, str(DEFINITIONS[key][1]))


def _value(key: str, stored: Any) -> str:
    if stored is None:
        return "–"
    if not isinstance(stored, list):
        return _whole(stored)
    ratio = Fraction(*stored)
    return _percent(ratio) if key == "turnout" else _decimal(ratio, 2)


def _percent(ratio: Fraction) -> str:
    return f"{_decimal(ratio * 100, 1)} %"


def _whole(number: int) -> str:
    return str(number_format(number))


def _decimal(value: Fraction, places: int) -> str:
    """Return a ratio with so many decimals, rounded half up."""
    return str(number_format(rounded(value, places) or 0, places))


# --- people ---------------------------------------------------------------------------------------


def _counted(result_set: ResultSet) -> QuerySet[PersonResult]:
    """The counted attempts of people who count: those with a rank."""
    return result_set.people.filter(rank__isnull=False).order_by()


def _days(result_set: ResultSet) -> tuple[bool, Columns | None]:
    """Return attempts by the day they ended in Viet Nam, and whether week by week."""
    ended = _counted(result_set).annotate(day=TruncDate("finished_at"))
    counts = dict(ended.values("day").annotate(count=Count("pk")).values_list("day", "count"))
    days = charts.by_day(counts)
    if not days:
        return False, None
    by_week = days[0].first != days[0].last
    return by_week, charts.columns([(_day(d.first, "d/m"), _day_words(d), d.count) for d in days])


def _day(day: dt.date, form: str) -> str:
    return date_format(day, form)


def _day_words(days: Days) -> str:
    first = _day(days.first, "d/m/Y")
    return first if days.first == days.last else f"{first} – {_day(days.last, 'd/m/Y')}"


def _quizzes(result_set: ResultSet, quizzes: Sequence[Quiz]) -> list[QuizStatistics]:
    people = _counted(result_set)
    whole_seconds = F("duration_ms") / 1000
    totals = people.values("quiz_id").annotate(
        people=Count("pk"),
        sum_of_seconds=Sum(whole_seconds),
        fastest=Min(whole_seconds),
        perfect=Count("pk", filter=_PERFECT),
        fastest_perfect=Min(whole_seconds, filter=_PERFECT),
    )
    found: dict[int, Any] = {row["quiz_id"]: row for row in totals}
    scores = _grouped(
        people.values("quiz_id", "correct", "questions")
        .annotate(people=Count("pk"))
        .order_by("correct", "questions")
        .values_list("quiz_id", "correct", "questions", "people")
    )
    times = _grouped(
        people.annotate(minute=(whole_seconds + 59) / 60)
        .values("quiz_id", "minute")
        .annotate(people=Count("pk"))
        .values_list("quiz_id", "minute", "people")
    )
    return [
        _quiz(quiz, found[quiz.pk], scores[quiz.pk], times[quiz.pk])
        for quiz in quizzes
        if quiz.pk in found
    ]


_PERFECT = Q(correct=F("questions"), questions__gt=0)


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Any]]:
    """Return the rows by their first column, a quiz's key, without it."""
    found: dict[int, list[Any]] = {}
    for quiz_id, *rest in rows:
        found.setdefault(quiz_id, []).append(tuple(rest))
    return found


def _quiz(
    quiz: Quiz,
    total: dict[str, Any],
    scores: Sequence[Any],
    times: Sequence[Any],
) -> QuizStatistics:
    people = total["people"]
    if people < FEWEST:
        return QuizStatistics(quiz, people, [], None, False, None)
    correct = charts.by_correct(scores)
    return QuizStatistics(
        quiz=quiz,
        people=people,
        figures=_figures_of_quiz(total, scores),
        scores=charts.columns(
            [(str(span.low), str(span.low), span.count) for span in correct]
            if correct
            else _tens(charts.by_tens(scores))
        ),
        by_correct=correct is not None,
        times=charts.columns(_minutes(charts.by_minutes(dict(times)))),
    )


def _figures_of_quiz(total: dict[str, Any], rows: Iterable[tuple[int, int, int]]) -> list[Figure]:
    people, perfect = total["people"], total["perfect"]
    percentages = sum(formula.percentage(correct, asked) * n for correct, asked, n in rows)
    return [
        Figure(_("Counted attempts"), _whole(people), _("One of each person who took part.")),
        Figure(
            _("Mean quiz result, %"),
            _decimal(percentages / people, 2),
            _("Mean of the percentages of correct answers."),
        ),
        Figure(
            _("Mean time"),
            in_words(total["sum_of_seconds"] // people),
            _("Sum of the whole seconds ÷ counted attempts, the fraction dropped."),
        ),
        Figure(
            _("Shortest time"),
            in_words(total["fastest"]),
            _("Of all counted attempts, whatever their result."),
        ),
        Figure(
            _("Shortest time, all correct"),
            in_words(total["fastest_perfect"]) if perfect else "–",
            _("Among attempts with every question answered correctly."),
            _("%(count)s attempts") % {"count": _whole(perfect)},
        ),
    ]


def _tens(spans: Iterable[Span]) -> list[tuple[str, str, int]]:
    return [(str(span.low), _ten_words(span), span.count) for span in spans]


def _ten_words(span: Span) -> str:
    limits = {"low": span.low, "high": span.high}
    if span.high == 100:
        return _("from %(low)s to %(high)s") % limits
    return _("from %(low)s to below %(high)s") % limits


def _minutes(spans: Iterable[Span]) -> list[tuple[str, str, int]]:
    return [
        (
            str(span.high),
            (_("above %(low)s to %(high)s minutes") if span.low else _("up to %(high)s minutes"))
            % {"low": span.low, "high": span.high},
            span.count,
        )
        for span in spans
    ]


# --- units and videos -----------------------------------------------------------------------------


def _points(rows: Any, field: str) -> Columns | None:
    """Return how many of the ranked lie in each ten points; None where nothing is ranked."""
    counts = rows.filter(rank__isnull=False).aggregate(
        **{f"ten_{place}": Count("pk", filter=_in_ten(field, place)) for place in range(10)}
    )
    if not any(counts.values()):
        return None
    return charts.columns(_tens(charts.tens([counts[f"ten_{place}"] for place in range(10)])))


def _in_ten(field: str, place: int) -> Q:
    low = Q(**{f"{field}__gte": 10 * place})
    return low if place == 9 else low & Q(**{f"{field}__lt": 10 * place + 10})


_STATED = Q(headcount__gt=0)


def _ranked_units(result_set: ResultSet) -> QuerySet[UnitResult]:
    return result_set.units.filter(rank__isnull=False)


def _blocks(result_set: ResultSet) -> list[Share]:
    """Return the blocks as their units' codes come; a disqualified unit is in none."""
    rows = (
        _ranked_units(result_set)
        .values("block")
        .annotate(
            units=Count("pk"),
            took_part=Count("pk", filter=Q(participants__gt=0)),
            with_video=Count("pk", filter=Q(has_video=True)),
            people=Sum("participants"),
            counted=Sum("participants", filter=_STATED, default=0),
            stated=Sum("headcount", filter=_STATED, default=0),
            first=Min("code"),
        )
        .order_by("first")
    )
    return [
        Share(
            name=row["block"] or _("Without a block"),
            detail="",
            units=row["units"],
            took_part=row["took_part"],
            with_video=row["with_video"],
            participants=row["people"],
            counted=row["counted"],
            headcount=row["stated"],
        )
        for row in rows
    ]


def _units(result_set: ResultSet) -> list[Share]:
    """Return each ranked unit's turnout, the highest first; without a headcount last."""
    rows = _ranked_units(result_set).values_list(
        "code", "name", "block", "has_video", "participants", "headcount"
    )
    shares = [
        Share(
            name=name,
            detail=f"{code} · {block}" if block else code,
            units=1,
            took_part=int(participants > 0),
            with_video=int(has_video),
            participants=participants,
            counted=participants if headcount else 0,
            headcount=headcount or 0,
        )
        for code, name, block, has_video, participants, headcount in rows.order_by("code")
    ]
    return sorted(shares, key=lambda share: (share.rate is None, -(share.rate or 0)))


def _sum_of(blocks: Iterable[Share]) -> Share:
    blocks = list(blocks)

    def summed(name: str) -> int:
        return sum(getattr(block, name) for block in blocks)

    return Share(
        name=_("All units in the ranking"),
        detail="",
        units=summed("units"),
        took_part=summed("took_part"),
        with_video=summed("with_video"),
        participants=summed("participants"),
        counted=summed("counted"),
        headcount=summed("headcount"),
    )
