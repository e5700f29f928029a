"""Writes the audit log: one call, in the transaction of the act itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import AuditEntry, User


def record(
    *,
    action: str,
    target: str,
    actor: User | None,
    now: dt.datetime,
    contest: str = "",
    address: str = "",
    before: Any = None,
    after: Any = None,
    reason: str = "",
) -> AuditEntry:
    """Append one entry. `action` is "noun.verb", `target` names the row without personal data."""
    return AuditEntry.objects.create(
        at=now,
        actor=actor,
        actor_name=actor.full_name if actor else "",
        address=address,
        action=action,
        contest=contest,
        target=target[:200],
        before=before,
        after=after,
        reason=reason,
    )
