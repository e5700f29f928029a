"""Where the bytes of a resumable upload go: the tus library's storage and lock over row and file.

The file's own size is the offset, so after a crash nothing can disagree with it. rules: V2
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from resumable_upload import Storage
from resumable_upload.locks import LockBackend

from media_uploads.models import Upload

Create = Callable[[str, int | None, dict[str, str]], Upload]
LOCK_POLL_SECONDS = 0.02


class UploadFile(Storage):
    """The one upload a request is about; every other id is unknown here.

    `create` makes the row and the empty file of a new one from its id, length and metadata.
    """

    def __init__(self, upload: Upload | None, create: Create) -> None:
        self.upload = upload
        self.create = create

    def create_upload(
        self,
        upload_id: str,
        upload_length: int | None,
        metadata: dict[str, str],
        expires_at: dt.datetime | None = None,
        is_partial: bool = False,
    ) -> None:
        self.upload = self.create(upload_id, upload_length, metadata)

    def get_upload(self, upload_id: str) -> dict[str, Any] | None:
        upload = self.upload
        if upload is None or str(upload.pk) != upload_id:
            return None
        return {
            "upload_length": upload.size,
            "offset": upload.offset,
            "expires_at": None if upload.video_id else upload.expires_at,
            "metadata": {},
            # The last piece sent again is no error: there is nothing left to store.
            "completed": False,
        }

    def write_chunk(self, upload_id: str, offset: int, data: bytes) -> None:
        """Append `data`; what fits is kept, for the file's size says how much. Raises OSError."""
        assert self.upload is not None
        if not data:
            return
        with self.upload.path.open("r+b", buffering=0) as file:
            left = memoryview(data)
            while left:
                written = os.pwrite(file.fileno(), left, offset)
                left, offset = left[written:], offset + written

    def update_offset_atomic(self, upload_id: str, expected_offset: int, new_offset: int) -> bool:
        return self.upload is not None and self.upload.offset == new_offset

    def complete_upload(self, upload_id: str) -> bool:
        """Never here: the library would swallow an error of `receiving.finish`."""
        return False

    def delete_upload(self, upload_id: str) -> None:
        assert self.upload is not None
        self.upload.discard()

    def update_offset(self, upload_id: str, offset: int) -> None:
        """The size of the file is the offset."""

    def read_file(self, upload_id: str) -> bytes:
        raise NotImplementedError

    def get_expired_uploads(self) -> list[str]:
        return []

    def cleanup_expired_uploads(self) -> int:
        """The sweep's work, not a request's."""
        return 0


class FileLocks(LockBackend):
    """A lock per upload that all processes of the host see and that dies with its holder.

    Held for one piece only: a connection that died without a word locks nobody out.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held: dict[str, int] = {}

    def acquire(self, key: str, ttl_seconds: float, wait_timeout: float = 0.0) -> str | None:
        """Return a token, or None where it stays taken for `wait_timeout` seconds."""
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return "none"  # a finished upload has no file here; the library says what it is
        deadline = time.monotonic() + wait_timeout
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(handle)
                    return None
                time.sleep(LOCK_POLL_SECONDS)
            else:
                self.held[key] = handle
                return key

    def release(self, key: str, token: str) -> None:
        handle = self.held.pop(key, None)
        if handle is not None:
            os.close(handle)
