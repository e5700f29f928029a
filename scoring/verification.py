"""Checks seals and recomputes a stored result from raw rows; every difference names its row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contests.models import Contest
from scoring import facts, formula, outcome
from scoring.gathering import gather
from scoring.models import Basis, PersonResult, ResultSet, UnitResult, VideoResult
from scoring.results import seal_of as set_seal
from scoring.seals import raw_differences
from scoring.storing import Row, basis_of, edge_of, rows_of, statistics_of

TABLES: dict[str, str | Promise] = {
    "units": gettext_lazy("Ranking of units"),
    "people": gettext_lazy("Ranking of people"),
    "videos": gettext_lazy("Ranking of videos"),
    "awards": gettext_lazy("Awards"),
}
# Columns that no form shows have no name of their own.
COLUMNS: dict[str, Promise] = {
    "unit": gettext_lazy("unit"),
    "participant": gettext_lazy("participant"),
    "quiz": gettext_lazy("quiz"),
    "video": gettext_lazy("video"),
    "result_set": gettext_lazy("result set"),
    "position": gettext_lazy("place in the list"),
    "reason_code": gettext_lazy("kind of reason"),
    "quiz_slug": gettext_lazy("quiz"),
    "natural_key": gettext_lazy("what the award is for"),
}


def verify(contest: Contest) -> list[str]:
    """Return every difference between raw rows, seals and the newest result set (rules: A7).

    An empty list means: each finished attempt, submitted sheet and published set is as it was when
    it was sealed, and computing again gives every stored figure of the newest set.
    """
    differences = broken_by_hand(contest)
    result_set = ResultSet.objects.newest(contest)
    if result_set is None:
        return [*differences, _("There is no result set yet. Refresh the results first.")]
    return [*differences, *_result_set(contest, result_set)]


def broken_by_hand(contest: Contest) -> list[str]:
    """Return every difference between what was sealed and what is stored now (rules: A7)."""
    return [*raw_differences(contest), *_sets(contest)]


def _sets(contest: Contest) -> Iterator[str]:
    """Published sets, corrected ones included, whose rows are not those that were published."""
    published = contest.result_sets.exclude(state=ResultSet.State.DRAFT)
    for result_set in published.order_by("number"):
        if result_set.seal != set_seal(result_set):
            yield _("result set %(number)s: its rows differ from its seal") % {
                "number": result_set.number
            }


def _result_set(contest: Contest, result_set: ResultSet) -> Iterator[str]:
    try:
        inputs = gather(contest)
        digest, computed = facts.digest(inputs), outcome.compute(inputs)
    except (facts.BadInputs, formula.HeadcountMissing) as error:
        yield _("The results cannot be computed: %(error)s") % {"error": error}
        return
    if digest != result_set.digest:
        yield _("result set %(number)s: the inputs have changed since it was built") % {
            "number": result_set.number
        }
    yield from _statistics(result_set, statistics_of(computed))
    for basis in Basis.objects.filter(result_set=result_set):
        if basis.content != basis_of(inputs, computed):
            yield _("result set %(number)s: what it was computed by is not what was stored") % {
                "number": result_set.number
            }
    edges = [edge_of(tie) for tie in computed.ties]
    void = [edge_of(decision) for decision in computed.void_decisions]
    if (result_set.undecided, result_set.void_decisions) != (_stored(edges), _stored(void)):
        yield _("result set %(number)s: the ties to decide differ") % {"number": result_set.number}
    for relation, expected in rows_of(result_set, computed).items():
        stored = list(getattr(result_set, relation).order_by("pk"))
        yield from _rows(relation, {_key(row): row for row in expected}, stored)


def _statistics(result_set: ResultSet, expected: list[list[Any]]) -> Iterator[str]:
    try:
        stored = dict(result_set.statistics)
    except (TypeError, ValueError):
        stored = {}  # not even pairs any more: every figure differs
    again = dict(expected)
    for key in sorted({*stored, *again}):
        if stored.get(key) != again.get(key):
            yield _(
                "result set %(number)s, statistics: %(key)s is %(stored)s, computed %(again)s"
            ) % {
                "number": result_set.number,
                "key": key,
                "stored": _said(stored.get(key)),
                "again": _said(again.get(key)),
            }


def _stored(edges: list[dict[str, Any]]) -> Any:
    """Return what JSON makes of the edges: its lists have no tuples."""
    return json.loads(json.dumps(edges))


def _rows(relation: str, expected: dict[Any, Row], stored: list[Any]) -> Iterator[str]:
    for row in stored:
        again = expected.pop(_key(row), None)
        if again is None:
            yield _("%(relation)s, %(row)s: computing again gives no such row") % {
                "relation": TABLES[relation],
                "row": _named(row),
            }
            continue
        for field in row._meta.concrete_fields:
            before, after = getattr(row, field.attname), getattr(again, field.attname)
            if not field.primary_key and before != after:
                yield _("%(relation)s, %(row)s: %(field)s is %(stored)s, computed %(again)s") % {
                    "relation": TABLES[relation],
                    "row": _named(row),
                    "field": COLUMNS.get(field.name, field.verbose_name),
                    "stored": _said(before),
                    "again": _said(after),
                }
    for row in expected.values():
        yield _("%(relation)s, %(row)s: the row is missing") % {
            "relation": TABLES[relation],
            "row": _named(row),
        }


def _key(row: Any) -> Any:
    """Return what a result row is about."""
    for names in (("unit_id",), ("quiz_id", "participant_id"), ("video_id",), ("position",)):
        if all(hasattr(row, name) for name in names):
            return tuple(getattr(row, name) for name in names)
    raise TypeError(type(row))


def _named(row: Any) -> str:
    """Return what tells a result row from every other of its table."""
    match row:
        case UnitResult():
            return f"{row.code} · {row.name}"
        case PersonResult():
            return f"{row.number} · {row.name} · {row.unit_code}"
        case VideoResult():
            return f"{row.unit_code}/{row.slot} · {row.title}"
        case _:
            return str(row)


def _said(value: Any) -> str:
    """Return a stored value as a person reads it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
