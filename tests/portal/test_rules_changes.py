"""Every kind of change after freezing is printed in Vietnamese, with names and values (C4)."""

import datetime as dt
import html

import pytest
from django.utils import timezone

from contests import freezing
from contests.models import Choice, Contest, Quiz, SettingChange
from contests.models.quizzes import GRACE
from contests.regrading import mend_key
from portal.rules_changes import describe
from scoring.models import Criterion
from scoring.models.criteria import record_criterion_change, values_of
from tests.clock import standing_at
from tests.contests.admin_pages import submit
from tests.contests.quizzes import TICK, start
from tests.contests.quizzes import make_quiz as open_quiz
from tests.make import make_contest, make_criteria, make_organizer, make_unit
from tests.portal.cast import make_quiz

NAMES = {("quiz", "quiz-1"): "Đợt 1", ("criterion", "content"): "Nội dung"}


def printed(target, before, after, names=NAMES):
    return describe(SettingChange(target=target, before=before, after=after), names)


@pytest.mark.parametrize(
    ("target", "before", "after", "said"),
    [
        ("quiz_weight", 40, 50, "trắc nghiệm, %: 40 → 50"),
        (
            "judge_aggregate",
            "mean",
            "median",
            "trung bình các phiếu chấm → trung vị các phiếu chấm",
        ),
        ("award_needs_both", True, False, "có → không"),
        (
            "judging_opens_at",
            "2026-12-21T01:00:00+00:00",
            "2026-12-21T02:30:00+00:00",
            "08:00 21/12/2026 → 09:30 21/12/2026",
        ),
        ("quiz quiz-1 duration_seconds", 600, 1200, "Đợt 1, thời gian làm bài, giây: 600 → 1.200"),
        ("quiz quiz-1 show_score", True, False, "Đợt 1, cho xem điểm ngay sau khi nộp: có → không"),
        (
            "quiz quiz-1 blueprint",
            ["câu hỏi bất kỳ: 15"],
            ["Một cửa, dễ: 5", "câu hỏi bất kỳ: 10"],
            "câu hỏi bất kỳ: 15 → Một cửa, dễ: 5; câu hỏi bất kỳ: 10",
        ),
        ("unit DV01 headcount", None, 1134, "DV01, số CBCCVC: – → 1.134"),
        ("award unit 1", "1. Giải Nhất: 1", None, "cơ cấu giải thưởng, "),
        (
            "question 12 1 key",
            None,
            {"kind": "accept", "choice": "B"},
            "Đáp án câu 12 (phiên bản 1): chấp nhận thêm phương án B",
        ),
        (
            "question 12 2 key",
            None,
            {"kind": "accept_all", "choice": ""},
            "Đáp án câu 12 (phiên bản 2): chấp nhận mọi phương án đã chọn",
        ),
        (
            "question 3 1 key",
            None,
            {"kind": "drop", "choice": ""},
            "Câu 3 (phiên bản 1): loại khỏi phần tính điểm của tất cả mọi người",
        ),
        ("award person quiz-1 1", None, "1. Giải cá nhân: 5", "– → 1. Giải cá nhân: 5"),
    ],
)
def test_a_change_is_printed(target, before, after, said):
    assert said in printed(target, before, after)


@pytest.mark.parametrize("target", ["award unit 1", "award person quiz-1 1", "award video 1"])
def test_awards_name_their_ranking_and_no_key(target):
    said = printed(target, None, "1. Giải Nhất: 1")
    assert not {"award", "unit", "person", "quiz-1"} & set(said.replace(",", " ").split())


@pytest.mark.parametrize(
    ("target", "chain", "words"),
    [
        ("unit_chain", ["video", "quiz", "turnout", "mean_seconds"], 4),
        ("person_chain", ["seconds", "prediction", "finished_at"], 3),
        ("video_chain", ["criteria"], 1),
    ],
)
def test_an_order_among_equals_is_printed_in_words(target, chain, words):
    said = printed(target, chain, [])
    assert said.endswith(" → –")
    order = said.removesuffix(" → –").split(": ", 1)[1].split("; ")
    assert len(order) == words
    assert not set(order) & {*chain}


CONTENT = {"name": "Nội dung", "description": "Có việc thật", "order": "1", "max_marks": "30.0"}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            CONTENT,
            {**CONTENT, "max_marks": "27.5"},
            "tiêu chí “Nội dung”: điểm tối đa 30 → điểm tối đa 27,5",
        ),
        (
            CONTENT,
            {**CONTENT, "name": "Nội dung và ý nghĩa", "description": ""},
            "tiêu chí “Nội dung”: tiêu chí Nội dung, mô tả Có việc thật →"
            " tiêu chí Nội dung và ý nghĩa",
        ),
        (None, {**CONTENT, "description": ""}, "điểm tối đa 30"),
    ],
)
def test_of_a_criterion_only_what_differs_is_printed(before, after, said):
    assert said in printed("criterion content", before, after)


def test_a_row_that_has_gone_is_named_by_its_key():
    assert printed("criterion content", CONTENT, None, {}).startswith("tiêu chí “content”: ")
    assert printed("quiz quiz-1 opens_at", None, None, {}).startswith("quiz-1, ")


def test_a_criterion_called_like_a_setting_is_no_setting():
    assert printed("criterion quiz_weight", None, None).startswith("tiêu chí “quiz_weight”")


@pytest.mark.django_db
def test_every_target_that_is_recorded_is_known(client):
    """Whatever the rooms freeze is recorded for real, then printed: no key comes through."""
    contest = make_contest(unit_chain=["video"])
    organizer = make_organizer(contest)
    client.force_login(organizer)
    quiz, unit = make_quiz(contest, name="Đợt 1", slug="quiz-1"), make_unit(contest, "DV01")
    make_criteria(contest)
    now = timezone.now()
    for target, fields in (
        ("", Contest.FROZEN_FIELDS),
        (f"quiz {quiz.slug}", (*Quiz.FROZEN_FIELDS, "blueprint")),
        (f"unit {unit.code}", ("headcount",)),
    ):
        freezing.record_changes(
            contest=contest,
            target=target,
            changes=[freezing.Change(name, None, "x") for name in fields],
            frozen=True,
            reason="Lý do",
            by=organizer,
            now=now,
        )
    criterion = contest.criteria.get(key="content")
    record_criterion_change(
        criterion=criterion,
        before=values_of(criterion),
        after=None,
        by=organizer,
        reason="Lý do",
        now=now + dt.timedelta(seconds=1),
    )
    added = f"/admin/scoring/awardtier/add/?contest={contest.pk}"
    submit(client, added, scope="unit", order="1", name="Giải Nhất", count="1", reason="Lý do")
    found = list(contest.setting_changes.order_by("pk"))
    assert len(found) == len(Contest.FROZEN_FIELDS) + len(Quiz.FROZEN_FIELDS) + 4
    names = {("quiz", "quiz-1"): "Đợt 1"} | {
        ("criterion", row.key): row.name for row in Criterion.objects.filter(contest=contest)
    }
    for change in found:
        said = describe(change, names).split(": ")[0]
        assert change.target not in said
        assert not any(f"{part}" in said for part in change.target.split() if part.islower())


@pytest.mark.django_db
def test_a_mended_key_is_printed_once_nobody_can_answer_the_question_any_more(client):
    """The letter of a right choice is a key (rules: Q10): no page tells it before (rules: C4)."""
    now = timezone.now()
    quiz = open_quiz(questions=3, now=now)
    clerk = make_organizer(quiz.contest)
    attempt = start(quiz, now=now)
    attempt.submit(now=now)
    choice = Choice.objects.get(question__contest=quiz.contest, question__number=1, position=2)
    mend_key(
        question=choice.question,
        kind="accept",
        choice=choice,
        reason="Nghị định thay thế",
        by=clerk,
        now=now,
    )
    page = f"/{quiz.contest.slug}/"
    for moment, is_told in (
        (now, False),
        (quiz.closes_at - TICK, False),
        (quiz.closes_at + GRACE - TICK, False),
        (quiz.closes_at + GRACE, True),
    ):
        with standing_at(moment):
            text = html.unescape(client.get(page).content.decode())
        assert ("Đáp án câu 1 (phiên bản 1): chấp nhận thêm phương án C" in text) is is_told
        assert ("Nghị định thay thế" in text) is is_told
