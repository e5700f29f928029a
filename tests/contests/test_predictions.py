"""The prediction question: what is taken, what is asked again, and what it never costs."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from contests import predictions
from contests.models import Attempt, Participant, Quiz
from tests.contests.quizzes import HOUR, MINUTE, SECOND, make_participant, make_quiz, start

BAD = ["abc", "-3", "1" * 12, "12,5", "1.5", "1..000", "12 3", "１２", "²", "1e3", "x\0y", "١٢"]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("", None),
        ("  ", None),
        ("0", 0),
        (" 120 ", 120),
        ("007", 7),
        ("1.234", 1234),
        ("12 345 678", 12_345_678),
        ("99999999", 99_999_999),
    ],
)
def test_a_whole_number_is_read_as_people_write_it(typed: str, number: int | None) -> None:
    assert predictions.read(typed) == number


@pytest.mark.parametrize("typed", BAD)
def test_anything_else_is_no_number(typed: str) -> None:
    with pytest.raises(predictions.NoWholeNumber):
        predictions.read(typed)


# --- handing in -----------------------------------------------------------------------------------

SENTENCE = "Chưa nộp bài: dự đoán phải là một số nguyên, hoặc để trống."


@pytest.fixture
def quiz(db: None) -> Quiz:
    return make_quiz(prediction_kind="perfect")


@pytest.fixture
def person(quiz: Quiz, client: Client) -> Participant:
    person = make_participant(quiz.contest)
    client.force_login(person.user)
    return person


def url(attempt: Attempt, part: str) -> str:
    return f"/{attempt.quiz.contest.slug}/attempts/{attempt.pk}/{part}/"


@pytest.mark.parametrize("typed", BAD)
def test_while_there_is_time_the_sheet_asks_again(client: Client, quiz, person, typed) -> None:
    attempt = start(quiz, person=person)

    answer = client.post(url(attempt, "submit"), {"prediction": typed})

    assert answer.status_code == 422
    assert SENTENCE in answer.text
    attempt.refresh_from_db()
    assert attempt.is_running
    # What was typed stands there to be mended, and the right number then goes through.
    assert client.post(url(attempt, "submit"), {"prediction": "12"}).status_code == 302
    attempt.refresh_from_db()
    assert (attempt.state, attempt.prediction) == ("submitted", 12)


def test_what_was_typed_is_shown_again_escaped(client: Client, quiz, person) -> None:
    attempt = start(quiz, person=person)

    text = client.post(url(attempt, "submit"), {"prediction": '"><b>năm'}).text

    assert 'value="&quot;&gt;&lt;b&gt;năm"' in text
    assert 'aria-invalid="true"' in text


def test_nothing_typed_hands_in_without_a_prediction(client: Client, quiz, person) -> None:
    for data in ({}, {"prediction": " "}):
        attempt = start(quiz, person=make_participant(quiz.contest))
        client.force_login(attempt.participant.user)
        assert client.post(url(attempt, "submit"), data).status_code == 302
        attempt.refresh_from_db()
        assert (attempt.state, attempt.prediction) == ("submitted", None)


@pytest.mark.parametrize("over", [SECOND, MINUTE])
def test_at_the_end_no_prediction_keeps_anybody_from_handing_in(
    client: Client, quiz, person, over: dt.timedelta
) -> None:
    attempt = start(quiz, person=person, now=timezone.now() - 10 * MINUTE - over)

    assert client.post(url(attempt, "submit"), {"prediction": "abc"}).status_code == 302

    attempt.refresh_from_db()
    assert not attempt.is_running
    assert attempt.finished_at == attempt.deadline_at
    assert attempt.prediction is None


def test_who_has_handed_in_is_not_asked_again(client: Client, quiz, person) -> None:
    attempt = start(quiz, person=person)
    attempt.submit(prediction=5, now=timezone.now())

    assert client.post(url(attempt, "submit"), {"prediction": "abc"}).status_code == 302

    attempt.refresh_from_db()
    assert attempt.prediction == 5


def test_a_quiz_that_asks_for_none_takes_none(client: Client, quiz, person) -> None:
    Quiz.objects.update(prediction_kind="none")
    attempt = start(quiz, person=person)

    assert client.post(url(attempt, "submit"), {"prediction": "abc"}).status_code == 302

    attempt.refresh_from_db()
    assert (attempt.state, attempt.prediction) == ("submitted", None)


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("perfect", "sẽ có bao nhiêu người trả lời đúng tất cả các câu?"),
        ("finished", "sẽ có bao nhiêu lượt thi hoàn thành?"),
    ],
)
def test_both_sheets_say_what_is_asked(client: Client, quiz, person, kind, label) -> None:
    Quiz.objects.update(prediction_kind=kind, closes_at=timezone.now() + HOUR)
    attempt = start(quiz, person=person)

    for page in (f"/{quiz.contest.slug}/attempts/{attempt.pk}/", url(attempt, "confirm")):
        assert label in client.get(page).text
