"""Races in the quiz: many threads with database connections of their own, let go at one instant."""

import copy
import json
import os
import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from contests import tokens
from contests.clock import database_now
from contests.models import Attempt, StartRefused
from tests.contests.quizzes import (
    MINUTE,
    SECOND,
    make_bank,
    make_participant,
    make_quiz,
    start,
    stored,
)
from tests.drills.crowd import Crowd, a_crowd
from tests.make import make_contest

pytestmark = pytest.mark.django_db(transaction=True)

# One in ten of the full size in every run of CI.
SHARE = {"small": 10, "full": 1}[os.environ.get("DRILLS", "small")]
SUBMITTED_ATTEMPTS = 1_000 // SHARE
SAVED_ROUNDS = 2_000 // SHARE
STARTS = 500 // SHARE
ROUNDS = 60 // SHARE
CORRECT = 1

_kept = threading.local()


@pytest.fixture
def few() -> Iterator[Crowd]:
    with a_crowd(25) as threads:
        yield threads


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    with a_crowd() as threads:
        yield threads


def save(token: str, position: int, choice: int, revision: int) -> tuple[int, dict]:
    if not hasattr(_kept, "client"):
        _kept.client = Client()
    response = _kept.client.post(
        "/api/answers/",
        json.dumps({"token": token, "position": position, "choice": choice, "revision": revision}),
        content_type="application/json",
    )
    return response.status_code, response.json()


def test_a_hundred_submits_give_one_result(
    crowd: Crowd, few: Crowd, capsys: pytest.CaptureFixture[str]
) -> None:
    quiz = make_quiz(questions=15)
    results_of_all = set()
    for number in range(SUBMITTED_ATTEMPTS):
        attempt = start(quiz, now=database_now() - MINUTE)
        token = tokens.make(attempt)
        for position in range(3):
            save(token, position, CORRECT, 1)

        def submit(attempt=attempt) -> tuple[bool, object, str, int | None]:
            own = copy.copy(attempt)
            ended = own.submit(now=database_now())
            return ended, own.finished_at, own.seal, own.correct

        # A hundred that wait for one row take far longer than 25 who send four each.
        threads = few if SHARE > 1 and number % 10 else crowd
        results = threads.at_once([submit] * 100)

        assert sum(ended for ended, *_ in results) == 1
        assert len({result[1:] for result in results}) == 1
        assert results[0][3] == 3
        results_of_all.add(results[0][2])
    assert len(results_of_all) == Attempt.objects.finished().count() == SUBMITTED_ATTEMPTS
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{SUBMITTED_ATTEMPTS} attempts × 100 submits by {crowd.size} threads:"
            f" {len(results_of_all)} results"
        )


def test_an_acknowledged_answer_is_never_missing_from_the_result(
    crowd: Crowd, capsys: pytest.CaptureFixture[str]
) -> None:
    quiz = make_quiz(questions=15)
    accepted = refused = 0
    for number in range(SAVED_ROUNDS):
        attempt = start(quiz, now=database_now() - MINUTE)
        token = tokens.make(attempt)
        saves = [
            partial(save, token, position=position, choice=CORRECT, revision=1)
            for position in range(15)
        ]

        def submit(attempt=attempt) -> tuple[int, dict]:
            copy.copy(attempt).submit(now=database_now())
            return 0, {}

        turn = number % 16
        answers: list[tuple[int, dict]] = crowd.at_once([*saves[:turn], submit, *saves[turn:]])

        del answers[turn]
        acknowledged = {body["position"] for status, body in answers if status == 200}
        attempt.refresh_from_db()
        assert {status for status, _ in answers} <= {200, 410}
        assert set(stored(attempt)) == acknowledged
        assert attempt.correct == len(acknowledged)
        accepted += len(acknowledged)
        refused += 15 - len(acknowledged)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{SAVED_ROUNDS} rounds of 15 saves racing a submit: {accepted} acknowledged, all in"
            f" the result; {refused} refused"
        )
    # Otherwise nothing raced and the drill would prove nothing.
    assert accepted > 0
    assert refused > 0


def test_starts_of_many_people_give_each_a_paper_of_different_questions(
    crowd: Crowd, capsys: pytest.CaptureFixture[str]
) -> None:
    contest = make_contest()
    make_bank(contest, 40)
    quiz = make_quiz(contest, questions=15, shuffle_questions=True, shuffle_choices=True)
    people = [make_participant(contest) for _number in range(STARTS)]

    def begin(person) -> tuple[int, tuple[int, ...]]:
        attempt = Attempt.start(participant=person, quiz=quiz, now=database_now())
        assert all(len(set(item["c"])) == 4 for item in attempt.paper)
        return attempt.pk, tuple(item["q"] for item in attempt.paper)

    begun = time.monotonic()
    papers = crowd.at_once([partial(begin, person) for person in people])

    with capsys.disabled():
        print(f"\n{STARTS} starts: {time.monotonic() - begun:.1f} s")  # noqa: T201
    assert len({attempt for attempt, _questions in papers}) == STARTS
    assert {len(set(questions)) for _attempt, questions in papers} == {15}
    # Drawn for each person anew: 40 questions allow far more papers than there are people.
    assert len({questions for _attempt, questions in papers}) == STARTS
    assert quiz.attempts.count() == STARTS


def test_a_hundred_starts_of_one_person_give_one_paper_and_one_deadline(crowd: Crowd) -> None:
    quiz = make_quiz(questions=15, shuffle_questions=True)
    for _round in range(ROUNDS):
        person = make_participant(quiz.contest)

        def begin(person=person) -> tuple[int, str, object]:
            attempt = Attempt.start(participant=person, quiz=quiz, now=database_now())
            return attempt.pk, json.dumps(attempt.paper, sort_keys=True), attempt.deadline_at

        results = crowd.at_once([begin] * 100)

        assert len(set(results)) == 1
        assert person.attempts.count() == 1


def test_starts_racing_a_submit_never_give_a_second_attempt(crowd: Crowd) -> None:
    quiz = make_quiz(questions=15)
    for _round in range(ROUNDS):
        attempt = start(quiz, now=database_now() - MINUTE)
        person = attempt.participant

        def begin(person=person) -> int | None:
            try:
                return Attempt.start(participant=person, quiz=quiz, now=database_now()).pk
            except StartRefused:
                return None

        def submit(attempt=attempt) -> int | None:
            attempt.submit(now=database_now())
            return None

        found = crowd.at_once([*[begin] * 10, submit, *[begin] * 9])

        assert set(found) <= {attempt.pk, None}
        assert person.attempts.count() == 1


def test_the_newest_of_racing_saves_is_what_is_stored(crowd: Crowd) -> None:
    quiz = make_quiz(questions=15)
    for _round in range(ROUNDS):
        attempt = start(quiz)
        token = tokens.make(attempt)
        acts = [
            partial(save, token, position=0, choice=revision % 4, revision=revision)
            for revision in range(1, 19)
        ]

        answers = crowd.at_once(acts)

        assert {status for status, _ in answers} <= {200, 409}
        assert answers[-1][0] == 200
        assert stored(attempt) == {0: 18 % 4}


def test_saves_racing_the_sweep_past_the_grace_are_all_refused(crowd: Crowd) -> None:
    past = timezone.now() - 10 * MINUTE - 5 * SECOND
    attempt = start(make_quiz(questions=15, now=past), now=past)
    token = tokens.make(attempt)
    acts = [
        partial(save, token, position=position, choice=CORRECT, revision=1)
        for position in range(15)
    ]

    def sweep() -> tuple[int, dict]:
        Attempt.objects.get(pk=attempt.pk).settle(now=database_now())
        return 410, {}

    answers: list[tuple[int, dict]] = crowd.at_once([*acts, sweep])

    attempt.refresh_from_db()
    assert {status for status, _ in answers} == {410}
    assert (attempt.state, attempt.correct, stored(attempt)) == ("expired", 0, {})
