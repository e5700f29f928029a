"""Score sheets and marks; every write goes through the sheet's verbs (rules: M1-M6)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from decimal import Decimal

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from contests.models import Conflict, Judge, Unit
from media_uploads.models import VideoSubmission
from scoring.models.criteria import FULL, STEP, Criterion


class JudgingClosed(Exception):
    """Marks are not taken now (rules: M6)."""


class SheetSubmitted(Exception):
    """The sheet was handed in and no longer changes by its judge."""


class SheetIncomplete(Exception):
    """A criterion has no mark; `args[0]` lists the missing criteria's names."""


class SheetChangedElsewhere(Exception):
    """Another window saved this sheet in between; nothing was written."""


class SheetExcused(Exception):
    """The chair took this sheet out of the count; it takes no marks."""


class JudgeInConflict(Exception):
    """The judge has a conflict of interest with the video's unit (rules: M3)."""


class CriteriaUnsettled(Exception):
    """The maxima of the contest's criteria do not sum to 100, so no sheet can be handed in."""


class ScoreSheetQuerySet(models.QuerySet["ScoreSheet"]):
    def submitted(self) -> ScoreSheetQuerySet:
        return self.filter(state=ScoreSheet.State.SUBMITTED)

    def done(self) -> ScoreSheetQuerySet:
        """Sheets nobody waits for: submitted or excused."""
        return self.exclude(state=ScoreSheet.State.DRAFT)

    def of_judge(self, judge: Judge) -> ScoreSheetQuerySet:
        """This judge's own sheets, each with `total`, the sum of its marks so far."""
        return self.filter(judge=judge).annotate(total=Sum("marks__value"))


class ScoreSheet(models.Model):
    """One judge's marks for one video (rules: M2)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("handed in")
        EXCUSED = "excused", _("excused")

    judge = models.ForeignKey(Judge, models.PROTECT, related_name="sheets", verbose_name=_("judge"))
    video = models.ForeignKey(
        VideoSubmission, models.PROTECT, related_name="sheets", verbose_name=_("video")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT, editable=False
    )
    remark = models.TextField(_("remark for the panel"), blank=True)
    # Counts saves; a window that shows an older one cannot overwrite a newer.
    revision = models.PositiveIntegerField(default=0, editable=False)
    saved_at = models.DateTimeField(_("saved"), null=True, editable=False)
    submitted_at = models.DateTimeField(_("handed in at"), null=True, editable=False)
    excused_reason = models.TextField(_("excused because"), blank=True, editable=False)
    excused_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", editable=False
    )
    seal = models.CharField(max_length=64, blank=True, editable=False)

    objects = ScoreSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("score sheet")
        verbose_name_plural = _("score sheets")
        constraints = [
            models.UniqueConstraint(fields=["judge", "video"], name="sheet_once"),
            models.CheckConstraint(
                condition=Q(state="submitted", submitted_at__isnull=False) | ~Q(state="submitted"),
                name="sheet_submitted_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="excused") | ~Q(excused_reason=""),
                name="sheet_excused_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.judge} · {self.video}"

    @property
    def is_submitted(self) -> bool:
        return self.state == self.State.SUBMITTED

    def marks_by_key(self) -> dict[str, Decimal]:
        """Return criterion key → mark, for the criteria that have one."""
        return dict(self.marks.values_list("criterion__key", "value"))

    @transaction.atomic
    def save_draft(
        self,
        *,
        marks: Mapping[int, Decimal | None],
        remark: str,
        revision: int,
        now: dt.datetime,
    ) -> None:
        """Store marks by criterion id (None clears one); values must have been validated (M1).

        Raises JudgingClosed, SheetSubmitted, SheetExcused, JudgeInConflict, or
        SheetChangedElsewhere where `revision` is not the stored one; then nothing is written.
        """
        sheet = self._locked(now=now)
        if sheet.revision != revision:
            raise SheetChangedElsewhere
        sheet._write(marks=marks)
        ScoreSheet.objects.filter(pk=self.pk).update(
            remark=remark, revision=F("revision") + 1, saved_at=now
        )
        self.refresh_from_db()

    @transaction.atomic
    def submit(self, *, revision: int | None = None, address: str = "", now: dt.datetime) -> None:
        """Hand the sheet in: complete, sealed, closed for its judge (rules: M2, A7).

        `revision` is the one the judge looked over; None hands in what is stored. Raises what
        `save_draft` raises, CriteriaUnsettled, or SheetIncomplete.
        """
        sheet = self._locked(now=now)
        if revision is not None and sheet.revision != revision:
            raise SheetChangedElsewhere
        marks, contest = sheet.marks_by_key(), sheet.judge.contest
        criteria = list(contest.criteria.order_by("order"))
        if sum((criterion.max_marks for criterion in criteria), Decimal(0)) != FULL:
            raise CriteriaUnsettled
        if missing := [criterion.name for criterion in criteria if criterion.key not in marks]:
            raise SheetIncomplete(missing)
        sheet.state, sheet.submitted_at = self.State.SUBMITTED, now
        sheet.seal = seal_of(sheet, marks)
        sheet.revision += 1
        sheet.save(update_fields=["state", "submitted_at", "seal", "revision"])
        audit.record(
            action="score_sheet.submit",
            target=f"score sheet {sheet.pk}",
            actor=sheet.judge.user,
            contest=contest.slug,
            address=address,
            # Not the marks: whoever reads the log may not have marked yet (rules: M4).
            after={"seal": sheet.seal},
            now=now,
        )
        self.refresh_from_db()

    @transaction.atomic
    def excuse(self, *, by: User, reason: str, address: str = "", now: dt.datetime) -> None:
        """Take the sheet out of the count with the chair's reason (rules: M5).

        No mark changes by it, so it may come after judging has closed, until results are final:
        else a sheet that nobody can hand in any more would keep them from becoming final.
        """
        sheet = self._locked(now=now, for_excuse=True)
        sheet.state, sheet.excused_reason, sheet.excused_by = self.State.EXCUSED, reason, by
        sheet.revision += 1
        sheet.save(update_fields=["state", "excused_reason", "excused_by", "revision"])
        audit.record(
            action="score_sheet.excuse",
            target=f"score sheet {sheet.pk}",
            actor=by,
            contest=sheet.judge.contest.slug,
            address=address,
            reason=reason,
            now=now,
        )
        self.refresh_from_db()

    def _locked(self, *, now: dt.datetime, for_excuse: bool = False) -> ScoreSheet:
        """Return the locked row, or raise where nothing may be written (rules: M3, M6)."""
        sheet = (
            ScoreSheet.objects.select_for_update(of=("self",))
            .select_related("judge__contest", "judge__user", "video")
            .get(pk=self.pk)
        )
        _check_open(judge=sheet.judge, video=sheet.video, now=now, for_excuse=for_excuse)
        if sheet.is_submitted:
            raise SheetSubmitted
        if sheet.state == self.State.EXCUSED:
            raise SheetExcused
        return sheet

    def _write(self, *, marks: Mapping[int, Decimal | None]) -> None:
        criteria = self.judge.contest.criteria.in_bulk(list(marks))
        for criterion_id, value in marks.items():
            if value is not None and not criteria[criterion_id].allows(value):
                raise ValueError(f"{value} is no mark of criterion {criterion_id}")
        cleared = [criterion_id for criterion_id, value in marks.items() if value is None]
        self.marks.filter(criterion_id__in=cleared).delete()
        Mark.objects.bulk_create(
            [
                Mark(sheet=self, criterion_id=criterion_id, value=value)
                for criterion_id, value in marks.items()
                if value is not None
            ],
            update_conflicts=True,
            unique_fields=["sheet", "criterion"],
            update_fields=["value"],
        )


class Mark(models.Model):
    """One judge's mark for one criterion: 0 to its maximum in steps of 0.5 (rules: M1)."""

    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="marks")
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
    """A change of a submitted mark: who, when, from, to, why (rules: M6). Append-only."""

    sheet = models.ForeignKey(ScoreSheet, models.PROTECT, related_name="changes")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    before = models.DecimalField(_("before"), max_digits=4, decimal_places=1, null=True)
    after = models.DecimalField(_("after"), max_digits=4, decimal_places=1, null=True)
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("change of a mark")
        verbose_name_plural = _("changes of marks")

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


def _check_open(
    *, judge: Judge, video: VideoSubmission, now: dt.datetime, for_excuse: bool = False
) -> None:
    contest = judge.contest
    excusable = contest.judging_opens_at <= now and not contest.is_final
    if not (excusable if for_excuse else contest.is_judging(now)):
        raise JudgingClosed
    if video.unit_id in judge.conflicted_unit_ids():
        raise JudgeInConflict


@transaction.atomic
def open_sheet(
    *, judge: Judge, video: VideoSubmission, now: dt.datetime, for_excuse: bool = False
) -> ScoreSheet:
    """Return the judge's sheet for this video; the first write makes it.

    Raises JudgingClosed or JudgeInConflict (rules: M3, M6).
    """
    _check_open(judge=judge, video=video, now=now, for_excuse=for_excuse)
    return ScoreSheet.objects.get_or_create(judge=judge, video=video)[0]


@transaction.atomic
def declare_conflict(
    *, judge: Judge, unit: Unit, reason: str, address: str = "", now: dt.datetime
) -> Conflict:
    """Store a judge's own declaration (rules: M3); sheets of that unit leave the count with it.

    Raises JudgingClosed once judging is over, because the declaration changes what counts (M6).
    A second declaration changes nothing.
    """
    if now >= judge.contest.judging_closes_at:
        raise JudgingClosed
    conflict, is_new = Conflict.objects.get_or_create(
        judge=judge, unit=unit, defaults={"reason": reason, "declared_at": now}
    )
    if is_new:
        audit.record(
            action="conflict.declare",
            target=f"judge {judge.pk} · unit {unit.code}",
            actor=judge.user,
            contest=judge.contest.slug,
            address=address,
            reason=reason,
            now=now,
        )
    return conflict


def seal_of(sheet: ScoreSheet, marks: Mapping[str, Decimal]) -> str:
    """Return the keyed hash over a submitted sheet's marks and time (rules: A7)."""
    content = json.dumps(
        {
            "sheet": [sheet.judge_id, sheet.video_id],
            "marks": {key: str(value.quantize(STEP)) for key, value in marks.items()},
            "submitted_at": sheet.submitted_at.astimezone(dt.UTC).isoformat(timespec="microseconds")
            if sheet.submitted_at
            else None,
        },
        sort_keys=True,
    )
    key = hashlib.sha256(f"seal:{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()
