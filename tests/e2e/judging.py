"""A judge at work in a browser: signed in, marking a video with the keyboard or by touch."""

from dataclasses import dataclass
from statistics import median

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User

SAVED = "Bản nháp đã lưu lúc"
MARKS = ("27", "17,5", "21", "18", "5")
KEYS = ("content", "script", "technique", "effect", "rules")
HAND_IN = "Nộp phiếu chấm"
# From what led to the page, redirects included, until it is painted and its scripts have run.
_SHOWN = """() => new Promise((done) => {
  const look = () => {
    const [navigation] = performance.getEntriesByType("navigation");
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    if (navigation.loadEventEnd && paint)
      done(Math.max(navigation.domContentLoadedEventEnd, paint.startTime));
    else requestAnimationFrame(look);
  };
  look();
})"""
_NOTE_INPUT = """() => {
  addEventListener("input", (event) => { window.lastInput = event.timeStamp; }, true);
}"""
_IS_SAVED = """() => {
  const { sheet } = document.querySelector("[data-marking]").dataset;
  return localStorage.getItem(`sheet-${sheet}`) === null;
}"""
# The last save: its answer after the last input, and how long it was under way.
_SAVE = """() => {
  const all = performance.getEntriesByType("resource").filter((e) => e.name.endsWith("/save/"));
  const save = all.at(-1);
  return [save.responseEnd - window.lastInput, save.duration];
}"""


@dataclass(frozen=True)
class Costs:
    """What the program took from its judge for one video, in milliseconds.

    `save` is from the last input until the answer, the rest before it included, and `request` the
    part of it that was under way; None where the judge did not wait for it.
    """

    page: float
    confirm: float
    save: float | None
    request: float | None


def costs_in_words(costs: list[Costs]) -> str:
    """Return median and worst of a day's videos, a line a cost."""
    measured = {
        "a video's page shown": [cost.page for cost in costs],
        "the page to look it over shown": [cost.confirm for cost in costs],
        "both, hence each video": [cost.page + cost.confirm for cost in costs],
        "draft acknowledged after the last input": [c.save for c in costs if c.save is not None],
        "of it under way": [c.request for c in costs if c.request is not None],
    }
    lines = [
        f"  {name}: median {median(times):.0f} ms, worst {max(times):.0f} ms ({len(times)})"
        for name, times in measured.items()
    ]
    return "\n".join(lines)


def sign_in(context: BrowserContext, user: User, home: str) -> BrowserContext:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": home}])
    return context


def mark_by_keyboard(page: Page, *, waits: bool) -> Costs:
    """Mark the video in front without a pointer; `waits` until the draft is said to be saved."""
    expect(page.locator("[data-player]")).to_be_visible()
    shown, save, request = page.evaluate(_SHOWN), None, None
    page.evaluate(_NOTE_INPUT)
    page.keyboard.press("1")
    for mark in MARKS:
        page.keyboard.type(mark)
        page.keyboard.press("Enter")
    if waits:
        expect(page.get_by_text(SAVED)).to_be_visible()
        page.wait_for_function(_IS_SAVED)
        save, request = page.evaluate(_SAVE)
    with page.expect_navigation(url="**/confirm/"):
        page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name=HAND_IN)).to_be_focused()
    confirm = page.evaluate(_SHOWN)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return Costs(page=shown, confirm=confirm, save=save, request=request)


def mark_by_touch(page: Page) -> None:
    """Give all marks of the video in front, look the sheet over, hand it in: the next one comes."""
    expect(page.locator("[data-player]")).to_be_visible()
    for key, mark in zip(KEYS, MARKS, strict=True):
        page.locator(f"#id_m-{key}").fill(mark)
    with page.expect_navigation(url="**/confirm/"):
        page.get_by_role("button", name=HAND_IN).click()
    with page.expect_navigation():
        page.get_by_role("button", name=HAND_IN).click()
