"""What organizers decide about a video: refused, asked for anew, supplied, shown (V1, V4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from accounts import audit
from accounts.models import User
from contests.decisions import NothingToDecide, ReasonMissing
from contests.models import Contest
from media_uploads import notices, storage, tasks
from media_uploads.models import VideoSubmission

State = VideoSubmission.State


class TooLate(Exception):
    """The unit can hand in nothing any more, so nothing is asked of it."""


class NotForGallery(Exception):
    """Only accepted videos that can be watched, and whose unit agrees to it, are approved."""


def name_of(video: VideoSubmission) -> str:
    """Return how the log names a video: its unit, place and version."""
    return f"video {video.unit.code} {video.slot} version {video.version}"


@transaction.atomic
def refuse(
    *,
    target: VideoSubmission,
    name: str,
    contest: Contest,
    reason: str,
    by: User,
    address: str,
    now: dt.datetime,
) -> None:
    """Refuse a version, so that an earlier accepted one counts (rules: V1); it is kept.

    `name` names the video in the log; the unit is written to.
    Raises ReasonMissing, NothingToDecide.
    """
    if not reason.strip():
        raise ReasonMissing
    rows = VideoSubmission.objects.filter(pk=target.pk, refused_at=None)
    if not rows.update(refused_at=now, refused_by=by, refused_reason=reason.strip()):
        raise NothingToDecide
    target.refresh_from_db(fields=["refused_at", "refused_by", "refused_reason"])
    _log("refuse", name, contest, reason, by, address, now)
    notices.declined(target, now=now)


@transaction.atomic
def take_back(
    *,
    target: VideoSubmission,
    name: str,
    contest: Contest,
    reason: str,
    by: User,
    address: str,
    now: dt.datetime,
) -> None:
    """Take an organizer's refusal back. Raises ReasonMissing, NothingToDecide."""
    if not reason.strip():
        raise ReasonMissing
    rows = VideoSubmission.objects.filter(pk=target.pk, refused_at__isnull=False)
    if not rows.update(refused_at=None, refused_by=None, refused_reason=""):
        raise NothingToDecide
    target.refresh_from_db(fields=["refused_at", "refused_by", "refused_reason"])
    _log("accept_again", name, contest, reason, by, address, now)


@transaction.atomic
def ask_again(
    *,
    target: VideoSubmission,
    name: str,
    contest: Contest,
    reason: str,
    by: User,
    address: str,
    now: dt.datetime,
) -> None:
    """Ask the unit for a new version; this one counts until one is accepted (rules: V1).

    Raises ReasonMissing, TooLate once videos are no longer taken, NothingToDecide.
    """
    if not reason.strip():
        raise ReasonMissing
    if not contest.takes_videos(now):
        raise TooLate
    rows = VideoSubmission.objects.filter(pk=target.pk, asked_at=None)
    if not rows.update(asked_at=now, asked_reason=reason.strip()):
        raise NothingToDecide
    target.refresh_from_db(fields=["asked_at", "asked_reason"])
    _log("ask_again", name, contest, reason, by, address, now)
    notices.asked(target, now=now)


@transaction.atomic
def supply(
    target: VideoSubmission, *, file: str, reason: str, by: User, address: str, now: dt.datetime
) -> None:
    """Let the copy of an accepted video be made from `file`; its original stays (rules: V4).

    The worker inspects the file as any other and has its three tries again. Raises ReasonMissing,
    NothingToDecide where the copy has not failed.
    """
    if not reason.strip():
        raise ReasonMissing
    failed = VideoSubmission.objects.filter(pk=target.pk, state=State.FAILED)
    before = target.supplied
    if not failed.exclude(accepted_at=None).update(
        state=State.INSPECTED,
        supplied=file,
        supplied_by=by,
        supplied_reason=reason.strip(),
        failure="",
        progress=0,
        tries=0,
        leased_until=None,
        queued_at=now,
    ):
        raise NothingToDecide
    target.refresh_from_db()
    _log("supply", name_of(target), target.unit.contest, reason, by, address, now)
    if before:
        # The one before could not be used either.
        transaction.on_commit(lambda: storage.delete(before), robust=True)
    tasks.ring(target)


@transaction.atomic
def show_in_gallery(
    *,
    target: VideoSubmission,
    name: str,
    contest: Contest,
    shown: bool,
    by: User,
    address: str,
    now: dt.datetime,
) -> None:
    """Approve a video for the public gallery or take it out; the ranking does not change.

    Raises NotForGallery for one that cannot be approved.
    """
    if shown and not target.can_be_shown:
        raise NotForGallery
    rows = VideoSubmission.objects.filter(pk=target.pk, in_gallery=not shown)
    if rows.update(in_gallery=shown):
        target.refresh_from_db(fields=["in_gallery"])
        _log("show" if shown else "hide", name, contest, "", by, address, now)


@transaction.atomic
def show_all(
    videos: Iterable[VideoSubmission], *, shown: bool, by: User, address: str, now: dt.datetime
) -> tuple[int, int]:
    """Decide the same about several; return how many were, and how many cannot be approved."""
    done = left = 0
    for video in videos:
        contest = video.unit.contest
        try:
            show_in_gallery(
                target=video,
                name=name_of(video),
                contest=contest,
                shown=shown,
                by=by,
                address=address,
                now=now,
            )
            done += 1
        except NotForGallery:
            left += 1
    return done, left


def _log(
    act: str, name: str, contest: Contest, reason: str, by: User, address: str, now: dt.datetime
) -> None:
    audit.record(
        action=f"video.{act}",
        target=name,
        contest=contest.slug,
        actor=by,
        address=address,
        reason=reason.strip(),
        now=now,
    )
