"""Who comes second waits and sees what the first did: every order played by hand (rules: Q2-Q7).

One connection has done its part and not yet committed; the other starts and must wait for it. Each
of these goes red when its lock or constraint is taken out, on the slowest machine too.
"""

from typing import Any

import pytest
from django.db import transaction

from contests import saving, tokens
from contests.clock import database_now
from contests.models import Attempt, AttemptOver
from tests.contests.quizzes import MINUTE, make_participant, make_quiz, start, stored
from tests.drills.crowd import Aside

pytestmark = pytest.mark.django_db(transaction=True)

CORRECT = 1


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits here waits for this test, which may be slow, and not for a stuck database."""
    monkeypatch.setattr(saving, "TIMEOUT_MS", 300_000)


def make_attempt() -> Attempt:
    return start(make_quiz(questions=15), now=database_now() - MINUTE)


def save(attempt: Attempt, position: int, choice: int = CORRECT, revision: int = 1) -> None:
    writer = tokens.read(tokens.make(attempt))
    saving.save(writer, saving.Save(position, choice, revision))


def own(attempt: Attempt) -> Attempt:
    return Attempt.objects.get(pk=attempt.pk)


def submit(attempt: Attempt) -> tuple[bool, Any, str, int | None]:
    mine = own(attempt)
    ended = mine.submit(now=database_now())
    return ended, mine.finished_at, mine.seal, mine.correct


def save_or_refusal(attempt: Attempt, position: int) -> str:
    try:
        save(attempt, position)
    except AttemptOver:
        return "over"
    return "saved"


def test_a_submit_waits_for_a_save_on_its_way_and_counts_it() -> None:
    attempt = make_attempt()
    with transaction.atomic():
        save(attempt, 3)
        second = Aside(lambda: submit(attempt))
        second.wait_until_it_waits()

    ended, *_, correct = second.result()

    assert (ended, correct) == (True, 1)
    assert stored(attempt) == {3: CORRECT}


def test_a_save_waits_for_a_submit_on_its_way_and_is_refused() -> None:
    attempt = make_attempt()
    with transaction.atomic():
        submit(attempt)
        second = Aside(lambda: save_or_refusal(attempt, 3))
        second.wait_until_it_waits()

    assert second.result() == "over"
    assert stored(attempt) == {}
    assert own(attempt).correct == 0


def test_a_submit_waits_for_another_and_changes_nothing() -> None:
    attempt = make_attempt()
    with transaction.atomic():
        first = submit(attempt)
        second = Aside(lambda: submit(attempt))
        second.wait_until_it_waits()

    assert first[0] is True
    assert second.result() == (False, *first[1:])


def test_a_start_waits_for_another_and_gives_its_paper() -> None:
    quiz = make_quiz(questions=15, shuffle_questions=True)
    person = make_participant(quiz.contest)

    def begin() -> tuple[int, Any, Any]:
        attempt = Attempt.start(participant=person, quiz=quiz, now=database_now())
        return attempt.pk, attempt.paper, attempt.deadline_at

    with transaction.atomic():
        first = begin()
        second = Aside(begin)
        second.wait_until_it_waits()

    assert second.result() == first
    assert person.attempts.count() == 1


def test_a_take_over_waits_for_a_save_on_its_way_and_the_next_save_is_refused() -> None:
    attempt = make_attempt()
    with transaction.atomic():
        save(attempt, 3)
        second = Aside(lambda: own(attempt).take_over(holder="another", now=database_now()))
        second.wait_until_it_waits()
    second.result()

    assert stored(attempt) == {3: CORRECT}
    with pytest.raises(saving.AnotherWriter):
        save(attempt, 4)


def test_a_save_waits_for_a_take_over_on_its_way_and_is_refused() -> None:
    attempt = make_attempt()

    def save_as_before() -> str:
        try:
            save(attempt, 3)
        except saving.AnotherWriter:
            return "another writer"
        return "saved"

    with transaction.atomic():
        own(attempt).take_over(holder="another", now=database_now())
        second = Aside(save_as_before)
        second.wait_until_it_waits()

    assert second.result() == "another writer"
    assert stored(attempt) == {}


def test_the_older_of_two_saves_that_waited_is_not_stored() -> None:
    attempt = make_attempt()

    def save_the_older() -> Any:
        try:
            save(attempt, 3, choice=0, revision=1)
        except saving.Stale as stale:
            return stale.current
        return "saved"

    with transaction.atomic():
        save(attempt, 3, choice=2, revision=2)
        second = Aside(save_the_older)
        second.wait_until_it_waits()

    assert second.result() == saving.Save(3, 2, 2)
    assert stored(attempt) == {3: 2}
