"""The supervisor of one host: the web server and the workers start and end together."""

import ctypes
import errno
import fcntl
import http.client
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# How long the programs may take to end by themselves, and the server to answer for the first time.
GRACE_SECONDS = 10.0
START_SECONDS = 60.0
POLL_SECONDS = 0.2
# A program that ends unasked is started again after a pause, until it has lived shortly too often.
PAUSE_SECONDS = 1.0
SHORT_LIFE_SECONDS = 10.0
SHORT_LIVES = 5
VIDEO_NICENESS = 10

_WATCHED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD}
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class PortInUse(Exception):
    """Another program listens on the wanted port."""


class AlreadyRunning(Exception):
    """Another supervisor works on the same data folder; args: the port it noted."""


class NeverAnswered(Exception):
    """The web server did not answer within START_SECONDS."""


class ProgramEnded(Exception):
    """A program ended unasked, before all were ready or ever again; args: name, exit code."""


@dataclass(frozen=True)
class Program:
    """What to run, and the signal the kernel sends it when the supervisor itself is killed."""

    name: str
    command: list[str]
    orphan_signal: signal.Signals


@dataclass
class _Child:
    """A running program: since when, and how often in a row it has lived shortly."""

    program: Program
    process: "subprocess.Popen[bytes]"
    started_at: float
    short_lives: int = 0


def web_server(
    host: str,
    port: int,
    *,
    workers: int,
    threads: int,
    niceness: int = 0,
    answers_only: bool = False,
) -> Program:
    """Granian serving config.wsgi. Its backpressure counts connections, so it is set high.

    A worker process that is killed is replaced; the others serve meanwhile. Threads that each
    keep freed memory for themselves would cost some 5 MB a process.
    """
    command = ["env", "MALLOC_ARENA_MAX=2", f"ANSWERS_ONLY={answers_only}"]
    command += ["nice", "-n", str(niceness)]
    command += [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host]
    command += ["--port", str(port), "--workers", str(workers), "--blocking-threads", str(threads)]
    command += ["--backlog", "2048", "--backpressure", "2048", "--workers-kill-timeout", "5"]
    command += ["--respawn-failed-workers"]
    command += ["--no-access-log", "--log-level", "warning", "config.wsgi:application"]
    return Program("saves" if answers_only else "web", command, signal.SIGTERM)


def worker(schedule: Path) -> Program:
    """The Celery worker of everything but videos, with beat."""
    options = ["--queues", "celery", "--beat", "--schedule", str(schedule), "--concurrency", "1"]
    return Program("worker", _celery_worker(*options), signal.SIGQUIT)


def video_worker() -> Program:
    """The Celery worker of the videos, after everybody else's turn.

    Two processes: at most one makes a copy (media_uploads/leases.py), so that a unit that hands in
    a video waits for its inspection minutes and never the most of an hour that a copy may take.
    A worker more for the inspections alone would weigh twice what its second process does.
    """
    options = ["--queues", "videos", "--hostname", "videos@%h", "--concurrency", "2"]
    command = ["nice", "-n", str(VIDEO_NICENESS), *_celery_worker(*options)]
    return Program("videos", command, signal.SIGQUIT)


def _celery_worker(*options: str) -> list[str]:
    """Return the command of a worker. Prefork, because only that pool enforces time limits.

    An orphan gets SIGQUIT: Celery's cold shutdown, which does not wait for a running task.
    """
    # As root, in a container or on a trial machine, Celery would print eight lines of advice.
    quiet = ["-W", "ignore:You're running the worker with superuser privileges"]
    command = [sys.executable, *quiet, "-m", "celery", "--quiet", "-A", "config"]
    command += ["worker", *options, "--pool", "prefork"]
    return [*command, "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]


def require_free_port(host: str, port: int) -> None:
    """Raise PortInUse; Granian itself would share the port silently (SO_REUSEPORT)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUse(port) from error
            raise


@contextmanager
def sole_supervisor(lock: Path, port: int) -> Iterator[None]:
    """Hold the lock file of a data folder: two beats on one folder would ring everything twice."""
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise AlreadyRunning(file.read()) from error
        file.truncate(0)
        file.write(str(port))
        file.flush()
        yield


def seen_from_here(host: str) -> str:
    """Return the name by which this host reaches a server that is bound to `host`."""
    try:
        return "localhost" if ipaddress.ip_address(host).is_unspecified else host
    except ValueError:
        return host


def answers(host: str, port: int) -> bool:
    """Tell whether an HTTP server answers there, with whatever status."""
    connection = http.client.HTTPConnection(seen_from_here(host), port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def run(
    programs: list[Program],
    *,
    is_ready: Callable[[], bool],
    announce: Callable[[], None],
    on_restart: Callable[[str, int], None],
    on_end: Callable[[], None],
) -> None:
    """Run the programs until a signal asks for the end; leave no process of theirs behind.

    `announce` is called once, when `is_ready` first holds; from then on a program that ends
    unasked is started again, told to `on_restart` with its name and exit code: a worker that the
    kernel killed must not take the web server along. `on_end` is called before the programs are
    asked to end, which an idle worker takes about six seconds for. Raises ProgramEnded when one
    ends before all were ready, or SHORT_LIVES times in a row within SHORT_LIFE_SECONDS, and
    NeverAnswered when `is_ready` never holds; the others are ended first.
    """
    # Blocked signals are taken one at a time by sigtimedwait: no handler runs between two lines.
    signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    children: list[_Child] = []
    try:
        for program in programs:
            children.append(_start(program))
        _wait_until_ready(children, is_ready)
        announce()
        while True:
            dead = next((child for child in children if _ended(child.process) is not None), None)
            if dead is not None:
                on_restart(dead.program.name, _ended(dead.process) or 0)
                children[children.index(dead)] = _start_again(dead)
            elif _asked_to_end(timeout=None):
                break
    except _EndRequested:
        pass
    finally:
        on_end()
        _end([child.process for child in children])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)


class _EndRequested(Exception):
    pass


def _start(program: Program) -> _Child:
    supervisor = os.getpid()

    def in_child() -> None:
        # After the fork, before the exec: die with the supervisor, also when it died just now.
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _libc.prctl(_PR_SET_PDEATHSIG, int(program.orphan_signal), 0, 0, 0)
        if os.getppid() != supervisor:
            os._exit(1)

    # A session of its own: Ctrl-C reaches the supervisor alone, and the group can be killed whole.
    process = subprocess.Popen(program.command, start_new_session=True, preexec_fn=in_child)
    return _Child(program, process, started_at=time.monotonic())


def _start_again(child: _Child) -> _Child:
    """Kill what is left of the program, pause, start it; raise ProgramEnded if that is no use."""
    code = _ended(child.process) or 0
    lived = time.monotonic() - child.started_at
    short_lives = child.short_lives + 1 if lived < SHORT_LIFE_SECONDS else 0
    if short_lives >= SHORT_LIVES:
        raise ProgramEnded(child.program.name, code)
    _kill_group(child.process)
    if _asked_to_end(timeout=PAUSE_SECONDS):
        raise _EndRequested
    again = _start(child.program)
    again.short_lives = short_lives
    return again


def _wait_until_ready(children: list[_Child], is_ready: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while not is_ready():
        if _asked_to_end(timeout=POLL_SECONDS):
            raise _EndRequested
        for child in children:
            code = _ended(child.process)
            if code is not None:
                raise ProgramEnded(child.program.name, code)
        if time.monotonic() > give_up_at:
            raise NeverAnswered


def _asked_to_end(timeout: float | None) -> bool:
    """Wait for one signal, at most `timeout` seconds; tell whether it asks for the end."""
    received = (
        signal.sigwaitinfo(_WATCHED) if timeout is None else signal.sigtimedwait(_WATCHED, timeout)
    )
    return received is not None and received.si_signo != signal.SIGCHLD


def _ended(child: "subprocess.Popen[bytes]") -> int | None:
    """Return the exit code of an ended child without reaping it: its group id stays ours."""
    if child.returncode is not None:
        return child.returncode
    result = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if result is None:
        return None
    return result.si_status if result.si_code == os.CLD_EXITED else -result.si_status


def _end(children: list["subprocess.Popen[bytes]"]) -> None:
    """Ask all to end, wait for GRACE_SECONDS or a second Ctrl-C, then kill what is left."""
    for child in children:
        if _ended(child) is None:
            os.kill(child.pid, signal.SIGTERM)
    give_up_at = time.monotonic() + GRACE_SECONDS
    while any(_ended(child) is None for child in children):
        remaining = give_up_at - time.monotonic()
        received = signal.sigtimedwait(_WATCHED, remaining) if remaining > 0 else None
        if received is None or received.si_signo != signal.SIGCHLD:
            break
    for child in children:
        _kill_group(child)


def _kill_group(child: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of a child's group and reap the child, ended or not."""
    if child.returncode is not None:
        return  # Reaped before: the number may be another's by now.
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        child.wait()
