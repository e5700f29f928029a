"""Real child processes for tests: the worker beside a test, and waiting for what a process says."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def database_url() -> str:
    """Return the address of the database that the running test uses."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    user = quote(given["USER"], safe="")
    password = f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else ""
    port = f":{given['PORT']}" if given["PORT"] else ""
    return f"postgres://{user}{password}@{given['HOST']}{port}/{given['NAME']}"


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of a child that works on this test's database, files and queue."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TESTS_DATA_DIR": str(settings.DATA_DIR),
        "DATABASE_URL": database_url(),
        "PYTHONUNBUFFERED": "1",
        **changes,
    }


def wait_until(holds: Callable[[], bool], *, seconds: float = 30) -> None:
    """Ask until it holds; for what another process does without saying so."""
    give_up_at = time.monotonic() + seconds
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < give_up_at, f"waited {seconds} s in vain for {holds}"
        pause.wait(0.05)


class Child:
    """A child process in a group of its own whose lines can be waited for."""

    def __init__(
        self,
        *command: str,
        env: dict[str, str],
        program: Sequence[str] = (sys.executable,),
        before: Callable[[], None] | None = None,
    ) -> None:
        self.lines: list[str] = []
        self._news: queue.Queue[str | None] = queue.Queue()
        self.process = subprocess.Popen(
            [*program, *command],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=before,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._news.put(line)
        self._news.put(None)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, part: str, *, seconds: float = 60) -> str:
        """Return the next line that contains `part`; fail with everything said if none comes."""
        while True:
            try:
                line = self._news.get(timeout=seconds)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"{part!r} was never said:\n{self.text}")
            if part in line:
                return line

    def end(self, *, by: signal.Signals = signal.SIGTERM, seconds: float = 30) -> int:
        """Send a signal to the process alone and return its exit code; the group is killed then."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        try:
            return self.process.wait(seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self._reader.join(seconds)
            assert not self._reader.is_alive(), "a process of another group still writes"
            assert self.process.stdout is not None
            self.process.stdout.close()
