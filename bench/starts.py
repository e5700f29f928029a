"""Starts and submits a second: the real views beside minimal Django views with the same SQL.

python -m bench.starts [--people 600] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import stand
from bench.arithmetic import percentile, ratio
from bench.load import Measured, as_fast_as_answered, raise_open_files
from bench.report import Line, heading, print_lines
from bench.wire import post_form, post_json

CLIENTS = 16
LEAST_RATIO = 0.5
# Any secret will do: the cookie and the field of the form have to agree.
CSRF = "bench0bench0bench0bench0bench012"
STEPS = ("start", "submit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    raise_open_files()
    with stand.own_database() as url, stand.own_data(url) as folder:
        print_lines(run(parser.parse_args(), folder))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=600, help="who start and submit in a turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side")


def run(options: argparse.Namespace, folder: Path) -> list[Line]:
    """Let the same people start and hand in, by turns through the program and through the floor."""
    from bench import rows

    quiz = rows.make_contest(minutes=60)
    sample, *people = rows.make_people(quiz, options.people + 1)
    sample_session, *sessions = rows.sign_in([sample, *people])
    statements = folder / "statements"
    counts = _record(sample, sample_session, statements)
    rates: dict[tuple[str, str], list[float]] = {}
    costs: dict[tuple[str, str], list[float]] = {}
    with stand.served("program", "minimal", BENCH_STATEMENTS=str(statements)) as sides:
        for turn in range(-1, options.rounds):  # The first turn fills caches, opens connections.
            if turn == 0:
                heading(f"{len(people)} people start and hand in, 16 connections, nginx in front")
            for side in sides:
                rows.forget_attempts()
                for step in STEPS:
                    requests = _requests(side.side, step, people, sessions)
                    before = stand.spent_by(side)
                    measured = as_fast_as_answered(side.port, requests)
                    spent = stand.spent_by(side) - before
                    _check(side.side, step, measured, len(people))
                    if step == "start":
                        rows.answer_all()
                    if turn >= 0:
                        rates.setdefault((step, side.side), []).append(measured.rate)
                        cost = spent.total / len(measured.times)
                        costs.setdefault((step, side.side), []).append(cost)
                        _print(side.side, step, measured, spent)
    return [
        line
        for step in STEPS
        for line in (_line(step, counts[step], rates), _line_of_cost(step, costs))
    ]


def _line(step: str, statements: int, rates: dict[tuple[str, str], list[float]]) -> Line:
    program, minimal = rates[step, "program"], rates[step, "minimal"]
    share = ratio(program, minimal)
    return Line(
        f"{step}s a second ({statements} statements)",
        f"{percentile(program, 0.5):.0f}",
        f"{percentile(minimal, 0.5):.0f}",
        f"{share:.2f}",
        f"≥ {LEAST_RATIO}",
        share >= LEAST_RATIO,
    )


def _line_of_cost(step: str, costs: dict[tuple[str, str], list[float]]) -> Line:
    """Return the processor time of both sides: unlike a rate it holds on a busy machine too."""
    program, minimal = costs[step, "program"], costs[step, "minimal"]
    return Line(
        f"processor time of a {step}: web, nginx, database",
        f"{1000 * percentile(program, 0.5):.1f} ms",
        f"{1000 * percentile(minimal, 0.5):.1f} ms",
        f"{ratio(minimal, program):.2f}",
    )


def _record(person: Any, session: str, path: Path) -> dict[str, int]:
    """Let one person start and hand in within this process; store the statements, count them."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from bench import replay, rows
    from contests.models import Attempt

    client = Client(headers={"host": "localhost"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    recorded = {}
    for step in STEPS:
        own = Attempt.objects.filter(participant=person.participant_id).first()
        address = _address(step, own.pk if own else 0)
        with connection.execute_wrapper(recorder := replay.Recorder()):
            response = client.post(address)
        if response.status_code != 302:
            sys.exit(f"{step} answered {response.status_code}")
        own = Attempt.objects.get(participant=person.participant_id)
        names = {
            person.user_id: "user",
            str(person.user_id): "user_text",
            person.participant_id: "participant",
            own.pk: "attempt",
            session: "session",
            own.writer: "writer",
            own.receipt: "receipt",
        }
        recorded[step] = replay.named(recorder.statements, names)
        if step == "start":
            rows.answer_all()
    replay.store(path, recorded)
    return {step: len(statements) for step, statements in recorded.items()}


def _address(step: str, attempt: int) -> str:
    from bench import rows

    if step == "start":
        return f"/{rows.SLUG}/quiz/{rows.QUIZ}/start/"
    return f"/{rows.SLUG}/attempts/{attempt}/submit/"


def _requests(
    side: str, step: str, people: Sequence[Any], sessions: Sequence[str]
) -> list[Iterator[bytes]]:
    from contests.models import Attempt

    attempts = dict(Attempt.objects.values_list("participant_id", "pk"))
    made = []
    for person, session in zip(people, sessions, strict=True):
        attempt = attempts.get(person.participant_id, 0)
        if side == "program":
            cookies = f"sessionid={session}; csrftoken={CSRF}"
            fields = {"csrfmiddlewaretoken": CSRF}
            made.append(post_form(_address(step, attempt), fields, cookies=cookies))
        else:
            named = {"user": person.user_id, "user_text": str(person.user_id), "session": session}
            named |= {"participant": person.participant_id, "attempt": attempt}
            made.append(post_json(f"/minimal/{step}/", json.dumps(named).encode()))
    return [iter(made[place::CLIENTS]) for place in range(CLIENTS)]


def _check(side: str, step: str, measured: Measured, people: int) -> None:
    from contests.models import Attempt

    if measured.other_than(302):
        sys.exit(f"{side}: not every {step} was done: {dict(measured.statuses)}")
    done = Attempt.objects.all() if step == "start" else Attempt.objects.finished()
    if done.count() != people:
        sys.exit(f"{side}: {people} {step}s were acknowledged, {done.count()} are stored")


def _print(side: str, step: str, measured: Measured, spent: stand.Spent) -> None:
    times = " ".join(
        f"{name} {1000 * measured.percentile(share):.1f}"
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
    )
    each = spent.each(len(measured.times))
    print(f"  {side:8} {step:6} {measured.rate:7.0f}/s   {times} ms   {each}", flush=True)


if __name__ == "__main__":
    main()
