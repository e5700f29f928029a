"""One window of a quiz: everybody signs in and starts at its beginning, answers, hands in.

python -m bench.window [--people 200] [--minutes 1] [--arrive SECONDS]

In earnest --people 5000 --minutes 10: all sign in and start within the first minute (a tenth of
the window), by the link of the code or by the typed code in turn, from 50 addresses; their 15
clicks are spread over the rest; one in fifty hands nothing in and is ended by the sweep. A worker
with beat runs beside it. Afterwards every acknowledged answer is looked for, results are computed
and `verify_results` runs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench import stand
from bench.arithmetic import percentile, spread
from bench.attempts import WARMING, lost_answers, take_all
from bench.journeys import QUESTIONS, STEPS, Crowd, Seen, take_quiz
from bench.load import raise_open_files
from bench.report import Line, heading, print_lines, print_steps

if TYPE_CHECKING:
    from bench.rows import Person
    from contests.models import Quiz

# Every one of so many leaves without handing in.
LEAVING = 50
# When people hand in, as shares of the window; and the sweep's promise in seconds (rules: Q8).
HAND_IN = (0.4, 0.95)
SWEEP_SECONDS = 60 + 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    raise_open_files()
    with stand.own_database() as url, stand.own_data(url) as folder:
        print_lines(run(parser.parse_args(), folder))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--arrive", type=float, help="seconds in which all come; a tenth if absent")


def run(options: argparse.Namespace, folder: Path) -> list[Line]:
    from bench import rows

    seconds = 60 * options.minutes
    arrive = options.arrive or seconds / 10
    quiz = rows.make_contest()
    people = rows.make_people(quiz, options.people + WARMING)
    with stand.served("program") as (program,), stand.worker(folder):
        take_all(program.port, people[:WARMING], at_once=16)
        coming = people[WARMING:]
        heading(
            f"{len(coming)} people in a window of {options.minutes:g} minutes,"
            f" all within the first {arrive:.0f} s"
        )
        # One after the other, as they will be counted: nobody of the warming is open any more.
        closes_at = _set_closing(quiz, seconds)
        seen = _take_part(program.port, coming, seconds=seconds, arrive=arrive)
        left_open = _wait_for_the_sweep(closes_at)
        memory = Line.of_memory(stand.memory_of(*program.granian), stand.memory_of(program.nginx))
    print_steps(seen.times, STEPS)
    print(f"\nstatuses: {_statuses(seen)}")
    return [*_lines(seen, len(coming), left_open, _verified()), memory]


def _take_part(port: int, people: Sequence[Person], *, seconds: float, arrive: float) -> Seen:
    dice = random.Random(2020)
    seen = Seen()
    begun = time.perf_counter()

    def show() -> None:
        answers = seen.statuses.total()
        print(
            f"  {time.perf_counter() - begun:4.0f} s: {answers} answers, {seen.finished} finished,"
            f" {len(seen.wrong)} failed, saves p99"
            f" {1000 * percentile(seen.times.get('save') or [0.0], 0.99):.0f} ms",
            flush=True,
        )

    crowd = Crowd(port, seen, progress=show)
    order = list(people)
    dice.shuffle(order)
    for person, moment in zip(order, spread(len(order), begin=0, end=arrive), strict=True):
        end = begun + seconds * dice.uniform(*HAND_IN)
        journey = take_quiz(
            person,
            seen,
            by_link=person.number % 2 == 0,
            save_moments=_clicks_until(end, random.Random(person.number)),
            hands_in=person.number % LEAVING != 0,
        )
        crowd.add(journey, source=person.address, at=begun + moment)
    crowd.run()
    show()
    return seen


def _clicks_until(end: float, dice: random.Random) -> Callable[[float], list[float]]:
    """Return what tells a person's clicks from the moment the paper came, the last one at `end`."""

    def moments(now: float) -> list[float]:
        clicks = sorted(dice.uniform(now, max(now, end)) for _ in range(QUESTIONS))
        return [*clicks, max(now, end)]

    return moments


def _set_closing(quiz: Quiz, seconds: float) -> dt.datetime:
    from contests.clock import database_now

    quiz.closes_at = database_now() + dt.timedelta(seconds=seconds)
    quiz.save(update_fields=["closes_at"])
    return quiz.closes_at


def _wait_for_the_sweep(closes_at: dt.datetime) -> int:
    """Wait until the sweep has ended what nobody handed in; return how many it left open."""
    from contests.clock import database_now
    from contests.models import Attempt

    until = closes_at + dt.timedelta(seconds=SWEEP_SECONDS)
    while (running := Attempt.objects.running().count()) and database_now() < until:
        time.sleep(1)
    for attempt in Attempt.objects.running()[:5]:
        print(f"open: {attempt}, ends at {attempt.deadline_at}, the quiz at {closes_at}")
    return running


def _verified() -> str:
    """Compute the results and verify them; return what differs, "" where nothing does."""
    from django.core.management import CommandError, call_command

    from bench import rows

    try:
        call_command("refresh_results", rows.SLUG, stdout=io.StringIO())
        call_command("verify_results", rows.SLUG, stdout=io.StringIO())
    except CommandError as error:
        return str(error)
    return ""


def _lines(seen: Seen, people: int, left_open: int, differences: str) -> list[Line]:
    missing = lost_answers(seen)
    for text in (*seen.wrong[:10], *missing[:10], *differences.splitlines()[:10]):
        print(text, file=sys.stderr)
    entered = [time for step in STEPS[:6] for time in seen.times.get(step, ())]
    return [
        Line(f"{people} people in one window: finished", f"{seen.finished}",
             demanded=f"{people}", holds=seen.finished == people),
        Line("5xx, 409, other failures", f"{seen.statuses_of(5)}, {seen.conflicts()}, "
             f"{len(seen.wrong)}", demanded="0, 0, 0", holds=not seen.wrong),
        Line("acknowledged answers that are not stored", f"{len(missing)} of "
             f"{len(seen.acknowledged)}", demanded="0", holds=not missing),
        Line("attempts the sweep left open", str(left_open), demanded="0", holds=not left_open),
        Line("verify_results", "clean" if not differences else "differs", demanded="clean",
             holds=not differences),
        Line("p99 of sign-in and start; of a save",
             f"{1000 * percentile(entered, 0.99):.0f} ms; "
             f"{1000 * percentile(seen.times.get('save') or [0.0], 0.99):.0f} ms"),
    ]  # fmt: skip


def _statuses(seen: Seen) -> str:
    return ", ".join(f"{step} {status}: {n}" for (step, status), n in sorted(seen.statuses.items()))


if __name__ == "__main__":
    main()
