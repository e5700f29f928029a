"""Who may not take part in a ranked quiz (rules: P4): by normalised phone or staff code."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from accounts.models import User
from config.prepared import Prepared
from contests import identity

if TYPE_CHECKING:
    from contests.models.contest import Contest

# ("phone", "0912345678") or ("staff_code", "CB0001"): what a person is recognised by.
Mark = tuple[str, str]


def marks_of(phone: str, staff_code: str) -> set[Mark]:
    """Return what a person is recognised by, as stored or as typed by an organizer."""
    return {
        mark
        for mark in (("phone", _phone(phone)), ("staff_code", _staff_code(staff_code)))
        if mark[1]
    }


def barred_marks(contest: Contest) -> set[Mark]:
    """Return the marks of excluded people, organizers and judges of a contest, in one query."""
    rows = _barred().all(contest=contest.pk)
    return {mark for phone, staff_code in rows for mark in marks_of(phone, staff_code)}


@cache
def _barred() -> Prepared[Any]:
    from contests.models import Exclusion, Judge

    return Prepared(
        lambda contest: (
            Exclusion.objects.filter(contest=contest)
            .values_list("phone", "staff_code")
            .union(
                User.objects.filter(organized_contests=contest).values_list("phone", "staff_code"),
                Judge.objects.filter(contest=contest).values_list(
                    "user__phone", "user__staff_code"
                ),
            )
        ),
        "contest",
    )


# The same few marks are read at every start; what one means never changes.
@lru_cache(maxsize=65_536)
def _phone(typed: str) -> str:
    try:
        return identity.normalise_phone(typed)
    except identity.InvalidPhone:
        return ""


@lru_cache(maxsize=65_536)
def _staff_code(typed: str) -> str:
    try:
        return identity.normalise_staff_code(typed)
    except identity.InvalidStaffCode:
        return ""
