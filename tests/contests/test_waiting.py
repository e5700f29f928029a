"""Before a quiz opens: the page to wait on, with the start in it, that the server still refuses."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from contests.models import Attempt, Exclusion, Participant, Quiz
from tests.contests.quizzes import HOUR, MINUTE, make_participant, make_quiz, start

pytestmark = pytest.mark.django_db
HIDDEN_START = re.compile(
    r"<div[^>]*data-after hidden>.*<button[^>]*type=\"submit\" disabled>Bắt đầu làm bài", re.DOTALL
)


@pytest.fixture
def quiz() -> Quiz:
    """A quiz that opens in an hour, for two hours."""
    return make_quiz(now=timezone.now() + 2 * HOUR, questions=15)


@pytest.fixture
def person(quiz: Quiz, client: Client) -> Participant:
    person = make_participant(quiz.contest)
    client.force_login(person.user)
    return person


def room(client: Client, quiz: Quiz) -> str:
    response = client.get(f"/{quiz.contest.slug}/quiz/")
    assert response.status_code == 200
    return response.content.decode()


def utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_the_page_holds_the_start_hidden_and_says_what_happens(client, quiz, person) -> None:
    said = room(client, quiz)

    assert HIDDEN_START.search(said)
    assert f'data-opens="{utc(quiz.opens_at)}"' in said
    local = timezone.localtime(quiz.opens_at)
    assert f"Phần thi mở lúc {local:%H:%M} ngày {local:%d/%m/%Y}." in said
    assert f"Đến {local:%H:%M} ngày {local:%d/%m/%Y}, anh/chị tải lại trang này" in said
    assert "Đề có 15 câu hỏi, thời gian làm bài 10 phút." in said
    assert "js/quiz-room.js" in said


def test_a_window_shorter_than_the_quiz_is_told_as_it_is(client, quiz, person) -> None:
    Quiz.objects.update(closes_at=quiz.opens_at + 4 * MINUTE)

    assert "thời gian làm bài 4 phút." in room(client, quiz)


def test_the_server_refuses_an_early_start(client, quiz, person) -> None:
    answered = client.post(f"/{quiz.contest.slug}/quiz/{quiz.slug}/start/", follow=True)

    assert "Phần thi mở lúc" in answered.content.decode()
    assert not Attempt.objects.exists()


def test_the_form_of_the_waiting_page_starts_after_the_opening(quiz, person) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(person.user)
    said = room(careful, quiz)
    form = said[said.index("data-after") :]
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[0]
    address = re.findall(r'action="([^"]+)"', form)[0]
    Quiz.objects.update(opens_at=timezone.now() - MINUTE)

    assert careful.post(address).status_code == 403
    answered = careful.post(address, {"csrfmiddlewaretoken": token})

    attempt = Attempt.objects.get()
    assert answered.headers["Location"] == f"/{quiz.contest.slug}/attempts/{attempt.pk}/"


def test_who_may_not_start_is_told_so_and_does_not_wait(client, quiz, person) -> None:
    Exclusion.objects.create(contest=quiz.contest, full_name=person.full_name, phone=person.phone)

    said = room(client, quiz)

    assert "không tham gia phần thi" in said
    assert "data-opens" not in said
    assert "js/quiz-room.js" not in said


def test_who_has_used_all_attempts_does_not_wait(client, quiz, person) -> None:
    now = timezone.now()
    Quiz.objects.update(opens_at=now - HOUR)
    quiz.refresh_from_db()
    start(quiz, person=person).submit(now=timezone.now())
    Quiz.objects.update(opens_at=now + HOUR)

    assert "data-opens" not in room(client, quiz)


def test_an_open_quiz_has_no_waiting_room(client, quiz, person) -> None:
    Quiz.objects.update(opens_at=timezone.now() - MINUTE)

    said = room(client, quiz)

    assert "data-opens" not in said
    assert 'type="submit">Bắt đầu làm bài' in said


def test_of_several_quizzes_each_that_is_to_come_waits_by_itself(client, quiz, person) -> None:
    make_quiz(quiz.contest, slug="tuan-2", now=timezone.now() + 24 * HOUR)
    make_quiz(quiz.contest, slug="tuan-0")

    said = room(client, quiz)

    assert said.count("data-opens=") == 2
    assert said.count('type="submit">Bắt đầu làm bài') == 1
    for slug in (quiz.slug, "tuan-2", "tuan-0"):
        assert said.count(f'action="/{quiz.contest.slug}/quiz/{slug}/start/"') == 1
