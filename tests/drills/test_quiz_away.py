"""A database that is away, comes back, or lets wait; and the sweep without its worker."""

import contextlib
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.drills.clicking import Connection
from tests.drills.conftest import CARELESS, CLICKING
from tests.drills.serving import WEB_THREADS, WEB_WORKERS, Site, environment
from tests.processes import ROOT, wait_until

STATEMENT_SECONDS = 2
CONNECTIONS = 32  # Fewer than there are visitors: the sweep's is another.
LOCK = "SELECT 1 FROM contests_attempt WHERE id = %s FOR UPDATE"


def visitors(site: Site) -> list[dict[str, Any]]:
    return site.seeded["people"][CLICKING + CARELESS :]


@pytest.fixture
def connection(site: Site) -> Iterator[Connection]:
    kept = Connection(site.port)
    yield kept
    kept.close()


def stored(site: Site, person: dict[str, Any]) -> list[int]:
    found = site.cluster.rows(
        "SELECT revision FROM contests_answer WHERE attempt_id = %s", person["attempt"]
    )
    return [revision for (revision,) in found]


def test_a_save_that_waits_too_long_is_answered_503_and_works_later(
    site: Site, connection: Connection
) -> None:
    person = visitors(site)[0]
    with contextlib.closing(site.cluster.connect()) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(LOCK, [person["attempt"]])
        begun = time.monotonic()

        status, headers, body = connection.save(person, 0, 1, 1)

        assert (status, body) == (503, {"error": "unavailable"})
        assert headers["Retry-After"] == "2"
        assert time.monotonic() - begun >= STATEMENT_SECONDS
        cursor.execute("ROLLBACK")
    assert stored(site, person) == []
    assert connection.save(person, 0, 1, 1)[0] == 200
    assert stored(site, person) == [1]


def test_a_database_that_is_away_is_said_so_and_comes_back(
    site: Site, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody asks anything while it is away first: every kept connection is broken unnoticed."""
    people = visitors(site)[:CONNECTIONS]
    links = [Connection(site.port) for _person in people]
    revisions = iter(range(2, 10_000))

    def save_of_each(revision: int) -> Counter[int]:
        """Save once over every connection at once, so that all threads of the server are asked."""
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            return Counter(
                pool.map(
                    lambda pair: pair[0].save(pair[1], 1, 1, revision)[0],
                    zip(links, people, strict=True),
                )
            )

    try:
        for _round in range(5):
            assert save_of_each(next(revisions)) == {200: CONNECTIONS}
        site.cluster.kill()
        site.cluster.start()
        broken = 0
        rounds = 0
        clean = 0
        # Whichever thread takes a request meets its broken connection once, and never again.
        while clean < 10:
            answers = save_of_each(next(revisions))
            assert set(answers) <= {200, 503}
            broken += answers[503]
            clean = 0 if answers[503] else clean + 1
            rounds += 1
            assert rounds < 200
    finally:
        for link in links:
            link.close()
    with capsys.disabled():
        print(  # noqa: T201
            f"\ndatabase back: {broken} of {rounds * CONNECTIONS} saves met a broken connection"
            f" ({WEB_WORKERS * WEB_THREADS} threads)"
        )
    assert broken <= WEB_WORKERS * WEB_THREADS

    site.cluster.kill()
    person = people[1]
    status, headers, body = connection.save(person, 2, 1, 9_999)
    assert (status, body, headers["Retry-After"]) == (503, {"error": "unavailable"}, "2")
    status, headers, page = connection.visit(person, f"/api/attempts/{person['attempt']}/")
    assert (status, headers["Retry-After"]) == (503, "2")
    slug = site.seeded["slug"]
    attempt = f"/{slug}/attempts/{person['attempt']}/"
    for path in ("/", f"/{slug}/", f"/{slug}/quiz/", attempt, f"{attempt}result/", "/admin/"):
        status, headers, page = connection.visit(person, path)
        text = page.decode()
        assert (path, status) == (path, 503)
        assert headers["Retry-After"].isdigit()
        assert headers["Cache-Control"] == "no-store"
        assert "Hệ thống đang bận trong giây lát" in text
        assert "Traceback" not in text
        assert "psycopg" not in text
    assert connection.press(person, f"{attempt}submit/")[0] == 503
    assert connection.visit(person, "/healthz")[0] == 200
    assert connection.visit(person, "/readyz")[0] == 503
    assert connection.visit(person, "/static/css/base.css")[0] == 200

    site.cluster.start()

    wait_until(lambda: connection.visit(person, attempt)[0] == 200)
    wait_until(lambda: connection.save(person, 2, 1, 9_999)[0] == 200)


def test_an_attempt_nobody_hands_in_is_stored_though_the_worker_was_killed(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    person = visitors(site)[-1]
    link = Connection(site.port)
    wait_until(lambda: link.save(person, 0, 1, 1)[0] == 200)
    link.close()
    site.cluster.rows(
        "UPDATE contests_attempt SET started_at = clock_timestamp() - interval '10 min 5 s',"
        " deadline_at = clock_timestamp() - interval '5 s' WHERE id = %s",
        person["attempt"],
    )
    begun = time.monotonic()

    site.kill_worker()

    def ended() -> bool:
        sql = "SELECT state = 'expired' AND finished_at = deadline_at FROM contests_attempt"
        return site.cluster.rows(f"{sql} WHERE id = %s", person["attempt"]) == [(True,)]

    wait_until(ended, seconds=300)
    with capsys.disabled():
        print(f"\nstored by the sweep after {time.monotonic() - begun:.0f} s")  # noqa: T201


def test_a_server_that_takes_a_connection_and_says_nothing_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        code = (
            "import django; django.setup()\n"
            "from django.db import connection\n"
            "connection.ensure_connection()"
        )
        run = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment(tmp_path, database=f"postgres://drill@127.0.0.1:{port}/postgres"),
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert run.returncode != 0
    assert "timeout expired" in run.stderr
