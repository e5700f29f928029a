"""Classes, days and places of charts, worked out by hand."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.charts import BASE, Span, by_correct, by_day, by_minutes, by_tens, columns, tens, ticks


def day(number: int, month: int = 12) -> dt.date:
    return dt.date(2020, month, number)


def counts(spans):
    return [(span.low, span.high, span.count) for span in spans]


def test_every_number_of_correct_answers_is_a_class_also_the_empty_ones():
    spans = by_correct([(3, 3, 4), (0, 3, 1), (2, 3, 5)])
    assert counts(spans) == [(0, 0, 1), (1, 1, 0), (2, 2, 5), (3, 3, 4)]


@pytest.mark.parametrize("rows", [[(1, 2, 1), (1, 3, 1)], [(5, 21, 1)], [(0, 0, 3)], []], ids=str)
def test_papers_that_differ_or_are_long_have_no_class_for_each_number(rows):
    assert by_correct(rows) is None


def test_twenty_questions_still_have_a_class_each():
    assert len(by_correct([(20, 20, 1)])) == 21


def test_percentages_are_put_into_tens_exactly():
    # 3/10 = 30 and 6/20 = 30 are in the fourth class; 29/100 in the third; 10/10 = 100 in the last.
    spans = by_tens([(3, 10, 1), (6, 20, 2), (29, 100, 4), (10, 10, 8), (9, 10, 16), (0, 5, 32)])
    found = {span.low: span.count for span in spans}
    assert found == {0: 32, 10: 0, 20: 4, 30: 3, 40: 0, 50: 0, 60: 0, 70: 0, 80: 0, 90: 24}
    assert spans[-1].high == 100


def test_a_paper_whose_questions_were_all_dropped_is_in_the_first_class():
    assert by_tens([(0, 0, 7)])[0] == Span(0, 10, 7)


def test_counted_tens_keep_their_order():
    assert counts(tens([1, 2] + [0] * 8))[:3] == [(0, 10, 1), (10, 20, 2), (20, 30, 0)]


def test_minutes_are_classes_of_one_minute_up_to_twelve():
    assert counts(by_minutes({1: 2, 3: 5})) == [(0, 1, 2), (1, 2, 0), (2, 3, 5)]
    assert len(by_minutes({12: 1})) == 12


def test_longer_times_are_put_into_wider_classes():
    # 13 minutes at most: two minutes a class; the 3rd and 4th minute share the second.
    assert counts(by_minutes({3: 1, 4: 2, 13: 4})) == [
        (0, 2, 0),
        (2, 4, 3),
        (4, 6, 0),
        (6, 8, 0),
        (8, 10, 0),
        (10, 12, 0),
        (12, 14, 4),
    ]
    assert [span.high for span in by_minutes({60: 1})][:2] == [5, 10]


def test_who_took_no_time_is_in_the_first_minute():
    assert counts(by_minutes({0: 3})) == [(0, 1, 3)]


def test_days_without_anything_are_there_too():
    days = by_day({day(5): 2, day(2): 1})
    assert [(d.first, d.last, d.count) for d in days] == [
        (day(2), day(2), 1),
        (day(3), day(3), 0),
        (day(4), day(4), 0),
        (day(5), day(5), 2),
    ]


def test_more_than_45_days_are_drawn_as_weeks_from_monday():
    # 1 October 2020 was a Thursday; its week began on Monday 28 September.
    assert len(by_day({day(1, 10): 1, day(14, 11): 1})) == 45
    weeks = by_day({day(1, 10): 1, day(4, 10): 2, day(5, 10): 4, day(15, 11): 8})
    assert (weeks[0].first, weeks[0].last, weeks[0].count) == (day(28, 9), day(4, 10), 3)
    assert (weeks[1].first, weeks[1].count) == (day(5, 10), 4)
    assert (weeks[-1].first, weeks[-1].last, weeks[-1].count) == (day(9, 11), day(15, 11), 8)
    assert len(weeks) == 7


def test_no_day_is_no_chart():
    assert by_day({}) == []


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (16, [0, 5, 10, 15, 20]),
        (21, [0, 10, 20, 30]),
        (361, [0, 100, 200, 300, 400]),
        (401, [0, 200, 400, 600]),
    ],
)
def test_the_scale_has_round_steps(most, expected):
    assert ticks(most) == expected


@given(st.integers(min_value=0, max_value=10**7))
def test_the_scale_reaches_the_highest_with_two_to_five_marks(most):
    found = ticks(most)
    assert found[-1] >= most
    assert 2 <= len(found) <= 5
    assert {after - before for before, after in zip(found, found[1:], strict=False)} == {found[1]}


def test_columns_stand_side_by_side_and_as_high_as_their_count():
    chart = columns([("a", "one", 4), ("b", "two", 0), ("c", "three", 2), ("d", "four", 2)])
    # A quarter of the width each, an eighth of it free on either side; 4 reaches the top mark.
    assert [(c.x, c.width, c.middle) for c in chart.columns] == [
        ("3.12%", "18.75%", "12.50%"),
        ("28.12%", "18.75%", "37.50%"),
        ("53.12%", "18.75%", "62.50%"),
        ("78.12%", "18.75%", "87.50%"),
    ]
    assert [(c.y, c.height) for c in chart.columns] == [
        ("12.00%", "76.00%"),
        ("88.00%", "0.00%"),
        ("50.00%", "38.00%"),
        ("50.00%", "38.00%"),
    ]
    assert [(tick.value, tick.y) for tick in chart.ticks][::2] == [
        (0, f"{BASE}.00%"),
        (2, "50.00%"),
        (4, "12.00%"),
    ]
    assert (chart.total, chart.highest.text) == (8, "one")
    assert [c.share for c in chart.columns] == [50, 0, 25, 25]


def test_shares_are_ratios():
    assert columns([("a", "a", 1), ("b", "b", 2)]).columns[0].share == Fraction(100, 3)


def test_a_chart_of_nothing_has_no_shares():
    assert [c.share for c in columns([("a", "a", 0)]).columns] == [0]


@pytest.mark.parametrize(
    ("number", "phone", "desk"), [(6, 6, 6), (7, 4, 7), (16, 6, 16), (17, 5, 9), (45, 5, 15)]
)
def test_labels_are_left_out_where_there_is_no_room(number, phone, desk):
    chart = columns([("x", "x", 1)] * number)
    said = [column.label_on for column in chart.columns]
    assert said.count("phone") == phone
    assert said.count("phone") + said.count("desk") == desk


@pytest.mark.parametrize(
    ("number", "most", "expected"),
    [
        (10, 999, "phone"),
        (11, 999, "desk"),
        (16, 999, "desk"),
        (16, 1000, ""),
        (10, 1234, "desk"),
        (45, 9, "desk"),
        (45, 10, ""),
    ],
)
def test_figures_are_left_out_where_they_would_touch(number, most, expected):
    chart = columns([("x", "x", most), ("y", "y", 0)] + [("x", "x", 1)] * (number - 2))
    assert chart.columns[0].figure_on == expected
    # Nothing stands above a column that is not there.
    assert chart.columns[1].figure_on == ""
