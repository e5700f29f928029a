"""The hot path: one answer, one guarded statement, and why it was refused where it was."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from contests.clock import database_now
from contests.models import Answer, Attempt, AttemptOver
from contests.models.quizzes import GRACE
from contests.statements import POSTGRESQL, SQLITE, TIMEOUT_MS
from contests.tokens import Writer

MAX_REVISION = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Save:
    """One click: question and choice by their places in the person's paper, from 0."""

    position: int
    choice: int
    revision: int


@dataclass(frozen=True, slots=True)
class Stored:
    """When an answer was stored, the attempt's deadline, the database's clock as it was met."""

    saved_at: dt.datetime
    deadline_at: dt.datetime
    now: dt.datetime


class AnotherWriter(Exception):
    """The token belongs to a writer that was replaced; `attempt` is what it wrote into."""

    def __init__(self, attempt: Attempt | None) -> None:
        super().__init__(attempt)
        self.attempt = attempt


class NoSuchPlace(Exception):
    """The paper has no such question or choice."""


class Stale(Exception):
    """A newer answer is stored; `current` is it, `saved_at` when it was stored."""

    def __init__(self, current: Save, saved_at: dt.datetime) -> None:
        super().__init__(current)
        self.current = current
        self.saved_at = saved_at


def save(writer: Writer, answer: Save, *, now: dt.datetime | None = None) -> Stored:
    """Store one answer and return when it was stored (rules: Q4, Q5, Q6).

    The time is the database's; `now` takes its place where given. A repeated save that is
    already stored is answered like the first. Raises AttemptOver, AnotherWriter, NoSuchPlace and
    Stale.
    """
    stored = _store(writer, answer, now)
    return _explain(writer, answer, now or database_now()) if stored is None else stored


def _store(writer: Writer, answer: Save, now: dt.datetime | None) -> Stored | None:
    values: dict[str, Any] = {
        "attempt": writer.attempt_id,
        "writer": writer.nonce,
        "revision": answer.revision,
    }
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            values |= {"position": answer.position, "choice": answer.choice, "now": now}
            values |= {"grace": GRACE, "timeout_ms": TIMEOUT_MS}
            cursor.execute(POSTGRESQL, values)
            row = cursor.fetchone()
            return Stored(saved_at=row[0], deadline_at=row[1], now=row[0]) if row else None
        at = now or timezone.now()
        as_text = connection.ops.adapt_datetimefield_value
        values |= {
            "question_path": f"$[{answer.position}].q",
            "choice_path": f"$[{answer.position}].c[{answer.choice}]",
            "now": as_text(at),
            "latest": as_text(at - GRACE),
        }
        cursor.execute(SQLITE, values)
        row = cursor.fetchone()
    if row is None:
        return None
    deadline_at = dt.datetime.fromisoformat(row[1]).replace(tzinfo=dt.UTC)
    return Stored(saved_at=at, deadline_at=deadline_at, now=at)


def _explain(writer: Writer, answer: Save, now: dt.datetime) -> Stored:
    """Raise why nothing was stored; return when, if this very save had been stored before."""
    attempt = Attempt.objects.filter(pk=writer.attempt_id).first()
    if attempt is None:
        raise AnotherWriter(None)
    attempt.settle(now=now)
    if not attempt.is_running:
        raise AttemptOver(attempt)
    if attempt.writer != writer.nonce:
        raise AnotherWriter(attempt)
    if answer.position >= len(attempt.paper):
        raise NoSuchPlace
    item = attempt.paper[answer.position]
    if answer.choice >= len(item["c"]):
        raise NoSuchPlace
    stored = Answer.objects.get(attempt=attempt, question_id=item["q"])
    current = Save(answer.position, item["c"].index(stored.choice_id), stored.revision)
    if current != answer or stored.generation != attempt.generation:
        raise Stale(current, stored.saved_at)
    return Stored(saved_at=stored.saved_at, deadline_at=attempt.deadline_at, now=now)
