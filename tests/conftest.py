"""Fixtures that several rooms share."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from hypothesis.database import DirectoryBasedExampleDatabase

from config.celery import app
from tests.processes import ROOT, Child, environment

pytest_plugins = ["tests.browser", "tests.scheduling"]

# The browser's driver runs a loop in the test's thread, and Django would refuse the ORM there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

hypothesis.settings.register_profile(
    "contest",
    deadline=None,
    derandomize="CI" in os.environ,
    database=None if "CI" in os.environ else DirectoryBasedExampleDatabase(ROOT / "var/hypothesis"),
)
hypothesis.settings.load_profile("contest")


def pytest_sessionfinish() -> None:
    """Leave no key of this run in a Redis that others may use."""
    if settings.REDIS_URL:
        with redis.from_url(settings.REDIS_URL) as client:
            for key in client.scan_iter(match=f"{settings.DATA_DIR.name}:*", count=1000):
                client.delete(key)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they are: none runs in the wrong stage or on a half-empty database."""
    drills = ROOT / "tests" / "drills"
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "new_context" in fixtures:
            item.add_marker(pytest.mark.browser)
        if drills in item.path.parents:
            item.add_marker(pytest.mark.drill)
        given = item.get_closest_marker("django_db")
        kwargs = dict(given.kwargs) if given else {}
        if kwargs.get("transaction") or {"transactional_db", "live_server"} & set(fixtures):
            # Roles and permissions are rows made by migrations: put back after each flush.
            kwargs.update(transaction=True, serialized_rollback=True)
            item.add_marker(pytest.mark.django_db(**kwargs), append=False)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Let every connection know the rows that are put back after a flush.

    Django keeps them on one connection object; once the browser's driver runs a loop in this
    thread, Django gives the thread another.
    """
    connection = connections["default"]
    if contents := getattr(connection, "_test_serialized_contents", None):
        type(connection)._test_serialized_contents = contents  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    """What is cached by an id would meet the same id again in the next test."""
    cache.clear()


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    """An empty media folder for each test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FILE_UPLOAD_TEMP_DIR = settings.MEDIA_ROOT / "incoming"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True)
    return settings.MEDIA_ROOT


@pytest.fixture
def worker(transactional_db: None, media: Path) -> Iterator[Child]:
    """A real Celery worker on this test's database, files and queue."""
    app.control.purge()
    child = Child(
        *("-m", "celery", "-A", "config", "worker", "--pool", "prefork", "--concurrency", "1"),
        *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        env=environment(MEDIA_ROOT=str(media)),
    )
    child.wait_for(" ready.")
    yield child
    child.end()
