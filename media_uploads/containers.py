"""Which container a file is, by its own first bytes, and how FFmpeg is allowed to open it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
from av.container import InputContainer

# Brands of films, without trailing spaces. Still pictures (heic, avif) and camera raw files carry
# an ftyp box too and are not listed.
MP4_BRANDS = frozenset(
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 mp71 avc1 hvc1 dash mmp4 MSNV XAVC "
    b"M4V M4VH M4VP f4v 3gp4 3gp5 3gp6 3gp7 3ge6 3ge7 3gg6 3gs7 3g2a 3g2b 3g2c".split()
)
MOV_BRANDS = frozenset([b"qt"])
EBML_MAGIC = b"\x1a\x45\xdf\xa3"
SEGMENT_MAGIC = b"\x18\x53\x80\x67"
DOC_TYPE = b"\x42\x82"
HEAD_BYTES = 4096
# A fragmented film has two boxes a fragment; a file with more than this is not a recording.
MAX_BOXES = 50_000
# What a film consists of on its outermost level. Bytes after it that look like another box are not
# a film cut short.
FILM_BOXES = frozenset(b"ftyp moov mdat moof mfra free skip wide uuid meta sidx styp".split())
# FFmpeg opens a decoder for each track, half a megabyte apiece, before anybody can count them. Of
# more than these it reads none in an MP4 ("no memory"), and the first ones in a Matroska file.
MAX_STREAMS = 100
READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Container:
    """A container we accept: our name for it and the one demuxer FFmpeg may use on it."""

    name: str
    demuxer: str


MP4 = Container("mp4", "mov")
MOV = Container("mov", "mov")
WEBM = Container("webm", "matroska")
MKV = Container("mkv", "matroska")
DOC_TYPES = {b"webm": WEBM, b"matroska": MKV}


def sniff(path: Path) -> Container | None:
    """The container `path` is by content, or None for everything that is not a film. rules: V3"""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head.startswith(EBML_MAGIC):
        return DOC_TYPES.get(_doc_type(head))
    return None


def is_cut_short(path: Path, container: Container) -> bool:
    """True if the file ends before a part it announces, or an MP4 has no index (`moov`) at all."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if container.demuxer == "matroska":
            return _segment_end(file) > size
        kinds = set()
        for kind, _, end in _boxes(file, 0, size):
            if end > size and kind in FILM_BOXES:
                return True
            kinds.add(kind)
        return b"moov" not in kinds


def count_tracks(path: Path, container: Container) -> int:
    """How many tracks the index of an MP4 announces; 0 for what FFmpeg counts unharmed."""
    if container.demuxer == "matroska":
        return 0
    size = path.stat().st_size
    with path.open("rb") as file:
        return sum(
            inner == b"trak"
            for kind, begin, end in _boxes(file, 0, size)
            if kind == b"moov"
            for inner, _, _ in _boxes(file, begin, end)
        )


@contextmanager
def open_film(path: Path, container: Container) -> Iterator[InputContainer]:
    """Open `path` with exactly the container's demuxer; FFmpeg gets bytes and no way to a file.

    Without the forced demuxer a playlist renamed .mp4 makes FFmpeg read the files it names.
    """
    with path.open("rb") as file:
        film = av.open(
            file,
            mode="r",
            format=container.demuxer,
            options={
                "protocol_whitelist": "",
                "format_whitelist": "mov,matroska",
                "max_streams": str(MAX_STREAMS),
            },
            io_open=_refuse_references,
            metadata_errors="replace",
            buffer_size=READ_BYTES,
        )
        with film:
            yield film


def _refuse_references(url: str, flags: int, options: dict[str, str]) -> BinaryIO:
    raise PermissionError("a film may not name another file")


def _by_brand(head: bytes) -> Container | None:
    box_end = min(int.from_bytes(head[:4], "big"), len(head))
    # major brand, its version, then the compatible brands
    brands = [head[8:12]] + [head[at : at + 4] for at in range(16, box_end - 3, 4)]
    names = [brand.rstrip(b" ") for brand in brands]
    if names[0] in MOV_BRANDS:
        return MOV
    if names[0] in MP4_BRANDS or (names[0].isalnum() and MP4_BRANDS.intersection(names[1:])):
        return MP4
    return None


def _doc_type(head: bytes) -> bytes:
    """The DocType of an EBML header: an element (id, one-byte size, text) among its children."""
    header_size, at = _ebml_size(head, len(EBML_MAGIC))
    found = head.find(DOC_TYPE, at, at + header_size)
    if found < 0:
        return b""
    length, start = _ebml_size(head, found + len(DOC_TYPE))
    return head[start : start + length].rstrip(b"\0")


def _ebml_size(data: bytes, at: int) -> tuple[int, int]:
    """An EBML variable-length size at `at` and the place after it; an unknown size is 0."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if not first or at + width > len(data):
        return 0, len(data)
    value = int.from_bytes(data[at : at + width], "big") - (1 << (7 * width))
    unknown = (1 << (7 * width)) - 1
    return (0 if value == unknown else value), at + width


def _segment_end(file: BinaryIO) -> int:
    """Where the Matroska segment says it ends; 0 where a live recording leaves that open."""
    head = file.read(HEAD_BYTES)
    header_size, at = _ebml_size(head, len(EBML_MAGIC))
    start = at + header_size
    if head[start : start + len(SEGMENT_MAGIC)] != SEGMENT_MAGIC:
        return 0
    size, after = _ebml_size(head, start + len(SEGMENT_MAGIC))
    return after + size if size else 0


def _boxes(file: BinaryIO, at: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """MP4 boxes as (kind, where its content begins, where it ends), until what is not a box."""
    for _ in range(MAX_BOXES):
        file.seek(at)
        header = file.read(16)
        size, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if at >= stop or len(header) < 8 or not kind.isalnum():
            return
        begin = at + 8
        if size == 1:
            size, begin = int.from_bytes(header[8:16], "big"), at + 16
        elif size == 0:
            size = stop - at
        if size < begin - at:
            return
        yield kind, begin, at + size
        at += size
