"""Kills: what was acknowledged is there, whatever was killed while people clicked (rules: Q5, Q7).

The journals of the clicking people are the witness; the program's processes, all of PostgreSQL,
Redis and the Celery worker are killed with SIGKILL at random moments, one at a time.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.drills.clicking import AWAY, Answers, Clicker, Outage, Witness, in_words, unexplained
from tests.drills.conftest import CARELESS, CLICKING
from tests.drills.serving import WEB_THREADS, WEB_WORKERS, Site
from tests.processes import wait_until

KINDS = ("web worker", "web server", "database", "redis", "worker")
CLICKERS = 12


@dataclass(frozen=True)
class Size:
    saves: int
    kills_of_each_kind: int
    saves_each: int


SIZE = {
    "small": Size(saves=2_000, kills_of_each_kind=2, saves_each=40),
    "full": Size(saves=20_000, kills_of_each_kind=8, saves_each=80),
}[os.environ.get("DRILLS", "small")]


class Havoc:
    """Kills one thing at a time, brings it back, and notes when it was away."""

    def __init__(self, site: Site, witness: Witness, random_seed: int) -> None:
        self.site = site
        self.witness = witness
        self.random = random.Random(random_seed)
        self.outages: list[Outage] = []
        self.killed = 0
        self.lost: set[str] = set()
        self.acts: dict[str, Callable[[], None]] = {
            "web worker": self.web_worker,
            "web server": self.web_server,
            "database": self.database,
            "redis": self.redis,
            "worker": self.worker,
        }

    def run(self, kinds: list[str], saves: int) -> None:
        """Spread the kills over the acknowledged saves, at random distances."""
        for number, kind in enumerate(kinds):
            earliest, latest = (saves * part // len(kinds) for part in (number, number + 1))
            self.witness.wait_for(self.random.randint(earliest + 1, latest))
            outage = Outage(kind, time.monotonic())
            self.outages.append(outage)
            before = self.witness.acknowledged
            self.acts[kind]()
            outage.ended_at = time.monotonic()
            outage.acknowledged_meanwhile = self.witness.acknowledged - before
        self.witness.wait_for(saves)

    def web_worker(self) -> None:
        self.killed += self.site.kill_web_worker(self.random.randrange(WEB_WORKERS))
        wait_until(self.site.is_served, seconds=120)

    def web_server(self) -> None:
        self.killed += self.site.kill_web_server()
        wait_until(self.site.is_served, seconds=120)

    def database(self) -> None:
        failures = len(self.witness.failures)
        self.killed += self.site.cluster.kill()
        # Somebody must have met the outage, or it was none.
        self.witness.wait_for(failures=failures + 1)
        # Compared before anybody clicks again: a later answer would hide that one is missing.
        with self.witness.held_back() as acknowledged:
            self.site.cluster.start()
            self.lost |= missing(acknowledged, stored_answers(self.site))

    def redis(self) -> None:
        self.killed += self.site.redis.kill()
        # Nobody notices: people go on while it is away.
        self.witness.wait_for(self.witness.acknowledged + 30)
        self.site.redis.start()

    def worker(self) -> None:
        self.killed += self.site.kill_worker()
        self.witness.wait_for(self.witness.acknowledged + 30)
        wait_until(self.site.is_worked_for, seconds=120)


def click(site: Site, people: list[dict[str, Any]], witness: Witness, **how: Any) -> list[Clicker]:
    clickers = [
        Clicker(
            site.port,
            site.seeded["slug"],
            people[number::CLICKERS],
            witness,
            random_seed=number,
            **how,
        )
        for number in range(CLICKERS)
    ]
    for clicker in clickers:
        clicker.start()
    return clickers


def stop(clickers: list[Clicker], *, at_once: bool) -> None:
    for clicker in clickers:
        clicker.enough.set()
        if at_once:
            clicker.given_up.set()
    for clicker in clickers:
        clicker.join(300)
        assert not clicker.is_alive()


def papers(site: Site) -> dict[int, list[dict[str, Any]]]:
    return dict(site.cluster.rows("SELECT id, paper FROM contests_attempt"))


def stored_answers(site: Site) -> Answers:
    """Return (attempt, position) -> revision and choice, as the database holds them."""
    places = {
        (attempt, item["q"]): (position, item["c"])
        for attempt, paper in papers(site).items()
        for position, item in enumerate(paper)
    }
    found = {}
    for attempt, question, choice, revision in site.cluster.rows(
        "SELECT attempt_id, question_id, choice_id, revision FROM contests_answer"
    ):
        position, choices = places[attempt, question]
        found[attempt, position] = (revision, choices.index(choice))
    return found


def missing(acknowledged: Answers, stored: Answers) -> set[str]:
    """Return the acknowledged answers that the database lacks or holds otherwise."""
    return {
        f"{place}: {newest} was acknowledged, {stored.get(place)} is stored"
        for place, newest in acknowledged.items()
        # A newer save may have been stored whose acknowledgement was cut off.
        if stored.get(place, (0, 0))[0] < newest[0]
        or (stored[place][0] == newest[0] and stored[place] != newest)
    }


def wrong_results(site: Site, witness: Witness) -> list[str]:
    """Return the handed-in attempts whose result is not what their stored answers are worth."""
    correct = {pk for (pk,) in site.cluster.rows("SELECT id FROM contests_choice WHERE is_correct")}
    worth: Counter[int] = Counter()
    all_papers = papers(site)
    for (attempt, position), (_revision, choice) in stored_answers(site).items():
        worth[attempt] += all_papers[attempt][position]["c"][choice] in correct
    results = dict(
        site.cluster.rows(
            "SELECT id, correct FROM contests_attempt WHERE state IN ('submitted', 'expired')"
        )
    )
    return [
        f"attempt {attempt}: {results.get(attempt)} instead of {worth[attempt]}"
        for attempt in witness.handed_in
        if results.get(attempt) != worth[attempt]
    ]


def test_no_acknowledged_answer_is_lost_whatever_is_killed(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    witness = Witness()
    kinds = list(KINDS) * SIZE.kills_of_each_kind
    random.Random(3).shuffle(kinds)
    given_up_before = site.cluster.times_given_up()
    people = site.seeded["people"][:CLICKING]
    clickers = click(site, people, witness, saves_each=SIZE.saves_each, hands_in=True)
    havoc = Havoc(site, witness, random_seed=7)
    try:
        havoc.run(kinds, SIZE.saves)
    finally:
        stop(clickers, at_once=bool(witness.wrong))
    lost = havoc.lost | missing(witness.answers, stored_answers(site))
    results = wrong_results(site, witness)
    given_up = site.cluster.times_given_up() - given_up_before

    stale = unexplained(witness.failures, havoc.outages)
    kills = Counter(outage.kind for outage in havoc.outages)
    with capsys.disabled():
        print(  # noqa: T201
            f"\nkills: {in_words(kills)} ({havoc.killed} processes); "
            f"{witness.acknowledged} saves acknowledged, {len(witness.failures)} sent again"
            f" ({len(stale)} of them on a connection that had broken before), "
            f"{len(witness.handed_in)} attempts handed in, {witness.refused_late} late saves"
            f" refused; {len(lost)} lost, {len(results)} wrong results"
        )
    assert not witness.wrong
    assert not lost
    assert not results
    # It killed, it saved, it handed in, or it proved nothing.
    assert kills == dict.fromkeys(KINDS, SIZE.kills_of_each_kind)
    assert witness.acknowledged >= SIZE.saves
    assert len(witness.handed_in) == CLICKING == witness.refused_late
    # People went on saving while Redis or the worker was away.
    quiet = [outage for outage in havoc.outages if outage.kind in {"redis", "worker"}]
    assert all(outage.acknowledged_meanwhile >= 30 for outage in quiet)
    # Each thread may meet its broken connection once after the database is back; a statement that
    # the database gave up by its own limit is counted in its log.
    assert {failure.status for failure in stale} <= {AWAY}
    threads = WEB_WORKERS * WEB_THREADS
    assert len(stale) <= threads * SIZE.kills_of_each_kind + given_up


def test_the_drill_finds_losses_where_commits_are_not_waited_for(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    witness = Witness()
    people = site.seeded["people"][CLICKING : CLICKING + CARELESS]
    with site.cluster.restarted(synchronous_commit="off", wal_writer_delay="10s"):
        clickers = click(site, people, witness, saves_each=0, hands_in=False)
        havoc = Havoc(site, witness, random_seed=7)
        try:
            havoc.run(["database"] * 3, 300)
        finally:
            stop(clickers, at_once=True)
    with capsys.disabled():
        print(  # noqa: T201
            f"\nsynchronous_commit=off: 3 × database killed, {witness.acknowledged} saves"
            f" acknowledged, {len(havoc.lost)} lost"
        )
    assert not witness.wrong
    assert havoc.lost
