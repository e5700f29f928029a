"""Generated histories of one attempt in real Chromium: nothing acknowledged is ever lost.

Offline, reload, crash, back, further tabs and devices, hidden tabs and wrong clocks, in an order
made from a seed. `make histories` takes 60 of them; HISTORY=17 takes one again.
"""

import os
from collections.abc import Iterator

import pytest
from django.utils import timezone

from accounts.models import AccessCode
from tests.clock import moving_on
from tests.contests.quizzes import HOUR, make_participant, make_quiz
from tests.e2e.histories import ACTS_OF, FAULTS, QUESTIONS, THEMES, Model, history
from tests.e2e.history_world import Journal, World

if "HISTORY" in os.environ:
    SEEDS = [int(os.environ["HISTORY"])]
else:
    SEEDS = list(range(int(os.environ.get("HISTORIES", "12"))))


def test_a_seed_makes_one_history_and_twelve_meet_every_theme() -> None:
    assert history(7) == history(7) != history(8)
    for seed in range(12):
        acts = {step.act for step in history(seed)}
        assert acts & ACTS_OF[THEMES[seed % len(THEMES)]], seed
    met = [step for seed in range(60) for step in history(seed)]
    assert {step.act for step in met} >= set().union(*ACTS_OF.values(), {"take over", "put back"})
    assert {step.how for step in met} >= {*FAULTS, "mouse", "key", "label", "arrow", "+1 day"}


def test_the_model_knows_what_the_server_may_hold() -> None:
    model = Model()
    first = model.sign_in("A", {})
    model.answer(first, 0, 1, is_saved=True)
    model.answer(first, 1, 2, is_saved=False)
    assert model.allows({0: 1}) == model.allows({0: 1, 1: 2}) == []
    assert model.allows({1: 2}) == [0]
    assert model.allows({0: 1, 1: 3, 2: 0}) == [1, 2]

    model.devices["A"].line = "offline"
    model.answer(first, 0, 3, is_saved=False)
    assert model.allows({0: 3}) == [0]

    second = model.sign_in("B", {0: 1})
    assert model.devices["A"].left == {0: 3, 1: 2}
    assert model.allows({0: 1, 1: 2}) == [1]
    model.answer(second, 1, 0, is_saved=True)
    model.mend("A")
    assert model.allows({0: 1, 1: 0}) == []
    assert model.allows({0: 3, 1: 2}) == [0, 1]


@pytest.fixture
def journal(live_server) -> Iterator[Journal]:
    """Asked for before the browsers, so that it is there as long as a page may say something."""
    journal = Journal()
    yield journal
    journal.close()


@pytest.mark.console("net::ERR_|status of (409|410|503)")
@pytest.mark.parametrize("seed", SEEDS)
def test_every_answer_of_the_last_writer_is_there_at_the_end(
    seed: int, journal: Journal, new_context, live_server
) -> None:
    now = timezone.now()
    quiz = make_quiz(
        questions=QUESTIONS,
        shuffle_questions=True,
        shuffle_choices=True,
        duration_seconds=7200,
        closes_at=now + 4 * HOUR,
    )
    person = make_participant(quiz.contest)
    code = AccessCode.objects.issue(user=person.user, by=None, now=now)
    steps = history(seed)
    with moving_on() as advance:
        world = World(
            home=live_server.url,
            link=f"/enter/{code.link_token}/",
            slug=quiz.contest.slug,
            new_context=new_context,
            advance=advance,
            journal=journal,
        )
        for number, step in enumerate(steps):
            try:
                world.take(step)
            except BaseException as error:
                told = [f"{'->' if at == number else '  '} {it}" for at, it in enumerate(steps)]
                again = f"again: HISTORY={seed} make histories"
                error.add_note("\n".join([f"history {seed}:", *told, again]))
                raise
