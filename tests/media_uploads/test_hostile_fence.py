"""The kernel's part of the fence, tried from inside a real child. rules: V3"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from media_uploads.child import INSPECTION_FENCE, PROJECT

# A child whose job is what a decoder might do that an attacker has taken over.
TAKEN_OVER = """
import os, platform, socket, subprocess, threading
from pathlib import Path
from media_uploads import child
from media_uploads.seccomp import CALLS

# Where nothing stops it, this process would be another one afterwards.
FILTERED = platform.machine() in CALLS

def try_all(job):
    told = {}
    for name, act in ACTS.items():
        try:
            act(job)
            told[name] = "done"
        except OSError as error:
            told[name] = type(error).__name__
    return told

def reach(job):
    with socket.create_connection(("127.0.0.1", job["port"])) as reached:
        reached.sendall(b"secret")

ACTS = {
    "reach": reach,
    "udp": lambda job: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
    "unix": lambda job: socket.socket(socket.AF_UNIX).close(),
    "execve": lambda job: subprocess.run(["true"]),
    "execveat": lambda job: FILTERED and os.execve(os.open("/bin/true", os.O_RDONLY), ["x"], {}),
    "write": lambda job: Path(job["file"]).write_bytes(b"x" * 10),
    "thread": lambda job: threading.Thread(target=str).start(),
}
child.JOBS["try"] = try_all
child.main()
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def test_a_child_makes_no_socket_and_starts_no_program(
    listener: socket.socket, tmp_path: Path
) -> None:
    assert _told(TAKEN_OVER, listener, tmp_path / "made") == {
        **dict.fromkeys(("reach", "udp", "unix", "execve", "execveat"), "PermissionError"),
        "write": "OSError",
        "thread": "done",
    }
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert (tmp_path / "made").stat().st_size == 0


def test_the_same_child_on_a_machine_without_a_filter_does_get_out(
    listener: socket.socket, tmp_path: Path
) -> None:
    """What the test above tries is possible: only the filter is in its way."""
    elsewhere = "import platform; platform.machine = lambda: 'riscv64'\n"
    told = _told(elsewhere + TAKEN_OVER, listener, tmp_path / "made")
    assert [told[name] for name in ("reach", "udp", "unix", "execve")] == ["done"] * 4
    listener.accept()[0].close()


def _told(code: str, listener: socket.socket, file: Path) -> dict[str, str]:
    """What each try came to, inside the fence of an inspection."""
    job = {
        "job": "try",
        "fence": asdict(INSPECTION_FENCE),
        "port": listener.getsockname()[1],
        "file": str(file),
    }
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(job) + "\n")
        child.stdin.flush()
        said = child.stdout.readline()
    told: dict[str, str] = json.loads(said)["result"]
    return told
