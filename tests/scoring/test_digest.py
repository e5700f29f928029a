"""The digest of the inputs: one document, and every column of every row is in it."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from scoring.outcome import BadInputs, TieDecision, Tier, digest
from tests.scoring.builders import (
    CRITERIA,
    attempt,
    inputs,
    person,
    quiz,
    settings,
    sheets,
    unit,
    video,
)

# One row of everything, no column empty.
FULL = inputs(
    settings=settings(unit_rule_n=3, turnout_target=Decimal("37.5")),
    units=(unit("DV01", parent_code="DV00", disqualified_reason="a", ineligible_reason="b"),),
    people=(person(7, "DV01", disqualified_reason="a", ineligible_reason="b"),),
    attempts=(attempt(7, 14, "64.25", prediction=5),),
    criteria=CRITERIA[:1],
    videos=(video("DV01", disqualified_reason="a", ineligible_reason="b"),),
    sheets=(replace(sheets("DV01", (50, "30.5"))[0], excused_reason="a"),),
    tiers=(Tier("person", "quiz-1", 1, "Giải Nhất", 1),),
    decisions=(TieDecision("person", "quiz-1", 1, (7, 8), (8,)),),
)
SECTIONS = [field.name for field in fields(FULL) if field.name != "settings"]


def variants(value):
    """Every way to change one part of a column's value, and nothing in its place."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, None]
    if isinstance(value, str):
        return [value + "x", "", None]
    if isinstance(value, bytes):
        return [value + b"x", b""]
    if isinstance(value, Decimal):
        return [value + Decimal("0.5")]
    if isinstance(value, datetime):
        return [value + timedelta(microseconds=1)]
    if isinstance(value, Mapping):
        return [value | {key: mark} for key in value for mark in variants(value[key])] + [{}]
    if isinstance(value, tuple):
        parts = [
            (*value[:i], changed, *value[i + 1 :])
            for i, part in enumerate(value)
            for changed in variants(part)
            if changed is not None
        ]
        return [*parts, value[:-1]]
    assert value is None
    return [0, 1]


COLUMNS = [
    (section, field.name) for section in SECTIONS for field in fields(getattr(FULL, section)[0])
]


@pytest.mark.parametrize(("section", "column"), COLUMNS)
def test_changing_one_column_of_one_row_changes_the_digest(section, column):
    row = getattr(FULL, section)[0]
    before = digest(FULL)
    changed = variants(getattr(row, column))
    assert changed
    seen = {before}
    for value in changed:
        after = digest(replace(FULL, **{section: (replace(row, **{column: value}),)}))
        assert after not in seen, (section, column, value)
        seen.add(after)


@pytest.mark.parametrize("column", [field.name for field in fields(FULL.settings)])
def test_changing_one_setting_changes_the_digest(column):
    value = getattr(FULL.settings, column)
    for changed in variants(value):
        other = replace(FULL, settings=replace(FULL.settings, **{column: changed}))
        assert digest(other) != digest(FULL), (column, changed)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_row_less_changes_the_digest(section):
    assert digest(replace(FULL, **{section: ()})) != digest(FULL)


def test_the_order_of_a_chain_and_of_a_paper_is_part_of_it():
    chain = replace(FULL, settings=replace(FULL.settings, unit_chain=("quiz", "video")))
    other = replace(FULL, settings=replace(FULL.settings, unit_chain=("video", "quiz")))
    assert digest(chain) != digest(other)
    row = FULL.attempts[0]
    turned = replace(FULL, attempts=(replace(row, paper=row.paper[::-1]),))
    assert digest(turned) != digest(FULL)


def test_the_order_of_answers_and_of_tied_entries_is_not():
    row, decision = FULL.attempts[0], FULL.decisions[0]
    turned = replace(
        FULL,
        attempts=(replace(row, answers=row.answers[::-1]),),
        decisions=(replace(decision, entries=decision.entries[::-1]),),
    )
    assert digest(turned) == digest(FULL)


def test_equal_numbers_and_instants_read_the_same_however_they_are_written():
    row, sheet = FULL.attempts[0], FULL.sheets[0]
    vietnam = timezone(timedelta(hours=7))
    same = replace(
        FULL,
        settings=replace(FULL.settings, quiz_weight=40, turnout_target=Decimal("37.500")),
        attempts=(
            replace(
                row,
                started_at=row.started_at.astimezone(vietnam),
                finished_at=row.finished_at.astimezone(vietnam),
            ),
        ),
        sheets=(replace(sheet, marks={"idea": Decimal("30.50"), "content": 50}),),
    )
    assert digest(same) == digest(FULL)


def test_an_instant_without_a_time_zone_is_refused():
    naive = datetime(2020, 12, 1, 5, 0)  # noqa: DTZ001
    with pytest.raises(BadInputs, match="time zone"):
        digest(replace(FULL, attempts=(replace(FULL.attempts[0], started_at=naive),)))


def test_the_digest_is_the_sha256_of_the_documented_json():
    contest = inputs(
        settings=settings(turnout_target=Decimal("37.5")),
        quizzes=(quiz("b"), quiz("a", 2)),
        people=(
            person(10, "DV01", registered=False),
            person(7, "DV01", name="Lê Chí Nguyện", name_sort_key=b"\x01\xff"),
        ),
        attempts=(attempt(7, 15, "64.25", quiz="b"),),
        criteria=(),
        decisions=(TieDecision("video", None, 1, (("DV02", 1), ("DV01", 1)), (("DV02", 1),)),),
    )
    document = (
        '{"attempts":[{"answers":[[3,1,2],[8,2,null]],"correct":15,"duration_ms":64250,'
        '"finished_at":"2020-12-01T05:01:04.250000Z","number":1,"paper":[[3,1],[8,2]],'
        '"person_number":7,"prediction":null,"questions":15,"quiz":"b",'
        '"started_at":"2020-12-01T05:00:00.000000Z"}],'
        '"criteria":[],'
        '"decisions":[{"chosen":[["DV02",1]],"entries":[["DV01",1],["DV02",1]],"quiz":null,'
        '"scope":"video","tier_order":1}],'
        '"format":1,'
        '"people":[{"disqualified_reason":"","ineligible_reason":"","name":"Lê Chí Nguyện",'
        '"name_sort_key":"01ff","number":7,"registered":true,"unit_code":"DV01",'
        '"workplace":"Văn phòng"},'
        '{"disqualified_reason":"","ineligible_reason":"","name":"Người 10",'
        '"name_sort_key":"6e67756f69","number":10,"registered":false,"unit_code":"DV01",'
        '"workplace":"Văn phòng"}],'
        '"quizzes":[{"counted":"best","order":2,"prediction_kind":"none","slug":"a"},'
        '{"counted":"best","order":1,"prediction_kind":"none","slug":"b"}],'
        '"settings":{"contest_slug":"hoi-thi","eligible_needs_both":true,'
        '"judge_aggregate":"mean","min_participants":1,'
        '"person_chain":["seconds","prediction","finished_at"],"quiz_weight":"40/1",'
        '"turnout_target":"75/2","unit_chain":["video","quiz","turnout","mean_seconds"],'
        '"unit_rule":"mean","unit_rule_n":null,"video_chain":["criteria"],'
        '"video_weight":"60/1","year":2020},'
        '"sheets":[],"tiers":[],"units":[],"videos":[]}'
    )
    assert digest(contest) == hashlib.sha256(document.encode()).hexdigest()
