"""Rows beside a video: an organizer's leave to replace it, and what its unit was written."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Letter, User
from contests.models import Unit


class ReplacementQuerySet(models.QuerySet["Replacement"]):
    def open(self, now: dt.datetime) -> ReplacementQuerySet:
        """Leaves with which an upload may begin: not over, and no upload has begun with them."""
        return self.filter(upload=None, video=None, until__gt=now)


class Replacement(models.Model):
    """An organizer's leave to hand in one more version after closing (rules: V2)."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="replacements")
    slot = models.PositiveSmallIntegerField()
    reason = models.TextField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()
    # An upload that is given up gives the leave back; one that became a version has used it.
    upload = models.OneToOneField(
        "media_uploads.Upload", models.SET_NULL, null=True, related_name="replacement"
    )
    video = models.OneToOneField(
        "media_uploads.VideoSubmission", models.CASCADE, null=True, related_name="replacement"
    )

    objects = ReplacementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="replacement_ends_later"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} · {self.slot}"


class Notice(models.Model):
    """What a letter to a unit's coordinator tells of."""

    class Kind(models.TextChoices):
        REFUSED = "refused", _("refused by the inspection")
        FAILED = "failed", _("could not be processed")
        DECLINED = "declined", _("refused by the organizer")
        ASKED = "asked", _("a new version is asked for")
        ALLOWED = "allowed", _("one replacement is allowed")

    video = models.ForeignKey(
        "media_uploads.VideoSubmission", models.CASCADE, related_name="notices"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    letter = models.OneToOneField(Letter, models.CASCADE, related_name="notice")

    class Meta:
        constraints = [
            # A version is inspected once, so its verdict is told once.
            models.UniqueConstraint(
                fields=["video"], condition=Q(kind="refused"), name="verdict_told_once"
            ),
            models.UniqueConstraint(fields=["video", "kind", "at"], name="act_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.video} · {self.get_kind_display()}"
