"""What SQL a request does: recorded of the real view once, done again by the minimal one.

So the floor of a start and of a submit follows every change of the program by itself: the same
statements, in the same order and transactions, with the values of another person.
"""

from __future__ import annotations

import enum
import pickle
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from django.db import connection, transaction


@dataclass(frozen=True, slots=True)
class Named:
    """A value that is another one for each person, or new each time."""

    name: str


@dataclass(frozen=True, slots=True)
class Packed:
    """The content of a JSON column; what wraps it for the database cannot be stored."""

    content: Any


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    params: Any
    is_atomic: bool


# Made anew for each request: columns that are unique.
FRESH: Mapping[str, Callable[[], str]] = {
    "writer": lambda: secrets.token_urlsafe(16),
    "receipt": lambda: secrets.token_hex(7),
}


@dataclass
class Recorder:
    """Notes every statement; for `connection.execute_wrapper`."""

    statements: list[Statement] = field(default_factory=list)

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        atomic = context["connection"].in_atomic_block
        self.statements.append(Statement(sql, _storable(params), atomic))
        return execute(sql, params, many, context)


def _storable(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return type(value)(_storable(item) for item in value)
    if isinstance(value, dict):
        return {name: _storable(item) for name, item in value.items()}
    return Packed(value.adapted) if hasattr(value, "adapted") else value


def named(statements: list[Statement], values: Mapping[Any, str]) -> list[Statement]:
    """Return the statements with a name for each of the `values` (value -> name)."""

    def name(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(name(item) for item in value)
        if isinstance(value, dict):
            return {key: name(item) for key, item in value.items()}
        return Named(values[value]) if type(value) in (int, str) and value in values else value

    return [Statement(one.sql, name(one.params), one.is_atomic) for one in statements]


def store(path: Path, recorded: Mapping[str, list[Statement]]) -> None:
    path.write_bytes(pickle.dumps(dict(recorded)))


def load(path: Path) -> dict[str, list[tuple[bool, list[Statement]]]]:
    """Return what was recorded by name, grouped: statements of one transaction together."""
    recorded: dict[str, list[Statement]] = pickle.loads(path.read_bytes())  # noqa: S301
    return {
        name: [
            (atomic, list(part)) for atomic, part in groupby(them, key=lambda one: one.is_atomic)
        ]
        for name, them in recorded.items()
    }


def replay(groups: list[tuple[bool, list[Statement]]], person: Mapping[str, Any]) -> None:
    """Do the statements for this person and read all they return."""
    values = {**person, **{name: make() for name, make in FRESH.items()}}
    with connection.cursor() as cursor:
        for atomic, statements in groups:
            if atomic:
                with transaction.atomic():
                    _do(cursor, statements, values)
            else:
                _do(cursor, statements, values)


def _do(cursor: Any, statements: list[Statement], values: Mapping[str, Any]) -> None:
    for statement in statements:
        cursor.execute(statement.sql, _filled(statement.params, values))
        if cursor.description:
            cursor.fetchall()


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_filled(item, values) for item in value)
    if isinstance(value, dict):
        return {name: _filled(item, values) for name, item in value.items()}
    if isinstance(value, Named):
        return values[value.name]
    if isinstance(value, Packed):
        return connection.ops.adapt_json_value(value.content, None)
    return value
