"""The rows of the table that are refused: other things renamed, damaged, lying, or too much."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
from av.packet import Packet
from PIL import Image

from tests.media_uploads import hostile_bytes as lies
from tests.media_uploads import hostile_lists as lists
from tests.media_uploads.hostile import PAGE, Case, Make, film_bytes, lie
from tests.media_uploads.hostile_films import (
    Recipe,
    Sound,
    repeated,
    shoot,
    sound_only,
)
from tests.media_uploads.hostile_trap import Trap

SIDE_OF_A_BOMB = 8192


def bad(name: str, make: Make, *codes: str) -> Case:
    """A refused row; where the damage is drawn by lot more than one answer is right."""
    return Case(name, make, codes)


def of(data: bytes) -> Make:
    return lambda path, trap: path.write_bytes(data)


def text(make: Callable[[Trap], str]) -> Make:
    return lambda path, trap: lists.write(path, make(trap))


def film(recipe: Recipe) -> Make:
    return lambda path, trap: shoot(path, recipe)


def picture(form: str) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((640, 360), 60).save(file, form)
    return file.getvalue()


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        opened.writestr("video.mp4", b"video" * 100)
    return file.getvalue()


def bomb(path: Path, trap: Trap) -> None:
    """12 black pictures of 8,192 × 8,192 points in 16 bits: small here, 512 MiB each when seen."""
    side = SIDE_OF_A_BOMB
    squeeze = zlib.compressobj(1)
    row = bytes(1 + 8 * side)
    pixels = b"".join(squeeze.compress(row) for _ in range(side)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
    with av.open(str(path), "w", format="mov") as out:
        stream = out.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = side, side, "rgba64be"
        for number in range(12):
            packet = Packet(data)
            packet.stream, packet.is_keyframe = stream, True
            packet.pts = packet.dts = number
            packet.time_base = Fraction(1)
            out.mux(packet)


def brand(name: bytes, rest: bytes = b"") -> bytes:
    return lies.box(b"ftyp", name, bytes(4), name) + rest


RENAMED = [
    bad("empty.mp4", of(b""), "empty"),
    bad("letter.mp4", of("Kính gửi Ban Tổ chức".encode() * 500), "not_video"),
    bad("page.mp4", of(PAGE), "not_video"),
    bad("jpeg.mp4", of(picture("JPEG")), "not_video"),
    bad("png.mp4", of(picture("PNG")), "not_video"),
    bad("gif.mp4", of(picture("GIF")), "not_video"),
    bad("webp.mp4", of(picture("WEBP")), "not_video"),
    bad("heic.mp4", of(brand(b"heic", bytes(2000))), "not_video"),
    bad("pdf.mp4", of(b"%PDF-1.7\n" + b"1 0 obj\n" * 200), "not_video"),
    bad("zip.mp4", of(archive()), "not_video"),
    bad("avi.mp4", film(Recipe(codec="mpeg4", format="avi")), "not_video"),
    bad("ts.mp4", film(Recipe(format="mpegts")), "not_video"),
    bad("flv.mp4", film(Recipe(format="flv")), "not_video"),
    bad("noise.mp4", of(lies.noise(200_000, seed=1)), "not_video"),
]
LISTS = [
    bad("hls-http.mp4", text(lambda trap: lists.hls(trap.address)), "not_video"),
    bad("hls-file.mp4", text(lambda trap: lists.hls(str(trap.canary))), "not_video"),
    bad("hls-master.mp4", text(lambda trap: lists.hls_master(trap.address)), "not_video"),
    bad("hls-key.mp4", text(lambda trap: lists.hls_key(trap.address)), "not_video"),
    bad("dash-http.mp4", text(lambda trap: lists.dash(trap.address)), "not_video"),
    bad("dash-file.mp4", text(lambda trap: lists.dash(str(trap.canary))), "not_video"),
    bad("concat-http.mp4", text(lambda trap: lists.concat(trap.address)), "not_video"),
    bad("concat-file.mp4", text(lambda trap: lists.concat(str(trap.canary))), "not_video"),
    bad("sdp.mp4", text(lambda trap: lists.sdp(trap.rtp_port)), "not_video"),
    # "v=0" and the line's end read as the length of a box.
    bad("sdp-and-brand.mp4", text(lambda trap: "v=0\nftypisom\n" + lists.sdp(9)), "truncated"),
    bad("page-and-brand.mp4", of(b"<!--ftypisom-->" + PAGE), "truncated"),
    bad(
        "list-in-index.mp4",
        lambda path, trap: path.write_bytes(
            brand(b"isom", lies.box(b"moov", lists.hls(trap.address).encode()))
        ),
        "no_picture",
    ),
    bad(
        "list-in-matroska.mp4",
        lambda path, trap: path.write_bytes(
            trap.matroska[:64] + lists.hls(trap.address).encode() * 20
        ),
        "truncated",
    ),
    bad(
        "pictures-elsewhere.mov",
        lambda path, trap: path.write_bytes(lies.pointing_to(trap.good, trap.canary)),
        "truncated",
    ),
]
DAMAGED = [
    bad("no-index.mp4", lie(lambda data: lies.without(data, b"moov")), "truncated"),
    bad("no-tracks.mp4", lie(lambda data: lies.without(data, b"trak")), "no_picture"),
    bad("no-samples.mp4", lie(lambda data: lies.without(data, b"stbl")), "unknown_codec"),
    bad("half.mp4", lie(lambda data: lies.part(data, 0.5)), "truncated"),
    bad("last-byte.mp4", lie(lambda data: data[:-1]), "truncated"),
    bad("ten-bytes.mp4", lie(lambda data: data[:10]), "not_video"),
    bad(
        "half-index-first.mp4",
        lambda path, trap: path.write_bytes(lies.part(trap.index_first, 0.5)),
        "truncated",
    ),
    bad(
        "half.mkv", lambda path, trap: path.write_bytes(lies.part(trap.matroska, 0.5)), "truncated"
    ),
    bad("head.mkv", lambda path, trap: path.write_bytes(trap.matroska[:40]), "unreadable"),
    bad("zeros.mp4", lie(lambda data: data[:400] + bytes(len(data) - 400)), "truncated"),
    bad(
        "flipped-everywhere.mp4",
        lie(lambda data: lies.flipped(data, share=0.02, seed=1)),
        *("unreadable", "truncated", "not_video"),
    ),
    bad(
        "flipped-index.mp4",
        lie(lambda data: lies.flipped(data, share=0.05, seed=2, start=data.rindex(b"moov") + 8)),
        *("unreadable", "truncated", "no_picture", "too_short", "too_long", "unknown_codec"),
    ),
    bad(
        "flipped-pictures.mkv",
        lambda path, trap: path.write_bytes(
            lies.flipped(trap.matroska, share=0.01, seed=3, start=1000)
        ),
        *("unreadable", "truncated", "too_short"),
    ),
    bad("noise-and-brand.mp4", of(brand(b"isom", lies.noise(200_000, seed=4))), "truncated"),
    bad(
        "noise-index.mp4",
        of(brand(b"isom", lies.box(b"moov", lies.noise(200_000, seed=5)))),
        *("unreadable", "no_picture"),
    ),
    bad("noise.webm", of(b"\x1a\x45\xdf\xa3" + lies.noise(200_000, seed=6)), "not_video"),
    bad("unknown-codec.mp4", lie(lies.renamed_codec), "unknown_codec"),
]
TOO_MUCH = [
    bad("sound.mp4", lambda path, trap: sound_only(path), "no_picture"),
    bad("mp3.mp4", lambda path, trap: sound_only(path, Sound("libmp3lame")), "no_picture"),
    bad("short.mp4", film(Recipe(pictures=19)), "too_short"),
    bad("small.mp4", film(Recipe(size=(480, 270))), "too_small"),
    bad("narrow.mp4", film(Recipe(size=(1280, 200))), "too_small"),
    bad(
        "for-ever.mp4",
        film(Recipe(rate=5, pictures=2, moment=lambda number: number * 1_000_000)),
        "too_long",
    ),
    bad(
        "for-ever.mkv",
        film(Recipe(pictures=2, moment=lambda number: number * 400_000)),
        "too_long",
    ),
    bad("ten-minutes-and-one.mp4", film(Recipe(rate=1, pictures=601)), "too_long"),
    bad(
        "wide.mp4",
        film(Recipe(size=(16_000, 400), pictures=12, rate=1)),
        "too_large_picture",
    ),
    bad(
        "wide-but-says-small.mp4",
        lambda path, trap: path.write_bytes(
            lies.said_to_be(film_bytes(path, Recipe(size=(16_000, 400), pictures=12)), 640, 360)
        ),
        "too_large_picture",
    ),
    bad("thousand-tracks.mp4", lie(lambda data: lies.with_tracks(data, 1000)), "too_many_streams"),
    bad(
        "thousand-tracks.mkv",
        lambda path, trap: path.write_bytes(lies.with_matroska_tracks(trap.matroska, 1000)),
        "too_many_streams",
    ),
    bad("nine-tracks.mp4", lie(lambda data: lies.with_tracks(data, 8)), "too_many_streams"),
    bad(
        "thousand-a-second.mp4",
        lambda path, trap: repeated(path, rate=1000, pictures=12_000),
        "too_many_frames",
    ),
    bad("endless-samples.mp4", lie(lies.endless_samples), "truncated", "unreadable", "too_heavy"),
    bad("nested.mp4", of(lies.nested(10_000)), "unreadable", "no_picture"),
    bad("picture-bomb.mov", bomb, "too_heavy"),
]
REFUSED = [*RENAMED, *LISTS, *DAMAGED, *TOO_MUCH]
