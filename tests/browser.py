"""A real Chromium: an error, a CSP violation or a foreign request of a page fails the test."""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Request, expect

CHROMIUM = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
DESK = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}

# What a page comes to show it may take its time for: the machine may be ten times slower.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, without its own chatter with the world."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert found, "Chromium is missing; type: sudo apt-get install -y chromium"
    arguments = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return {**browser_type_launch_args, "executable_path": found, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """An English browser in another zone; the pages are in Vietnamese and Vietnam's time."""
    return {
        **browser_context_args,
        "locale": "en-US",
        "timezone_id": "UTC",
        "reduced_motion": "reduce",
    }


class Watch:
    """Notes what the pages of a test complain about, and every request that leaves the server."""

    def __init__(self, home: str, *, expected: Sequence[str] = ()) -> None:
        self.complaints: list[str] = []
        self._home = urlsplit(home).netloc
        self._expected = expected
        self._contexts: list[BrowserContext] = []

    def over(self, context: BrowserContext) -> None:
        self._contexts.append(context)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._note(f"script error: {error.error}"))
        context.on("request", self._on_request)

    def all_complaints(self) -> list[str]:
        """Return the complaints after a round trip to each page: what it had to say has arrived."""
        for page in [page for context in self._contexts for page in context.pages]:
            page.title()
        return self.complaints

    def _note(self, text: str) -> None:
        if not any(re.search(pattern, text) for pattern in self._expected):
            self.complaints.append(text)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._note(f"console {message.type}: {message.text}")

    def _on_request(self, sent: Request) -> None:
        address = urlsplit(sent.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != self._home:
            self._note(f"foreign request: {sent.url}")


@pytest.fixture
def watch(live_server: Any, request: pytest.FixtureRequest) -> Watch:
    """What a test provokes on purpose it names: `@pytest.mark.console("status of 404")`."""
    expected = [pattern for mark in request.node.iter_markers("console") for pattern in mark.args]
    return Watch(live_server.url, expected=expected)


@pytest.fixture
def new_context(
    new_context: Callable[..., BrowserContext], live_server: Any, watch: Watch
) -> Iterator[Callable[..., BrowserContext]]:
    """Make browser contexts on the live server; `new_context(viewport=PHONE)` is a phone."""

    def make(**kwargs: Any) -> BrowserContext:
        kwargs.setdefault("base_url", live_server.url)
        kwargs.setdefault("viewport", DESK)
        context = new_context(**kwargs)
        context.set_default_timeout(10_000)
        watch.over(context)
        return context

    yield make
    complaints = watch.all_complaints()
    assert complaints == [], "the browser complained:\n" + "\n".join(complaints)
