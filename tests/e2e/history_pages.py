"""A device of a history: a browser of its own, its tabs, its clock, and the line to the server."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, Request, Route, expect

from contests.clock import database_now
from tests.e2e.histories import CHOICES, LETTERS
from tests.e2e.taking import wait_for_script

WITNESS = Path(__file__).with_name("witness.js")
API = "**/api/**"
# A machine may be ten times slower than any that was tried.
PATIENCE_MS = 60_000
UNAVAILABLE = '{"error":"unavailable"}'
CARDS = """() => [...document.querySelectorAll(".q-card")].map((card) => ({
  text: card.querySelector(".save-state").textContent.trim(),
  chosen: [...card.querySelectorAll("input[type=radio]")].findIndex((input) => input.checked),
  enabled: !card.querySelector("fieldset").disabled,
}))"""


class Line:
    """What becomes of each request to the server's interface (histories.FAULTS)."""

    def __init__(self, context: BrowserContext) -> None:
        self.state = "good"
        self._context = context
        self._late: list[tuple[Route, Any]] = []
        self._astray: list[tuple[str, str]] = []
        self._at_gate: list[Route] | None = None
        self._flying: set[Request] = set()
        context.route(API, self._meet)
        for event in ("requestfinished", "requestfailed"):
            context.on(event, self._landed)

    def _landed(self, request: Request) -> None:
        self._flying.discard(request)

    def _meet(self, route: Route) -> None:
        if self._at_gate is not None:
            self._at_gate.append(route)
            return
        # The page may be gone by now, and its request with it.
        with suppress(Error):
            self._treat(route)

    def _treat(self, route: Route) -> None:
        match self.state:
            case "away":
                headers = {"Retry-After": "2", "Content-Type": "application/json"}
                route.fulfill(status=503, headers=headers, body=UNAVAILABLE)
            case "dropped":
                route.abort("connectionreset")
            case "lossy":
                route.fetch()
                route.abort("connectionreset")
            case "late":
                self._late.append((route, route.fetch()))
            case "astray":
                if route.request.post_data:
                    self._astray.append((route.request.url, route.request.post_data))
                route.abort("timedout")
            case _:
                self._flying.add(route.request)
                route.continue_()

    def cut_off(self, how: str) -> None:
        self.state = how
        if how == "offline":
            self._context.set_offline(True)

    def mend(self) -> None:
        """What was held back arrives now, the youngest first."""
        if self.state == "offline":
            self._context.set_offline(False)
        self.state = "good"
        late, self._late = self._late, []
        for route, response in reversed(late):
            with suppress(Error):
                route.fulfill(response=response)

    def arrive(self) -> None:
        """What went astray reaches the server after all, the youngest first."""
        astray, self._astray = self._astray, []
        for url, body in reversed(astray):
            headers = {"Content-Type": "application/json"}
            self._context.request.post(url, data=body, headers=headers)

    def forget(self) -> None:
        """A page has gone, and perhaps never told what became of its requests."""
        self._flying.clear()

    def close_gate(self, pump: Callable[[], None]) -> None:
        """Let nothing be under way between page and server, until the gate opens."""
        self._at_gate = []
        give_up_at = time.perf_counter() + 20
        while self._flying and time.perf_counter() < give_up_at:
            pump()
        self._flying.clear()

    def open_gate(self) -> None:
        waiting, self._at_gate = self._at_gate or [], None
        for route in waiting:
            self._meet(route)


class Tab:
    """A page that shows the paper, as a person sees and uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.is_crashed = False
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("crash", self._note_crash)
        self.form = page.locator("#quiz")

    def _note_crash(self, _page: Page) -> None:
        self.is_crashed = True

    def wait_until_ready(self) -> None:
        wait_for_script(self.page)

    @property
    def mode(self) -> str:
        return self.form.get_attribute("data-mode") or ""

    def expect_mode(self, mode: str) -> None:
        expect(self.form).to_have_attribute("data-mode", mode, timeout=PATIENCE_MS)

    def line(self, place: int) -> Any:
        return self.page.locator(".q-card .save-state").nth(place)

    def expect_saved(self, place: int, choice: int, *, within_ms: float = PATIENCE_MS) -> None:
        text = re.compile(rf"^\s*Đã lưu phương án {LETTERS[choice]} lúc \d\d:\d\d:\d\d\s*$")
        expect(self.line(place)).to_have_text(text, timeout=within_ms)

    def cards(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(CARDS)
        return found

    def shown(self) -> dict[int, int]:
        """Return place → choice of what the page says to be saved and shows as chosen."""
        shown = {}
        for place, card in enumerate(self.cards()):
            told = re.match(r"Đã lưu phương án ([A-D]) ", card["text"])
            chosen = LETTERS[card["chosen"]] if card["chosen"] >= 0 else None
            if told and told[1] == chosen:
                shown[place] = LETTERS.index(told[1])
            elif told or chosen:
                shown[place] = -1
        return shown

    def expect_shown(self, stored: Callable[[], dict[int, int]]) -> None:
        """The page shows every answer of the server, and no other as saved.

        The server is asked anew each time: another device's answers may still be arriving, and a
        page that only shows looks every 20 to 25 s.
        """
        shown, held = eventually(
            lambda: (self.shown(), stored()), lambda both: both[0] == both[1], seconds=90
        )
        assert shown == held

    def is_locked(self) -> bool:
        return not any(card["enabled"] for card in self.cards())

    def left(self) -> dict[int, int]:
        """Return place → choice of what is listed as not saved."""
        text = self.page.evaluate(
            "() => document.getElementById('left').hidden ? ''"
            " : document.getElementById('left-list').textContent"
        )
        found = re.findall(r"câu (\d+): ([A-D])", text)
        return {int(number) - 1: LETTERS.index(letter) for number, letter in found}

    def go_to(self, place: int) -> None:
        self.page.locator(".cells .cell").nth(place).click()
        expect(self.page.locator(".q-card").nth(place)).to_be_visible()

    def choose(self, place: int, choice: int, how: str) -> bool:
        """Choose as a person does; False where it was chosen already, so that nothing changes."""
        self.go_to(place)
        card = self.page.locator(".q-card").nth(place)
        radio = card.locator("input[type=radio]").nth(choice)
        before = self.page.evaluate("() => witness.given.length")
        match how:
            case "key":
                self.page.keyboard.press(str(choice + 1))
            case "arrow":
                card.locator("input[type=radio]").nth((choice - 1) % CHOICES).focus()
                self.page.keyboard.press("ArrowDown")
            case "label":
                card.locator(".choice").nth(choice).click(position={"x": 60, "y": 20})
            case _:
                card.locator(".choice").nth(choice).click()
        given = self.page.evaluate("(before) => witness.given.slice(before)", before)
        assert given in ([], [f"{place}:{choice}"]), given
        assert given or radio.is_checked() or self.mode != "write", "a choice was not taken"
        return bool(given)

    def seconds_off(self, deadline: dt.datetime) -> float:
        """How far the timer is from the server's clock, at the better of two looks at that."""
        before = database_now()
        minutes, seconds = self.page.locator("#time-value").inner_text().split(":")
        rests = [(deadline - at).total_seconds() for at in (before, database_now())]
        return min((60 * int(minutes) + int(seconds) - rest for rest in rests), key=abs)

    def tell(self, script: str, value: Any = None) -> None:
        """Run a script of the test; a page that is just being loaded is told when it is there."""
        for _try in range(5):
            with suppress(Error):
                self.page.evaluate(script, value)
                return
        self.page.evaluate(script, value)

    def set_hidden(self, value: bool) -> None:
        self.tell("(value) => globalThis.witness?.setHidden(value)", value)


class Browser:
    """A device: its own cookies and storage, tabs by name, a wall clock that may be wrong."""

    def __init__(
        self,
        context: BrowserContext,
        *,
        home: str,
        on_saved: Callable[[int, str], None],
        on_count: Callable[[int], None],
    ) -> None:
        self.context = context
        self.home = home
        self.tabs: dict[str, Tab] = {}
        self.wrong_by = 0
        context.set_default_timeout(PATIENCE_MS)
        context.expose_binding("saidSaved", lambda _, place, letter: on_saved(place, letter))
        context.expose_binding("saidCount", lambda _, count: on_count(count))
        context.add_init_script(path=WITNESS)
        self.line = Line(context)

    def tab(self, name: str, page: Page | None = None) -> Tab:
        self.tabs[name] = Tab(page or self.context.new_page())
        return self.tabs[name]

    def in_front(self, name: str) -> Tab:
        """Bring a tab to the front: the others are hidden, as in a browser's window."""
        for other, tab in self.tabs.items():
            if other != name and not tab.is_crashed:
                tab.set_hidden(True)
        front = self.tabs[name]
        # In truth as well: Chromium draws a hidden tab once a second, and a click waits for that.
        front.page.bring_to_front()
        front.set_hidden(False)
        return front

    def keep_wall(self, passed: int) -> None:
        """Keep what a page of this device must know when it begins: the wall clock's error."""
        wall = 1000 * (self.wrong_by + passed)
        self.context.add_cookies([{"name": "wall", "value": str(wall), "url": self.home}])

    def set_wall(self, wrong_by: int, passed: int) -> None:
        self.wrong_by = wrong_by
        self.keep_wall(passed)
        for tab in self.tabs.values():
            wall = 1000 * (wrong_by + passed)
            tab.tell("(wall) => globalThis.witness?.setWall(wall)", wall)

    def let_pass(self, seconds: int, *, is_asleep: bool) -> None:
        for tab in self.tabs.values():
            tab.tell(
                "([length, isAsleep]) => globalThis.witness?.pass(length, isAsleep)",
                [1000 * seconds, is_asleep],
            )

    def hear(self) -> None:
        """A round trip to each page: what its witness had to say has arrived."""
        for tab in self.tabs.values():
            tab.tell("() => 0")


def eventually(
    read: Callable[[], Any], holds: Callable[[Any], bool], *, seconds: float = 30
) -> Any:
    """Read until it holds, and return what was read last; each reading asks a browser."""
    give_up_at = time.perf_counter() + seconds
    while not holds(value := read()) and time.perf_counter() < give_up_at:
        pass
    return value
