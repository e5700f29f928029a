"""The bells: a real worker takes a video from received to ready; a lost broker loses nothing."""

import logging

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from config.celery import app
from media_uploads import tasks
from media_uploads.leases import sole_encoder
from media_uploads.models import VideoSubmission
from media_uploads.processing import inspect_submission
from media_uploads.tasks import encode_video, ring
from tests.media_uploads.builders import NOON, a_contest, a_unit, a_video
from tests.media_uploads.samples import Samples
from tests.processes import Child


@pytest.mark.django_db(transaction=True)
def test_a_received_video_becomes_watchable_by_the_worker(samples: Samples, worker: Child) -> None:
    video = a_video(a_unit(a_contest()), samples.good())
    with transaction.atomic():
        ring(video)
    worker.wait_for(f"video {video.pk}: inspected accepted")
    worker.wait_for(f"video {video.pk}: ready")
    video.refresh_from_db()
    assert video.state == VideoSubmission.State.READY


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_is_only_logged(
    samples: Samples, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def down(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(app.amqp, "send_task_message", down)
    with caplog.at_level(logging.ERROR), transaction.atomic():
        video = a_video(a_unit(a_contest()), samples.text())
        ring(video)
    assert VideoSubmission.objects.get().state == VideoSubmission.State.RECEIVED
    assert "connection refused" in caplog.text


def test_films_have_a_queue_of_their_own_and_nothing_else_waits_there() -> None:
    ours = {tasks.inspect_video.name, tasks.encode_video.name, tasks.keep_originals.name}
    routed = {
        name: app.amqp.router.route({}, name)["queue"].name
        for name in app.tasks
        if not name.startswith("celery.")
    }
    assert {name for name, queue in routed.items() if queue == "videos"} == ours
    assert set(routed.values()) == {"videos", "celery"}
    assert set(app.amqp.queues) == {"videos", "celery"}


@pytest.fixture
def two_accepted(db: None, samples: Samples) -> list[VideoSubmission]:
    unit = a_unit(a_contest())
    videos = [a_video(unit, samples.good(), slot=slot) for slot in (1, 2)]
    for video in videos:
        inspect_submission(video, now=NOON)
    return videos


def states(videos: list[VideoSubmission]) -> list[str]:
    return [VideoSubmission.objects.get(pk=video.pk).state for video in videos]


def test_one_copy_at_a_time_and_who_made_it_rings_for_the_next(
    two_accepted: list[VideoSubmission], django_capture_on_commit_callbacks
) -> None:
    first, _second = two_accepted
    with sole_encoder(), django_capture_on_commit_callbacks() as rung:
        encode_video(video_id=first.pk)
    assert (states(two_accepted), rung) == (["inspected", "inspected"], [])

    with django_capture_on_commit_callbacks() as rung:
        encode_video(video_id=first.pk)
    assert states(two_accepted) == ["ready", "inspected"]
    assert len(rung) == 1


def test_the_copy_that_a_killed_encoder_left_is_made_first(
    two_accepted: list[VideoSubmission],
) -> None:
    first, second = two_accepted

    def is_killed() -> None:
        with sole_encoder() as seat:
            seat.note(first)
            first.lease(state=first.state, now=NOON)
            raise SystemExit

    with pytest.raises(SystemExit):
        is_killed()
    encode_video(video_id=second.pk)
    assert states(two_accepted) == ["ready", "inspected"]
