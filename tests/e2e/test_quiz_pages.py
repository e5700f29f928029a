"""Around the quiz in a real browser: waiting for the opening, pictures, the review afterwards."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from contests import pictures
from contests.models import Attempt, Participant, Question, Quiz
from tests.browser import DESK, PHONE
from tests.contests import picture_files as files
from tests.contests.quizzes import HOUR, MINUTE, make_participant, make_quiz, start
from tests.e2e import looks
from tests.e2e.test_quiz import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
BEGIN = "Bắt đầu làm bài"


@pytest.fixture
def quiz(live_server) -> Quiz:
    return make_quiz(questions=5)


@pytest.fixture
def person(quiz: Quiz) -> Participant:
    return make_participant(quiz.contest)


@pytest.fixture
def new_page(
    new_context: Callable[..., BrowserContext], live_server, person: Participant
) -> Callable[..., Page]:
    """Open a browser of the person's own."""

    def make(**kwargs) -> Page:
        context = new_context(**kwargs)
        sign_in(context, person, live_server.url)
        return context.new_page()

    return make


@pytest.fixture
def shut(quiz: Quiz) -> Quiz:
    """The quiz opens in an hour, so nothing depends on how fast this machine is."""
    now = timezone.now()
    Quiz.objects.update(opens_at=now + HOUR, closes_at=now + 3 * HOUR)
    quiz.refresh_from_db()
    return quiz


def wait_in(page: Page, quiz: Quiz) -> list[Request]:
    """Open the waiting room on a clock of the test's; return what is asked from then on."""
    page.clock.install()
    page.goto(f"/{quiz.contest.slug}/quiz/", wait_until="networkidle")
    asked: list[Request] = []
    page.on("request", lambda sent: asked.append(sent))
    return asked


def rest(page: Page) -> int:
    """Return the seconds the countdown shows."""
    names = ("hours", "minutes", "seconds")
    shown = [page.locator(f"[data-part={name}]").inner_text() for name in names]
    hours, minutes, seconds = map(int, shown)
    return 3600 * hours + 60 * minutes + seconds


def test_the_start_shows_itself_at_the_opening_and_asks_nobody(new_page, shut: Quiz) -> None:
    page = new_page(viewport=PHONE)
    asked = wait_in(page, shut)
    button = page.get_by_role("button", name=BEGIN)
    said = page.locator("[data-said]")
    expect(page.get_by_role("timer")).to_be_visible()
    expect(page.get_by_text("Cứ để trang này mở.")).to_be_visible()
    expect(page.get_by_text("tải lại trang này")).to_be_hidden()

    page.clock.run_for("56:00")
    expect(said).to_have_text("Còn 5 phút nữa phần thi mở.")
    expect(button).to_be_hidden()
    page.clock.run_for("03:30")
    expect(said).to_have_text("Còn 1 phút nữa phần thi mở.")
    expect(button).to_be_hidden()
    page.clock.run_for("00:34")

    expect(said).to_have_text("Phần thi đã mở. Anh/chị có thể bắt đầu làm bài.")
    expect(button).to_be_enabled()
    expect(page.get_by_role("timer")).to_be_hidden()
    expect(page).to_have_title(re.compile("^Phần thi đã mở · "))
    expect(page.locator(".section-head .tag")).to_have_text("Đang mở")
    assert asked == []

    Quiz.objects.update(opens_at=timezone.now() - MINUTE)
    button.click()
    expect(page).to_have_url(re.compile(rf"/attempts/{Attempt.objects.get().pk}/$"))


@pytest.mark.parametrize(
    ("number", "least", "most"), [(0, 0, 500), (2**31, 1400, 2900), (2**32 - 1, 2900, 6000)]
)
def test_people_are_let_in_up_to_three_seconds_apart(
    new_page, shut: Quiz, number: int, least: int, most: int
) -> None:
    """Measured on the page's own clock: from the countdown's zero to the start."""
    page = new_page()
    page.add_init_script(f"crypto.getRandomValues = (numbers) => numbers.fill({number});")
    wait_in(page, shut)
    page.evaluate(
        """() => {
          window.moments = {};
          const room = document.querySelector(".waiting");
          new MutationObserver(() => {
            const figures = [...room.querySelectorAll("[data-part]")];
            if (figures.every((figure) => !Number(figure.textContent)))
              window.moments.zero ??= Date.now();
            if (!room.querySelector("[data-after]").hidden) window.moments.open ??= Date.now();
          }).observe(room, { subtree: true, childList: true, attributes: true });
        }"""
    )

    page.clock.run_for("01:00:10")

    expect(page.get_by_role("button", name=BEGIN)).to_be_enabled()
    moments = page.evaluate("() => window.moments")
    assert least <= moments["open"] - moments["zero"] <= most


def test_a_clock_that_leaps_opens_nothing_and_is_put_right_by_a_static_file(
    new_page, shut: Quiz
) -> None:
    page = new_page()
    asked = wait_in(page, shut)
    before = rest(page)

    with page.expect_response(lambda response: response.request.method == "HEAD"):
        page.clock.fast_forward("05:00:00")
    page.clock.run_for("00:02")

    # The header drops fractions of a second: the rest may be one longer than it was.
    assert before - 5 * 60 <= rest(page) <= before + 1
    expect(page.get_by_role("button", name=BEGIN)).to_be_hidden()
    assert {(sent.method, "/static/" in sent.url) for sent in asked} == {("HEAD", True)}
    assert len(asked) == 1


@pytest.mark.parametrize("hours", [26, -26])
def test_a_device_whose_clock_is_set_meanwhile_asks_once_and_waits_on(
    new_page, shut: Quiz, hours: int
) -> None:
    page = new_page()
    asked = wait_in(page, shut)
    before = rest(page)
    page.evaluate(
        "(shift) => { const real = Date.now; Date.now = () => real.call(Date) + shift; }",
        hours * 3_600_000,
    )

    with page.expect_response(lambda response: response.request.method == "HEAD"):
        page.clock.run_for("00:10")
    # Round trips: the page has the answer as well, before a minute of its own clock passes.
    for _trip in range(20):
        page.evaluate("() => 0")
    page.clock.run_for("01:00")

    assert before - 5 * 60 <= rest(page) <= before + 1
    expect(page.get_by_role("button", name=BEGIN)).to_be_hidden()
    assert [sent.method for sent in asked] == ["HEAD"]


def test_a_phone_that_slept_past_the_opening_lets_in_when_it_wakes(new_page, shut: Quiz) -> None:
    page = new_page(viewport=PHONE)
    wait_in(page, shut)
    Quiz.objects.update(opens_at=timezone.now() - MINUTE)

    # The static file's Date is the server's, an hour before the page's time: nothing opens …
    page.clock.fast_forward("00:10:00")
    expect(page.get_by_role("button", name=BEGIN)).to_be_hidden()
    # … but by the page's own time, once that has run its course.
    page.clock.run_for("01:02:00")

    expect(page.get_by_role("button", name=BEGIN)).to_be_enabled()


def test_without_scripts_the_page_says_to_reload(new_page, shut: Quiz) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"/{shut.contest.slug}/quiz/")
    local = timezone.localtime(shut.opens_at)

    words = (
        f"Đến {local:%H:%M} ngày {local:%d/%m/%Y}, anh/chị tải lại trang này để bắt đầu làm bài."
    )
    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_role("timer")).to_be_hidden()
    expect(page.get_by_text("Cứ để trang này mở.")).to_be_hidden()
    expect(page.get_by_role("button", name=BEGIN)).to_be_hidden()


def test_the_opened_start_is_next_for_the_keyboard(new_page, shut: Quiz) -> None:
    page = new_page()
    wait_in(page, shut)
    page.clock.run_for("01:00:04")
    expect(page.get_by_role("button", name=BEGIN)).to_be_enabled()

    page.locator("#noi-dung").focus()
    page.keyboard.press("Tab")

    expect(page.get_by_role("button", name=BEGIN)).to_be_focused()


# --- pictures -------------------------------------------------------------------------------------


@pytest.fixture
def pictured(quiz: Quiz, media: Path) -> Quiz:
    """The first question has a wide picture, the second a tall one."""
    for number, size in ((1, (1200, 700)), (2, (700, 1400))):
        name = pictures.store(pictures.redraw(io.BytesIO(files.picture(size))))
        Question.objects.filter(number=number).update(
            picture=name, picture_alt="Sơ đồ bộ phận một cửa"
        )
    return quiz


# The page a browser makes around a picture alone has a style of its own, which is not let in.
@pytest.mark.console("Applying inline style violates")
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_picture_keeps_its_place_and_opens_in_its_size(
    new_page, pictured: Quiz, person: Participant, size: dict[str, int]
) -> None:
    attempt = start(pictured, person=person)
    page = new_page(viewport=size)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/pictures/**", hold)
    page.goto(f"/{pictured.contest.slug}/attempts/{attempt.pk}/")
    image = page.locator(".q-card:visible").get_by_role("img", name="Sơ đồ bộ phận một cửa")
    expect(image).to_be_visible()
    choice = page.locator(".q-card:visible .choice").first
    before = choice.bounding_box()
    assert image.evaluate("(it) => it.naturalWidth") == 0

    for route in held:
        route.continue_()
    page.unroute("**/pictures/**", hold)
    page.wait_for_function("() => document.querySelector('.q-picture img').naturalWidth === 1200")
    assert choice.bounding_box() == before
    assert looks.sideways(page) == []

    with page.context.expect_page() as opened:
        image.click()
    expect(opened.value.locator("img")).to_be_visible()
    assert opened.value.url.endswith("/pictures/0/")


# --- afterwards -----------------------------------------------------------------------------------


@pytest.fixture
def finished(pictured: Quiz, person: Participant) -> Attempt:
    """An attempt with a right and a wrong answer, when all quizzes have closed."""
    attempt = start(pictured, person=person)
    for position, choice in ((0, 1), (1, 0)):
        item = attempt.paper[position]
        attempt.answers.create(
            question_id=item["q"],
            choice_id=item["c"][choice],
            generation=1,
            revision=1,
            saved_at=timezone.now(),
        )
    attempt.submit(now=timezone.now())
    Quiz.objects.update(closes_at=timezone.now() - MINUTE)
    return attempt


def test_the_result_leads_to_the_review_which_a_keyboard_walks_through(
    new_page, finished: Attempt
) -> None:
    page = new_page()
    page.goto(f"/{finished.quiz.contest.slug}/attempts/{finished.pk}/result/")
    page.get_by_role("link", name="Xem lại bài thi").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Xem lại bài thi")
    cell = page.get_by_role("link", name="Câu 2: Trả lời sai")
    cell.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#cau-2$"))
    card = page.get_by_role("region", name="Câu 2 trên 5")
    expect(card).to_be_in_viewport()
    expect(card.get_by_role("listitem").filter(has_text="Đáp án đúng")).to_have_count(1)
    expect(card.get_by_role("listitem").filter(has_text="Anh/chị chọn")).to_contain_text(
        "Sở Nội vụ"
    )


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("view", ["waiting", "opened", "closed", "review", "result"])
def test_the_pages_fit_are_accessible_and_speak_vietnamese(
    new_page, finished: Attempt, view: str, size: dict[str, int]
) -> None:
    page = new_page(bypass_csp=True, viewport=size)
    contest = finished.quiz.contest
    now = timezone.now()
    address = f"/{contest.slug}/attempts/{finished.pk}/"
    if view == "closed":
        Quiz.objects.update(closes_at=now + HOUR)
    if view in {"waiting", "opened"}:
        Quiz.objects.update(opens_at=now + HOUR, closes_at=now + 3 * HOUR, attempts_allowed=2)
        wait_in(page, finished.quiz)
        if view == "opened":
            page.clock.run_for("01:00:04")
            expect(page.get_by_role("button", name=BEGIN)).to_be_enabled()
    else:
        page.goto(address + ("result/" if view == "result" else "review/"))

    assert looks.faults(page) == []
