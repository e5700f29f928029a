"""Answers on their way in a real browser: kept, retried, acknowledged, and all on one page."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from contests.models import Attempt, Participant, Quiz
from tests.browser import DESK, PHONE
from tests.contests.quizzes import make_participant, make_quiz, stored
from tests.e2e.taking import begin, choose, expect_saved, go_to, sign_in, wait_for_script

pytestmark = pytest.mark.django_db(transaction=True)

SAVES = "**/api/answers/"


@pytest.fixture
def quiz(live_server) -> Quiz:
    return make_quiz(questions=5)


@pytest.fixture
def person(quiz: Quiz) -> Participant:
    return make_participant(quiz.contest)


@pytest.fixture
def open_quiz(
    new_context: Callable[..., BrowserContext], live_server, person: Participant
) -> Callable[..., Page]:
    def make(**kwargs) -> Page:
        context = new_context(**kwargs)
        sign_in(context, person, live_server.url)
        page = context.new_page()
        page.goto(f"/{person.contest.slug}/quiz/")
        return page

    return make


@pytest.fixture
def page(open_quiz: Callable[..., Page]) -> Page:
    page = open_quiz()
    begin(page)
    return page


def fail(route: Route) -> None:
    route.abort()


def unavailable(route: Route) -> None:
    route.fulfill(status=503, json={"error": "unavailable"}, headers={"Retry-After": "3"})


def expect_unsaved(page: Page, letter: str) -> None:
    line = page.locator(".q-card:visible .save-state")
    expect(line).to_contain_text(f"Chưa lưu phương án {letter}")


@pytest.mark.console("ERR_FAILED|net::")
def test_handing_in_waits_until_everything_chosen_is_saved(page: Page) -> None:
    page.route(SAVES, fail)
    choose(page, "B")
    expect_unsaved(page, "B")
    page.locator("#hand-in").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="Nộp bài").click()
    expect(sheet).to_contain_text("Chưa nộp bài vì câu 1 chưa lưu xong.")
    assert Attempt.objects.get().is_running

    page.unroute(SAVES, fail)
    expect(page.get_by_role("heading", name="Đã nộp bài")).to_be_visible(timeout=30_000)
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.correct, stored(attempt)) == ("submitted", 1, {0: 1})


@pytest.mark.console("ERR_FAILED|net::")
def test_who_goes_on_while_it_waits_has_not_handed_in(page: Page) -> None:
    page.route(SAVES, fail)
    choose(page, "B")
    expect_unsaved(page, "B")
    page.locator("#hand-in").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="Nộp bài").click()
    expect(sheet).to_contain_text("Chưa nộp bài vì câu 1 chưa lưu xong.")
    sheet.get_by_role("button", name="Làm tiếp").click()

    page.unroute(SAVES, fail)
    expect_saved(page, "B")
    choose(page, "C")
    expect_saved(page, "C")
    assert Attempt.objects.get().is_running


@pytest.mark.console("status of 503")
def test_a_busy_server_is_left_alone_as_long_as_it_asks(page: Page) -> None:
    page.route(SAVES, unavailable)
    with page.expect_response(SAVES) as first:
        choose(page, "A")
    with page.expect_response(SAVES) as second:
        choose(page, "B")  # a click hurries the page, but not the server

    waited = second.value.request.timing["startTime"] - first.value.request.timing["startTime"]
    assert waited >= 3000
    expect_unsaved(page, "B")
    page.unroute(SAVES, unavailable)
    expect_saved(page, "B")


@pytest.mark.console("status of (200|418|502)|Failed to load")
@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "body": "<h1>Wi-Fi của khách sạn: hãy đăng nhập</h1>"},
        {"status": 200, "json": {}},
        {"status": 200, "json": {"attempt": 1, "position": 3, "choice": 0, "revision": 1}},
        {"status": 403, "body": "blocked"},
        {"status": 409, "json": {"error": "teapot"}},
        {"status": 410, "body": ""},
        {"status": 502, "body": "<h1>Bad gateway</h1>"},
    ],
    ids=lambda answer: f"{answer['status']} {answer.get('json', answer.get('body'))}",
)
@pytest.mark.console("status of 4")
def test_only_the_servers_own_words_are_believed(page: Page, answer: dict[str, Any]) -> None:
    def interfere(route: Route) -> None:
        route.fulfill(**answer)

    page.route(SAVES, interfere)
    choose(page, "C")
    expect_unsaved(page, "C")
    expect(page.locator(".cell.answered")).to_have_count(1)  # the one in the key

    page.unroute(SAVES, interfere)
    expect_saved(page, "C")
    assert stored(Attempt.objects.get()) == {0: 2}


def test_a_page_that_is_left_sends_what_waits_behind_another(page: Page) -> None:
    held: list[dict[str, Any]] = []

    def hold(route: Route) -> None:
        held.append(json.loads(route.request.post_data or ""))

    page.route(SAVES, hold)
    choose(page, "A")
    go_to(page, 2)
    choose(page, "B")
    expect_unsaved(page, "B")
    assert [save["position"] for save in held] == [0]
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pagehide'))")
    page.wait_for_function("() => true")

    assert {save["position"]: save["choice"] for save in held} == {0: 0, 1: 1}


def test_what_is_chosen_before_the_script_has_come_is_saved(open_quiz) -> None:
    page = open_quiz()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/js/quiz.*", hold)
    page.get_by_role("button", name="Bắt đầu làm bài").click(no_wait_after=True)
    page.wait_for_url("**/attempts/*/", wait_until="commit")
    page.locator(".q-card").nth(2).locator(".choice").nth(3).click()

    for route in held:
        route.continue_()
    wait_for_script(page)
    go_to(page, 3)
    expect_saved(page, "D")
    assert stored(Attempt.objects.get()) == {2: 3}


# --- all on one page ------------------------------------------------------------------------------


@pytest.fixture
def one_page(quiz: Quiz, open_quiz: Callable[..., Page]) -> Callable[..., Page]:
    def make(**kwargs) -> Page:
        Quiz.objects.update(layout=Quiz.Layout.PAGE)
        page = open_quiz(**kwargs)
        page.get_by_role("button", name="Bắt đầu làm bài").click()
        expect(page.locator(".q-card:visible")).to_have_count(5)
        wait_for_script(page)
        return page

    return make


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_all_questions_stand_on_one_page(one_page, size: dict[str, int]) -> None:
    page = one_page(viewport=size)
    cards = page.locator(".q-card")

    cards.nth(3).locator(".choice").nth(2).click()
    expect(cards.nth(3).locator(".save-state")).to_have_text(re.compile("Đã lưu phương án C lúc"))
    expect(page.get_by_role("link", name="Câu 4: đã trả lời, đang xem")).to_be_visible()
    page.get_by_role("link", name="Câu 2: chưa trả lời").click()
    expect(cards.nth(1).locator("legend")).to_be_focused()
    expect(cards.nth(1)).to_be_in_viewport()
    cards.nth(4).get_by_role("button", name="Xem lại sau").click()
    expect(page.locator(".cells .cell").nth(4)).to_have_class(re.compile("flagged"))
    expect(page.locator(".cell.flagged")).to_have_count(1 + 1)
    assert stored(Attempt.objects.get()) == {3: 2}


def test_the_keyboard_answers_the_question_that_has_focus(one_page) -> None:
    page = one_page()
    page.locator(".q-card").nth(2).locator("input").first.focus()

    page.keyboard.press("4")
    expect(page.locator(".q-card").nth(2).locator(".save-state")).to_contain_text("Đã lưu")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".q-card").nth(3).locator("legend")).to_be_focused()
    page.keyboard.press("1")
    expect(page.locator(".q-card").nth(3).locator(".save-state")).to_contain_text("Đã lưu")

    assert stored(Attempt.objects.get()) == {2: 3, 3: 0}


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_what_is_pressed_is_large_enough_for_a_finger(page: Page, size: dict[str, int]) -> None:
    page.set_viewport_size(size)

    for box in page.locator("#quiz").get_by_role("button").all() + [
        *page.locator(".cells .cell").all(),
        *page.locator(".q-card:visible .choice").all(),
        *page.locator(".q-card:visible .q-foot a").all(),
    ]:
        found = box.bounding_box()
        assert found is not None
        assert min(found["width"], found["height"]) >= 44, box.inner_text()
