"""Uploads through cuts and kills: every byte once on the disk, in its place (rules: V2, V4).

The client is tuspy; the line between is cut, web workers and the whole web server are killed.
"""

import contextlib
import hashlib
import http.client
import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from tests.drills.cutting import cutting_line
from tests.drills.serving import Site
from tests.processes import wait_until

MEBIBYTE = 1024**2
CHUNK = 8 * MEBIBYTE
FILE_MEBIBYTES = {"small": 40, "full": 300}[os.environ.get("DRILLS", "small")]
MEMORY_MEBIBYTES = {"small": 200, "full": 1024}[os.environ.get("DRILLS", "small")]
CUTS = 10
AT_ONCE = 100


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return made_of_chance(tmp_path / "film.mp4", FILE_MEBIBYTES)


def made_of_chance(path: Path, mebibytes: int) -> Path:
    source = random.Random(7)
    with path.open("wb") as file:
        for _number in range(mebibytes):
            file.write(source.randbytes(MEBIBYTE))
    return path


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Coordinator:
    """Who hands the video in: signed in, with a client that goes on after every break."""

    def __init__(self, site: Site, port: int) -> None:
        self.desk = site.seeded["desk"]
        self.headers = {
            "Cookie": f"sessionid={self.desk['session']}; csrftoken={self.desk['csrf']}",
            "X-CSRFToken": self.desk["csrf"],
        }
        self.path = f"/unit/{self.desk['unit']}/uploads/"
        self.client = TusClient(f"http://127.0.0.1:{port}{self.path}", headers=self.headers)

    def begin(self, film: Path) -> str:
        told = {"filename": film.name, "title": "Một cửa thân thiện"}
        with film.open("rb") as file:
            address: str = self.client.uploader(file_stream=file, metadata=told).create_url()
        return address

    def send(self, film: Path, *, chunk: int = CHUNK, patience: float = 180) -> str:
        """Send the whole file; return the address of the upload."""
        give_up_at = time.monotonic() + patience
        address: str | None = None
        pause = threading.Event()
        while time.monotonic() < give_up_at:
            try:
                address = address or self.begin(film)
                with film.open("rb") as file:
                    self.client.uploader(file_stream=file, chunk_size=chunk, url=address).upload()
                return address
            except (TusCommunicationError, OSError):
                pause.wait(0.2)
        raise AssertionError("the upload did not come to its end")


def stored(site: Site, address: str) -> tuple[Path, dict[str, Any]]:
    """Return the file and what the database says of the upload's video."""
    upload = address.rsplit("/", 1)[1]
    row = site.cluster.rows(
        "SELECT u.original, v.size, v.state FROM media_uploads_upload u "
        f"LEFT JOIN media_uploads_videosubmission v ON v.id = u.video_id WHERE u.id = '{upload}'"
    )[0]
    return Path(site.seeded["media"]) / row[0], {"size": row[1], "state": row[2]}


def test_a_file_comes_whole_through_cuts_and_kills(site: Site, film: Path) -> None:
    size, original = film.stat().st_size, sha256(film)
    chance = random.Random(11)
    cuts = [chance.randrange(size * n // CUTS, size * (n + 1) // CUTS) for n in range(CUTS)]
    killing = threading.Thread(target=kill_on_the_way, args=(site, size))
    with cutting_line(site.port, cuts) as line:
        watched["line"] = line
        killing.start()
        address = Coordinator(site, line.port).send(film)
        killing.join(120)

    path, video = stored(site, address)
    assert (video["size"], sha256(path)) == (size, original)
    assert line.cut == CUTS
    # What a cut or a kill lost is at most the chunk under way.
    breaks = CUTS + 2
    assert line.sent - size < breaks * CHUNK, f"{(line.sent - size) / MEBIBYTE:.1f} MiB twice"
    print(  # noqa: T201
        f"\n{size / MEBIBYTE:.0f} MiB, {line.cut} cuts, 2 kills: "
        f"{(line.sent - size) / MEBIBYTE:.1f} MiB were sent twice"
    )


watched: dict[str, Any] = {}


def kill_on_the_way(site: Site, size: int) -> None:
    """Kill a web worker after a third and the whole web server after two thirds."""
    line = watched["line"]
    wait_until(lambda: line.sent > size / 3, seconds=120)
    site.kill_web_worker(0)
    wait_until(lambda: line.sent > size * 2 / 3, seconds=120)
    site.kill_web_server()
    wait_until(site.is_served, seconds=120)


def test_of_a_hundred_at_one_offset_one_is_stored(site: Site, tmp_path: Path) -> None:
    who = Coordinator(site, site.port)
    address = who.begin(made_of_chance(tmp_path / "race.mp4", 2))
    path = address.split(str(site.port), 1)[1]
    together = threading.Barrier(AT_ONCE)

    def patch(number: int) -> int:
        line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)
        together.wait()
        body = bytes([number]) * MEBIBYTE
        headers = {
            **who.headers,
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": "0",
            "Content-Type": "application/offset+octet-stream",
        }
        with contextlib.closing(line):
            line.request("PATCH", path, body, headers)
            return line.getresponse().status

    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = list(pool.map(patch, range(AT_ONCE)))

    counted = Counter(statuses)
    winner = statuses.index(204)
    file, _video = stored(site, address)
    assert counted[204] == 1
    assert set(counted) <= {204, 409, 423}
    assert file.read_bytes() == bytes([winner]) * MEBIBYTE


def test_a_large_file_costs_the_web_server_little_memory(site: Site, tmp_path: Path) -> None:
    film = made_of_chance(tmp_path / "large.mp4", MEMORY_MEBIBYTES)
    who = Coordinator(site, site.port)
    who.send(made_of_chance(tmp_path / "first.mp4", 8))
    before = resident(site)
    peak = Peak(site)
    with peak:
        # All of it in one request, as a client without chunks does.
        address = who.send(film, chunk=2**62)
    path, _video = stored(site, address)
    assert sha256(path) == sha256(film)
    grown = (peak.bytes - before) / MEBIBYTE
    print(f"\n{MEMORY_MEBIBYTES} MiB in one request: web processes grew by {grown:.1f} MiB")  # noqa: T201
    assert grown <= 64


def resident(site: Site) -> int:
    """Bytes of the largest web worker."""
    sizes = []
    for pid in site.web_workers():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            sizes.append(pages * os.sysconf("SC_PAGE_SIZE"))
    return max(sizes, default=0)


class Peak:
    """The most a web worker held meanwhile."""

    def __init__(self, site: Site) -> None:
        self.site, self.bytes = site, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.over.wait(0.05):
            self.bytes = max(self.bytes, resident(self.site))
