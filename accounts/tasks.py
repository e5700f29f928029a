"""House-keeping of accounts, and the bells of the outbox."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from accounts import throttle
from accounts.models import Letter

# A letter that was just written is left to its own bell.
PATIENCE = dt.timedelta(seconds=30)
# A mail server that answers slowly must not keep the worker from everything else.
LETTERS_AT_ONCE = 10


@shared_task
def clean_up() -> None:
    """Delete counters of past windows and sessions that ended."""
    now = timezone.now()
    throttle.forget_old(now=now)
    Session.objects.filter(expire_date__lt=now).delete()


def ring_for_letter(letter: Letter) -> None:
    """Queue a letter once its row is committed; the sweep rings again for one that did not go."""
    transaction.on_commit(lambda: send_letter.delay(letter_id=letter.pk), robust=True)


@shared_task
def send_letter(*, letter_id: int) -> None:
    """Send a letter."""
    from accounts import letters

    letter = Letter.objects.filter(pk=letter_id).first()
    if letter is not None:
        letters.send(letter, now=timezone.now())


@shared_task
def sweep_letters() -> None:
    """Ring again for letters that did not go."""
    due = Letter.objects.due(timezone.now() - PATIENCE)
    for letter in due.order_by("due_at", "pk")[:LETTERS_AT_ONCE]:
        ring_for_letter(letter)
