"""What a person does who takes the quiz in a browser."""

import re

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import BrowserContext, Page, expect

from contests.models import Participant


def sign_in(context: BrowserContext, person: Participant, url: str) -> str:
    """Give the browser a session of this person, as the access link does; return its key."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
    session.save()
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key or "", "url": url}]
    )
    return session.session_key or ""


def begin(page: Page) -> None:
    page.get_by_role("button", name="Bắt đầu làm bài").click()
    expect(page.locator(".q-card:visible")).to_have_count(1)
    wait_for_script(page)


def wait_for_script(page: Page) -> None:
    """The quiz page's script has begun when the time counts down."""
    expect(page.locator("#time-value")).to_have_text(re.compile(r"^\d+:\d\d$"), timeout=60_000)


def choose(page: Page, letter: str) -> None:
    page.locator(".q-card:visible .choice").nth("ABCD".index(letter)).click()


def expect_saved(page: Page, letter: str) -> None:
    line = page.locator(".q-card:visible .save-state")
    expect(line).to_have_text(re.compile(rf"Đã lưu phương án {letter} lúc \d\d:\d\d:\d\d"))


def go_to(page: Page, number: int) -> None:
    """Turn to a question by its cell in the navigator."""
    page.locator(".cells .cell").nth(number - 1).click()
