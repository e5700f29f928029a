"""Arithmetic of points: exact ratios, rounded only at Q, V and the total (rules: S1-S4, M5)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

UNIT_RULES = ("mean", "top_n", "best", "mean_turnout")
AGGREGATES = ("mean", "median", "trimmed")

TRIMMED_NEEDS = 5  # counted sheets every video must have before "trimmed" applies
SPREAD_LIMIT = 15  # points; a wider spread is talked over by the panel

Exact = Fraction | Decimal | int


class HeadcountMissing(ValueError):
    """The unit rule needs a headcount that the unit does not have."""


def exact(value: Exact) -> Fraction:
    """The same number as a ratio; TypeError for a float, which is never a mark, weight or point."""
    if isinstance(value, float):
        raise TypeError(f"a float is not exact: {value!r}")
    return Fraction(value)


def round_half_up(value: Fraction) -> Decimal:
    """A ratio >= 0 as a Decimal with exactly two places, halves upward: 80.625 -> 80.63."""
    if value < 0:
        raise ValueError(f"points are never negative: {value}")
    hundredths = (200 * value.numerator + value.denominator) // (2 * value.denominator)
    return Decimal(f"{hundredths // 100}.{hundredths % 100:02d}")


@lru_cache(maxsize=4096)
def percentage(correct: int, questions: int) -> Fraction:
    """100 x correct / questions, unrounded (rules: S1); 0 where every question was dropped."""
    if not 0 <= correct <= questions:
        raise ValueError(f"{correct} correct of {questions} questions")
    return Fraction(100 * correct, questions) if questions else Fraction(0)


def turnout(participants: int, headcount: int | None) -> Fraction | None:
    """Participants / headcount, exact and at most 1; None without a headcount (rules: S6)."""
    if not headcount:
        return None
    return min(Fraction(1), Fraction(participants, headcount))


def mean(values: Iterable[Fraction]) -> Fraction:
    """The exact mean; 0 of nothing."""
    items = list(values)
    return sum(items, Fraction(0)) / len(items) if items else Fraction(0)


def rule_mean(percentages: Sequence[Fraction], *, min_participants: int = 1) -> Fraction:
    """The mean; with fewer people than the minimum their sum / that minimum (rules: S2)."""
    if not percentages:
        return Fraction(0)
    return sum(percentages, Fraction(0)) / max(len(percentages), min_participants)


def rule_top_n(
    percentages: Sequence[Fraction], *, n: int, headcount: int | None, min_participants: int = 1
) -> Fraction:
    """The mean of the min(n, headcount) best, a missing one counting 0 (rules: S2)."""
    if not percentages:
        return Fraction(0)
    if n < 1:
        raise ValueError(f"top_n needs n of at least 1, not {n}")
    if not headcount:
        raise HeadcountMissing("top_n needs the unit's headcount")
    seats = min(n, headcount)
    points = sum(sorted(percentages, reverse=True)[:seats], Fraction(0)) / seats
    return _lowered(points, percentages, min_participants)


def rule_best(percentages: Sequence[Fraction], *, min_participants: int = 1) -> Fraction:
    """The best person's percentage (rules: S2)."""
    if not percentages:
        return Fraction(0)
    return _lowered(max(percentages), percentages, min_participants)


def rule_mean_turnout(
    percentages: Sequence[Fraction],
    *,
    headcount: int | None,
    turnout_target: Exact,
    min_participants: int = 1,
) -> Fraction:
    """The mean x min(1, turnout / target), the target in percent (rules: S2)."""
    if not percentages:
        return Fraction(0)
    target = exact(turnout_target) / 100
    if target <= 0:
        raise ValueError(f"the turnout target must be above 0, not {turnout_target}")
    reached = turnout(len(percentages), headcount)
    if reached is None:
        raise HeadcountMissing("mean_turnout needs the unit's headcount")
    average = rule_mean(percentages, min_participants=min_participants)
    return average * min(Fraction(1), reached / target)


def _lowered(points: Fraction, percentages: Sequence[Fraction], minimum: int) -> Fraction:
    """Fewer people than the minimum: the sum / the minimum, where that is less (rules: S2).

    A minimum is there to hold back small teams, so it never lifts one above its own rule.
    """
    if len(percentages) >= minimum:
        return points
    return min(points, sum(percentages, Fraction(0)) / minimum)


def unit_quiz_points(
    rule: str,
    percentages: Sequence[Fraction],
    *,
    n: int | None,
    headcount: int | None,
    turnout_target: Exact | None,
    min_participants: int,
) -> Fraction:
    """One unit's unrounded points (0-100) in one quiz by the contest's unit rule (rules: S2)."""
    if rule == "mean":
        return rule_mean(percentages, min_participants=min_participants)
    if rule == "best":
        return rule_best(percentages, min_participants=min_participants)
    if rule == "top_n":
        if n is None:
            raise ValueError("top_n needs n")
        return rule_top_n(percentages, n=n, headcount=headcount, min_participants=min_participants)
    if rule == "mean_turnout":
        if turnout_target is None:
            raise ValueError("mean_turnout needs a turnout target")
        return rule_mean_turnout(
            percentages,
            headcount=headcount,
            turnout_target=turnout_target,
            min_participants=min_participants,
        )
    raise ValueError(f"unknown unit rule {rule!r}; known: {', '.join(UNIT_RULES)}")


def quiz_points(points_by_quiz: Iterable[Fraction]) -> Decimal:
    """Q: the mean of each quiz's unrounded points, rounded once (rules: S2)."""
    return round_half_up(mean(points_by_quiz))


def total_points(
    quiz: Decimal, video: Decimal, *, quiz_weight: Exact, video_weight: Exact
) -> Decimal:
    """The weighted total of the rounded Q and V, rounded (rules: S4)."""
    weights = {"quiz_weight": quiz_weight, "video_weight": video_weight}
    return round_half_up(weighted_sum(quiz, video, **weights))


def weighted_sum(
    quiz: Decimal, video: Decimal, *, quiz_weight: Exact, video_weight: Exact
) -> Fraction:
    """The same before it is rounded."""
    return (exact(quiz_weight) * exact(quiz) + exact(video_weight) * exact(video)) / 100


def effective_aggregate(method: str, sheet_counts: Iterable[int]) -> str:
    """The method that applies to all videos: "trimmed" is "mean" while any has < 5 sheets.

    rules: M5
    """
    if method not in AGGREGATES:
        raise ValueError(f"unknown judge aggregate {method!r}; known: {', '.join(AGGREGATES)}")
    if method == "trimmed" and any(count < TRIMMED_NEEDS for count in sheet_counts):
        return "mean"
    return method


def aggregate(totals: Sequence[Fraction], method: str) -> Fraction:
    """Unrounded video points from the totals of the counted sheets (rules: M5); 0 without any."""
    if method not in AGGREGATES:
        raise ValueError(f"unknown judge aggregate {method!r}; known: {', '.join(AGGREGATES)}")
    if not totals:
        return Fraction(0)
    if method == "mean":
        return mean(totals)
    ordered = sorted(totals)
    if method == "median":
        middle = len(ordered) // 2
        return ordered[middle] if len(ordered) % 2 else mean(ordered[middle - 1 : middle + 1])
    if len(ordered) < TRIMMED_NEEDS:
        raise ValueError(f"trimmed needs {TRIMMED_NEEDS} sheets, not {len(ordered)}")
    return mean(ordered[1:-1])


def spread(totals: Sequence[Fraction]) -> Fraction:
    """Highest minus lowest total (rules: M5); 0 without two sheets."""
    return max(totals) - min(totals) if totals else Fraction(0)


def is_wide(distance: Fraction) -> bool:
    """Whether a spread is over 15 points, for the panel to talk over (rules: M5)."""
    return distance > SPREAD_LIMIT
