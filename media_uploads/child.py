"""Looking at and encoding hostile files in a separate, limited process, and its two ends.

FFmpeg reads what strangers upload: it runs in a child with little memory and time, without the
program's secrets, the net or other programs, and its death is an answer like any other.
rules: V3, V4
"""

import json
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import av
import av.logging

from .encoding import CannotEncode, Encoded, OnProgress, encode
from .inspection import Verdict, inspect
from .limits import Limits
from .refusals import Params, explain
from .seccomp import forbid_sockets_and_programs

logger = logging.getLogger(__name__)

MEBIBYTE = 1024**2
NICENESS = 15
PROJECT = Path(__file__).resolve().parent.parent
# What a child is told of the surroundings; everything else (keys, addresses) stays outside.
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
LONGEST_LINE = 64 * 1024

Job = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fence:
    """The limits of one child.

    `memory_bytes` counts what is mapped, libraries and reserved addresses too; `data_bytes` what
    the child may fill itself, so that its resident memory stays below 512 MiB.
    """

    memory_bytes: int
    data_bytes: int
    cpu_seconds: int
    wall_seconds: int
    file_bytes: int


INSPECTION_FENCE = Fence(
    1536 * MEBIBYTE, 448 * MEBIBYTE, cpu_seconds=120, wall_seconds=300, file_bytes=0
)
ENCODING_FENCE = Fence(
    1536 * MEBIBYTE,
    448 * MEBIBYTE,
    cpu_seconds=2700,
    wall_seconds=2700,
    file_bytes=2048 * MEBIBYTE,
)


@dataclass(frozen=True, slots=True)
class EncodeFailure:
    """Why there is no copy; `code` is one of `refusals.REASONS`."""

    code: str
    params: Params = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Why, and how to mend it, in the reader's language."""
        return explain(self.code, self.params)


class ChildFailed(Exception):
    """The child gave no result; `code` says how it ended: too_slow, too_heavy or crashed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def run_inspection(path: Path, *, limits: Limits, fence: Fence = INSPECTION_FENCE) -> Verdict:
    """`inspection.inspect` in a child; a child that dies is a refusal with a code. rules: V3"""
    job: Job = {"job": "inspect", "path": str(path.resolve()), "limits": asdict(limits)}
    try:
        result = _run(job, fence, _ignore)
    except ChildFailed as failed:
        return Verdict(accepted=False, code=failed.code)
    seconds = result["duration_seconds"]
    return Verdict(
        **result
        | {
            "duration_seconds": None if seconds is None else Decimal(seconds),
            "warnings": tuple(result["warnings"]),
        }
    )


def run_encoding(
    source: Path,
    copy_path: Path,
    poster_path: Path,
    *,
    limits: Limits,
    on_progress: OnProgress,
    fence: Fence = ENCODING_FENCE,
) -> Encoded | EncodeFailure:
    """`encoding.encode` in a child; whatever happens to it comes back as a value. rules: V4"""
    job: Job = {
        "job": "encode",
        "path": str(source.resolve()),
        "copy_path": str(copy_path.resolve()),
        "poster_path": str(poster_path.resolve()),
        "limits": asdict(limits),
    }
    try:
        result = _run(job, fence, on_progress)
    except ChildFailed as failed:
        return EncodeFailure(failed.code)
    finally:
        for path in (copy_path, poster_path):
            path.with_name(path.name + ".part").unlink(missing_ok=True)
    if "failure" in result:
        return EncodeFailure(result["failure"])
    return Encoded(**result | {"duration_seconds": Decimal(result["duration_seconds"])})


def _ignore(percent: int) -> None:
    """An inspection reports no progress."""


def _run(job: Job, fence: Fence, on_progress: OnProgress) -> dict[str, Any]:
    """Give `job` to a child and read its lines until the result; the child never outlives this."""
    timed_out = threading.Event()
    with started_child() as child:

        def stop_late_child() -> None:
            timed_out.set()
            child.kill()

        timer = threading.Timer(fence.wall_seconds, stop_late_child)
        timer.start()
        try:
            said = _conversation(child, job | {"fence": asdict(fence)}, on_progress)
        except ChildFailed:
            child.wait()
            raise ChildFailed(_how_it_ended(child.returncode, timed_out.is_set())) from None
        finally:
            timer.cancel()
    peak = said["peak_bytes"]
    logger.info("%s: at most %d MiB resident", job["job"], peak // MEBIBYTE, extra={"peak": peak})
    return dict(said["result"])


@contextmanager
def started_child() -> Iterator[subprocess.Popen[bytes]]:
    """A child of its own session (the terminal's Ctrl-C is ours to pass on), ended in any case."""
    child = subprocess.Popen(
        [sys.executable, "-m", "media_uploads.child"],
        cwd=PROJECT,
        env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with child:
        try:
            yield child
        finally:
            child.kill()
            # A child that ended before it read its job leaves bytes that nobody can take any more.
            with suppress(BrokenPipeError):
                assert child.stdin is not None
                child.stdin.close()


def _conversation(
    child: subprocess.Popen[bytes], job: Job, on_progress: OnProgress
) -> dict[str, Any]:
    """Send the job, hear the progress, return the last line; stdin stays open until then."""
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps(job).encode() + b"\n")
        child.stdin.flush()
    except BrokenPipeError as error:
        raise ChildFailed("crashed") from error
    while line := child.stdout.readline(LONGEST_LINE):
        try:
            said = json.loads(line)
        except ValueError as error:
            raise ChildFailed("crashed") from error
        if "result" in said:
            return dict(said)
        on_progress(int(said["progress"]))
    raise ChildFailed("crashed")


def _how_it_ended(returncode: int, timed_out: bool) -> str:
    if timed_out or returncode == -signal.SIGXCPU:
        return "too_slow"
    # Nobody but the system's own memory guard kills it otherwise.
    return "too_heavy" if returncode == -signal.SIGKILL else "crashed"


def main() -> None:
    """The child's side: read one job from stdin, do it inside the fence, print JSON lines."""
    job = json.loads(sys.stdin.buffer.readline())
    enter_fence(Fence(**job["fence"]))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    av.logging.set_libav_level(av.logging.PANIC)
    _say({"result": JOBS[job["job"]](job), "peak_bytes": _peak_bytes()})


def _inspect(job: Job) -> dict[str, Any]:
    return asdict(inspect(Path(job["path"]), limits=Limits(**job["limits"])))


def _encode(job: Job) -> dict[str, Any]:
    try:
        made = encode(
            Path(job["path"]),
            Path(job["copy_path"]),
            Path(job["poster_path"]),
            limits=Limits(**job["limits"]),
            on_progress=lambda percent: _say({"progress": percent}),
        )
    except CannotEncode as failure:
        return {"failure": failure.code}
    return asdict(made)


JOBS: dict[str, Callable[[Job], dict[str, Any]]] = {
    "inspect": _inspect,
    "encode": _encode,
}


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message, default=str) + "\n")
    sys.stdout.flush()


def _peak_bytes() -> int:
    """The most memory this program has had resident; `ru_maxrss` would count its parent's too."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return next(
        (int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")),
        0,
    )


def enter_fence(fence: Fence) -> None:
    """Give up time, memory, the net and other programs, for good; before any other thread."""
    os.nice(NICENESS)
    for limit, value in (
        (resource.RLIMIT_AS, fence.memory_bytes),
        (resource.RLIMIT_DATA, fence.data_bytes),
        (resource.RLIMIT_CPU, fence.cpu_seconds),
        (resource.RLIMIT_FSIZE, fence.file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        # The processor limit warns first, by a signal that tells "too slow" from "killed".
        spare = 5 if limit == resource.RLIMIT_CPU else 0
        resource.setrlimit(limit, (value, value + spare))
    forbid_sockets_and_programs()


def _end_with_parent() -> None:
    """stdin ends when the parent is gone, however it went; then nobody waits for the result."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
