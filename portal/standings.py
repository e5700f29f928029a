"""A published result set as the public reads it: ranking, winners, one unit's sum (rules: P7)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from contests.durations import in_words
from media_uploads.models import VideoSubmission
from scoring.documents.tables import reason_of, rounded
from scoring.models import Award, PersonResult, ResultSet, UnitResult
from scoring.models.results import Scope


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit's line of the ranking; `tied`: somebody else has the same rank."""

    row: UnitResult
    tied: bool
    award: str
    tier_order: int

    @property
    def medal(self) -> str:
        return "first" if self.tier_order == 1 else "prize" if self.tier_order else ""

    @property
    def percent(self) -> Decimal | None:
        share = self.row.turnout()
        return None if share is None else Decimal(rounded(share * 100, 1) or 0)

    @property
    def why_not(self) -> str:
        """Why a unit that wins no award could not, in words; empty where it could."""
        return reason_of(self.row) if self.row.has_video and not self.row.eligible else ""


@dataclass(frozen=True, slots=True)
class Tie:
    """Units with one rank, and the rank that follows."""

    rank: int
    names: list[str]

    @property
    def count(self) -> int:
        return len(self.names)

    @property
    def next_rank(self) -> int:
        return self.rank + len(self.names)


@dataclass(frozen=True, slots=True)
class Card:
    """An award of a unit; `half`: two cards share a row, else three do."""

    award: Award
    total: Decimal
    tied: bool
    half: bool


@dataclass(frozen=True, slots=True)
class Winner:
    """A person who won an award: what the public may know of somebody (rules: P7)."""

    award: Award
    correct: int
    questions: int
    time: str
    detail: str


@dataclass(frozen=True, slots=True)
class WinningVideo:
    """A video that won an award; `video` is None where it is not in the gallery."""

    award: Award
    points: Decimal
    video: VideoSubmission | None

    @property
    def length(self) -> str:
        return clock(self.video) if self.video else ""


class Standings:
    """All of one published set, read with a fixed number of queries."""

    def __init__(self, result_set: ResultSet) -> None:
        self.result_set = result_set
        awards = list(result_set.awards.order_by("position"))
        self._awards = {
            scope: [award for award in awards if award.scope == scope] for scope in Scope
        }
        rows = list(result_set.units.order_by("position"))
        self._ranks = Counter(row.rank for row in rows if row.rank)
        won = {award.natural_key: award for award in self._awards[Scope.UNIT]}
        self.units = [
            UnitLine(
                row=row,
                tied=row.rank is not None and self._ranks[row.rank] > 1,
                award=won[row.code].tier if row.code in won else "",
                tier_order=won[row.code].tier_order if row.code in won else 0,
            )
            for row in rows
        ]

    @property
    def cards(self) -> list[Card]:
        awards = self._awards[Scope.UNIT]
        totals = {line.row.code: line for line in self.units}
        halves = halves_of(len(awards))
        return [
            Card(
                award=award,
                total=totals[award.unit_code].row.total,
                tied=totals[award.unit_code].tied,
                half=place < halves,
            )
            for place, award in enumerate(awards)
        ]

    @property
    def ties(self) -> list[Tie]:
        """Ties among units that won an award; further down the tag in the table is enough."""
        awarded = {award.rank for award in self._awards[Scope.UNIT]}
        return [
            Tie(rank, [line.row.name for line in self.units if line.row.rank == rank])
            for rank in sorted(awarded)
            if self._ranks[rank] > 1
        ]

    def winners(self) -> list[Winner]:
        awards = self._awards[Scope.PERSON]
        numbers = [int(award.natural_key) for award in awards]
        found = PersonResult.objects.filter(result_set=self.result_set, number__in=numbers)
        people = {
            (person.quiz.slug, person.number): person for person in found.select_related("quiz")
        }
        many_tiers = len({award.tier for award in awards}) > 1
        many_quizzes = len({award.quiz_slug for award in awards}) > 1
        lines = []
        for award in awards:
            person = people[award.quiz_slug, int(award.natural_key)]
            said = [award.tier] * many_tiers + [person.quiz.name] * many_quizzes
            lines.append(
                Winner(
                    award=award,
                    correct=person.correct,
                    questions=person.questions,
                    time=in_words(person.seconds),
                    detail=" · ".join(said),
                )
            )
        return lines

    def winning_videos(self) -> list[WinningVideo]:
        awards = self._awards[Scope.VIDEO]
        results = {
            f"{row.unit_code}/{row.slot}": row
            for row in self.result_set.videos.filter(
                unit_code__in=[award.unit_code for award in awards]
            ).order_by("position")
        }
        shown = VideoSubmission.objects.for_public().in_bulk(
            [row.video_id for row in results.values()]
        )
        lines = []
        for award in awards:
            row = results[award.natural_key]
            lines.append(WinningVideo(award, row.points, shown.get(row.video_id)))
        return lines

    def statistic(self, key: str) -> int:
        """Return a counted statistic of the set; 0 where the set has none of that name."""
        for name, value in self.result_set.statistics:
            if name == key and isinstance(value, int):
                return value
        return 0


def halves_of(count: int) -> int:
    """Return how many of `count` cards stand two in a row, so that every row is full."""
    if count == 1:
        return 1
    return {0: 0, 1: 4, 2: 2}[count % 3]


def clock(video: VideoSubmission) -> str:
    """Return a video's length as players show it: "6:42"; empty where it is not known."""
    if video.duration_ms is None:
        return ""
    minutes, seconds = divmod(video.duration_ms // 1000, 60)
    return f"{minutes}:{seconds:02d}"
