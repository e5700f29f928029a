"""Score sheets; every write to them and their marks goes through these verbs (rules: M1-M6)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from contests.models import Conflict, Judge, Unit
from media_uploads.models import VideoSubmission
from scoring.models.criteria import FULL, STEP
from scoring.models.marks import Mark, MarkChange

Act = MarkChange.Act


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


class NotAssigned(Exception):
    """The video is another group's to mark."""


class NotTheChair(Exception):
    """Only a chair of the panel opens a sheet again, and only where that chair may judge."""


class SheetNotSubmitted(Exception):
    """The sheet is a draft or excused, so there is nothing to open again."""


class CriteriaUnsettled(Exception):
    """The maxima of the contest's criteria do not sum to 100, so no sheet can be handed in."""


TAKES_NO_MARKS = (JudgingClosed, SheetSubmitted, SheetExcused, JudgeInConflict, NotAssigned)


class ScoreSheetQuerySet(models.QuerySet["ScoreSheet"]):
    def submitted(self) -> ScoreSheetQuerySet:
        return self.filter(state=ScoreSheet.State.SUBMITTED)

    def done(self) -> ScoreSheetQuerySet:
        """Sheets nobody waits for: submitted or excused."""
        return self.filter(state__in=[ScoreSheet.State.SUBMITTED, ScoreSheet.State.EXCUSED])

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
    # For the unit, with the result; the notes are the judge's own and leave the sheet by no route.
    remark = models.TextField(_("remark to the unit"), blank=True)
    notes = models.TextField(_("private notes"), blank=True)
    # Counts saves; a window that shows an older one cannot overwrite a newer.
    revision = models.PositiveIntegerField(default=0, editable=False)
    saved_at = models.DateTimeField(_("saved"), null=True, editable=False)
    submitted_at = models.DateTimeField(_("handed in at"), null=True, editable=False)
    # Why the chair opened it again; changes of marks from then on carry it (rules: M6).
    reopened_reason = models.TextField(_("opened again because"), blank=True, editable=False)
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
        notes: str = "",
        revision: int,
        now: dt.datetime,
    ) -> None:
        """Store marks by criterion id (None clears one); values must have been validated (M1).

        Raises JudgingClosed, SheetSubmitted, SheetExcused, JudgeInConflict, NotAssigned, or
        SheetChangedElsewhere where `revision` is not the stored one; then nothing is written.
        """
        sheet = self._locked(now=now)
        if sheet.revision != revision:
            raise SheetChangedElsewhere
        sheet._write(marks=marks, now=now)
        ScoreSheet.objects.filter(pk=self.pk).update(
            remark=remark, notes=notes, revision=F("revision") + 1, saved_at=now
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
        sheet._note(Act.SUBMIT, by=sheet.judge.user, reason=sheet.reopened_reason, now=now)
        sheet._record(
            "score_sheet.submit",
            by=sheet.judge.user,
            address=address,
            # Not the marks: whoever reads the log may not have marked yet (rules: M4).
            after={"seal": sheet.seal},
            now=now,
        )
        self.refresh_from_db()

    @transaction.atomic
    def reopen(self, *, by: User, reason: str, address: str = "", now: dt.datetime) -> None:
        """Make a submitted sheet a draft again, its marks kept in the history (rules: M6).

        `by` chairs the panel and has handed in the own sheet for the video, so that nobody asks for
        other marks before giving the own (rules: M4). Raises JudgingClosed, JudgeInConflict,
        NotAssigned, NotTheChair or SheetNotSubmitted; then nothing is written.
        """
        sheet = self._row()
        _check_open(judge=sheet.judge, video=sheet.video, now=now)
        if not may_chair(video=sheet.video, by=by):
            raise NotTheChair
        if not sheet.is_submitted:
            raise SheetNotSubmitted
        # First the row of the history: without it the database keeps the sheet as it is.
        sheet._note(Act.REOPEN, by=by, reason=reason, now=now, keep_marks=True)
        before = {"seal": sheet.seal}
        sheet.state, sheet.submitted_at, sheet.seal = self.State.DRAFT, None, ""
        sheet.reopened_reason = reason
        sheet.revision += 1
        sheet.save(update_fields=["state", "submitted_at", "seal", "reopened_reason", "revision"])
        sheet._record(
            "score_sheet.reopen", by=by, address=address, before=before, reason=reason, now=now
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
        sheet._note(Act.EXCUSE, by=by, reason=reason, now=now)
        sheet._record("score_sheet.excuse", by=by, address=address, reason=reason, now=now)
        self.refresh_from_db()

    def _row(self) -> ScoreSheet:
        return (
            ScoreSheet.objects.select_for_update(of=("self",))
            .select_related("judge__contest", "judge__user", "video__unit")
            .get(pk=self.pk)
        )

    def _locked(self, *, now: dt.datetime, for_excuse: bool = False) -> ScoreSheet:
        """Return the locked row, or raise where nothing may be written (rules: M3, M6)."""
        sheet = self._row()
        _check_open(judge=sheet.judge, video=sheet.video, now=now, for_excuse=for_excuse)
        if sheet.is_submitted:
            raise SheetSubmitted
        if sheet.state == self.State.EXCUSED:
            raise SheetExcused
        return sheet

    def _write(self, *, marks: Mapping[int, Decimal | None], now: dt.datetime) -> None:
        """Store what differs from the stored marks, each with its row of the history."""
        criteria = self.judge.contest.criteria.in_bulk(list(marks))
        for criterion_id, value in marks.items():
            if value is not None and not criteria[criterion_id].allows(value):
                raise ValueError(f"{value} is no mark of criterion {criterion_id}")
        stored = dict(self.marks.values_list("criterion_id", "value"))
        changed = {pk: value for pk, value in marks.items() if stored.get(pk) != value}
        self.marks.filter(criterion_id__in=[pk for pk in changed if changed[pk] is None]).delete()
        Mark.objects.bulk_create(
            [
                Mark(sheet=self, criterion_id=criterion_id, value=value)
                for criterion_id, value in changed.items()
                if value is not None
            ],
            update_conflicts=True,
            unique_fields=["sheet", "criterion"],
            update_fields=["value"],
        )
        MarkChange.objects.bulk_create(
            MarkChange(
                sheet=self,
                act=Act.MARK,
                criterion_id=criterion_id,
                at=now,
                by=self.judge.user,
                before=stored.get(criterion_id),
                after=value,
                reason=self.reopened_reason,
            )
            for criterion_id, value in changed.items()
        )

    def _note(
        self, act: Act, *, by: User, reason: str, now: dt.datetime, keep_marks: bool = False
    ) -> None:
        """Add a row about the whole sheet to the history."""
        marks = {key: str(value) for key, value in self.marks_by_key().items()}
        MarkChange.objects.create(
            sheet=self, act=act, at=now, by=by, reason=reason, marks=marks if keep_marks else None
        )

    def _record(self, action: str, **entry: Any) -> None:
        audit.record(
            action=action,
            target=f"score sheet {self.pk}",
            actor=entry.pop("by"),
            contest=self.judge.contest.slug,
            **entry,
        )


def may_chair(*, video: VideoSubmission, by: User) -> bool:
    """Whether this person chairs the video's panel and has nothing left to mark of it (M4, M6)."""
    chair = Judge.objects.filter(user=by, contest=video.unit.contest_id, is_chair=True).first()
    if chair is None or not VideoSubmission.objects.for_judge(chair).filter(pk=video.pk).exists():
        return False
    return ScoreSheet.objects.done().filter(judge=chair, video=video).exists()


def _check_open(
    *, judge: Judge, video: VideoSubmission, now: dt.datetime, for_excuse: bool = False
) -> None:
    contest = judge.contest
    excusable = contest.judging_opens_at <= now and not contest.is_final
    if not (excusable if for_excuse else contest.is_judging(now)):
        raise JudgingClosed
    if video.unit_id in judge.conflicted_unit_ids():
        raise JudgeInConflict
    if not judge.marks_block(video.unit.block):
        raise NotAssigned


@transaction.atomic
def open_sheet(
    *, judge: Judge, video: VideoSubmission, now: dt.datetime, for_excuse: bool = False
) -> ScoreSheet:
    """Return the judge's sheet for this video; the first write makes it.

    Raises JudgingClosed, JudgeInConflict or NotAssigned (rules: M3, M6).
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
        for sheet in judge.sheets.filter(video__unit=unit).exclude(revision=0):
            sheet._note(Act.CONFLICT, by=judge.user, reason=reason, now=now, keep_marks=True)
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
