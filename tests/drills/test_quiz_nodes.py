"""A web node whose clock is wrong decides what a right one decides (rules: Q4).

Each node is a real web server; the clock of two is wrong by libfaketime, PostgreSQL's is right.
"""

import datetime as dt
import email.utils
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

from config import processes
from tests.drills.clicking import Connection
from tests.drills.cluster import Cluster, dying_with_us, free_port, own_cluster, own_folder
from tests.drills.serving import environment, seed
from tests.processes import ROOT, Child, wait_until

MINUTE = dt.timedelta(minutes=1)
WEEK = dt.timedelta(days=7)
# What is wrong with each node's clock; the first is right.
CLOCKS = {"right": 0, "slow": -10, "fast": 120}
SWEEP = """
import django; django.setup()
from django.utils import timezone
from contests.tasks import end_overdue_attempts
end_overdue_attempts()
print(timezone.now().isoformat())
"""
# What differs between two visits to one node: the forms' secret, the time, what is left of it.
VOLATILE = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]*"'
    rb"|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+\d\d:\d\d)"
    rb'|data-now="[^"]*"|value="\d+" max="100"|percent-\d+'
)


@dataclass
class Node:
    name: str
    env: dict[str, str]
    connection: Connection
    people: dict[str, Any]

    @property
    def minutes_wrong(self) -> int:
        return CLOCKS[self.name]


def at_the_clock_of(name: str) -> list[str]:
    """Return what a command is started under, to see that wrong time."""
    if not CLOCKS[name]:
        return [sys.executable]
    faketime = shutil.which("faketime")
    assert faketime, "faketime is not installed; see deploy/ci-packages.txt"
    return [faketime, "-f", f"{CLOCKS[name]:+d}m", sys.executable]


def command_of(program: processes.Program) -> list[str]:
    return program.command[program.command.index(sys.executable) + 1 :]


@dataclass
class Nodes:
    cluster: Cluster
    slug: str
    seeded: dict[str, Any]
    all: list[Node]

    def now(self) -> dt.datetime:
        ((now,),) = self.cluster.rows("SELECT clock_timestamp()")
        return now

    def attempts_of(self, person: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Return state, start, deadline and end of the attempts of a person."""
        return self.cluster.rows(
            "SELECT state, started_at, deadline_at, finished_at FROM contests_attempt"
            " WHERE participant_id = %s ORDER BY id",
            person["participant"],
        )


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with ExitStack() as stack:
        folder: Path = stack.enter_context(own_folder())
        cluster = stack.enter_context(own_cluster())
        env = {
            **environment(folder, database=cluster.url),
            # Only the time of day is wrong: waiting for half a second takes half a second.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        seeded = seed(env, nodes=len(CLOCKS))
        running = []
        for name, people in zip(CLOCKS, seeded["nodes"], strict=True):
            port = free_port()
            server = processes.web_server("127.0.0.1", port, workers=1, threads=2)
            child = Child(
                *command_of(server),
                env=env,
                program=at_the_clock_of(name),
                before=dying_with_us(signal.SIGTERM),
            )
            stack.callback(child.end)
            wait_until(lambda port=port: processes.answers("127.0.0.1", port), seconds=120)
            connection = Connection(port)
            stack.callback(connection.close)
            running.append(Node(name, env, connection, people))
        yield Nodes(cluster, seeded["slug"], seeded, running)


def masked(body: bytes) -> bytes:
    return VOLATILE.sub(b"", body)


def test_sign_in_works_on_every_node_and_holds_on_every_other(nodes: Nodes) -> None:
    for node in nodes.all:
        person = node.people["newcomer"]
        before = dt.datetime.now(dt.UTC)

        status, headers, body = node.connection.press({"session": ""}, f"/enter/{person['link']}/")

        assert status == 302, body
        cookies = SimpleCookie()
        for value in headers.get_all("Set-Cookie"):
            cookies.load(value)
        given = cookies["sessionid"]
        # The node's clock really is wrong, or this drill would prove nothing.
        expires = email.utils.parsedate_to_datetime(given["expires"])
        error = expires - WEEK - before - node.minutes_wrong * MINUTE
        assert abs(error) < 5 * MINUTE, (node.name, expires)
        for other in nodes.all:
            person = {**person, "session": given.value}
            assert other.connection.visit(person, f"/{nodes.slug}/quiz/")[0] == 200


def test_pages_are_the_same_on_every_node(nodes: Nodes) -> None:
    reader = nodes.seeded["reader"]
    slug = nodes.slug
    paths = ["", f"{slug}/", f"{slug}/units/", f"{slug}/results/", f"{slug}/register/"]
    paths += [f"{slug}/sign-in/", f"{slug}/quiz/", f"{slug}/attempts/{reader['attempt']}/"]
    paths += [f"{slug}/attempts/{reader['attempt']}/confirm/"]
    for path in paths:
        seen = []
        for node in nodes.all:
            status, _headers, body = node.connection.visit(reader, f"/{path}")
            seen.append((status, masked(body)))
        assert [status for status, _ in seen] == [seen[0][0]] * len(seen), path
        assert seen[0][0] in {200, 302}, path
        assert seen[1][1] == seen[0][1], path
        assert seen[2][1] == seen[0][1], path


def test_every_node_starts_what_is_open_and_nothing_else(nodes: Nodes) -> None:
    for node in nodes.all:
        person = node.people["newcomer"]
        for quiz in ("soon", "closed"):
            node.connection.press(person, f"/{nodes.slug}/quiz/{quiz}/start/")
        assert nodes.attempts_of(person) == []
        before = nodes.now()

        node.connection.press(person, f"/{nodes.slug}/quiz/{nodes.seeded['open']}/start/")

        ((state, started_at, deadline_at, _finished_at),) = nodes.attempts_of(person)
        assert state == "running"
        assert before <= started_at <= nodes.now()
        assert deadline_at == started_at + 10 * MINUTE


def test_every_node_saves_and_hands_in_by_the_database_clock(nodes: Nodes) -> None:
    for node in nodes.all:
        person = node.people["running"]
        before = nodes.now()

        status, _headers, saved = node.connection.save(person, 0, 1, 1)

        assert status == 200, (node.name, saved)
        assert _between(before, saved["saved_at"], nodes.now())
        assert _between(before, saved["now"], nodes.now())
        page = f"/api/attempts/{person['attempt']}/"
        status, _headers, body = node.connection.visit(person, page)
        assert (status, b'"running"' in body) == (200, True)
        before = nodes.now()

        status, _headers, _body = node.connection.press(
            person, f"/{nodes.slug}/attempts/{person['attempt']}/submit/"
        )

        assert status == 302
        ((state, _started_at, _deadline_at, finished_at),) = nodes.attempts_of(person)
        assert state == "submitted"
        assert before <= finished_at <= nodes.now()


def test_every_node_refuses_what_is_late_and_shows_the_end(nodes: Nodes) -> None:
    for node in nodes.all:
        person = node.people["late"]

        status, _headers, refused = node.connection.save(person, 0, 1, 1)

        assert (status, refused["state"]) == (410, "expired"), node.name
        ((state, _started_at, deadline_at, finished_at),) = nodes.attempts_of(person)
        assert (state, finished_at) == ("expired", deadline_at)
        page = f"/{nodes.slug}/attempts/{person['attempt']}/"
        status, headers, _body = node.connection.visit(person, page)
        assert (status, headers["Location"]) == (302, f"{page}result/")
        assert node.connection.visit(person, f"{page}result/")[0] == 200


def test_the_sweep_of_every_node_ends_what_is_over_and_nothing_else(nodes: Nodes) -> None:
    for node in nodes.all:
        nodes.cluster.rows(
            "UPDATE contests_attempt SET state = 'running', finished_at = NULL, correct = NULL,"
            " duration_ms = NULL, questions = NULL WHERE id = %s",
            node.people["overdue"]["attempt"],
        )
        swept = subprocess.run(
            [*at_the_clock_of(node.name), "-c", SWEEP],
            cwd=ROOT,
            env=node.env,
            capture_output=True,
            text=True,
            check=True,
            preexec_fn=dying_with_us(signal.SIGKILL),
        )

        error = dt.datetime.fromisoformat(swept.stdout.strip()) - dt.datetime.now(dt.UTC)
        assert abs(error - node.minutes_wrong * MINUTE) < 5 * MINUTE
        ((state, _started_at, deadline_at, finished_at),) = nodes.attempts_of(
            node.people["overdue"]
        )
        assert (state, finished_at) == ("expired", deadline_at), node.name
        ((state, *_times),) = nodes.attempts_of(node.people["unswept"])
        assert state == "running", node.name


def _between(earliest: dt.datetime, moment: str, latest: dt.datetime) -> bool:
    # What is told is cut to milliseconds.
    at = dt.datetime.fromisoformat(moment)
    return earliest - dt.timedelta(milliseconds=1) <= at <= latest
