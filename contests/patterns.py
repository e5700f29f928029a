"""What in finished attempts a person should look at: arithmetic over times, answers, devices.

Nothing here judges anybody (rules: Q13): what is found becomes a flag, which no score reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# Reading a question and four choices takes ten seconds and more. Who knows the bank by heart and
# clicks at the first words needs four to five: the winners of 2020 took 4.3 to 4.9 (64 to 73 s for
# 15). At about half of that nobody has read what was answered.
FAST_MS_PER_ANSWER = 2_500
# One computer in an office serves a colleague too; three people on one are worth a look.
PEOPLE_PER_DEVICE = 3
# So few wrong answers in common are never worth a look.
MIN_SAME = 4
# How many pairs chance alone may bring before a person's eyes, for each participant.
FALSE_PAIRS_PER_PERSON = 1 / 1000
# Each person is compared with those who share most. Where all are weak, hundreds share something.
CLOSEST = 10
# What is rarely answered: as if four further people had taken one choice each, one the right one.
_MORE_WRONG, _MORE = 3, 4


def is_fast(*, duration_ms: int, answered: int, questions: int) -> bool:
    """Whether an attempt was quicker than people read (rules: Q13).

    Counted are the questions that were answered, at least half of the paper: who gives up after
    two is no wonder. The times of single saves say nothing, since a browser that was offline sends
    its whole queue at once.
    """
    return 2 * answered >= questions > 0 and duration_ms < FAST_MS_PER_ANSWER * answered


def shared_devices(used: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    """Return each device of at least three people, with their numbers in order (rules: Q13)."""
    people: dict[str, set[int]] = {}
    for device, number in used:
        if device:
            people.setdefault(device, set()).add(number)
    return {
        device: sorted(numbers)
        for device, numbers in people.items()
        if len(numbers) >= PEOPLE_PER_DEVICE
    }


@dataclass(frozen=True, slots=True)
class Sheet:
    """One finished attempt: its id, whose it is, and its answers, question id → choice id."""

    attempt: int
    person: int
    answers: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Match:
    """Two attempts with `same` wrong answers in common, where chance gives about `expected`."""

    first: Sheet
    second: Sheet
    same: int
    expected: float


def matches(sheets: Sequence[Sheet], key: Mapping[int, frozenset[int]]) -> list[Match]:
    """Return the pairs of people with more equal wrong answers than chance explains.

    Papers differ from person to person, so only what both answered is compared, by ids. A pair is
    returned where so many equal wrong answers, or more, are less probable than leaves one pair in
    a thousand people. A question without a key has no wrong answers; two attempts of one person
    are no pair.
    """
    if len(sheets) < 2:
        return []
    limit = FALSE_PAIRS_PER_PERSON * 2 / (len(sheets) - 1)
    chance = _Chance(sheets, key)
    found = []
    for one, other in _closest_pairs(sheets, chance):
        same = len(chance.wrong[one.attempt].items() & chance.wrong[other.attempt].items())
        there = chance.of(one, other)
        if there.at_least(same) < limit and chance.of(other, one).at_least(same) < limit:
            found.append(Match(one, other, same, there.expected()))
    return found


@dataclass(frozen=True, slots=True)
class _Distribution:
    """`weights[n]` is how likely `n` equal wrong answers are, up to a factor."""

    weights: list[float]

    def at_least(self, count: int) -> float:
        return sum(self.weights[count:]) / sum(self.weights)

    def expected(self) -> float:
        total = sum(number * weight for number, weight in enumerate(self.weights))
        return total / sum(self.weights)


@dataclass
class _Chance:
    """How often wrong answers meet by chance, from the answers of the quiz itself.

    Given are one person's wrong answers, and how many wrong answers the other has. Which questions
    those fall on follows the questions' difficulty (in the Rasch model the person's ability plays
    no part once the number is given), which choice was taken follows how often others took it.
    Both count without the two people concerned.
    """

    sheets: Sequence[Sheet]
    key: Mapping[int, frozenset[int]]
    answered: Counter[int] = field(default_factory=Counter)
    erred: Counter[int] = field(default_factory=Counter)
    taken: Counter[tuple[int, int]] = field(default_factory=Counter)
    wrong: dict[int, dict[int, int]] = field(default_factory=dict)
    known: dict[tuple[int, frozenset[int]], list[list[float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for sheet in self.sheets:
            wrong = {
                question: choice
                for question, choice in sheet.answers.items()
                if self.key.get(question) and choice not in self.key[question]
            }
            self.wrong[sheet.attempt] = wrong
            self.answered.update(sheet.answers.keys())
            self.erred.update(wrong.keys())
            self.taken.update(wrong.items())

    def of(self, one: Sheet, other: Sheet) -> _Distribution:
        """Return how many wrong answers `other` shares with `one` by chance."""
        common = frozenset(one.answers.keys() & other.answers.keys())
        if (one.attempt, common) not in self.known:
            self.known[one.attempt, common] = self._weights(self.wrong[one.attempt], common)
        number = len(self.wrong[other.attempt].keys() & common)
        return _Distribution(self.known[one.attempt, common][number])

    def _weights(self, wrong: Mapping[int, int], common: frozenset[int]) -> list[list[float]]:
        """Return `weights[w][n]`: w of the common questions wrong, n of them as in `wrong`."""
        weights = [[1.0]]
        for question in sorted(common - wrong.keys()):
            odds = self._odds(question, wrong)
            one_more = [[0.0], *([row[0] * odds] for row in weights)]
            weights = [[a[0] + b[0]] for a, b in zip([*weights, [0.0]], one_more, strict=True)]
        for question in sorted(common & wrong.keys()):
            odds, share = self._odds(question, wrong), self._share(question, wrong)
            other, equal = odds * (1 - share), odds * share
            blank = [0.0] * (len(weights[0]) + 1)
            rows = [[*row, 0.0] for row in weights]
            weights = [
                [
                    right + other * less + equal * fewer
                    for right, less, fewer in zip(now, before, [0.0, *before], strict=False)
                ]
                for now, before in zip([*rows, blank], [blank, *rows], strict=True)
            ]
        return weights

    def _odds(self, question: int, wrong: Mapping[int, int]) -> float:
        """How many of the others err in this question, for each who does not."""
        errors = self._errors(question, wrong)
        return errors / (self.answered[question] - 2 + _MORE - errors)

    def _share(self, question: int, wrong: Mapping[int, int]) -> float:
        """Of the others who err in this question, the share that takes the same choice."""
        taken = max(self.taken[question, wrong[question]] - 2, 0) + 1
        return taken / self._errors(question, wrong)

    def _errors(self, question: int, wrong: Mapping[int, int]) -> int:
        return max(self.erred[question] - (2 if question in wrong else 1), 0) + _MORE_WRONG


def _closest_pairs(sheets: Sequence[Sheet], chance: _Chance) -> Iterable[tuple[Sheet, Sheet]]:
    """Yield each sheet with the other people's that share most wrong answers, every pair once.

    For each wrong answer a whole number keeps, bit by bit, who gave it. Adding these numbers in
    binary, all people at a time, counts what one person shares with everybody: thousands are
    compared without a loop over pairs.
    """
    givers: dict[tuple[int, int], int] = {}
    for place, sheet in enumerate(sheets):
        for item in chance.wrong[sheet.attempt].items():
            givers[item] = givers.get(item, 0) | 1 << place
    yielded: set[tuple[int, int]] = set()
    for place, sheet in enumerate(sheets):
        wrong = chance.wrong[sheet.attempt].items()
        digits = _sum(givers[item] for item in wrong)
        for other in _highest(digits, most=len(wrong), without=place):
            pair = (min(place, other), max(place, other))
            if pair not in yielded and sheets[other].person != sheet.person:
                yielded.add(pair)
                yield sheets[pair[0]], sheets[pair[1]]


def _sum(sets: Iterable[int]) -> list[int]:
    """Add sets of bits: in how many each bit is, as binary digits, the lowest first."""
    digits: list[int] = []
    for carry in sets:
        for place, digit in enumerate(digits):
            digits[place], carry = digit ^ carry, digit & carry
        if carry:
            digits.append(carry)
    return digits


def _highest(digits: list[int], *, most: int, without: int) -> list[int]:
    """Return the bits with the highest sums from MIN_SAME to `most`, but for one."""
    found: list[int] = []
    seen = 1 << without
    for wanted in range(most, MIN_SAME - 1, -1):
        bits = _reaching(digits, wanted) & ~seen
        seen |= bits
        while bits and len(found) < CLOSEST:
            lowest = bits & -bits
            bits ^= lowest
            found.append(lowest.bit_length() - 1)
    return found


def _reaching(digits: list[int], wanted: int) -> int:
    """Return the bits whose sum is `wanted` (1 or more) or above."""
    if wanted >> len(digits):
        return 0
    more, equal = 0, -1
    for place in reversed(range(len(digits))):
        if wanted >> place & 1:
            equal &= digits[place]
        else:
            more |= equal & digits[place]
            equal &= ~digits[place]
    return more | equal
