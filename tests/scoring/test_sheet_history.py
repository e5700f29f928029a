"""A sheet opened again, and the rows that keep what became of every mark (rules: M2, M4, M6)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import AuditEntry
from scoring import guard
from scoring.models import (
    JudgeInConflict,
    JudgingClosed,
    Mark,
    MarkChange,
    NotTheChair,
    PanelDiscussion,
    ScoreSheet,
    SheetNotSubmitted,
    declare_conflict,
    open_sheet,
    write_discussion,
)
from scoring.models.judging import seal_of
from tests import make

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 5, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
FULL = ("27", "17.5", "21", "18", "5")


class Stage:
    """One video, a judge whose sheet is in, and the chair."""

    def __init__(self) -> None:
        self.contest = make.make_contest(now=NOW)
        self.criteria = make.make_criteria(self.contest)
        self.judge = make.make_judge(self.contest)
        self.chair = make.make_judge(self.contest, "Lý Thị Sen", is_chair=True)
        self.video = make.make_video(make.make_unit(self.contest))
        self.sheet = make.make_sheet(self.judge, self.video, *FULL, now=NOW)

    def chair_marks(self) -> ScoreSheet:
        return make.make_sheet(self.chair, self.video, *FULL, now=NOW)

    def reopen(self, *, by=None, now=NOW + MINUTE):
        self.sheet.reopen(by=by or self.chair.user, reason="Chấm nhầm video", now=now)

    def draft(self, *, now=NOW + MINUTE, **marks):
        ids = dict(self.contest.criteria.values_list("key", "pk"))
        given = {
            ids[key]: None if value is None else Decimal(value) for key, value in marks.items()
        }
        self.sheet.save_draft(marks=given, remark="", revision=self.sheet.revision, now=now)

    def rows(self, *, since=0):
        changes = MarkChange.objects.filter(sheet=self.sheet).order_by("pk")
        return [
            (row.act, row.criterion and row.criterion.key, row.before, row.after, row.reason)
            for row in changes.select_related("criterion")
        ][since:]


@pytest.fixture
def stage():
    return Stage()


def test_every_mark_given_and_the_handing_in_are_rows_of_the_judge(stage):
    expected = [
        ("mark", "content", None, Decimal("27.0"), ""),
        ("mark", "script", None, Decimal("17.5"), ""),
        ("mark", "technique", None, Decimal("21.0"), ""),
        ("mark", "effect", None, Decimal("18.0"), ""),
        ("mark", "rules", None, Decimal("5.0"), ""),
        ("submit", None, None, None, ""),
    ]
    assert stage.rows() == expected
    assert set(stage.sheet.changes.values_list("by", "at")) == {(stage.judge.user_id, NOW)}


def test_a_save_that_changes_nothing_adds_no_row(stage):
    other = make.make_video(make.make_unit(stage.contest))
    stage.sheet = open_sheet(judge=stage.judge, video=other, now=NOW)
    stage.draft(content="20", script="11")
    stage.draft(content="20", script=None)
    stage.draft(content="20")
    assert stage.rows() == [
        ("mark", "content", None, Decimal("20.0"), ""),
        ("mark", "script", None, Decimal("11.0"), ""),
        ("mark", "script", Decimal("11.0"), None, ""),
    ]


def test_an_opened_sheet_is_a_draft_again_and_the_old_marks_are_kept(stage):
    stage.chair_marks()
    seal = stage.sheet.seal
    stage.reopen()
    assert (stage.sheet.state, stage.sheet.seal, stage.sheet.submitted_at) == ("draft", "", None)
    row = stage.sheet.changes.get(act="reopen")
    assert (row.by, row.at, row.reason) == (stage.chair.user, NOW + MINUTE, "Chấm nhầm video")
    assert row.marks == {
        "content": "27.0", "script": "17.5", "technique": "21.0", "effect": "18.0", "rules": "5.0",
    }  # fmt: skip
    entry = AuditEntry.objects.get(action="score_sheet.reopen")
    assert (entry.reason, entry.before) == ("Chấm nhầm video", {"seal": seal})

    stage.draft(content="25", script="17.5")
    stage.sheet.submit(now=NOW + 2 * MINUTE)
    assert stage.rows(since=7) == [
        ("mark", "content", Decimal("27.0"), Decimal("25.0"), "Chấm nhầm video"),
        ("submit", None, None, None, "Chấm nhầm video"),
    ]
    assert stage.sheet.seal == seal_of(stage.sheet, stage.sheet.marks_by_key()) != seal


def test_only_a_chair_who_has_marked_the_video_opens_a_sheet_again(stage):
    outsider = make.make_judge(make.make_contest("khac", now=NOW), "Người ngoài", is_chair=True)
    with pytest.raises(NotTheChair):
        stage.reopen()
    stage.chair_marks()
    for user in (stage.judge.user, outsider.user, make.make_organizer(stage.contest)):
        with pytest.raises(NotTheChair):
            stage.reopen(by=user)
    declare_conflict(judge=stage.chair, unit=stage.video.unit, reason="Con", now=NOW)
    with pytest.raises(NotTheChair):
        stage.reopen()
    stage.sheet.refresh_from_db()
    assert stage.sheet.is_submitted
    assert not stage.sheet.changes.filter(act="reopen").exists()


def test_nothing_is_opened_twice_after_closing_or_against_a_conflict(stage):
    stage.chair_marks()
    with pytest.raises(JudgingClosed):
        stage.reopen(now=stage.contest.judging_closes_at)
    stage.reopen()
    with pytest.raises(SheetNotSubmitted):
        stage.reopen()
    stage.sheet.submit(now=NOW + MINUTE)
    declare_conflict(judge=stage.judge, unit=stage.video.unit, reason="Vợ", now=NOW)
    with pytest.raises(JudgeInConflict):
        stage.reopen()


def test_a_conflict_declared_later_keeps_the_sheet_as_it_was(stage):
    declare_conflict(judge=stage.judge, unit=stage.video.unit, reason="Vợ", now=NOW + MINUTE)
    row = stage.sheet.changes.get(act="conflict")
    assert (row.reason, row.marks["content"]) == ("Vợ", "27.0")


def test_an_opened_sheet_does_not_count_until_it_is_handed_in_again(stage):
    stage.chair_marks()
    stage.reopen()
    assert list(ScoreSheet.objects.submitted().values_list("judge", flat=True)) == [stage.chair.pk]


def test_a_discussion_is_written_by_the_chair_alone(stage):
    talk = {"video": stage.video, "text": "Thống nhất giữ nguyên điểm.", "now": NOW}
    with pytest.raises(NotTheChair):
        write_discussion(by=stage.chair.user, **talk)
    stage.chair_marks()
    with pytest.raises(NotTheChair):
        write_discussion(by=stage.judge.user, **talk)
    write_discussion(by=stage.chair.user, **talk)
    assert PanelDiscussion.objects.get().text == "Thống nhất giữ nguyên điểm."
    assert AuditEntry.objects.get(action="panel.discuss").actor == stage.chair.user


def _tampering(stage):
    """Writes past the verbs, each of them refused by PostgreSQL itself."""
    marks, sheets = Mark.objects.filter(sheet=stage.sheet), ScoreSheet.objects.all()
    draft = open_sheet(judge=stage.chair, video=stage.video, now=NOW)
    content = stage.contest.criteria.get(key="content")
    by = stage.chair.user
    PanelDiscussion.objects.create(video=stage.video, by=by, text="Giữ nguyên điểm", at=NOW)
    return {
        "a mark of a submitted sheet": lambda: marks.update(value=1),
        "a mark less": lambda: marks.first().delete(),
        "a mark above its maximum": lambda: Mark.objects.create(
            sheet=draft, criterion=content, value=Decimal("30.5")
        ),
        "a mark between the steps": lambda: Mark.objects.create(
            sheet=draft, criterion=content, value=Decimal("3.3")
        ),
        "a submitted sheet made a draft": lambda: sheets.update(state="draft", submitted_at=None),
        "a remark after the handing in": lambda: sheets.exclude(seal="").update(remark="x"),
        "a row of the history": lambda: MarkChange.objects.update(reason="x"),
        "the history away": lambda: MarkChange.objects.all().delete(),
        "minutes rewritten": lambda: PanelDiscussion.objects.update(text="x"),
        "minutes away": lambda: PanelDiscussion.objects.all().delete(),
    }  # fmt: skip


NAMES = [
    "a mark of a submitted sheet", "a mark less", "a mark above its maximum",
    "a mark between the steps", "a submitted sheet made a draft", "a remark after the handing in",
    "a row of the history", "the history away", "minutes rewritten", "minutes away",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_postgresql_keeps_sheets_and_history_from_whoever_goes_past_the_verbs(stage, name):
    act = _tampering(stage)[name]
    refused = False
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except IntegrityError:
        refused = True
    assert refused is (connection.vendor == "postgresql")
    # What removes a whole contest says so, for as long as it takes.
    with guard.lifted():
        act()
