"""The judges of a contest as people to be written to: who may get which letter, and writing it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit, letters
from accounts.admin import manageable
from accounts.letters import moment_in_words
from accounts.models import User
from contests.models import Contest, Judge
from scoring.admin.desk import Progress, progress_of
from scoring.letters import Words, invitation, reminder
from scoring.models import PanelLetter

Kind = PanelLetter.Kind
# At most one letter of a kind to a judge in this time.
REST = dt.timedelta(hours=12)


@dataclass(frozen=True)
class Recipient:
    """A judge, how far the own marking has come, and the last letter of each kind."""

    judge: Judge
    progress: Progress
    invitation: PanelLetter | None
    reminder: PanelLetter | None

    @property
    def key(self) -> str:
        return str(self.judge.pk)

    def last(self, kind: str) -> PanelLetter | None:
        return self.invitation if kind == Kind.INVITATION else self.reminder

    def has_got(self, kind: str) -> bool:
        """Whether such a letter went or is on its way; one that was given up arrived nowhere."""
        last = self.last(kind)
        return last is not None and not last.letter.is_given_up

    def why_not(self, kind: str, *, now: dt.datetime) -> str:
        """Return why this judge can get no such letter now, as a sentence; "" if nothing speaks."""
        contest, user, last = self.judge.contest, self.judge.user, self.last(kind)
        if now >= contest.judging_closes_at:
            return _("Judging is closed.")
        if not user.is_active:
            return _("The account is closed.")
        if not user.email:
            return _("The account has no e-mail address.")
        if kind == Kind.REMINDER and not contest.is_judging(now):
            return _("Judging has not begun.")
        if kind == Kind.REMINDER and self.progress.left <= 0:
            return _("No sheet of this judge is missing.")
        if last is not None and self.has_got(kind) and now - last.letter.at < REST:
            return _(
                "The last letter was written at %(at)s; the next may follow from %(then)s."
            ) % {
                "at": moment_in_words(last.letter.at),
                "then": moment_in_words(last.letter.at + REST),
            }
        return ""

    def may_get(self, kind: str, *, now: dt.datetime) -> bool:
        return not self.why_not(kind, now=now)

    def waits_for(self, kind: str, *, now: dt.datetime) -> bool:
        """Whether a letter to all goes here as well: an invitation only to who has had none."""
        if kind == Kind.INVITATION and self.has_got(kind):
            return False
        return self.may_get(kind, now=now)


def recipients_of(contest: Contest) -> list[Recipient]:
    """Return the contest's judges by name; five queries however many there are."""
    judges = list(contest.judges.select_related("user").order_by("user__full_name", "pk"))
    progress = progress_of(judges)
    written = PanelLetter.objects.filter(judge__contest=contest).select_related("letter")
    last = {(row.judge_id, row.kind): row for row in written.order_by("number", "pk")}
    return [
        Recipient(
            judge=judge,
            progress=progress[judge.pk],
            invitation=last.get((judge.pk, Kind.INVITATION)),
            reminder=last.get((judge.pk, Kind.REMINDER)),
        )
        for judge in judges
    ]


def letters_part(contest: Contest, *, now: dt.datetime) -> dict[str, Any]:
    """Return what the page of the marking's progress shows of the letters."""
    recipients = recipients_of(contest)
    return {
        "rows": [
            {
                "recipient": recipient,
                "may_be_invited": recipient.may_get(Kind.INVITATION, now=now),
                "may_be_reminded": recipient.may_get(Kind.REMINDER, now=now),
            }
            for recipient in recipients
        ],
        "to_invite": sum(recipient.waits_for(Kind.INVITATION, now=now) for recipient in recipients),
        "to_remind": sum(recipient.waits_for(Kind.REMINDER, now=now) for recipient in recipients),
    }


def who_get_a_link(recipients: Sequence[Recipient], *, by: User) -> set[int]:
    """Return the users whose invitation ends with a link to set a password.

    Never used so far, and an account whose password `by` may set as well: a letter opens to
    nobody what its sender could not (accounts.admin.manageable).
    """
    fresh = [r.judge.user_id for r in recipients if letters.can_set_password(r.judge.user)]
    if not fresh:
        return set()
    own = manageable(User.objects.filter(pk__in=fresh), by=by)
    return set(own.values_list("pk", flat=True))


def words_for(recipient: Recipient, kind: str, *, sets_password: bool, now: dt.datetime) -> Words:
    """Return the letter of this kind to this judge."""
    judge = recipient.judge
    if kind == Kind.REMINDER:
        return reminder(judge, missing=recipient.progress.left)
    begun = now >= judge.contest.judging_opens_at
    videos = recipient.progress.expected if begun else None
    return invitation(judge, videos=videos, sets_password=sets_password)


@transaction.atomic
def write(
    contest: Contest, kind: str, *, to: Collection[str], by: User, address: str, now: dt.datetime
) -> list[Recipient]:
    """Write to those of the judges `to` (their keys) who may get such a letter; return them."""
    # A second click waits here, and then finds what the first one wrote.
    list(contest.judges.select_for_update().order_by("pk"))
    chosen = [
        recipient
        for recipient in recipients_of(contest)
        if recipient.key in to and recipient.may_get(kind, now=now)
    ]
    linked = who_get_a_link(chosen, by=by) if kind == Kind.INVITATION else set()
    for recipient in chosen:
        _write(recipient, kind, linked=linked, by=by, address=address, now=now)
    return chosen


def _write(
    recipient: Recipient,
    kind: str,
    *,
    linked: Collection[int],
    by: User,
    address: str,
    now: dt.datetime,
) -> None:
    judge, last = recipient.judge, recipient.last(kind)
    sets_password = judge.user_id in linked
    words = words_for(recipient, kind, sets_password=sets_password, now=now)
    letter = letters.write(
        to=judge.user,
        subject=words.subject,
        body=words.body,
        sets_password=sets_password,
        now=now,
    )
    assert letter is not None, "who may get a letter can be written to"
    PanelLetter.objects.create(
        judge=judge, kind=kind, number=last.number + 1 if last else 1, by=by, letter=letter
    )
    audit.record(
        action="judge.invite" if kind == Kind.INVITATION else "judge.remind",
        target=f"judge {judge.pk} · user {judge.user.username}",
        actor=by,
        contest=judge.contest.slug,
        address=address,
        after={"letter": letter.pk, "sets_password": sets_password},
        now=now,
    )
