"""What a result depends on: plain rows with natural keys, their check and their digest."""

import hashlib
import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from operator import attrgetter
from typing import Any

from scoring.awards import TieDecision, Tier
from scoring.formula import exact

DIGEST_FORMAT = 1  # raise it when equal inputs are to give another result

PREDICTION_KINDS = ("none", "perfect", "finished")
COUNTED = ("best", "first", "last")


class BadInputs(ValueError):
    """Rows that contradict each other; the message names the row."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The contest's settings a result depends on. Weights sum to 100, the target is in percent."""

    contest_slug: str
    year: int
    quiz_weight: Decimal
    video_weight: Decimal
    unit_rule: str
    unit_rule_n: int | None
    turnout_target: Decimal | None
    min_participants: int
    judge_aggregate: str
    unit_chain: tuple[str, ...]
    person_chain: tuple[str, ...]
    video_chain: tuple[str, ...]
    eligible_needs_both: bool


@dataclass(frozen=True, slots=True)
class QuizIn:
    """A quiz: what its prediction question predicts, and which attempt of a person counts."""

    slug: str
    order: int
    prediction_kind: str
    counted: str


@dataclass(frozen=True, slots=True)
class UnitIn:
    """A unit; an empty reason means not disqualified, not ineligible."""

    code: str
    name: str
    block: str
    parent_code: str | None
    headcount: int | None
    disqualified_reason: str = ""
    ineligible_reason: str = ""


@dataclass(frozen=True, slots=True)
class PersonIn:
    """A participant; `registered` is false until found on the roster or confirmed (rules: P6)."""

    number: int
    name: str
    name_sort_key: bytes
    unit_code: str
    workplace: str
    registered: bool
    disqualified_reason: str = ""
    ineligible_reason: str = ""


@dataclass(frozen=True, slots=True)
class AttemptIn:
    """One finished attempt, graded; `number` counts the person's attempts at the quiz from 1.

    `paper` is the drawn order of (question number, version). `answers` is a set of
    (question number, version, choice position or None), in any order.
    """

    quiz: str
    person_number: int
    number: int
    started_at: datetime
    finished_at: datetime
    duration_ms: int
    correct: int
    questions: int
    prediction: int | None
    paper: tuple[tuple[int, int], ...]
    answers: tuple[tuple[int, int, int | None], ...]


@dataclass(frozen=True, slots=True)
class CriterionIn:
    """What a judge marks, 0 to `max_marks`."""

    key: str
    name: str
    order: int
    max_marks: Decimal


@dataclass(frozen=True, slots=True)
class VideoIn:
    """A unit's counting video: the last accepted version of one slot."""

    unit_code: str
    slot: int
    version: int
    title: str
    disqualified_reason: str = ""
    ineligible_reason: str = ""


@dataclass(frozen=True, slots=True)
class SheetIn:
    """A complete, submitted sheet of a judge without a conflict, or an excuse with its reason.

    `marks` has one mark for each criterion key; an excused sheet's marks are not looked at.
    """

    judge_key: str
    unit_code: str
    slot: int
    version: int
    marks: Mapping[str, Decimal]
    excused_reason: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a result set is computed from; no order of a list means anything."""

    settings: Settings
    quizzes: tuple[QuizIn, ...]
    units: tuple[UnitIn, ...]
    people: tuple[PersonIn, ...]
    attempts: tuple[AttemptIn, ...]
    criteria: tuple[CriterionIn, ...]
    videos: tuple[VideoIn, ...]
    sheets: tuple[SheetIn, ...]
    tiers: tuple[Tier, ...]
    decisions: tuple[TieDecision, ...]


NATURAL_KEYS: dict[str, Callable[[Any], Any]] = {
    "quizzes": attrgetter("slug"),
    "units": attrgetter("code"),
    "people": attrgetter("number"),
    "attempts": attrgetter("quiz", "person_number", "number"),
    "criteria": attrgetter("key"),
    "videos": attrgetter("unit_code", "slot"),
    "sheets": attrgetter("judge_key", "unit_code", "slot", "version"),
    "tiers": lambda tier: (tier.scope, tier.quiz or "", tier.order),
    "decisions": lambda decision: (
        decision.scope,
        decision.quiz or "",
        decision.tier_order,
        str((sorted(decision.entries), sorted(decision.chosen))),
    ),
}


def check(inputs: Inputs) -> None:
    """BadInputs if a natural key occurs twice, a row refers to none, or a sheet has a gap."""
    settings = inputs.settings
    if exact(settings.quiz_weight) + exact(settings.video_weight) != 100:
        raise BadInputs("the two weights do not sum to 100")
    keys: dict[str, set[Hashable]] = {}
    for section, natural_key in NATURAL_KEYS.items():
        seen: set[Hashable] = set()
        for row in getattr(inputs, section):
            key = natural_key(row)
            if key in seen:
                raise BadInputs(f"{section}: {key} occurs twice")
            seen.add(key)
        keys[section] = seen

    for quiz in inputs.quizzes:
        if quiz.prediction_kind not in PREDICTION_KINDS or quiz.counted not in COUNTED:
            raise BadInputs(f"quiz {quiz.slug}: {quiz.prediction_kind!r}, {quiz.counted!r}")
    for person in inputs.people:
        if person.unit_code not in keys["units"]:
            raise BadInputs(f"person {person.number}: no unit {person.unit_code}")
    for attempt in inputs.attempts:
        known = attempt.quiz in keys["quizzes"] and attempt.person_number in keys["people"]
        if not known or not 0 <= attempt.correct <= attempt.questions or attempt.duration_ms < 0:
            row = (attempt.quiz, attempt.person_number, attempt.number)
            raise BadInputs(f"attempt {row}: unknown quiz or person, or impossible figures")
    for video in inputs.videos:
        if video.unit_code not in keys["units"]:
            raise BadInputs(f"video {(video.unit_code, video.slot)}: no such unit")
    _check_sheets(inputs, keys["criteria"])
    for tier in inputs.tiers:
        if (tier.scope == "person") != (tier.quiz in keys["quizzes"]):
            raise BadInputs(f"tier {tier.name}: scope {tier.scope} with quiz {tier.quiz}")


def _check_sheets(inputs: Inputs, criteria: set[Hashable]) -> None:
    versions = {(video.unit_code, video.slot, video.version) for video in inputs.videos}
    for sheet in inputs.sheets:
        complete = sheet.excused_reason or set(sheet.marks) == criteria
        if not complete or (sheet.unit_code, sheet.slot, sheet.version) not in versions:
            row = (sheet.judge_key, sheet.unit_code, sheet.slot, sheet.version)
            raise BadInputs(f"sheet {row}: incomplete, or not of a counting video")


def digest(inputs: Inputs) -> str:
    """SHA-256 (hex) over the document of all inputs, fed to the hash row by row (rules: A3)."""
    hasher = hashlib.sha256()
    for piece in document(inputs):
        hasher.update(piece.encode())
    return hasher.hexdigest()


def document(inputs: Inputs) -> Iterator[str]:
    """The pieces of one JSON document of all inputs, the same for equal inputs.

    {"format": 1, "settings": {...}, "quizzes": [...], ...} in UTF-8 without spaces, keys sorted,
    every list by natural key (a paper and a chain keep their order, which is part of them), numbers
    with a fraction as "numerator/denominator" in lowest terms, instants as UTC text with
    microseconds, bytes as hex.
    """
    sections: dict[str, Iterable[str]] = {
        section: _rows(getattr(inputs, section), natural_key)
        for section, natural_key in NATURAL_KEYS.items()
    }
    opening = "{"
    for name in sorted([*sections, "format", "settings"]):
        yield f"{opening}{_json(name)}:"
        opening = ","
        if name == "format":
            yield _json(DIGEST_FORMAT)
        elif name == "settings":
            yield from _rows([inputs.settings], None)
        else:
            yield "["
            for position, row in enumerate(sections[name]):
                yield f",{row}" if position else row
            yield "]"
    yield "}"


def _rows(rows: Iterable[Any], natural_key: Callable[[Any], Any] | None) -> Iterator[str]:
    ordered = sorted(rows, key=natural_key) if natural_key else list(rows)
    if not ordered:
        return
    columns = [(f.name, _CANONICAL.get(f.name, _same)) for f in fields(ordered[0])]
    for row in ordered:
        yield _json({name: canonical(getattr(row, name)) for name, canonical in columns})


def _same(value: Any) -> Any:
    return value


def _ratio(value: Decimal | Fraction | int | None) -> str | None:
    """An integer, 85.5 and 85.50 read the same whatever database or type they came from."""
    if value is None:
        return None
    ratio = exact(value)
    return f"{ratio.numerator}/{ratio.denominator}"


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise BadInputs(f"an instant without a time zone: {value}")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


# Fields that JSON or a sort must not be trusted with; the rest are texts, integers and booleans.
_CANONICAL: dict[str, Callable[[Any], Any]] = {
    "quiz_weight": _ratio,
    "video_weight": _ratio,
    "turnout_target": _ratio,
    "max_marks": _ratio,
    "marks": lambda marks: {key: _ratio(mark) for key, mark in marks.items()},
    "started_at": _instant,
    "finished_at": _instant,
    "name_sort_key": lambda key: bytes(key).hex(),
    "answers": lambda answers: sorted(answers, key=lambda answer: answer[:2]),
    "entries": sorted,
    "chosen": sorted,
}

_json = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode
