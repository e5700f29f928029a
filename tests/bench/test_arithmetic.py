"""The figures of the benchmarks are worth what their arithmetic is worth."""

import pytest

from bench.arithmetic import percentile, ratio, schedule, spread


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.01, 1), (0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)]
)
def test_a_percentile_is_the_nearest_rank(share: float, expected: int) -> None:
    assert percentile([*range(100, 0, -1)], share) == expected


def test_the_percentile_of_few_values_is_one_of_them() -> None:
    assert percentile([7.0], 0.99) == 7.0
    assert percentile([1.0, 2.0, 3.0], 0.99) == 3.0
    assert percentile([1.0, 2.0, 3.0], 0.34) == 2.0


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_no_such_share(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        percentile([1.0], share)


def test_without_values_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_the_schedule_is_fixed_before_the_run() -> None:
    assert list(schedule(4, 1)) == [0, 0.25, 0.5, 0.75]
    assert len(list(schedule(1000, 5))) == 5000
    # No error adds up: the last of a million is where it belongs.
    assert list(schedule(1000, 1000))[-1] == 999.999


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="rate"):
        list(schedule(0, 1))


def test_people_come_evenly() -> None:
    assert spread(4, begin=0, end=60) == [7.5, 22.5, 37.5, 52.5]
    assert spread(0, begin=0, end=60) == []


def test_the_ratio_is_the_median_of_the_turns() -> None:
    # The second turn met a busy machine on one side only; the other two say what is so.
    assert ratio([50, 10, 40], [100, 100, 100]) == 0.4
    with pytest.raises(ValueError, match="shorter"):
        ratio([1, 2], [1])
