"""The worker's sign of life."""

from __future__ import annotations

import datetime as dt

from django.db import models


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def beat(self, *, name: str, now: dt.datetime) -> None:
        self.update_or_create(name=name, defaults={"at": now})

    def last_at(self) -> dt.datetime | None:
        """Return when a worker last gave a sign of life; None if none ever has."""
        return self.aggregate(at=models.Max("at"))["at"]


class Heartbeat(models.Model):
    """When a worker last ran the task that only says that workers run."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
