"""The question bank and the quizzes in the administration."""

import pytest
from django.utils import timezone

from contests.models import (
    BlueprintRow,
    Question,
    SettingChange,
)
from tests.contests.admin_pages import DAY, at, change, errors, submit
from tests.contests.quizzes import make_bank, make_quiz, start
from tests.make import (
    make_contest,
    make_organizer,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def contest():
    return make_contest()


@pytest.fixture
def lý(contest, client):
    """An organizer, signed in."""
    user = make_organizer(contest, "Trần Thị Lý")
    client.force_login(user)
    return user


# ---------- questions ----------
CHOICES = {"choice_A": "Sở Nội vụ", "choice_B": "Văn phòng", "choice_C": "", "right": ["B"]}


def test_a_question_is_added_with_the_next_number(client, lý, contest):
    make_bank(contest, 2)
    url = f"{at('question', 'add')}?contest={contest.pk}"
    response = submit(client, url, text="Ai  chủ trì?", **CHOICES)
    assert response.status_code == 302, errors(response)
    made = contest.questions.get(number=3)
    assert (made.text, made.search_key) == ("Ai chủ trì?", "ai chu tri?")
    stored = made.choices.order_by("position").values_list("text", "is_correct")
    assert list(stored) == [("Sở Nội vụ", False), ("Văn phòng", True)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"choice_B": ""}, "choice_A"),
        ({"choice_B": "", "choice_C": "Ban"}, "choice_A"),
        ({"choice_B": "sở nội vụ"}, "choice_A"),
        ({"right": ["D"]}, "right"),
        ({"right": []}, "right"),
        ({"text": " "}, "text"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(client, lý, contest, changes, field):
    url = f"{at('question', 'add')}?contest={contest.pk}"
    assert field in errors(submit(client, url, **{"text": "Ai?", **CHOICES, **changes}))


def test_a_used_question_is_replaced_by_a_version_with_a_reason(client, lý, contest):
    quiz = make_quiz(contest, questions=1)
    start(quiz)
    question = contest.questions.get()
    url = change("question", question.pk)
    assert set(errors(submit(client, url, text="Câu đã sửa?"))) == {"reason"}
    response = submit(client, url, text="Câu đã sửa?", reason="Sai chữ", _continue="yes")
    made = contest.questions.get(is_current=True)
    assert (made.version, made.text) == (2, "Câu đã sửa?")
    assert response.headers["Location"] == change("question", made.pk)
    assert list(client.get(at("question")).context["cl"].queryset) == [made]
    assert not SettingChange.objects.exists()


def test_an_unused_question_is_edited_in_place_and_deleted(client, lý, contest):
    make_bank(contest, 1)
    question = contest.questions.get()
    url = change("question", question.pk)
    assert submit(client, url, right=["A"]).status_code == 302
    assert Question.objects.get().choices.get(is_correct=True).position == 0
    assert client.post(at("question", question.pk, "delete"), {"post": "yes"}).status_code == 302
    assert not Question.objects.exists()


def test_a_used_question_is_not_deleted(client, lý, contest):
    start(make_quiz(contest, questions=1))
    question = contest.questions.get()
    assert client.post(at("question", question.pk, "delete"), {"post": "yes"}).status_code == 403


def test_questions_are_found_without_tones(client, lý, contest):
    make_bank(contest, 2)
    found = client.get(at("question"), {"q": "CÂU hỏi số 2"}).context["cl"].queryset
    assert [question.number for question in found] == [2]


# ---------- quizzes ----------
def test_a_quiz_says_what_the_bank_lacks(client, lý, contest):
    quiz = make_quiz(contest, questions=3)
    assert client.get(change("quiz", quiz.pk)).context["warnings"] == []
    BlueprintRow.objects.create(quiz=quiz, topic="Chủ đề bí mật", difficulty="hard", count=2)
    page = client.get(change("quiz", quiz.pk))
    assert "Ngân hàng thiếu 2 câu cho dòng “Chủ đề bí mật, khó”." in page.text


def test_a_frozen_quiz_setting_changes_with_a_reason_only(client, lý, contest):
    quiz = make_quiz(contest)
    url = change("quiz", quiz.pk)
    assert set(errors(submit(client, url, duration_seconds="900"))) == {"reason"}
    assert submit(client, url, duration_seconds="900", reason="Thêm giờ").status_code == 302
    kept = SettingChange.objects.get()
    assert (kept.target, kept.before, kept.after) == ("quiz quiz-1 duration_seconds", 600, 900)


def test_moving_the_opening_away_is_a_frozen_change_too(client, lý, contest):
    quiz = make_quiz(contest)
    later = timezone.localtime(quiz.closes_at) + DAY
    moved = {
        "opens_at_0": f"{later:%d/%m/%Y}",
        "opens_at_1": "08:00",
        "closes_at_0": f"{later + DAY:%d/%m/%Y}",
        "closes_at_1": "08:00",
    }
    url = change("quiz", quiz.pk)
    assert set(errors(submit(client, url, **moved))) == {"reason"}
    assert submit(client, url, **moved, reason="Hoãn").status_code == 302
    assert SettingChange.objects.count() == 2


def test_a_frozen_blueprint_changes_with_a_reason_only(client, lý, contest):
    quiz = make_quiz(contest)
    url = change("quiz", quiz.pk)
    assert set(errors(submit(client, url, **{"blueprint-0-count": "2"}))) == {"inline"}
    assert quiz.blueprint.get().count == 3
    done = submit(client, url, **{"blueprint-0-count": "2"}, reason="Ngân hàng thiếu")
    assert done.status_code == 302
    kept = SettingChange.objects.get()
    assert (kept.target, kept.before) == ("quiz quiz-1 blueprint", ["câu hỏi bất kỳ: 3"])
    assert kept.after == ["câu hỏi bất kỳ: 2"]


def test_a_quiz_closes_after_it_opens(client, lý, contest):
    opens = timezone.localtime() + DAY
    url = f"{at('quiz', 'add')}?contest={contest.pk}"
    when = {"opens_at_0": f"{opens:%d/%m/%Y}", "opens_at_1": "08:00"}
    when |= {"closes_at_0": f"{opens:%d/%m/%Y}", "closes_at_1": "07:00"}
    wrong = submit(client, url, name="Đợt 1", slug="dot-1", **when)
    assert "phải đóng sau khi mở" in str(errors(wrong)).lower()
    right = submit(client, url, name="Đợt 1", slug="dot-1", **{**when, "closes_at_1": "09:00"})
    assert right.status_code == 302, errors(right)
    quiz = contest.quizzes.get()
    assert timezone.localtime(quiz.opens_at).date() == opens.date()


def test_attempts_are_told_apart_by_quiz_where_a_contest_has_several(client, lý, contest):
    first = make_quiz(contest, name="Đợt 1")
    attempt = start(first)
    assert "Theo phần thi" not in client.get(at("attempt")).content.decode()
    second = make_quiz(contest, name="Đợt 2", slug="quiz-2")
    page = client.get(at("attempt"), {"contest": contest.pk})
    assert "Đợt 2" in page.content.decode()
    for quiz, found in ((first, [attempt]), (second, [])):
        page = client.get(at("attempt"), {"contest": contest.pk, "quiz": quiz.pk})
        assert list(page.context["cl"].queryset) == found
    assert (
        not client.get(at("attempt"), {"contest": contest.pk, "quiz": "x"}).context["cl"].queryset
    )
