"""Who gets a video, and in which parts. rules: M3, A5"""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.roles import ORGANIZER
from contests.models import Conflict, Judge
from media_uploads.models import VideoSubmission
from tests.media_uploads.builders import NOON, a_contest, a_ready_video, a_unit, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return a_unit(a_contest())


@pytest.fixture
def video(unit):
    return a_ready_video(unit)


def fetch(video: VideoSubmission, user=None, **headers: str):
    client = Client()
    if user is not None:
        client.force_login(user)
    url = reverse("video_copy", kwargs={"public_id": video.public_id})
    return client.get(url, headers=headers)


def statuses(video: VideoSubmission, user=None) -> set[int]:
    """The answers for copy and poster."""
    client = Client()
    if user is not None:
        client.force_login(user)
    names = ("video_copy", "video_poster")
    return {
        client.get(reverse(name, kwargs={"public_id": video.public_id})).status_code
        for name in names
    }


def test_before_publication_only_those_concerned_may_watch(unit, video) -> None:
    organizer = a_user("organizer", is_staff=True)
    organizer.groups.add(Group.objects.get(name=ORGANIZER))
    unit.contest.organizers.add(organizer)
    judge = Judge.objects.create(contest=unit.contest, user=a_user("judge", is_staff=True))
    other = a_unit(a_contest("khac"))
    strange_organizer = a_user("strange-organizer", is_staff=True)
    strange_organizer.groups.add(Group.objects.get(name=ORGANIZER))
    other.contest.organizers.add(strange_organizer)
    strange_judge = Judge.objects.create(contest=other.contest, user=a_user("strange-judge"))

    for user in (unit.coordinator, organizer, judge.user):
        assert statuses(video, user) == {200}
    for user in (None, other.coordinator, strange_organizer, strange_judge.user):
        assert statuses(video, user) == {404}


def test_a_judge_never_gets_the_video_of_a_unit_in_conflict(unit, video) -> None:
    own = Judge.objects.create(contest=unit.contest, user=a_user("own"), unit=unit)
    declared = Judge.objects.create(
        contest=unit.contest, user=a_user("declared", is_superuser=True)
    )
    Conflict.objects.create(judge=declared, unit=unit, reason="Người thân", declared_at=NOON)
    unit.coordinator = own.user
    unit.save(update_fields=["coordinator"])
    for judge in (own, declared):
        assert statuses(video, judge.user) == {404}


def test_the_gallery_is_open_once_results_are_published(unit, video) -> None:
    assert statuses(video) == {404}
    unit.contest.provisional_at = NOON + dt.timedelta(days=4)
    unit.contest.save(update_fields=["provisional_at"])
    assert statuses(video) == {200}
    for missing in ("in_gallery", "may_be_shown"):
        VideoSubmission.objects.update(**{missing: False})
        assert statuses(video) == {404}
        VideoSubmission.objects.update(**{missing: True})
    assert statuses(video) == {200}


def test_an_unfinished_video_is_not_found(unit, video) -> None:
    VideoSubmission.objects.update(state=VideoSubmission.State.INSPECTED)
    assert statuses(video, unit.coordinator) == {404}


def test_a_lost_copy_is_not_found(unit, video, media) -> None:
    (media / video.copy).unlink()
    assert fetch(video, unit.coordinator).status_code == 404


def test_the_whole_copy_says_that_it_can_be_had_in_parts(unit, video) -> None:
    answer = fetch(video, unit.coordinator)
    assert answer.getvalue() == bytes(range(256)) * 40
    assert answer.headers["Content-Length"] == "10240"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_part_is_sent_as_a_part(unit, video) -> None:
    answer = fetch(video, unit.coordinator, range="bytes=250-259")
    assert answer.status_code == 206
    assert answer.getvalue() == bytes([250, 251, 252, 253, 254, 255, 0, 1, 2, 3])
    assert answer.headers["Content-Range"] == "bytes 250-259/10240"
    assert answer.headers["Content-Length"] == "10"


def test_a_part_behind_the_end_is_answered_with_the_size(unit, video) -> None:
    answer = fetch(video, unit.coordinator, range="bytes=10240-")
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */10240"
    assert answer.content == b""


def test_a_known_version_is_not_sent_again(unit, video) -> None:
    etag = fetch(video, unit.coordinator).headers["ETag"]
    assert fetch(video, unit.coordinator, **{"if-none-match": etag}).status_code == 304
    part = {"range": "bytes=0-9"}
    assert fetch(video, unit.coordinator, **part, **{"if-range": etag}).status_code == 206
    assert fetch(video, unit.coordinator, **part, **{"if-range": '"old"'}).status_code == 200


@pytest.mark.parametrize(("name", "kind"), [("copy", "video/mp4"), ("poster", "image/jpeg")])
def test_behind_nginx_the_program_only_says_which_file(
    unit, video, settings, name: str, kind: str
) -> None:
    settings.MEDIA_ACCEL = "/protected-media/"
    client = Client()
    url = reverse(f"video_{name}", kwargs={"public_id": video.public_id})
    assert "X-Accel-Redirect" not in client.get(url).headers

    client.force_login(unit.coordinator)
    answer = client.get(url, headers={"range": "bytes=0-9"})

    assert answer.content == b""
    assert answer.headers["X-Accel-Redirect"] == f"/protected-media/{getattr(video, name)}"
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Disposition"] == "inline"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_can_be_posted(unit, video) -> None:
    client = Client()
    client.force_login(unit.coordinator)
    url = reverse("video_copy", kwargs={"public_id": video.public_id})
    assert client.post(url).status_code == 405
