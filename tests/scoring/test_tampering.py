"""Random changes by plain SQL to what was sealed or stored: each is found and named (rules: A7)."""

import datetime as dt
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction

from contests.models import Answer, Attempt
from scoring import guard, results
from scoring.models import (
    Award,
    Basis,
    Mark,
    PersonResult,
    ResultSet,
    ScoreSheet,
    UnitResult,
    VideoResult,
)
from scoring.verification import verify
from tests.make import make_sheet, make_video
from tests.scoring.cast import DAY, JUDGED, NOW, PLAIN, Stage

pytestmark = pytest.mark.django_db
CHANGES = int(os.environ.get("CHANGES", "150"))

# When and how a row came, who pressed a button: no figure follows from these.
UNSEALED: dict[type[models.Model], set[str]] = {
    Attempt: {"state", "writer", "generation", "holder", "device", "receipt"},
    Answer: {"generation", "revision", "saved_at"},
    ScoreSheet: {
        "remark",
        "notes",
        "revision",
        "saved_at",
        "reopened_reason",
        "excused_reason",
        "excused_by",
    },
    ResultSet: {
        "contest",
        "state",
        "built_at",
        "published_at",
        "published_by",
        "correction_reason",
        "objections_until",
        "final_requested_at",
        "final_requested_by",
        "final_reason",
        "finalized_at",
        "finalized_by",
    },
}
TABLES: tuple[type[models.Model], ...] = (
    Attempt,
    Answer,
    ScoreSheet,
    Mark,
    ResultSet,
    Basis,
    UnitResult,
    PersonResult,
    VideoResult,
    Award,
)


@pytest.fixture
def stage() -> Stage:
    """A contest with final results; both units have a video."""
    stage = Stage()
    film = make_video(stage.other, "Hẹn giờ trả kết quả", uploaded_by=stage.first)
    for judge in stage.judges:
        make_sheet(judge, film, *PLAIN, now=NOW)
    results.publish(stage.contest, by=stage.first, reason="", now=JUDGED)
    later = JUDGED + 4 * DAY
    results.request_final(stage.contest, by=stage.first, reason="Hết hạn.", now=later)
    results.approve_final(stage.contest, by=stage.second, now=later)
    assert verify(stage.contest) == []
    return stage


def other_value(chance: random.Random, field: Any, value: Any) -> Any:
    """Something else of the same kind, as SQL takes it."""
    if field.is_relation:
        others = field.related_model._base_manager.exclude(pk=value).values_list("pk", flat=True)
        return chance.choice(list(others) or [value])
    match value:
        case bool():
            return not value
        case int():
            return value + chance.choice([1, 7])
        case Decimal():
            return value + chance.choice([Decimal("0.5"), Decimal("-0.5")])
        case dt.datetime():
            return value + dt.timedelta(microseconds=chance.choice([1, 1000, 10**6]))
        case str():
            return chance.choice([f"{value}x", value[1:], value[::-1]])
        case None:
            return 3
        case _:  # JSON
            longer = [*value, value[:1]] if isinstance(value, list) else {**value, "x": 1}
            return json.dumps(chance.choice([other for other in ([], longer) if other != value]))


def changes(chance: random.Random) -> Iterator[tuple[str, str, list[Any], models.Model]]:
    """What is changed, in SQL: a column of a row, or the whole row taken out."""
    while True:
        model = chance.choice(TABLES)
        row = chance.choice(list(model._base_manager.order_by("pk")))
        table = connection.ops.quote_name(model._meta.db_table)
        if chance.random() < 0.15:
            yield f"{model.__name__} gone", f"DELETE FROM {table} WHERE id = %s", [row.pk], row
            continue
        fields = [
            field
            for field in model._meta.concrete_fields
            if not field.primary_key and field.name not in UNSEALED.get(model, set())
        ]
        field = chance.choice(fields)
        before = getattr(row, field.attname)
        after = other_value(chance, field, before)
        if after == before:
            continue
        value = field.get_db_prep_value(after, connection) if field.is_relation else after
        if isinstance(value, (dt.datetime, Decimal)):
            value = field.get_db_prep_save(value, connection)
        column = connection.ops.quote_name(field.column)
        # The columns of tables are our own.
        sql = f"UPDATE {table} SET {column} = %s WHERE id = %s"
        yield f"{model.__name__}.{field.name}", sql, [value, row.pk], row


def names_of(row: models.Model) -> set[str]:
    """By one of these a person finds the row, or what follows from it."""
    match row:
        case Attempt():
            return {row.receipt, row.participant.full_name}
        case Answer():
            return {row.attempt.receipt}
        case ScoreSheet():
            return {str(row.judge), row.video.title}
        case Mark():
            return {str(row.sheet.judge), row.sheet.video.title}
        case ResultSet() | Basis():
            return {"bộ kết quả số", "Chưa có bộ kết quả"}
        case UnitResult() | VideoResult() | PersonResult() | Award():
            return {str(getattr(row, "name", "") or row.title)}
    raise TypeError(row)


def test_every_random_change_by_sql_is_found_and_named(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(7)
    found: Counter[str] = Counter()
    refused = 0
    for what, sql, values, row in changes(chance):
        names = names_of(row)
        try:
            # Past the database's own guard, as somebody with its password goes.
            with guard.lifted(), transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(sql, values)
                    if connection.vendor == "postgresql":
                        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    else:
                        connection.check_constraints()
                said = verify(stage.contest)
                transaction.set_rollback(True)
        except DatabaseError:
            refused += 1
            continue
        assert said, f"{what} was not found: {values}"
        assert any(name in line for name in names for line in said), (what, names, said)
        found[what] += 1
        if found.total() == CHANGES:
            break
    assert verify(stage.contest) == []
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{found.total()} changes of {len(found)} kinds found and named,"
            f" {refused} refused by the database"
        )
    assert len({what.split(".")[0].split(" ")[0] for what in found}) == len(TABLES)
