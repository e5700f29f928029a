"""Bells for the video jobs: find the row, call, ring for the next step.

The web server rings and does none of the jobs: FFmpeg is loaded by the tasks alone.
"""

from __future__ import annotations

import logging

from celery import shared_task
from django.db import transaction

from contests.clock import database_now
from media_uploads.models import VideoSubmission

logger = logging.getLogger(__name__)

# Above the wall time of the child, which ends itself before.
INSPECTION_LIMIT = 15 * 60
ENCODING_LIMIT = 55 * 60
KEEPING_LIMIT = 60 * 60


def ring(video: VideoSubmission) -> None:
    """Queue the next job of `video` once its row is committed.

    A broker that is down is only logged: the sweep rings again.
    """
    task = {
        VideoSubmission.State.RECEIVED: inspect_video,
        VideoSubmission.State.INSPECTED: encode_video,
    }.get(VideoSubmission.State(video.state))
    if task is not None:
        transaction.on_commit(lambda: task.delay(video_id=video.pk), robust=True)


@shared_task(time_limit=INSPECTION_LIMIT)
def inspect_video(*, video_id: int) -> None:
    """Look at a received video."""
    from media_uploads import processing

    video = VideoSubmission.objects.filter(pk=video_id).first()
    if video is None or video.state != VideoSubmission.State.RECEIVED:
        return
    processing.inspect_submission(video, now=database_now())
    logger.info("video %s: %s %s", video.pk, video.state, video.failure or video.verdict_code)
    if video.state == VideoSubmission.State.INSPECTED:
        ring(video)


@shared_task(time_limit=ENCODING_LIMIT)
def encode_video(*, video_id: int) -> None:
    """Make the copy of an accepted video, unless this host makes one already.

    One at a time leaves the second process of the queue to the inspections, which a unit waits
    for; who encodes rings for the next.
    """
    from media_uploads import leases, processing

    video = VideoSubmission.objects.filter(pk=video_id).first()
    if video is None or video.state != VideoSubmission.State.INSPECTED:
        return
    with leases.sole_encoder() as seat:
        if seat is None:
            return
        if seat.left:
            video = processing.take_over(*seat.left) or video
        seat.note(video)
        processing.encode_submission(video, now=database_now())
    logger.info("video %s: %s %s", video.pk, video.state, video.failure)
    if waiting := processing.next_to_encode(now=database_now()):
        ring(waiting)


@shared_task(time_limit=KEEPING_LIMIT)
def keep_originals(*, video_id: int) -> None:
    """Put a video's originals into the bucket that its jobs left on this host."""
    from media_uploads import processing

    video = VideoSubmission.objects.filter(pk=video_id).first()
    if video is not None and video.state not in VideoSubmission.WORKING_STATES:
        processing.keep_originals(video)


@shared_task
def sweep_videos() -> None:
    """Ring again for jobs nobody does; tidy up after the killed."""
    from media_uploads import processing

    now = database_now()
    for video in processing.due_again(now=now):
        logger.warning("video %s: ringing again, try %s", video.pk, video.tries + 1)
        ring(video)
    for video in processing.sweep_files(now=now):
        keep_originals.delay(video_id=video.pk)


@shared_task
def sweep_uploads() -> None:
    """Finish uploads whose last answer got lost; drop those nobody went on with (rules: V2)."""
    from media_uploads import receiving

    if done := receiving.sweep(now=database_now()):
        logger.info("uploads finished or dropped: %s", done)
