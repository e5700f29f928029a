"""Lets a test stand at a moment by every clock the program reads: the host's and the database's."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import time_machine
from django.db import connection

_standing: list[dt.datetime] = []


@contextmanager
def standing_at(moment: dt.datetime) -> Iterator[None]:
    """Stop the clocks at `moment`; inside a test's transaction, which takes all of it back.

    PostgreSQL is given a function of the clock's name that is found before its own. Inside
    another one the moment of the outer holds again afterwards.
    """
    with time_machine.travel(moment, tick=False):
        if connection.vendor != "postgresql":
            yield
            return
        _standing.append(moment)
        _stop_database()
        try:
            yield
        finally:
            _standing.pop()
        if _standing:
            _stop_database()
            return
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL search_path = DEFAULT")
            cursor.execute("DROP FUNCTION public.clock_timestamp()")


def _stop_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz"
            " LANGUAGE sql AS $$ SELECT %s::timestamptz $$",
            [_standing[-1].isoformat()],
        )
        cursor.execute("SET LOCAL search_path = public, pg_catalog")


@contextmanager
def moving_on() -> Iterator[Callable[[float], None]]:
    """Let a live server's clocks run, and jump ahead by so many seconds when told to.

    PostgreSQL is given a clock of its own name for the connections that are opened from here on.
    """
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=True) as host:
        if connection.vendor != "postgresql":
            yield host.shift
            return

        def ahead(seconds: float) -> None:
            host.shift(seconds)
            with connection.cursor() as cursor:
                cursor.execute("UPDATE public.tests_ahead SET seconds = seconds + %s", [seconds])

        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE public.tests_ahead (seconds double precision NOT NULL)")
            cursor.execute("INSERT INTO public.tests_ahead VALUES (0)")
            cursor.execute(
                "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$"
                " SELECT pg_catalog.clock_timestamp()"
                " + (SELECT seconds FROM public.tests_ahead) * interval '1 second' $$"
            )
            cursor.execute(f"ALTER DATABASE {name} SET search_path = public, pg_catalog")
        connection.close()
        try:
            yield ahead
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER DATABASE {name} RESET search_path")
                cursor.execute("DROP FUNCTION public.clock_timestamp()")
                cursor.execute("DROP TABLE public.tests_ahead")
            connection.close()
