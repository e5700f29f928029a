"""A judge marks in a real browser: at a desk, on a phone, without scripts, in two windows."""

import shutil
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from contests.models import Judge
from media_uploads.models import VideoSubmission
from scoring.models import Mark, ScoreSheet
from tests import make
from tests.browser import DESK, PHONE
from tests.media_uploads.samples import Samples

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/scoring/scoresheet/"
FULL = {"content": "27", "script": "17,5", "technique": "21", "effect": "18", "rules": "5"}


@pytest.fixture
def judge(live_server) -> Judge:
    contest = make.make_contest()
    make.make_criteria(contest)
    return make.make_judge(contest)


@pytest.fixture
def video(judge: Judge) -> VideoSubmission:
    unit = make.make_unit(judge.contest, name="Sở Giáo dục và Đào tạo")
    return make.make_video(unit, "Một cửa thân thiện, phụ huynh yên tâm")


@pytest.fixture
def address(video: VideoSubmission) -> str:
    return f"{LIST}video/{video.public_id}/"


@pytest.fixture
def open_page(
    new_context: Callable[..., BrowserContext], live_server, judge: Judge
) -> Callable[..., Page]:
    """Open an address of the administration as the judge, in a browser of its own."""

    def opened(address: str, *, size: dict[str, int] = DESK, **kwargs) -> Page:
        client = Client()
        client.force_login(judge.user)
        name = django_settings.SESSION_COOKIE_NAME
        value = client.cookies[name].value
        context = new_context(**kwargs)
        context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        page = context.new_page()
        page.set_viewport_size(size)
        page.goto(address)
        return page

    return opened


def fill(page: Page, **marks: str) -> None:
    for key, mark in marks.items():
        page.locator(f"#id_m-{key}").fill(mark)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_judge_marks_looks_over_and_hands_in(open_page, video, size):
    page = open_page(LIST, size=size)
    page.get_by_role("link", name="Bắt đầu chấm").click()
    fill(page, content="27", script="17.5", technique="21")
    expect(page.locator("[data-total]")).to_have_text("65,5")
    expect(page.locator("[data-given]")).to_have_text("3 trên 5 tiêu chí")
    expect(page.get_by_text("Bản nháp đã lưu lúc")).to_be_visible()
    press(page, "Lưu nháp")
    expect(page.get_by_text("Bản nháp đã lưu lúc")).to_be_visible()
    expect(page.locator("#id_m-script")).to_have_value("17,5")
    hint = page.get_by_text("Chưa chấm. Từ 0 đến 20, bước 0,5.")
    expect(hint).to_be_visible()
    fill(page, effect="18", rules="5")
    expect(hint).to_have_count(0)
    press(page, "Nộp phiếu chấm")
    expect(page.get_by_text("88,5 / 100")).to_be_visible()
    press(page, "Nộp phiếu chấm")
    expect(page.get_by_text("Đã nộp 1 trên 1 phiếu")).to_be_visible()
    sheet = ScoreSheet.objects.get()
    assert (sheet.state, len(sheet.seal)) == ("submitted", 64)


def test_player_plays_and_seeks_beside_the_criteria(open_page, video, address, media, tmp_path):
    film = Samples(tmp_path).good()
    (media / video.copy).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(film, media / video.copy)
    page = open_page(address)
    player = page.locator("video")
    player.evaluate("async (video) => { video.muted = true; await video.play(); video.pause(); }")
    reached = player.evaluate(
        """(video) => new Promise((done) => {
             video.addEventListener("seeked", () => done(video.currentTime));
             video.currentTime = 9;
           })"""
    )
    assert reached == pytest.approx(9, abs=0.3)
    video_box, rubric_box = player.bounding_box(), page.locator(".rubric").bounding_box()
    assert video_box["x"] + video_box["width"] < rubric_box["x"]
    page.set_viewport_size(PHONE)
    video_box, rubric_box = player.bounding_box(), page.locator(".rubric").bounding_box()
    assert video_box["y"] + video_box["height"] < rubric_box["y"]


def test_sheet_can_be_handed_in_without_scripts(open_page, address):
    page = open_page(address, java_script_enabled=False)
    fill(page, **{**FULL, "effect": "20,5"})
    press(page, "Nộp phiếu chấm")
    expect(page.get_by_text("Điểm phải từ 0 đến 20.")).to_be_visible()
    expect(page.locator("#id_m-effect")).to_have_value("20,5")
    expect(page.locator("[data-total]")).to_have_text("70,5")
    fill(page, effect="18")
    press(page, "Nộp phiếu chấm")
    press(page, "Nộp phiếu chấm")
    assert ScoreSheet.objects.get().is_submitted


def test_strip_and_edge_follow_what_is_typed(open_page, address):
    page = open_page(address)
    row = page.locator(".criterion").first
    fill(page, content="15")
    expect(row.locator(".fill")).to_have_attribute("width", "50.00%")
    fill(page, content="30,5")
    expect(row).to_have_class("criterion out-of-range")
    expect(row.locator(".given")).to_have_attribute("visibility", "hidden")
    page.locator("#id_m-content").press("Enter")
    expect(page.locator("#id_m-script")).to_be_focused()
    expect(page.get_by_text("Đã lưu, trừ các ô đánh dấu đỏ.")).to_be_visible()
    assert not Mark.objects.exists()


@pytest.mark.console("status of 409")
def test_second_window_loses_nothing(open_page, address):
    first, second = open_page(address), open_page(address)
    fill(first, content="27")
    expect(first.get_by_text("Bản nháp đã lưu lúc")).to_be_visible()
    # The second window's own saving meets the first one's, and shows both.
    fill(second, content="20")
    expect(second.get_by_text("Cửa sổ kia đã lưu: 27.")).to_be_visible()
    expect(second.locator("#id_m-content")).to_have_value("20")
    press(second, "Lưu nháp")
    expect(second.get_by_text("Bản nháp đã lưu lúc")).to_be_visible()
    assert [str(mark.value) for mark in ScoreSheet.objects.get().marks.all()] == ["20.0"]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("tail", ["list", "", "confirm/", "conflict/"])
def test_pages_have_no_serious_finding_and_no_sideways_scroll(
    open_page, judge, video, address, size, tail
):
    client = Client()
    client.force_login(judge.user)
    client.post(address, {**{f"m-{k}": v for k, v in FULL.items()}, "revision": "0", "_save": "1"})
    page = open_page(LIST if tail == "list" else address + tail, size=size, bypass_csp=True)
    found = Axe().run(page).response["violations"]
    assert [f["id"] for f in found if f["impact"] in {"serious", "critical"}] == []
    widths = page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]
