"""The arithmetic of measuring: percentiles, schedules, ratios; no clock and no socket."""

import math
from collections.abc import Iterator, Sequence

SHARES = (0.50, 0.95, 0.99, 1.0)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed (nearest rank).

    Raises ValueError without values.
    """
    if not values:
        raise ValueError("no values")
    if not 0 <= share <= 1:
        raise ValueError("a share lies between 0 and 1")
    rank = max(1, math.ceil(share * len(values) - 1e-9))
    return sorted(values)[rank - 1]


def schedule(rate: float, seconds: float) -> Iterator[float]:
    """Yield when each request of an open-loop run is due, in seconds from its begin.

    Multiplied, not added up: no error grows with the run.
    """
    if rate <= 0:
        raise ValueError("a rate is above 0")
    for index in range(math.ceil(rate * seconds - 1e-9)):
        yield index / rate


def spread(count: int, *, begin: float, end: float) -> list[float]:
    """Return `count` moments that lie evenly between `begin` and `end`, each amid its share."""
    step = (end - begin) / count if count else 0.0
    return [begin + step * (index + 0.5) for index in range(count)]


def ratio(measured: Sequence[float], floor: Sequence[float]) -> float:
    """Return the median of the ratios of turns that followed each other."""
    return percentile([ours / theirs for ours, theirs in zip(measured, floor, strict=True)], 0.5)
