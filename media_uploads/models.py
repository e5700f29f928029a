"""The units' videos: what was received, what inspection said, the copy people watch."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage
from django.db import models, transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from contests.models import Judge, Unit
from media_uploads.records import Replacement

# How long a worker has a job without prolonging it; while it lives it does so every few seconds
# (media_uploads/leases.py), so that the job of a killed one goes on within a minute.
LEASE = dt.timedelta(seconds=40)
# An upload that began before closing may finish this long after it (rules: V2).
FINISHING_TIME = dt.timedelta(minutes=30)
# How long a cut-off upload waits for its coordinator.
UPLOAD_KEPT = dt.timedelta(hours=48)
# A job nobody took this long after it was due is rung for again.
PATIENCE = dt.timedelta(seconds=30)
MAX_TRIES = 3


def media_storage() -> Storage:
    """Return where files arrive and, without S3, are kept (media_uploads/storage.py)."""
    return FileSystemStorage(location=settings.MEDIA_ROOT)


def new_public_id() -> str:
    return secrets.token_urlsafe(16)


class VideoQuerySet(models.QuerySet["VideoSubmission"]):
    def accepted(self) -> VideoQuerySet:
        """Versions that passed inspection, neither refused nor withdrawn (rules: V1)."""
        return self.exclude(accepted_at=None).filter(refused_at=None, withdrawn_at=None)

    def counted(self) -> VideoQuerySet:
        """The version that counts of every slot: the last accepted one (rules: V1)."""
        newer = VideoSubmission.objects.accepted().filter(
            unit=OuterRef("unit"), slot=OuterRef("slot"), version__gt=OuterRef("version")
        )
        return self.accepted().exclude(Exists(newer))

    def withdrawable(self) -> VideoQuerySet:
        """Versions a unit can take out: neither out already nor refused."""
        refused = Q(state=VideoSubmission.State.REFUSED) | Q(refused_at__isnull=False)
        return self.filter(withdrawn_at=None).exclude(refused)

    def watchable(self) -> VideoQuerySet:
        return self.filter(state=VideoSubmission.State.READY)

    def for_judge(self, judge: Judge) -> VideoQuerySet:
        """Counted videos this judge marks: in the own blocks, of no unit in conflict (M3)."""
        videos = self.counted().filter(unit__contest=judge.contest_id)
        if judge.blocks:
            videos = videos.filter(unit__block__in=judge.blocks)
        return videos.exclude(unit__in=judge.conflicted_unit_ids())

    def for_public(self) -> VideoQuerySet:
        """Videos of the gallery: counted, watchable, approved, agreed to, results published."""
        return (
            self.counted()
            .watchable()
            .filter(in_gallery=True, may_be_shown=True, unit__contest__provisional_at__isnull=False)
        )

    def due(self, now: dt.datetime) -> VideoQuerySet:
        """Versions with work to do that nobody is doing."""
        fresh = Q(tries=0, queued_at__lte=now - PATIENCE)
        again = Q(tries__gt=0, queued_at__lte=now)
        return self.workable().filter(
            Q(leased_until__lte=now) | (Q(leased_until=None) & (fresh | again))
        )

    def workable(self) -> VideoQuerySet:
        """Versions with work to do; no copy is made of one that was refused or withdrawn."""
        out = Q(refused_at__isnull=False) | Q(withdrawn_at__isnull=False)
        return self.filter(state__in=VideoSubmission.WORKING_STATES).exclude(
            out, state=VideoSubmission.State.INSPECTED
        )


class VideoSubmission(models.Model):
    """One version of a unit's video. The row is the truth; the queue is only the bell."""

    class State(models.TextChoices):
        RECEIVED = "received", _("being checked")
        INSPECTED = "inspected", _("accepted, copy being made")
        READY = "ready", _("accepted, can be watched")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("could not be processed")

    WORKING_STATES = (State.RECEIVED, State.INSPECTED)

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="videos", verbose_name=_("unit"))
    slot = models.PositiveSmallIntegerField(_("video number"), default=1)
    version = models.PositiveSmallIntegerField(_("version"))
    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    title = models.CharField(_("title of the video"), max_length=160)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.RECEIVED, editable=False
    )

    original = models.CharField(_("file"), max_length=200, editable=False)
    original_name = models.CharField(_("original name"), max_length=255, editable=False)
    size = models.PositiveBigIntegerField(_("size, bytes"), editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)
    # What the browser computed while it was sending; empty where it did not.
    sent_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", editable=False)
    upload_started_at = models.DateTimeField(_("upload began"), editable=False)
    received_at = models.DateTimeField(_("received"), editable=False)

    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    verdict_code = models.CharField(_("verdict"), max_length=40, blank=True, editable=False)
    verdict: models.JSONField[Any, Any] = models.JSONField(null=True, editable=False)
    duration_ms = models.PositiveIntegerField(_("duration, ms"), null=True, editable=False)
    width = models.PositiveIntegerField(_("width"), null=True, editable=False)
    height = models.PositiveIntegerField(_("height"), null=True, editable=False)

    copy = models.CharField(max_length=200, blank=True, editable=False)
    poster = models.CharField(max_length=200, blank=True, editable=False)
    progress = models.PositiveSmallIntegerField(default=0, editable=False)
    failure = models.CharField(_("why it failed"), max_length=300, blank=True, editable=False)

    queued_at = models.DateTimeField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)

    refused_at = models.DateTimeField(null=True, editable=False)
    refused_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", editable=False
    )
    refused_reason = models.TextField(_("refused by the organizer because"), blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", editable=False
    )
    # A new version is asked for; this one counts until the unit hands one in (rules: V1).
    asked_at = models.DateTimeField(null=True, editable=False)
    asked_reason = models.TextField(_("a new version is asked for because"), blank=True)
    # What an organizer supplied for the copy; the original stays as it came (rules: V4).
    supplied = models.CharField(max_length=200, blank=True, editable=False)
    supplied_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", editable=False
    )
    supplied_reason = models.TextField(_("copy supplied because"), blank=True)
    # WebVTT as `captions` writes it, never as it was sent.
    captions = models.TextField(blank=True, editable=False)
    disqualified_reason = models.TextField(_("disqualified because"), blank=True)
    ineligible_reason = models.TextField(_("not eligible for an award because"), blank=True)
    may_be_shown = models.BooleanField(_("the unit agrees to its being shown"), default=False)
    # An organizer has looked at it and approved it.
    in_gallery = models.BooleanField(_("in the public gallery"), default=False)

    objects = VideoQuerySet.as_manager()

    class Meta:
        verbose_name = _("video")
        verbose_name_plural = _("videos")
        constraints = [
            models.UniqueConstraint(fields=["unit", "slot", "version"], name="video_version_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="video_not_empty"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_accepted(self) -> bool:
        return (
            self.accepted_at is not None and self.refused_at is None and self.withdrawn_at is None
        )

    @property
    def is_watchable(self) -> bool:
        return self.state == self.State.READY

    @property
    def can_be_withdrawn(self) -> bool:
        """Whether the unit can take it out: neither out already nor refused."""
        refused = self.state == self.State.REFUSED or self.refused_at is not None
        return self.withdrawn_at is None and not refused

    @property
    def standing_in_words(self) -> str:
        """What became of it, in a few words."""
        if self.withdrawn_at:
            return gettext("withdrawn by the unit")
        if self.refused_at:
            return gettext("refused by the organizer")
        return str(self.get_state_display())

    @property
    def can_be_shown(self) -> bool:
        """Whether an organizer may approve it for the gallery: accepted, and the unit agrees."""
        return self.is_accepted and self.is_watchable and self.may_be_shown

    @property
    def lacks_copy(self) -> bool:
        """Whether it is accepted and no copy could be made, so that one may be supplied."""
        return self.state == self.State.FAILED and self.accepted_at is not None

    @property
    def source(self) -> str:
        """The file its copy is made from."""
        return self.supplied or self.original

    def lease(self, *, state: str, now: dt.datetime) -> bool:
        """Take the job of this state for one worker; False where another has it or it is done.

        Counts the try first, so that a job that kills its worker ends after MAX_TRIES.
        """
        taken = (
            VideoSubmission.objects.workable()
            .filter(pk=self.pk, state=state, tries__lt=MAX_TRIES)
            .filter(Q(leased_until=None) | Q(leased_until__lte=now))
            .update(leased_until=now + LEASE, tries=F("tries") + 1)
        )
        self.refresh_from_db()
        return bool(taken)


class UploadQuerySet(models.QuerySet["Upload"]):
    def unfinished(self) -> UploadQuerySet:
        """Uploads whose file is not a version of a video yet."""
        return self.filter(video=None)


class Upload(models.Model):
    """A file on its way in. Its bytes lie where they stay; how many there are is the file's own
    size, so that no crash can make row and file disagree."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="uploads")
    slot = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=160)
    original = models.CharField(max_length=200)
    original_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sent_sha256 = models.CharField(max_length=64, blank=True)
    may_be_shown = models.BooleanField(default=False)
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    video = models.OneToOneField(
        VideoSubmission, models.PROTECT, null=True, related_name="upload", editable=False
    )

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="upload_not_empty"),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def path(self) -> Path:
        return Path(media_storage().path(self.original))

    @property
    def offset(self) -> int:
        """How many bytes are here."""
        if self.video_id:
            return self.size
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def percent(self) -> int:
        return 100 * self.offset // self.size

    @property
    def expires_at(self) -> dt.datetime:
        """When it is given up: two days after its beginning, or 30 minutes after closing (V2)."""
        return min(self.started_at + UPLOAD_KEPT, self.closes_at + FINISHING_TIME)

    @property
    def closes_at(self) -> dt.datetime:
        """Until when it could begin: the contest's closing, or what an organizer allowed (V2)."""
        allowed = Replacement.objects.filter(upload=self).first()
        return allowed.until if allowed else self.unit.contest.video_closes_at

    def discard(self) -> None:
        """Drop an unfinished upload, file first: a row without a file is dropped again later."""
        with transaction.atomic():
            own = Upload.objects.unfinished().select_for_update().filter(pk=self.pk).first()
            if own is not None:
                own.path.unlink(missing_ok=True)
                own.delete()


def unfinished_uploads(unit: Unit) -> list[Upload]:
    """Uploads a coordinator can go on with or cancel, oldest first."""
    uploads = list(unit.uploads.unfinished().order_by("started_at", "pk"))
    for upload in uploads:
        upload.unit = unit
    return uploads


@transaction.atomic
def receive(
    *,
    unit: Unit,
    title: str,
    slot: int,
    original: str,
    original_name: str,
    size: int,
    by: User,
    started_at: dt.datetime,
    now: dt.datetime,
    may_be_shown: bool = False,
    sent_sha256: str = "",
) -> VideoSubmission:
    """Store the row of a file that is safely on disk; its next version of the unit's slot (V1)."""
    # Locking the unit gives two uploads at once two versions.
    Unit.objects.select_for_update().get(pk=unit.pk)
    newest = unit.videos.filter(slot=slot).aggregate(newest=Max("version"))["newest"] or 0
    return VideoSubmission.objects.create(
        unit=unit,
        slot=slot,
        version=newest + 1,
        title=title,
        original=original,
        original_name=original_name[:255],
        size=size,
        sent_sha256=sent_sha256,
        may_be_shown=may_be_shown,
        uploaded_by=by,
        upload_started_at=started_at,
        received_at=now,
        queued_at=now,
    )
