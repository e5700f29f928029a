"""The desk's own upload in Chromium through cuts, a reload and kills (rules: V2).

Unlike the tests beside this one the client is the page itself, under its content security policy.
"""

import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.drills.cutting import CuttingLine, cutting_line
from tests.drills.serving import Site
from tests.drills.test_upload_faults import (
    CHUNK,
    CUTS,
    FILE_MEBIBYTES,
    MEBIBYTE,
    made_of_chance,
    sha256,
)
from tests.processes import wait_until

KILLS = 2
RELOADS = 1
# Kilobytes of headers and pages are no part of the film.
BESIDE = MEBIBYTE
PATIENCE_MS = 1_800_000


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return made_of_chance(tmp_path / "phim tuyên truyền.mp4", FILE_MEBIBYTES)


def test_a_page_brings_a_film_through_cuts_a_reload_and_kills(
    site: Site, browser: Browser, film: Path
) -> None:
    size = film.stat().st_size
    chance = random.Random(13)
    cuts = [chance.randrange(size * n // CUTS, size * (n + 1) // CUTS) for n in range(CUTS)]
    complaints: list[str] = []
    with cutting_line(site.port, cuts) as line:
        page = open_desk(site, browser, line, complaints)
        page.get_by_label("Tên video").fill("Một cửa thân thiện")
        page.locator("input[type=file]").set_input_files(film)
        page.get_by_role("button", name="Tải video lên").click()
        wait_until(lambda: line.sent > size / 4, seconds=600)
        # A page that cannot be loaded is loaded again by the person; here the line holds so long.
        waiting, line.cuts = line.cuts, []
        page.reload()
        own = page.locator(".unfinished > li").filter(has_text=film.name)
        expect(own).to_have_count(1, timeout=PATIENCE_MS)
        line.cuts = waiting
        page.locator("input[type=file]").set_input_files(film)
        wait_until(lambda: line.sent > size / 2, seconds=600)
        site.kill_web_worker(0)
        wait_until(lambda: line.sent > size * 3 / 4, seconds=600)
        site.kill_web_server()
        expect(page.locator("#video-state")).to_contain_text(film.name, timeout=PATIENCE_MS)
        twice = line.sent - size
        page.context.close()

    stored = site.cluster.rows(
        "SELECT v.original, v.size, v.sent_sha256 FROM media_uploads_videosubmission v "
        f"WHERE v.original_name = '{film.name}'"
    )
    assert [tuple(row[1:]) for row in stored] == [(size, sha256(film))]
    assert sha256(Path(site.seeded["media"]) / stored[0][0]) == sha256(film)
    assert line.cut == CUTS
    assert [text for text in complaints if "ERR_" not in text and "status of" not in text] == []
    breaks = CUTS + KILLS + RELOADS
    assert twice < breaks * (CHUNK + BESIDE), f"{twice / MEBIBYTE:.1f} MiB twice"
    print(  # noqa: T201
        f"\n{size / MEBIBYTE:.0f} MiB by the page, {line.cut} cuts, {RELOADS} reload, "
        f"{KILLS} kills: {twice / MEBIBYTE:.1f} MiB were sent twice"
    )


def open_desk(site: Site, browser: Browser, line: CuttingLine, complaints: list[str]) -> Page:
    """Open the seeded unit's desk through the breaking line; note what the browser says."""
    address = f"http://127.0.0.1:{line.port}"
    desk: dict[str, Any] = site.seeded["desk"]
    context = browser.new_context(base_url=address)
    context.add_cookies([{"name": "sessionid", "value": desk["session"], "url": address}])
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"/unit/{desk['unit']}/")
    return page
