"""The copy everyone is served: H.264/AAC MP4 at 720p at most, and its poster. rules: V4

Runs in a limited child (`media_uploads.child`); knows neither settings nor models.
"""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream
from PIL import Image, ImageStat

from .containers import MP4, Container, open_film, sniff
from .inspection import as_seconds, picture_stream, sound_stream, use_one_thread
from .limits import Limits
from .refusals import code_of
from .tracks import EndlessTrack, PictureTrack, Shape, SoundTrack, is_mirrored

POSTER_WIDTH = 960
# A copy is watched over a phone's connection; above this even a fitting source is encoded again.
REMUX_BIT_RATE = 4_000_000
# Clocks of players and editors round; a phone that saves light is further off than this.
UNEVEN_SHARE = Fraction(1, 20)
# A poster darker than this (mean of 0 to 255) is a black lead-in: the next place is tried.
DARK = 24
POSTER_PLACES = (Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
# Index first, so that playing starts before all is fetched; no program names or dates inside.
COPY_OPTIONS = {"movflags": "+faststart", "fflags": "+bitexact"}

OnProgress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Encoded:
    """What was made: the copy's size as seen, its length in seconds (3 places), its bytes."""

    width: int
    height: int
    duration_seconds: Decimal
    size: int
    has_sound: bool
    remuxed: bool


class CannotEncode(Exception):
    """No copy can be made; `code` is one of `refusals.REASONS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def encode(
    source: Path, copy_path: Path, poster_path: Path, *, limits: Limits, on_progress: OnProgress
) -> Encoded:
    """Write the playable copy and the poster of an accepted `source`; all or nothing. rules: V4

    Both appear under their names only when both are whole. `on_progress` gets percents, rising.
    A source that already fits is only put into a new MP4. Raises `CannotEncode`.
    """
    copy_part = copy_path.with_name(copy_path.name + ".part")
    poster_part = poster_path.with_name(poster_path.name + ".part")
    try:
        container = sniff(source)
        if container is None:
            raise CannotEncode("not_video")
        shape = _first_shape(source, container)
        # What has told of its mirroring refers to itself; in 8K it is 50 MB.
        gc.collect()
        is_even = shape.is_plain and _is_even(source, container)
        with (
            open_film(source, container) as film,
            av.open(str(copy_part), "w", format="mp4", options=COPY_OPTIONS) as copy,
        ):
            remuxed = is_even and _fits(film, container, shape)
            if remuxed:
                _remux(film, copy, on_progress)
            else:
                _transcode(film, copy, shape, limits, on_progress)
        made = _facts(copy_part, remuxed=remuxed)
        _write_poster(copy_part, poster_part, made.duration_seconds)
        copy_part.replace(copy_path)
        poster_part.replace(poster_path)
    except EndlessTrack as endless:
        raise CannotEncode("too_long") from endless
    except (av.FFmpegError, MemoryError, OSError, ValueError) as error:
        raise CannotEncode(code_of(error)) from error
    finally:
        copy_part.unlink(missing_ok=True)
        poster_part.unlink(missing_ok=True)
    on_progress(100)
    return made


def _first_shape(source: Path, container: Container) -> Shape:
    """How the first picture looks: only decoding tells its turn, interlacing, brightness curve."""
    with open_film(source, container) as film:
        pictures = picture_stream(film)
        if pictures is None:
            raise CannotEncode("no_picture")
        use_one_thread(pictures)
        for packet in film.demux(pictures):
            try:
                frames = pictures.decode(packet)
            except av.InvalidDataError:
                continue
            if frames:
                return Shape.of(frames[0], pictures, mirrored=is_mirrored(frames[0]))
    raise CannotEncode("unreadable")


def _is_even(source: Path, container: Container) -> bool:
    """True if the pictures follow one another at a constant rate, but for rounding."""
    with open_film(source, container) as film:
        pictures = picture_stream(film)
        if pictures is None:
            raise CannotEncode("no_picture")
        times = sorted(packet.pts for packet in film.demux(pictures) if packet.pts is not None)
    steps = [later - earlier for earlier, later in pairwise(times)]
    if not steps:
        return False
    mean = Fraction(times[-1] - times[0], len(steps))
    rounding = max(Fraction(1), mean * UNEVEN_SHARE)
    return all(abs(step - mean) <= rounding for step in steps)


def _fits(film: InputContainer, container: Container, shape: Shape) -> bool:
    """True if the source's tracks can be served as they are."""
    sound = sound_stream(film)
    return (
        container == MP4
        and shape.is_plain
        and film.bit_rate <= REMUX_BIT_RATE
        and (sound is None or sound.codec_context.codec.canonical_name == "aac")
    )


def _remux(film: InputContainer, copy: OutputContainer, on_progress: OnProgress) -> None:
    """Put picture and sound into the new MP4 unchanged, everything else left out."""
    sources = [stream for stream in (picture_stream(film), sound_stream(film)) if stream]
    targets = {
        stream.index: copy.add_stream_from_template(stream, opaque=True) for stream in sources
    }
    percent = _Percent(film, on_progress)
    for packet in film.demux(sources):
        if packet.dts is None or not packet.size:
            continue
        percent.at(packet.dts * packet.time_base)
        packet.stream = targets[packet.stream.index]
        copy.mux(packet)


def _transcode(
    film: InputContainer,
    copy: OutputContainer,
    shape: Shape,
    limits: Limits,
    on_progress: OnProgress,
) -> None:
    """Decode, turn, scale, even out the time, encode; what cannot be decoded is skipped."""
    pictures, sound = picture_stream(film), sound_stream(film)
    assert pictures is not None  # _first_shape has decoded it
    start = Fraction(film.start_time or 0, av.time_base)
    picture_track = PictureTrack(copy, pictures, shape, start, limits.max_seconds)
    tracks: dict[int, Any] = {pictures.index: picture_track}
    if sound is not None:
        tracks[sound.index] = SoundTrack(copy, sound, start, limits.max_seconds)
    percent = _Percent(film, on_progress)
    for packet in film.demux(*(stream for stream in (pictures, sound) if stream)):
        tracks[packet.stream.index].take(packet)
        percent.at(picture_track.reached)
    for track in tracks.values():
        track.close()


class _Percent:
    """Turns the place reached into percents and reports each once, 100 left for the very end."""

    def __init__(self, film: InputContainer, on_progress: OnProgress) -> None:
        self.start = Fraction(film.start_time or 0, av.time_base)
        self.duration = Fraction(film.duration or 0, av.time_base)
        self.on_progress = on_progress
        self.last = 0

    def at(self, reached: Fraction) -> None:
        if not self.duration:
            return
        percent = min(99, int(100 * (reached - self.start) / self.duration))
        if percent > self.last:
            self.last = percent
            self.on_progress(percent)


def _facts(copy_part: Path, *, remuxed: bool) -> Encoded:
    """What the written copy says of itself."""
    with open_film(copy_part, MP4) as film:
        pictures = picture_stream(film)
        if pictures is None or not film.duration:
            raise CannotEncode("unreadable")
        return Encoded(
            width=pictures.codec_context.width,
            height=pictures.codec_context.height,
            duration_seconds=as_seconds(Fraction(film.duration, av.time_base)),
            size=copy_part.stat().st_size,
            has_sound=sound_stream(film) is not None,
            remuxed=remuxed,
        )


def _write_poster(copy_part: Path, poster_part: Path, duration: Decimal) -> None:
    """A JPEG of the copy at a tenth of its length, or further on where that is dark."""
    brightest: Image.Image | None = None
    best = -1.0
    with open_film(copy_part, MP4) as film:
        pictures = picture_stream(film)
        if pictures is None:
            raise CannotEncode("unreadable")
        use_one_thread(pictures)
        for place in POSTER_PLACES:
            picture = _picture_at(film, pictures, place * Fraction(duration))
            brightness = ImageStat.Stat(picture.convert("L")).mean[0] if picture else -1.0
            if picture and brightness > best:
                brightest, best = picture, brightness
            if best > DARK:
                break
    if brightest is None:
        raise CannotEncode("unreadable")
    brightest.thumbnail((POSTER_WIDTH, POSTER_WIDTH * 4))
    brightest.save(poster_part, format="JPEG", quality=82, optimize=True)


def _picture_at(
    film: InputContainer, pictures: VideoStream, seconds: Fraction
) -> Image.Image | None:
    """The copy's picture at `seconds`, or the last one before."""
    film.seek(int(seconds * av.time_base))
    found = None
    for frame in film.decode(pictures):
        found = frame
        if frame.time >= seconds:
            break
    return found.to_image(threads=1) if found else None
