"""The bell that says that the workers and their beat are running."""

from celery import shared_task

from contests.clock import database_now
from portal.models import Heartbeat

WORKER = "worker"


@shared_task
def worker_alive(*, name: str = WORKER) -> None:
    """Note that the worker of a queue took a message; /readyz looks at how long ago that was."""
    Heartbeat.objects.beat(name=name, now=database_now())
