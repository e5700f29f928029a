"""A judge practises in a real browser: by keyboard, by touch, in two windows, and once more."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from contests.models import Judge
from scoring.models import ScoreSheet
from tests import make
from tests.browser import DESK, PHONE
from tests.e2e.judging import (
    HAND_IN,
    KEYS,
    MARKS,
    SAVED,
    mark_by_keyboard,
    mark_by_touch,
    sign_in,
)
from tests.e2e.looks import faults

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/scoring/scoresheet/"
PAGE = f"{LIST}practice/hoi-thi/"
BANNER = "Video tập chấm: không tính vào kết quả"
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])


@pytest.fixture
def judge(live_server) -> Judge:
    contest = make.make_contest("hoi-thi")
    make.make_criteria(contest)
    return make.make_judge(contest)


@pytest.fixture
def open_context(
    new_context: Callable[..., BrowserContext], live_server, judge: Judge
) -> Callable[..., BrowserContext]:
    def opened(size: dict[str, int] = DESK) -> BrowserContext:
        return sign_in(new_context(viewport=size), judge.user, live_server.url)

    return opened


def mark(page: Page, size: dict[str, int]) -> None:
    if size == DESK:
        mark_by_keyboard(page, waits=False)
    else:
        mark_by_touch(page)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


@SIZES
def test_a_judge_practises_reloads_hands_in_and_begins_again(open_context, judge, size) -> None:
    page = open_context(size).new_page()
    page.goto(LIST)
    page.get_by_role("link", name="Tập chấm").click()
    expect(page.get_by_text(BANNER)).to_be_visible()
    expect(page.locator("[data-player]")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.type("12,5")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-total]")).to_have_text("13")
    page.locator("#id_notes").fill("Phút thứ hai")
    expect(page.get_by_text(SAVED)).to_be_visible()
    page.wait_for_function("() => !Object.keys(localStorage).length")
    page.reload()
    expect(page.locator("#id_m-content")).to_have_value("13")
    expect(page.locator("#id_notes")).to_have_value("Phút thứ hai")

    mark(page, size)
    expect(page.get_by_text("Đã nộp phiếu tập chấm: 88,5 trên 100 điểm")).to_be_visible()
    expect(page.get_by_text(BANNER)).to_be_visible()
    press(page, "Tập lại")
    expect(page.locator("#id_m-content")).to_have_value("")
    expect(page.locator("#id_notes")).to_have_value("")
    expect(page.locator("[data-total]")).to_have_text("0")

    # Sent at once, before a save of its own: what was handed in does not come back afterwards.
    mark(page, size)
    press(page, "Tập lại")
    expect(page.locator("#id_m-content")).to_have_value("")
    page.get_by_role("link", name="Về danh sách chấm").click()
    expect(page.get_by_role("link", name="Tập chấm")).to_be_visible()
    assert not ScoreSheet.objects.exists()


@pytest.mark.console("status of 409")
def test_a_second_window_loses_nothing(open_context) -> None:
    context = open_context()
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(PAGE)
    first.locator("#id_m-content").fill("27")
    expect(first.get_by_text(SAVED)).to_be_visible()
    second.locator("#id_m-content").fill("20")
    expect(second.get_by_text("Cửa sổ kia đã lưu: 27.")).to_be_visible()
    expect(second.locator("#id_m-content")).to_have_value("20")
    press(second, "Lưu nháp")
    expect(second.get_by_text(SAVED)).to_be_visible()
    first.reload()
    expect(first.locator("#id_m-content")).to_have_value("20")


@SIZES
def test_the_film_plays_and_the_banner_stays_in_sight_beside_it(open_context, size) -> None:
    page = open_context(size).new_page()
    page.goto(PAGE)
    player = page.locator("video")
    player.evaluate("(video) => { video.muted = true; return video.play(); }")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.5")
    assert player.evaluate("(video) => video.duration") == pytest.approx(12, abs=0.2)
    page.get_by_role("button", name=HAND_IN).scroll_into_view_if_needed()
    banner, film = page.locator(".practice-banner").bounding_box(), player.bounding_box()
    assert banner["y"] >= 0
    assert film["y"] >= banner["y"] + banner["height"] - 1
    assert film["y"] + film["height"] <= size["height"]


@SIZES
def test_pages_have_no_fault(open_context, size) -> None:
    page = open_context(size).new_page()
    page.goto(PAGE)
    found = {"page": faults(page)}
    page.goto(LIST)
    found["list"] = faults(page)
    page.goto(PAGE)
    for key, mark in zip(KEYS, MARKS, strict=True):
        page.locator(f"#id_m-{key}").fill(mark)
    press(page, HAND_IN)
    page.wait_for_url("**/confirm/")
    found["confirm"] = faults(page)
    page.reload()
    press(page, HAND_IN)
    page.wait_for_url(f"**{PAGE}")
    found["done"] = faults(page)
    assert found == {"page": [], "list": [], "confirm": [], "done": []}


def test_it_can_be_handed_in_without_scripts(
    new_context: Callable[..., BrowserContext], live_server, judge: Judge
) -> None:
    context = sign_in(new_context(java_script_enabled=False), judge.user, live_server.url)
    page = context.new_page()
    page.goto(PAGE)
    page.locator("#id_m-content").fill("30,5")
    press(page, HAND_IN)
    expect(page.get_by_text("Điểm phải từ 0 đến 30.")).to_be_visible()
    for key, mark in zip(KEYS, MARKS, strict=True):
        page.locator(f"#id_m-{key}").fill(mark)
    press(page, HAND_IN)
    press(page, HAND_IN)
    expect(page.get_by_text("88,5 trên 100 điểm")).to_be_visible()
