"""The two addresses that say whether the program is up and able to work."""

import datetime as dt

import pytest
from django.utils import timezone

from media_uploads.models import VideoSubmission
from portal import health
from portal.models import Heartbeat
from portal.tasks import worker_alive
from tests.make import make_contest, make_unit, make_video

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


def test_the_process_says_that_it_is_up_without_asking_the_database(
    client, django_assert_num_queries
):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert response.json() == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


def test_ready_when_a_worker_is_alive(client):
    worker_alive()
    worker_alive(name="videos")
    report = client.get("/readyz")
    assert report.status_code == 200
    assert report.json()["status"] == "ok"
    assert set(report.json()["checks"]) == {
        *("database", "broker", "disk", "worker", "video_worker", "videos"),
    }


def test_not_ready_before_any_worker_ever_ran(client):
    report = client.get("/readyz")
    assert report.status_code == 503
    checks = report.json()["checks"]
    assert checks["worker"] == {"ok": False, "age_seconds": None}
    assert checks["video_worker"] == {"ok": False, "age_seconds": None, "busy": False}


@pytest.mark.parametrize(
    ("age", "fine"),
    [(health.WORKER_SILENCE, True), (health.WORKER_SILENCE + dt.timedelta(microseconds=1), False)],
)
def test_a_worker_that_has_been_silent_too_long_is_told(age, fine):
    now = timezone.now()
    Heartbeat.objects.beat(name="worker", now=now - age)
    Heartbeat.objects.beat(name="videos", now=now - age)
    assert health.worker(now)["ok"] is fine
    assert health.video_worker(now)["ok"] is fine


@pytest.mark.parametrize("dead", ["worker", "videos"])
def test_one_worker_alive_does_not_hide_that_the_other_is_dead(dead):
    now = timezone.now()
    for name in ("worker", "videos"):
        age = health.WORKER_SILENCE * 2 if name == dead else MINUTE
        Heartbeat.objects.beat(name=name, now=now - age)
    assert health.worker(now)["ok"] is (dead != "worker")
    assert health.video_worker(now)["ok"] is (dead != "videos")


def test_beating_twice_keeps_one_row():
    worker_alive()
    worker_alive()
    assert Heartbeat.objects.count() == 1


def test_a_worker_busy_with_a_video_is_alive():
    now = timezone.now()
    video = make_video(make_unit(make_contest()), state=VideoSubmission.State.INSPECTED)
    VideoSubmission.objects.filter(pk=video.pk).update(leased_until=now + MINUTE)
    assert health.video_worker(now) == {"ok": True, "age_seconds": None, "busy": True}
    assert health.worker(now) == {"ok": False, "age_seconds": None}


@pytest.mark.parametrize(("waited", "stuck"), [(5, 0), (12, 1)])
def test_a_video_nobody_takes_up_is_stuck(waited, stuck):
    now = timezone.now()
    make_video(
        make_unit(make_contest()),
        state=VideoSubmission.State.RECEIVED,
        queued_at=now - waited * MINUTE,
    )
    assert health.videos(now) == {"ok": not stuck, "stuck": stuck}


def test_a_queue_that_cannot_be_written_is_told(settings, tmp_path):
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path / "gone")}
    assert health.broker() == {"ok": False}


def test_a_disk_that_is_gone_is_told(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "gone"
    assert health.disk() == {"ok": False}


def test_only_reading_is_allowed(client):
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405
