"""A judge at work in a browser: signed in, marking a video with the keyboard or by touch."""

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from contests.models import Judge

SAVED = "Bản nháp đã lưu lúc"
MARKS = ("27", "17,5", "21", "18", "5")
KEYS = ("content", "script", "technique", "effect", "rules")
HAND_IN = "Nộp phiếu chấm"


def sign_in(context: BrowserContext, judge: Judge, home: str) -> BrowserContext:
    client = Client()
    client.force_login(judge.user)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": home}])
    return context


def mark_all(page: Page, *, by_keyboard: bool) -> None:
    """Give all marks of the video in front, look the sheet over, hand it in: the next one comes."""
    expect(page.locator("[data-marking]")).to_be_visible()
    expect(page.locator("[data-player]")).to_be_visible()
    if by_keyboard:
        page.keyboard.press("1")
        for mark in MARKS:
            page.keyboard.type(mark)
            page.keyboard.press("Enter")
        with page.expect_navigation(url="**/confirm/"):
            page.keyboard.press("Control+Enter")
        expect(page.get_by_role("button", name=HAND_IN)).to_be_focused()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return
    for key, mark in zip(KEYS, MARKS, strict=True):
        page.locator(f"#id_m-{key}").fill(mark)
    with page.expect_navigation(url="**/confirm/"):
        page.get_by_role("button", name=HAND_IN).click()
    with page.expect_navigation():
        page.get_by_role("button", name=HAND_IN).click()
