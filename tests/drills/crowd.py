"""Many threads with database connections of their own, let go at one instant."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection

from tests.processes import wait_until

T = TypeVar("T")


def room_for_threads() -> int:
    """Return how many connections a drill may open: a hundred where the server takes them."""
    if connection.vendor != "postgresql":
        return 20
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('max_connections')::int - 30")
        return max(20, min(100, cursor.fetchone()[0]))


class Crowd:
    """Threads that keep their connections from one round to the next."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.pool = ThreadPoolExecutor(size)

    def at_once(self, acts: list[Callable[[], T]]) -> list[T]:
        """Run the acts in threads that are let go together; return what they return, in order.

        More acts than threads follow as threads come free.
        """
        first = len(acts) if len(acts) < self.size else self.size
        gate = threading.Barrier(first)

        def act_when_open(number: int) -> T:
            if number < first:
                connection.ensure_connection()
                gate.wait(timeout=300)
            return acts[number]()

        return list(self.pool.map(act_when_open, range(len(acts))))

    def end(self) -> None:
        self.at_once([lambda: connection.close()] * self.size)
        self.pool.shutdown()


@contextmanager
def a_crowd(size: int | None = None) -> Iterator[Crowd]:
    crowd = Crowd(size or room_for_threads())
    try:
        yield crowd
    finally:
        crowd.end()


class Aside:
    """One act in a thread of its own, which may be made to wait by a lock of this thread."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.pool = ThreadPoolExecutor(1)
        self.backend: int | None = None
        self.begun = threading.Event()
        self.future: Future[Any] = self.pool.submit(self._run, act)

    def _run(self, act: Callable[[], Any]) -> Any:
        try:
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    self.backend = cursor.fetchone()[0]
            self.begun.set()
            return act()
        finally:
            self.begun.set()
            connection.close()

    def wait_until_it_waits(self) -> None:
        """Return when the act waits for a lock, or has ended without (SQLite: has begun)."""
        assert self.begun.wait(60)
        if connection.vendor == "postgresql":
            wait_until(lambda: self.future.done() or self._waits(), seconds=60)

    def _waits(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = %s", [self.backend]
            )
            return cursor.fetchone()[0] > 0

    def result(self) -> Any:
        try:
            return self.future.result(300)
        finally:
            self.pool.shutdown()
