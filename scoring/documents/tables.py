"""The five tables of a stored result set, as rows, once; the file formats know nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scoring import lines
from scoring.documents.statistics import DEFINITIONS
from scoring.models import ResultSet
from scoring.models.results import Award, PersonResult, UnitResult, VideoResult

REASONS: dict[str, str | Promise] = {
    lines.DISQUALIFIED: gettext_lazy("Disqualified"),
    lines.INELIGIBLE: gettext_lazy("Not eligible"),
    lines.UNCONFIRMED: gettext_lazy("Not confirmed by the unit"),
    lines.TOOK_NO_PART: gettext_lazy("Did not take part"),
    lines.NO_PARTICIPANTS: gettext_lazy("Did not take part in the quiz"),
    lines.NO_VIDEO: gettext_lazy("Did not take part in the video part"),
    lines.NO_SHEETS: gettext_lazy("The video has no counted score sheet"),
    lines.UNIT_DISQUALIFIED: gettext_lazy("The unit is disqualified"),
}
STATES: dict[str, str | Promise] = {
    ResultSet.State.DRAFT: gettext_lazy("DRAFT"),
    ResultSet.State.PROVISIONAL: gettext_lazy("PROVISIONAL"),
    ResultSet.State.FINAL: gettext_lazy("FINAL"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `key` in JSON, `label` in sheets, `kind` text, integer, points, rate, or time."""

    key: str
    label: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one stored set: `title`, `columns`, `rows` (JSON-ready dicts, rank order)."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[dict[str, Any]]
    contest: str
    result_set: int
    digest: str
    state: str

    @property
    def state_label(self) -> str:
        return str(STATES[self.state])


def table(result_set: ResultSet, name: str) -> Table:
    """Return one of TABLES of a stored set (rules: A6); KeyError for another name."""
    title, columns, rows = TABLES[name]
    return Table(
        name=name,
        title=str(title),
        columns=tuple(columns()),
        rows=list(rows(result_set)),
        contest=result_set.contest.name,
        result_set=result_set.number,
        digest=result_set.digest,
        state=result_set.state,
    )


def rounded(value: Fraction | None, places: int = 4) -> str | None:
    """Return a ratio >= 0 as text with that many decimals, half up; for printing, not ranking."""
    if value is None:
        return None
    scaled = value.numerator * 10**places
    units = (2 * scaled + value.denominator) // (2 * value.denominator)
    return str(Decimal(units).scaleb(-places))


def reason_of(row: UnitResult | PersonResult | VideoResult) -> str:
    """Return why an entry is not eligible, in words; empty where it is."""
    label = str(REASONS.get(row.reason_code, row.reason_code))
    return ": ".join(part for part in (label, row.reason) if part)


def in_fours(digest: str) -> str:
    """Return the first 16 characters in groups of four, as people compare them."""
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4))


def instant(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _unit_columns() -> list[Column]:
    return [
        Column("rank", _("Rank"), "integer"),
        Column("code", _("Code")),
        Column("name", _("Name of the unit")),
        Column("quiz_points", _("Quiz points"), "points"),
        Column("video_points", _("Video points"), "points"),
        Column("total", _("Total"), "points"),
        Column("registered", _("Registered"), "integer"),
        Column("participants", _("Participants"), "integer"),
        Column("headcount", _("Headcount"), "integer"),
        Column("turnout", _("Turnout"), "rate"),
        Column("mean_seconds", _("Mean time (seconds)"), "rate"),
        Column("eligible", _("Eligible for an award"), "yes"),
        Column("reason", _("Reason")),
    ]


def _units(result_set: ResultSet) -> Iterable[dict[str, Any]]:
    for row in result_set.units.order_by("position"):
        yield {
            "rank": row.rank,
            "code": row.code,
            "name": row.name,
            "quiz_points": str(row.quiz_points),
            "video_points": str(row.video_points),
            "total": str(row.total),
            "registered": row.registered,
            "participants": row.participants,
            "headcount": row.headcount,
            "turnout": rounded(row.turnout()),
            "mean_seconds": rounded(row.mean_seconds()),
            "eligible": row.eligible,
            "reason": reason_of(row),
            "has_video": row.has_video,
            "block": row.block,
        }


def _person_columns() -> list[Column]:
    return [
        Column("quiz", _("Quiz")),
        Column("rank", _("Rank"), "integer"),
        Column("number", _("Number"), "integer"),
        Column("name", _("Full name")),
        Column("unit_code", _("Unit code")),
        Column("workplace", _("Workplace")),
        Column("correct", _("Correct"), "integer"),
        Column("questions", _("Questions"), "integer"),
        Column("seconds", _("Seconds"), "integer"),
        Column("finished_at", _("Finished at"), "time"),
        Column("prediction", _("Prediction"), "integer"),
        Column("eligible", _("Eligible for an award"), "yes"),
        Column("reason", _("Reason")),
    ]


def _people(result_set: ResultSet) -> Iterable[dict[str, Any]]:
    rows = result_set.people.select_related("quiz").order_by("quiz__slug", "position")
    for row in rows:
        yield {
            "quiz": row.quiz.slug,
            "rank": row.rank,
            "number": row.number,
            "name": row.name,
            "unit_code": row.unit_code,
            "workplace": row.workplace,
            "correct": row.correct,
            "questions": row.questions,
            "seconds": row.seconds,
            "finished_at": instant(row.finished_at),
            "prediction": row.prediction,
            "eligible": row.eligible,
            "reason": reason_of(row),
        }


def _video_columns() -> list[Column]:
    return [
        Column("rank", _("Rank"), "integer"),
        Column("unit_code", _("Unit code")),
        Column("title", _("Title of the video")),
        Column("points", _("Video points"), "points"),
        Column("sheets", _("Sheets"), "integer"),
        Column("criteria", _("Mean mark by criterion"), "criteria"),
        Column("eligible", _("Eligible for an award"), "yes"),
        Column("reason", _("Reason")),
    ]


def _videos(result_set: ResultSet) -> Iterable[dict[str, Any]]:
    for row in result_set.videos.order_by("position"):
        yield {
            "rank": row.rank,
            "unit_code": row.unit_code,
            "title": row.title,
            "points": str(row.points),
            "sheets": row.sheets,
            "criteria": {
                key: rounded(Fraction(*mean)) for key, mean in sorted(row.criteria.items())
            },
            "eligible": row.eligible,
            "reason": reason_of(row),
            "slot": row.slot,
            "spread": str(row.spread),
        }


def _award_columns() -> list[Column]:
    return [
        Column("scope_label", _("Awarded to")),
        Column("tier", _("Award")),
        Column("rank", _("Rank"), "integer"),
        Column("name", _("Name")),
        Column("workplace", _("Workplace")),
        Column("unit_code", _("Unit code")),
        Column("unit_name", _("Name of the unit")),
    ]


def _awards(result_set: ResultSet) -> Iterable[dict[str, Any]]:
    row: Award
    for row in result_set.awards.order_by("position"):
        yield {
            "scope": row.scope,
            "scope_label": str(row.get_scope_display()),
            "tier": row.tier,
            "tier_order": row.tier_order,
            "rank": row.rank,
            "name": row.name,
            "workplace": row.workplace,
            "unit_code": row.unit_code,
            "unit_name": row.unit_name,
        }


def _statistic_columns() -> list[Column]:
    return [
        Column("label", _("Statistic")),
        Column("value", _("Value"), "value"),
        Column("definition", _("Definition")),
    ]


def _statistics(result_set: ResultSet) -> Iterable[dict[str, Any]]:
    for key, stored in result_set.statistics:
        label, definition = DEFINITIONS[key]
        value = rounded(Fraction(*stored)) if isinstance(stored, list) else stored
        yield {
            "key": key,
            "label": str(label),
            "value": value,
            "definition": str(definition),
        }


Columns = Callable[[], list[Column]]
Rows = Callable[[ResultSet], Iterable[dict[str, Any]]]
TABLES: dict[str, tuple[str | Promise, Columns, Rows]] = {
    "units": (gettext_lazy("Ranking of units"), _unit_columns, _units),
    "people": (gettext_lazy("Ranking of people"), _person_columns, _people),
    "videos": (gettext_lazy("Ranking of videos"), _video_columns, _videos),
    "awards": (gettext_lazy("Awards"), _award_columns, _awards),
    "statistics": (gettext_lazy("Statistics"), _statistic_columns, _statistics),
}
# What anybody may download once results are published (rules: P7); the rest is the organizers'.
PUBLIC_TABLES = ("units", "videos", "awards", "statistics")
