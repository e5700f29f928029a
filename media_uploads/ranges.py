"""The HTTP Range header: one range of bytes, so that a player can seek. RFC 9110, section 14."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

# Twenty digits are more than any file has; longer numbers are not worth turning into integers.
SINGLE_RANGE = re.compile(
    r"bytes=[ \t]*([0-9]{0,20})-([0-9]{0,20})[ \t]*", re.ASCII | re.IGNORECASE
)
CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes `first` to `last` of a whole of `size`, both ends included."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        """The Content-Range header of the 206 answer."""
        return f"bytes {self.first}-{self.last}/{self.size}"


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """A well-formed range that has no byte in common with the file: answer 416."""

    size: int

    @property
    def content_range(self) -> str:
        """The Content-Range header of the 416 answer."""
        return f"bytes */{self.size}"


def parse_range(header: str | None, size: int) -> Range | Unsatisfiable | None:
    """What part of a file of `size` bytes the header asks for.

    None means the whole file with 200: no header, another unit, several ranges, or one that is
    not well formed, as RFC 9110 allows to ignore.
    """
    match = SINGLE_RANGE.fullmatch(header or "")
    if match is None:
        return None
    first_text, last_text = match.groups()
    if not first_text:
        return _suffix(last_text, size)
    first = int(first_text)
    if last_text and int(last_text) < first:
        return None
    if first >= size:
        return Unsatisfiable(size)
    last = min(int(last_text), size - 1) if last_text else size - 1
    return Range(first, last, size)


def read_range(file: BinaryIO, part: Range, *, chunk: int = CHUNK_BYTES) -> Iterator[bytes]:
    """The bytes of `part` in pieces of at most `chunk`; ends early if the file does."""
    file.seek(part.first)
    left = part.length
    while left > 0:
        piece = file.read(min(chunk, left))
        if not piece:
            return
        left -= len(piece)
        yield piece


def _suffix(length_text: str, size: int) -> Range | Unsatisfiable | None:
    """`bytes=-500`: the last 500 bytes; `bytes=-` says nothing, `bytes=-0` asks for none."""
    if not length_text:
        return None
    length = min(int(length_text), size)
    if length == 0:
        return Unsatisfiable(size)
    return Range(size - length, size - 1, size)
