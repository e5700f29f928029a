"""Whether a file is a video a unit may hand in: the limits, the looking, the verdict. rules: V3

Runs in a limited child (`media_uploads.child`); knows neither settings nor models.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.codec.context import ThreadType
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .containers import Container, count_tracks, is_cut_short, open_film, sniff
from .impressions import Ear, is_dark
from .limits import Limits
from .refusals import Params, code_of, explain

# How much of the announced time may be missing: rounding of the last sample, a late first frame.
TOLERATED_SECONDS = Fraction(2)
TOLERATED_SHARE = Fraction(1, 20)
# Packets decoded from a key frame at the start and in the middle, and from the last one to the end.
PACKETS_PER_PLACE = 10
PACKETS_AT_END = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer about one file; figures that were not reached are None.

    `width` and `height` are as seen (after `rotation`, degrees counter-clockwise);
    `duration_seconds` is how long there are pictures, with 3 places; `warnings` are codes of
    `refusals.WARNINGS`, only of an accepted file, and refuse nothing.
    """

    accepted: bool
    code: str
    params: Params = field(default_factory=dict)
    container: str | None = None
    duration_seconds: Decimal | None = None
    width: int | None = None
    height: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    rotation: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """Why, and how to mend it, in the reader's language."""
        return explain(self.code, self.params)

    def as_dict(self) -> dict[str, object]:
        """The JSON the `inspect_video` command prints."""
        seconds = self.duration_seconds
        return {
            "accepted": self.accepted,
            "code": self.code,
            "message": self.message,
            "container": self.container,
            "duration_seconds": None if seconds is None else str(seconds),
            "width": self.width,
            "height": self.height,
            "video_codec": self.video_codec,
            "audio_codec": self.audio_codec,
            "warnings": list(self.warnings),
        }


class Refused(Exception):
    """The file breaks a limit; carries the code and the figures its explanation names."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params: Params = params


def inspect(path: Path, *, limits: Limits) -> Verdict:
    """Look at the file at `path` and say whether it may be handed in. rules: V3

    Bytes before FFmpeg, headers before packets, packets before pictures: each step relies on what
    the one before has ruled out.
    """
    look = _Look(path, limits)
    try:
        look.at_bytes()
        look.at_headers()
        look.at_packets()
        look.at_pictures()
    except Refused as refusal:
        return look.verdict(refusal.code, refusal.params)
    except (av.FFmpegError, MemoryError, OSError, ValueError) as error:
        return look.verdict(code_of(error), {})
    return look.verdict("accepted", {})


def picture_stream(film: InputContainer) -> VideoStream | None:
    """The film's moving pictures: the first picture track that is not a cover or thumbnails."""
    still = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
    moving = (stream for stream in film.streams.video if not stream.disposition & still)
    return next(moving, None)


def sound_stream(film: InputContainer) -> AudioStream | None:
    """The film's first sound track that can be decoded."""
    return next((stream for stream in film.streams.audio if stream.codec_context), None)


def use_one_thread(stream: Stream) -> None:
    """One decoding thread: every further one holds its own reference pictures in memory."""
    stream.codec_context.thread_count = 1
    stream.codec_context.thread_type = ThreadType.NONE


def as_seconds(value: Fraction) -> Decimal:
    """An exact time as a Decimal with 3 places, the rest dropped."""
    return Decimal(value.numerator * 1000 // value.denominator).scaleb(-3)


class _Look:
    """One inspection under way: what has been found so far."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self.container: Container | None = None
        self.duration: Fraction | None = None
        self.width: int | None = None
        self.height: int | None = None
        self.video_codec: str | None = None
        self.audio_codec: str | None = None
        self.rotation = 0
        self.claimed = Fraction(0)
        self.picture_count = 0
        self.sound_count = 0
        self.keyframes: list[int] = []
        self.is_dark = True
        self.ear: Ear | None = None

    def verdict(self, code: str, params: Params) -> Verdict:
        return Verdict(
            accepted=code == "accepted",
            code=code,
            params=params,
            container=self.container.name if self.container else None,
            duration_seconds=None if self.duration is None else as_seconds(self.duration),
            width=self.width,
            height=self.height,
            video_codec=self.video_codec,
            audio_codec=self.audio_codec,
            rotation=self.rotation,
            warnings=self._warnings() if code == "accepted" else (),
        )

    def at_bytes(self) -> None:
        """Refuse by size, magic bytes and outer structure, before FFmpeg sees anything."""
        size = self.path.stat().st_size
        if size == 0:
            raise Refused("empty")
        if size > self.limits.max_bytes:
            megabyte = 1024**2
            raise Refused(
                "too_large",
                megabytes=-(-size // megabyte),
                max_megabytes=self.limits.max_bytes // megabyte,
            )
        self.container = sniff(self.path)
        if self.container is None:
            raise Refused("not_video")
        if is_cut_short(self.path, self.container):
            raise Refused("truncated")

    def at_headers(self) -> None:
        """Refuse by what the file says of itself: tracks, format, picture size, length."""
        if self.container:
            self._refuse_if_too_many_streams(count_tracks(self.path, self.container))
        with self._film() as film:
            self._refuse_if_too_many_streams(len(film.streams))
            pictures = picture_stream(film)
            if pictures is None:
                raise Refused("no_picture")
            if pictures.codec_context is None:
                raise Refused("unknown_codec")
            self.video_codec = pictures.codec_context.codec.canonical_name
            sound = sound_stream(film)
            if sound is not None:
                self.audio_codec = sound.codec_context.codec.canonical_name
            self._see_size(pictures.codec_context.width, pictures.codec_context.height)
            self.claimed = Fraction(film.duration or 0, av.time_base)
            self._refuse_if_too_long(self.claimed)

    def at_packets(self) -> None:
        """Measure the real length by reading every packet; refuse the too short and the cut."""
        pictures_from = pictures_to = first = last = None
        with self._film() as film:
            pictures, sound = picture_stream(film), sound_stream(film)
            for packet in film.demux():
                begin, end = _span(packet)
                if begin is None or end is None:
                    continue
                first = begin if first is None else min(first, begin)
                last = end if last is None else max(last, end)
                self._refuse_if_too_long(last - first)
                if packet.stream is pictures:
                    self._count_picture(packet)
                    pictures_from = begin if pictures_from is None else min(pictures_from, begin)
                    pictures_to = end if pictures_to is None else max(pictures_to, end)
                elif packet.stream is sound:
                    self.sound_count += 1
        if first is None or last is None or pictures_from is None or pictures_to is None:
            raise Refused("truncated" if self.claimed else "unreadable")
        self.duration = pictures_to - pictures_from
        missing = self.claimed - (last - first)
        if missing > max(TOLERATED_SECONDS, self.claimed * TOLERATED_SHARE):
            raise Refused("truncated")
        if self.duration < self.limits.min_seconds:
            raise Refused(
                "too_short",
                seconds=_for_reading(self.duration),
                min_seconds=self.limits.min_seconds,
            )
        self._refuse_if_too_many(self.duration)

    def at_pictures(self) -> None:
        """Decode a little at the start, in the middle and at the end; refuse what does not show."""
        places = self._places()
        at = sent = shown = wanted = 0
        with self._film() as film:
            pictures, sound = picture_stream(film), sound_stream(film)
            if pictures is None:
                raise Refused("no_picture")
            use_one_thread(pictures)
            self.ear = Ear(sound, self.sound_count) if sound else None
            for packet in film.demux(*(stream for stream in (pictures, sound) if stream)):
                if self.ear and packet.stream is sound:
                    self.ear.take(packet)
                if not packet.size or packet.stream is not pictures:
                    continue
                if at in places:
                    _refuse_if_damaged(sent, shown + self._shown(pictures, None))
                    pictures.codec_context.flush_buffers()
                    sent, shown, wanted = 0, 0, places[at]
                at += 1
                if sent < wanted:
                    sent += 1
                    shown += self._shown(pictures, packet)
            _refuse_if_damaged(sent, shown + self._shown(pictures, None))

    def _places(self) -> dict[int, int]:
        """At which pictures decoding begins, all key frames, and how many are decoded there."""
        half = self.picture_count // 2
        start, end = (self.keyframes[0], self.keyframes[-1]) if self.keyframes else (0, 0)
        middle = max((at for at in self.keyframes if at <= half), default=start)
        return {start: PACKETS_PER_PLACE, middle: PACKETS_PER_PLACE, end: PACKETS_AT_END}

    def _warnings(self) -> tuple[str, ...]:
        """What an organizer should look at; the sound is judged by what a copy would have of it."""
        warnings = ["black"] if self.is_dark else []
        if self.ear is None:
            warnings.append("no_sound")
        elif not self.ear.heard:
            warnings.append("silent")
        return tuple(warnings)

    def _film(self) -> AbstractContextManager[InputContainer]:
        if self.container is None:
            raise Refused("not_video")
        return open_film(self.path, self.container)

    def _see_size(self, width: int, height: int) -> None:
        """Keep the size of the picture; refuse what is too small or too large."""
        self.width, self.height = width, height
        limits = self.limits
        if max(width, height) > limits.max_side:
            raise Refused("too_large_picture", width=width, height=height, max_side=limits.max_side)
        if max(width, height) < limits.min_long_side or min(width, height) < limits.min_short_side:
            raise Refused(
                "too_small",
                width=width,
                height=height,
                min_long=limits.min_long_side,
                min_short=limits.min_short_side,
            )

    def _refuse_if_too_long(self, seconds: Fraction) -> None:
        if seconds > self.limits.max_seconds:
            raise Refused("too_long", seconds=-(-seconds // 1), max_seconds=self.limits.max_seconds)

    def _refuse_if_too_many_streams(self, streams: int) -> None:
        if streams > self.limits.max_streams:
            raise Refused("too_many_streams", streams=streams, max_streams=self.limits.max_streams)

    def _count_picture(self, packet: Packet[Stream]) -> None:
        if packet.is_keyframe:
            self.keyframes.append(self.picture_count)
        self.picture_count += 1
        self._refuse_if_too_many(self.limits.max_seconds)

    def _refuse_if_too_many(self, seconds: Fraction | int) -> None:
        if self.picture_count > seconds * self.limits.max_frame_rate:
            raise Refused("too_many_frames", max_frame_rate=self.limits.max_frame_rate)

    def _shown(self, pictures: VideoStream, packet: Packet[Any] | None) -> int:
        """How many whole pictures come out for `packet` (None: those still held back)."""
        try:
            frames = pictures.decode(packet)
        except av.InvalidDataError:
            return 0
        for frame in frames:
            self._see_frame(frame)
        return sum(not frame.is_corrupt for frame in frames)

    def _see_frame(self, frame: VideoFrame) -> None:
        """A picture's own size and turn count, not what the header promised."""
        self.rotation = frame.rotation
        sideways = frame.rotation in (90, -90)
        width, height = (frame.height, frame.width) if sideways else (frame.width, frame.height)
        self._see_size(width, height)
        self.is_dark = self.is_dark and is_dark(frame)


def _span(packet: Packet[Stream]) -> tuple[Fraction | None, Fraction | None]:
    """When what is in the packet begins and ends, in seconds; (None, None) for the closing one."""
    begin = packet.dts if packet.pts is None else packet.pts
    if not packet.size or begin is None or packet.time_base is None:
        return None, None
    return begin * packet.time_base, (begin + (packet.duration or 0)) * packet.time_base


def _refuse_if_damaged(sent: int, shown: int) -> None:
    """Half of what was sent to the decoder must come out whole."""
    if shown * 2 < sent:
        raise Refused("unreadable")


def _for_reading(seconds: Fraction) -> str:
    """Seconds with one decimal, the rest dropped: a video just too short never reads "10.0"."""
    return str(as_seconds(seconds).quantize(Decimal("0.1"), rounding=ROUND_DOWN))
