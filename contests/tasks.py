"""House-keeping of the contests room: attempts that the clock has ended, and what to look at."""

import datetime as dt
import logging

from celery import shared_task

from contests import flags
from contests.clock import database_now
from contests.models import Attempt, Quiz

logger = logging.getLogger(__name__)
# A worker that was away for so long after the closing still finds what there is to look at.
LOOKED_AT_AFTER_CLOSING = dt.timedelta(days=1)


@shared_task
def end_overdue_attempts() -> int:
    """Store the result of every attempt past its grace; return how many (rules: Q8).

    One attempt that cannot be graded never stops the others: it is logged and met again by the
    next sweep.
    """
    now = database_now()
    overdue = Attempt.objects.overdue(now).order_by("deadline_at", "pk")
    ended = 0
    for attempt in list(overdue.only("pk")):
        try:
            ended += attempt.submit(now=now)
        except Exception:  # whatever is wrong with one, the others must end
            logger.exception("attempt %s could not be ended", attempt.pk)
    return ended


@shared_task
def raise_flags() -> int:
    """Look at the attempts of every ranked quiz that is open or closed lately; return what is new.

    Flags are for a person to look at (rules: Q13).
    """
    now = database_now()
    lately = now - LOOKED_AT_AFTER_CLOSING
    quizzes = Quiz.objects.ranked().filter(opens_at__lte=now, closes_at__gt=lately)
    return sum(flags.raise_flags(quiz, now=now) for quiz in quizzes.order_by("closes_at", "pk"))
