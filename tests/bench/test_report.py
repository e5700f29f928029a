"""The table that is printed for the documents can be read back, part by part."""

import pytest

from bench.report import Line, print_lines, read_lines
from bench.stand import Memory, Spent


def test_what_is_printed_is_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        Line("saves a second", "1510", "2867", "0.53", "≥ 0.38", True),
        Line("p99", "9 ms", "2 ms", "4.5×", "≤ 3×", False),
        Line("latencies", "5 ms; 9 ms"),
    ]

    print_lines(lines)

    assert read_lines(capsys.readouterr().out.splitlines(keepends=True)) == lines
    assert read_lines(["nothing\n"]) == []


@pytest.mark.parametrize(("megabytes", "holds"), [(230.0, True), (230.5, False)])
def test_memory_counts_shared_pages_once(megabytes: float, holds: bool) -> None:
    line = Line.of_memory(Memory(3, 290.0, megabytes), Memory(3, 40.0, 20.0))

    assert line.holds is holds
    assert "330 MB, counted in each" in line.program


def test_processor_time_is_told_for_one_request() -> None:
    spent = Spent(web=5.0, nginx=0.5, database=2.5) - Spent(web=1.0, nginx=0.0, database=0.5)

    assert spent.each(1000) == ("6.50 ms of processor = web 4.00 + nginx 0.50 + database 2.00")
