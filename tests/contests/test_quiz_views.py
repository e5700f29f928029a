"""The quiz's pages: what each state shows, what a plain form does, what never leaves the server."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from contests import tokens
from contests.durations import in_words
from contests.models import Attempt, Choice, Participant, Quiz
from tests.contests.quizzes import (
    HOUR,
    MINUTE,
    SECOND,
    SECRETS,
    make_participant,
    make_quiz,
    start,
    stored,
)
from tests.make import make_contest

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz()


@pytest.fixture
def person(quiz: Quiz, client: Client) -> Participant:
    """A participant whom `client` is signed in as."""
    person = make_participant(quiz.contest)
    client.force_login(person.user)
    return person


def quiz_url(quiz: Quiz) -> str:
    return f"/{quiz.contest.slug}/quiz/"


def url(attempt: Attempt, part: str = "") -> str:
    return f"/{attempt.quiz.contest.slug}/attempts/{attempt.pk}/{part}"


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def form(attempt: Attempt, **answers: str) -> dict[str, str]:
    return {"token": tokens.make(attempt), "revision": "0", **answers}


# --- the start page -------------------------------------------------------------------------------


def test_the_start_page_names_the_full_time(client: Client, quiz, person) -> None:
    text = page(client, quiz_url(quiz))

    assert "Bắt đầu bây giờ thì thời gian làm bài là 10 phút." in text
    assert "Bắt đầu làm bài" in text


def test_a_late_start_page_names_the_real_time(client: Client, quiz, person) -> None:
    Quiz.objects.update(closes_at=timezone.now() + 6 * MINUTE + 1 * SECOND)

    text = page(client, quiz_url(quiz))

    assert re.search(
        r"Bắt đầu bây giờ thì thời gian làm bài là (6 phút|5 phút \d\d giây), không phải 10 phút",
        text,
    )


@pytest.mark.parametrize(
    ("opens", "closes", "said"),
    [(HOUR, 2 * HOUR, "Phần thi mở lúc"), (-2 * HOUR, -HOUR, "Phần thi đã đóng lúc")],
)
def test_outside_the_window_the_page_says_when(
    client: Client, quiz, person, opens: dt.timedelta, closes: dt.timedelta, said: str
) -> None:
    now = timezone.now()
    Quiz.objects.update(opens_at=now + opens, closes_at=now + closes)

    text = page(client, quiz_url(quiz))

    assert said in text
    assert 'type="submit">Bắt đầu làm bài' not in text


def test_a_closed_window_is_answered_in_words(client: Client, quiz, person) -> None:
    Quiz.objects.update(closes_at=timezone.now() - SECOND)

    response = client.post(f"{quiz_url(quiz)}{quiz.slug}/start/", follow=True)

    assert "Phần thi đã đóng lúc" in response.content.decode()
    assert not Attempt.objects.exists()


def test_a_second_start_is_answered_in_words(client: Client, quiz, person) -> None:
    start(quiz, person=person).submit(now=timezone.now())

    response = client.post(f"{quiz_url(quiz)}{quiz.slug}/start/", follow=True)

    assert "Anh/chị đã dùng hết số lượt thi của phần thi này." in response.content.decode()
    assert Attempt.objects.count() == 1


def test_starting_leads_to_the_paper_and_starting_again_to_the_same(
    client: Client, quiz, person
) -> None:
    address = f"{quiz_url(quiz)}{quiz.slug}/start/"

    first = client.post(address)
    second = client.post(address)

    assert first.headers["Location"] == second.headers["Location"] == url(Attempt.objects.get())


def test_a_running_attempt_can_be_gone_on_with(client: Client, quiz, person) -> None:
    attempt = start(quiz, person=person)

    text = page(client, quiz_url(quiz))

    assert f'href="{url(attempt)}"' in text
    assert "Làm tiếp" in text
    assert "Bắt đầu làm bài" not in text


def test_who_has_finished_finds_the_result(client: Client, quiz, person) -> None:
    attempt = start(quiz, person=person)
    attempt.submit(now=timezone.now())

    text = page(client, quiz_url(quiz))

    assert attempt.receipt in text
    assert f'href="{url(attempt, "result/")}"' in text


def test_a_contest_without_a_quiz_says_so(client: Client) -> None:
    person = make_participant(make_contest())
    client.force_login(person.user)

    assert "Chưa có phần thi trắc nghiệm" in page(client, f"/{person.contest.slug}/quiz/")


@pytest.mark.parametrize("quizzes", [1, 3])
def test_the_start_page_asks_the_same_for_each_quiz(
    client: Client, quiz, person, django_assert_max_num_queries, quizzes: int
) -> None:
    for number in range(2, quizzes + 1):
        make_quiz(quiz.contest, slug=f"quiz-{number}")

    with django_assert_max_num_queries(8 + 2 * quizzes):
        page(client, quiz_url(quiz))


# --- the paper ------------------------------------------------------------------------------------


def test_the_paper_shows_the_questions_in_order_with_what_is_saved(
    client: Client, quiz, person
) -> None:
    attempt = start(quiz, person=person)
    client.post(url(attempt, "save/"), form(attempt, q1="3"))

    text = page(client, url(attempt))

    numbers = [int(number) for number in re.findall(r"Câu hỏi số (\d+):", text)]
    assert numbers == [1, 2, 3]
    assert re.findall(r'name="(q\d)" value="(\d)" checked', text) == [("q1", "3")]
    assert re.search(r"Đã lưu phương án D lúc \d\d:\d\d:\d\d", text)


def test_pages_of_an_attempt_are_never_kept_by_the_browser(client: Client, quiz, person) -> None:
    attempt = start(quiz, person=person)

    for part in ("", "confirm/"):
        assert "no-store" in client.get(url(attempt, part)).headers["Cache-Control"]


def test_the_page_carries_nothing_inline(client: Client, quiz, person) -> None:
    text = page(client, url(start(quiz, person=person)))

    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)


@pytest.mark.parametrize("part", ["", "confirm/", "result/"])
def test_anybody_elses_attempt_is_not_found(client: Client, quiz, person, part: str) -> None:
    assert client.get(url(start(quiz), part)).status_code == 404


@pytest.mark.parametrize("part", ["save/", "submit/"])
def test_nobody_writes_into_anybody_elses_attempt(client: Client, quiz, person, part: str) -> None:
    attempt = start(quiz)

    assert client.post(url(attempt, part), form(attempt, q0="1")).status_code == 404
    attempt.refresh_from_db()
    assert attempt.is_running
    assert stored(attempt) == {}


def test_without_a_session_one_is_asked_to_sign_in(client: Client, quiz) -> None:
    response = client.get(url(start(quiz)))

    assert response.status_code == 302
    assert response.headers["Location"].startswith(f"/{quiz.contest.slug}/sign-in/")


@pytest.mark.parametrize("part", ["save/", "submit/"])
def test_a_form_without_its_csrf_token_is_refused(quiz, person, part: str) -> None:
    attempt = start(quiz, person=person)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person.user)

    assert strict.post(url(attempt, part), form(attempt, q0="1")).status_code == 403
    attempt.refresh_from_db()
    assert attempt.is_running
    assert stored(attempt) == {}


def test_start_without_its_csrf_token_is_refused(quiz, person) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person.user)

    assert strict.post(f"{quiz_url(quiz)}{quiz.slug}/start/").status_code == 403
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("questions", [3, 15])
def test_the_paper_takes_the_same_queries_however_long(
    client: Client, quiz, person, django_assert_max_num_queries, questions: int
) -> None:
    longer = make_quiz(make_contest("khac"), questions=questions)
    other = make_participant(longer.contest, phone="0912345678")
    client.force_login(other.user)
    attempt = start(longer, person=other)

    with django_assert_max_num_queries(9):
        page(client, url(attempt))


# --- the plain form -------------------------------------------------------------------------------


def test_a_plain_form_saves_what_is_chosen_and_deletes_nothing(
    client: Client, quiz, person
) -> None:
    attempt = start(quiz, person=person)
    client.post(url(attempt, "save/"), form(attempt, q0="1", q2="3"))

    response = client.post(url(attempt, "save/"), form(attempt, revision="1", q0="2"), follow=True)

    assert stored(attempt) == {0: 2, 2: 3}
    assert "Đã lưu các câu trả lời." in response.content.decode()


def test_an_outdated_form_does_not_overwrite_a_newer_answer(client: Client, quiz, person) -> None:
    attempt = start(quiz, person=person)
    old = form(attempt, q0="1", q1="1")
    client.post(url(attempt, "save/"), form(attempt, q0="2"))

    response = client.post(url(attempt, "save/"), old, follow=True)

    assert stored(attempt) == {0: 2, 1: 1}
    assert "Câu 1 vừa được trả lời ở một trang khác" in response.content.decode()


def test_the_form_of_a_replaced_writer_saves_nothing(client: Client, quiz, person) -> None:
    attempt = start(quiz, person=person)
    old = form(attempt, q0="1")
    attempt.take_over(holder="another", now=timezone.now())

    response = client.post(url(attempt, "save/"), old, follow=True)

    assert stored(attempt) == {}
    assert "bài thi đã được mở ở nơi khác: câu 1: B." in response.content.decode()


@pytest.mark.parametrize(
    "change",
    [{"q0": "x"}, {"q0": "-1"}, {"q0": "9"}, {"revision": "x"}, {"revision": "-1"}, {"token": "x"}],
)
def test_a_form_that_is_none_of_ours_is_answered_in_words(
    client: Client, quiz, person, change: dict[str, str]
) -> None:
    attempt = start(quiz, person=person)

    response = client.post(url(attempt, "save/"), {**form(attempt, q0="1"), **change}, follow=True)

    assert response.redirect_chain == [(url(attempt), 302)]
    assert "note bad" in response.content.decode()
    assert stored(attempt) == {}


def test_the_token_of_another_attempt_saves_nowhere(client: Client, quiz, person) -> None:
    own, foreign = start(quiz, person=person), start(quiz)

    client.post(url(own, "save/"), form(foreign, q0="1"))

    assert (stored(own), stored(foreign)) == ({}, {})


def test_handing_in_asks_first_and_lists_what_is_open(client: Client, quiz, person) -> None:
    attempt = start(quiz, person=person)

    response = client.post(url(attempt, "save/"), form(attempt, q1="0", hand_in="1"), follow=True)

    text = response.content.decode()
    assert response.redirect_chain == [(url(attempt, "confirm/"), 302)]
    assert "Còn 2 câu chưa trả lời." in text
    assert "câu 1, 3" in text
    attempt.refresh_from_db()
    assert attempt.is_running


def test_a_prediction_is_asked_for_and_stored(client: Client, quiz, person) -> None:
    Quiz.objects.update(prediction_kind="perfect")
    attempt = start(quiz, person=person)

    assert 'name="prediction"' in page(client, url(attempt, "confirm/"))
    client.post(url(attempt, "submit/"), {"prediction": "1.234"})

    attempt.refresh_from_db()
    assert attempt.prediction == 1234


# --- the end --------------------------------------------------------------------------------------


def test_the_receipt_says_score_time_and_answers(client: Client, quiz, person) -> None:
    now = timezone.now()
    attempt = start(quiz, person=person, now=now - 64 * SECOND)
    client.post(url(attempt, "save/"), form(attempt, q0="1", q1="0"))
    attempt.submit(now=now)

    text = page(client, url(attempt, "result/"))

    assert "1 phút 04 giây" in text
    assert re.search(r"Số câu đúng</dt><dd>1 / 3<", text)
    assert re.search(r"Câu đã trả lời</dt><dd>2 / 3<", text)
    assert attempt.receipt in text


@pytest.mark.parametrize("change", [{"show_score": False}, {"attempts_allowed": 2}])
def test_the_score_waits_for_the_closing_where_the_quiz_says_so(
    client: Client, quiz, person, change: dict[str, int]
) -> None:
    Quiz.objects.update(**change)
    attempt = start(Quiz.objects.get(), person=person)
    attempt.submit(now=timezone.now())

    assert "Số câu đúng</dt>" not in page(client, url(attempt, "result/"))
    Quiz.objects.update(closes_at=timezone.now() - 6 * SECOND)
    assert "Số câu đúng</dt>" in page(client, url(attempt, "result/"))


def test_an_unconfirmed_person_is_told_that_the_attempt_does_not_count_yet(
    client: Client, quiz, person
) -> None:
    Participant.objects.update(confirmed_at=None)
    attempt = start(quiz, person=person)
    attempt.submit(now=timezone.now())

    assert "Đơn vị chưa xác nhận anh/chị." in page(client, url(attempt, "result/"))


@pytest.mark.parametrize("part", ["", "result/"])
def test_in_the_grace_the_pages_wait_and_show_no_result(
    client: Client, quiz, person, part: str
) -> None:
    attempt = start(quiz, person=person, now=timezone.now() - 10 * MINUTE - SECOND)

    text = page(client, url(attempt, part))

    assert "Đang nhận câu trả lời cuối." in text
    assert "Số câu đúng" not in text
    attempt.refresh_from_db()
    assert attempt.is_running


def test_in_the_grace_a_plain_form_still_saves(client: Client, quiz, person) -> None:
    attempt = start(quiz, person=person, now=timezone.now() - 10 * MINUTE - SECOND)

    client.post(url(attempt, "save/"), form(attempt, q0="1"))

    assert stored(attempt) == {0: 1}


def test_past_the_grace_any_page_leads_to_the_result(client: Client, quiz, person) -> None:
    attempt = start(quiz, person=person, now=timezone.now() - 11 * MINUTE)

    response = client.get(url(attempt), follow=True)

    assert response.redirect_chain == [(url(attempt, "result/"), 302)]
    assert "Hết giờ, bài thi đã được ghi nhận" in response.content.decode()
    attempt.refresh_from_db()
    assert attempt.finished_at == attempt.deadline_at


def test_a_form_past_the_grace_is_answered_in_words(client: Client, quiz, person) -> None:
    attempt = start(quiz, person=person, now=timezone.now() - 11 * MINUTE)

    response = client.post(url(attempt, "save/"), form(attempt, q0="1"), follow=True)

    assert "quá muộn" in response.content.decode()
    assert stored(attempt) == {}


def test_handing_in_twice_shows_the_same_result(client: Client, quiz, person) -> None:
    attempt = start(quiz, person=person)
    client.post(url(attempt, "submit/"))
    attempt.refresh_from_db()
    first = attempt.finished_at

    response = client.post(url(attempt, "submit/"))

    attempt.refresh_from_db()
    assert response.headers["Location"] == url(attempt, "result/")
    assert attempt.finished_at == first


# --- what never leaves the server -----------------------------------------------------------------


def test_no_page_tells_a_key_or_an_id_of_the_bank(client: Client, person, quiz) -> None:
    for choice in Choice.objects.order_by("pk"):
        Choice.objects.filter(pk=choice.pk).update(id=987_000 + choice.pk)
    attempt = start(quiz, person=person)
    ids = [str(choice) for item in attempt.paper for choice in item["c"]]
    assert min(ids) > "987"
    pages = [page(client, address) for address in (url(attempt), url(attempt, "confirm/"))]
    attempt.submit(now=timezone.now())
    pages += [page(client, address) for address in (url(attempt, "result/"), quiz_url(quiz))]

    for text in pages:
        assert not any(word in text for word in (*SECRETS, *ids, "is_correct", attempt.seal))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 giây"),
        (45, "45 giây"),
        (60, "1 phút"),
        (64, "1 phút 04 giây"),
        (567, "9 phút 27 giây"),
    ],
)
def test_durations_in_words(seconds: int, words: str) -> None:
    assert in_words(seconds) == words
