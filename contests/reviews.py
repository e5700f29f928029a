"""A finished attempt looked at again, with the key as it holds today (rules: Q10, Q12)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import pgettext

from contests import sheets
from contests.keys import key_of
from contests.models import Attempt, Question
from contests.pictures import Picture


@dataclass(frozen=True, slots=True)
class ReviewedChoice:
    letter: str
    text: str
    is_chosen: bool
    is_right: bool


@dataclass(frozen=True, slots=True)
class ReviewedQuestion:
    """One question as it was shown, what was answered, and what is right."""

    position: int
    text: str
    picture: Picture | None
    choices: tuple[ReviewedChoice, ...]
    is_dropped: bool
    explanation: str
    legal_basis: str

    @property
    def number(self) -> int:
        return self.position + 1

    @property
    def verdict(self) -> str:
        """Return `dropped`, `open` (not answered), `right` or `wrong`."""
        if self.is_dropped:
            return "dropped"
        chosen = [choice for choice in self.choices if choice.is_chosen]
        if not chosen:
            return "open"
        return "right" if chosen[0].is_right else "wrong"

    @property
    def verdict_in_words(self) -> str:
        return {
            "right": pgettext("verdict", "right answer"),
            "wrong": pgettext("verdict", "wrong answer"),
            "open": pgettext("verdict", "not answered"),
            "dropped": pgettext("verdict", "not counted"),
        }[self.verdict]


def review_of(attempt: Attempt) -> list[ReviewedQuestion]:
    """Return a paper with answers, key, explanations and legal bases, in the paper's order.

    Whoever calls has asked `Quiz.keys_are_open` first, unless an organizer is to read it.
    """
    ids = [item["q"] for item in attempt.paper]
    key = key_of(ids)
    after = {
        pk: (explanation, legal_basis)
        for pk, explanation, legal_basis in Question.objects.filter(pk__in=ids).values_list(
            "pk", "explanation", "legal_basis"
        )
    }
    reviewed = []
    for item, question in zip(attempt.paper, sheets.sheet_of(attempt), strict=True):
        accepted = key.accepted[item["q"]]
        choices = tuple(
            ReviewedChoice(
                letter=choice.letter,
                text=choice.text,
                is_chosen=choice.is_chosen,
                is_right=choice_id in accepted,
            )
            for choice_id, choice in zip(item["c"], question.choices, strict=True)
        )
        explanation, legal_basis = after[item["q"]]
        reviewed.append(
            ReviewedQuestion(
                position=question.position,
                text=question.text,
                picture=question.picture,
                choices=choices,
                is_dropped=item["q"] in key.dropped,
                explanation=explanation,
                legal_basis=legal_basis,
            )
        )
    return reviewed
