"""Papers: which questions one attempt gets, and in which order they and their options stand."""

import hashlib
import random
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TypeVar

from contests.names import search_key

T = TypeVar("T")

# Options that speak of other options, as search keys without punctuation.
_NUMBERS = {"hai": 2, "ba": 3, "bon": 4, "nam": 5} | {str(n): n for n in range(2, 8)}
_COUNT = f"(?:{'|'.join(_NUMBERS)})"
_NOUN = "(?:dap an|phuong an|lua chon|noi dung|truong hop|cau tra loi|y kien|y|cau)"
_VERDICT = "(?: (?:deu|cung|la))*(?: khong)? (?:dung|sai|chinh xac|phu hop)(?: ca| het)?"
_ABOVE = "(?: (?:da|duoc|neu|ke|noi|o|liet ke))* tren(?: day)?"
_REFERRING = re.compile(
    "|".join(
        (
            # Tất cả các cơ quan nêu trên (đều đúng); but not: tất cả các cơ quan cấp trên
            rf"(?:tat ca|toan bo)(?: \w+){{0,5}}?(?<! cap){_ABOVE}(?:{_VERDICT})?",
            # Tất cả; tất cả các phương án; cả ba (ý); tất cả đều sai
            f"tat ca(?:(?: cac| nhung)? {_NOUN})?(?:{_VERDICT})?",
            f"ca {_COUNT}(?: {_NOUN})?(?:{_VERDICT})?",
            # Các ý trên đều sai; cả ba phương án trên; hai đáp án trên
            f"(?:ca )?(?:cac|nhung|{_COUNT})(?: {_NOUN})?{_ABOVE}(?:{_VERDICT})?",
            # Không có phương án nào đúng; không thuộc các trường hợp trên
            f"khong(?: co| thuoc| phai)?(?: cac| nhung)? {_NOUN}(?: nao)?"
            f"(?:(?: trong)?(?: cac| so)*(?: {_NOUN})?{_ABOVE})?(?:{_VERDICT})?",
            f"{_NOUN} khac",
            r"(?:all|none|both|neither|any) of (?:the above|these)(?: \w+){0,3}",
        )
    )
)
_NAMING_LETTERS = re.compile(
    "|".join(
        (
            # A và B; A, B, C; cả phương án A và phương án B đều đúng; chỉ có ý A và C
            f"(?:(?:ca|chi|co|gom|bao gom|khong|phai|both|all|only|neither) )*(?:{_COUNT} )?"
            f"(?:{_NOUN} )?[a-h](?:(?: (?:va|hoac|hay|voi|and|or|nor))?(?: {_NOUN})? [a-h])+"
            f"(?:{_VERDICT})?",
            # A đúng, B sai; chỉ có ý A đúng
            f"(?:chi )?(?:co )?(?:{_NOUN} )?[a-h]{_VERDICT}"
            f"(?:(?: va| con| nhung)?(?: {_NOUN})? [a-h]{_VERDICT})*",
            # Chỉ A; phương án B
            f"(?:chi(?: co)?(?: {_NOUN})?|dap an|phuong an) [a-h]",
        )
    )
)


@dataclass(frozen=True, slots=True)
class BankChoice:
    """One option; `position` is its place in the bank, unique within its question."""

    id: int
    position: int
    keep_last: bool = False


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """One question; `number` is unique in the bank and the same on every database."""

    id: int
    number: int
    topic: str = ""
    difficulty: str = ""
    exclusion_group: str = ""
    fixed_order: bool = False
    choices: tuple[BankChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class BlueprintRow:
    """`count` questions of a topic and a difficulty; "" stands for any."""

    topic: str
    difficulty: str
    count: int

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("a blueprint row cannot ask for fewer than 0 questions")

    def takes(self, question: BankQuestion) -> bool:
        return self.topic in ("", question.topic) and self.difficulty in ("", question.difficulty)


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """A drawn question with its options in the order they are shown: ids of the bank."""

    question_id: int
    choice_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shortage:
    """A row of the blueprint, by its index from 0, that lacks `missing` questions."""

    index: int
    row: BlueprintRow
    missing: int


class BankTooSmall(Exception):
    """No paper of this blueprint can be drawn; `shortages` names each row that lacks questions."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__(
            "; ".join(f"row {short.index + 1}: {short.missing} missing" for short in shortages)
        )
        self.shortages = tuple(shortages)


def draw(
    bank: Sequence[BankQuestion],
    blueprint: Sequence[BlueprintRow],
    *,
    seed: int | str | bytes,
    shuffle_questions: bool,
    shuffle_choices: bool,
    choices_of: Callable[[Sequence[int]], Mapping[int, tuple[BankChoice, ...]]] | None = None,
) -> tuple[PaperQuestion, ...]:
    """Return a paper; the same seed, bank and blueprint give the same one. (rules: Q1, Q2)

    A bank may come without its choices: `choices_of` is then asked once, for the drawn ids.

    The order of `bank` and its ids do not matter, only numbers and positions do. Unshuffled
    questions stand in the order of the blueprint's rows, then by number. No question comes
    twice, no two questions share an exclusion group. If any paper exists one is found. Raises
    BankTooSmall, and ValueError where two questions have one number.
    """
    dice = _dice(seed)
    selection = _Selection(bank, blueprint)
    selection.fill(dice)
    if selection.shortages:
        raise BankTooSmall(selection.shortages)
    questions = selection.questions()
    if shuffle_questions:
        _shuffle(questions, dice)
    if choices_of is not None:
        read = choices_of([question.id for question in questions])
        questions = [replace(question, choices=read[question.id]) for question in questions]
    return tuple(
        PaperQuestion(question.id, _options(question, dice if shuffle_choices else None))
        for question in questions
    )


def feasible(bank: Sequence[BankQuestion], blueprint: Sequence[BlueprintRow]) -> list[Shortage]:
    """Return the rows for which the bank has too few questions; [] means every draw succeeds.

    Which rows lack how many does not depend on chance: rows are served from the narrowest to
    the widest, and each gets as many as any choice for the earlier ones leaves it.
    """
    selection = _Selection(bank, blueprint)
    selection.fill(_dice(0))
    return selection.shortages


def recognise_keep_last(text: str) -> tuple[bool, bool]:
    """Return (keep_last, fixed_order) for the text of one option. (rules: Q2)

    keep_last: it speaks of the options above ("Tất cả các ý trên", "Không có phương án nào
    đúng"); fixed_order: it names their letters ("Cả A và B"), which binds the whole question.
    """
    key = _option_key(text)
    names_letters = _NAMING_LETTERS.fullmatch(key) is not None
    return names_letters or _REFERRING.fullmatch(key) is not None, names_letters


def recognise_options(texts: Sequence[str]) -> tuple[tuple[bool, ...], bool]:
    """Return (keep_last of each option, fixed_order) for the options of one question. (rules: Q2)

    The order is fixed too where moving an option last would change what it says: another option
    follows it ("hai ý trên" as B of four), or it counts only some of the options.
    """
    recognised = [recognise_keep_last(text) for text in texts]
    keep_last = tuple(keep for keep, _ in recognised)
    plain = keep_last.count(False)
    counted = {
        _NUMBERS[word]
        for keep, text in zip(keep_last, texts, strict=True)
        for word in _option_key(text).split()
        if keep and word in _NUMBERS
    }
    fixed_order = (
        any(fixed for _, fixed in recognised)
        or list(keep_last) != sorted(keep_last)
        or bool(counted - {plain})
    )
    return keep_last, fixed_order


def _option_key(text: str) -> str:
    return " ".join(re.findall(r"\w+", search_key(text)))


class _Selection:
    """The questions given to each row so far.

    What is used up is a *slot*: an exclusion group, or a question that has none. Serving the
    rows is a matching of rows with slots, so where a row finds nothing free, a chain of
    exchanges between the rows (an augmenting path) tells in one bounded search whether there
    is a way.
    """

    def __init__(self, bank: Sequence[BankQuestion], blueprint: Sequence[BlueprintRow]) -> None:
        self.bank = sorted(bank, key=attrgetter("number"))
        if len({question.number for question in self.bank}) != len(self.bank):
            raise ValueError("two questions of the bank have the same number")
        self.blueprint = blueprint
        self.candidates = [
            [place for place, question in enumerate(self.bank) if row.takes(question)]
            for row in blueprint
        ]
        self.slots: list[str | int] = [
            question.exclusion_group or place for place, question in enumerate(self.bank)
        ]
        self.taken: dict[str | int, tuple[int, int]] = {}  # slot -> row index, place in the bank
        self.shortages: list[Shortage] = []

    def fill(self, dice: random.Random) -> None:
        narrow_first = sorted(
            range(len(self.blueprint)),
            key=lambda index: (
                (self.blueprint[index].topic == "") + (self.blueprint[index].difficulty == ""),
                index,
            ),
        )
        for index in narrow_first:
            row = self.blueprint[index]
            missing = row.count - self._take_free(index, row.count, dice)
            while missing and self._exchange(index, dice):
                missing -= 1
            if missing:
                self.shortages.append(Shortage(index, row, missing))
        self.shortages.sort(key=attrgetter("index"))

    def questions(self) -> list[BankQuestion]:
        return [self.bank[place] for _, place in sorted(self.taken.values())]

    def _take_free(self, index: int, count: int, dice: random.Random) -> int:
        """Give the row up to `count` questions of free slots, each as likely as the next."""
        free = [place for place in self.candidates[index] if self.slots[place] not in self.taken]
        got = 0
        while free and got < count:
            chosen = _below(len(free), dice)
            free[chosen], free[-1] = free[-1], free[chosen]
            place = free.pop()
            if self.slots[place] not in self.taken:
                self.taken[self.slots[place]] = (index, place)
                got += 1
        return got

    def _exchange(self, start: int, dice: random.Random) -> bool:
        """Give the row one more slot by moving others' slots along the shortest chain, if any."""
        came_from: dict[int, tuple[int, int]] = {}  # row -> (row that wants its slot, by place)
        reached = {start}
        queue = deque([start])
        while queue:
            row = queue.popleft()
            places = list(self.candidates[row])
            _shuffle(places, dice)
            for place in places:
                holder = self.taken.get(self.slots[place])
                if holder is None:
                    self._hand_over(row, place, came_from)
                    return True
                if holder[0] not in reached:
                    reached.add(holder[0])
                    came_from[holder[0]] = (row, place)
                    queue.append(holder[0])
        return False

    def _hand_over(self, row: int, place: int, came_from: dict[int, tuple[int, int]]) -> None:
        self.taken[self.slots[place]] = (row, place)
        while row in came_from:
            row, place = came_from[row]
            self.taken[self.slots[place]] = (row, place)


def _options(question: BankQuestion, dice: random.Random | None) -> tuple[int, ...]:
    in_order = sorted(question.choices, key=attrgetter("position"))
    if dice is None or question.fixed_order:
        return tuple(choice.id for choice in in_order)
    movable = [choice.id for choice in in_order if not choice.keep_last]
    _shuffle(movable, dice)
    return (*movable, *(choice.id for choice in in_order if choice.keep_last))


def _dice(seed: int | str | bytes) -> random.Random:
    # Python promises the sequence of random() for a whole-number seed, not that of shuffle().
    raw = seed if isinstance(seed, bytes) else str(seed).encode()
    return random.Random(int.from_bytes(hashlib.sha256(raw).digest(), "big"))  # noqa: S311


def _below(limit: int, dice: random.Random) -> int:
    return int(dice.random() * limit)


def _shuffle(items: list[T], dice: random.Random) -> None:
    for last in range(len(items) - 1, 0, -1):
        chosen = _below(last + 1, dice)
        items[chosen], items[last] = items[last], items[chosen]
