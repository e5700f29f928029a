"""The copies of accepted films in a real Chromium: to the end, from the middle, the right way up.

rules: V3, V4
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from media_uploads.child import run_encoding
from media_uploads.encoding import Encoded
from media_uploads.limits import Limits
from media_uploads.models import media_storage
from tests.media_uploads.builders import NOON, a_contest, a_ready_video, a_unit
from tests.media_uploads.hostile import ACCEPTED, Case
from tests.media_uploads.hostile_trap import Trap

pytestmark = pytest.mark.django_db(transaction=True)
# Played to the end from here on, at sixteen times the speed.
PLAYED_SECONDS = 60

OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
# Brightness of the four halves of the picture that is shown.
HALVES = """(video) => {
  const side = 40, canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d", {willReadFrequently: true});
  context.drawImage(video, 0, 0, side, side);
  const mean = (x, y, width, height) => {
    const points = context.getImageData(x, y, width, height).data;
    return points.reduce((sum, value) => sum + value, 0) / points.length;
  };
  return {
    left: mean(0, 0, side / 2, side), right: mean(side / 2, 0, side / 2, side),
    top: mean(0, 0, side, side / 2), bottom: mean(0, side / 2, side, side / 2),
  };
}"""
POSTER = """async (video) => {
  const picture = new Image();
  picture.src = video.poster;
  await picture.decode();
  return [picture.naturalWidth, picture.naturalHeight];
}"""


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    trap = Trap(tmp_path_factory.mktemp("played"))
    yield trap
    trap.close()


@pytest.fixture
def show(
    new_context: Callable[..., BrowserContext], trap: Trap, tmp_path: Path
) -> Callable[[Case], tuple[Page, Encoded]]:
    """Make a film's copy and open its page in the public gallery."""

    def shown(case: Case) -> tuple[Page, Encoded]:
        source, copy, poster = trap.folder / case.name, tmp_path / "copy", tmp_path / "poster"
        case.make(source, trap)
        made = run_encoding(source, copy, poster, limits=Limits(), on_progress=lambda percent: None)
        assert isinstance(made, Encoded)
        contest = a_contest(provisional_at=NOON)
        video = a_ready_video(a_unit(contest), copy.read_bytes())
        Path(media_storage().path(video.poster)).write_bytes(poster.read_bytes())
        page = new_context().new_page()
        page.goto(f"/{contest.slug}/videos/{video.public_id}/")
        return page, made

    return shown


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
def test_a_copy_plays_in_chromium(show: Callable[[Case], tuple[Page, Encoded]], case: Case) -> None:
    page, made = show(case)
    player = page.locator("video")
    width, height = player.evaluate(POSTER)
    assert width / height == pytest.approx(made.width / made.height, rel=0.01)

    player.evaluate("(video) => { video.preload = 'auto'; video.load(); }")
    expect(player).to_have_js_property("videoWidth", made.width)
    expect(player).to_have_js_property("videoHeight", made.height)
    assert (made.width, made.height) == case.served
    duration = player.evaluate("(video) => video.duration")
    assert duration == pytest.approx(float(case.seconds), abs=0.6)

    assert seek(page, player, duration / 2) == pytest.approx(duration / 2, abs=0.05)
    brightness = player.evaluate(HALVES)
    for half in case.white.split():
        assert brightness[half] > brightness[OPPOSITE[half]] + 20

    seek(page, player, max(0, duration - PLAYED_SECONDS))
    player.evaluate(
        "(video) => { video.muted = true; video.playbackRate = 16; return video.play(); }"
    )
    expect(player).to_have_js_property("ended", True)
    assert player.evaluate("(video) => video.currentTime") == pytest.approx(duration, abs=0.1)
    heard = player.evaluate("(video) => video.webkitAudioDecodedByteCount")
    assert (heard > 0) is made.has_sound


def seek(page: Page, player: Locator, moment: float) -> float:
    """Go there and return where the player says it is once it shows that picture."""
    player.evaluate("(video, moment) => { video.currentTime = moment; }", moment)
    page.wait_for_function(
        "() => { const video = document.querySelector('video');"
        " return !video.seeking && video.readyState >= 2; }"
    )
    reached: float = player.evaluate("(video) => video.currentTime")
    return reached
