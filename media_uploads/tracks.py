"""One picture or sound track on its way into the copy: filter graph, encoder, timestamps."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self, overload

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .inspection import use_one_thread

SHORT_SIDE = 720
LONG_SIDE = 1920
FRAME_RATE = 30
KEYFRAME_SECONDS = 2
PICTURE_OPTIONS = {"preset": "veryfast", "crf": "23", "maxrate": "2500k", "bufsize": "5000k"}
SOUND_RATE = 48_000
SOUND_BIT_RATE = 128_000
# A broken timestamp may make the filters repeat a picture or a silence for hours.
SPARE_SECONDS = 5
# FFmpeg's numbers: the brightness curves PQ and HLG, and everything of BT.709.
HDR_CURVES = (16, 18)
BT709 = 1
TO_SDR = "out_transfer=bt709:out_primaries=bt709:out_color_matrix=bt709:intent=perceptual"
HALF_TURN = [("hflip", ""), ("vflip", "")]
# By rotation and mirroring, as FFmpeg's own program reads a film's display matrix.
TURNS = {
    (90, False): [("transpose", "cclock")],
    (-90, False): [("transpose", "clock")],
    (180, False): HALF_TURN,
    (-180, False): HALF_TURN,
    (0, True): [("vflip", "")],
    (90, True): [("transpose", "clock_flip")],
    (-90, True): [("transpose", "cclock_flip")],
    (180, True): [("hflip", "")],
    (-180, True): [("hflip", "")],
}


class EndlessTrack(Exception):
    """A track goes on far past what its inspection measured."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides how a picture must be changed to be served."""

    width: int
    height: int
    pixels: str
    rotation: int
    mirrored: bool
    interlaced: bool
    curve: int
    pixel_aspect: Fraction
    codec: str
    rate: Fraction

    @classmethod
    def of(cls, frame: VideoFrame, stream: VideoStream, *, mirrored: bool) -> Self:
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        return cls(
            width=frame.width,
            height=frame.height,
            pixels=frame.format.name,
            rotation=frame.rotation,
            mirrored=mirrored,
            interlaced=frame.interlaced_frame,
            curve=frame.color_trc,
            pixel_aspect=stream.sample_aspect_ratio or Fraction(1),
            codec=stream.codec_context.codec.canonical_name,
            rate=rate,
        )

    @property
    def is_plain(self) -> bool:
        """True if a phone's browser shows it rightly as it is."""
        return (
            self.codec == "h264"
            and self.pixels == "yuv420p"
            and min(self.width, self.height) <= SHORT_SIDE
            and max(self.width, self.height) <= LONG_SIDE
            and self.width % 2 == self.height % 2 == 0
            and self.rotation == 0
            and not self.mirrored
            and self.pixel_aspect == 1
            and not self.interlaced
            and self.curve not in HDR_CURVES
            and self.rate <= FRAME_RATE
        )

    @property
    def served_size(self) -> tuple[int, int]:
        """Width and height to serve: upright, square pixels, at most 720p, even, never enlarged."""
        width, height = self.width * self.pixel_aspect, Fraction(self.height)
        if self.rotation in (90, -90):
            width, height = height, width
        scale = min(
            Fraction(1),
            SHORT_SIDE / min(width, height),
            LONG_SIDE / max(width, height),
        )
        return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)

    @property
    def served_rate(self) -> Fraction:
        """Pictures a second, constant: the source's own up to 30."""
        return min(Fraction(FRAME_RATE), max(Fraction(1), self.rate.limit_denominator(1001)))


def is_mirrored(frame: VideoFrame) -> bool:
    """True if the picture is shown as in a mirror, which a camera in a phone's front may ask.

    Ask it of one picture only: afterwards that picture is held until the next `gc.collect`.
    """
    matrix: Any = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return False
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix))
    return bool(a * d - b * c < 0)


class PictureTrack:
    """Pictures in, upright evenly timed H.264 out."""

    def __init__(
        self,
        copy: OutputContainer,
        source: VideoStream,
        shape: Shape,
        start: Fraction,
        max_seconds: int,
    ) -> None:
        use_one_thread(source)
        self.copy, self.source, self.shape, self.start = copy, source, shape, start
        self.size, self.rate = shape.served_size, shape.served_rate
        self.most = (max_seconds + SPARE_SECONDS) * FRAME_RATE
        self.reached = start
        self.last_pts = -1
        self.graph: Graph | None = None
        self.target = copy.add_stream("libx264", rate=self.rate, options=dict(PICTURE_OPTIONS))
        context = self.target.codec_context
        context.width, context.height = self.size
        context.pix_fmt = "yuv420p"
        context.time_base = 1 / self.rate
        context.gop_size = max(1, int(self.rate * KEYFRAME_SECONDS))
        context.thread_count = 1
        if shape.curve in HDR_CURVES:
            context.color_trc = context.color_primaries = context.colorspace = BT709

    def take(self, packet: Packet[VideoStream]) -> None:
        """Decode one packet and write what comes out."""
        for frame in _decoded(self.source, packet):
            frame_base = frame.time_base or self.source.time_base
            if frame.pts is None or frame_base is None:
                continue
            self.reached = max(self.reached, frame.pts * frame_base)
            frame.pts -= int(self.start / frame_base)
            shape = Shape.of(frame, self.source, mirrored=self.shape.mirrored)
            if self.graph is None or shape != self.shape:
                self._drain()
                self.shape = shape
                self.graph = self._build_graph(frame.format.name, frame_base)
            self.graph.vpush(frame)
            self._write()

    def close(self) -> None:
        """Write what filters and encoder still hold."""
        self._drain()
        self.copy.mux(self.target.encode(None))

    def _drain(self) -> None:
        if self.graph is not None:
            self.graph.vpush(None)
            self._write()

    def _write(self) -> None:
        for frame in _pulled(self.graph):
            if frame.pts <= self.last_pts:
                continue
            self.last_pts = frame.pts
            if self.last_pts > self.most:
                raise EndlessTrack
            frame.pict_type = 0  # the source's picture types are not the encoder's
            self.copy.mux(self.target.encode(frame))

    def _build_graph(self, pixels: str, time_base: Fraction) -> Graph:
        width, height = self.size
        steps = [("yadif", "deint=interlaced")] if self.shape.interlaced else []
        steps += TURNS.get((self.shape.rotation, self.shape.mirrored), [])
        steps += [("scale", f"{width}:{height}:out_range=tv")]
        if self.shape.curve in HDR_CURVES:
            # After the scaling: its colour table costs thirty times more on a 4K picture.
            steps += [("scale", TO_SDR)]
        steps += [
            ("setsar", "1"),
            ("fps", f"{self.rate}"),
            ("format", "yuv420p"),
            ("buffersink", ""),
        ]
        graph = Graph()
        graph.threads = 1
        first = graph.add_buffer(
            width=self.shape.width,
            height=self.shape.height,
            format=av.VideoFormat(pixels),
            time_base=time_base,
        )
        graph.link_nodes(first, *(graph.add(name, args or None) for name, args in steps))
        graph.configure()
        return graph


class SoundTrack:
    """Sound in, AAC stereo at 48 kHz out, gaps filled with silence."""

    def __init__(
        self, copy: OutputContainer, source: AudioStream, start: Fraction, max_seconds: int
    ) -> None:
        self.copy, self.source, self.start = copy, source, start
        self.most = (max_seconds + SPARE_SECONDS) * SOUND_RATE
        self.graph: Graph | None = None
        self.form: tuple[str, str, int] | None = None
        self.target = copy.add_stream("aac", rate=SOUND_RATE)
        self.target.codec_context.bit_rate = SOUND_BIT_RATE
        self.target.codec_context.layout = "stereo"

    def take(self, packet: Packet[AudioStream]) -> None:
        """Decode one packet and write what comes out."""
        for frame in _decoded(self.source, packet):
            frame_base = frame.time_base or self.source.time_base
            if frame.pts is None or frame_base is None:
                continue
            frame.pts -= int(self.start / frame_base)
            form = (frame.format.name, frame.layout.name, frame.sample_rate)
            if self.graph is None:
                self.graph, self.form = self._build_graph(form, frame_base), form
            if form == self.form:
                self.graph.push(frame)
                self._write()

    def close(self) -> None:
        """Write what filters and encoder still hold."""
        if self.graph is not None:
            self.graph.push(None)
            self._write()
        self.copy.mux(self.target.encode(None))

    def _write(self) -> None:
        for frame in _pulled(self.graph):
            if frame.pts is not None and frame.pts > self.most:
                raise EndlessTrack
            self.copy.mux(self.target.encode(frame))

    def _build_graph(self, form: tuple[str, str, int], time_base: Fraction) -> Graph:
        sample_format, layout, rate = form
        graph = Graph()
        graph.threads = 1
        first = graph.add_abuffer(
            sample_rate=rate, format=sample_format, layout=layout, time_base=time_base
        )
        graph.link_nodes(
            first,
            graph.add("aresample", f"{SOUND_RATE}:async=1:first_pts=0"),
            graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo"),
            graph.add("abuffersink"),
        )
        graph.configure()
        return graph


@overload
def _decoded(stream: VideoStream, packet: Packet[VideoStream]) -> list[VideoFrame]: ...
@overload
def _decoded(stream: AudioStream, packet: Packet[AudioStream]) -> list[AudioFrame]: ...
def _decoded(stream: Any, packet: Any) -> list[Any]:
    """The frames of `packet`; none where it is damaged."""
    try:
        return stream.decode(packet)
    except av.InvalidDataError:
        return []


def _pulled(graph: Graph | None) -> Iterator[Any]:
    """What the filters have ready; nothing before the first frame has made them."""
    while graph is not None:
        try:
            yield graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
