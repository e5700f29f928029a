"""Grading: answers against the key."""

from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeVar

Q = TypeVar("Q", bound=Hashable)
C = TypeVar("C", bound=Hashable)


class NoKey(LookupError):
    """A question that is graded is missing from the key."""


@dataclass(frozen=True, slots=True)
class Graded:
    """How many of the graded questions are answered correctly."""

    correct: int
    questions: int


def grade(
    paper: Sequence[Q],
    answers: Mapping[Q, C],
    key: Mapping[Q, Set[C]],
    *,
    dropped: Set[Q] = frozenset(),
) -> Graded:
    """Return the result of one attempt. (rules: Q9, Q12, S1)

    `paper`: the question ids drawn; `answers`: question id -> the choice id last saved, nothing
    for an unanswered question, which is wrong even where every choice is accepted; `key`:
    question id -> the accepted choice ids, one or more; `dropped`: question ids taken out of
    the count. Answers to questions outside the paper count for nothing. Raises NoKey for a
    graded question the key does not have: a half-read key must not look like wrong answers.
    """
    correct = questions = 0
    for question in paper:
        if question in dropped:
            continue
        if question not in key:
            raise NoKey(question)
        questions += 1
        correct += question in answers and answers[question] in key[question]
    return Graded(correct=correct, questions=questions)
