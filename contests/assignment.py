"""Who of a panel marks which unit's video: all judges all of them, or each the own blocks'.

rules: M3
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from contests.models import Conflict, Contest, Judge

BLOCK_IS_SETTLED = _("Judging by blocks has closed: a unit’s block no longer changes.")


@dataclass(frozen=True)
class Assignment:
    """What keeps judges from units, for many judges at once.

    `conflicts`: pairs of a judge's and a unit's key.
    """

    judges: Mapping[int, Judge]
    conflicts: frozenset[tuple[int, int]]

    @classmethod
    def of(cls, judges: Iterable[Judge]) -> Assignment:
        """Read the declared conflicts of these judges; one query."""
        judges = list(judges)
        declared = Conflict.objects.filter(judge__in=judges).values_list("judge_id", "unit_id")
        own = ((judge.pk, judge.unit_id) for judge in judges if judge.unit_id)
        return cls(
            judges={judge.pk: judge for judge in judges}, conflicts=frozenset((*declared, *own))
        )

    def in_conflict(self, judge: int, unit: int) -> bool:
        """Whether this judge must not touch this unit's videos (rules: M3)."""
        return (judge, unit) in self.conflicts

    def marks(self, judge: int, *, unit: int, block: str) -> bool:
        """Whether a sheet of this judge is waited for, for a video of this unit."""
        return not self.in_conflict(judge, unit) and self.judges[judge].marks_block(block)


def blocks_are_settled(contest: Contest, *, now: dt.datetime) -> bool:
    """Whether no unit may change its block: judging by blocks has closed (rules: M6).

    Else a sheet nobody handed in would silently no longer be waited for.
    """
    return contest.judging_closes_at <= now and any(judge.blocks for judge in contest.judges.all())
