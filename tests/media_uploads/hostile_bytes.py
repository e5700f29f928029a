"""Files that lie, made from true ones byte by byte: boxes taken out, doubled, or pointing away."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

# MP4 boxes that hold boxes, as far as the lies go.
HOLDERS = frozenset([b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl"])
TRACKS = b"\x16\x54\xae\x6b"
Change = Callable[[bytes], bytes]


def box(kind: bytes, *parts: bytes) -> bytes:
    """An MP4 box: its length, its kind, its content."""
    content = b"".join(parts)
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes of `data` as (kind, whole box)."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at : at + size]
        at += size


def changed(data: bytes, kind: bytes, change: Change) -> bytes:
    """`data` with every box of this kind changed, the lengths around it set right.

    Offsets into the file stay true only where `moov` comes last.
    """
    pieces = []
    for found, whole in boxes(data):
        if found == kind:
            pieces.append(change(whole))
        elif found in HOLDERS:
            pieces.append(box(found, changed(whole[8:], kind, change)))
        else:
            pieces.append(whole)
    return b"".join(pieces)


def without(data: bytes, kind: bytes) -> bytes:
    return changed(data, kind, lambda whole: b"")


def with_tracks(data: bytes, count: int) -> bytes:
    """The last track of the film `count` times."""

    def multiply(moov: bytes) -> bytes:
        inside = list(boxes(moov[8:]))
        last = [whole for kind, whole in inside if kind == b"trak"][-1]
        return box(b"moov", *(whole for _, whole in inside), last * count)

    return changed(data, b"moov", multiply)


def with_matroska_tracks(data: bytes, count: int) -> bytes:
    """The last track of a Matroska film `count` times; its cues are wrong then."""
    # The first mention is the directory's. FFmpeg writes this length in two bytes.
    start = data.index(TRACKS, data.index(TRACKS) + 4) + 4
    end = start + 2 + (int.from_bytes(data[start : start + 2], "big") & 0x3FFF)
    inside = data[start + 2 : end]
    entry = inside[inside.rindex(b"\xae\x01\0\0") :]
    tracks = inside + entry * count
    length = (len(tracks) | 1 << 56).to_bytes(8, "big")
    return data[:start] + length + tracks + data[end:]


def renamed_codec(data: bytes) -> bytes:
    """The pictures in a format that nobody knows."""
    return changed(data, b"stsd", lambda whole: whole.replace(b"avc1", b"zz9z"))


def said_to_be(data: bytes, width: int, height: int) -> bytes:
    """The index says this picture size, whatever the pictures themselves say."""

    def change(whole: bytes) -> bytes:
        if b"avc1" not in whole:
            return whole
        at = whole.index(b"avc1") + 4 + 24
        size = width.to_bytes(2, "big") + height.to_bytes(2, "big")
        return whole[:at] + size + whole[at + 4 :]

    return changed(data, b"stsd", change)


def mirrored(data: bytes, width: int) -> bytes:
    """A film to be shown with left and right exchanged."""
    one, minus_one = (1 << 16).to_bytes(4, "big"), (-1 << 16).to_bytes(4, "big", signed=True)
    row = bytes(4)
    shift = (width << 16).to_bytes(4, "big")
    matrix = minus_one + row * 3 + one + row + shift + row + (1 << 30).to_bytes(4, "big")
    return changed(data, b"tkhd", lambda whole: whole[:48] + matrix + whole[84:])


def counting(data: bytes, kind: bytes, *, at: int, number: int) -> bytes:
    """The 32-bit `number` at place `at` of every box of this kind."""
    return changed(
        data, kind, lambda whole: whole[:at] + number.to_bytes(4, "big") + whole[at + 4 :]
    )


def endless_samples(data: bytes) -> bytes:
    """A few bytes that announce 400 million samples, each one byte long."""

    def sizes(whole: bytes) -> bytes:
        return box(b"stsz", bytes(4), (1).to_bytes(4, "big"), (400_000_000).to_bytes(4, "big"))

    def times(whole: bytes) -> bytes:
        return box(
            b"stts", bytes(4), (1).to_bytes(4, "big"), (400_000_000).to_bytes(4, "big"), b"\0\0\0\1"
        )

    def runs(whole: bytes) -> bytes:
        run = (1).to_bytes(4, "big") + (400_000_000).to_bytes(4, "big") + (1).to_bytes(4, "big")
        return box(b"stsc", bytes(4), (1).to_bytes(4, "big"), run)

    for kind, change in ((b"stsz", sizes), (b"stts", times), (b"stsc", runs)):
        data = changed(data, kind, change)
    return data


def nested(depth: int) -> bytes:
    """`moov` in `moov` in `moov`."""
    inside = b""
    for _ in range(depth):
        inside = box(b"moov", inside)
    return box(b"ftyp", b"isom", bytes(4), b"isom") + inside


def pointing_to(data: bytes, target: Path) -> bytes:
    """A film whose pictures are said to be in the file at `target`, by a Macintosh alias."""
    path = str(target).encode()
    path += bytes(len(path) % 2)
    alias = b"".join(
        [
            bytes(10) + b"\1D" + bytes(26),  # the volume
            bytes(12) + b"\1f" + bytes(62),  # the file
            bytes(16) + bytes(4) + bytes(16),  # no way from here to there: the path is absolute
            (2).to_bytes(2, "big") + len(path).to_bytes(2, "big") + path,
            b"\xff\xff\0\0",
        ]
    )
    entry = box(b"alis", bytes(4), alias)
    reference = box(b"dref", bytes(4), (1).to_bytes(4, "big"), entry)
    return changed(data, b"dref", lambda whole: reference)


def flipped(data: bytes, *, share: float, seed: int, start: int = 0) -> bytes:
    """`data` with one bit turned in this share of its bytes from `start` on."""
    draw = random.Random(seed)
    damaged = bytearray(data)
    for _ in range(int((len(data) - start) * share)):
        damaged[draw.randrange(start, len(data))] ^= 1 << draw.randrange(8)
    return bytes(damaged)


def noise(length: int, *, seed: int) -> bytes:
    return random.Random(seed).randbytes(length)


def part(data: bytes, share: float) -> bytes:
    """The first part of a file, as an interrupted copy leaves it."""
    return data[: int(len(data) * share)]
