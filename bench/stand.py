"""What a benchmark stands on: a database of its own, Granian as in earnest, nginx before it."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import string
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import psycopg2  # type: ignore[import-untyped]

from config import processes

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_SERVERS = tuple(
    f"postgres://{user}@127.0.0.1:5432/postgres" for user in ("root", "postgres", getpass.getuser())
)
START_SECONDS = 60.0
SIDES = {
    "program": "config.wsgi:application",
    "floor": "bench.floor:application",
    "minimal": "bench.minimal:application",
}
Environment = dict[str, str]


@dataclass(frozen=True, slots=True)
class Served:
    """An application that answers: nginx's port, and the processes of nginx and both Granians."""

    side: str
    port: int
    granian: tuple[int, int]
    nginx: int


@contextmanager
def own_database() -> Iterator[str]:
    """Make a database beside the one DATABASE_URL names, and drop it in the end."""
    server = _server()
    name = f"bench_{uuid.uuid4().hex[:12]}"
    connection = psycopg2.connect(server)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        connection.close()


def _server() -> str:
    given = os.environ.get("DATABASE_URL", "")
    if given and not given.startswith("postgres"):
        sys.exit("DATABASE_URL: the benchmark needs PostgreSQL")
    for server in [given] if given else DEFAULT_SERVERS:
        try:
            psycopg2.connect(server).close()
        except psycopg2.OperationalError:
            continue
        return server
    sys.exit(
        "no PostgreSQL here: name one with DATABASE_URL=postgres://user@127.0.0.1:5432/postgres"
    )


@contextmanager
def own_data(url: str = "") -> Iterator[Path]:
    """Make a data folder, point the settings to it and to the database, and set Django up."""
    folder = Path(tempfile.mkdtemp(prefix="contest-bench-"))
    os.environ |= {
        "DATA_DIR": str(folder),
        "DATABASE_URL": url or f"sqlite:///{folder / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "a key of the benchmarks, known to everybody who reads the source",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "TRUSTED_PROXIES": "1",
        "PYTHONWARNINGS": "ignore",
    }
    os.environ.pop("MEDIA_ROOT", None)
    os.environ.pop("REDIS_URL", None)
    os.environ.pop("HTTPS", None)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    try:
        yield folder
    finally:
        from django.db import connections

        connections.close_all()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def served(
    *sides: str, workers: int = 2, threads: int = 8, **changes: str
) -> Iterator[list[Served]]:
    """Serve these applications side by side, each by Granian behind an nginx of its own."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(_served(side, workers=workers, threads=threads, changes=changes))
            for side in sides
        ]


@contextmanager
def _served(side: str, *, workers: int, threads: int, changes: Environment) -> Iterator[Served]:
    from portal.management.commands.serve import NICENESS_BESIDE_SAVES, SAVES_CAPACITY

    pages = Capacity(workers, threads, NICENESS_BESIDE_SAVES)
    with (
        granian(SIDES[side], pages, **changes) as (inner, server),
        granian(SIDES[side], Capacity(*SAVES_CAPACITY, answers_only=True), **changes) as (
            saves,
            saver,
        ),
        nginx(inner, saves) as (outer, proxy),
    ):
        yield Served(side, outer, (server, saver), proxy)


class Capacity(NamedTuple):
    """Of one Granian."""

    workers: int
    threads: int
    niceness: int = 0
    answers_only: bool = False


@contextmanager
def granian(application: str, capacity: Capacity, **changes: str) -> Iterator[tuple[int, int]]:
    """Run Granian with the command line of `manage.py serve`; yield its port and process."""
    port = free_port()
    program = processes.web_server("127.0.0.1", port, **capacity._asdict())
    command = [*program.command[:-1], application]
    with running(command, port, env={**os.environ, **changes}) as process:
        yield port, process


@contextmanager
def worker(folder: Path) -> Iterator[None]:
    """Run the Celery worker of `manage.py serve` on this data folder."""
    program = processes.worker(folder / "celerybeat-schedule")
    # Told to end at once: what it would still do no longer matters.
    with (folder / "worker.log").open("w") as log:
        process = subprocess.Popen(
            program.command, env=dict(os.environ), cwd=ROOT, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.send_signal(program.orphan_signal)
            process.wait(timeout=30)


@contextmanager
def nginx(upstream: int, saves: int) -> Iterator[tuple[int, int]]:
    """Run nginx from deploy/nginx.conf.template before those ports; yield its port and process."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        sys.exit("nginx is not installed; on Debian or Ubuntu: apt-get install nginx-light")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-nginx-") as folder:
        template = string.Template((ROOT / "deploy" / "nginx.conf.template").read_text())
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(
            template.safe_substitute(
                RUN_AS=getpass.getuser(),
                LISTEN=f"127.0.0.1:{port}",
                SERVER_NAME="localhost",
                UPSTREAM=f"127.0.0.1:{upstream}",
                SAVES_UPSTREAM=f"127.0.0.1:{saves}",
                STATIC_ROOT=str(ROOT / "var" / "static"),
                MEDIA_ROOT=folder,
                RUN_DIR=folder,
                LOG_DIR=folder,
                ACCESS_LOG="off",
            )
        )
        command = [found, "-p", folder, "-c", str(configuration), "-g", "daemon off;"]
        command += ["-e", f"{folder}/error.log"]
        with running(command, port, env=dict(os.environ)) as process:
            yield port, process
            errors = (Path(folder) / "error.log").read_text()
        if errors:
            print(f"nginx said:\n{errors[:2000]}", file=sys.stderr)


@contextmanager
def running(command: list[str], port: int, *, env: Environment) -> Iterator[int]:
    """Run a server until the block ends; what it says is shown if it was an error."""
    with tempfile.TemporaryFile("w+") as said:
        try:
            with _process(command, port, env=env, said=said) as process:
                yield process
        finally:
            said.seek(0)
            lines = said.readlines()
            first = next((n for n, line in enumerate(lines) if _is_error(line)), None)
            if first is not None:
                shown = "".join(lines[first : first + 40])
                print(f"{Path(command[0]).name} said:\n{shown}", file=sys.stderr)


def _is_error(line: str) -> bool:
    return any(word in line for word in (" ERROR ", "[ERROR]", "[emerg]", "[alert]", "Traceback"))


@contextmanager
def _process(command: list[str], port: int, *, env: Environment, said: IO[str]) -> Iterator[int]:
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=said, stderr=said)
    try:
        until = time.monotonic() + START_SECONDS
        while not listens(port):
            if time.monotonic() > until or process.poll() is not None:
                sys.exit(f"{command[0]} did not start")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of a process and its children: resident, and with shared pages counted once."""

    processes: int
    rss_mb: float
    pss_mb: float


def memory_of(*processes: int) -> Memory:
    """Return the memory of processes and all their descendants, in MB of 1,000,000 bytes."""
    count, rss, pss = 0, 0, 0
    for pid in _families(processes):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
        count, rss, pss = count + 1, rss + kilobytes["Rss"], pss + kilobytes["Pss"]
    return Memory(count, rss * 1024 / 1e6, pss * 1024 / 1e6)


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor time in seconds of an application, of its nginx, and of its database sessions."""

    web: float
    nginx: float
    database: float

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.web - other.web, self.nginx - other.nginx, self.database - other.database)

    @property
    def total(self) -> float:
        return self.web + self.nginx + self.database

    def each(self, requests: int) -> str:
        """Return the milliseconds of one request, as printed: they hold on a busy machine too."""
        parts = (("web", self.web), ("nginx", self.nginx), ("database", self.database))
        shown = " + ".join(f"{name} {1000 * spent / requests:.2f}" for name, spent in parts)
        return f"{1000 * self.total / requests:.2f} ms of processor = {shown}"


def spent_by(side: Served) -> Spent:
    """Return what this side has spent by now; the database's share is that of all its sessions."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        sessions = [pid for (pid,) in cursor.fetchall()]
    return Spent(
        web=sum(map(_seconds_of, _families(side.granian))),
        nginx=sum(map(_seconds_of, _families([side.nginx]))),
        database=sum(map(_seconds_of, sessions)),
    )


def _seconds_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0  # Another host's database, or a process that has ended.
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _families(processes: Iterable[int]) -> list[int]:
    return [member for process in processes for member in _family(process)]


def _family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(member for child in children for member in _family(int(child)))]
