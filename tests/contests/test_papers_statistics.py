"""10,000 papers tell nothing: which questions come, where the right option stands, what a token is.

Every check is a chi-square test with a fixed seed that has to give p > 1e-6, and each is shown to
fail on a bias planted in the same figures.
"""

import base64
import itertools
import math
import random
from collections import Counter
from dataclasses import dataclass

import pytest

from contests import papers, tokens
from contests.models import Attempt
from contests.models.attempts import RECEIPT_ALPHABET, new_receipt, new_writer

PAPERS, LENGTH, BANK, OPTIONS = 10_000, 15, 40, 4
LIMIT = 1e-6
# The right option stands here in the bank: a drawing that kept anything of it would show.
RIGHT = {number: number % OPTIONS for number in range(1, BANK + 1)}
TOPICS = ("A", "B", "C", "D")


def p_value(statistic, freedom):
    """The probability that chi-square with so many degrees of freedom is at least `statistic`.

    The regularised upper incomplete gamma function Q(freedom / 2, statistic / 2): its series below
    the mean, its continued fraction (Lentz) above.
    """
    a, x = freedom / 2, statistic / 2
    if x <= 0:
        return 1.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for step in itertools.count(1):
            term *= x / (a + step)
            total += term
            if term < total * 1e-15:
                return 1 - scale * total
    b = x + 1 - a
    c, d = 1e300, 1 / b
    h = d
    for step in itertools.count(1):
        factor = -step * (step - a)
        b += 2
        d = 1 / (factor * d + b)
        c = b + factor / c
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            return scale * h
    raise AssertionError


def chi_square(observed, expected):
    return sum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))


def p_of_equal(counts, places):
    """How probable such counts are where every one of `places` is as likely as the next."""
    observed = [counts[place] for place in places]
    expected = [sum(observed) / len(observed)] * len(observed)
    return p_value(chi_square(observed, expected), len(observed) - 1)


def p_of_independent(pairs):
    """How probable such pairs are where the first says nothing about the second."""
    table = Counter(pairs)
    rows, columns = Counter(), Counter()
    for (row, column), count in table.items():
        rows[row] += count
        columns[column] += count
    total = sum(rows.values())
    statistic = sum(
        (table[row, column] - rows[row] * columns[column] / total) ** 2
        / (rows[row] * columns[column] / total)
        for row in rows
        for column in columns
    )
    return p_value(statistic, (len(rows) - 1) * (len(columns) - 1))


@pytest.mark.parametrize(
    ("statistic", "freedom", "p"),
    # From the printed tables of the distribution.
    [
        (3.841, 1, 0.05),
        (6.635, 1, 0.01),
        (18.307, 10, 0.05),
        (29.588, 10, 0.001),
        (67.505, 50, 0.05),
    ],
)
def test_the_distribution_is_the_one_of_the_tables(statistic, freedom, p):
    assert p_value(statistic, freedom) == pytest.approx(p, rel=2e-3)


# --- papers -------------------------------------------------------------------------------------


def bank(**changes):
    return [
        papers.BankQuestion(
            id=1000 + number,
            number=number,
            topic=TOPICS[number % 4],
            choices=tuple(
                papers.BankChoice(id=10_000 * number + place, position=place)
                for place in range(OPTIONS)
            ),
            **changes,
        )
        for number in range(1, BANK + 1)
    ]


def draw(seed, questions, blueprint):
    return papers.draw(
        questions, blueprint, seed=seed, shuffle_questions=True, shuffle_choices=True
    )


@pytest.fixture(scope="module")
def drawn():
    """10,000 papers as they are stored, each from a seed of the kind an attempt has."""
    dice = random.Random(20260504)
    blueprint = [papers.BlueprintRow("", "", LENGTH)]
    questions = bank()
    return [draw(f"{dice.getrandbits(128):032x}", questions, blueprint) for _ in range(PAPERS)]


def right_places(drawn):
    """For each paper, where the right option of each question stands, in the paper's order."""
    return [
        [
            item.choice_ids.index(
                10_000 * (item.question_id - 1000) + RIGHT[item.question_id - 1000]
            )
            for item in paper
        ]
        for paper in drawn
    ]


def p_of_drawn(counts):
    """As `p_of_equal`; without replacement counts vary less, by the share that is not drawn."""
    expected = [sum(counts.values()) / BANK] * BANK
    statistic = chi_square([counts[number] for number in sorted(counts)], expected)
    return p_value(statistic * (BANK - 1) / (BANK - LENGTH), BANK - 1)


def test_every_question_is_drawn_as_often(drawn):
    counts = Counter(item.question_id for paper in drawn for item in paper)
    assert set(counts) == set(range(1001, 1001 + BANK))
    assert LIMIT < p_of_drawn(counts) < 1 - LIMIT


def test_every_question_stands_at_every_place_as_often(drawn):
    assert (
        p_of_independent((item.question_id, n) for p in drawn for n, item in enumerate(p)) > LIMIT
    )


def test_every_order_of_the_options_is_as_likely(drawn):
    counts = Counter(tuple(c % 10_000 for c in item.choice_ids) for p in drawn for item in p)
    orders = list(itertools.permutations(range(OPTIONS)))
    assert set(counts) == set(orders)
    assert p_of_equal(counts, orders) > LIMIT


def test_the_right_option_stands_at_every_letter_as_often(drawn):
    counts = Counter(itertools.chain.from_iterable(right_places(drawn)))
    assert p_of_equal(counts, range(OPTIONS)) > LIMIT


def test_neither_question_nor_place_tells_the_letter_of_the_right_option(drawn):
    places = right_places(drawn)
    by_question = (
        (item.question_id, place)
        for paper, letters in zip(drawn, places, strict=True)
        for item, place in zip(paper, letters, strict=True)
    )
    assert p_of_independent(by_question) > LIMIT
    assert p_of_independent(pair for letters in places for pair in enumerate(letters)) > LIMIT


def test_one_question_tells_nothing_about_the_next(drawn):
    places = right_places(drawn)
    pairs = (pair for letters in places for pair in itertools.pairwise(letters))
    assert p_of_independent(pairs) > LIMIT


def test_one_paper_tells_nothing_about_the_next(drawn):
    places = right_places(drawn)
    pairs = (
        pair
        for some, others in itertools.pairwise(places)
        for pair in zip(some, others, strict=True)
    )
    assert p_of_independent(pairs) > LIMIT


def test_a_blueprint_by_topic_draws_evenly_within_each():
    dice = random.Random(7)
    blueprint = [
        papers.BlueprintRow(topic, "", count)
        for topic, count in zip(TOPICS, (5, 4, 3, 3), strict=True)
    ]
    questions = bank()
    drawn = [draw(f"{dice.getrandbits(128):032x}", questions, blueprint) for _ in range(2_000)]
    counts = Counter(item.question_id - 1000 for paper in drawn for item in paper)
    for topic, wanted in zip(TOPICS, (5, 4, 3, 3), strict=True):
        numbers = [n for n in range(1, BANK + 1) if TOPICS[n % 4] == topic]
        assert sum(counts[n] for n in numbers) == 2_000 * wanted
        assert p_of_equal(counts, numbers) > LIMIT


# --- planted biases -----------------------------------------------------------------------------


def test_a_right_option_that_stands_first_a_little_more_often_is_found(drawn):
    """One option of fifteen moved in three papers of ten: two places of a hundred."""
    dice = random.Random(3)
    places = right_places(drawn)
    for letters in places:
        if dice.random() < 0.3:
            letters[dice.randrange(LENGTH)] = 0
    assert p_of_equal(Counter(itertools.chain.from_iterable(places)), range(OPTIONS)) < LIMIT


def test_options_left_in_the_banks_order_are_found():
    dice = random.Random(4)
    blueprint = [papers.BlueprintRow("", "", LENGTH)]
    kept = [draw(dice.getrandbits(128), bank(fixed_order=True), blueprint) for _ in range(300)]
    places = right_places(kept)
    pairs = (
        (item.question_id, place)
        for paper, letters in zip(kept, places, strict=True)
        for item, place in zip(paper, letters, strict=True)
    )
    assert p_of_independent(pairs) < LIMIT


def test_a_question_drawn_more_often_is_found(drawn):
    counts = Counter(item.question_id for paper in drawn for item in paper)
    counts[1001] += 400
    assert p_of_drawn(counts) < LIMIT


def test_the_shuffle_that_swaps_with_any_place_is_found():
    """The classic mistake: n choices at each of n steps make some orders likelier."""
    dice = random.Random(5)
    counts = Counter()
    for _ in range(PAPERS * LENGTH):
        order = list(range(OPTIONS))
        for place in range(OPTIONS):
            other = dice.randrange(OPTIONS)
            order[place], order[other] = order[other], order[place]
        counts[tuple(order)] += 1
    assert p_of_equal(counts, list(itertools.permutations(range(OPTIONS)))) < LIMIT


# --- tokens and receipts ------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """What goes out with a paper, and where its right options stand."""

    attempt: Attempt
    parts: list[str]  # of the token
    bits: dict[int, list[int]]  # of its nonce and of its signature
    letters: list[int]


def bits_of(text):
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return [byte >> bit & 1 for byte in raw for bit in range(8)]


@pytest.fixture(scope="module")
def written(drawn):
    """A token and a receipt for each paper; whoever makes them has not seen the paper."""
    made = []
    for pk, letters in enumerate(right_places(drawn), start=1):
        attempt = Attempt(pk=pk, generation=1, writer=new_writer(), receipt=new_receipt())
        parts = tokens.make(attempt).split(".")
        bits = {part: bits_of(parts[part]) for part in (2, 3)}
        made.append(Written(attempt, parts, bits, letters))
    return made


def test_a_token_is_the_attempts_number_its_generation_its_nonce_and_a_signature(written):
    for one in written:
        pk, generation, nonce, _signature = one.parts
        assert (int(pk), int(generation), nonce) == (one.attempt.pk, 1, one.attempt.writer)
        assert (len(one.bits[2]), len(one.bits[3])) == (128, 256)


# Nonces and receipts are the machine's own randomness, other in every run, and hundreds of bits are
# looked at: the limit is a thousandth.
@pytest.mark.parametrize("part", [2, 3], ids=["nonce", "signature"])
def test_every_bit_of_a_token_is_as_often_set_as_not(written, part):
    for column in zip(*(one.bits[part] for one in written), strict=True):
        assert p_of_equal(Counter(column), (0, 1)) > LIMIT / 1000


@pytest.mark.parametrize("part", [2, 3], ids=["nonce", "signature"])
def test_no_bit_of_a_token_tells_where_a_right_option_stands(written, part):
    for bit in range(128):
        pairs = ((one.bits[part][bit], one.letters[bit % LENGTH]) for one in written)
        assert p_of_independent(pairs) > LIMIT / 1000


def test_the_attempts_number_tells_nothing_about_the_right_options(written):
    for divisor in (2, 4, 10, 15):
        pairs = ((one.attempt.pk % divisor, place) for one in written for place in one.letters)
        assert p_of_independent(pairs) > LIMIT


def test_every_letter_of_a_receipt_is_as_likely_and_tells_nothing(written):
    receipts = [one.attempt.receipt.replace("-", "") for one in written]
    assert {len(receipt) for receipt in receipts} == {12}
    assert len(set(receipts)) == PAPERS
    assert p_of_equal(Counter("".join(receipts)), RECEIPT_ALPHABET) > LIMIT / 1000
    for place in range(12):
        pairs = (
            (receipt[place], one.letters[place])
            for receipt, one in zip(receipts, written, strict=True)
        )
        assert p_of_independent(pairs) > LIMIT / 1000


def test_a_token_that_carried_a_right_option_in_one_bit_would_be_found(written):
    """In every tenth token a bit of the nonce is the lowest of the first letter."""
    pairs = (
        (one.bits[2][0] if one.attempt.pk % 10 else one.letters[0] & 1, one.letters[0])
        for one in written
    )
    assert p_of_independent(pairs) < LIMIT
