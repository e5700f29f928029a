"""The one clock of the quiz (rules: Q4): the database server's on PostgreSQL, else this host's."""

import datetime as dt

from django.db import connection
from django.utils import timezone


def database_now() -> dt.datetime:
    """Return the present instant, aware, in UTC. Read it once a request and pass it on."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now
