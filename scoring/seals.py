"""Whether raw rows are still what was sealed: attempts at their end, sheets when handed in (A7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from contests import grading
from contests.keys import key_of_contest
from contests.models import Answer, Attempt, Contest
from contests.models.attempts import seal_of as attempt_seal
from scoring.models import Mark, ScoreSheet
from scoring.models.judging import seal_of as sheet_seal

CHUNK = 2000
# Where no seal holds at all so many rows are named; the reason is one for all of them.
NAMED_OF_ALL = 10


@dataclass
class _Seals:
    """How many rows were sealed, and a sentence for each that differs from its seal."""

    sealed: int = 0
    broken: list[str] = field(default_factory=list)

    def look(self, *, holds: bool, otherwise: str) -> None:
        self.sealed += 1
        if not holds:
            self.broken.append(otherwise)

    def said(self) -> list[str]:
        if len(self.broken) < max(self.sealed, 2):
            return self.broken
        everything = _(
            "None of the %(count)s seals holds: SECRET_KEY may have changed. Start the program"
            " with the key of that time and check again."
        ) % {"count": self.sealed}
        return [everything, *self.broken[:NAMED_OF_ALL]]


def broken_seals(contest: Contest) -> list[str]:
    """Return a sentence for each finished attempt or submitted sheet that differs from its seal."""
    seals = _Seals()
    _look_at_attempts(contest, seals)
    _look_at_sheets(contest, seals)
    return seals.said()


def raw_differences(contest: Contest) -> list[str]:
    """Return the broken seals, and each attempt that is graded otherwise today."""
    seals = _Seals()
    graded = _look_at_attempts(contest, seals)
    _look_at_sheets(contest, seals)
    return [*seals.said(), *graded]


def _look_at_attempts(contest: Contest, seals: _Seals) -> list[str]:
    """Look at every finished attempt's seal; return what is graded otherwise today."""
    otherwise = []
    key = key_of_contest(contest.pk)
    answers: dict[int, dict[int, int]] = {}
    for attempt_id, question_id, choice_id in (
        Answer.objects.filter(attempt__quiz__contest=contest)
        .values_list("attempt_id", "question_id", "choice_id")
        .iterator(CHUNK)
    ):
        answers.setdefault(attempt_id, {})[question_id] = choice_id
    finished = Attempt.objects.finished().filter(quiz__contest=contest).order_by("pk")
    for attempt in finished.iterator(CHUNK):
        given = answers.get(attempt.pk, {})
        seals.look(
            holds=attempt.seal == attempt_seal(attempt, given),
            otherwise=_("attempt %(receipt)s: paper, answers or times differ from its seal")
            % {"receipt": attempt.receipt},
        )
        try:
            graded = key.grade([item["q"] for item in attempt.paper], given)
        except (grading.NoKey, KeyError, TypeError):
            # A question of no bank of this contest, or what is no paper at all: it differs from
            # its seal, which is said above.
            continue
        if (graded.correct, graded.questions) != (attempt.correct, attempt.questions):
            said = _(
                "attempt %(receipt)s: stored %(stored)s correct, graded again %(again)s correct"
            )
            otherwise.append(
                said
                % {
                    "receipt": attempt.receipt,
                    "stored": f"{attempt.correct}/{attempt.questions}",
                    "again": f"{graded.correct}/{graded.questions}",
                }
            )
    return otherwise


def _look_at_sheets(contest: Contest, seals: _Seals) -> None:
    marks: dict[int, dict[str, Any]] = {}
    for sheet_id, key, value in Mark.objects.filter(sheet__judge__contest=contest).values_list(
        "sheet_id", "criterion__key", "value"
    ):
        marks.setdefault(sheet_id, {})[key] = value
    submitted = ScoreSheet.objects.submitted().filter(judge__contest=contest)
    for sheet in submitted.select_related("judge__user", "video__unit").order_by("pk"):
        seals.look(
            holds=sheet.seal == sheet_seal(sheet, marks.get(sheet.pk, {})),
            otherwise=_("score sheet of %(judge)s for %(unit)s: marks differ from its seal")
            % {"judge": sheet.judge, "unit": sheet.video.unit},
        )
