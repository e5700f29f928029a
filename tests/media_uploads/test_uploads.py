"""A coordinator hands in a video by the plain form."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contests.models import Unit
from media_uploads import uploads
from media_uploads.models import VideoSubmission, media_storage
from tests.media_uploads.builders import NOON, a_contest, a_unit

pytestmark = pytest.mark.django_db
CONTENT = b"not looked at here " * 50


@pytest.fixture(autouse=True)
def _clock() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def signed_in(unit: Unit, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(unit.coordinator)
    return client


def hand_in(client: Client, unit: Unit, **fields: Any) -> Any:
    data = {
        "title": "Một cửa  thân thiện ",
        "file": SimpleUploadedFile("bản cuối.mp4", CONTENT),
        **fields,
    }
    return client.post(reverse("video_upload", kwargs={"pk": unit.pk}), data)


def sentences(response: Any) -> list[str]:
    return [str(message) for message in response.wsgi_request._messages]


@pytest.fixture
def unit(settings: Any) -> Unit:
    # The host's clock is the test's clock: these tests are about the window, not the database.
    return a_unit(a_contest())


@pytest.fixture(autouse=True)
def _host_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.utils import timezone

    monkeypatch.setattr(uploads, "database_now", timezone.now)


def test_a_file_is_kept_whole_under_a_name_of_ours(unit: Unit, media: Path) -> None:
    response = hand_in(signed_in(unit), unit)

    video = VideoSubmission.objects.get()
    assert response.headers["Location"] == reverse("desk", kwargs={"pk": unit.pk})
    assert (video.title, video.version, video.size) == ("Một cửa thân thiện", 1, len(CONTENT))
    assert video.original_name == "bản cuối.mp4"
    assert video.state == VideoSubmission.State.RECEIVED
    assert video.upload_started_at == NOON
    path = Path(media_storage().path(video.original))
    assert path.read_bytes() == CONTENT
    assert path.name.isalnum()
    assert path.parent == media / "originals"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list((media / "incoming").iterdir()) == []


def test_a_second_file_is_the_next_version_and_keeps_the_first(unit: Unit) -> None:
    client = signed_in(unit)
    hand_in(client, unit)
    hand_in(client, unit, title="Bản hai")

    first, second = VideoSubmission.objects.order_by("version")
    assert (first.version, second.version, second.title) == (1, 2, "Bản hai")
    assert Path(media_storage().path(first.original)).exists()


@pytest.mark.parametrize(
    ("moment", "taken", "word"),
    [
        (NOON - dt.timedelta(days=1, microseconds=1), False, "chưa"),
        (NOON - dt.timedelta(days=1), True, ""),
        (NOON + dt.timedelta(days=1, microseconds=-1), True, ""),
        (NOON + dt.timedelta(days=1), False, "ngừng"),
    ],
)
def test_a_file_is_taken_in_the_window_only(
    unit: Unit, moment: dt.datetime, taken: bool, word: str
) -> None:
    with time_machine.travel(moment, tick=False):
        response = hand_in(signed_in(unit), unit)
    assert VideoSubmission.objects.exists() is taken
    assert word in sentences(response)[0]


def test_an_upload_that_began_in_time_may_finish_for_thirty_minutes(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = unit.contest.video_closes_at - dt.timedelta(seconds=1)
    for finished, taken in (
        (unit.contest.video_closes_at + dt.timedelta(minutes=30, microseconds=-1), True),
        (unit.contest.video_closes_at + dt.timedelta(minutes=30), False),
    ):
        VideoSubmission.objects.all().delete()
        moments = iter([began, finished])
        monkeypatch.setattr(uploads, "database_now", lambda moments=moments: next(moments))
        hand_in(signed_in(unit), unit)
        assert VideoSubmission.objects.exists() is taken


def test_a_foreign_unit_is_not_found(unit: Unit) -> None:
    other = a_unit(unit.contest, "DV02")
    assert hand_in(signed_in(other), unit).status_code == 404
    assert not VideoSubmission.objects.exists()


def test_nobody_uploads_without_signing_in(unit: Unit) -> None:
    response = hand_in(Client(), unit)
    assert response.headers["Location"].startswith("/sign-in/")


def test_a_missing_csrf_token_is_refused_and_nothing_stays(unit: Unit, media: Path) -> None:
    response = hand_in(signed_in(unit, enforce_csrf_checks=True), unit)
    assert response.status_code == 403
    assert not VideoSubmission.objects.exists()
    assert not (media / "originals").exists()


def test_a_body_that_is_too_large_is_refused_before_it_is_read(
    unit: Unit, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "FORM_BYTES", 100)
    monkeypatch.setattr(uploads, "FORM_OVERHEAD", 100)
    response = hand_in(signed_in(unit), unit)
    assert "lớn" in sentences(response)[0]
    assert not response.wsgi_request._read_started
    assert not VideoSubmission.objects.exists()


def test_an_empty_file_and_a_blank_title_are_said_in_words(unit: Unit) -> None:
    client = signed_in(unit)
    empty = hand_in(client, unit, file=SimpleUploadedFile("a.mp4", b""))
    blank = hand_in(client, unit, title=" \u200b ")
    assert "rỗng" in sentences(empty)[-1] or "trống" in sentences(empty)[-1]
    assert "Tên video" in sentences(blank)[-1]
    assert not VideoSubmission.objects.exists()


def test_where_several_videos_are_allowed_the_slot_is_chosen(unit: Unit) -> None:
    unit.contest.videos_per_unit = 2
    unit.contest.save()
    client = signed_in(unit)
    hand_in(client, unit, slot="2")
    hand_in(client, unit, slot="3")
    assert list(VideoSubmission.objects.values_list("slot", flat=True)) == [2]
