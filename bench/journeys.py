"""People who take the whole quiz over HTTP, one connection each, many at once in one process.

A step's time counts from the moment it was due: when the answer before it had come, or at the
person's own moment where that was later. What the generator itself was late counts against us.
"""

from __future__ import annotations

import heapq
import itertools
import json
import re
import select
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.wire import Answer, Broken, Wire, get, post_form, post_json

if TYPE_CHECKING:
    from bench.rows import Person

SLUG, QUIZ = "bench", "quiz-1"
QUESTIONS = 15
STEPS = (
    *("link page", "sign-in page", "sign in by link", "sign in by typed code", "quiz page"),
    *("start", "paper", "save", "submit", "result"),
)
_TOKEN = re.compile(r'data-token="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Step:
    """One request: its name, its bytes, the status it must have, and not before which moment."""

    name: str
    request: bytes
    wanted: int = 200
    not_before: float = 0.0


Journey = Generator[Step, Answer, None]


class Failed(Exception):
    """The journey cannot go on: args name the step and what came."""


@dataclass(slots=True)
class Seen:
    """What all journeys met: each step's times, every status, what went wrong, who finished."""

    times: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    finished: int = 0
    # (person's number, position) -> the choice that was acknowledged last.
    acknowledged: dict[tuple[int, int], int] = field(default_factory=dict)

    def statuses_of(self, first_digit: int) -> int:
        return sum(n for (_, status), n in self.statuses.items() if status // 100 == first_digit)

    def conflicts(self) -> int:
        return sum(n for (_, status), n in self.statuses.items() if status == 409)


def take_quiz(
    person: Person,
    seen: Seen,
    *,
    by_link: bool,
    save_moments: Callable[[float], Iterable[float]] = lambda _now: itertools.repeat(0.0),
    hands_in: bool = True,
) -> Journey:
    """Sign in by code, start, open the paper, answer 15 questions, hand in, see the result.

    `save_moments` gets the moment the paper came and returns when the 15 clicks are made.
    """
    cookies: dict[str, str] = {}

    def sent() -> str:
        return "; ".join(f"{name}={value}" for name, value in cookies.items())

    def form(path: str, **fields: str) -> bytes:
        whole = {"csrfmiddlewaretoken": cookies.get("csrftoken", ""), **fields}
        return post_form(path, whole, cookies=sent())

    if by_link:
        door, name, given = f"/enter/{person.link}/", "sign in by link", {"consent": "on"}
        answer = yield Step("link page", get(door))
    else:
        door, name = f"/{SLUG}/sign-in/", "sign in by typed code"
        given = {"identifier": person.phone, "code": person.typed, "consent": "on"}
        answer = yield Step("sign-in page", get(door))
    cookies |= answer.cookies()
    answer = yield Step(name, form(door, **given), 302)
    cookies |= answer.cookies()
    yield Step("quiz page", get(f"/{SLUG}/quiz/", cookies=sent()))
    answer = yield Step("start", form(f"/{SLUG}/quiz/{QUIZ}/start/"), 302)
    paper = answer.header("location")
    answer = yield Step("paper", get(paper, cookies=sent()))
    token = _TOKEN.search(answer.text())
    if token is None:
        raise Failed("paper", "no token in the page")
    moments = iter(save_moments(time.perf_counter()))
    for position in range(QUESTIONS):
        choice = (person.number + position) % 4
        body = {"token": token[1], "position": position, "choice": choice, "revision": position + 1}
        request = post_json("/api/answers/", json.dumps(body).encode())
        yield Step("save", request, not_before=next(moments))
        seen.acknowledged[person.number, position] = choice
    if hands_in:
        yield Step("submit", form(f"{paper}submit/"), 302, not_before=next(moments, 0.0))
        yield Step("result", get(f"{paper}result/", cookies=sent()))


@dataclass(slots=True)
class _Traveller:
    journey: Journey
    source: str
    step: Step
    wire: Wire | None = None
    due: float = 0.0
    is_asking: bool = False


class Crowd:
    """Lets journeys go on as their answers come, until the last has ended."""

    def __init__(
        self, port: int, seen: Seen, *, progress: Callable[[], None] | None = None
    ) -> None:
        self._port, self._seen, self._progress = port, seen, progress
        self._poll = select.epoll()
        self._by_socket: dict[int, _Traveller] = {}
        self._waiting: list[tuple[float, int, _Traveller]] = []
        self._order = itertools.count()

    def add(self, journey: Journey, *, source: str, at: float = 0.0) -> None:
        """Let a journey begin at that moment of time.perf_counter()."""
        traveller = _Traveller(journey, source, next(journey))
        heapq.heappush(self._waiting, (at, next(self._order), traveller))

    def run(self, *, more: Iterator[tuple[Journey, str]] | None = None) -> None:
        """Run until nobody is left; whoever ends is followed by the next of `more`."""
        shown_at = time.perf_counter()
        while self._waiting or self._by_socket:
            now = time.perf_counter()
            if self._progress and now > shown_at + 5:
                shown_at = now
                self._progress()
            while self._waiting and self._waiting[0][0] <= now:
                due, _, traveller = heapq.heappop(self._waiting)
                self._send(traveller, due or now, more)
            rest = max(0.0, self._waiting[0][0] - time.perf_counter()) if self._waiting else 1.0
            select.select([self._poll.fileno()], (), (), min(rest, 1.0))
            for number, _ in self._poll.poll(0):
                self._receive(self._by_socket[number], more)
        self._poll.close()

    def _send(
        self, traveller: _Traveller, due: float, more: Iterator[tuple[Journey, str]] | None
    ) -> None:
        traveller.due, traveller.is_asking = due, True
        try:
            if traveller.wire is None:
                traveller.wire = Wire(self._port, traveller.source)
                self._poll.register(traveller.wire.socket, select.EPOLLIN)
            self._by_socket[traveller.wire.socket.fileno()] = traveller
            traveller.wire.send(traveller.step.request)
        except (Broken, OSError) as error:
            self._end(traveller, f"{traveller.step.name}: {error!r}", more)

    def _receive(self, traveller: _Traveller, more: Iterator[tuple[Journey, str]] | None) -> None:
        assert traveller.wire is not None
        step = traveller.step
        if not traveller.is_asking:
            # The server ended an idle connection, as it may; the next request opens another.
            self._hang_up(traveller)
            return
        try:
            answer = traveller.wire.receive()
            if answer is None:
                return
            now = time.perf_counter()
            traveller.is_asking = False
            self._seen.times.setdefault(step.name, []).append(now - traveller.due)
            self._seen.statuses[step.name, answer.status] += 1
            if answer.status != step.wanted:
                raise Failed(step.name, answer.status, answer.text()[:200])
            traveller.step = traveller.journey.send(answer)
        except StopIteration:
            self._seen.finished += 1
            self._end(traveller, "", more)
        except (Broken, Failed) as error:
            self._end(traveller, f"{step.name}: {error!r}", more)
        else:
            if traveller.step.not_before <= now:
                self._send(traveller, now, more)
            else:
                at = traveller.step.not_before
                heapq.heappush(self._waiting, (at, next(self._order), traveller))

    def _end(
        self, traveller: _Traveller, wrong: str, more: Iterator[tuple[Journey, str]] | None
    ) -> None:
        if wrong:
            self._seen.wrong.append(wrong)
        self._hang_up(traveller)
        if more is not None and (following := next(more, None)) is not None:
            self.add(following[0], source=following[1])

    def _hang_up(self, traveller: _Traveller) -> None:
        if traveller.wire is not None:
            self._by_socket.pop(traveller.wire.socket.fileno(), None)
            self._poll.unregister(traveller.wire.socket)
            traveller.wire.close()
            traveller.wire = None
