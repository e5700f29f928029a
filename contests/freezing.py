"""Changes of what a result depends on: compared, and kept with their reason (rules: C4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from accounts import audit
from accounts.models import User
from contests.models import Contest, SettingChange


class ReasonMissing(Exception):
    """What froze when the first quiz opened changes only with a reason (rules: C4)."""


@dataclass(frozen=True)
class Change:
    """One setting from one value to another, as JSON; None for what was not there."""

    field: str
    before: Any
    after: Any


def values_of(row: models.Model, fields: Iterable[str]) -> dict[str, Any]:
    """Return the fields of a row as JSON values: instants in ISO 8601, rows by their key."""
    return {name: _plain(row.serializable_value(name)) for name in fields}


def changes_of(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, fields: Sequence[str]
) -> list[Change]:
    """Return what differs, in the order of `fields`; None stands for a row that is not there."""
    old, new = before or {}, after or {}
    return [
        Change(name, old.get(name), new.get(name))
        for name in fields
        if old.get(name) != new.get(name)
    ]


@transaction.atomic
def record_changes(
    *,
    contest: Contest,
    target: str,
    changes: Sequence[Change],
    frozen: bool,
    reason: str,
    by: User,
    address: str = "",
    now: dt.datetime,
) -> None:
    """Keep changes in the audit log, and while frozen one by one for the results (rules: C4).

    `target` names the row ("quiz quiz-1", "unit DV01"; "" for the contest itself). `frozen` is
    asked by the caller before the change: moving the opening itself may thaw what it froze.
    Raises ReasonMissing.
    """
    if not changes:
        return
    if frozen and not reason.strip():
        raise ReasonMissing
    audit.record(
        action="setting.change",
        target=target or "contest",
        actor=by,
        contest=contest.slug,
        address=address,
        before={change.field: change.before for change in changes},
        after={change.field: change.after for change in changes},
        reason=reason.strip(),
        now=now,
    )
    if frozen:
        SettingChange.objects.bulk_create(
            SettingChange(
                contest=contest,
                at=now,
                by=by,
                target=f"{target} {change.field}".strip(),
                before=change.before,
                after=change.after,
                reason=reason.strip(),
            )
            for change in changes
        )


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="seconds")
    return value
