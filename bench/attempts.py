"""Whole attempts a minute over HTTP: sign in by code, start, paper, 15 saves, submit, result.

python -m bench.attempts [--people 600] [--at-once 32]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bench import stand
from bench.journeys import STEPS, Crowd, Journey, Seen, take_quiz
from bench.load import raise_open_files
from bench.report import Line, heading, print_lines, print_steps

if TYPE_CHECKING:
    from bench.rows import Person

# A tuned Moodle did 294 on two such cores; ten times that is wanted.
WANTED_PER_MINUTE = 2940
WARMING = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    raise_open_files()
    with stand.own_database() as url, stand.own_data(url):
        print_lines(run(parser.parse_args()))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--at-once", type=int, default=32)


def run(options: argparse.Namespace) -> list[Line]:
    from bench import rows

    quiz = rows.make_contest()
    people = rows.make_people(quiz, options.people + WARMING)
    with stand.served("program") as (program,):
        take_all(program.port, people[:WARMING], at_once=options.at_once)
        heading(f"{options.people} people take the quiz, {options.at_once} at a time")
        before = stand.spent_by(program)
        begun = time.perf_counter()
        seen = take_all(program.port, people[WARMING:], at_once=options.at_once)
        seconds = time.perf_counter() - begun
        spent = stand.spent_by(program) - before
        memory = Line.of_memory(stand.memory_of(*program.granian), stand.memory_of(program.nginx))
    print_steps(seen.times, STEPS)
    missing = lost_answers(seen)
    clean = seen.finished == options.people and not seen.wrong and not missing
    if not clean:
        print("\n".join([*seen.wrong[:10], *missing[:10]]), file=sys.stderr)
    per_minute = 60 * seen.finished / seconds
    return [
        Line(
            "whole attempts a minute (22 requests each)",
            f"{per_minute:.0f}",
            demanded=f"aim {WANTED_PER_MINUTE} (a tuned Moodle: 294)",
            holds=per_minute >= WANTED_PER_MINUTE,
        ),
        Line("processor time of a whole attempt", spent.each(options.people)),
        Line("attempts that failed, answers lost", f"{len(seen.wrong)}, {len(missing)}",
             demanded="0, 0", holds=clean),
        memory,
    ]  # fmt: skip


def take_all(port: int, people: Sequence[Person], *, at_once: int) -> Seen:
    """Let these people take the quiz as fast as they are answered, so many at a time."""
    seen = Seen()
    crowd = Crowd(port, seen)
    following = _journeys(people, seen)
    for journey, source in [pair for _, pair in zip(range(at_once), following, strict=False)]:
        crowd.add(journey, source=source)
    crowd.run(more=following)
    return seen


def _journeys(people: Sequence[Person], seen: Seen) -> Iterator[tuple[Journey, str]]:
    for person in people:
        by_link = person.number % 2 == 0
        yield take_quiz(person, seen, by_link=by_link), person.address


def lost_answers(seen: Seen) -> list[str]:
    """Return what was acknowledged and is not stored as it was acknowledged."""
    from contests.models import Attempt
    from contests.sheets import given_answers

    stored = {
        (attempt.participant.number, given.position): given.choice
        for attempt in Attempt.objects.select_related("participant").iterator()
        for given in given_answers(attempt)
    }
    return [
        f"person {number}, question {position + 1}: {choice} was acknowledged,"
        f" {stored.get((number, position))} is stored"
        for (number, position), choice in seen.acknowledged.items()
        if stored.get((number, position)) != choice
    ]


if __name__ == "__main__":
    main()
