"""The two jobs on a received video: look at it, then make the copy people watch. rules: V1, V3, V4

The row is the truth: a job is taken by a lease and its outcome is one conditional UPDATE, so that
a job rung for twice, or by a worker that came back late, changes nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import transaction
from django.db.models import F, Q

from contests.clock import database_now
from contests.models import Contest
from media_uploads import notices, storage
from media_uploads.child import EncodeFailure, run_encoding, run_inspection
from media_uploads.inspection import Verdict
from media_uploads.leases import Hold, hold
from media_uploads.limits import Limits
from media_uploads.models import MAX_TRIES, VideoSubmission
from media_uploads.refusals import FULL_DISK, Params, explain

logger = logging.getLogger(__name__)

State = VideoSubmission.State
# These may be the machine's fault and not the file's: tried again before they count.
PASSING_CODES = frozenset({"too_slow", "too_heavy", "crashed", "no_space"})
# How many the sweep rings for at once: the rest wait behind them anyway.
RINGS_AT_ONCE = 5
# How long a job waits for its next try; a full disk is seldom emptied within a minute.
PAUSE = dt.timedelta(seconds=10)
LONG_PAUSE = dt.timedelta(minutes=5)
PROGRESS_STEP = 5
HASH_CHUNK = 1024 * 1024


def limits_of(contest: Contest) -> Limits:
    """What this contest accepts; what it has no setting for is as everywhere. rules: V3"""
    return Limits(
        max_bytes=contest.video_max_bytes,
        min_seconds=contest.video_min_seconds,
        max_seconds=contest.video_max_seconds,
    )


def inspect_submission(video: VideoSubmission, *, now: dt.datetime) -> None:
    """Take the hash and the verdict of a received video; afterwards accepted, refused or failed.

    Does nothing where another worker has the job or it is done. rules: V1, V3, V4
    """
    with hold(video, state=State.RECEIVED, now=now) as held:
        if held is not None:
            with _files_at_hand(held) as folder:
                _inspect(held, folder)


def encode_submission(video: VideoSubmission, *, now: dt.datetime) -> None:
    """Make the copy and the poster of an accepted video; afterwards ready or failed. rules: V4"""
    with hold(video, state=State.INSPECTED, now=now) as held:
        if held is not None:
            with _files_at_hand(held) as folder:
                _encode(held, folder)


def _inspect(held: Hold, folder: Path) -> None:
    video = held.video
    original = storage.at_hand(video.original, folder)
    sha256 = _sha256(original)
    if video.sent_sha256 and video.sent_sha256 != sha256:
        verdict = Verdict(accepted=False, code="altered")
    else:
        verdict = run_inspection(original, limits=limits_of(video.unit.contest))
    held.renew()
    if verdict.code in PASSING_CODES and video.tries < MAX_TRIES:
        _give_back(held, code=verdict.code)
        return
    # Before the outcome: whoever makes the copy, on whichever host, finds the original there.
    storage.keep_original(video.original)
    done_at = database_now()
    outcome = (
        {"state": State.INSPECTED, "accepted_at": done_at, "queued_at": done_at}
        if verdict.accepted
        else {"state": State.REFUSED}
    )
    with transaction.atomic():
        mine = held.end(tries=0, sha256=sha256, **_stored(verdict), **outcome)
        if mine and not verdict.accepted:
            notices.refused(video, now=done_at)


def _encode(held: Hold, folder: Path) -> None:
    video = held.video
    source = storage.at_hand(video.source, folder)
    limits = limits_of(video.unit.contest)
    if video.supplied and not (verdict := run_inspection(source, limits=limits)).accepted:
        # A file that an organizer supplied has to pass like a unit's.
        _give_back(held, code=verdict.code, params=verdict.params)
        return
    made_copy, made_poster = folder / "copy.mp4", folder / "poster.jpg"
    result = run_encoding(
        source,
        made_copy,
        made_poster,
        limits=limits,
        on_progress=lambda percent: _progress(held, percent),
    )
    held.renew()
    if isinstance(result, EncodeFailure):
        _give_back(held, code=result.code, params=result.params)
        return
    copy, poster = f"copies/{video.public_id}.mp4", f"posters/{video.public_id}.jpg"
    storage.keep(made_copy, copy, content_type="video/mp4")
    storage.keep(made_poster, poster, content_type="image/jpeg")
    held.end(state=State.READY, tries=0, copy=copy, poster=poster, progress=100)


@contextmanager
def _files_at_hand(held: Hold) -> Iterator[Path]:
    """A folder for a job; a file that is lost and a disk that is full give the job back."""
    try:
        with storage.work_folder(held.video.pk) as folder:
            yield folder
    except FileNotFoundError:
        _give_back(held, code="gone")
    except storage.StorageAway as error:
        logger.warning("video %s: %s", held.video.pk, error)
        _put_off(held)
    except OSError as error:
        if error.errno not in FULL_DISK:
            raise
        _give_back(held, code="no_space")


def due_again(*, now: dt.datetime) -> list[VideoSubmission]:
    """Videos whose job nobody does, oldest first; one that used up its tries fails instead."""
    due = VideoSubmission.objects.due(now)
    for video in due.filter(tries__gte=MAX_TRIES).order_by("pk"):
        _fail(Hold(video), code="crashed")
    rung = []
    for video in due.filter(tries__lt=MAX_TRIES).order_by("queued_at", "pk")[:RINGS_AT_ONCE]:
        # The next sweep leaves it alone for as long as a fresh one.
        if Hold(video).end(queued_at=now):
            rung.append(video)
    return rung


def next_to_encode(*, now: dt.datetime) -> VideoSubmission | None:
    """The accepted video that has waited longest for its copy."""
    nobodys = Q(leased_until=None) | Q(leased_until__lte=now)
    waiting = VideoSubmission.objects.workable().filter(
        nobodys, state=State.INSPECTED, queued_at__lte=now, tries__lt=MAX_TRIES
    )
    return waiting.order_by("accepted_at", "pk").first()


def take_over(pk: int, tries: int) -> VideoSubmission | None:
    """Free a copy whose worker on this host was killed at this try, without waiting for its lease.

    Asked by who has the host's seat, so that nobody can be at work on it. None where it is over.
    """
    dead = VideoSubmission.objects.workable().filter(
        pk=pk, tries=tries, tries__lt=MAX_TRIES, state=State.INSPECTED, leased_until__isnull=False
    )
    if not dead.update(leased_until=None):
        return None
    return VideoSubmission.objects.get(pk=pk)


def sweep_files(*, now: dt.datetime) -> list[VideoSubmission]:
    """Delete what killed workers left; return whose originals still have to go to the bucket."""
    leased = VideoSubmission.objects.filter(leased_until__gt=now)
    if left := storage.sweep_work(set(leased.values_list("pk", flat=True))):
        logger.warning("left by killed processes and deleted: %s", left)
    names = storage.waiting_originals()
    if not names:
        return []
    mine = Q(original__in=names) | Q(supplied__in=names)
    done = VideoSubmission.objects.filter(mine).exclude(state__in=VideoSubmission.WORKING_STATES)
    return list(done.order_by("pk")[:RINGS_AT_ONCE])


def keep_originals(video: VideoSubmission) -> None:
    """Put a video's originals into the bucket, where its jobs are done. rules: V4"""
    for name in filter(None, (video.original, video.supplied)):
        storage.keep_original(name)


def _stored(verdict: Verdict) -> dict[str, object]:
    """The verdict as the row keeps it: the figures, and what its sentence is made from."""
    seconds = verdict.duration_seconds
    return {
        "verdict_code": verdict.code,
        "verdict": verdict.as_dict() | {"params": dict(verdict.params)},
        "duration_ms": None if seconds is None else int(seconds * 1000),
        "width": verdict.width,
        "height": verdict.height,
    }


def _give_back(held: Hold, *, code: str, params: Params | None = None) -> None:
    """Leave a job that did not succeed to the sweep, or fail it where trying again cannot help."""
    if code not in PASSING_CODES or held.video.tries >= MAX_TRIES:
        _fail(held, code=code, params=params)
        return
    held.end(queued_at=database_now() + (LONG_PAUSE if code == "no_space" else PAUSE))


def _put_off(held: Hold) -> None:
    """Leave a job to the sweep that could not even begin: no try of the video's three."""
    held.end(tries=F("tries") - 1, queued_at=database_now())


def _fail(held: Hold, *, code: str, params: Params | None = None) -> None:
    failure = explain(code, params or {})[:300]
    with transaction.atomic():
        if held.end(state=State.FAILED, tries=0, failure=failure):
            notices.failed(held.video, now=database_now())


def _progress(held: Hold, percent: int) -> None:
    """Store every few percents. Raises LeaseLost, which ends the encoder."""
    if percent >= held.video.progress + PROGRESS_STEP:
        held.renew(progress=percent)
        held.video.progress = percent


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(HASH_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
