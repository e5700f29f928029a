"""Queries whose SQL is worded once a process.

Django words a query anew each time, which costs more than the database needs to answer one that
finds a row by its key. What is asked at every start, page and submit is worded once and asked with
other values: the same SQL, the same instances. Anything else is an ordinary queryset.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import ValuesListIterable, get_related_populators

R = TypeVar("R")

# Values that no row has stand for those to come while the query is worded.
_FIRST_NUMBER = 1_999_999_000


class Prepared(Generic[R]):
    """A query of named values: `Prepared(lambda pk: Quiz.objects.filter(pk=pk), "pk")`.

    A name that begins with "text_" is given a text, another one a whole number. Neither slices nor
    prefetches, and no values that the SQL would depend on (None, lists, true and false).
    """

    def __init__(self, build: Callable[..., QuerySet[Any, R]], *names: str) -> None:
        self._build, self._names = build, names
        self._worded: dict[str, _Worded] = {}

    def all(self, **values: int | str) -> list[R]:
        """Ask with these values; return the rows (instances, or tuples of a values_list)."""
        if not all(_can_be_stored(value) for value in values.values()):
            return []
        worded = self._worded.get(connection.vendor)
        if worded is None:
            worded = self._worded[connection.vendor] = self._word()
        params = [values[p] if isinstance(p, _Name) else p for p in worded.params]
        with connection.cursor() as cursor:
            cursor.execute(worded.sql, params)
            rows = cursor.fetchall()
        return worded.read(rows)

    def first(self, **values: int | str) -> R | None:
        """Return the first row, None without any."""
        rows = self.all(**values)
        return rows[0] if rows else None

    def _word(self) -> _Worded:
        samples = {
            name: f"\N{SYMBOL FOR NULL}{name}" if name.startswith("text_") else _FIRST_NUMBER + n
            for n, name in enumerate(self._names)
        }
        worded = _Worded(self._build(**samples))
        named = {sample: _Name(name) for name, sample in samples.items()}
        worded.params = [named.get(value, value) for value in worded.params]
        if {name for name in worded.params if isinstance(name, _Name)} != set(self._names):
            raise ValueError("a value is missing in the SQL")
        return worded


class PreparedForIds(Generic[R]):
    """A query of a list of ids: `PreparedForIds(lambda ids: Choice.objects.filter(pk__in=ids))`.

    It is worded once for each length of the list; papers of one quiz are all equally long.
    """

    def __init__(self, build: Callable[[list[Any]], QuerySet[Any, R]]) -> None:
        self._build = build
        self._by_length: dict[int, Prepared[R]] = {}

    def all(self, ids: Collection[int]) -> list[R]:
        """Ask for these ids; none gives no rows and asks nothing."""
        values = {f"id_{place}": pk for place, pk in enumerate(sorted(set(ids)))}
        if not values:
            return []
        prepared = self._by_length.get(len(values))
        if prepared is None:
            prepared = Prepared(lambda **given: self._build(list(given.values())), *values)
            self._by_length[len(values)] = prepared
        return prepared.all(**values)


def _can_be_stored(value: int | str) -> bool:
    """Whether a database takes the value at all; one it does not take finds nothing."""
    return "\0" not in value if isinstance(value, str) else -(2**63) <= value < 2**63


class _Name(str):
    """The name of a value, among the values that stay as they are."""

    __slots__ = ()


class _Worded:
    """The SQL of one queryset for one kind of database, and how its rows are read."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, params = compiler.as_sql()
        self.params: list[Any] = list(params)
        self._apply = compiler.apply_converters
        self._converters = compiler.get_converters(
            [column[0] for column in compiler.select[: compiler.col_count]]
        )
        self._are_tuples = issubclass(queryset._iterable_class, ValuesListIterable)
        if not self._are_tuples:
            info = compiler.klass_info
            self._model = info["model"]
            self._begin, self._end = info["select_fields"][0], info["select_fields"][-1] + 1
            self._attributes = [
                column[0].target.attname for column in compiler.select[self._begin : self._end]
            ]
            self._related = get_related_populators(  # type: ignore[call-arg]
                info, compiler.select, connection.alias
            )

    def read(self, rows: list[Any]) -> list[Any]:
        if self._converters:
            rows = list(self._apply(rows, self._converters))
        if self._are_tuples:
            return [tuple(row) for row in rows]
        made = []
        for row in rows:
            instance = self._model.from_db(
                connection.alias, self._attributes, row[self._begin : self._end]
            )
            for populator in self._related:
                populator.populate(row, instance)
            made.append(instance)
        return made
