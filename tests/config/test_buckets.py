"""S3 by environment: what can be used is used, what cannot stops the start by its name."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

WHOLE = {
    "S3_BUCKET": "hoithi",
    "S3_ENDPOINT_URL": "https://s3.example.gov.vn:9000",
    "S3_ACCESS_KEY_ID": "id",
    "S3_SECRET_ACCESS_KEY": "secret",
}
TOLD = """
import json, sys
from config import settings
policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
print(json.dumps({
    "s3": settings.S3 and [settings.S3.bucket, settings.S3.endpoint_url, settings.S3.region],
    "img": policy["img-src"], "media": policy.get("media-src"), "accel": settings.MEDIA_ACCEL,
}))
"""


def started(folder: Path, **changes: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "-c", TOLD],
        env={**kept, "DATA_DIR": str(folder), **changes},
        capture_output=True,
        text=True,
    )


def test_without_a_bucket_pages_fetch_from_here_alone(tmp_path: Path) -> None:
    said = json.loads(started(tmp_path).stdout)
    assert said == {"s3": None, "img": ["'self'", "data:"], "media": None, "accel": ""}


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://s3.example.gov.vn:9000", "https://s3.example.gov.vn:9000"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
        ("", "https://s3.ap-southeast-1.amazonaws.com"),
    ],
)
def test_with_a_bucket_pages_may_fetch_from_its_endpoint(
    tmp_path: Path, endpoint: str, origin: str
) -> None:
    changes = {**WHOLE, "S3_ENDPOINT_URL": endpoint, "S3_REGION": "ap-southeast-1"}
    said = json.loads(started(tmp_path, **changes).stdout)
    assert said["s3"] == ["hoithi", endpoint.rstrip("/"), "ap-southeast-1"]
    assert said["img"] == ["'self'", "data:", origin]
    assert said["media"] == ["'self'", origin]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("S3_BUCKET", ""),
        ("S3_BUCKET", "Hoi thi"),
        ("S3_BUCKET", "../x"),
        ("S3_ENDPOINT_URL", "s3.example.gov.vn"),
        ("S3_ENDPOINT_URL", "ftp://s3.example.gov.vn"),
        ("S3_ENDPOINT_URL", "https://s3.example.gov.vn/videos"),
        ("S3_ENDPOINT_URL", "https://s3.example.gov.vn;script-src *"),
        ("S3_ENDPOINT_URL", "https://s3.example.gov.vn:port"),
        ("S3_REGION", "far away"),
        ("S3_ACCESS_KEY_ID", ""),
        ("S3_SECRET_ACCESS_KEY", ""),
        ("MEDIA_ACCEL", "protected-media"),
        ("MEDIA_ACCEL", "/protected media/"),
    ],
)
def test_a_value_that_cannot_be_used_stops_the_start_by_its_name(
    tmp_path: Path, name: str, value: str
) -> None:
    done = started(tmp_path, **{**WHOLE, name: value})
    assert done.returncode == 1
    assert f"ImproperlyConfigured: {name}: " in done.stderr
