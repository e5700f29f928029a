"""SQLite: so many participants at once on the settings and the processes of `make run`.

python -m bench.embedded [--people 200]
"""

from __future__ import annotations

import argparse
import sys
import time

from bench import stand
from bench.attempts import lost_answers, take_all
from bench.journeys import STEPS
from bench.load import raise_open_files
from bench.report import Line, heading, print_lines, print_steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    raise_open_files()
    with stand.own_data():
        print_lines(run(parser.parse_args()))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=200, help="all of them at once")


def run(options: argparse.Namespace) -> list[Line]:
    """Let everybody take the whole quiz at the same time, with no nginx in front."""
    from bench import rows
    from portal.management.commands.serve import CAPACITY

    quiz = rows.make_contest()
    people = rows.make_people(quiz, options.people)
    application = stand.SIDES["program"]
    capacity = stand.Capacity(*CAPACITY["sqlite"])
    with stand.granian(application, capacity, TRUSTED_PROXIES="0") as (port, _):
        heading(
            f"SQLite, {capacity.workers} worker of {capacity.threads} threads:"
            f" {len(people)} people at once"
        )
        begun = time.perf_counter()
        seen = take_all(port, people, at_once=len(people))
        seconds = time.perf_counter() - begun
    print_steps(seen.times, STEPS)
    missing = lost_answers(seen)
    clean = seen.finished == len(people) and not seen.wrong and not missing
    if not clean:
        print("\n".join([*seen.wrong[:10], *missing[:10]]), file=sys.stderr)
    return [
        Line(
            f"SQLite: {len(people)} people at once, failed; answers lost",
            f"{len(seen.wrong)}; {len(missing)} ({60 * seen.finished / seconds:.0f} a minute)",
            demanded="0; 0",
            holds=clean,
        )
    ]


if __name__ == "__main__":
    main()
