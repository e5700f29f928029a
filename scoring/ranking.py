"""Order: one key per ranking, made of settings, that serves sorting and equality (rules: S5-S9)."""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol, TypeVar

UNIT_CHAIN_KEYS = ("video", "quiz", "turnout", "mean_seconds")
PERSON_CHAIN_KEYS = ("seconds", "prediction", "finished_at")
VIDEO_CHAIN_KEYS = ("criteria",)

UNIT_CHAIN_DEFAULT = UNIT_CHAIN_KEYS
PERSON_CHAIN_DEFAULT = PERSON_CHAIN_KEYS
VIDEO_CHAIN_DEFAULT = VIDEO_CHAIN_KEYS

Key = tuple[Any, ...]
Entry = TypeVar("Entry")


class UnitStanding(Protocol):
    """What a unit is ranked by."""

    @property
    def total(self) -> Decimal: ...
    @property
    def video_points(self) -> Decimal: ...
    @property
    def quiz_points(self) -> Decimal: ...
    @property
    def turnout(self) -> Fraction | None: ...
    @property
    def mean_seconds(self) -> Fraction | None: ...


class PersonStanding(Protocol):
    """What a person is ranked by in one quiz; also what the best of several attempts is."""

    @property
    def percentage(self) -> Fraction: ...
    @property
    def seconds(self) -> int: ...
    @property
    def prediction_gap(self) -> int | None: ...
    @property
    def finished_at(self) -> datetime: ...


class VideoStanding(Protocol):
    """What a video is ranked by: unrounded points, mean marks by criterion key."""

    @property
    def exact_points(self) -> Fraction: ...
    @property
    def criteria(self) -> Mapping[str, Fraction]: ...


def _up(value: Any) -> Key:
    """Small first, nothing last."""
    return (1,) if value is None else (0, value)


def _down(value: Any) -> Key:
    """Large first, nothing last."""
    return (1,) if value is None else (0, -value)


# People share few percentages: one object for each makes equal keys equal at a glance.
_percentage_down = lru_cache(maxsize=4096)(operator.neg)

_UNIT_PARTS: dict[str, Callable[[UnitStanding], Any]] = {
    "video": lambda unit: -unit.video_points,
    "quiz": lambda unit: -unit.quiz_points,
    "turnout": lambda unit: _down(unit.turnout),
    "mean_seconds": lambda unit: _up(unit.mean_seconds),
}
_PERSON_PARTS: dict[str, Callable[[PersonStanding], Any]] = {
    "seconds": lambda person: person.seconds,
    "prediction": lambda person: _up(person.prediction_gap),
    "finished_at": lambda person: person.finished_at,
}


def check_chain(chain: Iterable[str], allowed: Sequence[str]) -> tuple[str, ...]:
    """The chain as a tuple; ValueError for an unknown key or one named twice (rules: S8)."""
    names = tuple(chain)
    for name in names:
        if name not in allowed:
            raise ValueError(f"unknown ranking key {name!r}; known: {', '.join(allowed)}")
    if len(set(names)) != len(names):
        raise ValueError(f"a ranking key is named twice: {', '.join(names)}")
    return names


def unit_key(chain: Iterable[str] = UNIT_CHAIN_DEFAULT) -> Callable[[UnitStanding], Key]:
    """Total, then the chain; unknown turnout and missing mean time come last (rules: S6, S8)."""
    parts = [_UNIT_PARTS[name] for name in check_chain(chain, UNIT_CHAIN_KEYS)]
    return lambda unit: (-unit.total, *[part(unit) for part in parts])


def person_key(chain: Iterable[str] = PERSON_CHAIN_DEFAULT) -> Callable[[PersonStanding], Key]:
    """Percentage, then the chain (rules: S5, S8)."""
    parts = [_PERSON_PARTS[name] for name in check_chain(chain, PERSON_CHAIN_KEYS)]
    return lambda person: (_percentage_down(person.percentage), *[part(person) for part in parts])


def video_key(
    criteria: Sequence[str], chain: Iterable[str] = VIDEO_CHAIN_DEFAULT
) -> Callable[[VideoStanding], Key]:
    """Unrounded points, then the mean mark of each of `criteria` in that order (rules: S7, S8)."""
    names = tuple(criteria) if "criteria" in check_chain(chain, VIDEO_CHAIN_KEYS) else ()
    return lambda video: (-video.exact_points, *[-video.criteria[name] for name in names])


def separating(names: Sequence[str], one: Key, other: Key) -> str | None:
    """Return the name of the first part in which two keys differ; None where they are equal (S8).

    `names` are those of the parts: what always comes first, then the chain.
    """
    for name, mine, theirs in zip(names, one, other, strict=True):
        if mine != theirs:
            return name
    return None


def rank(
    entries: Iterable[Entry],
    *,
    key: Callable[[Entry], Key],
    list_order: Callable[[Entry], Key],
    is_ranked: Callable[[Entry], bool],
) -> list[tuple[int | None, Entry]]:
    """(rank, entry) in list order: 1, 2, 2, 4; entries outside the ranking last with None.

    `key` decides rank and equality, `list_order` (unique) only where equal ranks are shown, so
    the order of the input never matters. n log n. rules: S8, S9
    """
    inside: list[tuple[Key, Entry]] = []
    outside: list[Entry] = []
    for entry in sorted(entries, key=list_order):
        if is_ranked(entry):
            inside.append((key(entry), entry))
        else:
            outside.append(entry)
    inside.sort(key=lambda pair: pair[0])

    ranked: list[tuple[int | None, Entry]] = []
    previous: Key | None = None
    place = 0
    for position, (value, entry) in enumerate(inside, start=1):
        if value != previous:
            place, previous = position, value
        ranked.append((place, entry))
    ranked.extend((None, entry) for entry in outside)
    return ranked
