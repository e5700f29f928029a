"""The whole program as it is served, on a cluster and a Redis of the drill's own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.processes import answers
from tests.drills.cluster import (
    Cluster,
    Redis,
    children_of,
    dying_with_us,
    free_port,
    is_living,
    kill_tree,
    own_cluster,
    own_folder,
    own_redis,
)
from tests.processes import ROOT, Child, wait_until

WEB_WORKERS = 2
WEB_THREADS = 8
# Main process, one process of the pool, and beat.
WORKER_PROCESSES = 3


def environment(folder: Path, *, database: str, redis: str = "") -> dict[str, str]:
    """Return the environment of the program: the tests' settings, data in `folder`."""
    kept = {"PATH", "HOME", "LANG", "LC_ALL", "CI_STAGE"}
    return {
        **{name: value for name, value in os.environ.items() if name in kept},
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TESTS_DATA_DIR": str(folder),
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }


def seed(env: dict[str, str], **asked: Any) -> dict[str, Any]:
    """Fill the database in a process of its own, whose settings name that database."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.drills.seed", json.dumps(asked)],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=dying_with_us(signal.SIGKILL),
    )
    assert run.returncode == 0, run.stderr
    filled: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return filled


@dataclass
class Site:
    """What is running: the supervisor with web server and worker, the database, Redis."""

    port: int
    supervisor: Child
    cluster: Cluster
    redis: Redis
    seeded: dict[str, Any]

    @property
    def web(self) -> int | None:
        return self._program("granian")

    @property
    def worker(self) -> int | None:
        return self._program("--beat")

    @property
    def video_worker(self) -> int | None:
        return self._program("videos@")

    def _program(self, name: str) -> int | None:
        for pid in children_of(self.supervisor.process.pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if name in Path(f"/proc/{pid}/cmdline").read_text():
                    return pid
        return None

    def web_workers(self) -> list[int]:
        return children_of(self.web) if self.web else []

    def is_served(self) -> bool:
        """Whether both web workers are there and somebody answers."""
        assert self.supervisor.process.poll() is None, self.supervisor.text[-3000:]
        return len(self.web_workers()) == WEB_WORKERS and answers("127.0.0.1", self.port)

    def is_worked_for(self) -> bool:
        assert self.supervisor.process.poll() is None, self.supervisor.text[-3000:]
        worker = self.worker
        return worker is not None and len(children_of(worker)) == WORKER_PROCESSES - 1

    def kill_web_worker(self, number: int) -> int:
        pid = self.web_workers()[number]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_living(pid))
        return 1

    def kill_web_server(self) -> int:
        return self._kill_whole(self.web)

    def kill_worker(self) -> int:
        return self._kill_whole(self.worker)

    def _kill_whole(self, root: int | None) -> int:
        assert root is not None
        killed = kill_tree(root)
        wait_until(lambda: not any(is_living(pid) for pid in killed))
        return len(killed)


@contextlib.contextmanager
def own_site(*, people: int, **settings: str) -> Iterator[Site]:
    """The whole program, with people in the middle of the quiz; it leaves nothing behind."""
    with own_folder() as folder, own_cluster(**settings) as cluster, own_redis() as redis:
        env = environment(folder, database=cluster.url, redis=redis.url)
        seeded = seed(env, people=people)
        # What is seeded is no part of what a drill may find lost.
        cluster.rows("CHECKPOINT")
        port = free_port()
        supervisor = Child(
            *("manage.py", "serve", "--port", str(port)),
            env=env,
            before=dying_with_us(signal.SIGTERM),
        )
        try:
            supervisor.wait_for(f"http://127.0.0.1:{port}/")
            site = Site(port, supervisor, cluster, redis, seeded)
            wait_until(site.is_served, seconds=120)
            wait_until(site.is_worked_for, seconds=120)
            yield site
        finally:
            supervisor.end()
