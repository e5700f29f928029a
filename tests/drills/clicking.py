"""People who click: each keeps a journal of what was acknowledged, and that is the witness."""

import contextlib
import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

# (attempt, position) -> revision and choice
Answers = dict[tuple[int, int], tuple[int, int]]

CHOICES = 4
QUESTIONS = 15
# Longer than any outage of a drill on the slowest machine; no request is given up before.
PATIENCE_SECONDS = 120
AWAY = 503


@dataclass(frozen=True)
class Failure:
    """A request that got no answer (status 0) or 503; the times are of this process's clock."""

    status: int
    opened_at: float
    sent_at: float
    failed_at: float


@dataclass
class Outage:
    """What the drill killed, and from when to when it was away."""

    kind: str
    began_at: float
    ended_at: float | None = None
    acknowledged_meanwhile: int = 0

    def meets(self, begin: float, end: float) -> bool:
        return self.began_at <= end and (self.ended_at is None or begin <= self.ended_at)


@dataclass
class Witness:
    """What all clicking people were told, guarded by one lock."""

    acknowledged: int = 0
    failures: list[Failure] = field(default_factory=list)
    # Answers that no fault explains: neither an acknowledgement, nor 503, nor a broken connection.
    wrong: list[str] = field(default_factory=list)
    # The newest acknowledged save of each question.
    answers: Answers = field(default_factory=dict)
    handed_in: set[int] = field(default_factory=set)
    refused_late: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)
    may_send: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_send.set()

    @contextlib.contextmanager
    def held_back(self) -> Iterator[Answers]:
        """Let nobody send anything new meanwhile; yield what has been acknowledged."""
        self.may_send.clear()
        try:
            with self.changed:
                acknowledged = dict(self.answers)
            yield acknowledged
        finally:
            self.may_send.set()

    def acknowledge(self, attempt: int, position: int, revision: int, choice: int) -> None:
        with self.changed:
            self.acknowledged += 1
            self.answers[attempt, position] = (revision, choice)
            self.changed.notify_all()

    def note(self, failure: Failure) -> None:
        with self.changed:
            self.failures.append(failure)
            self.changed.notify_all()

    def complain(self, what: str) -> None:
        with self.changed:
            self.wrong.append(what)
            self.changed.notify_all()

    def wait_for(self, acknowledged: int = 0, failures: int = 0, *, seconds: float = 300) -> None:
        """Wait until so much is acknowledged or failed; a wrong answer ends the drill."""
        with self.changed:
            came = self.changed.wait_for(
                lambda: (
                    bool(self.wrong)
                    or (self.acknowledged >= acknowledged and len(self.failures) >= failures)
                ),
                timeout=seconds,
            )
        assert not self.wrong, self.wrong[:3]
        assert came, f"after {seconds} s: {self.acknowledged} saved, {len(self.failures)} failed"


class Connection:
    """One connection kept alive; the next request after a broken one opens another."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.link: http.client.HTTPConnection | None = None
        self.opened_at = 0.0

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Return status, headers and body; raises OSError or HTTPException for a broken one."""
        if self.link is None:
            self.opened_at = time.monotonic()
            self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            self.link.request(method, path, body, headers or {})
            response = self.link.getresponse()
            return response.status, response.headers, response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self) -> None:
        if self.link is not None:
            self.link.close()
            self.link = None

    def save(
        self, person: dict[str, Any], position: int, choice: int, revision: int
    ) -> tuple[int, http.client.HTTPMessage, dict[str, Any]]:
        click = {"position": position, "choice": choice, "revision": revision}
        body = json.dumps({"token": person["token"], **click}).encode()
        status, headers, content = self.ask(
            "POST", "/api/answers/", body, {"Content-Type": "application/json"}
        )
        return status, headers, json.loads(content)

    def visit(
        self, person: dict[str, Any], path: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        return self.ask("GET", path, headers={"Cookie": f"sessionid={person['session']}"})

    def press(
        self, person: dict[str, Any], path: str, body: bytes = b""
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send a form as a browser does, with the cookie and the header against forgery."""
        secret = "d" * 32
        headers = {
            "Cookie": f"sessionid={person['session']}; csrftoken={secret}",
            "X-CSRFToken": secret,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self.ask("POST", path, body, headers)


class Clicker(threading.Thread):
    """Answers the papers of some people, one after the other, and hands each in.

    The last one's has no end before `enough` is said: a fast machine never runs out of clicks.
    """

    def __init__(
        self,
        port: int,
        slug: str,
        people: list[dict[str, Any]],
        witness: Witness,
        *,
        saves_each: int,
        hands_in: bool,
        random_seed: int,
    ) -> None:
        super().__init__(daemon=True)
        self.connection = Connection(port)
        self.slug = slug
        self.people = people
        self.witness = witness
        self.saves_each = saves_each
        self.hands_in = hands_in
        self.random = random.Random(random_seed)
        self.enough = threading.Event()
        self.given_up = threading.Event()

    def run(self) -> None:
        try:
            for person in self.people:
                revision = self._answer(person, without_end=person is self.people[-1])
                if self.hands_in:
                    self._hand_in(person, revision)
        except Exception as error:  # noqa: BLE001 - a thread that dies silently would prove nothing
            self.witness.complain(f"{type(error).__name__}: {error}")
        finally:
            self.connection.close()

    def _answer(self, person: dict[str, Any], *, without_end: bool) -> int:
        """Save answer after answer; return the next revision."""
        for revision in itertools.count(1):
            if self.enough.is_set() or (revision > self.saves_each and not without_end):
                return revision
            position = self.random.randrange(QUESTIONS)
            choice = self.random.randrange(CHOICES)
            answer = self._until_answered("save", person, position, choice, revision)
            if answer is None:
                break
            status, content = answer
            click = (person["attempt"], position, choice, revision)
            echo = tuple(
                content.get(name) for name in ("attempt", "position", "choice", "revision")
            )
            if status == 200 and echo == click:
                self.witness.acknowledge(person["attempt"], position, revision, choice)
            else:
                self.witness.complain(f"save {click}: {status} {content}")
        return revision

    def _hand_in(self, person: dict[str, Any], revision: int) -> None:
        answer = self._until_answered("submit", person)
        if answer is None:
            return
        if answer[0] != 302:
            self.witness.complain(f"submit of {person['attempt']}: {answer}")
            return
        with self.witness.changed:
            self.witness.handed_in.add(person["attempt"])
        late = self._until_answered("save", person, 0, 0, revision)
        if late is not None and late[0] == 410:
            with self.witness.changed:
                self.witness.refused_late += 1
        elif late is not None:
            self.witness.complain(f"after the submit of {person['attempt']}: {late}")

    def _until_answered(
        self, act: str, person: dict[str, Any], *click: int
    ) -> tuple[int, dict[str, Any]] | None:
        """Send again until there is an answer that is not 503; None when told to give up."""
        pause = 0.01
        while not self.given_up.is_set():
            self.witness.may_send.wait()
            sent_at = time.monotonic()
            status = 0
            try:
                if act == "save":
                    status, headers, content = self.connection.save(person, *click)
                else:
                    path = f"/{self.slug}/attempts/{person['attempt']}/submit/"
                    status, headers, _body = self.connection.press(person, path)
                    content = {}
            except (OSError, http.client.HTTPException):
                pass
            else:
                if status != AWAY:
                    return status, content
                if not headers.get("Retry-After", "").isdigit():
                    self.witness.complain(f"{act}: 503 without Retry-After")
            failed_at = time.monotonic()
            self.witness.note(Failure(status, self.connection.opened_at, sent_at, failed_at))
            self.given_up.wait(pause * self.random.uniform(0.5, 1.5))
            pause = min(pause * 2, 0.5)
        return None


def unexplained(failures: list[Failure], outages: list[Outage]) -> list[Failure]:
    """Return the failures that no outage of the database or of a web process explains.

    A broken connection may have been broken since it was opened; a 503 is of its own time.
    """
    web = [outage for outage in outages if outage.kind in {"web worker", "web server"}]
    database = [outage for outage in outages if outage.kind == "database"]
    found = []
    for failure in failures:
        if failure.status == AWAY:
            explained = any(outage.meets(failure.sent_at, failure.failed_at) for outage in database)
        else:
            explained = any(outage.meets(failure.opened_at, failure.failed_at) for outage in web)
        if not explained:
            found.append(failure)
    return found


def in_words(kinds: Counter[str]) -> str:
    return ", ".join(f"{count} × {kind}" for kind, count in sorted(kinds.items()))
