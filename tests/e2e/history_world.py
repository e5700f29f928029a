"""The world of a history: one attempt on a live server, its devices, and a journal as witness."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from playwright.sync_api import BrowserContext, Error, expect

from contests.models import Attempt, Choice
from tests.browser import DESK, PHONE
from tests.contests.quizzes import stored
from tests.e2e.histories import LETTERS, NOTHING_ARRIVES, QUESTIONS, Model, Step
from tests.e2e.history_journal import Journal
from tests.e2e.history_pages import PATIENCE_MS, Browser, Tab, eventually

DAY_SECONDS = 24 * 60 * 60


class World:
    """Takes the steps of a history in real browsers and asks after each what must hold."""

    def __init__(
        self,
        *,
        home: str,
        link: str,
        slug: str,
        new_context: Callable[..., BrowserContext],
        advance: Callable[[float], None],
        journal: Journal,
    ) -> None:
        self.home, self.link, self.slug = home, link, slug
        self.new_context, self.advance, self.journal = new_context, advance, journal
        self.model = Model()
        self.browsers: dict[str, Browser] = {}
        self.passed = 0
        self.lies: list[str] = []
        self.attempt: Attempt | None = None

    def take(self, step: Step) -> None:
        getattr(self, step.act.replace(" ", "_"))(step)
        if step.act != "finish":
            self.check()

    def check(self) -> None:
        """What holds at every moment: no page lied, the server holds what it may, time runs."""
        self._expect_honesty()
        found = stored(self.attempt)
        wrong = self.model.allows(found)
        assert not wrong, [
            (place + 1, found.get(place), self.model.may_be[place]) for place in wrong
        ]
        now_is = Attempt.objects.get()
        assert now_is.is_running, "the attempt was ended"
        assert now_is.deadline_at == self.attempt.deadline_at

    # --- what pages say

    def _expect_honesty(self) -> None:
        for browser in self.browsers.values():
            browser.hear()
        assert self.lies == []

    def _on_saved(self, place: int, letter: str) -> None:
        item = self.attempt.paper[place]
        choice = item["c"][LETTERS.index(letter)]
        if not self.journal.had(self.attempt.pk, item["q"], choice):
            self.lies.append(f"question {place + 1} was said to be saved with {letter}")

    def _on_count(self, count: int) -> None:
        had = self.journal.answered(self.attempt.pk)
        if count > had:
            self.lies.append(f"{count} answers were said to be saved, {had} were")

    # --- devices and tabs

    def browser(self, page: str) -> Browser:
        return self.browsers[page[0]]

    def front(self, page: str) -> Tab:
        return self.browser(page).tabs[self.model.of(page).front]

    @property
    def address(self) -> str:
        return f"/{self.slug}/attempts/{self.attempt.pk}/"

    def sign_in(self, step: Step) -> None:
        name = step.page
        context = self.new_context(viewport=DESK if name == "A" else PHONE)
        browser = Browser(context, home=self.home, on_saved=self._on_saved, on_count=self._on_count)
        browser.keep_wall(self.passed)
        page = context.new_page()
        page.goto(self.link)
        consent = page.get_by_label("Tôi đồng ý")
        if consent.count():
            consent.check()
        page.get_by_role("button", name="Vào thi").click()
        page.wait_for_url("**/quiz/")
        if self.attempt is None:
            page.get_by_role("button", name="Bắt đầu làm bài").click()
            page.wait_for_url("**/attempts/*/")
            self.attempt = Attempt.objects.get()
        else:
            page.get_by_role("link", name="Làm tiếp").click()
        self.browsers[name] = browser
        tab = browser.tab(self.model.sign_in(name, stored(self.attempt)), page)
        self._expect_open(tab, name)

    def _expect_open(self, tab: Tab, page: str) -> None:
        """A page that was opened now has every answer of the server; it writes if it may."""
        tab.wait_until_ready()
        if self.model.is_writer(page):
            tab.expect_mode("write")
        else:
            tab.expect_mode("device")
            assert tab.is_locked()
            tab.expect_shown(partial(stored, self.attempt))
            self._check_left(page)

    def _check_left(self, page: str) -> None:
        """What an older writer chose and the server did not take is listed, and nothing else."""
        device, tab = self.model.of(page), self.front(page)
        may = device.left.items() | device.perhaps.items()

        def looked_up() -> tuple[dict[int, int], dict[int, int]]:
            held = stored(self.attempt)
            return {
                place: it for place, it in device.left.items() if held.get(place) != it
            }, tab.left()

        must, listed = eventually(
            looked_up, lambda found: found[0].items() <= found[1].items() <= may
        )
        assert must.items() <= listed.items() <= may, (listed, must, may)

    def _load_again(self, page: str) -> None:
        self.model.load(page)
        self.browser(page).line.forget()
        if not self.model.of(page).is_dead:
            self._expect_open(self.browser(page).in_front(page), page)

    def reload(self, step: Step) -> None:
        with suppress(Error):  # without a connection the browser shows a page of its own
            self.front(step.page).page.reload()
        self._load_again(step.page)

    def crash(self, step: Step) -> None:
        browser, tab = self.browser(step.page), self.front(step.page)
        with tab.page.expect_event("crash"), suppress(Error):
            tab.page.goto("chrome://crash")
        crashed = [name for name, other in browser.tabs.items() if other.is_crashed]
        # Another tab may have died with it; the one in front comes back last.
        for name in sorted(crashed, key=lambda name: name == step.page):
            browser.tabs[name].page.close()
            new = browser.tab(name)
            with suppress(Error):
                new.page.goto(self.address)
            self._load_again(name)

    def back(self, step: Step) -> None:
        page = self.front(step.page).page
        page.goto(f"/{self.slug}/quiz/")
        page.go_back()
        self._load_again(step.page)

    def frozen(self, step: Step) -> None:
        self.model.leave(step.page)
        self.front(step.page).page.evaluate("() => witness.freeze()")
        if self.model.is_writer(step.page):
            self.front(step.page).expect_mode("write")

    def open_tab(self, step: Step) -> None:
        self._open(step, self.browser(step.page).tab)

    def copy_tab(self, step: Step) -> None:
        """A copy has the other's session storage too."""
        browser = self.browser(step.page)
        kept = self.front(step.page).page.evaluate("() => JSON.stringify({...sessionStorage})")

        def copy(name: str) -> Tab:
            tab = browser.tab(name)
            tab.page.add_init_script(f"Object.assign(sessionStorage, {kept})")
            return tab

        self._open(step, copy)

    def _open(self, step: Step, make: Callable[[str], Tab]) -> None:
        older = self.front(step.page)
        older.set_hidden(True)
        tab = make(self.model.open_tab(step.page[0]))
        tab.page.goto(self.address)
        self._expect_open(tab, step.page)
        if self.model.is_writer(step.page):
            older.expect_mode("tab")
            assert older.is_locked()
            expect(older.page.locator("#go-on-tab")).to_be_visible()

    def close_tab(self, step: Step) -> None:
        self.browser(step.page).tabs.pop(step.page).page.close()
        self.model.close(step.page)
        self._turn_to(self.model.of(step.page).front)

    def turn_to(self, step: Step) -> None:
        self.model.to_front(step.page)
        self._turn_to(step.page)

    def _turn_to(self, name: str) -> None:
        """Go on in a tab that was opened earlier; another token may make it load itself anew."""
        tab = self.browser(name).in_front(name)
        if not self.model.is_writer(name):
            return
        button = tab.page.locator("#go-on-tab:visible")

        def mode() -> str:
            with suppress(Error):  # it may be loading
                if button.count():
                    button.click(timeout=5000)
                return tab.mode
            return ""

        assert eventually(mode, lambda mode: mode == "write", seconds=60) == "write"
        tab.wait_until_ready()

    def take_over(self, step: Step) -> None:
        tab = self.browser(step.page).in_front(step.page)
        tab.expect_mode("device")
        with tab.page.expect_navigation():
            tab.page.get_by_role("button", name="Làm tiếp trên thiết bị này").click()
        self.model.take_over(step.page[0], stored(self.attempt))
        self._load_again(step.page)
        self._check_left(step.page)

    # --- answers

    def answer(self, step: Step) -> None:
        device, tab = self.model.of(step.page), self.front(step.page)
        is_writer = self.model.is_writer(step.page)
        if is_writer:
            tab.expect_mode("write")
        elif tab.mode != "write":
            device.is_aware = True
            return
        if not tab.choose(step.place, step.choice, step.how):
            return
        if step.waits:
            self._expect_saved(tab, step.place, step.choice)
        elif device.line in NOTHING_ARRIVES:
            self._expect_honesty()
            unsaved = re.compile(rf"^\s*(Đang|Chưa) lưu phương án {LETTERS[step.choice]}\b")
            expect(tab.line(step.place)).to_have_text(unsaved, timeout=PATIENCE_MS)
        self.model.answer(step.page, step.place, step.choice, is_saved=step.waits)
        if not is_writer and device.line == "good":
            tab.expect_mode("device")

    def _expect_saved(self, tab: Tab, place: int, choice: int) -> None:
        """Soon; else after the pauses between tries, which need not be sat through."""
        try:
            tab.expect_saved(place, choice, within_ms=1500)
        except AssertionError:
            self._let_pass(10)
            tab.expect_saved(place, choice)

    def flag(self, step: Step) -> None:
        tab = self.front(step.page)
        tab.go_to(step.place)
        tab.page.locator(".q-card").nth(step.place).locator(".flag").click()

    def go(self, step: Step) -> None:
        self.front(step.page).go_to(step.place)

    def put_back(self, step: Step) -> None:
        tab = self.front(step.page)
        self._check_left(step.page)
        listed = tab.left()
        if listed:
            tab.page.locator("#left-put").click()
            expect(tab.page.locator("#left")).to_be_hidden()
        self.model.put_back(step.page[0], listed)

    def put_away(self, step: Step) -> None:
        tab = self.front(step.page)
        self._check_left(step.page)
        if tab.left():
            tab.page.locator("#left-drop").click()
            expect(tab.page.locator("#left")).to_be_hidden()
        self.model.put_away(step.page[0])

    def settle(self, step: Step) -> None:
        device, tab = self.model.of(step.page), self.front(step.page)
        if self.model.is_writer(step.page):
            for place, choice in device.waiting.items():
                self._expect_saved(tab, place, choice)
            self.model.settle(step.page[0])
            tab.expect_shown(partial(stored, self.attempt))
            return
        tab.set_hidden(True)
        self._let_pass(11)
        tab.set_hidden(False)
        tab.expect_mode("device")
        assert tab.is_locked()
        self.model.settle(step.page[0])
        tab.expect_shown(partial(stored, self.attempt))
        self._check_left(step.page)

    # --- lines and clocks

    def cut_off(self, step: Step) -> None:
        self.browser(step.page).line.cut_off(step.how)
        self.model.devices[step.page].line = step.how

    def mend(self, step: Step) -> None:
        device = self.model.devices[step.page]
        was_dead = device.is_dead
        self.browser(step.page).line.mend()
        self.model.mend(step.page)
        if was_dead:
            self.front(step.page).page.goto(self.address)
            self._load_again(device.front)

    def arrive(self, step: Step) -> None:
        self.model.devices[step.page].has_astray = False
        self.browser(step.page).line.arrive()

    def hide(self, step: Step) -> None:
        self._be_away(step, sleeper="")

    def sleep(self, step: Step) -> None:
        self._be_away(step, sleeper=step.page[0])

    def _be_away(self, step: Step, *, sleeper: str) -> None:
        tab = self.front(step.page)
        tab.set_hidden(True)
        self._let_pass(step.seconds, sleeper=sleeper)
        tab.set_hidden(False)
        self._check_timers()

    def wait(self, step: Step) -> None:
        self._let_pass(step.seconds)
        self._check_timers()

    def set_clock(self, step: Step) -> None:
        days = 1 if step.how == "+1 day" else -1
        self.browser(step.page).set_wall(days * DAY_SECONDS, self.passed)
        self._check_timers()

    def _let_pass(self, seconds: int, *, sleeper: str = "") -> None:
        """Time passes for the server and for every device at once; nothing is under way."""
        browsers = self.browsers.items()
        for _, browser in browsers:
            browser.line.close_gate(browser.hear)
        self.advance(seconds)
        self.passed += seconds
        for name, browser in browsers:
            browser.keep_wall(self.passed)
            browser.let_pass(seconds, is_asleep=name == sleeper)
        for _, browser in browsers:
            browser.line.open_gate()

    def _check_timers(self) -> None:
        """Each timer is at most two seconds off the server's (rules: Q4)."""
        deadline = self.attempt.deadline_at
        for name, device in self.model.devices.items():
            if device.is_dead:
                continue
            tab = self.browsers[name].tabs[device.front]
            off = eventually(partial(tab.seconds_off, deadline), lambda off: abs(off) <= 2)
            assert abs(off) <= 2, f"the timer of {device.front} is {off:.1f} s off"

    # --- the end

    def finish(self, step: Step) -> None:
        """The last writer answers what is open; all of it is there, and is handed in."""
        tab = self.front(step.page)
        self.settle(step)
        for place, choice in enumerate(step.choices):
            if place not in stored(self.attempt):
                assert tab.choose(place, choice, "mouse")
                self.model.answer(step.page, place, choice, is_saved=False)
        self.settle(step)
        expected = {place: choice for place, (choice,) in enumerate(self.model.may_be)}
        assert None not in expected.values()
        assert stored(self.attempt) == tab.shown() == expected
        expect(tab.page.locator("#tally-saved")).to_have_text("15 / 15 đã lưu")
        for name, browser in self.browsers.items():
            browser.line.arrive()
            if name != step.page[0]:
                self.reload(Step("reload", self.model.devices[name].front))
        self._check_timers()
        self.check()
        self._hand_in(tab, expected)

    def _hand_in(self, tab: Tab, expected: dict[int, int]) -> None:
        right = set(Choice.objects.filter(is_correct=True).values_list("pk", flat=True))
        paper = self.attempt.paper
        correct = sum(paper[place]["c"][choice] in right for place, choice in expected.items())
        tab.page.locator("#hand-in").click()
        tab.page.locator("#really").click()
        heading = tab.page.get_by_role("heading", name="Đã nộp bài")
        expect(heading).to_be_visible(timeout=PATIENCE_MS)
        expect(tab.page.locator(".summary")).to_contain_text(f"{correct} / {QUESTIONS}")
        self.attempt.refresh_from_db()
        assert (self.attempt.state, self.attempt.correct) == ("submitted", correct)
        assert stored(self.attempt) == expected
        self._expect_honesty()
