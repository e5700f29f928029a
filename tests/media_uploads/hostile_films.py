"""Films of every kind a unit may hand in, made with PyAV: few small pictures, quick to make."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.logging import PANIC, set_libav_level
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

set_libav_level(PANIC)

X264 = {"preset": "ultrafast", "g": "10"}
X265 = {"preset": "ultrafast", "x265-params": "log-level=0:pools=1:keyint=10"}
# By encoder: the form of sample it takes and how many make one of its frames.
SOUND_FORMS = {
    "aac": ("fltp", 1024),
    "ac3": ("fltp", 1536),
    "flac": ("s16", 4608),
    "libmp3lame": ("fltp", 1152),
    "libopus": ("s16", 960),
    "pcm_s16le": ("s16", 1024),
}
TONE, STILLNESS = "sine=frequency=440", "anullsrc"


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound track as long as the film; `source` is one of FFmpeg's."""

    codec: str = "aac"
    rate: int = 48_000
    layout: str = "stereo"
    source: str = TONE


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a film is made; as it stands: 12 s of a moving test picture, 640×360, without sound."""

    codec: str = "libx264"
    options: Mapping[str, str] = field(default_factory=lambda: X264)
    size: tuple[int, int] = (640, 360)
    rate: int = 2
    pictures: int = 24
    pixels: str = "yuv420p"
    rotation: int = 0
    aspect: Fraction = Fraction(1)
    curve: int = 0
    source: str = "testsrc2"
    filters: tuple[tuple[str, str], ...] = ()
    # When picture number n is shown, in 1/rate s.
    moment: Callable[[int], int] = int
    sounds: tuple[Sound, ...] = ()
    mux: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> int:
        return self.pictures // self.rate


def shoot(path: Path, recipe: Recipe) -> None:
    """Write the film of `recipe`."""
    with av.open(str(path), "w", format=recipe.format, options=dict(recipe.mux)) as out:
        out.metadata.update(recipe.metadata)
        pictures = _picture_stream(out, recipe)
        tracks = [
            (sound, out.add_stream(sound.codec, rate=sound.rate, layout=sound.layout))
            for sound in recipe.sounds
        ]
        for frame in _frames(recipe):
            out.mux(pictures.encode(frame))
        out.mux(pictures.encode(None))
        for sound, track in tracks:
            for packet in _packets(track, sound, recipe.seconds):
                out.mux(packet)


def with_cover(path: Path) -> None:
    """A film with a JPEG cover before it, as shops and editors add one."""
    recipe = Recipe(sounds=(Sound(),))
    with av.open(str(path), "w") as out:
        cover = out.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 320, 320, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        pictures = _picture_stream(out, recipe)
        track = out.add_stream("aac", rate=48_000)
        still = VideoFrame(320, 320, "yuvj420p")
        still.pts, still.time_base = 0, Fraction(1, 1)
        out.mux(cover.encode(still))
        out.mux(cover.encode(None))
        for frame in _frames(recipe):
            out.mux(pictures.encode(frame))
        out.mux(pictures.encode(None))
        for packet in _packets(track, Sound(), recipe.seconds):
            out.mux(packet)


def repeated(path: Path, *, rate: int, pictures: int) -> None:
    """One key picture over and over: thousands of pictures without encoding thousands."""
    recipe = Recipe(rate=rate, pictures=1, options={**X264, "g": "1"})
    with av.open(str(path), "w") as out:
        stream = _picture_stream(out, recipe)
        first = [*stream.encode(next(_frames(recipe))), *stream.encode(None)]
        data = b"".join(bytes(packet) for packet in first)
        for number in range(pictures):
            packet = Packet(data)
            packet.stream, packet.is_keyframe = stream, True
            packet.pts = packet.dts = number
            packet.duration, packet.time_base = 1, Fraction(1, rate)
            out.mux(packet)


def sound_only(path: Path, sound: Sound = Sound()) -> None:
    """A sound track and nothing else."""
    with av.open(str(path), "w") as out:
        track = out.add_stream(sound.codec, rate=sound.rate, layout=sound.layout)
        for packet in _packets(track, sound, 12):
            out.mux(packet)


def _picture_stream(out: OutputContainer, recipe: Recipe) -> VideoStream:
    options = dict(recipe.options)
    stream = out.add_stream(recipe.codec, rate=recipe.rate, options=options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = recipe.size
    stream.pix_fmt = recipe.pixels
    context = stream.codec_context
    context.thread_count = 1
    context.sample_aspect_ratio = recipe.aspect
    if recipe.curve:
        context.color_trc, context.color_primaries, context.colorspace = recipe.curve, 9, 9
    if recipe.rotation:
        stream.set_display_rotation(recipe.rotation)
    return stream


def _frames(recipe: Recipe) -> Iterator[VideoFrame]:
    graph = Graph()
    width, height = recipe.size
    steps = [
        (recipe.source, f"s={width}x{height}:r={recipe.rate}"),
        *recipe.filters,
        ("format", recipe.pixels),
        ("buffersink", ""),
    ]
    graph.link_nodes(*(graph.add(name, args or None) for name, args in steps)).configure()
    for number in range(recipe.pictures):
        frame = graph.pull()
        assert isinstance(frame, VideoFrame)
        frame.pts, frame.time_base = recipe.moment(number), Fraction(1, recipe.rate)
        if recipe.curve:
            frame.color_trc, frame.color_primaries, frame.colorspace = recipe.curve, 9, 9
        yield frame


def _packets(track: AudioStream, sound: Sound, seconds: int) -> Iterator[Packet]:
    form, size = SOUND_FORMS[sound.codec]
    name, _, args = sound.source.partition("=")
    length = f"duration={seconds}:sample_rate={sound.rate}"
    graph = Graph()
    graph.link_nodes(
        graph.add(name, f"{args}:{length}" if args else length),
        graph.add("aformat", f"sample_fmts={form}:channel_layouts={sound.layout}"),
        graph.add("asetnsamples", f"n={size}:p=0"),
        graph.add("abuffersink"),
    ).configure()
    while True:
        try:
            frame = graph.pull()
        except av.EOFError:
            break
        yield from track.encode(frame)
    yield from track.encode(None)
