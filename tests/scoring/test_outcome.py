"""Whole small contests worked out by hand, and what must never matter to a result."""

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import scoring
from scoring.formula import HeadcountMissing
from scoring.outcome import (
    BadInputs,
    SheetIn,
    Tier,
    compute,
)
from tests.scoring.builders import (
    SMALL,
    attempt,
    by_code,
    inputs,
    person,
    quiz,
    settings,
    sheets,
    unit,
    video,
)


def test_units_of_a_small_contest():
    lines = [
        (u.rank, u.code, str(u.quiz_points), str(u.video_points), str(u.total))
        for u in compute(SMALL).units
    ]
    assert lines == [
        # (100 + 280/3) / 2 = 290/3; 40 % of 96.67 + 60 % of 80.63 = 38.668 + 48.378 = 87.046
        (1, "DV01", "96.67", "80.63", "87.05"),
        (2, "DV02", "80.00", "80.00", "80.00"),
        (3, "DV03", "100.00", "0.00", "40.00"),
        (4, "DV04", "0.00", "0.00", "0.00"),
    ]


def test_counts_and_turnout_of_a_small_contest():
    lines = {
        u.code: (u.registered, u.participants, u.headcount, u.turnout, u.mean_seconds)
        for u in compute(SMALL).units
    }
    assert lines == {
        "DV01": (2, 2, 10, Fraction(1, 5), Fraction(82)),  # 64 and 100 whole seconds
        "DV02": (1, 1, 5, Fraction(1, 5), Fraction(200)),
        "DV03": (2, 1, 4, Fraction(1, 4), Fraction(64)),
        "DV04": (0, 0, None, None, None),
    }


def test_awards_of_a_small_contest():
    outcome = compute(SMALL)
    assert [(a.scope, a.quiz, a.tier, a.rank, a.entry, a.name) for a in outcome.awards] == [
        ("unit", None, "Giải Nhất", 1, "DV01", "Đơn vị DV01"),
        ("person", "quiz-1", "Giải cá nhân", 1, 4, "Người 4"),
        ("person", "quiz-1", "Giải cá nhân", 2, 1, "Người 1"),
        ("person", "quiz-1", "Giải cá nhân", 3, 2, "Người 2"),
        ("video", None, "Giải video", 1, ("DV01", 1), "Video DV01"),
    ]
    assert outcome.awards[1].unit_code == "DV03"
    assert outcome.awards[1].workplace == "Văn phòng"
    assert outcome.ties == ()


def test_statistics_of_a_small_contest():
    assert dict(compute(SMALL).statistics) == {
        "units_total": 4,
        "units_took_part": 3,
        "units_both_parts": 2,
        "units_quiz_only": 1,
        "units_video_only": 0,
        "units_none": 1,
        "units_disqualified": 0,
        "units_eligible": 2,
        "people_registered": 5,
        "people_finished": 4,
        "people_disqualified": 0,
        "people_unconfirmed": 0,
        "attempts_finished": 4,
        "perfect_attempts": 2,
        "mean_percentage": Fraction(280, 3),  # (100 + 280/3 + 80 + 100) / 4
        "mean_seconds": Fraction(107),  # (64 + 100 + 200 + 64) / 4
        "fastest_winner_seconds": 64,
        "slowest_winner_seconds": 100,
        "headcount": 19,
        "turnout": Fraction(4, 19),
        "videos_accepted": 2,
        "videos_disqualified": 0,
        "videos_flagged": 1,
        "sheets_counted": 6,
        "sheets_excused": 0,
    }


def test_an_empty_contest_has_a_result():
    outcome = compute(inputs())
    assert outcome.units == outcome.people == outcome.videos == outcome.awards == ()
    assert dict(outcome.statistics)["mean_percentage"] is None
    assert dict(outcome.statistics)["turnout"] is None


def test_what_keeps_a_unit_from_an_award():
    units = (
        unit("DV01", ineligible_reason="Đơn vị đăng cai"),
        *SMALL.units[1:],
        unit("DV05"),
    )
    changed = replace(
        SMALL, units=units, videos=(*SMALL.videos, video("DV05")), sheets=SMALL.sheets
    )
    codes = {u.code: (u.eligible, u.reason_code, u.reason) for u in compute(changed).units}
    assert codes == {
        "DV01": (False, "ineligible", "Đơn vị đăng cai"),
        "DV02": (True, "", ""),
        "DV03": (False, "no_video", ""),
        "DV04": (False, "took_no_part", ""),
        "DV05": (False, "no_participants", ""),
    }
    assert by_code(compute(changed))["DV01"].rank == 1  # it keeps its rank
    assert compute(changed).awards[0].entry == "DV02"


def test_one_part_is_enough_where_the_contest_says_so():
    outcome = by_code(compute(replace(SMALL, settings=settings(eligible_needs_both=False))))
    assert [outcome[code].eligible for code in ("DV03", "DV04")] == [True, False]


def test_equal_totals_are_broken_by_video_points():
    # DV01: Q 0 (0 of 15), V 60 -> 36.00; DV02: Q 90 (no video) -> 36.00
    contest = inputs(
        units=(unit("DV02"), unit("DV01")),
        people=(person(1, "DV02"), person(2, "DV01")),
        attempts=(attempt(1, 9, 100, questions=10), attempt(2, 0, 100)),
        videos=(video("DV01"),),
        sheets=sheets("DV01", (40, 20)),
    )
    lines = [(u.rank, u.code, str(u.total)) for u in compute(contest).units]
    assert lines == [(1, "DV01", "36.00"), (2, "DV02", "36.00")]
    no_chain = compute(replace(contest, settings=settings(unit_chain=()))).units
    assert [(u.rank, u.code) for u in no_chain] == [(1, "DV01"), (1, "DV02")]


def test_a_disqualified_unit_leaves_the_ranking_but_its_people_and_video_stay():
    units = (unit("DV01", disqualified_reason="Khai sai"), *SMALL.units[1:])
    outcome = compute(replace(SMALL, units=units))
    assert [(u.rank, u.code) for u in outcome.units] == [
        (1, "DV02"),
        (2, "DV03"),
        (3, "DV04"),
        (None, "DV01"),
    ]
    last = outcome.units[-1]
    assert (last.eligible, last.reason_code, last.reason) == (False, "disqualified", "Khai sai")
    assert [(p.rank, p.number, p.eligible) for p in outcome.people][:2] == [
        (1, 4, True),
        (2, 1, True),
    ]
    assert [(v.rank, v.unit_code, v.eligible, v.reason_code) for v in outcome.videos] == [
        (1, "DV01", False, "unit_disqualified"),
        (2, "DV02", True, ""),
    ]
    assert [a.entry for a in outcome.awards] == ["DV02", 4, 1, 2, ("DV02", 1)]


def test_32_people_whose_mean_is_no_finite_decimal():
    # (31 * 280/3 + 100) / 32 = 2245/24 = 93.541666...; 40 % of 93.54 = 37.416
    contest = inputs(
        units=(unit("DV01", 40),),
        people=[person(n, "DV01") for n in range(1, 33)],
        attempts=[attempt(n, 15 if n == 1 else 14, 100) for n in range(1, 33)],
    )
    line = compute(contest).units[0]
    assert (str(line.quiz_points), str(line.total)) == ("93.54", "37.42")


def test_the_unit_rule_and_its_settings_reach_every_unit():
    # three best of min(3, 10), one missing: (100 + 280/3) / 3 = 580/9 = 64.44...; DV02 80/3
    rule = settings(unit_rule="top_n", unit_rule_n=3)
    outcome = by_code(compute(replace(SMALL, settings=rule, units=SMALL.units[:3])))
    assert [str(outcome[c].quiz_points) for c in ("DV01", "DV02")] == ["64.44", "26.67"]
    # DV02: one participant of a minimum of 2: 80 / 2
    minimum = settings(min_participants=2)
    assert str(by_code(compute(replace(SMALL, settings=minimum)))["DV02"].quiz_points) == "40.00"
    # DV01: turnout 20 % of 25 %: 290/3 * 4/5 = 77.33...
    target = settings(unit_rule="mean_turnout", turnout_target=Decimal(25))
    assert str(by_code(compute(replace(SMALL, settings=target)))["DV01"].quiz_points) == "77.33"


def test_a_missing_headcount_is_named_where_the_rule_needs_it():
    units = (unit("DV01", None), *SMALL.units[1:])
    rule = settings(unit_rule="top_n", unit_rule_n=3)
    with pytest.raises(HeadcountMissing, match="unit DV01"):
        compute(replace(SMALL, settings=rule, units=units))


def test_several_quizzes_are_averaged_and_ranked_each():
    # DV01: quiz-1 290/3, quiz-2 only person 1 with 10/15 = 200/3: (290/3 + 200/3) / 2 = 81.666...
    second = attempt(1, 10, 300, quiz="quiz-2")
    outcome = compute(
        replace(SMALL, quizzes=(quiz("quiz-2", 2), quiz()), attempts=(*SMALL.attempts, second))
    )
    line = by_code(outcome)["DV01"]
    assert str(line.quiz_points) == "81.67"
    assert (line.participants, line.seconds_sum, line.seconds_count) == (2, 464, 3)
    assert str(by_code(outcome)["DV02"].quiz_points) == "40.00"  # 80 and nobody
    assert [(p.quiz, p.rank, p.number) for p in outcome.people][-2:] == [
        ("quiz-1", 4, 3),
        ("quiz-2", 1, 1),
    ]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"units": (*SMALL.units, unit("DV01"))}, "units: DV01 occurs twice"),
        ({"people": (*SMALL.people, person(6, "DV99"))}, "person 6"),
        ({"attempts": (*SMALL.attempts, attempt(1, 3, 9))}, r"\('quiz-1', 1, 1\) occurs twice"),
        ({"attempts": (attempt(99, 3, 9),)}, r"attempt \('quiz-1', 99, 1\)"),
        ({"attempts": (attempt(1, 16, 9),)}, "impossible figures"),
        ({"attempts": (attempt(1, 3, -1),)}, "impossible figures"),
        ({"attempts": (attempt(1, 3, 9, quiz="quiz-9"),)}, "quiz-9"),
        ({"videos": (*SMALL.videos, video("DV99"))}, "DV99"),
        ({"sheets": sheets("DV01", (1, 1), version=2)}, "not of a counting video"),
        ({"sheets": (SheetIn("gk1", "DV01", 1, 1, {"idea": Decimal(1)}),)}, "incomplete"),
        ({"tiers": (Tier("person", "quiz-9", 1, "Giải", 1),)}, "quiz-9"),
        ({"tiers": (Tier("unit", "quiz-1", 1, "Giải", 1),)}, "scope unit"),
        ({"settings": settings(quiz_weight=Decimal("39.99"))}, "sum to 100"),
        ({"quizzes": (quiz(counted="worst"),)}, "worst"),
        ({"quizzes": (quiz(prediction_kind="luck"),)}, "luck"),
    ],
)
def test_rows_that_contradict_each_other_are_refused_by_name(changes, named):
    with pytest.raises(BadInputs, match=named):
        compute(replace(SMALL, **changes))


def test_an_unknown_chain_key_in_the_settings_is_refused():
    with pytest.raises(ValueError, match="unknown ranking key 'luck'"):
        compute(replace(SMALL, settings=settings(unit_chain=("luck",))))


def test_the_pure_modules_need_no_django():
    code = "import sys, scoring.outcome; sys.exit('django' in sys.modules)"
    root = Path(scoring.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=False, timeout=60)
    assert done.returncode == 0
