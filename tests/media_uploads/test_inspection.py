"""What is accepted and refused, on real files, directly and through the limited child. rules: V3"""

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import av
import pytest
from django.utils import translation

from media_uploads.child import INSPECTION_FENCE, run_inspection, started_child
from media_uploads.containers import MKV, MP4, open_film, sniff
from media_uploads.inspection import Verdict, inspect
from media_uploads.limits import Limits
from media_uploads.refusals import REASONS, explain
from tests.media_uploads.hostile_films import Recipe, Sound, shoot
from tests.media_uploads.samples import Samples

LIMITS = Limits()


@pytest.mark.parametrize(
    ("name", "container", "codec", "sound", "size"),
    [
        ("good", "mp4", "h264", "aac", (640, 360)),
        ("silent", "mp4", "h264", None, (640, 360)),
        ("portrait", "mp4", "h264", None, (360, 640)),
        ("index_first", "mp4", "h264", None, (640, 360)),
        ("mov", "mov", "h264", None, (640, 360)),
        ("mkv", "mkv", "h264", None, (640, 360)),
        ("webm", "webm", "vp8", None, (640, 360)),
        ("bright_hdr", "mp4", "hevc", None, (640, 360)),
    ],
)
def test_a_whole_film_is_accepted(
    samples: Samples, name: str, container: str, codec: str, sound: str | None, size: tuple
) -> None:
    verdict = inspect(getattr(samples, name)(), limits=LIMITS)
    assert verdict == Verdict(
        accepted=True,
        code="accepted",
        container=container,
        duration_seconds=Decimal("12.000"),
        width=size[0],
        height=size[1],
        video_codec=codec,
        audio_codec=sound,
        warnings=() if sound else ("no_sound",),
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("empty", "empty"),
        ("text", "not_video"),
        ("page", "not_video"),
        ("heic", "not_video"),
        ("sound_only", "no_picture"),
        ("sound_with_cover", "no_picture"),
        ("many_tracks", "too_many_streams"),
        ("just_too_short", "too_short"),
        ("lasts_for_ever", "too_long"),
        ("too_small", "too_small"),
        ("cut_mp4", "truncated"),
        ("cut_index_first", "truncated"),
        ("cut_mkv", "truncated"),
        ("cut_mkv_of_open_length", "truncated"),
        ("zeros_in_second_half", "unreadable"),
    ],
)
def test_a_wrong_file_is_refused_with_its_reason(samples: Samples, name: str, code: str) -> None:
    verdict = inspect(getattr(samples, name)(), limits=LIMITS)
    assert (verdict.accepted, verdict.code) == (False, code)


def test_ten_seconds_exactly_are_enough(samples: Samples) -> None:
    verdict = inspect(samples.exactly_ten_seconds(), limits=LIMITS)
    assert (verdict.accepted, verdict.duration_seconds) == (True, Decimal("10.000"))


def test_a_phone_film_is_measured_as_it_is_seen(samples: Samples) -> None:
    verdict = inspect(samples.turned(90), limits=LIMITS)
    assert verdict.accepted
    assert (verdict.width, verdict.height, verdict.rotation) == (360, 640, 90)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (replace(LIMITS, max_bytes=100_000), "too_large"),
        (replace(LIMITS, max_seconds=11), "too_long"),
        (replace(LIMITS, max_side=600), "too_large_picture"),
        (replace(LIMITS, max_frame_rate=4), "too_many_frames"),
    ],
)
def test_every_limit_is_held(samples: Samples, limits: Limits, code: str) -> None:
    assert inspect(samples.good(), limits=limits).code == code


def test_limits_include_their_own_value(samples: Samples) -> None:
    film = samples.good()
    exact = Limits(
        max_bytes=film.stat().st_size,
        min_seconds=12,
        max_seconds=13,
        max_side=640,
        max_streams=2,
        max_frame_rate=5,
    )
    assert inspect(film, limits=exact).accepted


@pytest.mark.parametrize("kind", ["playlist", "concat_list"])
def test_a_list_naming_another_film_never_opens_it(samples: Samples, kind: str) -> None:
    listed = getattr(samples, kind)(samples.good())
    assert inspect(listed, limits=LIMITS).code == "not_video"
    # Nor where its first bytes had deceived us: the demuxer is ours to choose, not FFmpeg's.
    for container in (MP4, MKV):
        with pytest.raises(av.InvalidDataError), open_film(listed, container):
            pass


def test_a_film_is_known_by_content_and_not_by_name(samples: Samples, tmp_path: Path) -> None:
    disguised = tmp_path / "notes.txt"
    disguised.write_bytes(samples.webm().read_bytes())
    found = sniff(disguised)
    assert found is not None
    assert (found.name, found.demuxer) == ("webm", "matroska")


def test_the_child_finds_what_the_inspection_finds(samples: Samples) -> None:
    for film in (samples.good(), samples.turned(90), samples.just_too_short(), samples.text()):
        assert run_inspection(film, limits=LIMITS) == inspect(film, limits=LIMITS)


def test_a_missing_file_is_a_verdict(tmp_path: Path) -> None:
    assert run_inspection(tmp_path / "gone.mp4", limits=LIMITS).code == "unreadable"


def test_a_child_without_memory_is_a_verdict(samples: Samples) -> None:
    fence = replace(INSPECTION_FENCE, memory_bytes=16 * 1024**2)
    assert run_inspection(samples.good(), limits=LIMITS, fence=fence).code in (
        "crashed",
        "too_heavy",
    )


def test_a_child_that_takes_too_long_is_ended(samples: Samples) -> None:
    fence = replace(INSPECTION_FENCE, wall_seconds=0)
    verdict = run_inspection(samples.good(), limits=LIMITS, fence=fence)
    assert (verdict.accepted, verdict.code) == (False, "too_slow")


def test_a_child_keeps_to_the_memory_it_may_fill(samples: Samples) -> None:
    """The mapped gigabyte and a half would let the same file in."""
    fence = replace(INSPECTION_FENCE, data_bytes=32 * 1024**2)
    assert run_inspection(samples.good(), limits=LIMITS, fence=fence).code in (
        "crashed",
        "too_heavy",
    )


def test_the_child_knows_no_settings_and_no_models() -> None:
    code = (
        "import sys, media_uploads.child; from django.conf import settings;"
        "print(settings.configured, 'media_uploads.models' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={}
    )
    assert said.stdout.split() == ["False", "False"]


def test_the_child_is_told_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "EMAIL_URL"):
        monkeypatch.setenv(name, "a secret of the program")
    with started_child() as child:
        told = Path(f"/proc/{child.pid}/environ").read_bytes()
    assert b"a secret" not in told
    assert b"PATH=" in told


def test_the_json_has_the_keys_of_the_contract(samples: Samples) -> None:
    with translation.override("en"):
        assert inspect(samples.just_too_short(), limits=LIMITS).as_dict() == {
            "accepted": False,
            "code": "too_short",
            "message": "The video lasts 9.9 seconds; at least 10 are needed. "
            "Please upload the full video.",
            "container": "mp4",
            "duration_seconds": "9.900",
            "width": 640,
            "height": 360,
            "video_codec": "h264",
            "audio_codec": None,
            "warnings": [],
        }


@pytest.mark.parametrize(
    ("source", "warnings"),
    [
        ("aevalsrc=if(gt(t\\,10)\\,sin(2000*t)\\,0)", ()),
        ("aevalsrc=if(gt(t\\,5)*lt(t\\,8)\\,sin(2000*t)\\,0)", ()),
        ("aevalsrc=0.002*sin(2000*t)", ()),
        ("aevalsrc=0.0005*sin(2000*t)", ("silent",)),
    ],
    ids=["sounds late", "sounds in the middle", "low", "below -60 dBFS"],
)
def test_organizers_hear_of_a_film_without_a_sound(
    tmp_path: Path, source: str, warnings: tuple[str, ...]
) -> None:
    """One sound at the start, in the middle or at the end is enough; hiss is none."""
    film = tmp_path / "film.mkv"
    shoot(film, Recipe(sounds=(Sound("pcm_s16le", layout="mono", source=source),)))
    verdict = inspect(film, limits=LIMITS)
    assert (verdict.accepted, verdict.warnings) == (True, warnings)


def test_a_film_that_begins_black_is_not_black(samples: Samples) -> None:
    assert inspect(samples.black_lead_in(), limits=LIMITS).warnings == ("no_sound",)


def test_damaged_sound_refuses_no_film(samples: Samples, tmp_path: Path) -> None:
    """What a copy's sound cannot be made from is a warning; the pictures decide."""
    film = tmp_path / "film.mkv"
    shoot(film, Recipe(sounds=(Sound("libopus"),)))
    with av.open(str(film)) as opened:
        packets = [bytes(packet) for packet in opened.demux(audio=0) if packet.size]
    data = film.read_bytes()
    for packet in packets:
        data = data.replace(packet, b"\xff" * len(packet))
    film.write_bytes(data)
    verdict = inspect(film, limits=LIMITS)
    assert (verdict.accepted, verdict.warnings) == (True, ("silent",))


def test_every_reason_can_be_told() -> None:
    figures: dict[str, str | int] = {
        **{"seconds": "9.9", "min_seconds": 10, "max_seconds": 600},
        **{"megabytes": 2100, "max_megabytes": 2048, "streams": 9, "max_streams": 8},
        **{"width": 480, "height": 270, "min_long": 640, "min_short": 360, "max_side": 8192},
        **{"max_frame_rate": 250},
    }
    told = [explain(code, figures) for code in REASONS]
    assert len(set(told)) == len(REASONS)
    assert not [sentence for sentence in told if "%" in sentence]
