"""Marks, sheets, excuses and conflicts as the models keep them (rules: M1-M6)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import AuditEntry
from contests.models import SettingChange
from scoring.forms import mark_text, read_mark
from scoring.models import (
    CriteriaUnsettled,
    Criterion,
    JudgeInConflict,
    JudgingClosed,
    Mark,
    ScoreSheet,
    SheetChangedElsewhere,
    SheetExcused,
    SheetIncomplete,
    SheetSubmitted,
    declare_conflict,
    default_criteria,
    open_sheet,
)
from scoring.models.criteria import use_default_criteria
from scoring.models.judging import seal_of
from tests import make

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 5, 0, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
FULL_MARKS = ("27", "17.5", "21", "18", "5")


@pytest.fixture
def contest():
    contest = make.make_contest(now=NOW)
    make.make_criteria(contest)
    return contest


@pytest.fixture
def judge(contest):
    return make.make_judge(contest)


@pytest.fixture
def video(contest):
    return make.make_video(make.make_unit(contest))


@pytest.fixture
def sheet(judge, video):
    return open_sheet(judge=judge, video=video, now=NOW)


def by_id(sheet, *marks):
    criteria = sheet.judge.contest.criteria.order_by("order")
    return {c.pk: None if m is None else Decimal(m) for c, m in zip(criteria, marks, strict=False)}


def save(sheet, *marks, now=NOW, remark="", revision=None):
    seen = sheet.revision if revision is None else revision
    sheet.save_draft(marks=by_id(sheet, *marks), remark=remark, revision=seen, now=now)


def test_default_criteria_are_the_five_of_the_rules_and_sum_to_100(contest):
    found = [(c.key, int(c.max_marks)) for c in default_criteria(contest)]
    assert found == [
        ("content", 30),
        ("script", 20),
        ("technique", 25),
        ("effect", 20),
        ("rules", 5),
    ]
    assert sum(most for _key, most in found) == 100


@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("17,5", "17.5"),
        ("17.5", "17.5"),
        (" 17,50 ", "17.5"),
        ("0", "0"),
        ("30", "30"),
        ("30,0", "30"),
        ("", None),
        ("   ", None),
        ("１７,５", "17.5"),
        ("17\u00a0", "17"),
    ],
)
def test_what_a_judge_types_becomes_a_mark(typed, mark):
    criterion = Criterion(max_marks=Decimal(30))
    assert read_mark(typed, criterion=criterion) == (None if mark is None else Decimal(mark))


@pytest.mark.parametrize(
    "typed", ["30,5", "31", "-1", "-0,5", "17,3", "17,25", "abc", "1e1", "17;5", "1.234,5", "NaN"]
)
def test_what_is_no_mark_is_refused(typed):
    with pytest.raises(ValidationError):
        read_mark(typed, criterion=Criterion(max_marks=Decimal(30)))


@pytest.mark.parametrize(
    ("mark", "text"), [("17.5", "17,5"), ("27.0", "27"), ("30", "30"), ("0", "0"), ("100", "100")]
)
def test_marks_are_written_with_a_comma(mark, text):
    assert mark_text(Decimal(mark)) == text


def test_draft_may_be_incomplete_and_an_empty_field_clears_its_mark(sheet):
    save(sheet, "27", "17.5", remark="Phụ đề hơi nhỏ.")
    assert sheet.marks_by_key() == {"content": Decimal(27), "script": Decimal("17.5")}
    save(sheet, None, "18")
    sheet.refresh_from_db()
    assert sheet.marks_by_key() == {"script": Decimal(18)}
    assert (sheet.state, sheet.revision, sheet.saved_at) == ("draft", 2, NOW)


@pytest.mark.parametrize("mark", ["30.5", "-0.5", "17.3"])
def test_model_stores_no_mark_outside_the_scale(sheet, mark):
    with pytest.raises(ValueError, match="is no mark"), transaction.atomic():
        save(sheet, mark)
    assert not Mark.objects.exists()
    sheet.refresh_from_db()
    assert sheet.revision == 0


def test_incomplete_sheet_is_not_handed_in_and_the_criteria_are_named(sheet):
    save(sheet, "27", None, "21", None, "5")
    with pytest.raises(SheetIncomplete) as caught:
        sheet.submit(now=NOW)
    assert caught.value.args[0] == ["Kịch bản và ý tưởng", "Hiệu quả tuyên truyền"]
    sheet.refresh_from_db()
    assert (sheet.state, sheet.seal) == ("draft", "")


@pytest.mark.parametrize("most", [29, None])
def test_no_sheet_is_handed_in_while_the_criteria_do_not_sum_to_100(sheet, most):
    # A criterion that was marked once is kept by its history.
    save(sheet, None if most is None else FULL_MARKS[0], *FULL_MARKS[1:])
    first = sheet.judge.contest.criteria.filter(key="content")
    if most is None:
        first.delete()
    else:
        first.update(max_marks=most)
    with pytest.raises(CriteriaUnsettled):
        sheet.submit(now=NOW)


def test_handing_in_seals_the_marks_and_is_logged_without_them(sheet):
    save(sheet, *FULL_MARKS)
    sheet.submit(address="192.0.2.7", now=NOW)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.submitted_at) == ("submitted", NOW)
    assert len(sheet.seal) == 64
    assert sheet.seal == seal_of(sheet, sheet.marks_by_key())
    changed = {**sheet.marks_by_key(), "rules": Decimal("4.5")}
    assert sheet.seal != seal_of(sheet, changed)
    entry = AuditEntry.objects.get(action="score_sheet.submit")
    assert (entry.actor, entry.address, entry.contest) == (sheet.judge.user, "192.0.2.7", "hoi-thi")
    assert entry.after == {"seal": sheet.seal}


def test_second_hand_in_and_later_save_are_refused(sheet):
    save(sheet, *FULL_MARKS)
    sheet.submit(now=NOW)
    with pytest.raises(SheetSubmitted):
        sheet.submit(now=NOW)
    with pytest.raises(SheetSubmitted):
        save(sheet, "1")
    assert sheet.marks_by_key()["content"] == Decimal(27)
    assert AuditEntry.objects.filter(action="score_sheet.submit").count() == 1


def test_window_that_shows_an_older_save_overwrites_nothing(sheet):
    save(sheet, "27")
    with pytest.raises(SheetChangedElsewhere):
        save(sheet, "20", revision=0, remark="cũ")
    with pytest.raises(SheetChangedElsewhere):
        sheet.submit(revision=0, now=NOW)
    sheet.refresh_from_db()
    assert (sheet.marks_by_key(), sheet.remark) == ({"content": Decimal(27)}, "")


def test_marks_are_taken_until_one_microsecond_before_closing(contest, sheet):
    closes = contest.judging_closes_at
    save(sheet, "27", now=closes - MICROSECOND)
    for act in (
        lambda: save(sheet, "1", now=closes),
        lambda: sheet.submit(now=closes),
        lambda: open_sheet(judge=sheet.judge, video=sheet.video, now=closes),
        lambda: declare_conflict(judge=sheet.judge, unit=sheet.video.unit, reason="x", now=closes),
    ):
        with pytest.raises(JudgingClosed):
            act()
    sheet.refresh_from_db()
    assert (sheet.state, sheet.marks_by_key()) == ("draft", {"content": Decimal(27)})


def test_a_missing_sheet_is_excused_after_closing_until_results_are_final(contest, judge, video):
    closes = contest.judging_closes_at
    chair = make.make_judge(contest, "Lý Thị Sen", is_chair=True)
    sheet = open_sheet(judge=judge, video=video, now=closes, for_excuse=True)
    contest.final_at = closes
    contest.save()
    with pytest.raises(JudgingClosed):
        sheet.excuse(by=chair.user, reason="Nằm viện", now=closes)
    contest.final_at = None
    contest.save()
    sheet.excuse(by=chair.user, reason="Nằm viện", now=closes)
    assert sheet.state == "excused"


def test_marks_are_taken_from_the_opening_instant_on(contest, judge, video):
    opens = contest.judging_opens_at
    with pytest.raises(JudgingClosed):
        open_sheet(judge=judge, video=video, now=opens - MICROSECOND)
    save(open_sheet(judge=judge, video=video, now=opens), "1", now=opens)
    assert Mark.objects.get().value == 1


def test_one_judge_has_one_sheet_for_a_video(judge, video):
    first = open_sheet(judge=judge, video=video, now=NOW)
    assert open_sheet(judge=judge, video=video, now=NOW) == first


def test_excused_sheet_takes_no_marks_and_keeps_the_reason(contest, sheet):
    chair = make.make_judge(contest, "Lý Thị Sen", is_chair=True)
    save(sheet, *FULL_MARKS)
    sheet.excuse(by=chair.user, reason="Nằm viện", now=NOW)
    assert (sheet.state, sheet.excused_reason, sheet.excused_by) == (
        "excused",
        "Nằm viện",
        chair.user,
    )
    for act in (
        lambda: save(sheet, "1"),
        lambda: sheet.submit(now=NOW),
        lambda: sheet.excuse(by=chair.user, reason="khác", now=NOW),
    ):
        with pytest.raises(SheetExcused):
            act()
    assert AuditEntry.objects.get(action="score_sheet.excuse").reason == "Nằm viện"
    assert not ScoreSheet.objects.submitted().exists()
    assert ScoreSheet.objects.done().get() == sheet


def test_conflict_stops_every_write_to_the_units_sheet(judge, video, sheet):
    save(sheet, *FULL_MARKS)
    declare_conflict(judge=judge, unit=video.unit, reason="Vợ công tác tại đơn vị", now=NOW)
    for act in (
        lambda: save(sheet, "1"),
        lambda: sheet.submit(now=NOW),
        lambda: open_sheet(judge=judge, video=video, now=NOW),
    ):
        with pytest.raises(JudgeInConflict):
            act()
    assert sheet.marks_by_key()["content"] == Decimal(27)


def test_own_unit_of_a_judge_is_a_conflict(contest, video):
    judge = make.make_judge(contest, "Kim Ngọc Anh", unit=video.unit)
    with pytest.raises(JudgeInConflict):
        open_sheet(judge=judge, video=video, now=NOW)
    assert not ScoreSheet.objects.exists()


def test_conflict_is_stored_once_and_logged(judge, video):
    for reason in ("Vợ công tác tại đơn vị", "lần hai"):
        declare_conflict(judge=judge, unit=video.unit, reason=reason, now=NOW)
    assert [c.reason for c in judge.conflicts.all()] == ["Vợ công tác tại đơn vị"]
    assert AuditEntry.objects.get(action="conflict.declare").reason == "Vợ công tác tại đơn vị"


def test_default_criteria_are_stored_once_and_after_freezing_with_a_reason(contest):
    contest.criteria.all().delete()
    organizer = make.make_organizer(contest)
    for _again in range(2):
        use_default_criteria(contest=contest, by=organizer, reason="Quên nhập", now=NOW)
    assert list(contest.criteria.order_by("order").values_list("key", flat=True)) == [
        "content",
        "script",
        "technique",
        "effect",
        "rules",
    ]
    changes = SettingChange.objects.filter(contest=contest)
    assert {change.reason for change in changes} == {"Quên nhập"}
    assert changes.count() == 5
