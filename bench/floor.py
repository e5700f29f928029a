"""The floor of a save: a bare WSGI function that does nothing but the very same statement."""

import datetime as dt
import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg2  # type: ignore[import-untyped]

from contests.statements import POSTGRESQL, TIMEOUT_MS

GRACE = dt.timedelta(seconds=5)
_kept = threading.local()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Read one save, store it, answer; the token is believed as it stands."""
    save = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    attempt, _generation, writer, _signature = save["token"].split(".")
    with _connection().cursor() as cursor:
        cursor.execute(
            POSTGRESQL,
            {
                "attempt": int(attempt),
                "writer": writer,
                "position": save["position"],
                "choice": save["choice"],
                "revision": save["revision"],
                "now": None,
                "grace": GRACE,
                "timeout_ms": TIMEOUT_MS,
            },
        )
        row = cursor.fetchone()
    body = json.dumps({"saved_at": row[0].isoformat()} if row else {"error": "refused"}).encode()
    start_response(
        "200 OK" if row else "409 Conflict",
        [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
    )
    return [body]


def _connection() -> Any:
    if not hasattr(_kept, "connection"):
        _kept.connection = psycopg2.connect(os.environ["DATABASE_URL"])
        _kept.connection.autocommit = True
    return _kept.connection
