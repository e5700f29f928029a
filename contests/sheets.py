"""What a person sees of the own paper: questions and choices as shown, what is answered, no key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from contests import pictures
from contests.models import Attempt, Choice, Question

# A question version that a paper used never changes, so its texts may be kept.
TEXTS_KEPT_SECONDS = 600
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Given:
    """The stored answer to the question at `position`, by the place of its choice."""

    position: int
    choice: int
    revision: int
    saved_at: dt.datetime

    @property
    def letter(self) -> str:
        return LETTERS[self.choice]


@dataclass(frozen=True, slots=True)
class ShownChoice:
    index: int
    letter: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """One question of a paper as the person sees it (rules: Q2, Q10); `number` counts from 1."""

    position: int
    text: str
    choices: tuple[ShownChoice, ...]
    given: Given | None
    picture: pictures.Picture | None = None

    @property
    def number(self) -> int:
        return self.position + 1


def given_answers(attempt: Attempt) -> list[Given]:
    """Return the stored answers of an attempt in the order of its paper (one query)."""
    places = {item["q"]: (position, item["c"]) for position, item in enumerate(attempt.paper)}
    given = [
        Given(places[question][0], places[question][1].index(choice), revision, saved_at)
        for question, choice, revision, saved_at in attempt.answers.values_list(
            "question_id", "choice_id", "revision", "saved_at"
        )
    ]
    return sorted(given, key=lambda answer: answer.position)


def sheet_of(attempt: Attempt) -> list[ShownQuestion]:
    """Return the whole paper with its stored answers (one query, three with cold texts)."""
    given = {answer.position: answer for answer in given_answers(attempt)}
    texts = _texts(item["q"] for item in attempt.paper)
    return [
        _shown(position, item, texts[item["q"]], given.get(position))
        for position, item in enumerate(attempt.paper)
    ]


def _shown(
    position: int, item: dict[str, Any], texts: dict[str, Any], given: Given | None
) -> ShownQuestion:
    choices = tuple(
        ShownChoice(
            index=index,
            letter=LETTERS[index],
            text=texts["choices"][choice_id],
            is_chosen=given is not None and given.choice == index,
        )
        for index, choice_id in enumerate(item["c"])
    )
    return ShownQuestion(position, texts["text"], choices, given, texts["picture"])


def picture_at(attempt: Attempt, position: int) -> pictures.Picture | None:
    """Return the picture of the question at a place of the paper, None where there is none."""
    if not 0 <= position < len(attempt.paper):
        return None
    question_id = attempt.paper[position]["q"]
    picture: pictures.Picture | None = _texts([question_id])[question_id]["picture"]
    return picture


def _texts(question_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return question id → {"text", "picture", "choices": {choice id: text}}, kept by version."""
    keys = {f"question-texts:{pk}": pk for pk in question_ids}
    found: dict[int, dict[str, Any]] = {
        keys[key]: value for key, value in cache.get_many(keys).items()
    }
    if missing := set(keys.values()) - set(found):
        read: dict[int, dict[str, Any]] = {
            pk: {"text": text, "picture": pictures.shown(picture, alt), "choices": {}}
            for pk, text, picture, alt in Question.objects.filter(pk__in=missing).values_list(
                "pk", "text", "picture", "picture_alt"
            )
        }
        for pk, question, text in Choice.objects.filter(question__in=missing).values_list(
            "pk", "question_id", "text"
        ):
            read[question]["choices"][pk] = text
        cache.set_many(
            {f"question-texts:{pk}": value for pk, value in read.items()}, TEXTS_KEPT_SECONDS
        )
        found |= read
    return found
