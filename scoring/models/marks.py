"""Marks as they stand, and every change of them as a row that nothing alters (rules: M1, M6)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scoring.models.criteria import Criterion


class Mark(models.Model):
    """One judge's mark for one criterion: 0 to its maximum in steps of 0.5 (rules: M1).

    On PostgreSQL a trigger keeps it to the criterion's maximum, and refuses any write to the marks
    of a sheet that is not a draft, whatever the program does.
    """

    sheet = models.ForeignKey("scoring.ScoreSheet", models.CASCADE, related_name="marks")
    criterion = models.ForeignKey(
        Criterion, models.PROTECT, related_name="+", verbose_name=_("criterion")
    )
    value = models.DecimalField(_("mark"), max_digits=4, decimal_places=1)

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        constraints = [
            models.UniqueConstraint(fields=["sheet", "criterion"], name="mark_once"),
            models.CheckConstraint(
                condition=Q(value__gte=0) & Q(value__lte=100), name="mark_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {self.value}"


class MarkChange(models.Model):
    """One step in the history of a sheet: who, when, what, from, to, why (rules: M6).

    Written by the sheet's verbs in their transaction. Append-only: on PostgreSQL a trigger refuses
    every UPDATE and DELETE. `act` says what happened; a MARK row is about one criterion, the others
    about the sheet, and a row that ends a submission keeps the marks as they were in `marks`
    (criterion key → mark as text).
    """

    class Act(models.TextChoices):
        MARK = "mark", _("mark given")
        SUBMIT = "submit", _("sheet handed in")
        REOPEN = "reopen", _("sheet opened again")
        EXCUSE = "excuse", _("judge excused")
        CONFLICT = "conflict", _("conflict of interest declared")

    sheet = models.ForeignKey("scoring.ScoreSheet", models.PROTECT, related_name="changes")
    act = models.CharField(_("act"), max_length=10, choices=Act)
    criterion = models.ForeignKey(
        Criterion, models.PROTECT, null=True, related_name="+", verbose_name=_("criterion")
    )
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    before = models.DecimalField(_("before"), max_digits=4, decimal_places=1, null=True)
    after = models.DecimalField(_("after"), max_digits=4, decimal_places=1, null=True)
    marks = models.JSONField(_("marks of the sheet"), null=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("change of a mark")
        verbose_name_plural = _("changes of marks")
        constraints = [
            models.CheckConstraint(
                condition=Q(act="mark", criterion__isnull=False)
                | (~Q(act="mark") & Q(criterion__isnull=True)),
                name="mark_change_names_criterion",
            ),
            models.CheckConstraint(
                condition=~Q(act__in=["reopen", "excuse", "conflict"]) | ~Q(reason=""),
                name="mark_change_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()}: {self.before} → {self.after}"
