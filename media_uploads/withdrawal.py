"""A unit takes a version of its video out, and back in, while videos are taken. rules: V1"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts import audit
from accounts.models import User
from contests.decisions import NothingToDecide
from media_uploads.decisions import TooLate, name_of
from media_uploads.models import VideoSubmission


def counts_without(video: VideoSubmission) -> VideoSubmission | None:
    """Return the version that counts once this one is withdrawn."""
    others = video.unit.videos.accepted().filter(slot=video.slot).exclude(pk=video.pk)
    return others.order_by("version").last()


@transaction.atomic
def withdraw(video: VideoSubmission, *, by: User, address: str, now: dt.datetime) -> None:
    """Take a version out, so that the last accepted one of the others counts; it is kept.

    Raises TooLate outside the window, NothingToDecide where it is out already or was refused.
    """
    if not video.unit.contest.takes_videos(now):
        raise TooLate
    rows = VideoSubmission.objects.filter(pk=video.pk).withdrawable()
    if not rows.update(withdrawn_at=now, withdrawn_by=by):
        raise NothingToDecide
    _log("withdraw", video, by, address, now)


@transaction.atomic
def keep(video: VideoSubmission, *, by: User, address: str, now: dt.datetime) -> None:
    """Take a withdrawal back. Raises TooLate, NothingToDecide."""
    if not video.unit.contest.takes_videos(now):
        raise TooLate
    rows = VideoSubmission.objects.filter(pk=video.pk).exclude(withdrawn_at=None)
    if not rows.update(withdrawn_at=None, withdrawn_by=None):
        raise NothingToDecide
    _log("keep", video, by, address, now)


def _log(act: str, video: VideoSubmission, by: User, address: str, now: dt.datetime) -> None:
    video.refresh_from_db(fields=["withdrawn_at", "withdrawn_by"])
    audit.record(
        action=f"video.{act}",
        target=name_of(video),
        contest=video.unit.contest.slug,
        actor=by,
        address=address,
        now=now,
    )
