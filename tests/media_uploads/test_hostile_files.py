"""Every file of the table through the limited child, a trap beside it. rules: V3, V4"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from media_uploads.child import ENCODING_FENCE, INSPECTION_FENCE, run_encoding, run_inspection
from media_uploads.encoding import Encoded
from media_uploads.limits import Limits
from media_uploads.refusals import REASONS, WARNINGS
from tests.media_uploads.hostile import ACCEPTED, HARMLESS, PAGE, Case
from tests.media_uploads.hostile_refused import REFUSED
from tests.media_uploads.hostile_trap import Trap

LIMITS = Limits()
LONGEST = 60
MOST_MEMORY = 512 * 1024**2


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    trap = Trap(tmp_path_factory.mktemp("hostile"))
    yield trap
    trap.close()


@pytest.fixture
def peaks(caplog: pytest.LogCaptureFixture) -> Callable[[], list[int]]:
    """The most memory each child of the test had, as they tell when they end."""
    caplog.set_level("INFO", "media_uploads.child")
    return lambda: [record.peak for record in caplog.records if hasattr(record, "peak")]


def test_the_table_is_large_and_every_name_its_own() -> None:
    names = [case.name for case in (*ACCEPTED, *REFUSED)]
    assert len(names) == len(set(names)) >= 100
    assert {code for case in REFUSED for code in case.codes} <= set(REASONS)


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_a_file_that_is_no_film_is_refused_for_what_it_is(
    case: Case, trap: Trap, peaks: Callable[[], list[int]]
) -> None:
    path = trap.folder / case.name
    case.make(path, trap)
    trap.arm()
    fence = replace(INSPECTION_FENCE, wall_seconds=LONGEST)
    verdict = run_inspection(path, limits=LIMITS, fence=fence)
    assert not verdict.accepted
    assert verdict.code in case.codes
    assert trap.sprung(but=path) == set()
    assert 0 < max(peaks()) <= MOST_MEMORY


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
def test_a_film_is_accepted_and_its_copy_plays_everywhere(
    case: Case, trap: Trap, peaks: Callable[[], list[int]], tmp_path: Path
) -> None:
    path = trap.folder / case.name
    case.make(path, trap)
    trap.arm()
    fence = replace(INSPECTION_FENCE, wall_seconds=LONGEST)
    verdict = run_inspection(path, limits=LIMITS, fence=fence)
    assert (verdict.code, verdict.container, verdict.warnings) == (
        "accepted",
        case.container,
        case.warnings,
    )
    assert (verdict.video_codec, verdict.audio_codec) == case.codecs
    assert ((verdict.width, verdict.height), verdict.rotation) == (case.size, case.rotation)
    assert abs(Fraction(verdict.duration_seconds or 0) - case.seconds) < Fraction(1, 100)

    made = run_encoding(
        path,
        tmp_path / "copy.mp4",
        tmp_path / "poster.jpg",
        limits=LIMITS,
        on_progress=lambda percent: None,
        fence=replace(ENCODING_FENCE, wall_seconds=LONGEST),
    )
    assert isinstance(made, Encoded)
    assert ((made.width, made.height), made.remuxed) == (case.served, case.remuxed)
    assert made.has_sound is bool(case.codecs[1])
    assert trap.sprung(but=path) == set()
    assert len(peaks()) == 2
    assert max(peaks()) <= MOST_MEMORY
    assert_servable(tmp_path / "copy.mp4", case)
    with Image.open(tmp_path / "poster.jpg") as poster:
        width, height = poster.size
        assert poster.format == "JPEG"
    assert abs(width / height - made.width / made.height) < 0.01


def assert_servable(copy: Path, case: Case) -> None:
    """What every browser plays from its first bytes on, with nothing foreign in it."""
    data = copy.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    for foreign in (PAGE, b"#EXTM3U", b"+09.6025"):
        assert foreign not in data
    with av.open(str(copy)) as film:
        assert [stream.type for stream in film.streams] == (
            ["video", "audio"] if case.codecs[1] else ["video"]
        )
        video = film.streams.video[0]
        context = video.codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (video.sample_aspect_ratio or 1) == 1
        assert (context.width, context.height) == case.served
        assert min(context.width, context.height) <= 720
        assert all(track.codec_context.name == "aac" for track in film.streams.audio)
        moments = [packet.pts * packet.time_base for packet in film.demux(video) if packet.size]
        film.seek(0)
        first = next(film.decode(video))
        assert (first.rotation, first.color_trc in (16, 18), first.interlaced_frame) == (
            0,
            False,
            False,
        )
    assert_even(sorted(moments))


def assert_even(moments: list[Fraction]) -> None:
    """A constant rate of at most 30 a second."""
    steps = {later - earlier for earlier, later in pairwise(moments)}
    assert max(steps) - min(steps) <= Fraction(1, 1000)
    assert min(steps) >= Fraction(1, 30)


def test_a_copy_of_a_carrier_carries_nothing(trap: Trap) -> None:
    """The rows above prove it only if the originals do carry it."""
    carriers = [case for case in HARMLESS if case.name.startswith(("page", "list"))]
    for case in carriers:
        path = trap.folder / f"carrier-{case.name}"
        case.make(path, trap)
        data: Any = path.read_bytes()
        assert PAGE in data or b"#EXTM3U" in data
    assert len(carriers) == 4


def test_every_warning_of_the_table_can_be_told() -> None:
    assert {code for case in ACCEPTED for code in case.warnings} == set(WARNINGS)
    assert all(str(sentence) for sentence in WARNINGS.values())
