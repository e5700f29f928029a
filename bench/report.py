"""What the benchmarks print: headings while they run, and in the end one table for the docs."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.arithmetic import SHARES, percentile
from bench.stand import Memory

MOST_MEMORY_MB = 250.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; `holds` is None where nothing is demanded."""

    what: str
    program: str
    floor: str = "–"
    ratio: str = "–"
    demanded: str = "–"
    holds: bool | None = None

    @classmethod
    def of_memory(cls, granian: Memory, nginx: Memory) -> Line:
        pss = granian.pss_mb + nginx.pss_mb
        rss = granian.rss_mb + nginx.rss_mb
        return cls(
            f"memory of Granian ({granian.processes} processes) and nginx ({nginx.processes})",
            f"{pss:.0f} MB ({granian.pss_mb:.0f} + {nginx.pss_mb:.0f}),"
            f" shared pages counted once; {rss:.0f} MB, counted in each",
            demanded=f"≤ {MOST_MEMORY_MB:.0f} MB",
            holds=pss <= MOST_MEMORY_MB,
        )


_HEAD = "| what | program | floor | ratio | demanded | holds |"
_HOLDS = {True: "yes", False: "**no**", None: "–"}


def read_lines(printed: Sequence[str]) -> list[Line]:
    """Return the lines of the table that `print_lines` printed last; none without a table."""
    heads = [place for place, text in enumerate(printed) if text.strip() == _HEAD]
    if not heads:
        return []
    holds = {shown: value for value, shown in _HOLDS.items()}
    rows = [
        text.strip().removeprefix("| ").removesuffix(" |").split(" | ")
        for text in printed[heads[-1] + 2 :]
    ]
    return [
        Line(what, program, floor, ratio, demanded, holds[shown.strip()])
        for what, program, floor, ratio, demanded, shown in (row for row in rows if len(row) == 6)
    ]


def heading(text: str) -> None:
    print(f"\n{text}", flush=True)


def print_steps(times: Mapping[str, Sequence[float]], order: Sequence[str]) -> None:
    """Print each step's times in milliseconds."""
    print("\n| step | requests | p50 ms | p95 ms | p99 ms | max ms |")
    print("|---|---|---|---|---|---|")
    for step in order:
        if values := times.get(step):
            shown = (f"{1000 * percentile(values, share):.0f}" for share in SHARES)
            print(f"| {step} | {len(values)} | {' | '.join(shown)} |")


def print_lines(lines: Sequence[Line]) -> None:
    """Print the table in Markdown, with the machine it was measured on."""
    one, five, fifteen = os.getloadavg()
    heading(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()},"
        f" load average {one:.1f} {five:.1f} {fifteen:.1f} (this benchmark's own work included)"
    )
    print(f"\n{_HEAD}\n|---|---|---|---|---|---|")
    for line in lines:
        holds = _HOLDS[line.holds]
        cells = (line.what, line.program, line.floor, line.ratio, line.demanded, holds)
        print(f"| {' | '.join(cells)} |")
