"""From bytes to a version of a unit's video: whether they may come, and what they become.

rules: V1, V2
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import uuid
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.db.models import Sum
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from contests.models import Unit
from media_uploads import tasks
from media_uploads.models import FINISHING_TIME, Upload, VideoSubmission, media_storage, receive
from media_uploads.records import Replacement

# Uploads stop while the disk still has room for the copies being made.
FREE_DISK = 1024**3
VERSIONS_A_SLOT = 30
SHA256 = re.compile(r"[0-9a-f]{64}")
# Unfinished ones at once: the one going on and some that were cut off and begun anew.
UNFINISHED_A_SLOT = 3


class NotTaken(Exception):
    """Why a file cannot come in: a code, the HTTP status, a sentence that says what to do."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(code)
        self.code, self.status, self.message = code, status, message


def require_open(unit: Unit, slot: int | None = None, *, now: dt.datetime) -> dt.datetime:
    """Return until when an upload may begin; raise NotTaken where none may now. rules: V1, V2

    After closing an organizer's leave opens its slot to one upload; without `slot`, any leave does.
    """
    if now < unit.contest.video_opens_at:
        raise NotTaken("not_open", 403, _("Videos are not taken yet."))
    if unit.contest.takes_videos(now):
        return unit.contest.video_closes_at
    leaves = unit.replacements.open(now)
    if slot is not None:
        leaves = leaves.filter(slot=slot)
    leave = leaves.order_by("-until").first()
    if leave is None:
        raise NotTaken("closed", 403, _("Videos are no longer taken."))
    return leave.until


def use_leave(
    unit: Unit,
    slot: int,
    *,
    began: dt.datetime,
    upload: Upload | None = None,
    video: VideoSubmission | None = None,
) -> None:
    """Bind what began after closing to the leave it began with: each leave serves once. rules: V2

    Raises NotTaken where another upload has it. In a transaction.
    """
    if unit.contest.takes_videos(began):
        return
    leaves = unit.replacements.open(began).filter(slot=slot).select_for_update()
    leave = leaves.order_by("-until").first()
    if leave is None:
        raise NotTaken("closed", 403, _("Videos are no longer taken."))
    leave.upload, leave.video = upload, video
    leave.save(update_fields=["upload", "video"])


def require_in_time(closes_at: dt.datetime, *, now: dt.datetime) -> None:
    """Raise NotTaken where an upload that began in time ends too late. rules: V2"""
    if closes_at + FINISHING_TIME <= now:
        raise NotTaken("closed", 410, _("Videos are no longer taken."))


def require_room(unit: Unit, size: int, *, most: int) -> None:
    """Raise NotTaken for a file that is too large, too much for the disk, or one too many."""
    require_disk(size, most=most)
    contest = unit.contest
    if unit.videos.count() >= VERSIONS_A_SLOT * contest.videos_per_unit:
        raise NotTaken(
            "too_many",
            403,
            _("The unit has handed in too many versions. Please tell the organizing board."),
        )


def require_disk(size: int, *, most: int) -> None:
    """Raise NotTaken for a file that is too large, or too much for the disk."""
    if size > most:
        raise NotTaken("too_large", 413, too_large(most))
    announced = Upload.objects.unfinished().aggregate(bytes=Sum("size"))["bytes"] or 0
    if shutil.disk_usage(settings.MEDIA_ROOT).free < announced + size + FREE_DISK:
        raise disk_full()


def disk_full() -> NotTaken:
    return NotTaken(
        "no_space",
        507,
        _("The server has no room for the file now. Please tell the organizing board."),
    )


def too_large(most: int) -> str:
    """Return the refusal of a file that is too large, with the most that is taken."""
    return _("The file is too large; at most %(size)s MB are taken. Export it smaller.") % {
        "size": most // 1024**2
    }


@transaction.atomic
def begin(
    *,
    unit: Unit,
    upload_id: str,
    slot: int,
    title: str,
    original_name: str,
    size: int,
    may_be_shown: bool,
    by: User,
    now: dt.datetime,
) -> Upload:
    """Make the row and the empty file of an upload of `size` bytes. Raises NotTaken, OSError."""
    # Locking the unit lets two at once not both be the last that is allowed.
    Unit.objects.select_for_update().get(pk=unit.pk)
    require_open(unit, slot, now=now)
    waiting = unit.uploads.unfinished().filter(slot=slot).count()
    if waiting >= UNFINISHED_A_SLOT:
        raise NotTaken(
            "unfinished",
            403,
            _(
                "Too many uploads of this video are unfinished. Choose the same file again to go on"
                " with one of them, or cancel one."
            ),
        )
    upload = Upload(
        id=uuid.UUID(upload_id),
        unit=unit,
        slot=slot,
        title=title,
        original=new_original(),
        original_name=original_name[:255],
        size=size,
        may_be_shown=may_be_shown,
        started_by=by,
        started_at=now,
    )
    upload.path.touch(mode=0o600, exist_ok=False)
    upload.save(force_insert=True)
    use_leave(unit, slot, began=now, upload=upload)
    return upload


def note_sha256(upload: Upload, sent: str) -> None:
    """Keep what the browser computed of the whole file; what is no SHA-256 is not kept."""
    if upload.sent_sha256 or not SHA256.fullmatch(sent):
        return
    upload.sent_sha256 = sent
    upload.save(update_fields=["sent_sha256"])


@transaction.atomic
def finish(upload: Upload, *, address: str, now: dt.datetime) -> VideoSubmission:
    """Make the version of an upload whose bytes are all here; again: returns the same one.

    The bytes are on the disk, not only in memory, before anybody is told they were received.
    """
    locked = Upload.objects.select_for_update().select_related("unit__contest").get(pk=upload.pk)
    if locked.video is not None:
        return locked.video
    with locked.path.open("rb") as file:
        os.fsync(file.fileno())
    video = receive(
        unit=locked.unit,
        title=locked.title,
        slot=locked.slot,
        original=locked.original,
        original_name=locked.original_name,
        size=locked.size,
        may_be_shown=locked.may_be_shown,
        sent_sha256=locked.sent_sha256,
        by=locked.started_by,
        started_at=locked.started_at,
        now=now,
    )
    locked.video = video
    locked.save(update_fields=["video"])
    Replacement.objects.filter(upload=locked).update(video=video)
    upload.video = video
    announce(video, address=address, now=now)
    return video


def announce(video: VideoSubmission, *, address: str, now: dt.datetime) -> None:
    """Log a received version and ring for its inspection."""
    audit.record(
        action="video.receive",
        target=f"{video.unit.code} · {video.slot} · {video.version}",
        contest=video.unit.contest.slug,
        actor=video.uploaded_by,
        address=address,
        now=now,
    )
    tasks.ring(video)


def sweep(*, now: dt.datetime) -> int:
    """Finish uploads whose last answer got lost, drop those nobody goes on with; return both."""
    done = 0
    for upload in Upload.objects.unfinished().select_related("unit__contest").order_by("pk"):
        if upload.offset == upload.size:
            finish(upload, address="", now=now)
        elif upload.expires_at <= now:
            upload.discard()
        else:
            continue
        done += 1
    return done


def keep(file: TemporaryUploadedFile) -> str:
    """Move a received file to the originals under a name of ours; return that name."""
    name = new_original()
    target, source = Path(media_storage().path(name)), Path(file.temporary_file_path())
    os.fsync(file.file.fileno())  # type: ignore[union-attr]
    source.chmod(0o600)
    source.replace(target)
    return name


def new_original() -> str:
    """Return a new name among the originals; its folder exists."""
    name = f"originals/{get_random_string(32)}"
    Path(media_storage().path(name)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return name
