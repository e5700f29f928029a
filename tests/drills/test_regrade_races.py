"""A key is mended while people hand in: whoever comes first, everybody is graded by one key."""

import os
import threading
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from django.db import connection, transaction

from contests.clock import database_now
from contests.keys import key_of
from contests.models import Answer, Attempt, KeyChange
from contests.regrading import Mended, MendRefused, mend_key
from scoring import results
from scoring.seals import raw_differences
from tests.contests.quizzes import MINUTE, make_participant, make_quiz, start
from tests.drills.crowd import Aside, Crowd, a_crowd
from tests.make import make_organizer

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = {"small": 6, "full": 40}[os.environ.get("DRILLS", "small")]
PEOPLE = 18
WRONG = 0


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    with a_crowd(PEOPLE + 2) as threads:
        yield threads


def begun(quiz, people) -> list[Attempt]:
    """Attempts of these people in which every question is answered wrong in the same way."""
    attempts = []
    for person in people:
        attempt = start(quiz, now=database_now() - MINUTE, person=person)
        Answer.objects.bulk_create(
            Answer(
                attempt=attempt,
                question_id=item["q"],
                choice_id=item["c"][WRONG],
                generation=1,
                revision=1,
                saved_at=attempt.started_at,
            )
            for item in attempt.paper
        )
        attempts.append(attempt)
    return attempts


def mended(quiz, clerk, kind="accept") -> Mended:
    question = quiz.contest.questions.get(number=1)
    return mend_key(
        question=question,
        kind=kind,
        choice=question.choices.get(position=WRONG) if kind == "accept" else None,
        reason="Văn bản mới",
        by=clerk,
        now=database_now(),
    )


def test_a_regrade_waits_for_who_is_being_graded_and_finds_the_result() -> None:
    quiz = make_quiz(questions=3)
    clerk = make_organizer(quiz.contest)
    (attempt,) = begun(quiz, [make_participant(quiz.contest)])
    with transaction.atomic():
        attempt.submit(now=database_now())
        assert attempt.correct == 0
        regrade = Aside(lambda: mended(quiz, clerk))
        regrade.wait_until_it_waits()
    done = regrade.result()
    attempt.refresh_from_db()
    assert (done.finished, done.changed, attempt.correct) == (1, 1, 1)
    assert raw_differences(quiz.contest) == []


def test_who_hands_in_while_a_key_is_mended_waits_for_it() -> None:
    quiz = make_quiz(questions=3)
    clerk = make_organizer(quiz.contest)
    (attempt,) = begun(quiz, [make_participant(quiz.contest)])
    with transaction.atomic():
        done = mended(quiz, clerk)
        submit = Aside(lambda: attempt.submit(now=database_now()))
        submit.wait_until_it_waits()
    assert submit.result() is True
    attempt.refresh_from_db()
    assert (done.finished, attempt.correct) == (0, 1)
    assert raw_differences(quiz.contest) == []


def test_who_hands_in_during_a_regrade_is_graded_by_the_mended_key(crowd: Crowd) -> None:
    """Beside them results are refreshed, which takes the contest's row as a regrade does.

    Who comes first is left to chance here; the two tests above hold either order.
    """
    quiz = make_quiz(questions=3, attempts_allowed=0)
    clerk = make_organizer(quiz.contest)
    people = [make_participant(quiz.contest) for _ in range(PEOPLE)]
    for number in range(ROUNDS):
        KeyChange.objects.all().delete()
        Attempt.objects.all().delete()

        def submit(attempt: Attempt) -> bool:
            return Attempt.objects.get(pk=attempt.pk).submit(now=database_now())

        def mend() -> bool:
            return mended(quiz, clerk).is_new

        def refresh() -> bool:
            return bool(results.refresh(quiz.contest, now=database_now()).result_set.number)

        acts = [lambda attempt=attempt: submit(attempt) for attempt in begun(quiz, people)]
        turn = 3 + number % 12
        assert all(crowd.at_once([*acts[:turn], mend, refresh, *acts[turn:]]))

        assert list(Attempt.objects.values_list("correct", flat=True)) == [1] * PEOPLE
        assert raw_differences(quiz.contest) == []


def test_people_who_mend_at_once_mend_once(crowd: Crowd) -> None:
    quiz = make_quiz(questions=3)
    clerk = make_organizer(quiz.contest)
    for attempt in begun(quiz, [make_participant(quiz.contest) for _ in range(5)]):
        attempt.submit(now=database_now())

    def drop() -> tuple[bool, int]:
        done = mended(quiz, clerk, "drop")
        return done.is_new, done.changed

    found = crowd.at_once([drop] * 6)

    assert sorted(found) == [(False, 0)] * 5 + [(True, 5)]
    assert KeyChange.objects.count() == 1
    assert raw_differences(quiz.contest) == []


def test_somebody_who_reads_the_key_for_long_keeps_nobody_from_handing_in(monkeypatch) -> None:
    """On PostgreSQL a regrade waits for who grades, yet not for ever; SQLite's readers bar nobody.

    While it waits, whoever hands in waits behind it.
    """
    monkeypatch.setattr("contests.regrading.WAIT_MS", 100)
    quiz = make_quiz(questions=3)
    clerk = make_organizer(quiz.contest)
    one, other = begun(quiz, [make_participant(quiz.contest) for _ in range(2)])
    one.submit(now=database_now())
    question = quiz.contest.questions.get(number=1)
    bars = connection.vendor == "postgresql"
    has_read, may_end = threading.Event(), threading.Event()

    def read_for_long() -> None:
        with transaction.atomic() if bars else nullcontext():
            key_of([question.pk])
            has_read.set()
            may_end.wait(60)

    reader = Aside(read_for_long)
    try:
        assert has_read.wait(60)
        try:
            is_mended = mended(quiz, clerk, "drop").is_new
        except MendRefused:
            is_mended = False
        other.submit(now=database_now())
    finally:
        may_end.set()
        reader.result()

    assert is_mended is not bars
    assert KeyChange.objects.exists() is is_mended
    graded = (0, 2) if is_mended else (0, 3)
    assert set(Attempt.objects.values_list("correct", "questions")) == {graded}
