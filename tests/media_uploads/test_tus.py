"""Resumable uploads over HTTP: what tus promises, whose they are, when they come. rules: V1, V2"""

import base64
import datetime as dt
import fcntl
import hashlib
import uuid
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from contests.models import Unit
from media_uploads import receiving, tus
from media_uploads.models import Upload, VideoSubmission
from tests.media_uploads.builders import NOON, a_contest, a_unit

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    # The host's clock is the test's clock: these tests are about the window, not the database.
    monkeypatch.setattr(tus, "database_now", timezone.now)
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def unit(media: Path) -> Unit:
    return a_unit(a_contest())


class Sender:
    """A coordinator's tus client, request by request."""

    def __init__(self, unit: Unit, **options: Any) -> None:
        self.unit = unit
        self.client = Client(**options)
        self.client.force_login(unit.coordinator)

    def send(self, method: str, url: str, body: bytes = b"", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        told = {
            "Tus-Resumable": "1.0.0",
            "Content-Type": "application/offset+octet-stream",
            **named,
        }
        # The test client leaves the type out where there is no body; browsers do not.
        kind = told["Content-Type"]
        return self.client.generic(method, url, body, kind, headers=told, CONTENT_TYPE=kind)

    def create(self, size: object = len(CONTENT), **metadata: str) -> Any:
        told = {"filename": "bản cuối.mp4", "title": "Một cửa  thân thiện ", **metadata}
        coded = {name: base64.b64encode(text.encode()).decode() for name, text in told.items()}
        return self.send(
            "POST",
            reverse("uploads", kwargs={"pk": self.unit.pk}),
            Upload_Length=str(size),
            Upload_Metadata=",".join(f"{name} {text}" for name, text in coded.items()),
        )

    def begun(self, size: object = len(CONTENT), **metadata: str) -> str:
        response = self.create(size, **metadata)
        assert response.status_code == 201, response.content
        return str(response.headers["Location"])

    def patch(self, url: str, body: bytes, offset: int, **headers: str) -> Any:
        return self.send("PATCH", url, body, Upload_Offset=str(offset), **headers)


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def test_a_file_sent_in_parts_becomes_a_version(unit: Unit) -> None:
    sender = Sender(unit)
    url = sender.begun(may_be_shown="on")
    first = sender.patch(url, CONTENT[:4000], 0)
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "4000")
    told = sender.send("HEAD", url)
    assert (told.headers["Upload-Offset"], told.headers["Upload-Length"]) == ("4000", "10240")
    assert not VideoSubmission.objects.exists()

    last = sender.patch(url, CONTENT[4000:], 4000, X_Content_SHA256=SHA256)

    assert last.headers["Upload-Offset"] == "10240"
    video = VideoSubmission.objects.get()
    assert (video.title, video.original_name) == ("Một cửa thân thiện", "bản cuối.mp4")
    assert (video.size, video.sent_sha256, video.may_be_shown) == (10240, SHA256, True)
    assert video.state == VideoSubmission.State.RECEIVED
    assert (video.upload_started_at, video.received_at) == (NOON, NOON)
    path = video.upload.path
    assert path.read_bytes() == CONTENT
    assert (path.stat().st_mode & 0o777, path.name.isalnum()) == (0o600, True)
    assert AuditEntry.objects.filter(action="video.receive", actor=unit.coordinator).count() == 1


def test_the_end_comes_once_however_often_it_is_asked_for(unit: Unit) -> None:
    sender = Sender(unit)
    url = sender.begun()
    sender.patch(url, CONTENT, 0)
    again = sender.patch(url, b"", len(CONTENT))
    told = sender.send("HEAD", url)
    assert (again.status_code, told.headers["Upload-Offset"]) == (204, "10240")
    assert VideoSubmission.objects.count() == 1


def test_an_end_whose_answer_was_lost_is_made_up_for(unit: Unit) -> None:
    sender = Sender(unit)
    for make_up in (
        lambda url: sender.send("HEAD", url),
        lambda url: receiving.sweep(now=NOON),
    ):
        VideoSubmission.objects.update(received_at=NOON)
        url = sender.begun()
        upload = Upload.objects.unfinished().get()
        upload.path.write_bytes(CONTENT)
        make_up(url)
        upload.refresh_from_db()
        assert upload.video is not None
    assert VideoSubmission.objects.count() == 2


@pytest.mark.parametrize(
    ("offset", "body", "status"),
    [
        ("0", b"x" * 10, 409),
        ("200", b"x" * 10, 409),
        ("-1", b"x", 400),
        ("", b"x", 400),
        ("100", b"x" * 10141, 400),
    ],
)
def test_bytes_that_do_not_fit_change_nothing(
    unit: Unit, offset: str, body: bytes, status: int
) -> None:
    sender = Sender(unit)
    url = sender.begun()
    sender.patch(url, CONTENT[:100], 0)
    response = sender.send("PATCH", url, body, Upload_Offset=offset)
    assert response.status_code == status
    assert Upload.objects.get().path.read_bytes() == CONTENT[:100]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_what_another_request_is_writing_is_locked(
    unit: Unit, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(tus, "LOCK_WAIT_SECONDS", 0.0)
    sender = Sender(unit)
    url = sender.begun()
    with Upload.objects.get().path.open("rb") as writing:
        fcntl.flock(writing, fcntl.LOCK_EX)
        assert sender.send(method, url, CONTENT, Upload_Offset="0").status_code == 423
        assert Upload.objects.get().offset == 0
    assert sender.patch(url, CONTENT, 0).status_code == 204


def test_a_body_larger_than_a_piece_is_stored_whole(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tus, "PIECE", 1000)
    sender = Sender(unit)
    response = sender.patch(sender.begun(), CONTENT, 0)
    assert response.headers["Upload-Offset"] == "10240"
    assert VideoSubmission.objects.get().upload.path.read_bytes() == CONTENT


def test_a_version_of_the_protocol_that_is_not_ours_is_refused(unit: Unit) -> None:
    sender = Sender(unit)
    url = sender.begun()
    assert sender.patch(url, CONTENT, 0, Tus_Resumable="0.2.2").status_code == 412
    assert sender.patch(url, CONTENT, 0, Content_Type="text/plain").status_code == 415


def test_what_the_server_can_do_is_told(unit: Unit) -> None:
    told = Sender(unit).send("OPTIONS", reverse("uploads", kwargs={"pk": unit.pk})).headers
    assert told["Tus-Extension"] == "creation,termination,expiration"
    assert told["Tus-Max-Size"] == str(unit.contest.video_max_bytes)


@pytest.mark.parametrize(
    ("size", "metadata", "refused"),
    [
        ("0", {}, (400, "empty")),
        (str(2 * 1024**3 + 1), {}, (413, "too_large")),
        ("10240", {"title": "  "}, (400, "metadata")),
        ("10240", {"title": "x" * 161}, (400, "metadata")),
        ("10240", {"filename": ""}, (400, "metadata")),
    ],
)
def test_a_new_upload_that_cannot_be_is_refused_with_a_sentence(
    unit: Unit, size: str, metadata: dict[str, str], refused: tuple[int, str]
) -> None:
    response = Sender(unit).create(size, **metadata)
    assert refusal(response) == refused
    assert response.json()["message"].endswith((".", "ạ."))
    assert not Upload.objects.exists()


def test_a_length_told_later_is_refused(unit: Unit) -> None:
    sender = Sender(unit)
    url = reverse("uploads", kwargs={"pk": unit.pk})
    assert refusal(sender.send("POST", url, Upload_Defer_Length="1")) == (400, "empty")


def test_uploads_may_not_fill_the_disk(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = Sender(unit)
    sender.begun(size=60_000)
    free = receiving.shutil.disk_usage("/").free
    monkeypatch.setattr(receiving, "FREE_DISK", free - 100_000)
    assert refusal(sender.create(60_000)) == (507, "no_space")


def test_a_unit_has_a_few_unfinished_uploads_and_no_more(unit: Unit) -> None:
    sender = Sender(unit)
    urls = [sender.begun() for _ in range(receiving.UNFINISHED_A_SLOT)]
    assert refusal(sender.create()) == (403, "unfinished")
    assert sender.send("DELETE", urls[0]).status_code == 204
    sender.begun()


def test_a_unit_has_thirty_versions_and_no_more(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "VERSIONS_A_SLOT", 1)
    sender = Sender(unit)
    sender.patch(sender.begun(), CONTENT, 0)
    assert refusal(sender.create()) == (403, "too_many")


@pytest.mark.parametrize(
    ("moment", "refused"),
    [
        (NOON - dt.timedelta(days=1, microseconds=1), (403, "not_open")),
        (NOON - dt.timedelta(days=1), None),
        (NOON + dt.timedelta(days=1, microseconds=-1), None),
        (NOON + dt.timedelta(days=1), (403, "closed")),
    ],
)
def test_an_upload_begins_in_the_window_only(
    unit: Unit, moment: dt.datetime, refused: tuple[int, str] | None
) -> None:
    with time_machine.travel(moment, tick=False):
        response = Sender(unit).create()
    assert (refusal(response) if refused else None) == refused
    assert Upload.objects.exists() is (refused is None)


@pytest.mark.parametrize(("spare", "taken"), [(-1, True), (0, False)])
def test_an_upload_that_began_in_time_may_finish_for_thirty_minutes(
    unit: Unit, spare: int, taken: bool
) -> None:
    closes = unit.contest.video_closes_at
    with time_machine.travel(closes - dt.timedelta(seconds=1), tick=False):
        sender = Sender(unit)
        url = sender.begun()
    late = closes + dt.timedelta(minutes=30, microseconds=spare)
    with time_machine.travel(late, tick=False):
        response = sender.patch(url, CONTENT, 0)
    assert (response.status_code == 204) is taken
    assert VideoSubmission.objects.exists() is taken


def test_an_upload_nobody_goes_on_with_is_dropped_after_two_days(media: Path) -> None:
    unit = a_unit(
        a_contest(
            video_closes_at=NOON + dt.timedelta(days=9),
            judging_opens_at=NOON + dt.timedelta(days=10),
            judging_closes_at=NOON + dt.timedelta(days=11),
        )
    )
    sender = Sender(unit)
    url = sender.begun()
    sender.patch(url, CONTENT[:100], 0)
    upload = Upload.objects.get()
    receiving.sweep(now=NOON + dt.timedelta(hours=48, microseconds=-1))
    assert upload.path.exists()
    with time_machine.travel(NOON + dt.timedelta(hours=48, seconds=1), tick=False):
        assert sender.send("HEAD", url).status_code == 410
        receiving.sweep(now=timezone.now())
        assert sender.send("HEAD", url).status_code == 404
    assert list((media / "originals").iterdir()) == []


def test_a_finished_upload_cannot_be_dropped(unit: Unit) -> None:
    sender = Sender(unit)
    url = sender.begun()
    sender.patch(url, CONTENT, 0)
    assert refusal(sender.send("DELETE", url)) == (409, "finished")
    sender.client.post(f"{url}/drop/")
    receiving.sweep(now=NOON + dt.timedelta(days=30))
    assert VideoSubmission.objects.get().upload.path.read_bytes() == CONTENT


def test_the_button_drops_an_unfinished_upload(unit: Unit, media: Path) -> None:
    sender = Sender(unit)
    url = sender.begun()
    response = sender.client.post(f"{url}/drop/")
    assert response.headers["Location"] == reverse("desk", kwargs={"pk": unit.pk})
    assert not Upload.objects.exists()
    assert list((media / "originals").iterdir()) == []


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
def test_an_upload_belongs_to_its_unit_on_every_verb(unit: Unit, method: str) -> None:
    url = Sender(unit).begun()
    other = Sender(a_unit(unit.contest, "DV02"))
    own_address = url.replace(f"/unit/{unit.pk}/", f"/unit/{other.unit.pk}/")
    for address in (url, own_address, url[:-36] + str(uuid.uuid4())):
        response = other.send(method, address, CONTENT[:10], Upload_Offset="0")
        assert response.status_code == 404
    assert Upload.objects.get().offset == 0


def test_nobody_signed_in_is_told_to_sign_in(unit: Unit) -> None:
    sender = Sender(unit)
    url = sender.begun()
    sender.client.logout()
    assert refusal(sender.patch(url, CONTENT, 0)) == (401, "not_signed_in")
    assert refusal(sender.create()) == (401, "not_signed_in")


def test_another_site_cannot_send(unit: Unit) -> None:
    url = Sender(unit).begun()
    strict = Sender(unit, enforce_csrf_checks=True)
    assert strict.create().status_code == 403
    for method in ("PATCH", "DELETE"):
        assert strict.send(method, url, b"x", Upload_Offset="0").status_code == 403
    assert Upload.objects.get().offset == 0


def test_a_hash_that_is_none_is_not_kept(unit: Unit) -> None:
    sender = Sender(unit)
    sender.patch(sender.begun(), CONTENT, 0, X_Content_SHA256="zz")
    assert VideoSubmission.objects.get().sent_sha256 == ""
