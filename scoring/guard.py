"""The database's guard over sheets, their history, minutes of discussions, published results and
certificates, lifted to remove a whole contest."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def lifted() -> Iterator[None]:
    """Let guarded rows be removed in one transaction (migrations 0004, 0008, 0009, 0011)."""
    with transaction.atomic():
        _set("off")
        yield
        _set("on")


def _set(value: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Until the transaction ends; a rollback takes it back as well.
            cursor.execute("SELECT set_config('scoring.guard', %s, true)", [value])
