"""Test films made with PyAV when first asked for: small pictures, few a second, seconds to make."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.filter import Graph
from av.logging import PANIC, set_libav_level
from av.packet import Packet
from av.stream import Disposition

set_libav_level(PANIC)
RATE = 5


class Samples:
    """A folder of films; each method returns the path of one, made once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def good(self) -> Path:
        return self._once("good.mp4", lambda path: film(path, sound=True))

    def silent(self) -> Path:
        return self._once("silent.mp4", film)

    def with_place(self) -> Path:
        """It tells where it was filmed."""
        return self._once(
            "place.mp4", lambda path: film(path, metadata={"comment": "+09.6025+105.9739/"})
        )

    def exactly_ten_seconds(self) -> Path:
        return self._once("ten.mp4", lambda path: film(path, pictures=10 * RATE))

    def just_too_short(self) -> Path:
        return self._once("short.mp4", lambda path: film(path, pictures=99, rate=10))

    def too_small(self) -> Path:
        return self._once("small.mp4", lambda path: film(path, size=(480, 270)))

    def portrait(self) -> Path:
        return self._once("portrait.mp4", lambda path: film(path, size=(360, 640)))

    def turned(self, degrees: int) -> Path:
        """640x360 stored with a white top half, shown turned counter-clockwise by `degrees`."""
        return self._once(
            f"turned{degrees}.mp4",
            lambda path: film(path, rotation=degrees, filters=[("drawbox", WHITE_TOP)]),
        )

    def bright_hdr(self) -> Path:
        """10-bit HEVC marked as PQ, all of one grey that means 'very bright' only as PQ."""
        return self._once("hdr.mp4", hdr_film)

    def full_hd(self) -> Path:
        return self._once("fullhd.mp4", lambda path: film(path, size=(1920, 1080), rate=2))

    def fast(self) -> Path:
        """60 pictures a second."""
        return self._once("fast.mp4", lambda path: film(path, rate=60))

    def webm(self) -> Path:
        options = {"deadline": "realtime", "cpu-used": "8"}
        return self._once("good.webm", lambda path: film(path, codec="libvpx", options=options))

    def mkv(self) -> Path:
        return self._once("good.mkv", film)

    def mov(self) -> Path:
        return self._once("good.mov", film)

    def index_first(self) -> Path:
        return self._once("index-first.mp4", lambda path: film(path, faststart=True))

    def black_lead_in(self) -> Path:
        """Black for the first 20 % of its length."""
        black = ("drawbox", "t=fill:color=black:enable='lt(t,2.4)'")
        return self._once("black.mp4", lambda path: film(path, filters=[black]))

    def sound_only(self) -> Path:
        return self._once("sound.mp4", lambda path: film(path, pictures=0, sound=True))

    def sound_with_cover(self) -> Path:
        return self._once("cover.mp4", cover_film)

    def many_tracks(self) -> Path:
        return self._once("tracks.mkv", lambda path: film(path, extra_tracks=8, sound_seconds=1))

    def cut_mp4(self) -> Path:
        return self._once("cut.mp4", lambda path: _half(self.good(), path))

    def cut_index_first(self) -> Path:
        return self._once("cut-index-first.mp4", lambda path: _half(self.index_first(), path))

    def cut_mkv(self) -> Path:
        return self._once("cut.mkv", lambda path: _half(self.mkv(), path))

    def cut_mkv_of_open_length(self) -> Path:
        """Half a Matroska file whose segment, as in a live recording, leaves its end open."""

        def make(path: Path) -> None:
            data = bytearray(self.mkv().read_bytes())
            at = data.index(b"\x18\x53\x80\x67") + 4
            data[at : at + 8] = b"\x01" + b"\xff" * 7
            path.write_bytes(data[: len(data) // 2])

        return self._once("cut-open.mkv", make)

    def zeros_in_second_half(self) -> Path:
        """Right length, whole index, but the pictures of the second half never arrived."""

        def make(path: Path) -> None:
            data = self.index_first().read_bytes()
            path.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))

        return self._once("zeros.mp4", make)

    def lasts_for_ever(self) -> Path:
        """A few kilobytes that last 200,000 s: two pictures, the second very late."""
        return self._once("forever.mp4", lambda path: film(path, pictures=2, seconds_apart=200_000))

    def text(self) -> Path:
        return self._once("text.mp4", lambda path: path.write_text("Kính gửi Ban Tổ chức" * 500))

    def page(self) -> Path:
        return self._once("page.mp4", lambda path: path.write_text("<!doctype html><p>Video"))

    def empty(self) -> Path:
        return self._once("empty.mp4", lambda path: path.write_bytes(b""))

    def heic(self) -> Path:
        """The first bytes of a phone's still picture: ftyp, but no film."""
        head = (24).to_bytes(4, "big") + b"ftypheic" + bytes(4) + b"mif1heic"
        return self._once("picture.mp4", lambda path: path.write_bytes(head + bytes(2000)))

    def playlist(self, target: Path) -> Path:
        """An HLS playlist named .mp4 that names another file."""
        lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:12", "#EXTINF:12,", str(target)]
        return self._once(
            f"playlist-{target.stem}.mp4",
            lambda path: path.write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""])),
        )

    def concat_list(self, target: Path) -> Path:
        """A concat script named .mp4 that names another file."""
        return self._once(
            f"concat-{target.stem}.mp4",
            lambda path: path.write_text(f"ffconcat version 1.0\nfile '{target}'\n"),
        )

    def _once(self, name: str, make: Callable[[Path], object]) -> Path:
        path = self.folder / name
        if not path.exists():
            make(path)
        return path


WHITE_TOP = "x=0:y=0:w=iw:h=ih/2:t=fill:color=white"


def film(
    path: Path,
    *,
    pictures: int | None = None,
    rate: int = RATE,
    size: tuple[int, int] = (640, 360),
    sound: bool = False,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    rotation: int = 0,
    filters: list[tuple[str, str]] | None = None,
    faststart: bool = False,
    metadata: dict[str, str] | None = None,
    extra_tracks: int = 0,
    seconds_apart: int = 0,
    sound_seconds: int = 12,
) -> None:
    """Write a test film; by default 12 s of a moving test picture at 5 pictures a second."""
    width, height = size
    pictures = 12 * rate if pictures is None else pictures
    container_options = {"movflags": "+faststart"} if faststart else {}
    with av.open(str(path), "w", options=container_options) as out:
        out.metadata.update(metadata or {})
        if pictures:
            stream = out.add_stream(
                codec, rate=rate, options=options or {"preset": "ultrafast", "g": "10"}
            )
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.codec_context.thread_count = 1
            if rotation:
                stream.set_display_rotation(rotation)
        tracks = [
            out.add_stream("aac", rate=48_000) for _ in range(extra_tracks + (1 if sound else 0))
        ]
        if pictures:
            graph = moving_picture(width, height, rate, filters or [])
            for number in range(pictures):
                frame = graph.pull()
                frame.pts = number * (seconds_apart * rate or 1)
                frame.time_base = Fraction(1, rate)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        for track in tracks:
            for packet in tone(track, seconds=sound_seconds):
                out.mux(packet)


def moving_picture(width: int, height: int, rate: int, filters: list[tuple[str, str]]) -> Graph:
    """A source of FFmpeg's moving test picture, with filters behind it."""
    graph = Graph()
    steps = [("testsrc2", f"s={width}x{height}:r={rate}"), *filters, ("format", "yuv420p")]
    nodes = [graph.add(name, args) for name, args in steps]
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    return graph


def tone(track: AudioStream, *, seconds: int) -> Iterator[Packet]:
    """Packets of a 440 Hz tone."""
    graph = Graph()
    source = graph.add("sine", f"frequency=440:sample_rate=48000:duration={seconds}")
    form = graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo")
    graph.link_nodes(source, form, graph.add("abuffersink")).configure()
    while True:
        try:
            frame = graph.pull()
        except av.EOFError:
            break
        yield from track.encode(frame)
    yield from track.encode(None)


def hdr_film(path: Path) -> None:
    """12 s of one flat 10-bit grey tagged BT.2020 PQ."""
    with av.open(str(path), "w") as out:
        options = {"preset": "ultrafast", "x265-params": "log-level=0:pools=1"}
        stream = out.add_stream("libx265", rate=2, options=options)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace = 16, 9, 9
        for number in range(24):
            frame = av.VideoFrame(640, 360, "yuv420p10le")
            for plane, level in zip(frame.planes, (600, 512, 512), strict=True):
                plane.update(level.to_bytes(2, "little") * (plane.buffer_size // 2))
            frame.pts, frame.time_base = number, Fraction(1, 2)
            frame.color_trc, frame.color_primaries, frame.colorspace = 16, 9, 9
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def cover_film(path: Path) -> None:
    """Sound with a JPEG cover, as music files have: a picture track that is no film."""
    with av.open(str(path), "w") as out:
        track = out.add_stream("aac", rate=48_000)
        cover = out.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 640, 640, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        for packet in tone(track, seconds=12):
            out.mux(packet)
        frame = av.VideoFrame(640, 640, "yuvj420p")
        frame.pts, frame.time_base = 0, Fraction(1, 1)
        out.mux(cover.encode(frame))
        out.mux(cover.encode(None))


def _half(source: Path, path: Path) -> None:
    data = source.read_bytes()
    path.write_bytes(data[: len(data) // 2])
