"""The quiz page's clock in a real browser: it follows the server's, whatever the device's does."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Route, expect

from contests.models import Attempt, Participant, Quiz
from tests.contests.quizzes import MINUTE, SECOND, make_participant, make_quiz, stored
from tests.e2e.taking import begin, choose, expect_saved, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.timedelta(days=1)
STATE = "**/api/attempts/*/"
# A wall clock that can be set, and a page that can be hidden, before any script of the page runs.
DEVICE = """
  const wall = Date.now;
  let shift = %d;
  Date.now = () => wall() + shift;
  let hidden = false;
  Object.defineProperty(document, "hidden", {get: () => hidden});
  window.setWallClock = (by) => { shift += by; };
  window.setHidden = (now) => {
    hidden = now;
    document.dispatchEvent(new Event("visibilitychange"));
  };
"""
# The clock's own arithmetic, with every clock of the device in the test's hand.
CLOCK = """
async (steps) => {
  const { Clock } = await import("/static/js/quiz-clock.js");
  let mono = 0, wall = 9e12, hidden = false;
  performance.now = () => mono;
  performance.getEntriesByType = () => [];
  Date.now = () => wall;
  Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
  const clock = new Clock("2026-03-02T05:00:00.000Z");
  const start = Date.parse("2026-03-02T05:00:00.000Z");
  const marks = {};
  const seen = [];
  for (const [what, value, mark] of steps) {
    if (what === "pass") { mono += value; wall += value; }
    if (what === "sleep") wall += value;
    if (what === "set") wall += value;
    if (what === "hide") {
      hidden = value;
      document.dispatchEvent(new Event("visibilitychange"));
    }
    if (what === "ask") marks[value] = clock.mark();
    if (what === "answer") clock.sync(new Date(start + value).toISOString(), marks[mark]);
    if (what === "look") {
      clock.look();
      seen.push([Math.round(clock.now() - start), clock.sure]);
    }
  }
  return seen;
}
"""


@pytest.fixture
def quiz(live_server) -> Quiz:
    return make_quiz(questions=5)


@pytest.fixture
def person(quiz: Quiz) -> Participant:
    return make_participant(quiz.contest)


@pytest.fixture
def take(
    new_context: Callable[..., BrowserContext], live_server, person: Participant
) -> Callable[..., Page]:
    """Begin the quiz on a device whose wall clock is wrong by so much."""

    def make(wrong_by: dt.timedelta = dt.timedelta()) -> Page:
        context = new_context()
        sign_in(context, person, live_server.url)
        context.add_init_script(DEVICE % (wrong_by // dt.timedelta(milliseconds=1)))
        page = context.new_page()
        page.goto(f"/{person.contest.slug}/quiz/")
        begin(page)
        return page

    return make


def error_of(page: Page) -> float:
    """Return how many seconds the page's timer differs from what the server would say."""
    before = timezone.now()
    shown = page.locator("#time-value").inner_text()
    after = timezone.now()
    minutes, seconds = map(int, shown.split(":"))
    deadline = Attempt.objects.get().deadline_at
    rest = dt.timedelta(minutes=minutes, seconds=seconds)
    # The timer is rounded up to a whole second, and was read at some moment between the two.
    late, early = deadline - after, deadline - before
    if late <= rest <= early + SECOND:
        return 0.0
    return min(abs(rest - late), abs(rest - early)).total_seconds()


@pytest.mark.parametrize("wrong_by", [-DAY, DAY], ids=["a day slow", "a day fast"])
def test_the_timer_is_right_on_a_device_whose_clock_is_wrong(take, wrong_by) -> None:
    page = take(wrong_by)

    assert error_of(page) <= 2
    choose(page, "B")
    expect_saved(page, "B")
    assert error_of(page) <= 2


@pytest.mark.parametrize("by", [-DAY, DAY], ids=["back", "forward"])
def test_setting_the_clock_during_the_quiz_moves_no_timer_and_ends_nothing(take, by) -> None:
    page = take()
    with page.expect_response(STATE):
        page.evaluate("(by) => setWallClock(by)", by // dt.timedelta(milliseconds=1))

    choose(page, "B")
    expect_saved(page, "B")
    assert error_of(page) <= 2
    assert Attempt.objects.get().is_running


@pytest.mark.console("ERR_FAILED|net::")
def test_a_page_that_seems_to_have_slept_through_the_end_asks_before_it_ends(take) -> None:
    page = take()

    def fail(route: Route) -> None:
        route.abort()

    page.route(STATE, fail)
    page.evaluate("setHidden(true)")
    page.evaluate("setWallClock(20 * 60000)")
    page.evaluate("setHidden(false)")
    expect(page.locator("#time-value")).to_have_text("00:00")
    expect(page.locator(".q-card:visible input").first).to_be_enabled()

    page.unroute(STATE, fail)
    # It had not slept: its clock was set while nobody looked, and the server says so.
    expect(page.locator("#time-value")).to_have_text(re.compile(r"0[89]:\d\d|10:00"))
    assert error_of(page) <= 2
    choose(page, "A")
    expect_saved(page, "A")


def test_a_page_seen_again_takes_the_servers_state(take) -> None:
    page = take()
    page.evaluate("setHidden(true)")
    Attempt.objects.update(
        started_at=F("started_at") - 5 * MINUTE, deadline_at=F("deadline_at") - 5 * MINUTE
    )
    page.evaluate("setWallClock(5 * 60000)")

    with page.expect_response(STATE):
        page.evaluate("setHidden(false)")

    expect(page.locator("#time-value")).to_have_text(re.compile(r"0[45]:\d\d"))
    assert error_of(page) <= 2


@pytest.mark.parametrize("by", [4 * MINUTE, -3 * MINUTE], ids=["later", "earlier"])
def test_a_moved_deadline_reaches_the_page_with_the_next_answer(take, by) -> None:
    page = take()
    Attempt.objects.update(deadline_at=F("deadline_at") + by)

    choose(page, "B")
    expect_saved(page, "B")

    assert error_of(page) <= 2
    said = "Anh/chị được thêm thời gian: bài thi kết thúc lúc" if by > SECOND else ""
    assert page.locator("#spoken").inner_text().startswith(said)


@pytest.mark.parametrize("seconds", [300, 60, 30])
def test_the_time_left_is_read_out_at_three_moments_only(take, seconds: int) -> None:
    page = take()
    said = {300: "Còn 5 phút", 60: "Còn 1 phút", 30: "Còn 30 giây"}[seconds]
    Attempt.objects.update(deadline_at=timezone.now() + dt.timedelta(seconds=seconds + 4))

    choose(page, "B")
    expect_saved(page, "B")

    expect(page.locator("#spoken")).to_have_text(said, timeout=20_000)
    expect(page.locator("#spoken")).to_have_attribute("role", "status")


@pytest.mark.parametrize("after", [dt.timedelta(), 10 * MINUTE], ids=["at 0:00", "at +10:00"])
def test_a_reload_after_the_end_shows_the_finished_attempt(take, after: dt.timedelta) -> None:
    page = take()
    choose(page, "B")
    expect_saved(page, "B")
    attempt = Attempt.objects.get()
    address = page.url
    page.goto("about:blank")
    Attempt.objects.update(
        started_at=attempt.started_at - 30 * MINUTE, deadline_at=timezone.now() - after
    )

    page.goto(address)

    expect(page.locator("h1")).to_have_text(
        re.compile("Hết giờ, bài thi đã được ghi nhận"), timeout=30_000
    )
    attempt.refresh_from_db()
    assert (attempt.state, attempt.finished_at) == ("expired", attempt.deadline_at)
    assert stored(attempt) == {0: 1}


ARITHMETIC: dict[str, tuple[list[Any], list[Any]]] = {
    "time passes": ([("pass", 5000), ("look",)], [[5000, True]]),
    "set forward": ([("pass", 1000), ("set", 86_400_000), ("look",)], [[1000, False]]),
    "set back": ([("pass", 1000), ("set", -86_400_000), ("look",)], [[1000, False]]),
    "slept while hidden": (
        [("hide", True), ("sleep", 300_000), ("hide", False), ("look",)],
        [[300_000, False]],
    ),
    "slept in sight, then told": (
        [("sleep", 300_000), ("look",), ("ask", "a"), ("pass", 200)]
        + [("answer", 300_100, "a"), ("look",)],
        [[0, False], [300_200, True]],
    ),
    "an answer that was slept through is old": (
        [("ask", "a"), ("pass", 100), ("hide", True), ("sleep", 300_000), ("hide", False)]
        + [("answer", 50, "a"), ("look",)],
        [[300_100, False]],
    ),
    "the faster of two answers is nearer the truth": (
        [("ask", "a"), ("pass", 100), ("answer", 1050, "a"), ("ask", "b"), ("pass", 3000)]
        + [("answer", 1100, "b"), ("look",)],
        [[4100, True]],
    ),
    "put right slowly": ([("set", 400), ("look",)] * 5, [[0, True]] * 5),
}


def test_the_clocks_arithmetic(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context().new_page()
    page.goto("/")

    seen = {name: page.evaluate(CLOCK, steps) for name, (steps, _) in ARITHMETIC.items()}

    assert seen == {name: expected for name, (_, expected) in ARITHMETIC.items()}
