"""A unit's people as their coordinator sees them: who has taken part, never a score (rules: P7)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable

from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit
from accounts.models import User
from contests.models import Attempt, Participant, Quiz, Unit
from contests.models.people import ParticipantQuerySet
from contests.models.quizzes import GRACE
from portal.turnout import ended


class State(models.TextChoices):
    """Where a person stands; each person is in exactly one."""

    FINISHED = "finished", gettext_lazy("Has taken part")
    RUNNING = "running", gettext_lazy("Taking part now")
    NOT_STARTED = "not_started", gettext_lazy("Has not taken part")
    WAITING = "waiting", gettext_lazy("Waiting to be confirmed")
    OUT = "out", gettext_lazy("Result cancelled")


IN_STATE = {
    State.OUT: ~Q(disqualified_reason=""),
    State.WAITING: Q(disqualified_reason="", confirmed_at=None),
    State.RUNNING: Q(disqualified_reason="", confirmed_at__isnull=False, is_running=True),
    State.FINISHED: Q(disqualified_reason="", confirmed_at__isnull=False, is_running=False)
    & Q(has_ended=True),
    State.NOT_STARTED: Q(disqualified_reason="", confirmed_at__isnull=False, is_running=False)
    & Q(has_ended=False),
}


TAKEN_PART = Q(disqualified_reason="", confirmed_at__isnull=False) & Q(has_ended=True)


def of_unit(unit: Unit, *, now: dt.datetime, quiz: Quiz | None = None) -> ParticipantQuerySet:
    """Return the unit's people with what a row shows: states, times, when a code was issued.

    Of quizzes that count only; with `quiz` of that one alone.
    """
    attempts = Attempt.objects.ranked().filter(participant=OuterRef("pk"))
    if quiz is not None:
        attempts = attempts.filter(quiz=quiz)
    over = ended(attempts, now=now)
    running = attempts.running().filter(deadline_at__gt=now - GRACE)
    latest = over.order_by("-started_at", "-pk")
    last_end = latest.values(when=Coalesce("finished_at", "deadline_at"))
    return unit.participants.annotate(
        has_ended=Exists(over),
        is_running=Exists(running),
        ended_at=Subquery(last_end[:1]),
        running_since=Subquery(running.order_by("-started_at").values("started_at")[:1]),
        code_issued_at=F("user__access_code__issued_at"),
        code_used_at=F("user__access_code__first_used_at"),
    )


def without_code(unit: Unit) -> ParticipantQuerySet:
    """The unit's people who count and whom nobody has given a code yet."""
    return unit.participants.confirmed().filter(user__access_code=None, disqualified_reason="")


def counts(people: ParticipantQuerySet) -> dict[State, int]:
    """Return how many people are in each state, in one query."""
    found = people.aggregate(
        **{state.value: Count("pk", filter=condition) for state, condition in IN_STATE.items()}
    )
    return {state: found[state.value] for state in State}


def count_taken_part(people: ParticipantQuerySet) -> int:
    """Return how many who count have finished a quiz, also those who are at another one now."""
    return people.filter(TAKEN_PART).count()


def state_of(person: Participant) -> State:
    """Return the state of a person taken from `of_unit`."""
    if person.disqualified_reason:
        return State.OUT
    if person.confirmed_at is None:
        return State.WAITING
    if person.is_running:  # type: ignore[attr-defined]
        return State.RUNNING
    return State.FINISHED if person.has_ended else State.NOT_STARTED  # type: ignore[attr-defined]


def may_confirm(unit: Unit) -> bool:
    """Whether people may still be confirmed: not once results are known (rules: P6)."""
    return not unit.contest.is_published


@transaction.atomic
def confirm(*, unit: Unit, numbers: Iterable[int], by: User, address: str, now: dt.datetime) -> int:
    """Confirm that these self-registered people belong to the unit; return how many were new."""
    confirmed = 0
    waiting = unit.participants.waiting().filter(number__in=list(numbers))
    for person in waiting.in_name_order():
        if not person.confirm(by=by, now=now):
            continue
        confirmed += 1
        audit.record(
            action="participant.confirm",
            target=f"participant {person.number}",
            contest=unit.contest.slug,
            actor=by,
            address=address,
            now=now,
        )
    return confirmed


def workbook(people: Iterable[Participant], *, title: str) -> bytes:
    """Return the roster as XLSX; nothing in it is run as a formula."""
    import xlsxwriter  # only here: every web process would carry its 11 MB

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(_("Roster")[:31])
    bold = book.add_format({"bold": True})
    sheet.write_string(0, 0, title, bold)
    headings = [_("Number"), _("Full name"), _("Position"), _("Workplace"), _("State"), _("At")]
    for column, (heading, width) in enumerate(zip(headings, (9, 30, 24, 40, 20, 18), strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, heading, bold)
    for row, person in enumerate(people, start=3):
        sheet.write_number(row, 0, person.number)
        moment = person.ended_at or person.running_since  # type: ignore[attr-defined]
        when = date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else ""
        texts = [person.full_name, person.position, person.workplace, state_of(person).label, when]
        for column, text in enumerate(texts, start=1):
            sheet.write_string(row, column, str(text))
    sheet.freeze_panes(3, 0)
    book.close()
    return buffer.getvalue()
