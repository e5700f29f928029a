"""A PostgreSQL cluster and a Redis of a drill's own, which it may kill."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2  # type: ignore[import-untyped]

from tests.processes import wait_until

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dying_with_us(by: signal.Signals) -> Callable[[], None]:
    """Return what a child runs before its program: the kernel ends it when this thread ends."""

    def in_child() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)

    return in_child


def is_living(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def children_of(pid: int) -> list[int]:
    """Return the living children of a process, whichever of its threads made them."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += [int(child) for child in listed.read_text().split()]
    return [child for child in found if is_living(child)]


def kill_tree(root: int) -> list[int]:
    """Kill -9 a process and all below it, which can start nothing meanwhile; return them."""
    pids = [root]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            pids += children_of(pid)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return pids


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that goes with what is in it, whoever owns that."""
    folder = Path(tempfile.mkdtemp(prefix="contest-drill-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def postgresql(program: str) -> str:
    """Return the path of a server program, which Debian keeps out of PATH."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{program}"),
        key=lambda path: int(path.parts[-3]),
    )
    found = shutil.which(program) or (str(installed[-1]) if installed else None)
    assert found, f"{program} is not installed; see deploy/ci-packages.txt"
    return found


class Cluster:
    """A PostgreSQL cluster in a folder, on a port of its own; fsync stays on."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = folder / "postgresql"
        self.data.mkdir(mode=0o700)
        self.log = folder / "postgresql.log"
        self.port = free_port()
        self.settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "250",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.account: dict[str, Any] = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            postgres = pwd.getpwnam("postgres")
            folder.chmod(0o711)
            os.chown(self.data, postgres.pw_uid, postgres.pw_gid)
            self.account = {"user": postgres.pw_uid, "group": postgres.pw_gid, "extra_groups": []}
        subprocess.run(
            [
                *(postgresql("initdb"), "--pgdata", str(self.data), "--username", "drill"),
                *("--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            cwd="/",
            check=True,
            capture_output=True,
            **self.account,
        )

    @property
    def url(self) -> str:
        return f"postgres://drill@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = [part for pair in self.settings.items() for part in ("-c", "=".join(pair))]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [postgresql("postgres"), "-D", str(self.data), *options],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dying_with_us(signal.SIGQUIT),
                **self.account,
            )
        wait_until(self.answers, seconds=120)

    @contextlib.contextmanager
    def restarted(self, **settings: str) -> Iterator[None]:
        """The same cluster with other settings meanwhile; all that was stored before stays."""
        usual = self.settings
        self.end()
        self.settings = {**usual, **settings}
        self.start()
        try:
            yield
        finally:
            self.end()
            self.settings = usual
            self.start()

    def connect(self) -> Any:
        connection = psycopg2.connect(self.url, connect_timeout=10)
        connection.autocommit = True
        return connection

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall()) if cursor.description else []

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        try:
            return self.rows("SELECT 1") == [(1,)]
        except psycopg2.OperationalError:
            return False

    def kill(self) -> int:
        """Kill -9 every process of the cluster; return how many. `start` recovers it."""
        assert self.process is not None
        killed = kill_tree(self.process.pid)
        self.process.wait()
        wait_until(lambda: not any(is_living(pid) for pid in killed))
        return len(killed)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    def times_given_up(self) -> int:
        """Return how many statements were ended by their time limit."""
        return self.log.read_text(errors="replace").count("due to statement timeout")


class Redis:
    """A Redis in a folder, on a port of its own, that keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is not installed; see deploy/ci-packages.txt"
        self.process = subprocess.Popen(
            [
                *(program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""),
                *("--appendonly", "no", "--dir", str(self.folder)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=dying_with_us(signal.SIGTERM),
        )
        wait_until(self.answers, seconds=60)

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=10) as link:
                link.sendall(b"PING\r\n")
                return link.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def kill(self) -> int:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        return 1

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()


@contextlib.contextmanager
def own_cluster(**settings: str) -> Iterator[Cluster]:
    """A running cluster that leaves nothing behind, however the drill ends."""
    with own_folder() as folder:
        cluster = Cluster(folder, **settings)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.end()


@contextlib.contextmanager
def own_redis() -> Iterator[Redis]:
    """A running Redis that leaves nothing behind, however the drill ends."""
    with own_folder() as folder:
        redis = Redis(folder)
        try:
            redis.start()
            yield redis
        finally:
            redis.end()
