"""Edits of the question bank: in place while no paper has the question, else by a new version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from accounts import audit
from accounts.models import User
from contests import names, pictures
from contests.freezing import ReasonMissing
from contests.models import Attempt, Choice, Contest, Question

FIELDS = (
    "topic",
    "difficulty",
    "text",
    "picture",
    "picture_alt",
    "legal_basis",
    "explanation",
    "exclusion_group",
    "fixed_order",
)


@dataclass(frozen=True)
class ChoiceText:
    """One choice as it is typed; its place in the list is its position."""

    text: str
    is_correct: bool
    keep_last: bool


def name_of(question: Question) -> str:
    """Return what the log calls a question; the two banks number their own."""
    return f"{'practice ' if question.is_practice else ''}question {question.number}"


def needs_reason(question: Question, now: dt.datetime) -> bool:
    """Whether every edit needs a reason: the first quiz has opened, and it could be drawn (C4)."""
    return not question.is_practice and question.contest.settings_are_frozen(now)


def is_used(question: Question) -> bool:
    """Whether any paper that was drawn holds this version."""
    return Attempt.objects.holding(question).exists()


def next_number(contest: Contest, practice: bool) -> int:
    """Return the next free number; each of the two banks has its own."""
    of_bank = contest.questions.filter(is_practice=practice)
    return 1 + (of_bank.aggregate(last=models.Max("number"))["last"] or 0)


@transaction.atomic
def add(
    *,
    contest: Contest,
    values: Mapping[str, Any],
    choices: Sequence[ChoiceText],
    by: User,
    address: str = "",
    now: dt.datetime,
) -> Question:
    """Add a question with the next free number of its bank."""
    Contest.objects.select_for_update().get(pk=contest.pk)
    practice = bool(values.get("is_practice"))
    question = Question(contest=contest, number=next_number(contest, practice), **values)
    _write(question, choices)
    _log(question, "question.add", None, by=by, address=address, reason="", now=now)
    return question


@transaction.atomic
def revise(
    *,
    question: Question,
    values: Mapping[str, Any],
    choices: Sequence[ChoiceText],
    reason: str,
    by: User,
    address: str = "",
    now: dt.datetime,
) -> Question:
    """Store an edit and return the version that is current now (rules: Q2, C4).

    A version that a paper holds stays as it was read and a new one takes its place, with a
    reason; an unused one changes in place. Raises ReasonMissing.
    """
    Contest.objects.select_for_update().get(pk=question.contest_id)
    stored = Question.objects.get(pk=question.pk)
    before = _state(stored)
    active = values.get("is_active", stored.is_active)
    same = all(getattr(stored, name) == values[name] for name in FIELDS if name in values)
    if same and before["choices"] == [_choice_state(choice) for choice in choices]:
        if active != stored.is_active:
            stored.is_active = active
            stored.save(update_fields=["is_active"])
            _log(stored, "question.change", before, by=by, address=address, reason=reason, now=now)
        return stored
    used = is_used(stored)
    if (used or needs_reason(stored, now)) and not reason.strip():
        raise ReasonMissing
    if used:
        Question.objects.filter(pk=stored.pk).update(is_current=False)
        stored.pk, stored.version = None, stored.version + 1
        stored._state.adding = True
    for name, value in values.items():
        setattr(stored, name, value)
    _write(stored, choices)
    _log(stored, "question.change", before, by=by, address=address, reason=reason, now=now)
    if before["picture"] and before["picture"] != stored.picture:
        pictures.discard_unused(before["picture"])
    return stored


def _write(question: Question, choices: Sequence[ChoiceText]) -> None:
    question.text = names.clean_text(question.text)
    question.search_key = names.search_key(question.text)
    question.save()
    question.choices.all().delete()
    Choice.objects.bulk_create(
        Choice(
            question=question,
            position=position,
            text=choice.text,
            is_correct=choice.is_correct,
            keep_last=choice.keep_last,
        )
        for position, choice in enumerate(choices)
    )


def _choice_state(choice: ChoiceText | Choice) -> list[Any]:
    return [choice.text, choice.is_correct, choice.keep_last]


def _state(question: Question) -> dict[str, Any]:
    return {
        **{name: getattr(question, name) for name in ("version", "is_active", *FIELDS)},
        "choices": [_choice_state(choice) for choice in question.choices.order_by("position")],
    }


def _log(
    question: Question,
    action: str,
    before: dict[str, Any] | None,
    *,
    by: User,
    address: str,
    reason: str,
    now: dt.datetime,
) -> None:
    # The log is read by organizers only, who may see keys at any time (rules: Q10).
    audit.record(
        action=action,
        target=name_of(question),
        actor=by,
        contest=question.contest.slug,
        address=address,
        before=before,
        after=_state(question),
        reason=reason.strip(),
        now=now,
    )
