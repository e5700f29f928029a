"""The deadline under fire: what was acknowledged counts, what came later is refused (rules: Q6)."""

import threading
from functools import partial

import pytest
from django.db import connection

from contests import saving, tokens
from contests.clock import database_now
from contests.models import Attempt, AttemptOver
from contests.models.quizzes import GRACE
from tests.contests.quizzes import MINUTE, SECOND, make_quiz, start, stored
from tests.drills.crowd import a_crowd

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 15
CORRECT = 1
# As many before the end as after it, whatever the machine makes of its time.
SAVES_BEFORE = 100
REFUSALS_OF_EACH = 7
# Far more than fit into the last half second.
MOST_SAVES_OF_EACH = 2_000


def test_saves_around_the_end_of_the_grace_count_or_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    attempt = start(make_quiz(questions=15), now=database_now() - MINUTE)
    writer = tokens.read(tokens.make(attempt))
    saved: list[saving.Stored] = []
    newest: dict[int, int] = {}
    refused: list[str] = []
    enough = threading.Event()

    def click(position: int) -> None:
        refusals = 0
        revision = 0
        while refusals < REFUSALS_OF_EACH:
            revision += 1
            choice = revision % 4
            try:
                done = saving.save(writer, saving.Save(position, choice, revision))
            except AttemptOver as over:
                refusals += 1
                refused.append(over.args[0].state)
                continue
            assert not refusals, "saved after a refusal"
            saved.append(done)
            newest[position] = choice
            assert revision < MOST_SAVES_OF_EACH, "nobody is refused"
            if len(saved) >= SAVES_BEFORE:
                enough.set()

    def let_time_run_out() -> None:
        """Have the grace end half a second from now, once there were saves enough."""
        assert enough.wait(300)
        Attempt.objects.filter(pk=attempt.pk).update(
            deadline_at=database_now() + SECOND / 2 - GRACE
        )
        connection.close()

    with a_crowd(THREADS + 1) as crowd:
        crowd.at_once([let_time_run_out, *[partial(click, place) for place in range(THREADS)]])

    attempt.refresh_from_db()
    end = attempt.deadline_at + GRACE
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{len(saved)} saves before the end of the grace, {len(refused)} refused after it"
        )
    assert len(saved) >= SAVES_BEFORE
    assert len(refused) == THREADS * REFUSALS_OF_EACH
    assert max(done.saved_at for done in saved) < end
    assert set(refused) == {"expired"}
    assert (attempt.state, attempt.finished_at) == ("expired", attempt.deadline_at)
    assert stored(attempt) == newest
    assert attempt.correct == sum(choice == CORRECT for choice in newest.values())
