"""Key figures of a contest as {"value", "label", "unit"}, for the row of facts on its page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contests.durations import in_words
from contests.models import Contest, Quiz

Fact = dict[str, Any]


def of_quiz(quiz: Quiz) -> list[Fact]:
    """Return questions, time and attempts of one quiz (rules: Q1)."""
    minutes, seconds = divmod(quiz.duration_seconds, 60)
    time: Fact = {"label": _("time to answer")}
    if seconds:
        time |= {"value": in_words(quiz.duration_seconds)}
    else:
        time |= {"value": minutes, "unit": ngettext("minute", "minutes", minutes)}
    count = quiz.question_count()
    return [
        {"value": count, "label": ngettext("question in the quiz", "questions in the quiz", count)},
        time,
        {
            "value": quiz.attempts_allowed or _("unlimited"),
            "label": _("attempts of each person"),
        },
    ]


def of_contest(contest: Contest, *, units: int) -> list[Fact]:
    """Return the weights of the two parts and how many units compete."""
    weights: list[Fact] = []
    if contest.video_weight and contest.quiz_weight:
        weights = [
            {
                "value": f"{contest.quiz_weight} : {contest.video_weight}",
                "unit": "%",
                "label": _("quiz : video"),
            }
        ]
    label = ngettext("competing unit", "competing units", units)
    return [*weights, {"value": units, "label": label}]
