"""Videos and units: marks to video points, people and videos to a unit's total, both rankings."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from scoring import formula, ranking
from scoring.facts import CriterionIn, Inputs, SheetIn, UnitIn, VideoIn
from scoring.lines import (
    NO_PARTICIPANTS,
    NO_SHEETS,
    NO_VIDEO,
    TOOK_NO_PART,
    UNIT_DISQUALIFIED,
    UnitOut,
    VideoOut,
    reason_for,
)
from scoring.people import Sitting, counts


def rank_videos(inputs: Inputs) -> tuple[str, tuple[VideoOut, ...]]:
    """(the aggregate that applied to all, the videos in rank order). rules: S7-S9, M2, M5

    The videos that are not disqualified decide whether "trimmed" applies; one without a counted
    sheet stands last without a rank.
    """
    criteria = sorted(inputs.criteria, key=lambda criterion: (criterion.order, criterion.key))
    disqualified_units = {unit.code for unit in inputs.units if unit.disqualified_reason}
    sheets: dict[tuple[str, int], list[SheetIn]] = {}
    for sheet in inputs.sheets:
        if not sheet.excused_reason:
            sheets.setdefault((sheet.unit_code, sheet.slot), []).append(sheet)

    def counted(video: VideoIn) -> list[SheetIn]:
        return sheets.get((video.unit_code, video.slot), [])

    method = formula.effective_aggregate(
        inputs.settings.judge_aggregate,
        [len(counted(video)) for video in inputs.videos if not video.disqualified_reason],
    )
    lines = [
        _video(video, counted(video), criteria, method, video.unit_code in disqualified_units)
        for video in inputs.videos
    ]
    ranked = ranking.rank(
        lines,
        key=ranking.video_key([c.key for c in criteria], inputs.settings.video_chain),
        list_order=lambda line: (line.unit_code, line.slot),
        is_ranked=lambda line: line.sheets > 0 and not line.disqualified,
    )
    return method, tuple(replace(line, rank=rank) for rank, line in ranked)


def _video(
    video: VideoIn,
    sheets: list[SheetIn],
    criteria: Iterable[CriterionIn],
    method: str,
    unit_disqualified: bool,
) -> VideoOut:
    marks = {c.key: [formula.exact(sheet.marks[c.key]) for sheet in sheets] for c in criteria}
    totals = [sum(of_sheet, Fraction(0)) for of_sheet in zip(*marks.values(), strict=True)]
    # A disqualified video had no say in the method, so it may have too few sheets for it.
    points = formula.aggregate(totals, formula.effective_aggregate(method, [len(totals)]))
    distance = formula.spread(totals)
    computed = UNIT_DISQUALIFIED if unit_disqualified else "" if totals else NO_SHEETS
    code, reason = reason_for(video, computed)
    return VideoOut(
        rank=None,
        unit_code=video.unit_code,
        slot=video.slot,
        version=video.version,
        title=video.title,
        points=formula.round_half_up(points),
        exact_points=points,
        sheets=len(totals),
        totals=tuple(sorted(totals, reverse=True)),
        criteria={key: formula.mean(values) for key, values in marks.items()},
        spread=formula.round_half_up(distance),
        flagged=formula.is_wide(distance),
        disqualified=bool(video.disqualified_reason),
        eligible=not code,
        reason_code=code,
        reason=reason,
    )


class _Tally:
    """What is added up for one unit while walking the people once."""

    __slots__ = ("numbers", "percentages", "registered", "seconds_count", "seconds_sum")

    def __init__(self, quizzes: Iterable[str]) -> None:
        self.registered = 0
        self.numbers: set[int] = set()
        self.percentages: dict[str, list[Fraction]] = {quiz: [] for quiz in quizzes}
        self.seconds_sum = 0
        self.seconds_count = 0


def rank_units(
    inputs: Inputs, sittings: Mapping[str, Iterable[Sitting]], videos: Iterable[VideoOut]
) -> tuple[UnitOut, ...]:
    """The units in rank order. rules: S2-S4, S6, S8, S9"""
    tallies = {unit.code: _Tally(sittings) for unit in inputs.units}
    for person in inputs.people:
        if counts(person):
            tallies[person.unit_code].registered += 1
    for quiz, of_quiz in sittings.items():
        for sitting in of_quiz:
            if counts(sitting.person):
                tally = tallies[sitting.person.unit_code]
                tally.numbers.add(sitting.person.number)
                tally.percentages[quiz].append(sitting.percentage)
                tally.seconds_sum += sitting.seconds
                tally.seconds_count += 1
    best: dict[str, Fraction] = {}
    for video in videos:
        if not video.disqualified:
            so_far = best.get(video.unit_code, Fraction(0))
            best[video.unit_code] = max(so_far, video.exact_points)

    ranked = ranking.rank(
        [_unit(unit, tallies[unit.code], best.get(unit.code), inputs) for unit in inputs.units],
        key=ranking.unit_key(inputs.settings.unit_chain),
        list_order=lambda line: (line.code,),
        is_ranked=lambda line: not line.disqualified,
    )
    return tuple(replace(line, rank=rank) for rank, line in ranked)


def _unit(unit: UnitIn, tally: _Tally, video: Fraction | None, inputs: Inputs) -> UnitOut:
    settings = inputs.settings
    try:
        quiz_points = formula.quiz_points(
            formula.unit_quiz_points(
                settings.unit_rule,
                percentages,
                n=settings.unit_rule_n,
                headcount=unit.headcount,
                turnout_target=settings.turnout_target,
                min_participants=settings.min_participants,
            )
            for percentages in tally.percentages.values()
        )
    except formula.HeadcountMissing as missing:
        raise formula.HeadcountMissing(f"unit {unit.code}: {missing}") from None
    video_points = formula.round_half_up(video or Fraction(0))
    participants = len(tally.numbers)
    needs_both = settings.eligible_needs_both
    code, reason = reason_for(unit, _missing_part(participants, video is not None, needs_both))
    return UnitOut(
        rank=None,
        code=unit.code,
        name=unit.name,
        block=unit.block,
        quiz_points=quiz_points,
        video_points=video_points,
        total=formula.total_points(
            quiz_points,
            video_points,
            quiz_weight=settings.quiz_weight,
            video_weight=settings.video_weight,
        ),
        registered=tally.registered,
        participants=participants,
        headcount=unit.headcount,
        turnout=formula.turnout(participants, unit.headcount),
        seconds_sum=tally.seconds_sum,
        seconds_count=tally.seconds_count,
        has_video=video is not None,
        disqualified=bool(unit.disqualified_reason),
        eligible=not code,
        reason_code=code,
        reason=reason,
    )


def _missing_part(participants: int, has_video: bool, needs_both: bool) -> str:
    """The code of what a unit lacks for an award; one that took no part never gets any."""
    if not participants and not has_video:
        return TOOK_NO_PART
    if needs_both and not has_video:
        return NO_VIDEO
    if needs_both and not participants:
        return NO_PARTICIPANTS
    return ""
