"""Videos: uploads beside nginx storing the same bytes, copies beside the ffmpeg command, and what
both do to the quiz.

python -m bench.uploads [--megabytes 256] [--rounds 3] [--rate 500] [--seconds 20]
"""

from __future__ import annotations

import argparse
import base64
import http.client
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import stand
from bench.arithmetic import percentile, ratio
from bench.load import Measured, at_fixed_rate, raise_open_files
from bench.report import Line, heading, print_lines
from bench.saves import clicks, prepare

MEBIBYTE = 1024**2
CHUNK = 8 * MEBIBYTE
SLOW_UPLOADS, SLOW_BYTES_A_SECOND = 16, 256 * 1024
LEAST_SHARE, WANTED_SHARE, MOST_TIMES = 0.3, 0.6, 3.0
CONNECTIONS = 200
# What a phone films, as long as it needs to be for a rate to be told.
FILM = "testsrc2=s=1920x1080:r=30:d=20"
DAV = """
worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{ access_log off; client_max_body_size 16m; client_body_temp_path {folder}/body;
  client_body_buffer_size 1m;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; dav_methods PUT; }} }}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=256, help="of one upload")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side")
    parser.add_argument("--rate", type=float, default=500.0, help="saves a second beside uploads")
    parser.add_argument("--seconds", type=float, default=20.0, help="of saving")
    raise_open_files()
    with stand.own_database() as url, stand.own_data(url) as folder:
        print_lines(run(parser.parse_args(), folder))


def run(options: argparse.Namespace, folder: Path) -> list[Line]:
    desk = make_desk()
    tokens = prepare()
    film = make_film(folder / "film.mp4")
    with stand.served("program") as (program,), stores(folder) as store:
        lines = [_throughput(program.port, store, desk, options)]
        lines += _encoding(film, folder)
        lines.append(_beside(program.port, desk, tokens, film, folder, options))
    return lines


# --- who hands in ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Desk:
    """A coordinator who is signed in."""

    path: str
    headers: dict[str, str]


def make_desk() -> Desk:
    """Make a contest that takes videos, its unit and the coordinator's session."""
    import datetime as dt

    from django.conf import settings
    from django.middleware.csrf import _get_new_csrf_string
    from django.test import Client
    from django.utils import timezone

    from accounts.models import User
    from contests.models import Contest, Unit

    now, day = timezone.now(), dt.timedelta(days=1)
    contest = Contest.objects.create(
        name="Video",
        slug="video",
        is_announced=True,
        year=now.year,
        video_opens_at=now - day,
        video_closes_at=now + day,
        judging_opens_at=now + 2 * day,
        judging_closes_at=now + 3 * day,
        # Many small uploads of one unit: the bound on versions is not what is measured.
        videos_per_unit=1000,
    )
    user = User.objects.create_user("coordinator", full_name="Coordinator")
    unit = Unit.objects.create(contest=contest, code="V", name="V", coordinator=user)
    client = Client()
    client.force_login(user)
    session, csrf = client.cookies[settings.SESSION_COOKIE_NAME].value, _get_new_csrf_string()
    cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={csrf}"
    headers = {"Cookie": cookies, "X-CSRFToken": csrf, "Tus-Resumable": "1.0.0"}
    return Desk(f"/unit/{unit.pk}/uploads/", headers)


_slots = itertools.count(1)


def begin(line: http.client.HTTPConnection, desk: Desk, size: int) -> str:
    """Begin an upload; return its path."""
    told = {"filename": "film.mp4", "title": "Film", "slot": str(next(_slots))}
    coded = [f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in told.items()]
    headers = {**desk.headers, "Upload-Length": str(size), "Upload-Metadata": ",".join(coded)}
    answer = _ask(line, "POST", desk.path, b"", headers)
    if answer.status != 201:
        sys.exit(f"the upload did not begin: {answer.status} {answer.read()!r}")
    return str(answer.headers["Location"])


def patch(
    line: http.client.HTTPConnection, desk: Desk, path: str, offset: int, body: bytes
) -> None:
    headers = {
        **desk.headers,
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
    }
    answer = _ask(line, "PATCH", path, body, headers)
    if answer.status != 204:
        sys.exit(f"a piece was not stored: {answer.status} {answer.read()!r}")


def _ask(
    line: http.client.HTTPConnection, method: str, path: str, body: bytes, headers: dict[str, str]
) -> http.client.HTTPResponse:
    line.request(method, path, body, headers)
    answer = line.getresponse()
    answer.read()
    return answer


# --- how fast bytes come in -----------------------------------------------------------------------
@contextmanager
def stores(folder: Path) -> Iterator[int]:
    """An nginx that stores what it is sent, on the same disk; yields its port."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "nginx"
    port = stand.free_port()
    own = folder / "stores"
    (own / "files").mkdir(parents=True)
    (own / "nginx.conf").write_text(DAV.format(folder=own, port=port))
    command = [found, "-p", str(own), "-c", str(own / "nginx.conf"), "-g", "daemon off;"]
    if os.getuid() == 0:
        command[-1] += " user root;"
    with stand.running(command, port, env=dict(os.environ)):
        yield port


def _throughput(program: int, store: int, desk: Desk, options: argparse.Namespace) -> Line:
    heading(f"{options.megabytes} MiB in pieces of 8 MiB over one connection")
    body = os.urandom(CHUNK)
    pieces = options.megabytes * MEBIBYTE // CHUNK
    rates: dict[str, list[float]] = {"program": [], "nginx": []}
    for _ in range(options.rounds):
        for side, port in (("program", program), ("nginx", store)):
            begun = time.perf_counter()
            with closing(http.client.HTTPConnection("127.0.0.1", port)) as line:
                if side == "program":
                    path = begin(line, desk, pieces * CHUNK)
                    for number in range(pieces):
                        patch(line, desk, path, number * CHUNK, body)
                else:
                    for number in range(pieces):
                        _ask(line, "PUT", f"/{time.monotonic_ns()}-{number}", body, {})
            rate = pieces * CHUNK / MEBIBYTE / (time.perf_counter() - begun)
            rates[side].append(rate)
            print(f"  {side:8} {rate:7.0f} MiB/s", flush=True)
    share = ratio(rates["program"], rates["nginx"])
    return Line(
        "upload, MiB/s (floor: nginx storing the same pieces)",
        f"{percentile(rates['program'], 0.5):.0f}",
        f"{percentile(rates['nginx'], 0.5):.0f}",
        f"{share:.2f}",
        f"≥ {LEAST_SHARE}, aim {WANTED_SHARE}",
        share >= LEAST_SHARE,
    )


# --- how fast copies are made ---------------------------------------------------------------------
def make_film(path: Path) -> Path:
    """A film of 20 s at 1080p."""
    import av

    graph = av.filter.Graph()
    source, _, given = FILM.partition("=")
    nodes = [graph.add(source, given), graph.add("format", "yuv420p"), graph.add("buffersink")]
    graph.link_nodes(*nodes).configure()
    with av.open(str(path), "w") as out:
        track = out.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        track.width, track.height, track.pix_fmt = 1920, 1080, "yuv420p"
        while True:
            try:
                frame = graph.pull()
            except av.EOFError:
                break
            assert isinstance(frame, av.VideoFrame)
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return path


def encode(film: Path, folder: Path) -> float:
    """Make the copy as a task does, in the limited child; return the seconds it took."""
    from media_uploads.child import run_encoding
    from media_uploads.limits import Limits

    begun = time.perf_counter()
    copy, poster = folder / "copy.mp4", folder / "poster.jpg"
    result = run_encoding(film, copy, poster, limits=Limits(), on_progress=lambda _percent: None)
    if not copy.exists():
        sys.exit(f"no copy: {result}")
    copy.unlink()
    return time.perf_counter() - begun


def _encoding(film: Path, folder: Path) -> list[Line]:
    heading("the copy of 20 s at 1080p, one thread")
    own = [encode(film, folder) for _ in range(2)]
    print(f"  program  {min(own):.1f} s", flush=True)
    floor = shutil.which("ffmpeg")
    if floor is None:
        return [Line("copy of 20 s at 1080p, seconds", f"{min(own):.1f}", "no ffmpeg here")]
    command = [floor, "-y", "-loglevel", "error", "-threads", "1", "-i", str(film)]
    command += ["-vf", "scale=1280:720,fps=30,format=yuv420p", "-filter_threads", "1"]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-maxrate", "2500k"]
    command += ["-bufsize", "5000k", "-g", "60", "-threads", "1", "-movflags", "+faststart"]
    theirs = []
    for _ in range(2):
        begun = time.perf_counter()
        subprocess.run([*command, str(folder / "theirs.mp4")], check=True)
        theirs.append(time.perf_counter() - begun)
    print(f"  ffmpeg   {min(theirs):.1f} s", flush=True)
    share = min(theirs) / min(own)
    what = "copy of 20 s at 1080p, seconds (floor: the ffmpeg command)"
    return [Line(what, f"{min(own):.1f}", f"{min(theirs):.1f}", f"{share:.2f}")]


# --- what both do to the quiz ---------------------------------------------------------------------
def _beside(
    port: int,
    desk: Desk,
    tokens: list[str],
    film: Path,
    folder: Path,
    options: argparse.Namespace,
) -> Line:
    heading(f"{options.rate:.0f} saves a second, alone and beside {SLOW_UPLOADS} uploads, a copy")
    own = [clicks(tokens[place::CONNECTIONS]) for place in range(CONNECTIONS)]

    def measured() -> Measured:
        result = at_fixed_rate(port, own, rate=options.rate, seconds=options.seconds)
        if refused := result.other_than(200):
            sys.exit(f"{refused} saves were not saved: {dict(result.statuses)}")
        p99 = 1000 * result.percentile(0.99)
        print(f"  {result.rate:7.0f}/s   p99 {p99:.1f} ms", flush=True)
        return result

    alone, beside = [], []
    for _ in range(options.rounds):
        alone.append(measured().percentile(0.99))
        with busy(port, desk, film, folder):
            beside.append(measured().percentile(0.99))
    times = ratio(beside, alone)
    return Line(
        f"p99 of saves at {options.rate:.0f}/s beside {SLOW_UPLOADS} uploads and a copy being made"
        " (floor: alone)",
        f"{1000 * percentile(beside, 0.5):.1f} ms",
        f"{1000 * percentile(alone, 0.5):.1f} ms",
        f"{times:.1f}×",
        f"≤ {MOST_TIMES:.0f}×",
        times <= MOST_TIMES,
    )


@contextmanager
def busy(port: int, desk: Desk, film: Path, folder: Path) -> Iterator[None]:
    """Slow lines that send all the while, and one copy after the other being made."""
    over = threading.Event()

    def slow(number: int) -> None:
        body = os.urandom(CHUNK)
        with closing(http.client.HTTPConnection("127.0.0.1", port)) as line:
            path = begin(line, desk, 64 * CHUNK)
            for turn in range(64):
                headers = {
                    **desk.headers,
                    "Upload-Offset": str(turn * CHUNK),
                    "Content-Type": "application/offset+octet-stream",
                    "Content-Length": str(CHUNK),
                }
                line.putrequest("PATCH", path)
                for name, value in headers.items():
                    line.putheader(name, value)
                line.endheaders()
                step = SLOW_BYTES_A_SECOND // 4
                for at in range(0, CHUNK, step):
                    line.send(body[at : at + step])
                    if over.wait(0.25):
                        return
                line.getresponse().read()

    def copies() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as own:
            while not over.is_set():
                encode(film, Path(own))

    with ThreadPoolExecutor(SLOW_UPLOADS + 1) as pool:
        jobs = [pool.submit(slow, number) for number in range(SLOW_UPLOADS)]
        jobs.append(pool.submit(copies))
        try:
            yield
        finally:
            over.set()
            for job in jobs:
                job.result()


if __name__ == "__main__":
    main()
