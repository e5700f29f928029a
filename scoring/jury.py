"""How the panel marked: who is far from whom, each judge's habit, the aggregates side by side."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from scoring import formula, teams
from scoring.facts import Inputs, SheetIn, VideoIn
from scoring.lines import VideoOut

VideoKey = tuple[str, int]  # unit code, slot

BIN = 10  # points; the last bin, from 90, holds 100 as well
BINS = 100 // BIN


@dataclass(frozen=True, slots=True)
class Total:
    """What one judge's sheet sums to."""

    judge: str
    points: Fraction


@dataclass(frozen=True, slots=True)
class Pair:
    """Two judges whose totals for one video are far apart, the one who gave more first."""

    higher: str
    lower: str
    distance: Fraction


@dataclass(frozen=True, slots=True)
class VideoMarks:
    """The counted sheets of one video. `mean` and `median` are exact, None without a sheet."""

    unit_code: str
    slot: int
    totals: tuple[Total, ...]
    mean: Fraction | None
    median: Fraction | None
    spread: Fraction
    is_wide: bool
    far: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class JudgeMarks:
    """One judge's totals over all videos. `bins`: how many are in each ten points from 0."""

    judge: str
    sheets: int
    mean: Fraction
    spread: Fraction
    bins: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """One video's points (rounded) and rank by each method; None outside the ranking."""

    unit_code: str
    slot: int
    points: Mapping[str, Decimal]
    ranks: Mapping[str, int | None]

    @property
    def differs(self) -> bool:
        """Whether another method would give this video another rank."""
        return len(set(self.ranks.values())) > 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """The aggregates beside each other. `applied`: method -> the one that took effect (M5)."""

    in_force: str
    applied: Mapping[str, str]
    standings: tuple[Standing, ...]


def only(inputs: Inputs, videos: Container[VideoKey]) -> Inputs:
    """The same inputs without any video but these, and without their sheets (rules: M3)."""
    return replace(
        inputs,
        videos=tuple(video for video in inputs.videos if _key(video) in videos),
        sheets=tuple(sheet for sheet in inputs.sheets if _key(sheet) in videos),
    )


def videos_of(inputs: Inputs) -> tuple[VideoMarks, ...]:
    """Every video by unit code and slot, with how far its sheets are apart. rules: M2, M5"""
    totals: dict[VideoKey, list[Total]] = {}
    for sheet in _counted(inputs):
        totals.setdefault(_key(sheet), []).append(_total(sheet))
    return tuple(
        _video(video, totals.get(_key(video), [])) for video in sorted(inputs.videos, key=_key)
    )


def judges_of(inputs: Inputs) -> tuple[JudgeMarks, ...]:
    """Every judge with a counted sheet, by key. rules: M2"""
    totals: dict[str, list[Fraction]] = {}
    for sheet in _counted(inputs):
        totals.setdefault(sheet.judge_key, []).append(_total(sheet).points)
    return tuple(_judge(judge, points) for judge, points in sorted(totals.items()))


def compare(inputs: Inputs) -> Comparison:
    """Points and ranks by each aggregate, in the order of the one in force. rules: M5, S7, S8"""
    applied: dict[str, str] = {}
    lines: dict[str, dict[VideoKey, VideoOut]] = {}
    for method in formula.AGGREGATES:
        by_method = replace(inputs, settings=replace(inputs.settings, judge_aggregate=method))
        applied[method], ranked = teams.rank_videos(by_method)
        lines[method] = {_key(line): line for line in ranked}
    in_force = inputs.settings.judge_aggregate
    return Comparison(
        in_force=in_force,
        applied=applied,
        standings=tuple(
            Standing(
                *key,
                points={method: lines[method][key].points for method in formula.AGGREGATES},
                ranks={method: lines[method][key].rank for method in formula.AGGREGATES},
            )
            for key in lines[in_force]
        ),
    )


def _key(row: VideoIn | SheetIn | VideoOut) -> VideoKey:
    return (row.unit_code, row.slot)


def _counted(inputs: Inputs) -> list[SheetIn]:
    """The sheets without the excused; by judge, so that the input's order never matters."""
    sheets = (sheet for sheet in inputs.sheets if not sheet.excused_reason)
    return sorted(sheets, key=lambda sheet: (sheet.judge_key, *_key(sheet)))


def _total(sheet: SheetIn) -> Total:
    marks = (formula.exact(mark) for mark in sheet.marks.values())
    return Total(sheet.judge_key, sum(marks, Fraction(0)))


def _video(video: VideoIn, totals: list[Total]) -> VideoMarks:
    points = [total.points for total in totals]
    spread = formula.spread(points)
    ordered = sorted(totals, key=lambda total: (-total.points, total.judge))
    pairs = (Pair(a.judge, b.judge, a.points - b.points) for a, b in combinations(ordered, 2))
    return VideoMarks(
        unit_code=video.unit_code,
        slot=video.slot,
        totals=tuple(ordered),
        mean=formula.aggregate(points, "mean") if points else None,
        median=formula.aggregate(points, "median") if points else None,
        spread=spread,
        is_wide=formula.is_wide(spread),
        far=tuple(pair for pair in pairs if formula.is_wide(pair.distance)),
    )


def _judge(judge: str, points: list[Fraction]) -> JudgeMarks:
    bins = [0] * BINS
    for value in points:
        bins[min(int(value // BIN), BINS - 1)] += 1
    return JudgeMarks(
        judge=judge,
        sheets=len(points),
        mean=formula.aggregate(points, "mean"),
        spread=formula.spread(points),
        bins=tuple(bins),
    )
