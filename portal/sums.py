"""How one unit came to its total, in lines a pocket calculator can follow (rules: S2-S4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import Count, Max, Min, Sum
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from contests.models import Contest, Quiz
from scoring import formula
from scoring.documents.tables import rounded
from scoring.models import Criterion, UnitResult, VideoResult

FULL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sum: `value` is printed, `how` says where it comes from."""

    label: str
    how: str
    value: str


@dataclass(frozen=True, slots=True)
class Strip:
    """Where one figure lies among those of all units; positions are SVG percentages."""

    label: str
    value: Decimal
    low: int
    ticks: list[str]
    here: str

    @property
    def middle(self) -> int:
        return (self.low + 100) // 2


@dataclass(frozen=True, slots=True)
class Explanation:
    """A unit's sum and its place among the units."""

    row: UnitResult
    lines: list[Line]
    strips: list[Strip]


def explain(contest: Contest, row: UnitResult, rows: Iterable[UnitResult]) -> Explanation:
    """Return the sum of `row`, a line of one set, and strips over `rows`, all lines of it."""
    ranked = [other for other in rows if other.rank is not None]
    filmed = [other for other in ranked if other.has_video]
    answered = [other.quiz_points for other in ranked]
    strips = [_strip(pgettext("column", "Quiz"), row.quiz_points, answered)]
    if row.has_video:
        label = ngettext(
            "Video (%(count)s unit with a video)",
            "Video (%(count)s units with a video)",
            len(filmed),
        ) % {"count": len(filmed)}
        strips.append(_strip(label, row.video_points, [other.video_points for other in filmed]))
    strips.append(_strip(_("Total"), row.total, [other.total for other in ranked]))
    return Explanation(row=row, lines=_lines(contest, row), strips=strips)


def _lines(contest: Contest, row: UnitResult) -> list[Line]:
    lines = [
        Line(_("Quiz points"), _quiz_words(contest, row), shown(row.quiz_points)),
        Line(_("Video points"), _video_words(contest, row), shown(row.video_points)),
    ]
    weights = {"quiz_weight": contest.quiz_weight, "video_weight": contest.video_weight}
    # After a change of the weights an older set still stands by its own.
    if formula.total_points(row.quiz_points, row.video_points, **weights) == row.total:
        lines += [
            _weighted(_("Part of the quiz"), contest.quiz_weight, row.quiz_points),
            _weighted(_("Part of the video"), contest.video_weight, row.video_points),
        ]
    return [*lines, Line(_("Total"), _("rounded to two decimals, half up"), shown(row.total))]


def _weighted(label: str, weight: int, points: Decimal) -> Line:
    return Line(label, f"{weight} % × {shown(points)}", exactly(weight * points / 100))


def _quiz_words(contest: Contest, row: UnitResult) -> str:
    if not row.participants:
        return _("nobody took part in the quiz")
    quizzes = contest.ranked_quizzes()
    if len(quizzes) > 1:
        return _of_several(contest, row, quizzes)
    counted = _counted(row)
    if counted is not None:
        return _(
            "%(correct)s correct answers ÷ (%(people)s people × %(questions)s questions) × 100"
        ) % {name: number_format(value) for name, value in counted.items()}
    return _rule_words(contest, row)


def _rule_words(contest: Contest, row: UnitResult) -> str:
    return {
        Contest.UnitRule.MEAN: _("mean of %(people)s people"),
        Contest.UnitRule.TOP_N: _("mean of the %(n)s best of %(people)s people"),
        Contest.UnitRule.BEST: _("the best of %(people)s people"),
        Contest.UnitRule.MEAN_TURNOUT: _(
            "mean of %(people)s people, lowered where turnout is under %(target)s%%"
        ),
    }[Contest.UnitRule(contest.unit_rule)] % {
        "people": number_format(row.participants),
        "n": contest.unit_rule_n,
        "target": contest.turnout_target,
    }


def _of_several(contest: Contest, row: UnitResult, quizzes: list[Quiz]) -> str:
    """Return the points of each quiz, whose mean the unit has (rules: S2)."""
    percentages: dict[int, list[Fraction]] = {quiz.pk: [] for quiz in quizzes}
    people = row.result_set.people.filter(unit_code=row.code, rank__isnull=False)
    for quiz_id, correct, questions in people.values_list("quiz_id", "correct", "questions"):
        percentages.setdefault(quiz_id, []).append(formula.percentage(correct, questions))
    try:
        points = {
            quiz_id: formula.unit_quiz_points(
                contest.unit_rule,
                of_quiz,
                n=contest.unit_rule_n,
                headcount=row.headcount,
                turnout_target=contest.turnout_target,
                min_participants=contest.min_participants,
            )
            for quiz_id, of_quiz in percentages.items()
        }
    except formula.HeadcountMissing:
        return _rule_words(contest, row)
    # After a change of the settings an older set still stands by its own.
    if formula.quiz_points(points.values()) != row.quiz_points:
        return _rule_words(contest, row)
    each = "; ".join(
        f"{quiz.name} {exactly(Decimal(rounded(points[quiz.pk], 4) or 0))}" for quiz in quizzes
    )
    return _("mean of %(count)s quizzes: %(each)s") % {"count": len(quizzes), "each": each}


def _counted(row: UnitResult) -> dict[str, int] | None:
    """Return correct answers, people and questions where they alone give the printed points."""
    people = row.result_set.people.filter(unit_code=row.code, rank__isnull=False)
    found = people.aggregate(
        correct=Sum("correct"),
        people=Count("pk"),
        least=Min("questions"),
        most=Max("questions"),
        quizzes=Count("quiz", distinct=True),
    )
    if found["quizzes"] != 1 or found["least"] != found["most"] or not found["most"]:
        return None
    percentage = Fraction(100 * found["correct"], found["people"] * found["most"])
    if Decimal(rounded(percentage, 2) or 0) != row.quiz_points:
        return None
    return {
        "correct": found["correct"],
        "people": found["people"],
        "questions": found["most"],
    }


def _video_words(contest: Contest, row: UnitResult) -> str:
    if not row.has_video:
        return _("Did not take part in the video part")
    video = row.result_set.videos.filter(unit_code=row.code).order_by("position").first()
    if video is None or not video.sheets:
        return _("The video has no counted score sheet")
    sheets = ngettext("%(count)s score sheet", "%(count)s score sheets", video.sheets) % {
        "count": video.sheets
    }
    means = _criteria_words(contest, video)
    return _("%(sheets)s; mean marks: %(means)s") % {"sheets": sheets, "means": means}


def _criteria_words(contest: Contest, video: VideoResult) -> str:
    names = dict(
        Criterion.objects.filter(contest=contest).order_by("order").values_list("key", "name")
    )
    return ", ".join(
        f"{name.lower()} {exactly(Decimal(rounded(Fraction(*video.criteria[key]), 4) or 0))}"
        for key, name in names.items()
        if key in video.criteria
    )


def _strip(label: str, value: Decimal, values: list[Decimal]) -> Strip:
    low = int(min([*values, value]) // 20 * 20)
    low = min(low, 80)

    def place(points: Decimal) -> str:
        return f"{(points - low) * 100 / (FULL - low):.2f}%"

    return Strip(
        label=label,
        value=value,
        low=low,
        ticks=[place(points) for points in values],
        here=place(value),
    )


def shown(points: Decimal) -> str:
    return str(number_format(points, 2))


def exactly(points: Decimal) -> str:
    """Return all the decimals there are, two at least: "37,42", "37,428"."""
    places = max(2, -int(points.normalize().as_tuple().exponent))
    return str(number_format(points, places))
