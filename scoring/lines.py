"""The rows a result consists of, and the codes that say why an entry wins no award."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from scoring.awards import EntryKey, TieDecision, UndecidedTie
from scoring.facts import PersonIn, UnitIn, VideoIn

# Reason codes: why an entry is not eligible for an award. The first two come with a free text.
DISQUALIFIED = "disqualified"
INELIGIBLE = "ineligible"
UNCONFIRMED = "unconfirmed"  # a person neither on the roster nor confirmed (rules: P6)
TOOK_NO_PART = "took_no_part"  # a unit with neither part
NO_PARTICIPANTS = "no_participants"
NO_VIDEO = "no_video"
NO_SHEETS = "no_sheets"  # a video without a counted sheet
UNIT_DISQUALIFIED = "unit_disqualified"  # a video of a disqualified unit
REASON_CODES = (
    DISQUALIFIED,
    INELIGIBLE,
    UNCONFIRMED,
    TOOK_NO_PART,
    NO_PARTICIPANTS,
    NO_VIDEO,
    NO_SHEETS,
    UNIT_DISQUALIFIED,
)

Statistic = tuple[str, int | Fraction | None]


@dataclass(frozen=True, slots=True)
class UnitOut:
    """A unit's line. `participants`: people with a counted attempt; seconds: over those attempts.

    `reason_code` is empty for an eligible unit, `reason` is an organizer's text, if there is one.
    """

    rank: int | None
    code: str
    name: str
    block: str
    quiz_points: Decimal
    video_points: Decimal
    total: Decimal
    registered: int
    participants: int
    headcount: int | None
    turnout: Fraction | None
    seconds_sum: int
    seconds_count: int
    has_video: bool
    disqualified: bool
    eligible: bool
    reason_code: str
    reason: str

    @property
    def mean_seconds(self) -> Fraction | None:
        """Mean whole seconds of the counted attempts, exact; None without one."""
        return Fraction(self.seconds_sum, self.seconds_count) if self.seconds_count else None


@dataclass(frozen=True, slots=True)
class PersonOut:
    """A person's counted attempt in one quiz; `attempt` is its number."""

    quiz: str
    rank: int | None
    number: int
    name: str
    unit_code: str
    workplace: str
    correct: int
    questions: int
    seconds: int
    duration_ms: int
    finished_at: datetime
    prediction: int | None
    prediction_gap: int | None
    attempt: int
    disqualified: bool
    eligible: bool
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class VideoOut:
    """A video's line. `criteria`: mean mark by criterion key in the criteria's order, exact.

    `totals`: of its counted sheets, large first, so that no place in it belongs to a judge.
    """

    rank: int | None
    unit_code: str
    slot: int
    version: int
    title: str
    points: Decimal
    exact_points: Fraction
    sheets: int
    totals: tuple[Fraction, ...]
    criteria: Mapping[str, Fraction]
    spread: Decimal
    flagged: bool
    disqualified: bool
    eligible: bool
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class AwardOut:
    """One award; `entry` is the natural key: unit code, person number or (unit code, slot)."""

    scope: str
    quiz: str | None
    tier: str
    tier_order: int
    rank: int
    entry: EntryKey
    name: str
    unit_code: str
    workplace: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything in rank order; people by quiz, awards by scope, quiz and tier.

    `judge_aggregate` is the one that applied to all videos (rules: M5); `predicted` is what each
    quiz's prediction question asked for, by slug, None without one (rules: Q11).
    """

    units: tuple[UnitOut, ...]
    people: tuple[PersonOut, ...]
    videos: tuple[VideoOut, ...]
    awards: tuple[AwardOut, ...]
    ties: tuple[UndecidedTie, ...]
    void_decisions: tuple[TieDecision, ...]
    judge_aggregate: str
    predicted: Mapping[str, int | None]
    statistics: tuple[Statistic, ...]


def reason_for(entry: UnitIn | PersonIn | VideoIn, code: str) -> tuple[str, str]:
    """(code, text) of the weightiest reason against an award; `code` is what was computed."""
    if entry.disqualified_reason:
        return DISQUALIFIED, entry.disqualified_reason
    if code == UNCONFIRMED:
        return code, ""
    if entry.ineligible_reason:
        return INELIGIBLE, entry.ineligible_reason
    return code, ""
