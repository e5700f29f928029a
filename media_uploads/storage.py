"""Where the files of videos are: they arrive on this host, and stay here or go to a bucket.

Originals arrive in a folder below MEDIA_ROOT and are the only ones there until they are safely
kept. Copies are made in a work folder beside it and moved when they are whole, so that what a
killed worker leaves is in that folder alone.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from media_uploads.models import LEASE, media_storage

if TYPE_CHECKING:
    from config.buckets import S3
    from media_uploads.bucket import Bucket

WORK = "work"
ORIGINALS = "originals"
ANY_BYTES = "application/octet-stream"
# Longer than any form takes to arrive; what is older was left by a killed web process.
ARRIVING = dt.timedelta(hours=6)


class StorageAway(Exception):
    """The bucket did not do what was asked, though it may later."""


def bucket() -> Bucket | None:
    """Return where media are kept when that is not this host."""
    return _bucket(settings.S3) if settings.S3 else None


@cache
def _bucket(given: S3) -> Bucket:
    # A web process without a bucket does not carry the library.
    from media_uploads.bucket import Bucket

    return Bucket.of(given)


def path_of(name: str) -> Path:
    """Return where a file of this name lies on this host, if it does."""
    return Path(media_storage().path(name))


@contextmanager
def work_folder(video_pk: int) -> Iterator[Path]:
    """A folder for one try at a video's job; it goes with what is in it."""
    root = path_of(WORK)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{video_pk}-", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def at_hand(name: str, folder: Path) -> Path:
    """Return a path with the content of a stored file: where it lies, or fetched into `folder`.

    Raises FileNotFoundError, OSError, StorageAway.
    """
    path = path_of(name)
    if path.exists():
        return path
    away = bucket()
    if away is None:
        raise FileNotFoundError(name)
    target = folder / "original"
    away.fetch(name, target)
    return target


def keep(source: Path, name: str, *, content_type: str = ANY_BYTES) -> None:
    """Put a whole file where media are kept: moved, or stored in the bucket and then deleted here.

    Raises OSError, StorageAway; the file then still lies where it lay.
    """
    away = bucket()
    if away is not None:
        away.put(source, name, content_type=content_type)
        source.unlink()
    elif source != (target := path_of(name)):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        source.replace(target)


def keep_original(name: str) -> None:
    """Put an original where media are kept, unless it is there already. rules: V4"""
    if bucket() is not None and (path := path_of(name)).exists():
        keep(path, name)


def delete(name: str) -> None:
    """Delete a file wherever it is. Raises StorageAway."""
    path_of(name).unlink(missing_ok=True)
    away = bucket()
    if away is not None:
        away.remove(name)


def waiting_originals() -> list[str]:
    """Return the names of originals on this host that belong into the bucket."""
    if bucket() is None or not path_of(ORIGINALS).is_dir():
        return []
    return sorted(f"{ORIGINALS}/{path.name}" for path in path_of(ORIGINALS).iterdir())


def sweep_work(leased: Collection[int]) -> int:
    """Delete what killed workers and web processes left; return how many.

    `leased` are the videos somebody works on: their folders stay, however old they are.
    """
    left = [
        folder
        for folder in _older(path_of(WORK), LEASE)
        if not folder.name.partition("-")[0].isdecimal()
        or int(folder.name.partition("-")[0]) not in leased
    ]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    arrived = _older(Path(settings.FILE_UPLOAD_TEMP_DIR), ARRIVING)
    for file in arrived:
        file.unlink(missing_ok=True)
    return len(left) + len(arrived)


def _older(folder: Path, age: dt.timedelta) -> list[Path]:
    """What is in a folder and has not changed for `age`."""
    latest = time.time() - age.total_seconds()
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            if path.stat().st_mtime <= latest:
                found.append(path)
        except FileNotFoundError:
            continue  # somebody was faster
    return found
