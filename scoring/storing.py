"""Turns a computed outcome into the rows of a result set, and writes them."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import models

from contests.models import Contest, Participant
from scoring.awards import TieDecision, UndecidedTie
from scoring.facts import Inputs, Settings
from scoring.formula import exact
from scoring.gathering import counted_videos
from scoring.lines import Outcome
from scoring.models import Award, Basis, PersonResult, ResultSet, UnitResult, VideoResult

BATCH = 1000
Row = UnitResult | PersonResult | VideoResult | Award


def rows_of(result_set: ResultSet, outcome: Outcome) -> dict[str, list[Row]]:
    """Return the unsaved rows of a set, by relation name, each in rank order."""
    contest = result_set.contest
    return {
        "units": _units(result_set, outcome, contest),
        "people": _people(result_set, outcome, contest),
        "videos": _videos(result_set, outcome, contest),
        "awards": _awards(result_set, outcome),
    }


def write(result_set: ResultSet, inputs: Inputs, outcome: Outcome) -> None:
    """Insert all of a set; call it inside the transaction that made it."""
    Basis.objects.create(result_set=result_set, content=basis_of(inputs, outcome))
    for group in rows_of(result_set, outcome).values():
        if group:
            model: type[models.Model] = type(group[0])
            model._default_manager.bulk_create(group, batch_size=BATCH)


def _units(result_set: ResultSet, outcome: Outcome, contest: Contest) -> list[Row]:
    ids = dict(contest.units.values_list("code", "pk"))
    return [
        UnitResult(
            result_set=result_set,
            unit_id=ids[line.code],
            position=position,
            rank=line.rank,
            code=line.code,
            name=line.name,
            block=line.block,
            quiz_points=line.quiz_points,
            video_points=line.video_points,
            total=line.total,
            has_video=line.has_video,
            registered=line.registered,
            participants=line.participants,
            headcount=line.headcount,
            seconds_sum=line.seconds_sum,
            seconds_count=line.seconds_count,
            eligible=line.eligible,
            reason_code=line.reason_code,
            reason=line.reason,
        )
        for position, line in enumerate(outcome.units, start=1)
    ]


def _people(result_set: ResultSet, outcome: Outcome, contest: Contest) -> list[Row]:
    ids = dict(Participant.objects.filter(contest=contest).values_list("number", "pk"))
    quizzes = dict(contest.quizzes.ranked().values_list("slug", "pk"))
    positions: dict[str, int] = dict.fromkeys(quizzes, 0)
    rows: list[Row] = []
    for line in outcome.people:
        positions[line.quiz] += 1
        rows.append(
            PersonResult(
                result_set=result_set,
                participant_id=ids[line.number],
                quiz_id=quizzes[line.quiz],
                position=positions[line.quiz],
                rank=line.rank,
                number=line.number,
                name=line.name,
                unit_code=line.unit_code,
                workplace=line.workplace,
                correct=line.correct,
                questions=line.questions,
                duration_ms=line.duration_ms,
                finished_at=line.finished_at,
                prediction=line.prediction,
                eligible=line.eligible,
                reason_code=line.reason_code,
                reason=line.reason,
            )
        )
    return rows


def _videos(result_set: ResultSet, outcome: Outcome, contest: Contest) -> list[Row]:
    ids = {
        (code, slot): pk
        for pk, code, slot in counted_videos(contest).values_list("pk", "unit__code", "slot")
    }
    return [
        VideoResult(
            result_set=result_set,
            video_id=ids[line.unit_code, line.slot],
            position=position,
            rank=line.rank,
            unit_code=line.unit_code,
            slot=line.slot,
            title=line.title,
            points=line.points,
            sheets=line.sheets,
            criteria={key: pair(mean) for key, mean in line.criteria.items()},
            spread=line.spread,
            eligible=line.eligible,
            reason_code=line.reason_code,
            reason=line.reason,
        )
        for position, line in enumerate(outcome.videos, start=1)
    ]


def _awards(result_set: ResultSet, outcome: Outcome) -> list[Row]:
    unit_names = {line.code: line.name for line in outcome.units}
    return [
        Award(
            result_set=result_set,
            scope=line.scope,
            quiz_slug=line.quiz or "",
            tier=line.tier,
            tier_order=line.tier_order,
            position=position,
            rank=line.rank,
            name=line.name,
            workplace=line.workplace,
            unit_code=line.unit_code,
            unit_name=unit_names[line.unit_code],
            natural_key=key_text(line.entry),
        )
        for position, line in enumerate(outcome.awards, start=1)
    ]


def key_text(entry: Any) -> str:
    """Return an entry's natural key as text: DV15, 1042, DV15/1."""
    return "/".join(str(part) for part in entry) if isinstance(entry, tuple) else str(entry)


def pair(value: Fraction) -> list[int]:
    return [value.numerator, value.denominator]


def statistics_of(outcome: Outcome) -> list[list[Any]]:
    """Return [[key, value], …]; a ratio is stored as [numerator, denominator]."""
    return [
        [key, pair(value) if isinstance(value, Fraction) else value]
        for key, value in outcome.statistics
    ]


def basis_of(inputs: Inputs, outcome: Outcome) -> dict[str, Any]:
    """Return what a set is computed by, as JSON; totals of sheets name no judge (rules: M4, M5)."""
    settings = {field.name: getattr(inputs.settings, field.name) for field in fields(Settings)}
    return {
        "settings": {name: _as_json(value) for name, value in settings.items()}
        | {"applied_aggregate": outcome.judge_aggregate},
        "quizzes": [
            {
                "slug": quiz.slug,
                "counted": quiz.counted,
                "prediction_kind": quiz.prediction_kind,
                "predicted": outcome.predicted[quiz.slug],
            }
            for quiz in sorted(inputs.quizzes, key=lambda quiz: (quiz.order, quiz.slug))
        ],
        "criteria": [
            {"key": row.key, "name": row.name, "most": _text(row.max_marks)}
            for row in sorted(inputs.criteria, key=lambda row: (row.order, row.key))
        ],
        "sheets": {
            key_text((line.unit_code, line.slot)): [_text(total) for total in line.totals]
            for line in sorted(outcome.videos, key=lambda line: (line.unit_code, line.slot))
        },
    }


def _as_json(value: Any) -> Any:
    """Return a setting as JSON gives it back: a chain is a list, a weight a text."""
    if isinstance(value, tuple):
        return list(value)
    return _text(value) if isinstance(value, Decimal) else value


def _text(value: Fraction | Decimal) -> str:
    """Return a mark or a sum of marks, which are of steps of 0.5: "88.5", "30"."""
    ratio = exact(value)
    return str(Decimal(ratio.numerator) / ratio.denominator)


def edge_of(edge: UndecidedTie | TieDecision) -> dict[str, Any]:
    """Return an edge of the award plan as JSON."""
    stored = {
        "scope": edge.scope,
        "quiz": edge.quiz,
        "tier_order": edge.tier_order,
        "entries": list(edge.entries),
    }
    if isinstance(edge, UndecidedTie):
        return stored | {"seats": edge.seats}
    return stored | {"chosen": list(edge.chosen)}
