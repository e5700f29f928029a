"""The public pages and the desk in a real Chromium, on a phone and on a desk."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from media_uploads.models import VideoSubmission
from tests.browser import DESK, PHONE
from tests.make import make_video
from tests.portal.cast import Stage, make_person

State = VideoSubmission.State
SERIOUS = {"serious", "critical"}


def sign_in(context: BrowserContext, user: User, address: str) -> None:
    """Put the session of `user` into the browser; signing in has tests of its own."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": address}])


def findings(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{page.url} {item['id']}" for item in found if item["impact"] in SERIOUS]


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
# The tests' videos have no files, so no poster can be fetched.
@pytest.mark.console("status of 404")
def test_pages_hold_the_screen_and_axe_finds_nothing_serious(new_context, live_server, screen):
    stage = Stage()
    make_person(stage.first, "Đặng Quốc Huy", source="self")
    context = new_context(viewport=screen, bypass_csp=True)
    page = context.new_page()
    slug = {"slug": stage.contest.slug}
    public = ["contest", "contest_units", "contest_results", "gallery", "privacy"]
    addresses = ["/", *(reverse(name, kwargs=slug) for name in public)]
    found = []

    def look(address: str) -> None:
        page.goto(address)
        width = page.evaluate("() => document.documentElement.scrollWidth")
        assert width == screen["width"], address
        found.extend(findings(page))

    for address in addresses:
        look(address)
    sign_in(context, stage.coordinator, live_server.url)
    for name in ("desk", "people_confirm", "codes_issue"):
        look(reverse(name, kwargs={"pk": stage.first.pk}))
    stage.publish()
    unit = reverse("unit_sum", kwargs={**slug, "code": "DV01"})
    for address in [*addresses, unit, reverse("contest_statistics", kwargs=slug)]:
        look(address)
    assert found == []


def test_the_desk_shows_by_itself_that_the_video_is_accepted(new_context, live_server):
    stage = Stage()
    video = make_video(stage.second, "Nụ cười nơi công sở", state=State.RECEIVED)
    stage.second.coordinator = stage.coordinator
    stage.second.save(update_fields=["coordinator"])
    context = new_context()
    sign_in(context, stage.coordinator, live_server.url)
    page = context.new_page()
    page.clock.install()
    page.goto(reverse("desk", kwargs={"pk": stage.second.pk}))
    expect(page.get_by_text("Đang kiểm tra hình và tiếng")).to_be_visible()
    VideoSubmission.objects.filter(pk=video.pk).update(
        state=State.REFUSED, verdict_code="no_picture", verdict={"params": {}}
    )
    page.clock.run_for(5_000)
    expect(page.get_by_text("Bản này không được chấp nhận")).to_be_visible()


@pytest.mark.console("status of 404")
def test_a_coordinator_confirms_a_person_and_hands_out_a_code(new_context, live_server):
    stage = Stage()
    make_person(stage.first, "Đặng Quốc Huy", source="self")
    context = new_context(viewport=PHONE)
    sign_in(context, stage.coordinator, live_server.url)
    page = context.new_page()
    page.goto(reverse("desks"))
    page.get_by_role("link", name="Xác nhận Đặng Quốc Huy").click()
    page.get_by_role("button", name="Xác nhận những người đã chọn").click()
    expect(page.get_by_text("Đã xác nhận 1 người.")).to_be_visible()
    page.get_by_role("link", name="Cấp mã cho Đặng Quốc Huy").click()
    page.get_by_role("button", name="Cấp mã dự thi").click()
    shown = page.get_by_text(re.compile("^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$"))
    expect(shown).to_be_visible()
    picture = page.get_by_role("img", name=re.compile("Mã QR"))
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")


def test_the_countdown_goes_on_without_reloading(new_context, live_server):
    stage = Stage()
    now = stage.contest.judging_opens_at
    stage.quiz.closes_at = now + (now - stage.quiz.opens_at)
    stage.quiz.save(update_fields=["closes_at"])
    page = new_context().new_page()
    page.clock.install()
    page.goto(reverse("contest", kwargs={"slug": stage.contest.slug}))
    minutes = page.locator('[data-part="minutes"]')
    before = int(minutes.inner_text())
    page.clock.run_for(60_000)
    expect(minutes).to_have_text(f"{(before - 1) % 60:02d}")


def open_desk(new_context, live_server, **kwargs) -> Page:
    stage = Stage()
    # The window is still open, as in a rehearsal, and nothing has been handed in.
    stage.contest.is_rehearsal = True
    stage.contest.video_closes_at = stage.contest.judging_closes_at
    stage.contest.save(update_fields=["is_rehearsal", "video_closes_at"])
    stage.second.coordinator = stage.coordinator
    stage.second.save(update_fields=["coordinator"])
    context = new_context(**kwargs)
    sign_in(context, stage.coordinator, live_server.url)
    page = context.new_page()
    page.goto(reverse("desk", kwargs={"pk": stage.second.pk}))
    return page


def test_a_file_is_chosen_by_a_button_that_keys_reach_and_its_name_is_shown(
    new_context, live_server
):
    page = open_desk(new_context, live_server, viewport=PHONE)
    expect(page.get_by_text("Chưa chọn tệp nào")).to_be_visible()
    field = page.locator("input[type=file]")
    page.get_by_label("Tên video").focus()
    page.keyboard.press("Tab")
    expect(field).to_be_focused()
    button = page.locator("label.btn", has_text="Chọn tệp")
    assert button.evaluate("label => getComputedStyle(label).outlineStyle") == "solid"
    with page.expect_file_chooser() as chosen:
        button.click()
    chosen.value.set_files({"name": "đơn vị.mp4", "mimeType": "video/mp4", "buffer": b"x"})
    expect(page.locator(".file-choice")).to_contain_text("đơn vị.mp4")


def test_without_javascript_the_file_field_is_the_browsers_own(new_context, live_server):
    page = open_desk(new_context, live_server, java_script_enabled=False)
    expect(page.locator("input[type=file]")).to_be_visible()
    expect(page.get_by_text("Chưa chọn tệp nào")).to_have_count(0)
