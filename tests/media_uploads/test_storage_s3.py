"""With S3 instead of a folder: the same way from received to watched, nothing left here. rules: V4

The bucket is moto's, served over HTTP on this host; what browsers do is done by plain HTTP.
"""

import datetime as dt
import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from moto.server import ThreadedMotoServer

from config.buckets import S3
from contests.clock import database_now
from media_uploads import processing, storage
from media_uploads.models import MAX_TRIES, PATIENCE, VideoSubmission
from portal.demo.removal import remove
from tests.media_uploads.builders import NOON, a_contest, a_unit, a_video
from tests.media_uploads.samples import Samples

pytestmark = pytest.mark.django_db
State = VideoSubmission.State


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, settings, tmp_path: Path):
    """An empty bucket of this test, in the settings."""
    name = f"videos-{abs(hash(tmp_path)) % 10**12}"
    settings.S3 = S3(name, endpoint, "us-east-1", "a key of the tests", "its secret")
    bucket = storage.bucket()
    bucket._client.create_bucket(Bucket=name)
    return bucket


@pytest.fixture
def unit():
    return a_unit(a_contest())


def stored(bucket) -> set[str]:
    listed = bucket._client.list_objects_v2(Bucket=bucket.bucket_name)
    return {item["Key"] for item in listed.get("Contents", [])}


def here(media: Path) -> list[str]:
    """The files of this host, whatever they are."""
    return sorted(str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())


def fetched(address: str, **headers: str):
    """What a browser gets that follows an address without any cookie."""
    assert address.startswith("http://127.0.0.1:")
    request = urllib.request.Request(address, headers=headers)  # noqa: S310
    return urllib.request.urlopen(request, timeout=30)  # noqa: S310


def watched(video: VideoSubmission, name: str, **headers: str):
    client = Client()
    client.force_login(video.unit.coordinator)
    return client.get(reverse(name, kwargs={"public_id": video.public_id}), headers=headers)


def test_a_video_goes_the_whole_way_and_nothing_stays_here(
    unit, samples: Samples, bucket, media: Path
) -> None:
    film = samples.good()
    video = a_video(unit, film)

    processing.inspect_submission(video, now=NOON)
    assert (video.state, video.verdict_code) == (State.INSPECTED, "accepted")
    assert video.sha256 == hashlib.sha256(film.read_bytes()).hexdigest()
    assert stored(bucket) == {video.original}
    assert here(media) == []

    processing.encode_submission(video, now=NOON)
    assert (video.state, video.progress) == (State.READY, 100)
    assert stored(bucket) == {video.original, video.copy, video.poster}
    assert here(media) == []
    assert fetched(bucket.url(video.original)).read() == film.read_bytes()


def test_a_copy_is_watched_in_parts_by_an_address_that_ends_soon(
    unit, samples: Samples, bucket
) -> None:
    video = a_video(unit, samples.good())
    processing.inspect_submission(video, now=NOON)
    processing.encode_submission(video, now=NOON)

    answer = watched(video, "video_copy")

    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    address = answer.headers["Location"]
    assert urlsplit(address).path == f"/{bucket.bucket_name}/{video.copy}"
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in address
    assert "X-Amz-Expires=600" in address
    whole = fetched(address)
    data = whole.read()
    assert whole.headers["Content-Type"] == "video/mp4"
    assert whole.headers["Content-Disposition"] == "inline"
    assert data[4:8] == b"ftyp"
    part = fetched(address, Range="bytes=100-299")
    assert part.status == 206
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(data)}"
    assert part.read() == data[100:300]
    assert fetched(watched(video, "video_poster").headers["Location"]).read(3) == b"\xff\xd8\xff"


def test_without_a_signed_address_nothing_is_had(unit, samples: Samples, bucket) -> None:
    video = a_video(unit, samples.good())
    processing.inspect_submission(video, now=NOON)
    processing.encode_submission(video, now=NOON)
    for name in (video.original, video.copy):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            fetched(bucket.url(name).partition("?")[0])
    address = reverse("video_copy", kwargs={"public_id": video.public_id})
    assert Client().get(address).status_code == 404


def test_a_refused_original_is_kept_too(unit, samples: Samples, bucket, media: Path) -> None:
    video = a_video(unit, samples.text())
    processing.inspect_submission(video, now=NOON)
    assert video.state == State.REFUSED
    assert stored(bucket) == {video.original}
    assert here(media) == []


@pytest.mark.parametrize("fault", ["nobody there", "no such bucket", "wrong size"])
def test_an_original_stays_here_until_the_bucket_has_it_whole(
    unit, samples: Samples, bucket, media: Path, settings, monkeypatch, fault: str
) -> None:
    given = settings.S3
    video = a_video(unit, samples.good())
    if fault == "nobody there":
        settings.S3 = replace(given, endpoint_url="http://127.0.0.1:9")
    elif fault == "no such bucket":
        settings.S3 = replace(given, bucket="another")
    else:
        # A bucket that cuts what it is given.
        head = {"ContentLength": 7}
        monkeypatch.setattr(bucket._client, "head_object", lambda **asked: head)

    for _try in range(MAX_TRIES + 1):
        processing.inspect_submission(video, now=database_now())
        assert (video.state, video.tries, video.leased_until) == (State.RECEIVED, 0, None)
    assert here(media) == [video.original]

    monkeypatch.undo()
    settings.S3 = given
    settings.MEDIA_ROOT = media
    assert processing.due_again(now=database_now() + PATIENCE) == [video]
    processing.inspect_submission(video, now=database_now())
    assert video.state == State.INSPECTED
    assert stored(bucket) == {video.original}


def test_an_original_that_is_nowhere_fails_the_video(unit, samples: Samples, bucket) -> None:
    video = a_video(unit, samples.good())
    processing.inspect_submission(video, now=NOON)
    bucket.remove(video.original)
    processing.encode_submission(video, now=NOON)
    assert video.state == State.FAILED
    assert video.failure != ""


def test_what_a_killed_worker_left_here_is_swept_into_the_bucket(
    unit, samples: Samples, bucket, media: Path
) -> None:
    video = a_video(unit, samples.good())
    processing.inspect_submission(video, now=NOON)
    # A file supplied for the copy, and an original whose worker was killed after the outcome.
    for name in (video.original, "originals/supplied"):
        (media / name).parent.mkdir(exist_ok=True)
        (media / name).write_bytes(samples.good().read_bytes())
    VideoSubmission.objects.filter(pk=video.pk).update(supplied="originals/supplied")
    # While there is work to do they are needed here.
    assert processing.sweep_files(now=NOON) == []
    VideoSubmission.objects.filter(pk=video.pk).update(state=State.READY)
    video.refresh_from_db()

    assert processing.sweep_files(now=NOON) == [video]
    processing.keep_originals(video)

    assert stored(bucket) == {video.original, video.supplied}
    assert here(media) == []
    assert processing.sweep_files(now=NOON) == []


def test_what_a_killed_encoder_fetched_is_swept_away(unit, samples: Samples, bucket, media) -> None:
    video = a_video(unit, samples.good())
    processing.inspect_submission(video, now=NOON)
    left = media / "work" / f"{video.pk}-killed"
    left.mkdir(parents=True)
    (left / "copy.mp4.part").write_bytes(b"half")
    long_ago = NOON.timestamp()
    os.utime(left, (long_ago, long_ago))
    now = database_now()

    VideoSubmission.objects.filter(pk=video.pk).update(leased_until=now + dt.timedelta(seconds=1))
    processing.sweep_files(now=now)
    assert here(media) != []
    processing.sweep_files(now=now + dt.timedelta(seconds=1))
    assert here(media) == []


def test_a_removed_demonstration_leaves_nothing_in_the_bucket(
    unit, samples: Samples, bucket, django_capture_on_commit_callbacks
) -> None:
    video = a_video(unit, samples.good())
    processing.inspect_submission(video, now=NOON)
    processing.encode_submission(video, now=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        remove(unit.contest)
    assert stored(bucket) == set()
