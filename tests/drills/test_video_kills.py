"""Kills while films are worked on: each is ready once, and one that kills its encoder is given up.

A trigger in the database is the witness: it notes every try and every time a video gets ready.
What is killed with SIGKILL, at random moments: the encoder, its worker process, the whole worker.
rules: V4
"""

import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.drills.cluster import children_of, dying_with_us, is_living
from tests.drills.serving import Site, environment
from tests.processes import ROOT, wait_until

KINDS = ("encoder", "worker process", "whole worker")
TRIES = 3


@dataclass(frozen=True)
class Size:
    films: int
    kills: int


SIZE = {"small": Size(films=4, kills=3), "full": Size(films=14, kills=20)}[
    os.environ.get("DRILLS", "small")
]

WITNESS = """
CREATE TABLE drill_notes (video bigint, what text, number int, at timestamptz);
CREATE FUNCTION drill_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'inspected' AND NEW.tries > OLD.tries THEN
        INSERT INTO drill_notes VALUES (NEW.id, 'try', NEW.tries, clock_timestamp());
    ELSIF NEW.state = 'ready' THEN
        INSERT INTO drill_notes VALUES (NEW.id, 'ready', OLD.tries, clock_timestamp());
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER drill_note AFTER UPDATE ON media_uploads_videosubmission
    FOR EACH ROW EXECUTE FUNCTION drill_note();
"""
FORGET = """
DROP TRIGGER drill_note ON media_uploads_videosubmission;
DROP FUNCTION drill_note(); DROP TABLE drill_notes;
"""


@dataclass(frozen=True)
class Kill:
    """What was killed, during which try at which video, and when by the database's clock."""

    kind: str
    video: int
    number: int
    at: Any


class Films:
    """The films that were handed in, and what becomes of them."""

    def __init__(self, site: Site, count: int) -> None:
        self.site = site
        folder = Path(site.seeded["media"]).parent
        env = environment(folder, database=site.cluster.url, redis=site.redis.url)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.drills.films"),
                json.dumps({"count": count, "slug": "phim"}),
            ],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            preexec_fn=dying_with_us(signal.SIGKILL),
        )
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout.splitlines()[-1])
        self.films, self.media = said["films"], Path(said["media"])
        self.ids = [film["video"] for film in self.films]

    def rows(self) -> dict[int, tuple[str, int, int]]:
        """Return video -> state, tries, percent."""
        return {
            pk: (state, tries, progress)
            for pk, state, tries, progress in self.site.cluster.rows(
                "SELECT id, state, tries, progress FROM media_uploads_videosubmission"
                " WHERE id = ANY(%s)",
                self.ids,
            )
        }

    def encoded_now(self) -> tuple[int, int] | None:
        """Return video and try of the encoder at work, once its process is there."""
        rows = self.site.cluster.rows(
            "SELECT id, tries FROM media_uploads_videosubmission"
            " WHERE state = 'inspected' AND leased_until > clock_timestamp() AND id = ANY(%s)",
            self.ids,
        )
        return rows[0] if len(rows) == 1 and self.encoder() else None

    def are_done(self) -> bool:
        return {state for state, _tries, _percent in self.rows().values()} <= {"ready", "failed"}

    def encoder(self) -> tuple[int, int] | None:
        """Return the encoder's process and the worker process that waits for it."""
        worker = self.site.video_worker
        for process in children_of(worker) if worker else []:
            for child in children_of(process):
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    if "media_uploads.child" in Path(f"/proc/{child}/cmdline").read_text():
                        return child, process
        return None

    def kill(self, kind: str, video: int, number: int) -> Kill | None:
        """Kill while this try is at work; None where it is over."""
        found = self.encoder()
        if found is None or self.encoded_now() != (video, number):
            return None
        now = self.site.cluster.rows("SELECT clock_timestamp()")[0][0]
        if kind == "whole worker":
            worker = self.site.video_worker
            assert worker is not None
            os.kill(worker, signal.SIGKILL)
            victim = worker
        else:
            victim = found[0] if kind == "encoder" else found[1]
            os.kill(victim, signal.SIGKILL)
        wait_until(lambda: not is_living(victim))
        return Kill(kind, video, number, now)


def kill_at_random(films: Films, *, poison: int) -> list[Kill]:
    """Kill SIZE.kills times, no film thrice but the one that is to be given up; return all."""
    chance = random.Random(11)
    kinds = [KINDS[number % len(KINDS)] for number in range(SIZE.kills)]
    kills: list[Kill] = []

    def at_work() -> bool:
        return films.are_done() or films.encoded_now() is not None

    while not films.are_done():
        wait_until(at_work, seconds=120)
        now = films.encoded_now()
        if now is None:
            continue
        video, number = now
        if video == poison:
            kind = "encoder"
        elif kinds and number < TRIES:
            kind = kinds[0]
        else:
            wait_until(lambda now=now: films.encoded_now() != now, seconds=120)
            continue
        percent = chance.randint(0, 60)

        def reached(now: tuple[int, int] = now, percent: int = percent) -> bool:
            return films.encoded_now() != now or films.rows()[now[0]][2] >= percent

        wait_until(reached, seconds=120)
        kill = films.kill(kind, video, number)
        if kill is not None:
            kills.append(kill)
            if video != poison:
                kinds.pop(0)
    assert not kinds, f"these were not killed: {kinds}"
    return kills


@pytest.fixture
def films(running_site: Site):
    site = running_site
    wait_until(lambda: site.video_worker is not None and site.is_worked_for(), seconds=120)
    site.cluster.rows(WITNESS)
    try:
        yield Films(site, SIZE.films)
    finally:
        site.cluster.rows(FORGET)


def test_every_film_is_ready_once_whatever_is_killed_and_a_poison_one_is_given_up(
    films: Films, capsys: pytest.CaptureFixture[str]
) -> None:
    site = films.site
    poison = films.ids[1]

    kills = kill_at_random(films, poison=poison)

    notes = site.cluster.rows("SELECT video, what, number, at FROM drill_notes ORDER BY at")
    taken_at = {(video, number): at for video, what, number, at in notes if what == "try"}
    waits = [
        (taken_at[kill.video, kill.number + 1] - kill.at).total_seconds()
        for kill in kills
        if (kill.video, kill.number) != (poison, TRIES)
    ]
    ready = Counter(video for video, what, _number, _at in notes if what == "ready")
    counts = Counter(kill.kind for kill in kills if kill.video != poison)
    with capsys.disabled():
        print(  # noqa: T201
            f"\nvideos: {len(films.ids)}, killed {dict(counts)} and the poison's encoder"
            f" {TRIES} times; taken up again after {min(waits):.0f} to {max(waits):.0f} s;"
            f" ready {sum(ready.values())}, given up 1"
        )
    assert ready == dict.fromkeys(set(films.ids) - {poison}, 1)
    assert films.rows()[poison][0] == "failed"
    assert [kill.number for kill in kills if kill.video == poison] == [1, 2, 3]
    assert max(waits) <= 60
    # Nothing half made is left once the sweep has been there.
    wait_until(lambda: not list((films.media / "work").iterdir()), seconds=120)
    copies = {path.name for path in (films.media / "copies").iterdir()}
    assert len(copies) == SIZE.films - 1
    assert {name.partition(".")[2] for name in copies} == {"mp4"}
    assert told_on_the_desk(site, films.films[1])


def told_on_the_desk(site: Site, film: dict[str, Any]) -> bool:
    """Whether the unit's page says why there is no copy."""
    reason = site.cluster.rows(
        "SELECT failure FROM media_uploads_videosubmission WHERE id = %s", film["video"]
    )[0][0]
    link = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    with contextlib.closing(link):
        cookie = {"Cookie": f"sessionid={film['session']}"}
        link.request("GET", f"/unit/{film['unit']}/", headers=cookie)
        page = link.getresponse().read().decode()
    return bool(reason) and reason in page
