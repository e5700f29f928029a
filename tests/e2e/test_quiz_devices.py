"""Two devices and two tabs: one place writes, the others show, and no choice is lost."""

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from accounts.models import AuditEntry
from contests import saving, tokens
from contests.models import Attempt, Participant, Quiz
from tests.browser import DESK, PHONE
from tests.contests.quizzes import make_participant, make_quiz, stored
from tests.e2e.taking import begin, choose, expect_saved, go_to, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

ON_ANOTHER_DEVICE = "Bài thi đang được làm trên thiết bị khác."
IN_ANOTHER_TAB = "Bài thi đang được làm ở một thẻ khác của trình duyệt này."
GO_ON_HERE = "Làm tiếp trên thiết bị này"
GO_ON_IN_TAB = "Làm tiếp ở thẻ này"
SAVES = "**/api/answers/"


@pytest.fixture
def quiz(live_server) -> Quiz:
    return make_quiz(questions=5)


@pytest.fixture
def person(quiz: Quiz) -> Participant:
    return make_participant(quiz.contest)


@pytest.fixture
def open_at(
    new_context: Callable[..., BrowserContext], live_server, person: Participant
) -> Callable[..., Page]:
    """Open a page in a browser of its own that the person is signed in at."""

    def make(address: str = f"/{person.contest.slug}/quiz/", **kwargs) -> Page:
        context = new_context(**kwargs)
        sign_in(context, person, live_server.url)
        page = context.new_page()
        page.goto(address)
        return page

    return make


def paper() -> str:
    attempt = Attempt.objects.select_related("quiz__contest").get()
    return f"/{attempt.quiz.contest.slug}/attempts/{attempt.pk}/"


def write_elsewhere(position: int, choice: int, revision: int) -> None:
    """Save an answer with the present writer's token, as another page of it does."""
    writer = tokens.read(tokens.make(Attempt.objects.get()))
    saving.save(writer, saving.Save(position, choice, revision))


def fail(route: Route) -> None:
    route.abort()


def chosen(page: Page) -> Locator:
    return page.locator(".q-card:visible input:checked")


def expect_only_showing(page: Page, why: str) -> None:
    expect(page.locator("#read-only")).to_contain_text(why)
    expect(page.locator(".q-card:visible input").first).to_be_disabled()


# --- two devices ----------------------------------------------------------------------------------


@pytest.mark.console("status of 409")
def test_another_device_shows_the_paper_and_takes_over(open_at) -> None:
    phone = open_at(viewport=PHONE)
    begin(phone)
    choose(phone, "B")
    expect_saved(phone, "B")

    desk = open_at(paper(), viewport=DESK)
    expect_only_showing(desk, ON_ANOTHER_DEVICE)
    expect_saved(desk, "B")
    expect(chosen(desk)).to_have_value("1")
    expect(desk.locator("#hand-in")).to_have_count(0)
    expect(desk.locator("#quiz")).to_have_attribute("data-token", "")
    desk.get_by_role("button", name=GO_ON_HERE).click()
    choose(desk, "C")
    expect_saved(desk, "C")

    go_to(phone, 2)
    choose(phone, "D")
    expect_only_showing(phone, ON_ANOTHER_DEVICE)
    expect(phone.locator("#left")).to_contain_text(
        "Những lựa chọn trên máy này chưa được lưu: câu 2: D"
    )
    expect(phone.get_by_role("button", name="Chọn lại như vậy")).to_be_hidden()
    expect(chosen(phone)).to_have_count(0)
    go_to(phone, 1)
    expect_saved(phone, "C")
    assert stored(Attempt.objects.get()) == {0: 2}
    assert AuditEntry.objects.filter(action="attempt.take_over").count() == 1


@pytest.mark.console("status of 409")
def test_what_a_replaced_device_had_chosen_is_put_in_again_by_a_touch_only(open_at) -> None:
    phone = open_at(viewport=PHONE)
    begin(phone)
    Attempt.objects.get().take_over(holder="another", now=timezone.now())
    choose(phone, "A")
    expect_only_showing(phone, ON_ANOTHER_DEVICE)
    phone.get_by_role("button", name=GO_ON_HERE).click()

    expect(phone.locator("#left")).to_contain_text("câu 1: A")
    expect(phone.locator(".q-card:visible .save-state")).to_have_text("")
    go_to(phone, 2)
    choose(phone, "B")
    expect_saved(phone, "B")
    assert stored(Attempt.objects.get()) == {1: 1}
    phone.get_by_role("button", name="Chọn lại như vậy").click()
    expect(phone.locator("#left")).to_be_hidden()
    go_to(phone, 1)
    expect_saved(phone, "A")

    assert stored(Attempt.objects.get()) == {0: 0, 1: 1}


@pytest.mark.console("status of 409")
def test_what_is_discarded_is_never_sent(open_at) -> None:
    page = open_at()
    begin(page)
    Attempt.objects.get().take_over(holder="another", now=timezone.now())
    choose(page, "A")
    page.get_by_role("button", name=GO_ON_HERE).click()

    page.get_by_role("button", name="Bỏ các lựa chọn này").click()
    expect(page.locator("#left")).to_be_hidden()
    page.reload()
    expect(page.locator(".q-card:visible .save-state")).to_have_text("")
    expect(page.locator("#left")).to_be_hidden()
    assert stored(Attempt.objects.get()) == {}


def test_without_scripts_a_device_is_told_and_takes_over(open_at) -> None:
    begin(open_at())
    plain = open_at(paper(), java_script_enabled=False)

    expect(plain.locator("#read-only")).to_contain_text(ON_ANOTHER_DEVICE)
    expect(plain.get_by_role("button", name="Lưu các câu trả lời")).to_have_count(0)
    plain.get_by_role("button", name=GO_ON_HERE).click()
    plain.locator(".q-card").nth(3).locator(".choice").nth(1).click()
    plain.get_by_role("button", name="Lưu các câu trả lời").click()

    expect(plain.get_by_text("Đã lưu các câu trả lời.")).to_be_visible()
    assert stored(Attempt.objects.get()) == {3: 1}


def test_after_signing_out_elsewhere_the_paper_waits_for_a_touch(
    open_at, person: Participant
) -> None:
    page = open_at()
    begin(page)
    other = open_at()
    page.goto(f"/{person.contest.slug}/quiz/")
    page.evaluate("() => document.querySelector('form[action=\"/sign-out/\"]').submit()")
    expect(page).not_to_have_url(re.compile("/quiz/"))

    other.goto(paper())
    expect_only_showing(other, "Hiện chưa có thiết bị nào đang làm bài thi này.")
    other.get_by_role("button", name=GO_ON_HERE).click()
    choose(other, "D")
    expect_saved(other, "D")


# --- two tabs -------------------------------------------------------------------------------------


def test_the_newest_tab_writes_and_the_older_one_shows_what_it_saves(open_at) -> None:
    first = open_at()
    begin(first)
    choose(first, "A")
    expect_saved(first, "A")

    second = first.context.new_page()
    second.goto(paper())
    expect_only_showing(first, IN_ANOTHER_TAB)
    expect_saved(second, "A")
    choose(second, "C")
    expect_saved(second, "C")
    expect_saved(first, "C")
    expect(chosen(first)).to_have_value("2")

    first.get_by_role("button", name=GO_ON_IN_TAB).click()
    expect_only_showing(second, IN_ANOTHER_TAB)
    choose(first, "D")
    expect_saved(first, "D")
    expect_saved(second, "D")
    assert stored(Attempt.objects.get()) == {0: 3}


@pytest.mark.console("ERR_FAILED|net::")
def test_what_waits_in_one_tab_is_sent_by_the_next(open_at) -> None:
    first = open_at()
    begin(first)
    first.route(SAVES, fail)
    choose(first, "B")
    expect(first.locator(".q-card:visible .save-state")).to_contain_text("Chưa lưu phương án B")

    second = first.context.new_page()
    second.goto(paper())

    expect_saved(second, "B")
    expect_saved(first, "B")
    assert stored(Attempt.objects.get()) == {0: 1}


def test_when_the_writing_tab_is_closed_the_other_goes_on_by_itself(open_at) -> None:
    first = open_at()
    begin(first)
    second = first.context.new_page()
    second.goto(paper())
    expect_only_showing(first, IN_ANOTHER_TAB)

    second.close()
    expect(first.locator("#read-only")).to_be_hidden()
    choose(first, "B")
    expect_saved(first, "B")


@pytest.mark.console("status of 409")
def test_two_tabs_are_right_where_the_browser_keeps_nothing(open_at) -> None:
    first = open_at()
    first.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden'); }})"
    )
    begin(first)
    choose(first, "A")
    expect_saved(first, "A")
    second = first.context.new_page()
    second.goto(paper())

    expect_only_showing(first, IN_ANOTHER_TAB)
    choose(second, "B")
    expect_saved(second, "B")
    first.get_by_role("button", name=GO_ON_IN_TAB).click()
    expect_saved(first, "B")
    choose(first, "C")
    expect_saved(first, "C")
    assert stored(Attempt.objects.get()) == {0: 2}


# --- what counts when revisions meet --------------------------------------------------------------


@pytest.mark.console("status of 409")
def test_the_last_click_wins_over_a_higher_revision(open_at) -> None:
    page = open_at()
    begin(page)
    write_elsewhere(0, 3, 50)

    choose(page, "A")

    expect_saved(page, "A")
    assert stored(Attempt.objects.get()) == {0: 0}


@pytest.mark.console("ERR_FAILED|net::|status of 409")
def test_a_kept_choice_gives_way_to_what_was_answered_since(open_at) -> None:
    page = open_at()
    begin(page)
    page.route(SAVES, fail)
    choose(page, "A")
    expect(page.locator(".q-card:visible .save-state")).to_contain_text("Chưa lưu phương án A")
    write_elsewhere(0, 3, 50)
    page.close()

    again = page.context.new_page()
    again.goto(paper())

    expect_saved(again, "D")
    expect(chosen(again)).to_have_value("3")
    assert stored(Attempt.objects.get()) == {0: 3}


@pytest.mark.console("ERR_FAILED|net::")
def test_everything_chosen_without_a_line_is_sent_after_a_crash_without_a_touch(open_at) -> None:
    page = open_at()
    begin(page)
    page.route(SAVES, fail)
    for number, letter in enumerate("ABCDA", start=1):
        go_to(page, number)
        choose(page, letter)
    expect(page.locator(".cell.unsaved")).to_have_count(5 + 1)  # and one in the key
    page.close()

    again = page.context.new_page()
    again.goto(paper())

    expect(again.get_by_text("5 / 5 đã lưu")).to_be_visible()
    assert stored(Attempt.objects.get()) == {0: 0, 1: 1, 2: 2, 3: 3, 4: 0}


def test_the_way_back_leads_to_a_page_that_saves(open_at, person: Participant) -> None:
    page = open_at()
    begin(page)
    choose(page, "A")
    expect_saved(page, "A")
    page.goto(f"/{person.contest.slug}/quiz/")
    page.go_back()

    expect_saved(page, "A")
    choose(page, "B")
    expect_saved(page, "B")
    assert stored(Attempt.objects.get()) == {0: 1}
