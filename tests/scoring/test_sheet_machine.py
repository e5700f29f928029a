"""200 random lives of sheets against a small model, from the opening to the closing (M2-M6)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from scoring import models
from scoring.models import MarkChange, ScoreSheet, declare_conflict, open_sheet
from tests import make

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 5, 0, tzinfo=dt.UTC)
KEYS = ("content", "script", "technique", "effect", "rules")
JUDGES, VIDEOS = 3, 2
# The first judge chairs the panel; the last one comes from the first video's unit.
CHAIR, RELATIVE = 0, 2
judges = st.integers(0, JUDGES - 1)
videos = st.integers(0, VIDEOS - 1)
values = st.one_of(st.none(), st.integers(0, 10).map(lambda half: Decimal(half) / 2))


class Panel:
    """The rows every life begins with."""

    def __init__(self) -> None:
        self.contest = make.make_contest(now=NOW)
        make.make_criteria(self.contest)
        self.ids = dict(self.contest.criteria.values_list("key", "pk"))
        self.videos = [make.make_video(make.make_unit(self.contest)) for _ in range(VIDEOS)]
        self.judges = [
            make.make_judge(
                self.contest,
                f"Giám khảo {number}",
                is_chair=number == CHAIR,
                unit=self.videos[0].unit if number == RELATIVE else None,
            )
            for number in range(JUDGES)
        ]


class Life(RuleBasedStateMachine):
    """What the verbs do beside what a dictionary says they must."""

    panel: Panel

    @initialize()
    def begin(self) -> None:
        self.life = transaction.atomic()
        self.life.__enter__()
        self.states: dict[tuple[int, int], str] = {}
        self.marks: dict[tuple[int, int], dict[str, Decimal]] = {}
        self.revisions: dict[tuple[int, int], int] = {}
        self.conflicts = {(RELATIVE, 0)}
        self.is_open = True
        self.rows = 0

    def teardown(self) -> None:
        if hasattr(self, "life"):
            transaction.set_rollback(True)
            self.life.__exit__(None, None, None)

    @property
    def now(self) -> dt.datetime:
        return NOW if self.is_open else self.panel.contest.judging_closes_at

    def why_not(self, at: tuple[int, int]) -> str:
        """Why a draft may not be written at (judge, video); "" where it may."""
        if not self.is_open:
            return "JudgingClosed"
        if at in self.conflicts:
            return "JudgeInConflict"
        return {"submitted": "SheetSubmitted", "excused": "SheetExcused"}.get(
            self.states.get(at, ""), ""
        )

    def act(self, expected: str, verb) -> bool:
        """Run a verb; it must be refused as `expected`, or not at all."""
        if not expected:
            verb()
            return True
        with pytest.raises(getattr(models, expected)):
            verb()
        return False

    def sheet(self, at: tuple[int, int]) -> ScoreSheet:
        judge, video = at
        return ScoreSheet.objects.get(
            judge=self.panel.judges[judge], video=self.panel.videos[video]
        )

    @rule(at=st.tuples(judges, videos))
    def open(self, at: tuple[int, int]) -> None:
        judge, video = self.panel.judges[at[0]], self.panel.videos[at[1]]
        expected = self.why_not(at) if not self.is_open or at in self.conflicts else ""
        if self.act(expected, lambda: open_sheet(judge=judge, video=video, now=self.now)):
            self.states.setdefault(at, "draft")
            self.marks.setdefault(at, {})
            self.revisions.setdefault(at, 0)

    @rule(
        at=st.tuples(judges, videos),
        given=st.dictionaries(st.sampled_from(KEYS), values),
        is_late=st.booleans(),
    )
    def draft(self, at: tuple[int, int], given: dict[str, Decimal | None], is_late: bool) -> None:
        if at not in self.states:
            return
        revision = self.revisions[at] - 1 if is_late else self.revisions[at]
        expected = self.why_not(at) or ("SheetChangedElsewhere" if is_late else "")
        sheet = self.sheet(at)
        marks = {self.panel.ids[key]: value for key, value in given.items()}
        if self.act(
            expected,
            lambda: sheet.save_draft(marks=marks, remark="", revision=revision, now=self.now),
        ):
            self.revisions[at] += 1
            for key, value in given.items():
                self.rows += self.marks[at].get(key) != value
                if value is None:
                    self.marks[at].pop(key, None)
                else:
                    self.marks[at][key] = value

    @rule(at=st.tuples(judges, videos))
    def fill(self, at: tuple[int, int]) -> None:
        self.open(at)
        self.draft(at, dict.fromkeys(KEYS, Decimal("2.5")), is_late=False)

    @rule(at=st.tuples(judges, videos))
    def submit(self, at: tuple[int, int]) -> None:
        if at not in self.states:
            return
        missing = "" if len(self.marks[at]) == len(KEYS) else "SheetIncomplete"
        sheet = self.sheet(at)
        if self.act(self.why_not(at) or missing, lambda: sheet.submit(now=self.now)):
            self.states[at] = "submitted"
            self.revisions[at] += 1
            self.rows += 1

    @rule(at=st.tuples(judges, videos), by=judges)
    def reopen(self, at: tuple[int, int], by: int) -> None:
        if at not in self.states:
            return
        own = (by, at[1])
        may = by == CHAIR and own not in self.conflicts
        may = may and self.states.get(own) in {"submitted", "excused"}
        why = "" if self.is_open else "JudgingClosed"
        why = why or ("JudgeInConflict" if at in self.conflicts else "")
        why = why or ("" if may else "NotTheChair")
        why = why or ("" if self.states[at] == "submitted" else "SheetNotSubmitted")
        sheet, user = self.sheet(at), self.panel.judges[by].user
        if self.act(why, lambda: sheet.reopen(by=user, reason="Nhầm", now=self.now)):
            self.states[at] = "draft"
            self.revisions[at] += 1
            self.rows += 1

    @rule(at=st.tuples(judges, videos))
    def excuse(self, at: tuple[int, int]) -> None:
        if at not in self.states:
            return
        why = "JudgeInConflict" if at in self.conflicts else ""
        if not why and self.states[at] != "draft":
            why = "SheetSubmitted" if self.states[at] == "submitted" else "SheetExcused"
        sheet, chair = self.sheet(at), self.panel.judges[CHAIR].user
        if self.act(why, lambda: sheet.excuse(by=chair, reason="Ốm", now=self.now)):
            self.states[at] = "excused"
            self.revisions[at] += 1
            self.rows += 1

    @rule(at=st.tuples(judges, videos))
    def conflict(self, at: tuple[int, int]) -> None:
        judge, unit = self.panel.judges[at[0]], self.panel.videos[at[1]].unit
        is_new = at not in self.conflicts or at == (RELATIVE, 0)
        is_new = is_new and not judge.conflicts.filter(unit=unit).exists()
        if self.act(
            "" if self.is_open else "JudgingClosed",
            lambda: declare_conflict(judge=judge, unit=unit, reason="Vợ", now=self.now),
        ):
            self.conflicts.add(at)
            self.rows += is_new and self.revisions.get(at, 0) > 0

    @rule()
    def close(self) -> None:
        self.is_open = False

    @rule()
    def compare(self) -> None:
        found = {
            (self.panel.judges.index(sheet.judge), self.panel.videos.index(sheet.video)): sheet
            for sheet in ScoreSheet.objects.select_related("judge", "video")
        }
        assert {at: sheet.state for at, sheet in found.items()} == self.states
        assert {at: sheet.revision for at, sheet in found.items()} == self.revisions
        assert {at: sheet.marks_by_key() for at, sheet in found.items()} == self.marks
        assert all(bool(sheet.seal) is sheet.is_submitted for sheet in found.values())
        assert MarkChange.objects.count() == self.rows


def test_200_random_lives_of_sheets_are_as_the_model_says() -> None:
    Life.panel = Panel()

    class Checked(Life):
        def teardown(self) -> None:
            if hasattr(self, "life"):
                self.compare()
            super().teardown()

    run_state_machine_as_test(
        Checked, settings=settings(max_examples=200, stateful_step_count=25, deadline=None)
    )
