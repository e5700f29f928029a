"""The bucket in which videos are kept; imported only where one is configured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from config.buckets import S3
from media_uploads.storage import StorageAway

# A player asks again for each part; the address has to outlive a film that is paused for a while.
ADDRESS_SECONDS = 600
CONNECT_SECONDS, READ_SECONDS, TRIES = 5, 60, 3


class Bucket(S3Storage):
    """Private objects, reached with SigV4 and path-style addresses, which any S3 understands."""

    @classmethod
    def of(cls, given: S3) -> Bucket:
        return cls(
            bucket_name=given.bucket,
            endpoint_url=given.endpoint_url or None,
            region_name=given.region,
            access_key=given.access_key,
            secret_key=given.secret_key,
            querystring_expire=ADDRESS_SECONDS,
            transfer_config=TransferConfig(max_concurrency=4),
            client_config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "max_attempts": TRIES},
            ),
        )

    @cached_property
    def connection(self) -> Any:
        """One for all threads, which share its client; each of their own would weigh megabytes."""
        return super().connection

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def put(self, source: Path, name: str, *, content_type: str) -> None:
        """Store a file; afterwards it is there in full length. Raises StorageAway, OSError."""
        size = source.stat().st_size
        with _telling():
            self._client.upload_file(
                str(source),
                self.bucket_name,
                name,
                ExtraArgs={"ContentType": content_type},
                Config=self.transfer_config,
            )
            stored = self._client.head_object(Bucket=self.bucket_name, Key=name)["ContentLength"]
        if stored != size:
            raise StorageAway(f"{name}: {stored} bytes of {size} were stored")

    def fetch(self, name: str, target: Path) -> None:
        """Load an object into a file. Raises FileNotFoundError, OSError, StorageAway."""
        with _telling():
            self._client.download_file(
                self.bucket_name, name, str(target), Config=self.transfer_config
            )

    def remove(self, name: str) -> None:
        """Delete an object; none is no error. Raises StorageAway."""
        with _telling():
            self._client.delete_object(Bucket=self.bucket_name, Key=name)

    def address(self, name: str, *, content_type: str) -> str:
        """Return an address that shows one object, for ADDRESS_SECONDS, to whoever has it."""
        shown = {"ResponseContentType": content_type, "ResponseContentDisposition": "inline"}
        return str(self.url(name, parameters=shown))


@contextmanager
def _telling() -> Iterator[None]:
    """Turn the library's errors into the two that matter here."""
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"].get("HTTPStatusCode") == 404:
            raise FileNotFoundError(str(error)) from error
        raise StorageAway(str(error)) from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageAway(str(error)) from error
