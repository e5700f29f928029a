"""What in finished attempts is worth a look: times, equal wrong answers, devices (rules: Q13)."""

import itertools
import random
from fractions import Fraction

import pytest

from contests import patterns
from contests.patterns import Sheet, is_fast, matches, shared_devices

# Question → the right choice; the wrong ones are the next three numbers.
BANK = {question: 10 * question for question in range(1, 16)}
KEY = {question: frozenset([right]) for question, right in BANK.items()}


def crowd(people, *, seed, errors=0.2, bank=15):
    """Sheets of people who answered on their own, of different ability, on papers of 15."""
    dice = random.Random(seed)
    questions = range(1, bank + 1)
    taste = {question: [dice.random() + 0.1 for _ in range(3)] for question in questions}
    hard = {question: dice.uniform(0.3, 1.7) for question in questions}
    sheets = []
    for person in range(people):
        ability = dice.uniform(0.2, 1.8)
        answers = {}
        for question in dice.sample(questions, 15):
            wrong = dice.random() < min(0.95, errors * ability * hard[question])
            step = dice.choices((1, 2, 3), taste[question])[0] if wrong else 0
            answers[question] = 10 * question + step
        sheets.append(Sheet(person, person, answers))
    return sheets


def sheet(number, wrong, *, person=None):
    """A paper of all questions with these wrong choices: question → 1, 2 or 3."""
    answers = {question: right + wrong.get(question, 0) for question, right in BANK.items()}
    return Sheet(number, number if person is None else person, answers)


def pairs(sheets, key=KEY):
    return [(match.first.attempt, match.second.attempt) for match in matches(sheets, key)]


# --- fast ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [64, 65, 68, 71, 73])
def test_the_winners_of_2020_are_not_fast(seconds):
    assert not is_fast(duration_ms=1000 * seconds, answered=15, questions=15)


def test_fast_is_below_two_and_a_half_seconds_for_each_answer():
    assert is_fast(duration_ms=37_499, answered=15, questions=15)
    assert not is_fast(duration_ms=37_500, answered=15, questions=15)
    assert is_fast(duration_ms=19_999, answered=8, questions=15)
    assert not is_fast(duration_ms=20_000, answered=8, questions=15)


@pytest.mark.parametrize("answered", [0, 1, 7])
def test_who_gives_up_soon_is_not_fast(answered):
    assert not is_fast(duration_ms=0, answered=answered, questions=15)


# --- devices ------------------------------------------------------------------------------------


def test_three_people_on_one_device_are_worth_a_look_and_two_are_not():
    used = [("a", 3), ("a", 1), ("a", 2), ("b", 4), ("b", 5), ("a", 1)]
    assert shared_devices(used) == {"a": [1, 2, 3]}


def test_one_person_many_times_and_browsers_without_a_cookie_are_no_shared_device():
    assert shared_devices([("a", 1)] * 9 + [("", number) for number in range(9)]) == {}


# --- the same wrong answers ---------------------------------------------------------------------


def test_two_with_eight_equal_wrong_answers_are_found_among_many():
    sheets = crowd(400, seed=1)
    copied = {question: 1 + question % 3 for question in range(2, 10)}
    sheets += [sheet(900, copied), sheet(901, copied)]
    (match,) = matches(sheets, KEY)
    assert {match.first.attempt, match.second.attempt} == {900, 901}
    assert match.same == 8
    assert match.expected < 4


def test_a_different_wrong_choice_is_no_equal_one():
    one = dict.fromkeys(range(2, 10), 1)
    other = dict.fromkeys(range(2, 10), 2)
    assert pairs([*crowd(400, seed=1), sheet(900, one), sheet(901, other)]) == []


@pytest.mark.parametrize(
    ("errors", "bank"), [(0.1, 15), (0.2, 15), (0.4, 15), (0.6, 15), (0.2, 40), (0.5, 40)]
)
def test_people_who_answer_on_their_own_are_left_alone(errors, bank):
    """One pair in a thousand people is what chance may bring; these are four times 250."""
    key = {question: frozenset([10 * question]) for question in range(1, bank + 1)}
    found = sum(
        len(matches(crowd(250, seed=seed, errors=errors, bank=bank), key)) for seed in range(4)
    )
    assert found <= 3


def test_where_everybody_falls_into_the_same_trap_nobody_is_singled_out():
    trap = dict.fromkeys(range(1, 7), 1)
    assert pairs([sheet(number, trap) for number in range(60)]) == []


def test_whoever_is_right_shares_nothing_that_counts():
    assert pairs([sheet(number, {}) for number in range(60)]) == []


def test_two_attempts_of_one_person_are_no_pair():
    copied = {question: 1 + question % 3 for question in range(2, 12)}
    twins = [sheet(900, copied, person=7), sheet(901, copied, person=7)]
    assert pairs([*crowd(200, seed=2), *twins]) == []
    assert pairs([*crowd(200, seed=2), twins[0], sheet(901, copied, person=8)]) == [(900, 901)]


def test_a_question_without_a_key_counts_for_nobody():
    copied = {question: 1 + question % 3 for question in range(2, 10)}
    sheets = [*crowd(300, seed=3), sheet(900, copied), sheet(901, copied)]
    dropped = {question: right for question, right in KEY.items() if question not in copied}
    assert pairs(sheets) == [(900, 901)]
    assert pairs(sheets, dropped) == []


def test_a_whole_office_with_one_sheet_of_answers_is_found_whole():
    copied = {question: 1 + question % 3 for question in range(2, 12)}
    office = [sheet(900 + number, copied) for number in range(12)]
    found = set(itertools.chain(*pairs([*crowd(400, seed=4), *office])))
    assert found == {one.attempt for one in office}


def test_few_sheets_are_no_error():
    assert matches([], KEY) == []
    assert matches([sheet(1, {1: 1})], KEY) == []
    assert matches([Sheet(1, 1, {}), Sheet(2, 2, {})], KEY) == []


def test_the_chance_is_the_one_counted_by_hand():
    """Three questions; one person erred in 1 and 2. All ways two errors of another can fall."""
    sheets = [Sheet(n, n, {1: 11, 2: 22, 3: 30}) for n in range(3)]
    sheets += [Sheet(n, n, {1: 10, 2: 20, 3: 33}) for n in range(3, 5)]
    key = {question: frozenset([10 * question]) for question in (1, 2, 3)}
    chance = patterns._Chance(sheets, key)
    # Without the two: of 5 + 4 - 2 people 1 + 3 err in question 1 and 2 (2 of them by that choice),
    # 1 + 3 in question 3, where the first is right.
    odds, share = Fraction(4, 3), Fraction(2, 4)
    weights = {0: Fraction(0), 1: Fraction(0), 2: Fraction(0)}
    for errors in itertools.combinations((1, 2, 3), 2):
        for equal in itertools.product((True, False), repeat=sum(q != 3 for q in errors)):
            weight = odds**2
            for is_equal in equal:
                weight *= share if is_equal else 1 - share
            weights[sum(equal)] += weight
    total = sum(weights.values())
    of = chance.of(sheets[0], sheets[1])
    assert of.at_least(2) == pytest.approx(float(weights[2] / total))
    assert of.at_least(1) == pytest.approx(float((weights[1] + weights[2]) / total))
    assert of.expected() == pytest.approx(float((weights[1] + 2 * weights[2]) / total))


def test_five_thousand_are_compared_without_a_loop_over_pairs():
    """Twelve million pairs: looked at closely are a few for each person."""
    copied = {question: 1 + question % 3 for question in range(2, 11)}
    sheets = [*crowd(5000, seed=5), sheet(9000, copied), sheet(9001, copied)]
    close = list(patterns._closest_pairs(sheets, patterns._Chance(sheets, KEY)))
    assert len(close) == len({(one.attempt, other.attempt) for one, other in close})
    assert 0 < len(close) < patterns.CLOSEST * len(sheets)
    assert pairs(sheets) == [(9000, 9001)]
