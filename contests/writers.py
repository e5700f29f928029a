"""Which session may write into a person's attempts, and how that passes to another (rules: Q5).

A writer is a session, which is one browser: `Attempt.holder` keeps a keyed hash of its key. The
newest one to sign in, or to ask for it, writes; every other session sees the paper and changes
nothing. Tabs of one browser share the writer and settle among themselves whose turn it is.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac

from django.conf import settings
from django.db import transaction

from accounts import audit
from contests.models import Attempt, Participant


def holder_of(session_key: str | None) -> str:
    """Return what an attempt keeps of a session that may write; "" for no session."""
    if not session_key:
        return ""
    key = hashlib.sha256(f"contests.writers:{settings.SECRET_KEY}".encode()).digest()
    digest = hmac.digest(key, session_key.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def is_writer(attempt: Attempt, session_key: str | None) -> bool:
    """Whether this session may write into the attempt."""
    holder = holder_of(session_key)
    return holder != "" and hmac.compare_digest(holder, attempt.holder)


def is_held_elsewhere(attempt: Attempt, session_key: str | None) -> bool:
    """Whether another session may write into the attempt."""
    return attempt.holder != "" and not is_writer(attempt, session_key)


@transaction.atomic
def take_over(attempt: Attempt, *, session_key: str | None, address: str, now: dt.datetime) -> None:
    """Let this session write into the attempt; logged. Raises AttemptOver from the deadline on."""
    if attempt.take_over(holder=holder_of(session_key), now=now):
        _log(attempt, address=address, now=now)


@transaction.atomic(savepoint=False)
def take_over_all(
    participant: Participant, *, session_key: str | None, address: str, now: dt.datetime
) -> None:
    """Let the session that has just signed in write into what the person is answering."""
    holder = holder_of(session_key)
    going_on = participant.attempts.running().filter(deadline_at__gt=now)
    if going_on.pass_to(holder):
        for attempt in going_on.filter(holder=holder):
            attempt.participant = participant
            _log(attempt, address=address, now=now)


def release(participant: Participant, *, session_key: str | None = None) -> None:
    """Let nobody write until somebody takes over; with a session, only if it may write now."""
    attempts = participant.attempts.running()
    if session_key is not None:
        # An attempt that nobody may write into has tokens of the past all the same.
        attempts = attempts.filter(holder__in=["", holder_of(session_key)])
    attempts.release()


def _log(attempt: Attempt, *, address: str, now: dt.datetime) -> None:
    participant = attempt.participant
    audit.record(
        action="attempt.take_over",
        contest=participant.contest.slug,
        target=f"participant {participant.number} attempt {attempt.receipt}",
        actor=participant.user,
        address=address,
        after={"generation": attempt.generation},
        now=now,
    )
