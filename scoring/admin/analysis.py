"""How the panel marked, for the organizers and the chair (rules: M2-M5, A5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contests.clock import database_now
from contests.models import Contest
from media_uploads.models import VideoSubmission
from scoring import jury
from scoring.admin.desk import Desk
from scoring.admin.panel import Cell, chair_desk, contests_to_watch, grid
from scoring.forms import mark_text
from scoring.formula import AGGREGATES, SPREAD_LIMIT, TRIMMED_NEEDS, round_half_up
from scoring.gathering import gather_marks
from scoring.models import PanelDiscussion
from scoring.models.criteria import STEP

Grid = Sequence[tuple[VideoSubmission, Sequence[Cell]]]
Names = Mapping[str, str]


@dataclass(frozen=True)
class Dot:
    """One judge's total on the strip; `place` is along it, "88.50%"."""

    name: str
    total: str
    place: str


@dataclass(frozen=True)
class VideoRow:
    """One video as the page shows it; `mean_place` is along the strip, figures are rounded."""

    video: VideoSubmission
    dots: list[Dot]
    mean: Decimal | None
    mean_place: str
    median: Decimal | None
    spread: str
    is_wide: bool
    far: list[tuple[str, str, str]]
    minutes: list[PanelDiscussion]


@dataclass(frozen=True)
class Bin:
    """Ten points of a judge's distribution; `x`, `y` and `height` are places on the picture."""

    label: str
    count: int
    x: str
    y: str
    height: str


@dataclass(frozen=True)
class JudgeRow:
    """One judge's habit as the page shows it."""

    name: str
    sheets: int
    mean: Decimal
    spread: str
    bins: list[Bin]


@dataclass(frozen=True)
class Column:
    """One aggregate of the comparison; `is_other`: it does not apply, the mean stands there."""

    method: str
    label: str
    in_force: bool
    is_other: bool


@require_safe
def analysis_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Figures once every sheet is in or judging has closed; before, how many are missing (M4)."""
    now = database_now()
    contest = contests_to_watch(request).filter(slug=slug).first()
    desk = None if contest else chair_desk(request, slug, now=now)
    contest = contest or desk.contest  # type: ignore[union-attr]
    rows = rows_for(contest, desk)
    waits, counts = why_waiting(contest, desk, rows, now=now)
    return TemplateResponse(
        request,
        "admin/scoring/analysis.html",
        {
            **admin.site.each_context(request),
            "title": _("Analysis of the marks"),
            "contest": contest,
            "is_chair": desk is not None,
            "may_write": desk is not None and not contest.is_final,
            "waits": waits,
            **counts,
            **({} if waits else figures(contest, desk, rows)),
        },
    )


def rows_for(contest: Contest, desk: Desk | None) -> Grid:
    """Return judges × videos; for a chair (`desk`) without the videos in conflict (rules: M3)."""
    rows = grid(contest, with_totals=False)
    if desk is None:
        return rows
    own = {line.video.pk for line in desk.lines}
    return [(video, cells) for video, cells in rows if video.pk in own]


def why_waiting(
    contest: Contest, desk: Desk | None, rows: Grid, *, now: dt.datetime
) -> tuple[str, dict[str, int]]:
    """Return why no figure is shown yet ("" where they are), and the counts that may be said.

    "own": the chair has an own sheet to do, and then not even the count of missing sheets is told
    (rules: M4). "missing": sheets are waited for. "empty": there is nothing to mark.
    """
    away = {"conflict", "apart"}
    asked = [cell for _video, cells in rows for cell in cells if cell.state not in away]
    counts = {"expected": len(asked), "missing": sum(cell.is_waited_for for cell in asked)}
    if not asked:
        return "empty", counts
    if now >= contest.judging_closes_at:
        return "", counts
    left = 0 if desk is None else sum(not line.is_done for line in desk.lines)
    if left:
        return "own", {"own_open": left}
    return "missing" if counts["missing"] else "", counts


def figures(contest: Contest, desk: Desk | None, rows: Grid) -> dict[str, Any]:
    """Return the tables of the page over the videos of `rows` and no others."""
    inputs = jury.only(gather_marks(contest), {(v.unit.code, v.slot) for v, _cells in rows})
    names = {cell.judge.user.username: str(cell.judge) for cell in rows[0][1]}
    videos = _video_rows(rows, jury.videos_of(inputs), names)
    # A rank is the organizers' until the results are published (rules: A5).
    shows_ranks = desk is None or contest.provisional_at is not None
    return {
        "videos": videos,
        "wide": sum(row.is_wide for row in videos),
        "sheets": sum(len(row.dots) for row in videos),
        "judges": _judge_rows(jury.judges_of(inputs), names),
        "bins": [_bin_label(place) for place in range(jury.BINS)],
        "limit": SPREAD_LIMIT,
        "talks": [row for row in videos if row.minutes],
        "comparison": _comparison(jury.compare(inputs), videos) if shows_ranks else None,
    }


def _video_rows(rows: Grid, marks: Sequence[jury.VideoMarks], names: Names) -> list[VideoRow]:
    videos = {(video.unit.code, video.slot): video for video, _cells in rows}
    minutes: dict[int, list[PanelDiscussion]] = {}
    talks = PanelDiscussion.objects.filter(video__in=list(videos.values())).select_related("by")
    for talk in talks.order_by("at", "pk"):
        minutes.setdefault(talk.video_id, []).append(talk)
    found = ((videos[(of_video.unit_code, of_video.slot)], of_video) for of_video in marks)
    return [
        _video_row(video, of_video, names, minutes.get(video.pk, [])) for video, of_video in found
    ]


def _video_row(
    video: VideoSubmission, found: jury.VideoMarks, names: Names, minutes: list[PanelDiscussion]
) -> VideoRow:
    return VideoRow(
        video=video,
        dots=[
            Dot(names[total.judge], _points(total.points), _place(total.points))
            for total in found.totals
        ],
        mean=None if found.mean is None else round_half_up(found.mean),
        mean_place="" if found.mean is None else _place(found.mean),
        median=None if found.median is None else round_half_up(found.median),
        spread=_points(found.spread) if len(found.totals) > 1 else "",
        is_wide=found.is_wide,
        far=[(names[far.higher], names[far.lower], _points(far.distance)) for far in found.far],
        minutes=minutes,
    )


def _judge_rows(marks: Sequence[jury.JudgeMarks], names: Names) -> list[JudgeRow]:
    # One scale for all judges, so that their pictures can be compared.
    most = max((max(found.bins) for found in marks), default=0)
    rows = [
        JudgeRow(
            name=names[found.judge],
            sheets=found.sheets,
            mean=round_half_up(found.mean),
            spread=_points(found.spread) if found.sheets > 1 else "",
            bins=[_bin(place, count, most) for place, count in enumerate(found.bins)],
        )
        for found in marks
    ]
    order = {name: place for place, name in enumerate(names.values())}
    return sorted(rows, key=lambda row: order[row.name])


def _comparison(comparison: jury.Comparison, videos: Sequence[VideoRow]) -> dict[str, Any]:
    rows = {(row.video.unit.code, row.video.slot): row for row in videos}
    labels = {
        "mean": _("Mean"),
        "median": _("Median"),
        "trimmed": _("Mean without highest and lowest"),
    }
    columns = [
        Column(
            method=method,
            label=labels[method],
            in_force=method == comparison.in_force,
            is_other=comparison.applied[method] != method,
        )
        for method in AGGREGATES
    ]
    standings = [
        {
            "row": rows[(standing.unit_code, standing.slot)],
            "cells": [
                (column, standing.points[column.method], standing.ranks[column.method])
                for column in columns
            ],
            "differs": standing.differs,
        }
        for standing in comparison.standings
    ]
    return {
        "columns": columns,
        "standings": standings,
        "differing": sum(standing.differs for standing in comparison.standings),
        "needed": TRIMMED_NEEDS,
    }


def _points(value: Fraction) -> str:
    """Return a sum or a difference of marks, which has at most one place."""
    return mark_text(round_half_up(value))


def _place(value: Fraction) -> str:
    return f"{round_half_up(value)}%"


def _bin(place: int, count: int, most: int) -> Bin:
    height = 100 * count // most
    return Bin(_bin_label(place), count, f"{place * 10 + 1}%", f"{100 - height}%", f"{height}%")


def _bin_label(place: int) -> str:
    """Return the totals of one bin in words: "70–79,5"; the last one ends with 100."""
    low = place * jury.BIN
    high = Decimal(100) if place == jury.BINS - 1 else low + jury.BIN - STEP
    return f"{low}–{mark_text(high)}"
