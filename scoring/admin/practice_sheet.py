"""The sheet a judge practises on: kept in the judge's own session and in no table.

It has the verbs of a `ScoreSheet` and raises what that one raises, so that practising feels like
marking; nothing that counts reads a session.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from contests.models import Contest
from scoring.models import CriteriaUnsettled, Criterion, SheetChangedElsewhere, SheetIncomplete
from scoring.models.criteria import FULL


@dataclass
class PracticeSheet:
    """What one judge has typed for the practice video; `marks` by criterion id."""

    session: SessionBase
    key: str
    criteria: Sequence[Criterion]
    revision: int = 0
    saved_at: dt.datetime | None = None
    remark: str = ""
    notes: str = ""
    is_handed_in: bool = False
    marks: dict[int, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, session: SessionBase, contest: Contest) -> PracticeSheet:
        """Read the sheet of this contest, empty where nothing was typed yet; one query.

        A mark that the criteria of today no longer allow is left out: they may still change.
        """
        key = f"practice:{contest.pk}"
        criteria = list(contest.criteria.order_by("order"))
        kept: dict[str, Any] = session.get(key, {})
        if not kept:
            return cls(session, key, criteria)
        given = {pk: Decimal(value) for pk, value in kept["marks"].items()}
        return cls(
            session,
            key,
            criteria,
            revision=kept["revision"],
            saved_at=dt.datetime.fromisoformat(kept["saved_at"]) if kept["saved_at"] else None,
            remark=kept["remark"],
            notes=kept["notes"],
            is_handed_in=kept["is_handed_in"],
            marks={
                criterion.pk: given[str(criterion.pk)]
                for criterion in criteria
                if str(criterion.pk) in given and criterion.allows(given[str(criterion.pk)])
            },
        )

    def save_draft(
        self,
        *,
        marks: Mapping[int, Decimal | None],
        remark: str,
        notes: str,
        revision: int,
        now: dt.datetime,
    ) -> None:
        """Keep marks by criterion id (None clears one); values must have been validated (M1).

        Raises SheetChangedElsewhere where `revision` is not the kept one; then nothing changes.
        """
        if self.revision != revision:
            raise SheetChangedElsewhere
        merged = {**self.marks, **marks}
        self.marks = {pk: value for pk, value in merged.items() if value is not None}
        self.remark, self.notes, self.saved_at = remark, notes, now
        self._keep()

    def hand_in(self, *, revision: int) -> None:
        """Close the sheet as a real one is closed; nothing is sealed and nothing counts.

        Raises SheetChangedElsewhere, CriteriaUnsettled, or SheetIncomplete.
        """
        if self.revision != revision:
            raise SheetChangedElsewhere
        if sum((criterion.max_marks for criterion in self.criteria), Decimal(0)) != FULL:
            raise CriteriaUnsettled
        if missing := [c.name for c in self.criteria if c.pk not in self.marks]:
            raise SheetIncomplete(missing)
        self.is_handed_in = True
        self._keep()

    def begin_again(self) -> None:
        """Empty the sheet. Revisions go on, so that an old window does not fill the new one."""
        self.marks, self.remark, self.notes = {}, "", ""
        self.saved_at, self.is_handed_in = None, False
        self._keep()

    def _keep(self) -> None:
        self.revision += 1
        self.session[self.key] = {
            "revision": self.revision,
            "saved_at": self.saved_at.isoformat() if self.saved_at else None,
            "remark": self.remark,
            "notes": self.notes,
            "is_handed_in": self.is_handed_in,
            "marks": {str(pk): str(value) for pk, value in self.marks.items()},
        }
