"""The copy and the poster, measured with FFmpeg and Pillow on what was written. rules: V4"""

import json
import subprocess
import sys
from dataclasses import asdict, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image, ImageStat

from media_uploads.child import ENCODING_FENCE, EncodeFailure, run_encoding
from media_uploads.encoding import CannotEncode, Encoded, encode
from media_uploads.limits import Limits
from tests.media_uploads.samples import Samples

LIMITS = Limits()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where copy and poster are written; nothing else is in it."""
    folder = tmp_path / "copies"
    folder.mkdir()
    return folder


def made(source: Path, folder: Path) -> tuple[Encoded, Path, Path]:
    """The copy and poster of `source`, made in this process."""
    copy, poster = folder / "copy.mp4", folder / "poster.jpg"
    encoded = encode(source, copy, poster, limits=LIMITS, on_progress=lambda percent: None)
    return encoded, copy, poster


def test_a_source_that_fits_is_only_put_into_a_new_file(samples: Samples, folder: Path) -> None:
    encoded, copy, _ = made(samples.good(), folder)
    assert encoded == Encoded(
        width=640,
        height=360,
        duration_seconds=Decimal("12.000"),
        size=copy.stat().st_size,
        has_sound=True,
        remuxed=True,
    )
    assert _pictures(copy) == _pictures(samples.good())


@pytest.mark.parametrize("name", ["good", "webm", "fast", "turned"])
def test_the_copy_is_what_every_browser_plays(samples: Samples, folder: Path, name: str) -> None:
    source = samples.turned(90) if name == "turned" else getattr(samples, name)()
    _, copy, _ = made(source, folder)
    data = copy.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    with av.open(str(copy)) as film:
        video = film.streams.video[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert video.average_rate <= 30
        times = [frame.pts * frame.time_base for frame in film.decode(video)]
    assert {later - earlier for earlier, later in zip(times, times[1:], strict=False)} == {
        1 / video.average_rate
    }
    assert len(times) / video.average_rate == 12


def test_sixty_pictures_a_second_become_thirty(samples: Samples, folder: Path) -> None:
    _, copy, _ = made(samples.fast(), folder)
    with av.open(str(copy)) as film:
        assert film.streams.video[0].average_rate == 30


def test_a_large_picture_becomes_720p(samples: Samples, folder: Path) -> None:
    encoded, _, poster = made(samples.full_hd(), folder)
    assert (encoded.width, encoded.height) == (1280, 720)
    with Image.open(poster) as picture:
        assert picture.size == (960, 540)


@pytest.mark.parametrize(("degrees", "white_side"), [(90, "left"), (-90, "right"), (180, "bottom")])
def test_a_phone_film_is_turned_upright(
    samples: Samples, folder: Path, degrees: int, white_side: str
) -> None:
    """Its stored top is white; turned counter-clockwise by 90 degrees the top is the left."""
    encoded, copy, poster = made(samples.turned(degrees), folder)
    sideways = degrees in (90, -90)
    assert (encoded.width, encoded.height) == ((360, 640) if sideways else (640, 360))
    with av.open(str(copy)) as film:
        assert next(film.decode(video=0)).rotation == 0
    with Image.open(poster) as opened:
        picture = opened.convert("L")
    width, height = picture.size
    halves = {
        "left": (0, 0, width // 2, height),
        "right": (width // 2, 0, width, height),
        "top": (0, 0, width, height // 2),
        "bottom": (0, height // 2, width, height),
    }
    brightness = {side: ImageStat.Stat(picture.crop(box)).mean[0] for side, box in halves.items()}
    assert max(brightness, key=lambda side: brightness[side]) == white_side
    assert brightness[white_side] > 240


def test_sound_becomes_stereo_aac_at_48_khz(samples: Samples, folder: Path) -> None:
    source = folder / "sound.mkv"
    _repack(samples.good(), source)
    encoded, copy, _ = made(source, folder)
    assert (encoded.has_sound, encoded.remuxed) == (True, False)
    with av.open(str(copy)) as film:
        sound = film.streams.audio[0]
        context = sound.codec_context
        assert (context.name, context.sample_rate, context.layout.name) == ("aac", 48_000, "stereo")
        samples_count = sum(frame.samples for frame in film.decode(sound))
    assert abs(Fraction(samples_count, 48_000) - 12) < Fraction(1, 10)


def test_a_film_without_sound_stays_without(samples: Samples, folder: Path) -> None:
    encoded, copy, _ = made(samples.webm(), folder)
    assert (encoded.has_sound, encoded.remuxed) == (False, False)
    with av.open(str(copy)) as film:
        assert [stream.type for stream in film.streams] == ["video"]


def test_where_it_was_filmed_is_not_told(samples: Samples, folder: Path) -> None:
    assert b"+09.6025" in samples.with_place().read_bytes()
    _, copy, _ = made(samples.with_place(), folder)
    assert b"+09.6025" not in copy.read_bytes()


def test_a_very_bright_film_is_not_washed_out(samples: Samples, folder: Path) -> None:
    """PQ code 600 of 1023 is some 340 cd/m²: brighter than the 60 % grey the bare number says."""
    _, copy, _ = made(samples.bright_hdr(), folder)
    with av.open(str(copy)) as film:
        frame = next(film.decode(video=0))
    assert (frame.color_trc, frame.format.name) == (1, "yuv420p")
    assert bytes(frame.planes[0])[0] > 155


def test_the_poster_is_no_black_picture(samples: Samples, folder: Path) -> None:
    _, _, poster = made(samples.black_lead_in(), folder)
    with Image.open(poster) as picture:
        assert (picture.format, picture.size) == ("JPEG", (640, 360))
        assert ImageStat.Stat(picture.convert("L")).mean[0] > 60


def test_progress_rises_to_one_hundred(samples: Samples, folder: Path) -> None:
    heard: list[int] = []
    result = run_encoding(
        samples.webm(),
        folder / "copy.mp4",
        folder / "poster.jpg",
        limits=LIMITS,
        on_progress=heard.append,
    )
    assert isinstance(result, Encoded)
    assert heard == sorted(set(heard))
    assert len(heard) > 10
    assert heard[-1] == 100
    assert sorted(path.name for path in folder.iterdir()) == ["copy.mp4", "poster.jpg"]


def test_a_failure_leaves_nothing_and_what_was_there_stays(samples: Samples, folder: Path) -> None:
    (folder / "copy.mp4").write_text("the copy of before")
    with pytest.raises(CannotEncode, match="no_picture"):
        made(samples.sound_only(), folder)
    assert [path.name for path in folder.iterdir()] == ["copy.mp4"]
    assert (folder / "copy.mp4").read_text() == "the copy of before"


@pytest.mark.parametrize(
    ("change", "code"),
    [({"cpu_seconds": 1}, "too_slow"), ({"file_bytes": 50_000}, "no_space")],
)
def test_a_child_at_its_fence_is_a_failure_with_a_code(
    samples: Samples, folder: Path, change: dict[str, int], code: str
) -> None:
    result = run_encoding(
        samples.fast(),
        folder / "copy.mp4",
        folder / "poster.jpg",
        limits=LIMITS,
        on_progress=lambda percent: None,
        fence=replace(ENCODING_FENCE, **change),
    )
    assert result == EncodeFailure(code)
    assert list(folder.iterdir()) == []


def test_an_error_of_the_listener_ends_the_child(samples: Samples, folder: Path) -> None:
    def listener(percent: int) -> None:
        raise LookupError("the row is gone")

    with pytest.raises(LookupError):
        run_encoding(
            samples.fast(),
            folder / "copy.mp4",
            folder / "poster.jpg",
            limits=LIMITS,
            on_progress=listener,
        )
    assert list(folder.iterdir()) == []


def test_a_child_ends_when_its_parent_is_gone(samples: Samples, folder: Path) -> None:
    job = {
        "job": "encode",
        "path": str(samples.fast()),
        "copy_path": str(folder / "copy.mp4"),
        "poster_path": str(folder / "poster.jpg"),
        "limits": asdict(LIMITS),
        "fence": asdict(ENCODING_FENCE),
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "media_uploads.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    said, _ = child.communicate(json.dumps(job).encode() + b"\n", timeout=60)
    assert child.returncode == 1
    assert b"result" not in said


def _pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as film:
        return [bytes(packet) for packet in film.demux(video=0) if packet.size]


def _repack(source: Path, target: Path) -> None:
    with av.open(str(source)) as film, av.open(str(target), "w") as out:
        streams = {
            stream.index: out.add_stream_from_template(stream, opaque=True)
            for stream in film.streams
        }
        for packet in film.demux():
            if packet.size:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
