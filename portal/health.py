"""Whether what the program stands on works: database, broker, disk, worker, videos."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection

from media_uploads.models import VideoSubmission
from portal.models import Heartbeat
from portal.tasks import WORKER

# The bells ring every 20 s. When both processes of the video worker are at work they take none,
# but then a lease says so, which nobody prolongs once they are dead.
WORKER_SILENCE = dt.timedelta(minutes=2)
# A video nobody has taken up for this long beyond the sweep's own patience is stuck.
STUCK_AFTER = dt.timedelta(minutes=10)
LEAST_FREE_BYTES = 1024**3
BROKER_SECONDS = 2

Report = dict[str, Any]


def look(*, now: dt.datetime) -> Report:
    """Return {"status": "ok" or "failing", "checks": {name: {"ok": bool, …}}}."""
    checks = {
        "database": _of_database(database, now),
        "broker": broker(),
        "disk": disk(),
        "worker": _of_database(worker, now),
        "video_worker": _of_database(video_worker, now),
        "videos": _of_database(videos, now),
    }
    fine = all(check["ok"] for check in checks.values())
    return {"status": "ok" if fine else "failing", "checks": checks}


def _of_database(check: Callable[[dt.datetime], Report], now: dt.datetime) -> Report:
    try:
        return check(now)
    except DatabaseError:
        return {"ok": False}


def database(now: dt.datetime) -> Report:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return {"ok": cursor.fetchone() == (1,)}


def broker() -> Report:
    """Whether a message could be sent: the server answers, or the queue's folder takes files."""
    folder = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("data_folder_out")
    if folder:
        return {"ok": os.access(str(folder), os.W_OK | os.X_OK)}
    try:
        with current_app.connection_for_write(connect_timeout=BROKER_SECONDS) as link:
            link.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)
    except (OSError, current_app.connection_for_write().connection_errors):
        return {"ok": False}
    return {"ok": True}


def disk() -> Report:
    """Whether another video fits where videos are kept."""
    try:
        free = shutil.disk_usage(settings.MEDIA_ROOT).free
    except OSError:
        return {"ok": False}
    return {"ok": free >= LEAST_FREE_BYTES, "free_mb": free // 1024**2}


def worker(now: dt.datetime) -> Report:
    """Whether the worker of everything but videos gave a sign of life lately."""
    return _alive(WORKER, now)


def video_worker(now: dt.datetime) -> Report:
    """Whether the video worker gave a sign of life lately, or holds the lease of a video."""
    busy = VideoSubmission.objects.filter(leased_until__gt=now).exists()
    report = _alive(settings.VIDEO_QUEUE, now)
    return {**report, "ok": busy or report["ok"], "busy": busy}


def _alive(name: str, now: dt.datetime) -> Report:
    at = Heartbeat.objects.filter(name=name).last_at()
    age = None if at is None else max(dt.timedelta(0), now - at)
    seconds = None if age is None else int(age.total_seconds())
    return {"ok": age is not None and age <= WORKER_SILENCE, "age_seconds": seconds}


def videos(now: dt.datetime) -> Report:
    stuck = VideoSubmission.objects.due(now - STUCK_AFTER).count()
    return {"ok": stuck == 0, "stuck": stuck}
