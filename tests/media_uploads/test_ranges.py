"""The Range header, case by case, and the bytes that come of it."""

import io

import pytest

from media_uploads.ranges import Range, Unsatisfiable, parse_range, read_range


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-", 0, 999),
        ("bytes=0-0", 0, 0),
        ("bytes=0-999", 0, 999),
        ("bytes=0-1000", 0, 999),
        ("bytes=999-", 999, 999),
        ("bytes=500-99999999999999999999", 500, 999),
        ("bytes=-1", 999, 999),
        ("bytes=-1000", 0, 999),
        ("bytes=-5000", 0, 999),
        ("BYTES= 10-19 ", 10, 19),
    ],
)
def test_one_range_is_cut_to_the_file(header: str, first: int, last: int) -> None:
    assert parse_range(header, 1000) == Range(first, last, 1000)


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-2000", "bytes=-0"])
def test_a_range_outside_the_file_cannot_be_satisfied(header: str) -> None:
    assert parse_range(header, 1000) == Unsatisfiable(1000)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-1"])
def test_an_empty_file_satisfies_no_range(header: str) -> None:
    assert parse_range(header, 0) == Unsatisfiable(0)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-4",
        "bytes=a-b",
        "bytes=+1-2",
        "bytes=1 - 2",
        "bytes=0-1,5-6",
        "items=0-5",
        "bytes=٣-٥",
        "bytes=1-2\n",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_no_range_or_a_malformed_one_means_the_whole_file(header: str | None) -> None:
    assert parse_range(header, 1000) is None


def test_headers_name_both_ends_and_the_size() -> None:
    assert Range(10, 19, 1000).content_range == "bytes 10-19/1000"
    assert Range(10, 19, 1000).length == 10
    assert Unsatisfiable(1000).content_range == "bytes */1000"


def test_exactly_the_range_is_read_in_bounded_pieces() -> None:
    file = io.BytesIO(bytes(range(100)))
    pieces = list(read_range(file, Range(10, 59, 100), chunk=20))
    assert b"".join(pieces) == bytes(range(10, 60))
    assert [len(piece) for piece in pieces] == [20, 20, 10]


def test_reading_stops_where_the_file_has_become_shorter() -> None:
    assert b"".join(read_range(io.BytesIO(b"abc"), Range(1, 50, 100))) == b"bc"
