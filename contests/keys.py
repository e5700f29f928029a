"""The key as it holds today: what the bank says is right, and what was mended since (rules: Q12).

Whoever grades, checks or shows a key reads it here, so that a mended key holds everywhere at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from config.prepared import PreparedForIds
from contests import grading
from contests.models.questions import Choice, KeyChange, Question


@dataclass(frozen=True, slots=True)
class Mend:
    """One way to mend the key of a question; `choice_id` names what is to be accepted."""

    question_id: int
    kind: str
    choice_id: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """Question id → accepted choice ids, and the questions taken out of the count.

    A choice accepted later, every choice of a question whose answers are all accepted: both are
    in `accepted` like a right one. An unanswered question is wrong whatever is accepted.
    """

    accepted: Mapping[int, frozenset[int]]
    dropped: frozenset[int] = frozenset()

    def grade(self, question_ids: Sequence[int], answers: Mapping[int, int]) -> grading.Graded:
        """Return the result of a paper of these questions (rules: Q9, Q12)."""
        return grading.grade(question_ids, answers, self.accepted, dropped=self.dropped)

    def mended(self, mend: Mend, choice_ids: Collection[int]) -> Key:
        """Return the key as it would be after `mend`; `choice_ids`: all of its question's."""
        if mend.kind == KeyChange.Kind.DROP:
            return Key(self.accepted, self.dropped | {mend.question_id})
        more = choice_ids if mend.kind == KeyChange.Kind.ACCEPT_ALL else {mend.choice_id}
        right = self.accepted[mend.question_id] | {pk for pk in more if pk is not None}
        return Key({**self.accepted, mend.question_id: right}, self.dropped)


def key_of(question_ids: Collection[int]) -> Key:
    """Return the key of these questions, in one query."""
    return _read(question_ids, _OF_QUESTIONS.all(question_ids))


def key_of_contest(contest_id: int) -> Key:
    """Return the key of every version of every question of a contest, in two queries."""
    questions = Question.objects.filter(contest=contest_id).values_list("pk", flat=True)
    return _read(list(questions), _that_matter(Q(question__contest=contest_id)))


def _that_matter(choices: Q) -> QuerySet[Choice, Any]:
    # Of a question that was mended every choice is read, once for each mending.
    matters = Q(is_correct=True) | Q(question__key_changes__isnull=False)
    return Choice.objects.filter(choices & matters).values_list(
        "question_id",
        "pk",
        "is_correct",
        "question__key_changes__kind",
        "question__key_changes__choice",
    )


_OF_QUESTIONS = PreparedForIds(lambda ids: _that_matter(Q(question__in=ids)))


def _read(question_ids: Collection[int], rows: Iterable[Any]) -> Key:
    accepted: dict[int, set[int]] = {question_id: set() for question_id in question_ids}
    dropped = set()
    kinds = KeyChange.Kind
    for question_id, choice_id, is_correct, kind, also in rows:
        if is_correct or kind == kinds.ACCEPT_ALL or (kind == kinds.ACCEPT and also == choice_id):
            accepted[question_id].add(choice_id)
        if kind == kinds.DROP:
            dropped.add(question_id)
    return Key(
        {question_id: frozenset(right) for question_id, right in accepted.items()},
        frozenset(dropped),
    )
