"""The arithmetic of charts: classes of a distribution, days, and where a column stands. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

DAY = dt.timedelta(days=1)
# As many columns as can be told apart; more days than that are drawn week by week.
MOST_DAYS = 45
MOST_CORRECT = 20
MOST_MINUTES = 12
WIDTHS_IN_MINUTES = (1, 2, 5, 10, 15, 30, 60)
# With more columns than that not every one can have its label below it.
LABELS_ON_DESK, LABELS_ON_PHONE = 16, 6
# Signs of all figures in one row, as wide as the widest: 16 columns of "999", 10 of "1.234".
SIGNS_ON_DESK, SIGNS_ON_PHONE = 50, 30
# Within the picture, in percent of its height: room for a figure above, for labels below.
TOP, BASE = 12, 88


@dataclass(frozen=True, slots=True)
class Span:
    """One class of a distribution: from `low` to `high`, both of it, and how many are in it."""

    low: int
    high: int
    count: int


@dataclass(frozen=True, slots=True)
class Days:
    """A day, or the days of a week from `first` to `last`, and how many fell on them."""

    first: dt.date
    last: dt.date
    count: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a picture; places and sizes are SVG percentages.

    `label_on` and `figure_on` say where there is room for them: "phone" (and desk), "desk" or "".
    """

    label: str
    text: str
    count: int
    share: Fraction
    x: str
    y: str
    width: str
    height: str
    middle: str
    label_on: str
    figure_on: str


@dataclass(frozen=True, slots=True)
class Tick:
    value: int
    y: str


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart of columns: the picture and, in `columns`, the lines of its table."""

    columns: list[Column]
    ticks: list[Tick]
    total: int

    @property
    def highest(self) -> Column:
        return max(self.columns, key=lambda column: column.count)


def by_correct(counts: Iterable[tuple[int, int, int]]) -> list[Span] | None:
    """Return people by correct answers, from (correct, questions, people); each number a class.

    None where papers had different numbers of questions, or too many for a column each.
    """
    rows = list(counts)
    papers = {questions for _correct, questions, _people in rows}
    if len(papers) != 1 or not 0 < max(papers) <= MOST_CORRECT:
        return None
    found = dict.fromkeys(range(max(papers) + 1), 0)
    for correct, _questions, people in rows:
        found[correct] += people
    return [Span(correct, correct, people) for correct, people in found.items()]


def by_tens(counts: Iterable[tuple[int, int, int]]) -> list[Span]:
    """Return people by percentage of correct answers in tens: from 10 to below 20, …, 90 to 100.

    Exact: 6 of 20 are 30, not a little less. A paper without questions gives 0.
    """
    found = [0] * 10
    for correct, questions, people in counts:
        found[min(9, 10 * correct // questions if questions else 0)] += people
    return tens(found)


def tens(counts: Sequence[int]) -> list[Span]:
    """Return the ten classes of points from 0 to 100, counted already."""
    return [Span(10 * place, 10 * place + 10, count) for place, count in enumerate(counts)]


def by_minutes(counts: Mapping[int, int]) -> list[Span]:
    """Return people by the time they used, from people by their last minute begun.

    A class is above `low` and up to `high` minutes: who took 1:00 is in the first minute, who took
    1:01 in the second. Classes are widened until there are few enough.
    """
    last = max(counts, default=1) or 1
    width = next(
        (width for width in WIDTHS_IN_MINUTES if last <= width * MOST_MINUTES),
        WIDTHS_IN_MINUTES[-1],
    )
    spans = -(-last // width)
    found = [0] * spans
    for minute, people in counts.items():
        # Nobody answers in no time at all; a class of its own would be said to be wider.
        found[(max(minute, 1) - 1) // width] += people
    return [Span(place * width, place * width + width, n) for place, n in enumerate(found)]


def by_day(counts: Mapping[dt.date, int]) -> list[Days]:
    """Return every day from the first to the last, also those with nothing; many as weeks."""
    if not counts:
        return []
    first, last = min(counts), max(counts)
    days = (last - first).days + 1
    if days <= MOST_DAYS:
        every = [first + place * DAY for place in range(days)]
        return [Days(day, day, counts.get(day, 0)) for day in every]
    monday = first - first.weekday() * DAY
    weeks: dict[dt.date, int] = {}
    while monday <= last:
        weeks[monday] = 0
        monday += 7 * DAY
    for day, count in counts.items():
        weeks[day - day.weekday() * DAY] += count
    return [Days(monday, monday + 6 * DAY, count) for monday, count in weeks.items()]


def columns(lines: Sequence[tuple[str, str, int]]) -> Columns:
    """Return the picture of these lines: label below the column, text in the table, count."""
    counts = [count for _label, _text, count in lines]
    total, steps = sum(counts), ticks(max(counts, default=0))
    top = steps[-1]
    desk = _every(len(lines), LABELS_ON_DESK)
    # Of those a desk has room for.
    phone = desk * _every(-(-len(lines) // desk), LABELS_ON_PHONE)
    room = Fraction(100, max(len(lines), 1))
    figures_on = _figures_on(len(lines), max(counts, default=0))
    return Columns(
        columns=[
            Column(
                label=label,
                text=text,
                count=count,
                share=Fraction(100 * count, total) if total else Fraction(0),
                x=percent(room * place + room / 8),
                y=percent(_y(count, top)),
                width=percent(room * 3 / 4),
                height=percent(BASE - _y(count, top)),
                middle=percent(room * place + room / 2),
                label_on="" if place % desk else "desk" if place % phone else "phone",
                figure_on=figures_on if count else "",
            )
            for place, (label, text, count) in enumerate(lines)
        ],
        ticks=[Tick(value, percent(_y(value, top))) for value in steps],
        total=total,
    )


def ticks(most: int) -> list[int]:
    """Return two to five whole numbers from 0 to the first one not below `most`, evenly apart."""
    step, power = 1, 1
    while 4 * step < most:
        if step == 5 * power:
            power *= 10
            step = power
        else:
            step = 2 * power if step == power else 5 * power
    return [step * place for place in range(max(1, -(-most // step)) + 1)]


def percent(value: Fraction | int) -> str:
    """Return a size as an SVG attribute, to the hundredth: "12.50%"."""
    return f"{float(value):.2f}%"


def _y(count: int, top: int) -> Fraction:
    return BASE - Fraction((BASE - TOP) * count, top)


def _every(count: int, room: int) -> int:
    """Return that each n-th of `count` labels fits where there is room for so many."""
    return max(1, -(-count // room))


def _figures_on(columns: int, most: int) -> str:
    """Return where figures up to `most` fit above so many columns without touching each other."""
    signs = columns * len(f"{most:,}")
    return "phone" if signs <= SIGNS_ON_PHONE else "desk" if signs <= SIGNS_ON_DESK else ""
