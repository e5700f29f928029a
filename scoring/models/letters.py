"""What the judges of a contest were written: invitations and reminders."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Letter, User
from contests.models import Judge


class PanelLetter(models.Model):
    """What a letter to a judge tells of, and who had it written."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        REMINDER = "reminder", _("reminder")

    judge = models.ForeignKey(Judge, models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=10, choices=Kind)
    # The first of its kind to this judge, the second …: two clicks at once cannot both be it.
    number = models.PositiveSmallIntegerField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    letter = models.OneToOneField(Letter, models.CASCADE, related_name="panel_letter")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["judge", "kind", "number"], name="panel_letter_once")
        ]

    def __str__(self) -> str:
        return f"{self.judge} · {self.get_kind_display()} {self.number}"
