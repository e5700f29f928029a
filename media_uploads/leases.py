"""Holding a video's job: a lease that is prolonged while its worker lives, and ends with it.

rules: V4
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.db import DatabaseError, connection

from contests.clock import database_now
from media_uploads.models import LEASE, VideoQuerySet, VideoSubmission

logger = logging.getLogger(__name__)

# Three beats may fail before the job goes to somebody else.
BEAT_SECONDS = 10.0


class LeaseLost(Exception):
    """Another worker has this job now, or nobody is to do it; what is under way is thrown away."""


class Hold:
    """A job as one worker has it. Every statement names the lease, so only who has it writes."""

    def __init__(self, video: VideoSubmission) -> None:
        self.video = video
        self._state, self._until = video.state, video.leased_until
        # The thread that prolongs and the one that works must not name each other's old lease.
        self._lock = threading.Lock()

    def renew(self, **changes: object) -> None:
        """Prolong the lease and store `changes`. Raises LeaseLost."""
        with self._lock:
            until = database_now() + LEASE
            if not self._row().update(leased_until=until, **changes):
                raise LeaseLost
            self._until = until

    def end(self, **changes: object) -> bool:
        """Give the lease back and store `changes`; False, and nothing stored, where it was lost."""
        with self._lock:
            done = self._row().update(leased_until=None, **changes)
        self.video.refresh_from_db()
        return bool(done)

    def _row(self) -> VideoQuerySet:
        return VideoSubmission.objects.workable().filter(
            pk=self.video.pk, state=self._state, leased_until=self._until
        )

    def beat(self, over: threading.Event, thread: int) -> None:
        """Prolong the lease until `over`; once it is lost, end the children of `thread`."""
        while not over.wait(BEAT_SECONDS):
            try:
                self.renew()
            except LeaseLost:
                _end_children(thread)
                return
            except DatabaseError as error:
                logger.warning("video %s: the lease was not prolonged: %s", self.video.pk, error)
            finally:
                connection.close()


@contextlib.contextmanager
def hold(video: VideoSubmission, *, state: str, now: dt.datetime) -> Iterator[Hold | None]:
    """Take the job of `state` and keep it for the block; None where it cannot be had.

    A block that loses the job ends there by LeaseLost, quietly.
    """
    if not video.lease(state=state, now=now):
        yield None
        return
    held, over = Hold(video), threading.Event()
    heart = threading.Thread(target=held.beat, args=(over, threading.get_native_id()), daemon=True)
    heart.start()
    try:
        yield held
    except LeaseLost:
        logger.warning("video %s: somebody else has the job now", video.pk)
        video.refresh_from_db()
    finally:
        over.set()
        heart.join()


class Seat:
    """The place of the one encoder of a host; it tells which job a killed one was at."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        file.seek(0)
        noted = file.read().split()
        self.left = (int(noted[0]), int(noted[1])) if len(noted) == 2 else None

    def note(self, video: VideoSubmission) -> None:
        """Say which try at which video begins."""
        self._file.truncate(0)
        self._file.write(f"{video.pk} {video.tries + 1}")
        self._file.flush()


@contextlib.contextmanager
def sole_encoder() -> Iterator[Seat | None]:
    """Be the one encoder of this host for the block; None where another is."""
    with (settings.DATA_DIR / "encoder.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield Seat(file)
        # Not after an error: then the job is left as by one that was killed.
        file.truncate(0)


def _end_children(thread: int) -> None:
    """Kill the processes that one of our threads started; its job has no other."""
    with contextlib.suppress(FileNotFoundError):
        for pid in Path(f"/proc/self/task/{thread}/children").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
