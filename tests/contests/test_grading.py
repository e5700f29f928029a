"""Grading: answers against the key (rules: Q9, Q12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contests.grading import Graded, NoKey, grade

PAPER = [7, 3, 9]
KEY = {3: frozenset({31}), 7: frozenset({72}), 9: frozenset({93})}


@pytest.mark.parametrize(
    ("answers", "correct"),
    [
        ({7: 72, 3: 31, 9: 93}, 3),
        ({7: 72, 3: 32, 9: 93}, 2),
        ({7: 72}, 1),
        ({}, 0),
        ({7: 31, 3: 72}, 0),  # right choices of other questions
        ({7: 72, 4: 41}, 1),  # a question outside the paper
    ],
)
def test_a_right_answer_counts_and_an_unanswered_question_is_wrong(answers, correct):
    assert grade(PAPER, answers, KEY) == Graded(correct=correct, questions=3)


def test_any_accepted_choice_is_right():
    key = KEY | {3: frozenset({31, 34})}
    assert grade(PAPER, {3: 34}, key) == Graded(1, 3)
    assert grade(PAPER, {3: 31}, key) == Graded(1, 3)
    assert grade(PAPER, {3: 32}, key) == Graded(0, 3)


def test_accepting_every_choice_still_asks_for_an_answer():
    key = KEY | {3: frozenset({31, 32, 33, 34})}
    assert grade(PAPER, {3: 33}, key) == Graded(1, 3)
    assert grade(PAPER, {}, key) == Graded(0, 3)


def test_a_dropped_question_leaves_the_count():
    assert grade(PAPER, {7: 72, 3: 31}, KEY, dropped={3}) == Graded(1, 2)
    assert grade(PAPER, {7: 72, 3: 31}, KEY, dropped={3, 7, 9}) == Graded(0, 0)


def test_a_question_missing_from_the_key_is_an_error_unless_dropped():
    with pytest.raises(NoKey) as refusal:
        grade([*PAPER, 5], {}, KEY)
    assert refusal.value.args == (5,)
    assert grade([*PAPER, 5], {7: 72}, KEY, dropped={5}) == Graded(1, 3)


@given(
    st.permutations(PAPER), st.dictionaries(st.sampled_from(PAPER), st.sampled_from([31, 72, 93]))
)
def test_order_of_the_paper_never_matters(paper, answers):
    assert grade(paper, answers, KEY) == grade(PAPER, answers, KEY)
