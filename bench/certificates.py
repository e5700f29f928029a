"""Certificates a second: one PDF of a thousand, and a ZIP of single ones, beside names alone.

python -m bench.certificates [--count 1000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import stand
from bench.arithmetic import percentile, ratio
from bench.report import Line, heading, print_lines

if TYPE_CHECKING:
    from scoring.models import Certificate

FLOOR = Path(__file__).parent / "names.typ"
HOME = "https://hoithi.vi-du.vn/"
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Thạch", "Sơn")
MIDDLES = ("Thị Hồng", "Văn", "Minh", "Thị Ngọc", "Quốc", "Thị Mỹ", "Hữu", "Thanh")
GIVEN = ("Đào", "Nguyện", "Tuyền", "Khải", "Hạnh", "Trúc", "Diễm", "Quỳnh", "Ước", "Ý", "Giang")
OFFICES = ("Sở Giáo dục và Đào tạo", "Ủy ban nhân dân huyện Mỹ Xuyên", "Bảo hiểm xã hội tỉnh")
SCOPES = ("person",) * 8 + ("unit", "video")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    with stand.own_data():
        print_lines(run(parser.parse_args()))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=1000, help="certificates in a turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side")


def run(options: argparse.Namespace) -> list[Line]:
    """Draw other names in every turn: what was drawn once is remembered by Typst."""
    from scoring.documents import certificates
    from scoring.models import Certificate, issue_certificates

    contest, by = _make_awards(options.count)
    begun = time.perf_counter()
    issued = issue_certificates(contest, by=by, now=dt.datetime.now(dt.UTC))
    issuing = time.perf_counter() - begun
    heading(f"{issued} certificates issued in {issuing:.2f} s; {options.rounds} turns of each side")

    def packed(rows: list[Certificate]) -> int:
        with tempfile.TemporaryFile() as file:
            certificates.write_zip(rows, file, home=HOME)
            return file.tell()

    sides: dict[str, Callable[[list[Certificate]], int]] = {
        "one PDF": lambda rows: len(certificates.render(rows, home=HOME)),
        "ZIP": packed,
        "names alone": _names_alone,
    }
    rates: dict[str, list[float]] = {}
    for turn in range(options.rounds):
        for place, (side, draw) in enumerate(sides.items()):
            rows = list(Certificate.objects.printable(contest))
            _rename(rows, seed=turn * len(sides) + place)
            begun = time.perf_counter()
            size = draw(rows)
            seconds = time.perf_counter() - begun
            rates.setdefault(side, []).append(len(rows) / seconds)
            print(
                f"  {side:12} {len(rows) / seconds:6.0f}/s   {seconds:6.2f} s"
                f"   {size / 1_000_000:5.1f} MB",
                flush=True,
            )
    floor = rates["names alone"]
    return [
        Line(
            f"certificates a second, {options.count} as {side}",
            f"{percentile(rates[side], 0.5):.0f}",
            f"{percentile(floor, 0.5):.0f}",
            f"{ratio(rates[side], floor):.2f}",
        )
        for side in ("one PDF", "ZIP")
    ]


def _make_awards(count: int) -> tuple[Any, Any]:
    """Make a contest with final results and so many awards; return it and an organizer."""
    from accounts.models import User
    from bench import rows
    from scoring.models import Award, ResultSet

    quiz = rows.make_contest()
    people = [User.objects.create(username=f"to-chuc-{n}") for n in (1, 2)]
    now = dt.datetime.now(dt.UTC)
    result_set = ResultSet.objects.create(
        contest=quiz.contest,
        number=1,
        state=ResultSet.State.FINAL,
        digest="0123456789abcdef" * 4,
        built_at=now,
        published_at=now,
        published_by=people[0],
        final_requested_by=people[0],
        finalized_at=now,
        finalized_by=people[1],
    )
    Award.objects.bulk_create(
        Award(
            result_set=result_set,
            scope=SCOPES[number % len(SCOPES)],
            tier="Giải Khuyến khích",
            tier_order=1,
            position=number,
            rank=number,
            name="",
            unit_code=f"DV{number % 46 + 1:02d}",
            unit_name=OFFICES[number % len(OFFICES)],
            natural_key=str(number),
        )
        for number in range(1, count + 1)
    )
    return quiz.contest, people[0]


def _rename(rows: list[Certificate], *, seed: int) -> None:
    """Give every award, in memory, a name and a place of work that no other turn has."""
    for row in rows:
        place = row.number + seed * 7919
        award = row.award
        award.name = (
            f"{FAMILIES[place % 10]} {MIDDLES[place // 10 % 8]} {GIVEN[place // 80 % 11]} {place}"
        )
        award.workplace = (
            f"Trường Trung học phổ thông số {place}" if award.scope == "person" else ""
        )
        if award.scope != "person":
            award.name = f"Ban Quản lý Dự án đầu tư xây dựng và phát triển số {place}"


def _names_alone(rows: list[Certificate]) -> int:
    """Draw as many pages with nothing but the name, by the same program with the same fonts."""
    import typst

    from scoring.documents import pdf

    names = [{"name": row.award.name} for row in rows]
    compiler = typst.Compiler(
        FLOOR,
        root=FLOOR.parent,
        font_paths=pdf._fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps({"title": "x", "certificates": names})},
    )
    content, warnings = compiler.compile_with_warnings(
        format="pdf",
        pdf_standards=[pdf.STANDARD],
        timestamp=rows[0].issued_at.replace(microsecond=0),
    )
    if warnings:
        sys.exit(warnings[0].message)
    assert isinstance(content, bytes)
    return len(content)


if __name__ == "__main__":
    main()
