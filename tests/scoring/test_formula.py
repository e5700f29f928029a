"""Points worked out by hand: rounding, the unit rules, the judges' aggregates, the total."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import formula


def percents(*values):
    return [Fraction(value) for value in values]


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (Fraction(645, 8), "80.63"),  # 80.625; to even it would be 80.62
        (Fraction(625, 8), "78.13"),  # 78.125; to even 78.12
        (Fraction(1, 8), "0.13"),  # 0.125; to even 0.12
        (Fraction(267500, 100000), "2.68"),  # 2.675; as a float it lies below and gives 2.67
        (Fraction(1005, 1000), "1.01"),  # 1.005; as a float 1.00
        (Fraction(80615, 1000), "80.62"),  # 80.615
        (Fraction(99995, 1000), "100.00"),
        (Fraction(5, 1000), "0.01"),
        (Fraction(4999999, 10**9), "0.00"),  # just under half a hundredth
        (Fraction(1, 3), "0.33"),
        (Fraction(2, 3), "0.67"),
        (Fraction(280, 3), "93.33"),  # 14 of 15
        (Fraction(0), "0.00"),
        (Fraction(100), "100.00"),
    ],
)
def test_halves_go_up_to_two_places(value, printed):
    rounded = formula.round_half_up(value)
    assert isinstance(rounded, Decimal)
    assert str(rounded) == printed


def test_negative_points_are_refused():
    with pytest.raises(ValueError, match="never negative"):
        formula.round_half_up(Fraction(-1, 100))


@given(st.fractions(min_value=0, max_value=100))
def test_rounding_never_moves_a_value_by_more_than_half_a_hundredth(value):
    moved = Fraction(formula.round_half_up(value)) - value
    assert Fraction(-1, 200) < moved <= Fraction(1, 200)


def test_percentage_of_14_of_15_is_kept_as_a_ratio():
    # 1400 / 15 = 280 / 3, which no Decimal can hold
    assert formula.percentage(14, 15) == Fraction(280, 3)
    assert formula.percentage(15, 15) == 100
    assert formula.percentage(0, 15) == 0


def test_percentage_is_0_when_every_question_was_dropped():
    assert formula.percentage(0, 0) == 0


@pytest.mark.parametrize(("correct", "questions"), [(16, 15), (-1, 15), (1, 0)])
def test_impossible_counts_are_refused(correct, questions):
    with pytest.raises(ValueError, match="correct of"):
        formula.percentage(correct, questions)


def test_mean_of_one_participant_is_that_percentage():
    assert formula.rule_mean(percents(80)) == 80


def test_mean_of_32_people_that_is_no_finite_decimal():
    # 31 with 14/15 and one with 15/15: (31 * 280/3 + 100) / 32 = (8680 + 300) / 96
    # = 8980 / 96 = 2245 / 24 = 93.541666...
    people = [formula.percentage(14, 15)] * 31 + [formula.percentage(15, 15)]
    assert formula.rule_mean(people) == Fraction(2245, 24)
    assert formula.quiz_points([formula.rule_mean(people)]) == Decimal("93.54")


def test_mean_is_not_taken_of_rounded_percentages():
    # (93.333... + 93.333... + 100) / 3 = 860 / 9 = 95.555... -> 95.56
    # rounded first: (93.33 + 93.33 + 100) / 3 = 95.5533... -> 95.55
    people = [formula.percentage(14, 15)] * 2 + [formula.percentage(15, 15)]
    assert formula.quiz_points([formula.rule_mean(people)]) == Decimal("95.56")


def test_several_quizzes_are_rounded_once():
    # the same figures as quizzes' points: rounded each they would give 95.55
    points = [Fraction(280, 3), Fraction(280, 3), Fraction(100)]
    assert formula.quiz_points(points) == Decimal("95.56")


def test_a_quiz_nobody_of_the_unit_finished_counts_0_in_the_mean_of_quizzes():
    assert formula.quiz_points([Fraction(90), Fraction(0)]) == Decimal("45.00")
    assert formula.quiz_points([]) == Decimal("0.00")


@pytest.mark.parametrize(
    ("values", "n", "headcount", "points"),
    [
        ((40, 100, 60, 80), 3, 10, Fraction(80)),  # (100 + 80 + 60) / 3
        ((100, 80), 5, 40, Fraction(36)),  # three are missing: 180 / 5
        ((100, 80), 5, 2, Fraction(90)),  # only two could come: 180 / 2
        ((100, 80, 60), 1, 3, Fraction(100)),
        ((100, 90), 3, 10, Fraction(190, 3)),  # 63.33...
    ],
)
def test_top_n_counts_a_missing_one_as_0(values, n, headcount, points):
    assert formula.rule_top_n(percents(*values), n=n, headcount=headcount) == points


def test_best_takes_the_best_one():
    assert formula.rule_best(percents(60, 100, 80)) == 100


@pytest.mark.parametrize(
    ("target", "points"),
    [
        (Decimal("40"), Fraction(60)),  # 3 of 10 is 30 %: 80 * 30/40
        (Decimal("37.5"), Fraction(64)),  # 80 * 30/37.5 = 80 * 0.8
        (Decimal("30"), Fraction(80)),  # just reached
        (Decimal("10"), Fraction(80)),  # more than reached gives no more
        (Decimal("70"), Fraction(240, 7)),  # 80 * 3/7
    ],
)
def test_mean_turnout_lowers_the_mean_by_the_missing_turnout(target, points):
    people = percents(70, 80, 90)
    assert formula.rule_mean_turnout(people, headcount=10, turnout_target=target) == points


def test_fewer_than_the_minimum_divide_by_the_minimum():
    assert formula.rule_mean(percents(90), min_participants=3) == 30  # 90 / 3
    assert formula.rule_mean(percents(90, 60, 30), min_participants=3) == 60
    assert formula.rule_best(percents(90), min_participants=3) == 30
    # 2 of 10 is 20 % of a target of 40 %: (90 + 60) / 3 * 1/2
    assert (
        formula.rule_mean_turnout(
            percents(90, 60), headcount=10, turnout_target=Decimal(40), min_participants=3
        )
        == 25
    )
    # the three best of two: 150 / 3 = 50; with a minimum of 5: 150 / 5
    assert formula.rule_top_n(percents(90, 60), n=3, headcount=10, min_participants=5) == 30


def test_a_minimum_never_lifts_a_unit_above_its_rule():
    # ten best of two: 180 / 10 = 18; dividing by the minimum of 3 would give 60
    assert formula.rule_top_n(percents(100, 80), n=10, headcount=50, min_participants=3) == 18


@pytest.mark.parametrize("rule", formula.UNIT_RULES)
def test_nobody_finished_is_0_by_every_rule(rule):
    points = formula.unit_quiz_points(
        rule, [], n=3, headcount=None, turnout_target=Decimal(10), min_participants=1
    )
    assert points == 0


@pytest.mark.parametrize(
    ("rule", "points"),
    # 2 of 8 people, 100 and 50; n = 4; target 50 %
    [
        ("mean", Fraction(75)),
        ("best", Fraction(100)),
        ("top_n", Fraction(150, 4)),
        ("mean_turnout", Fraction(75, 2)),
    ],
)
def test_the_rule_is_chosen_by_its_name(rule, points):
    assert points == formula.unit_quiz_points(
        rule,
        percents(100, 50),
        n=4,
        headcount=8,
        turnout_target=Decimal(50),
        min_participants=1,
    )


def test_an_unknown_rule_is_refused_by_name():
    with pytest.raises(ValueError, match="unknown unit rule 'sum'"):
        formula.unit_quiz_points(
            "sum", [], n=None, headcount=1, turnout_target=None, min_participants=1
        )


@pytest.mark.parametrize("headcount", [None, 0])
@pytest.mark.parametrize("rule", ["top_n", "mean_turnout"])
def test_a_rule_that_uses_headcounts_refuses_a_unit_without(rule, headcount):
    with pytest.raises(formula.HeadcountMissing):
        formula.unit_quiz_points(
            rule,
            percents(50),
            n=4,
            headcount=headcount,
            turnout_target=Decimal(50),
            min_participants=1,
        )


@pytest.mark.parametrize("rule", ["top_n", "mean_turnout"])
def test_a_rule_without_its_setting_is_refused(rule):
    with pytest.raises(ValueError, match="needs"):
        formula.unit_quiz_points(
            rule, percents(50), n=None, headcount=9, turnout_target=None, min_participants=1
        )


@pytest.mark.parametrize(
    ("rule", "n", "target"), [("top_n", 0, None), ("mean_turnout", None, Decimal(0))]
)
def test_a_setting_of_0_is_refused(rule, n, target):
    with pytest.raises(ValueError, match="must be above 0|at least 1"):
        formula.unit_quiz_points(
            rule,
            percents(50),
            n=n,
            headcount=9,
            turnout_target=target,
            min_participants=1,
        )


def test_turnout_is_exact_and_at_most_1():
    assert formula.turnout(58, 940) == Fraction(29, 470)
    assert formula.turnout(12, 10) == 1
    assert formula.turnout(0, 10) == 0
    assert formula.turnout(5, None) is None
    assert formula.turnout(5, 0) is None


@pytest.mark.parametrize(
    ("quiz", "video", "weights", "total"),
    [
        ("93.40", "88.75", (40, 60), "90.61"),  # 37.36 + 53.25
        ("100.00", "0.00", (40, 60), "40.00"),  # no video: at most 40
        ("93.33", "88.63", (40, 60), "90.51"),  # 37.332 + 53.178 = 90.510
        ("80.62", "80.63", (50, 50), "80.63"),  # 80.625; to even 80.62
        ("0.01", "0.00", (50, 50), "0.01"),  # 0.005; to even 0.00
        ("80.10", "70.10", (35, 65), "73.60"),  # 28.035 + 45.565
        ("80.30", "70.00", (35, 65), "73.61"),  # 28.105 + 45.5 = 73.605; to even 73.60
    ],
)
def test_total_weighs_the_rounded_points_and_is_rounded(quiz, video, weights, total):
    points = formula.total_points(
        Decimal(quiz), Decimal(video), quiz_weight=weights[0], video_weight=Decimal(weights[1])
    )
    assert str(points) == total


def test_a_float_is_never_taken_for_a_number():
    with pytest.raises(TypeError, match="float"):
        formula.exact(0.5)


@pytest.mark.parametrize(
    ("method", "totals", "points"),
    [
        ("mean", ("80.5", "80.5", "80.5", "81"), Fraction(645, 8)),  # 322.5 / 4 = 80.625
        ("mean", ("80", "81", "81"), Fraction(242, 3)),
        ("median", ("99", "70", "81", "80.5"), Fraction(323, 4)),  # (80.5 + 81) / 2 = 80.75
        ("median", ("99", "70", "81"), Fraction(81)),
        ("median", ("70",), Fraction(70)),
        ("trimmed", ("100", "60", "80", "82", "81"), Fraction(81)),  # without 60 and 100
        ("trimmed", ("60", "60", "82", "81", "100"), Fraction(223, 3)),  # only one 60 goes
        ("trimmed", ("70", "70", "70", "70", "70"), Fraction(70)),
        ("mean", (), Fraction(0)),
    ],
)
def test_sheets_become_points(method, totals, points):
    assert formula.aggregate(percents(*totals), method) == points


def test_trimmed_needs_five_sheets_for_every_video():
    assert formula.effective_aggregate("trimmed", [5, 5, 7]) == "trimmed"
    assert formula.effective_aggregate("trimmed", [5, 4, 7]) == "mean"
    assert formula.effective_aggregate("trimmed", [0]) == "mean"
    assert formula.effective_aggregate("median", [1]) == "median"
    assert formula.effective_aggregate("mean", []) == "mean"


def test_trimming_four_sheets_is_refused():
    with pytest.raises(ValueError, match="5 sheets"):
        formula.aggregate(percents(1, 2, 3, 4), "trimmed")


def test_an_unknown_aggregate_is_refused_by_name():
    with pytest.raises(ValueError, match="unknown judge aggregate 'sum'"):
        formula.aggregate([], "sum")
    with pytest.raises(ValueError, match="unknown judge aggregate 'sum'"):
        formula.effective_aggregate("sum", [])


def test_only_a_spread_over_15_is_wide():
    assert formula.spread(percents(70, 85, 80)) == 15
    assert not formula.is_wide(Fraction(15))
    assert formula.is_wide(Fraction("15.5"))
    assert formula.spread(percents(70)) == 0
    assert formula.spread([]) == 0
