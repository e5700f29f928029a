"""Taking the quiz in a real browser: on a phone, at a desk, with a broken line, without scripts."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Route, expect

from contests.models import Attempt, Participant, Quiz
from tests.browser import DESK, PHONE
from tests.contests.quizzes import MINUTE, SECOND, make_participant, make_quiz, stored
from tests.e2e.taking import begin, choose, expect_saved, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def quiz(live_server) -> Quiz:
    return make_quiz(questions=5)


@pytest.fixture
def person(quiz: Quiz) -> Participant:
    return make_participant(quiz.contest)


@pytest.fixture
def open_page(
    new_context: Callable[..., BrowserContext], live_server, quiz: Quiz, person: Participant
) -> Callable[..., Page]:
    """Open the quiz's first page as the person, in a browser of its own."""

    def make(*, size: dict[str, int] = DESK, **kwargs) -> Page:
        context = new_context(**kwargs)
        sign_in(context, person, live_server.url)
        page = context.new_page()
        page.set_viewport_size(size)
        page.goto(f"/{quiz.contest.slug}/quiz/")
        return page

    return make


def test_a_phone_takes_the_quiz_from_start_to_receipt(open_page, person: Participant) -> None:
    page = open_page(size=PHONE)
    expect(page.get_by_text("Bắt đầu bây giờ thì thời gian làm bài là 10 phút.")).to_be_visible()
    begin(page)
    expect(page.get_by_role("timer")).to_contain_text(re.compile(r"Còn lại\s*(10:00|09:5\d)"))

    choose(page, "B")
    expect_saved(page, "B")
    page.get_by_role("link", name="Câu 2", exact=True).click()
    choose(page, "A")
    expect_saved(page, "A")
    choose(page, "B")
    expect_saved(page, "B")
    page.locator(".q-card:visible").get_by_role("button", name="Xem lại sau").click()
    attempt = Attempt.objects.get()
    assert stored(attempt) == {0: 1, 1: 1}

    expect(page.get_by_text("2 / 5 đã lưu")).to_be_visible()
    page.locator("#hand-in").click()
    sheet = page.get_by_role("dialog", name="Nộp bài bây giờ?")
    expect(sheet).to_contain_text("Còn 3 câu chưa trả lời.")
    expect(sheet).to_contain_text("câu 3, 4, 5")
    sheet.get_by_role("button", name="Làm tiếp").click()
    page.get_by_role("link", name="Câu 5: chưa trả lời").click()
    choose(page, "C")
    expect_saved(page, "C")
    page.locator(".q-card:visible").get_by_role("button", name="Nộp bài").click()
    page.get_by_role("dialog").get_by_role("button", name="Nộp bài").click()

    expect(page.get_by_role("heading", name="Đã nộp bài")).to_be_visible()
    expect(page.locator(".summary")).to_contain_text("2 / 5")
    attempt.refresh_from_db()
    assert (attempt.state, attempt.correct) == ("submitted", 2)
    expect(page.get_by_text(attempt.receipt)).to_be_visible()
    page.wait_for_function("() => localStorage.length === 0")


def test_the_keyboard_alone_is_enough(open_page) -> None:
    page = open_page()
    begin(page)

    page.keyboard.press("2")
    expect_saved(page, "B")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("d")
    expect_saved(page, "D")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect_saved(page, "C")

    assert stored(Attempt.objects.get()) == {0: 2, 1: 3}


@pytest.mark.console("ERR_INTERNET_DISCONNECTED|ERR_FAILED|net::")
def test_a_broken_line_is_shown_and_mended(open_page) -> None:
    page = open_page(size=PHONE)
    begin(page)
    choose(page, "A")
    expect_saved(page, "A")
    page.context.set_offline(True)

    choose(page, "B")
    line = page.locator(".q-card:visible .save-state")
    expect(line).to_have_text("Chưa lưu phương án B, máy đang gửi lại")
    expect(page.get_by_role("alert")).to_contain_text("Câu 1 chưa lưu được vì mất mạng.")
    expect(page.get_by_role("link", name="Câu 1: chưa lưu, đang xem")).to_be_visible()
    assert stored(Attempt.objects.get()) == {0: 0}

    page.context.set_offline(False)
    expect_saved(page, "B")
    expect(page.get_by_role("alert")).to_be_hidden()
    assert stored(Attempt.objects.get()) == {0: 1}


@pytest.mark.console("ERR_FAILED|net::")
def test_an_answer_that_was_not_sent_survives_a_reload(open_page) -> None:
    page = open_page()
    begin(page)

    def fail(route: Route) -> None:
        route.abort()

    page.route("**/api/answers/", fail)
    choose(page, "C")
    expect(page.locator(".q-card:visible .save-state")).to_contain_text("Chưa lưu phương án C")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator(".q-card:visible .save-state")).to_contain_text("Chưa lưu phương án C")
    page.unroute("**/api/answers/", fail)

    expect_saved(page, "C")
    assert stored(Attempt.objects.get()) == {0: 2}


def test_the_deadline_ends_the_quiz_by_itself(open_page) -> None:
    page = open_page(size=PHONE)
    begin(page)
    choose(page, "B")
    expect_saved(page, "B")
    # However slow the machine: the answer is stored first, then the last seconds come.
    attempt = Attempt.objects.get()
    Attempt.objects.update(
        started_at=attempt.started_at - 10 * MINUTE, deadline_at=timezone.now() + 4 * SECOND
    )
    page.reload()

    expect(page.get_by_role("heading", name="Đã nộp bài")).to_be_visible(timeout=30_000)
    attempt.refresh_from_db()
    assert attempt.finished_at == attempt.deadline_at
    assert attempt.correct == 1


def test_without_scripts_the_page_is_a_plain_form(open_page) -> None:
    page = open_page(java_script_enabled=False)
    page.get_by_role("button", name="Bắt đầu làm bài").click()
    expect(page.locator(".q-card:visible")).to_have_count(5)
    choose_in = page.locator(".q-card")
    choose_in.nth(0).locator(".choice").nth(1).click()
    choose_in.nth(3).locator(".choice").nth(0).click()
    page.get_by_role("button", name="Lưu các câu trả lời").click()

    expect(page.get_by_text("Đã lưu các câu trả lời.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Đã lưu phương án A lúc"))).to_be_visible()
    page.locator(".q-card").nth(3).locator(".choice").nth(2).click()
    page.locator("#hand-in").click()
    expect(page.get_by_role("heading", name="Nộp bài bây giờ?")).to_be_visible()
    expect(page.get_by_text("câu 2, 3, 5")).to_be_visible()
    assert stored(Attempt.objects.get()) == {0: 1, 3: 2}
    page.get_by_role("button", name="Nộp bài").click()

    expect(page.get_by_role("heading", name="Đã nộp bài")).to_be_visible()
    expect(page.locator(".summary")).to_contain_text("1 / 5")


@pytest.mark.console("status of 409")
@pytest.mark.parametrize("view", ["quiz", "attempt", "elsewhere", "left", "confirm", "result"])
def test_the_pages_have_no_serious_accessibility_fault(
    new_context, live_server, quiz: Quiz, person: Participant, view: str
) -> None:
    context = new_context(bypass_csp=True)
    sign_in(context, person, live_server.url)
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(f"/{quiz.contest.slug}/quiz/")
    if view != "quiz":
        begin(page)
    if view == "confirm":
        page.locator("#hand-in").click()
    if view in {"elsewhere", "left"}:
        Attempt.objects.get().take_over(holder="another", now=timezone.now())
        choose(page, "A")
        expect(page.locator("#read-only")).to_be_visible()
        expect(page.locator("#left")).to_be_visible()
    if view == "left":
        page.get_by_role("button", name="Làm tiếp trên thiết bị này").click()
        expect(page.get_by_role("button", name="Chọn lại như vậy")).to_be_visible()
    if view == "result":
        Attempt.objects.get().submit(now=timezone.now())
        page.reload()

    found = Axe().run(page).response["violations"]

    assert [item["id"] for item in found if item["impact"] in {"serious", "critical"}] == []
