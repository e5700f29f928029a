"""Saved answers a second, and their times at a fixed rate: the real view beside the bare floor.

python -m bench.saves [--seconds 5] [--rounds 3] [--rate 1000] [--connections 2000]
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterator, Sequence

from bench import stand
from bench.arithmetic import percentile, ratio
from bench.load import Measured, as_fast_as_answered, at_fixed_rate, raise_open_files
from bench.report import Line, heading, print_lines
from bench.wire import post_json

CLIENTS = 16
PEOPLE = 2000
LEAST_RATIO, WANTED_RATIO, MOST_TIMES = 0.38, 0.45, 3.0
# The share of the fixed rate that must have been answered for the rate to count as held.
HELD = 0.98

_revisions = itertools.count(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    raise_open_files()
    with stand.own_database() as url, stand.own_data(url):
        print_lines(run(parser.parse_args()))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=5.0, help="of one turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side")
    parser.add_argument("--rate", type=float, default=1000.0, help="saves a second at a fixed rate")
    parser.add_argument("--connections", type=int, default=2000, help="kept alive at a fixed rate")


def run(options: argparse.Namespace) -> list[Line]:
    """Measure both; the sides take turns, so what else the machine does meets both alike."""
    tokens = prepare()
    clicks = [clicks(tokens[place::CLIENTS]) for place in range(CLIENTS)]
    with stand.served("program", "floor") as (program, floor):
        heading("saves as fast as they are answered, 16 connections, nginx in front")
        for side in (program, floor):
            as_fast_as_answered(side.port, clicks, seconds=2.0)  # Fills caches, opens connections.
        fast: dict[str, list[Measured]] = {"program": [], "floor": []}
        costs: dict[str, list[float]] = {"program": [], "floor": []}
        for _ in range(options.rounds):
            for side in (program, floor):
                before = stand.spent_by(side)
                measured = as_fast_as_answered(side.port, clicks, seconds=options.seconds)
                _print(side.side, measured)
                spent = stand.spent_by(side) - before
                print(f"           {spent.each(len(measured.times))}", flush=True)
                costs[side.side].append(spent.total / len(measured.times))
                fast[side.side].append(measured)
        lines = [_line_of_saves(fast), _line_of_cost(costs)]
        lines.append(_at_fixed_rate(program.port, floor.port, tokens, options))
        memory = stand.memory_of(*program.granian), stand.memory_of(program.nginx)
        lines.append(Line.of_memory(*memory))
    return lines


def _line_of_saves(fast: dict[str, list[Measured]]) -> Line:
    rates = {side: [measured.rate for measured in turns] for side, turns in fast.items()}
    share = ratio(rates["program"], rates["floor"])
    return Line(
        "saves a second",
        f"{percentile(rates['program'], 0.5):.0f}",
        f"{percentile(rates['floor'], 0.5):.0f}",
        f"{share:.2f}",
        f"≥ {LEAST_RATIO}, aim {WANTED_RATIO}",
        share >= LEAST_RATIO,
    )


def _line_of_cost(costs: dict[str, list[float]]) -> Line:
    """Return the processor time of both sides: unlike a rate it holds on a busy machine too."""
    return Line(
        "processor time of a save: web, nginx, database",
        f"{1000 * percentile(costs['program'], 0.5):.2f} ms",
        f"{1000 * percentile(costs['floor'], 0.5):.2f} ms",
        f"{ratio(costs['floor'], costs['program']):.2f}",
    )


def _at_fixed_rate(
    program: int, floor: int, tokens: Sequence[str], options: argparse.Namespace
) -> Line:
    """Measure at the rate wanted, or at the highest of its 0.7, 0.49, … that both sides hold."""
    own = [clicks(tokens[place :: options.connections]) for place in range(options.connections)]
    rate = options.rate
    while True:
        heading(f"{rate:.0f} saves a second over {options.connections} connections kept alive")
        turns: dict[str, list[Measured]] = {"program": [], "floor": []}
        for side, port in [("program", program), ("floor", floor)] * options.rounds:
            measured = at_fixed_rate(port, own, rate=rate, seconds=options.seconds)
            _print(side, measured)
            turns[side].append(measured)
        every = [measured for side in turns.values() for measured in side]
        if all(measured.rate >= HELD * rate for measured in every) or rate < 100:
            break
        print(f"{rate:.0f}/s is more than this machine does with all of it on it; less")
        rate *= 0.7
    late = {
        side: [measured.percentile(0.99) for measured in measureds]
        for side, measureds in turns.items()
    }
    times = ratio(late["program"], late["floor"])
    return Line(
        f"p99 at {rate:.0f} saves/s, {options.connections} connections",
        f"{1000 * percentile(late['program'], 0.5):.1f} ms",
        f"{1000 * percentile(late['floor'], 0.5):.1f} ms",
        f"{times:.1f}×",
        f"≤ {MOST_TIMES:.0f}×",
        times <= MOST_TIMES,
    )


def _print(side: str, measured: Measured) -> None:
    if refused := measured.other_than(200):
        sys.exit(f"{side}: {refused} saves were not saved: {dict(measured.statuses)}")
    shown = " ".join(
        f"{name} {1000 * measured.percentile(share):.1f}"
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
    )
    print(f"  {side:8} {measured.rate:7.0f}/s   {shown} ms", flush=True)


def clicks(tokens: Sequence[str]) -> Iterator[bytes]:
    """Yield click after click: question by question, person by person, then round again."""
    for click in itertools.count():
        turn, position = divmod(click, 15)
        choice = (turn + position) % 4
        body = {"token": tokens[turn % len(tokens)], "position": position, "choice": choice}
        # Of one counter for all: whoever clicks later has a newer revision.
        text = json.dumps(body | {"revision": next(_revisions)})
        yield post_json("/api/answers/", text.encode())


def prepare() -> list[str]:
    from bench import rows
    from contests import tokens

    # Long enough that no attempt ends while it is measured.
    quiz = rows.make_contest(minutes=300)
    people = rows.make_people(quiz, PEOPLE)
    return [tokens.make(attempt) for attempt in rows.start_all(quiz, people)]


if __name__ == "__main__":
    main()
