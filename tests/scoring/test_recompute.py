"""The program and docs/recompute.py, which share no line, agree on every contest (rules: S1-S9)."""

import json
import os
import random
import runpy
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from scoring import guard, results
from scoring.facts import digest, document
from scoring.gathering import gather
from scoring.models import ResultSet
from scoring.outcome import Inputs, Outcome, compute
from tests.scoring.builders import NOON, SMALL
from tests.scoring.generated import generated
from tests.scoring.stored import storable, stored

SCRIPT = Path(__file__).parents[2] / "docs" / "recompute.py"
CONTESTS = int(os.environ.get("CONTESTS", "200"))
recompute = runpy.run_path(str(SCRIPT))["compute"]


def ratio(value: Any) -> str | None:
    return None if value is None else f"{value.numerator}/{value.denominator}"


def told(outcome: Outcome) -> dict[str, Any]:
    """What the program found, in the words of the script."""
    return {
        "judge_aggregate": outcome.judge_aggregate,
        "units": [
            {
                "rank": unit.rank,
                "code": unit.code,
                "quiz_points": str(unit.quiz_points),
                "video_points": str(unit.video_points),
                "total": str(unit.total),
                "turnout": ratio(unit.turnout),
                "mean_seconds": ratio(unit.mean_seconds),
                "eligible": unit.eligible,
            }
            for unit in outcome.units
        ],
        "people": [
            {
                "quiz": line.quiz,
                "rank": line.rank,
                "number": line.number,
                "attempt": line.attempt,
                "seconds": line.seconds,
                "prediction_gap": line.prediction_gap,
                "eligible": line.eligible,
            }
            for line in outcome.people
        ],
        "videos": [
            {
                "rank": video.rank,
                "unit_code": video.unit_code,
                "slot": video.slot,
                "points": str(video.points),
                "exact_points": ratio(video.exact_points),
                "sheets": video.sheets,
                "eligible": video.eligible,
            }
            for video in outcome.videos
        ],
        "awards": [
            {
                "scope": award.scope,
                "quiz": award.quiz,
                "tier": award.tier,
                "tier_order": award.tier_order,
                "rank": award.rank,
                "entry": award.entry,
            }
            for award in outcome.awards
        ],
        "ties": sorted(
            (tie.scope, tie.quiz or "", tie.tier_order, tie.seats, list(tie.entries))
            for tie in outcome.ties
        ),
    }


def recomputed(inputs: Inputs) -> dict[str, Any]:
    result = recompute(json.loads("".join(document(inputs))))
    for line in result["people"]:
        del line["percentage"]
    result["ties"] = sorted(
        (tie["scope"], tie["quiz"] or "", tie["tier_order"], tie["seats"], tie["entries"])
        for tie in result["ties"]
    )
    return result


def test_generated_contests_are_recomputed_bit_by_bit(capsys: pytest.CaptureFixture[str]) -> None:
    seen: Counter[str] = Counter()
    for seed in range(CONTESTS):
        contest = generated(seed)
        outcome = compute(contest)
        assert recomputed(contest) == told(outcome), f"seed {seed}"
        seen[contest.settings.unit_rule] += 1
        seen[f"{contest.settings.judge_aggregate} gives {outcome.judge_aggregate}"] += 1
        seen["ties decided"] += len(contest.decisions) - len(outcome.void_decisions)
        seen["ties open"] += len(outcome.ties)
        seen["awards"] += len(outcome.awards)
    with capsys.disabled():
        print(f"\n{CONTESTS} contests: {dict(sorted(seen.items()))}")  # noqa: T201
    # What is compared must occur: every rule and aggregate, ties decided and not.
    assert len(seen) == 4 + 4 + 3
    assert min(seen.values()) > CONTESTS / 40


@pytest.mark.django_db
def test_what_is_stored_of_generated_contests_is_recomputed_bit_by_bit() -> None:
    """Through the database as well: rows are gathered, computed and stored as they were made."""
    for seed in range(CONTESTS):
        inputs = storable(generated(seed))
        with guard.lifted(), transaction.atomic():
            contest = stored(inputs)
            gathered = gather(contest)
            assert digest(gathered) == digest(inputs), f"seed {seed}"
            result_set, _built = results.refresh(contest, now=NOON)
            assert kept(result_set) == told_as_kept(recomputed(gathered)), f"seed {seed}"
            transaction.set_rollback(True)


def kept(result_set: ResultSet) -> dict[str, Any]:
    """What is stored of a result, in the words of the script."""
    rows = {
        "units": ("rank", "code", "quiz_points", "video_points", "total", "eligible"),
        "people": ("quiz__slug", "rank", "number", "eligible"),
        "videos": ("rank", "unit_code", "slot", "points", "sheets", "eligible"),
        "awards": ("scope", "tier", "tier_order", "rank"),
    }
    return {
        name: [
            [str(value) if isinstance(value, Decimal) else value for value in row]
            for row in getattr(result_set, name).order_by("pk").values_list(*fields)
        ]
        for name, fields in rows.items()
    } | {"ties": len(result_set.undecided)}


def told_as_kept(result: dict[str, Any]) -> dict[str, Any]:
    fields = {
        "units": ("rank", "code", "quiz_points", "video_points", "total", "eligible"),
        "people": ("quiz", "rank", "number", "eligible"),
        "videos": ("rank", "unit_code", "slot", "points", "sheets", "eligible"),
        "awards": ("scope", "tier", "tier_order", "rank"),
    }
    return {
        name: [[line[field] for field in names] for line in result[name]]
        for name, names in fields.items()
    } | {"ties": len(result["ties"])}


def test_the_order_of_rows_changes_nothing_for_either() -> None:
    for seed in range(20):
        contest = generated(seed)
        chance = random.Random(seed)
        lists = ("quizzes", "units", "people", "attempts", "videos", "sheets", "tiers")
        rows = {name: list(getattr(contest, name)) for name in lists}
        for found in rows.values():
            chance.shuffle(found)
        shuffled = replace(contest, **{name: tuple(found) for name, found in rows.items()})
        assert digest(shuffled) == digest(contest)
        assert told(compute(shuffled)) == told(compute(contest)) == recomputed(shuffled)


def test_the_script_needs_nothing_but_python(tmp_path: Path) -> None:
    file = tmp_path / "inputs.json"
    file.write_text("".join(document(SMALL)), encoding="utf-8")
    # Isolated, and without the packages that are installed here.
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(file)]
    printed = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True)
    found = json.loads(printed.stdout)
    assert found["digest"] == digest(SMALL)
    assert [unit["code"] for unit in found["units"]] == [unit.code for unit in compute(SMALL).units]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert digest(SMALL) in shown
    assert "Xếp hạng đơn vị" in shown


def test_a_file_that_is_no_archive_is_refused_in_one_line(tmp_path: Path) -> None:
    for data in (b"", b"no archive", b"[1]", b'{"units": []}', b"PK\x03\x04half"):
        file = tmp_path / "inputs.json"
        file.write_bytes(data)
        done = subprocess.run(
            [sys.executable, str(SCRIPT), str(file)], check=False, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
        assert not done.stdout
