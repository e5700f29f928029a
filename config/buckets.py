"""S3 as it is configured: where the videos are kept when it is not on this host."""

import re
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ENDPOINT = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")
REGION = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class S3:
    """A bucket, how it is reached, and the account's key; the addresses are path style."""

    bucket: str
    endpoint_url: str
    region: str
    access_key: str
    secret_key: str

    @property
    def origin(self) -> str:
        """Where browsers are sent for copies and posters: what a page's policy has to allow."""
        return self.endpoint_url or f"https://s3.{self.region}.amazonaws.com"


def configured(
    *, bucket: str, endpoint_url: str, region: str, access_key: str, secret_key: str
) -> S3 | None:
    """Return the bucket to use, None where none is named.

    Raises ImproperlyConfigured, which names the variable that cannot be used.
    """
    beside = {
        "S3_ENDPOINT_URL": endpoint_url,
        "S3_ACCESS_KEY_ID": access_key,
        "S3_SECRET_ACCESS_KEY": secret_key,
    }
    if not bucket:
        for name, value in beside.items():
            if value:
                raise ImproperlyConfigured(f"S3_BUCKET: needed beside {name}")
        return None
    if not BUCKET.fullmatch(bucket):
        raise ImproperlyConfigured(f"S3_BUCKET: this is no name of a bucket: {bucket!r}")
    if not REGION.fullmatch(region):
        raise ImproperlyConfigured(f"S3_REGION: this is no name of a region: {region!r}")
    for name in ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"):
        if not beside[name]:
            raise ImproperlyConfigured(f"{name}: needed beside S3_BUCKET")
    return S3(bucket, _origin(endpoint_url), region, access_key, secret_key)


def _origin(url: str) -> str:
    """Check that an endpoint is a scheme, a host and at most a port: pages name it as a source."""
    origin = url.rstrip("/").lower()
    if url and not ENDPOINT.fullmatch(origin):
        raise ImproperlyConfigured("S3_ENDPOINT_URL: expected https://host or https://host:port")
    return origin
