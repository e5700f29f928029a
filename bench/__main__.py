"""Every benchmark, one after the other, and one table of them all.

python -m bench [saves starts attempts embedded uploads certificates window …] [--quick]

Without names all of them, the window with 300 people in one minute. Each alone takes more options,
see python -m bench.saves --help. The window in earnest:
python -m bench.window --people 5000 --minutes 10
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

from bench.report import Line, heading, print_lines, read_lines

# Each runs in a process of its own: settings are read once a process.
PARTS: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "saves": ((), ("--seconds", "3", "--rounds", "2")),
    "starts": ((), ("--people", "200", "--rounds", "2")),
    "attempts": ((), ("--people", "200")),
    "embedded": ((), ("--people", "50")),
    "uploads": ((), ("--megabytes", "64", "--rounds", "1", "--seconds", "5")),
    "certificates": ((), ("--count", "100", "--rounds", "1")),
    "window": (("--people", "300", "--minutes", "1"), ("--people", "60", "--minutes", "0.5")),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="short turns, to see that it works")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    lines: list[Line] = []
    failed = []
    for part in options.parts or PARTS:
        heading(f"== {part}")
        run = subprocess.Popen(
            [sys.executable, "-m", f"bench.{part}", *PARTS[part][options.quick]],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert run.stdout is not None
        said = []
        for line in run.stdout:
            print(line, end="", flush=True)
            said.append(line)
        if run.wait():
            failed.append(part)
        lines += read_lines(said)
    if len(options.parts or PARTS) > 1:
        print_lines(lines)
    if failed:
        sys.exit(f"ended with an error: {', '.join(failed)}")


if __name__ == "__main__":
    main()
