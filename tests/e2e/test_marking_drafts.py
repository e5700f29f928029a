"""A draft that saves itself: said to be saved only when it is, and not lost before (rules: M2)."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Error, Page, Route, expect

from contests.models import Contest, Judge
from media_uploads.models import VideoSubmission
from scoring.models import Mark, ScoreSheet
from tests import make
from tests.browser import DESK, PHONE
from tests.e2e.judging import SAVED, costs_in_words, mark_by_keyboard, mark_by_touch, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
UNSAVED = "Chưa lưu vì mất mạng."


@pytest.fixture
def judge(live_server) -> Judge:
    contest = make.make_contest()
    make.make_criteria(contest)
    return make.make_judge(contest)


@pytest.fixture
def video(judge: Judge) -> VideoSubmission:
    return make.make_video(make.make_unit(judge.contest))


@pytest.fixture
def context(
    new_context: Callable[..., BrowserContext], live_server, judge: Judge
) -> BrowserContext:
    return sign_in(new_context(), judge.user, live_server.url)


@pytest.fixture
def page(context: BrowserContext, video: VideoSubmission) -> Page:
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/admin/scoring/scoresheet/video/{video.public_id}/")
    return page


def stored() -> dict[str, Decimal]:
    return dict(Mark.objects.values_list("criterion__key", "value"))


def test_what_is_typed_is_saved_without_a_button(page: Page) -> None:
    page.locator("#id_m-content").fill("27")
    page.locator("#id_notes").fill("Xem lại phút thứ hai")
    expect(page.get_by_text(SAVED)).to_be_visible()
    page.wait_for_function("() => !Object.keys(localStorage).length")
    page.reload()
    expect(page.locator("#id_notes")).to_have_value("Xem lại phút thứ hai")
    expect(page.locator("#id_m-content")).to_have_value("27")
    assert ScoreSheet.objects.get().notes == "Xem lại phút thứ hai"


def test_what_is_typed_before_the_script_has_come_is_saved_too(
    context: BrowserContext, video: VideoSubmission
) -> None:
    page = context.new_page()
    held: list[Route] = []
    page.route("**/js/marking*.js", lambda route: held.append(route))
    page.goto(f"/admin/scoring/scoresheet/video/{video.public_id}/", wait_until="commit")
    page.locator("#id_m-content").fill("27")
    page.locator("#id_notes").fill("Xem lại")
    held[0].continue_()
    expect(page.get_by_text(SAVED)).to_be_visible()
    assert stored() == {"content": Decimal("27.0")}


@pytest.mark.console("net::ERR_|status of 503")
@pytest.mark.parametrize("fault", ["dropped", "away", "lost word"])
def test_nothing_is_said_to_be_saved_that_is_not_and_all_arrives_later(
    page: Page, fault: str
) -> None:
    def meet(route: Route) -> None:
        if fault == "away":
            route.fulfill(status=503, body="Service Unavailable")
            return
        if fault == "lost word":
            route.fetch()
        route.abort("connectionreset")

    page.route("**/save/", meet)
    page.locator("#id_m-content").fill("27")
    expect(page.get_by_text(UNSAVED)).to_be_visible()
    expect(page.get_by_text(SAVED)).to_be_hidden()
    if fault != "lost word":
        assert stored() == {}
    page.unroute("**/save/")
    page.locator("#id_m-script").fill("17,5")
    expect(page.get_by_text(SAVED)).to_be_visible()
    page.wait_for_function("() => Object.keys(localStorage).every((key) => !/^sheet-/.test(key))")
    assert stored() == {"content": Decimal(27), "script": Decimal("17.5")}
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.console("net::ERR_")
def test_a_crash_before_the_acknowledgement_loses_nothing(
    context: BrowserContext, page: Page, video: VideoSubmission
) -> None:
    page.route("**/save/", lambda route: route.abort())
    page.locator("#id_m-content").fill("27")
    page.locator("#id_remark").fill("Lời bình hay")
    expect(page.get_by_text(UNSAVED)).to_be_visible()
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")
    page.close()
    again = context.new_page()
    again.goto(f"/admin/scoring/scoresheet/video/{video.public_id}/")
    expect(again.get_by_text(SAVED)).to_be_visible()
    expect(again.locator("#id_remark")).to_have_value("Lời bình hay")
    assert stored() == {"content": Decimal(27)}


@pytest.mark.console("net::ERR_")
def test_what_one_judge_typed_on_a_shared_device_is_not_shown_to_another(
    context: BrowserContext, page: Page, judge: Judge, live_server
) -> None:
    page.route("**/save/", lambda route: route.abort())
    page.locator("#id_m-content").fill("27")
    page.locator("#id_notes").fill("Riêng tôi biết")
    expect(page.get_by_text(UNSAVED)).to_be_visible()
    address = page.url
    # The tab is closed before anything was stored, and somebody else signs in.
    page.close()
    context.clear_cookies()
    other = make.make_judge(judge.contest, "Lê Ngọc Ẩn")
    sign_in(context, other.user, live_server.url)
    theirs = context.new_page()
    theirs.goto(address)
    expect(theirs.locator("#id_m-content")).to_have_value("")
    expect(theirs.locator("#id_notes")).to_have_value("")
    theirs.locator("#id_m-script").fill("10")
    expect(theirs.get_by_text(SAVED)).to_be_visible()
    assert stored() == {"script": Decimal(10)}
    # Who typed it finds it again.
    sign_in(context, judge.user, live_server.url)
    theirs.goto(address)
    expect(theirs.locator("#id_notes")).to_have_value("Riêng tôi biết")


@pytest.mark.console("status of 403")
def test_a_session_that_ended_says_so_and_goes_on_after_a_new_sign_in(
    context: BrowserContext, page: Page, judge: Judge, live_server
) -> None:
    context.clear_cookies()
    page.locator("#id_m-content").fill("27")
    expect(page.get_by_text("Chưa lưu vì đã hết phiên đăng nhập.")).to_be_visible()
    assert stored() == {}
    sign_in(context, judge.user, live_server.url)
    page.locator("#id_m-content").fill("26")
    # The form's token belonged to the session that ended; a new page has what was typed.
    page.reload()
    expect(page.locator("#id_m-content")).to_have_value("26")
    expect(page.get_by_text(SAVED)).to_be_visible()
    assert stored() == {"content": Decimal(26)}


@pytest.mark.console("status of 4(09|10)")
def test_marks_that_come_after_closing_are_refused_in_words(page: Page, judge: Judge) -> None:
    Contest.objects.update(judging_closes_at=timezone.now())
    page.locator("#id_m-content").fill("27")
    expect(page.get_by_text("Phiếu chấm không còn nhận điểm")).to_be_visible()
    assert stored() == {}


@pytest.mark.parametrize(("size", "number"), [(DESK, 35), (PHONE, 5)], ids=["desk", "phone"])
def test_a_judge_marks_video_after_video(
    new_context: Callable[..., BrowserContext], live_server, judge: Judge, size, number: int, capsys
) -> None:
    """By keyboard alone at a desk, where it prints what the program costs beyond watching."""
    for _video in range(number):
        make.make_video(make.make_unit(judge.contest))
    page = sign_in(new_context(viewport=size), judge.user, live_server.url).new_page()
    page.goto("/admin/scoring/scoresheet/")
    page.get_by_role("link", name="Bắt đầu chấm").press("Enter")
    if size == DESK:
        # Handed in at once and after the draft's acknowledgement by turns.
        costs = [mark_by_keyboard(page, waits=bool(turn % 2)) for turn in range(number)]
        with capsys.disabled():
            print(f"\n{number} videos by keyboard:\n{costs_in_words(costs)}")  # noqa: T201
    else:
        for _video in range(number):
            mark_by_touch(page)
    expect(page.get_by_text(f"Đã nộp {number} trên {number} phiếu")).to_be_visible()
    assert ScoreSheet.objects.submitted().count() == number
    assert len(set(ScoreSheet.objects.values_list("video", flat=True))) == number
