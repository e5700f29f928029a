"""Raises flags on attempts for a person to look at (rules: Q13); no score, no rank reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils import formats, translation
from django.utils.translation import gettext as _

from contests import durations, patterns
from contests.keys import key_of_contest
from contests.models import Answer, Attempt, Contest, Flag, Quiz
from contests.models.quizzes import GRACE

CHUNK = 2000
NOTE_LENGTH: int = Flag._meta.get_field("note").max_length or 0


def raise_flags_of(contests: Iterable[Contest], *, now: dt.datetime) -> int:
    """Look at the ranked quizzes of these contests that have opened; return how many are new."""
    quizzes = Quiz.objects.ranked().filter(contest__in=contests, opens_at__lte=now)
    return sum(raise_flags(quiz, now=now) for quiz in quizzes.order_by("opens_at", "pk"))


def raise_flags(quiz: Quiz, *, now: dt.datetime) -> int:
    """Look at every finished attempt of a ranked quiz; return how many flags are new (rules: Q13).

    Called again it raises nothing twice: what was raised of an attempt once stays, looked at or
    not, and only the note of one nobody has looked at follows what is known now. Answers are
    compared once nobody can be answering any more.
    """
    if quiz.is_practice:
        return 0
    attempts = [
        _Finished(*row)
        for row in quiz.attempts.finished()
        .annotate(answered=Count("answers"))
        .order_by("pk")
        .values_list(
            "pk",
            "participant_id",
            "participant__number",
            "duration_ms",
            "answered",
            "questions",
            "device",
        )
    ]
    # Notes are stored, so they are in the language of the installation, whoever asked.
    with translation.override(settings.LANGUAGE_CODE):
        found = {
            Flag.Kind.FAST: dict(_fast(attempts)),
            Flag.Kind.SHARED_DEVICE: dict(_shared_devices(attempts)),
        }
        if _all_are_in(quiz, now):
            found[Flag.Kind.SAME_ANSWERS] = dict(_same_answers(quiz, attempts))
    people = {attempt.pk: attempt.participant_id for attempt in attempts}
    return sum(_store(quiz, kind, notes, people, now) for kind, notes in found.items())


class _Finished:
    """What is looked at of an attempt."""

    def __init__(self, *values: Any) -> None:
        (
            self.pk,
            self.participant_id,
            self.number,
            self.duration_ms,
            self.answered,
            self.questions,
            self.device,
        ) = values


def _all_are_in(quiz: Quiz, now: dt.datetime) -> bool:
    """Whether the quiz has closed and nobody goes on with extra time."""
    going_on = quiz.attempts.running().filter(deadline_at__gt=now - GRACE)
    return quiz.has_closed(now) and not going_on.exists()


def _fast(attempts: list[_Finished]) -> Iterator[tuple[int, str]]:
    for attempt in attempts:
        if patterns.is_fast(
            duration_ms=attempt.duration_ms,
            answered=attempt.answered,
            questions=attempt.questions,
        ):
            mean = attempt.duration_ms / 1000 / attempt.answered
            yield (
                attempt.pk,
                _("%(answered)s answers in %(duration)s: %(mean)s seconds each.")
                % {
                    "answered": attempt.answered,
                    "duration": durations.in_words(attempt.duration_ms // 1000),
                    "mean": formats.number_format(round(mean, 1), 1),
                },
            )


def _shared_devices(attempts: list[_Finished]) -> Iterator[tuple[int, str]]:
    shared = patterns.shared_devices((attempt.device, attempt.number) for attempt in attempts)
    for attempt in attempts:
        if numbers := shared.get(attempt.device):
            yield (
                attempt.pk,
                _(
                    "%(count)s people on this device, numbers %(numbers)s. A computer that an"
                    " office shares is quite normal."
                )
                % {
                    "count": len(numbers),
                    "numbers": _listed([str(number) for number in numbers], 12),
                },
            )


def _same_answers(quiz: Quiz, attempts: list[_Finished]) -> Iterator[tuple[int, str]]:
    given: dict[int, dict[int, int]] = {attempt.pk: {} for attempt in attempts}
    answers = Answer.objects.filter(attempt__quiz=quiz).exclude(
        attempt__state=Attempt.State.RUNNING
    )
    for attempt_id, question_id, choice_id in answers.values_list(
        "attempt_id", "question_id", "choice_id"
    ).iterator(CHUNK):
        given.setdefault(attempt_id, {})[question_id] = choice_id
    key = key_of_contest(quiz.contest_id)
    counted = {pk: right for pk, right in key.accepted.items() if pk not in key.dropped}
    sheets = [
        patterns.Sheet(attempt.pk, attempt.participant_id, given[attempt.pk])
        for attempt in attempts
    ]
    numbers = {attempt.pk: attempt.number for attempt in attempts}
    alike: dict[int, list[tuple[int, int, float]]] = {}
    for match in patterns.matches(sheets, counted):
        for one, other in ((match.first, match.second), (match.second, match.first)):
            seen = (-match.same, numbers[other.attempt], match.expected)
            alike.setdefault(one.attempt, []).append(seen)
    for pk, found in alike.items():
        found.sort()
        others = [
            _("%(same)s with number %(number)s") % {"same": -less, "number": number}
            for less, number, _expected in found
        ]
        yield (
            pk,
            _("The same wrong answers: %(others)s. By chance about %(expected)s.")
            % {
                "others": _listed(others, 4),
                "expected": formats.number_format(round(found[0][2], 1), 1),
            },
        )


def _listed(names: list[str], most: int) -> str:
    return ", ".join([*names[:most], "…"] if len(names) > most else names)


def _store(
    quiz: Quiz, kind: str, notes: dict[int, str], people: dict[int, int], now: dt.datetime
) -> int:
    flags = {
        flag.attempt_id: flag
        for flag in Flag.objects.filter(attempt__quiz=quiz, kind=kind).order_by("pk")
    }
    changed = []
    for attempt_id, flag in flags.items():
        note = notes.get(attempt_id or 0, "")[:NOTE_LENGTH]
        if note and flag.settled_at is None and flag.note != note:
            flag.note = note
            changed.append(flag)
    Flag.objects.bulk_update(changed, ["note"], batch_size=CHUNK)
    new = [
        Flag(
            participant_id=people[attempt_id],
            attempt_id=attempt_id,
            kind=kind,
            note=note[:NOTE_LENGTH],
            raised_at=now,
        )
        for attempt_id, note in notes.items()
        if attempt_id not in flags
    ]
    # Two that look at one moment raise each flag once: the constraint decides.
    Flag.objects.bulk_create(new, batch_size=CHUNK, ignore_conflicts=True)
    return len(new)
