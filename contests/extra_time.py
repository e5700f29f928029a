"""More time for one person in one quiz, by a named organizer with a reason (rules: Q3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from contests.durations import in_words
from contests.freezing import ReasonMissing
from contests.models import Attempt, ExtraTime, Participant, Quiz


class ExtraTimeRefused(Exception):
    """It would change nothing, or take time away; `args[0]` is the sentence that says why."""


class Given(NamedTuple):
    """What was given. `is_new` False: the person had as much already and nothing was logged.

    `deadline_at` is the end of the attempt that runs, None without one; `is_cut`: the closing of
    the quiz comes before the whole of it is used.
    """

    extra: ExtraTime
    is_new: bool
    deadline_at: dt.datetime | None
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Prospect:
    """How one person stands in one quiz now: what extra time is there, what more could do.

    `running` is the attempt whose time is not up; `may_start`: another one can still be begun.
    """

    quiz: Quiz
    now: dt.datetime
    extra_seconds: int
    running: Attempt | None
    may_start: bool

    def ends_with(self, seconds: int) -> dt.datetime:
        """Return the end of the attempt that runs, or of one begun at once, with that much."""
        if self.running is None:
            begins = max(self.now, self.quiz.opens_at)
            return self.quiz.deadline_from(begins, extra_seconds=seconds)
        ends = self.running.deadline_at
        # Also where the duration was cut after the start: a gift is a gift (rules: Q3).
        longer = ends + dt.timedelta(seconds=seconds - self.extra_seconds)
        full = self.quiz.deadline_from(self.running.started_at, extra_seconds=seconds)
        return max(ends, full, min(longer, self.quiz.closes_at))

    @property
    def most_seconds(self) -> int:
        """How much more time can be used before the quiz closes."""
        rest = self.quiz.closes_at - self.ends_with(self.extra_seconds)
        return max(0, int(rest.total_seconds()))

    @property
    def obstacle(self) -> str:
        """Why more time would change nothing, as a sentence; empty where it would."""
        if self.quiz.closes_at <= self.now:
            return _("The quiz has closed.")
        if self.running is None and not self.may_start:
            return _("All attempts are used up; extra time cannot lengthen a finished one.")
        if not self.most_seconds:
            return _(
                "The quiz closes at %(closing)s, before extra time could begin. Only a later"
                " closing of the quiz helps."
            ) % {"closing": said(self.quiz.closes_at)}
        return ""


def prospects_of(participant: Participant, *, now: dt.datetime) -> list[Prospect]:
    """Return how the person stands in every quiz of the contest, in the order of opening."""
    given = dict(participant.extra_times.values_list("quiz_id", "seconds"))
    attempts: dict[int, list[Attempt]] = {}
    for attempt in participant.attempts.defer("paper").order_by("number"):
        attempts.setdefault(attempt.quiz_id, []).append(attempt)
    return [
        _prospect(quiz, attempts.get(quiz.pk, []), given.get(quiz.pk, 0), now)
        for quiz in participant.contest.quizzes.order_by("opens_at", "pk")
    ]


@transaction.atomic
def give(
    *,
    participant: Participant,
    quiz: Quiz,
    seconds: int,
    reason: str,
    by: User,
    address: str = "",
    now: dt.datetime,
) -> Given:
    """Let the person have `seconds` more than others in this quiz, in all (rules: Q3).

    An attempt that runs ends later at once, any later one is begun with it. A second gift names
    the new total, which is never less; the same again does nothing. Raises ReasonMissing and
    ExtraTimeRefused.
    """
    if not reason.strip():
        raise ReasonMissing
    # Whoever starts in this moment refers to this row: either waits for the other.
    Participant.objects.select_for_update().get(pk=participant.pk)
    attempts = list(participant.attempts.select_for_update().filter(quiz=quiz).order_by("number"))
    extra = ExtraTime.objects.filter(quiz=quiz, participant=participant).first()
    before = extra.seconds if extra else 0
    prospect = _prospect(quiz, attempts, before, now)
    if seconds < before:
        raise ExtraTimeRefused(
            _("The person has %(time)s of extra time already; it can only become more.")
            % {"time": in_words(before)}
        )
    if seconds > before and (obstacle := prospect.obstacle):
        raise ExtraTimeRefused(obstacle)
    ends_at = _lengthen(prospect, seconds)
    is_cut = prospect.most_seconds < seconds - before
    if extra is not None and seconds == before:
        return Given(extra, is_new=False, deadline_at=ends_at, is_cut=is_cut)
    extra = extra or ExtraTime(quiz=quiz, participant=participant)
    extra.seconds, extra.reason, extra.by, extra.at = seconds, reason.strip(), by, now
    extra.clean_fields()
    extra.save()
    running = prospect.running
    audit.record(
        action="extra_time.give",
        target=f"participant {participant.number} quiz {quiz.slug}",
        contest=participant.contest.slug,
        actor=by,
        address=address,
        before={"seconds": before},
        after={"seconds": seconds, "attempt": running.receipt if running else ""},
        reason=extra.reason,
        now=now,
    )
    return Given(extra, is_new=True, deadline_at=ends_at, is_cut=is_cut)


def said(moment: dt.datetime) -> str:
    """Return an instant as these pages print it: "17:00:00 15/12/2026"."""
    return formats.date_format(timezone.localtime(moment), "H:i:s d/m/Y")


def _prospect(quiz: Quiz, attempts: list[Attempt], extra: int, now: dt.datetime) -> Prospect:
    running = next((attempt for attempt in attempts if not attempt.is_over(now)), None)
    allowed = quiz.attempts_allowed
    return Prospect(
        quiz=quiz,
        now=now,
        extra_seconds=extra,
        running=running,
        may_start=not allowed or len(attempts) < allowed,
    )


def _lengthen(prospect: Prospect, seconds: int) -> dt.datetime | None:
    """Move the end of the attempt that runs; its row is locked, and it is not over."""
    running = prospect.running
    if running is None:
        return None
    ends_at = prospect.ends_with(seconds)
    if running.deadline_at < ends_at:
        running.deadline_at = ends_at
        running.save(update_fields=["deadline_at"])
    return ends_at
