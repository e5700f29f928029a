"""What organizers decide about people and units: who counts, who may get awards (rules: S9, P6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.utils.crypto import get_random_string

from accounts import audit
from accounts.models import User
from contests import access, names
from contests.models import Contest, Flag, Participant, Unit

# Figures and letters nobody takes for one another.
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105


class ReasonMissing(Exception):
    """A decision is kept with its reason."""


class NothingToDecide(Exception):
    """It was decided so already, in another window perhaps; nothing was written."""


def disqualify(
    *,
    target: models.Model,
    name: str,
    contest: Contest,
    reason: str,
    by: User,
    address: str,
    now: dt.datetime,
) -> None:
    """Take a unit, a person or a video out of the ranking (rules: S9); `name` names it in the log.

    A person's sessions and open quiz pages end. Raises ReasonMissing, NothingToDecide.
    """
    with transaction.atomic():
        _set(
            target,
            "disqualified_reason",
            reason.strip(),
            name=name,
            contest=contest,
            reason=reason,
            by=by,
            address=address,
            act="disqualify",
            now=now,
        )
        if isinstance(target, Participant):
            access.end_access(target)


def reinstate(
    *,
    target: models.Model,
    name: str,
    contest: Contest,
    reason: str,
    by: User,
    address: str,
    now: dt.datetime,
) -> None:
    """Take a disqualification back (rules: S9). Raises ReasonMissing, NothingToDecide."""
    _set(
        target,
        "disqualified_reason",
        "",
        name=name,
        contest=contest,
        reason=reason,
        by=by,
        address=address,
        act="reinstate",
        now=now,
    )


def set_ineligible(
    *,
    target: models.Model,
    name: str,
    contest: Contest,
    reason: str,
    by: User,
    address: str,
    now: dt.datetime,
) -> None:
    """Keep the rank but give no award (rules: S9). Raises ReasonMissing, NothingToDecide."""
    _set(
        target,
        "ineligible_reason",
        reason.strip(),
        name=name,
        contest=contest,
        reason=reason,
        by=by,
        address=address,
        act="set_ineligible",
        now=now,
    )


def set_eligible(
    *,
    target: models.Model,
    name: str,
    contest: Contest,
    reason: str,
    by: User,
    address: str,
    now: dt.datetime,
) -> None:
    """Let the target get an award again (rules: S9). Raises ReasonMissing, NothingToDecide."""
    _set(
        target,
        "ineligible_reason",
        "",
        name=name,
        contest=contest,
        reason=reason,
        by=by,
        address=address,
        act="set_eligible",
        now=now,
    )


@transaction.atomic
def _set(
    target: models.Model,
    field: str,
    value: str,
    *,
    name: str,
    contest: Contest,
    reason: str,
    by: User,
    address: str,
    act: str,
    now: dt.datetime,
) -> None:
    if not reason.strip():
        raise ReasonMissing
    rows: models.QuerySet[Any] = type(target)._default_manager.filter(pk=target.pk)
    before = rows.values_list(field, flat=True).get()
    wanted = rows.filter(**{field: ""}) if value else rows.exclude(**{field: ""})
    if not wanted.update(**{field: value}):
        raise NothingToDecide
    target.refresh_from_db(fields=[field])
    audit.record(
        action=f"{target._meta.model_name}.{act}",
        target=name,
        actor=by,
        contest=contest.slug,
        address=address,
        before={field: before},
        after={field: value},
        reason=reason.strip(),
        now=now,
    )


@transaction.atomic
def confirm(*, people: Iterable[Participant], by: User, address: str, now: dt.datetime) -> int:
    """Confirm self-registered people (rules: P6); return how many nobody had confirmed before."""
    confirmed = 0
    for person in people:
        if person.confirm(by=by, now=now):
            confirmed += 1
            audit.record(
                action="participant.confirm",
                target=f"participant {person.number}",
                contest=person.contest.slug,
                actor=by,
                address=address,
                now=now,
            )
    return confirmed


@transaction.atomic
def settle_flags(*, flags: Iterable[Flag], by: User, address: str, now: dt.datetime) -> int:
    """Note that somebody looked at these flags (rules: Q13); return how many were open."""
    settled = 0
    for flag in flags:
        if Flag.objects.filter(pk=flag.pk, settled_at=None).update(settled_at=now):
            settled += 1
            audit.record(
                action="flag.settle",
                target=f"participant {flag.participant.number} {flag.kind}",
                contest=flag.participant.contest.slug,
                actor=by,
                address=address,
                now=now,
            )
    return settled


@transaction.atomic
def make_coordinator(
    *, unit: Unit, full_name: str, phone: str = "", by: User, address: str, now: dt.datetime
) -> tuple[User, str]:
    """Make an account for the unit's coordinator; return it and the password, shown once."""
    Unit.objects.select_for_update().get(pk=unit.pk)
    password = "-".join(get_random_string(4, PASSWORD_ALPHABET) for _ in range(4))
    user = User.objects.create_user(
        _free_username(unit), password, full_name=names.clean_text(full_name), phone=phone
    )
    before = unit.coordinator.username if unit.coordinator else ""
    unit.coordinator = user
    unit.save(update_fields=["coordinator"])
    # Who made an account may look after it also while it has no unit (accounts.admin.manageable).
    audit.record(
        action="user.created",
        target=f"user {user.username}",
        actor=by,
        address=address,
        after={"user": user.pk},
        now=now,
    )
    audit.record(
        action="unit.coordinator",
        target=f"unit {unit.code}",
        contest=unit.contest.slug,
        actor=by,
        address=address,
        before={"coordinator": before},
        after={"coordinator": user.username},
        now=now,
    )
    return user, password


def _free_username(unit: Unit) -> str:
    code = names.search_key(unit.code).replace(" ", "-")
    base = f"{unit.contest.slug[:35]}-{code}"[:56]
    taken = set(User.objects.filter(username__startswith=base).values_list("username", flat=True))
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name
