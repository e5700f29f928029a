"""Objections to published results (kiến nghị): filed, answered, withdrawn (rules: A4)."""

from __future__ import annotations

import datetime as dt

from django.db import models, transaction
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import audit
from accounts.models import Letter, User
from contests.models import Contest, Participant, Unit
from scoring.models.results import ResultSet

# More would be one text cut into pieces; who has so many waits for an answer, or withdraws one.
MOST_OPEN = 3


class ObjectionsClosed(Exception):
    """The set is not the provisional one in force, or its objection period is over."""


class TooManyObjections(Exception):
    """As many of this filer's objections are open as may be."""


class ObjectionSettled(Exception):
    """The objection was answered or withdrawn already."""


class ObjectionQuerySet(models.QuerySet["Objection"]):
    def open(self) -> ObjectionQuerySet:
        """Objections that wait for an answer; they keep results from becoming final."""
        return self.filter(answered_at=None, withdrawn_at=None)

    def filed_by(self, user: User) -> ObjectionQuerySet:
        """Those of the units this user answers for, and the user's own as a participant."""
        return self.filter(
            Q(unit__in=Unit.objects.coordinated_by(user))
            | Q(participant__in=Participant.objects.filter(user=user))
        )

    def in_order_of_work(self) -> ObjectionQuerySet:
        """Open ones first, the oldest of them on top; then the settled, the newest first."""
        is_open = Q(answered_at=None, withdrawn_at=None)
        return self.order_by(
            Case(When(is_open, then=Value(0)), default=Value(1)),
            Case(When(is_open, then="at"), default=None, output_field=models.DateTimeField()),
            "-at",
            "pk",
        )


class Objection(models.Model):
    """What a unit or a person holds against a published set, and what the organizers answered.

    Its text is for the filer and the organizers alone: it may name people and their points (P7).
    """

    class Effect(models.TextChoices):
        KEPT = "kept", pgettext_lazy("objection", "the results are kept")
        CORRECTED = "corrected", pgettext_lazy("objection", "the results are corrected")

    result_set = models.ForeignKey(
        ResultSet, models.PROTECT, related_name="objections", verbose_name=_("result set")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="objections", verbose_name=_("unit")
    )
    participant = models.ForeignKey(
        Participant,
        models.PROTECT,
        null=True,
        related_name="objections",
        verbose_name=_("participant"),
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    text = models.TextField(pgettext_lazy("objection", "what is objected to"), max_length=4000)
    answer = models.TextField(pgettext_lazy("objection", "answer"), max_length=4000, blank=True)
    effect = models.CharField(
        pgettext_lazy("objection", "effect"), max_length=10, choices=Effect, blank=True
    )
    answered_at = models.DateTimeField(pgettext_lazy("objection", "answered at"), null=True)
    answered_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("objection", "answered by"),
    )
    withdrawn_at = models.DateTimeField(pgettext_lazy("objection", "withdrawn at"), null=True)
    # What told the filer of the answer; none where nobody can be written to.
    letter = models.OneToOneField(Letter, models.SET_NULL, null=True, related_name="objection")

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        constraints = [
            models.CheckConstraint(
                condition=Q(unit=None, participant__isnull=False)
                | Q(unit__isnull=False, participant=None),
                name="objection_of_unit_or_person",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="objection_has_text"),
            models.CheckConstraint(
                condition=Q(answer="", effect="", answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False)
                & ~Q(answer="")
                & ~Q(effect=""),
                name="objection_answered_whole",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(withdrawn_at=None),
                name="objection_settled_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filer} · {self.at:%d/%m/%Y}"

    @property
    def filer(self) -> Unit | Participant:
        """Whose objection it is."""
        filer = self.unit or self.participant
        assert filer is not None
        return filer

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None

    @transaction.atomic
    def reply(
        self, *, answer: str, effect: str, by: User, address: str = "", now: dt.datetime
    ) -> None:
        """Answer with the reason and what becomes of the results (rules: A4).

        Raises ObjectionSettled where it was answered or withdrawn in between.
        """
        self._settle(
            Objection.objects.all(), answer=answer, effect=effect, answered_at=now, answered_by=by
        )
        _log("objection.reply", self, by, address, now, after={"effect": effect})

    @transaction.atomic
    def withdraw(self, *, by: User, address: str = "", now: dt.datetime) -> None:
        """Take it back, as its filer and while it is open; it is kept. Raises ObjectionSettled."""
        self._settle(Objection.objects.filed_by(by), withdrawn_at=now)
        _log("objection.take_back", self, by, address, now)

    def _settle(self, rows: ObjectionQuerySet, **changes: object) -> None:
        # One statement looks and writes: of an answer and a withdrawal at once one is refused.
        if not rows.filter(pk=self.pk).open().update(**changes):
            raise ObjectionSettled
        self.refresh_from_db(fields=list(changes))


def takes_objections(result_set: ResultSet, now: dt.datetime) -> bool:
    """Whether this set, the one the public sees, may be objected to now (rules: A4)."""
    return (
        result_set.state == ResultSet.State.PROVISIONAL
        and result_set.objections_until is not None
        and now < result_set.objections_until
    )


@transaction.atomic
def file_objection(
    *,
    result_set: ResultSet,
    filer: Unit | Participant,
    by: User,
    text: str,
    address: str = "",
    now: dt.datetime,
) -> Objection:
    """Keep what a unit or a person holds against the published set (rules: A4).

    The same words of the same filer once more are a form sent twice, and kept once. Raises
    ObjectionsClosed and TooManyObjections.
    """
    # One at a time with publication and final: a set does not become final over an objection.
    contest = Contest.objects.select_for_update().get(pk=result_set.contest_id)
    in_force = ResultSet.objects.published(contest)
    if in_force != result_set or not takes_objections(in_force, now):
        raise ObjectionsClosed
    side = "unit" if isinstance(filer, Unit) else "participant"
    mine = Objection.objects.filter(**{side: filer, "result_set__contest": contest})
    same = mine.filter(result_set=in_force, text=text, withdrawn_at=None).first()
    if same is not None:
        return same
    if mine.open().count() >= MOST_OPEN:
        raise TooManyObjections
    objection = Objection.objects.create(
        result_set=in_force, **{side: filer}, by=by, at=now, text=text
    )
    _log("objection.file", objection, by, address, now)
    return objection


def _log(
    action: str,
    objection: Objection,
    by: User,
    address: str,
    now: dt.datetime,
    *,
    after: dict[str, str] | None = None,
) -> None:
    """Write to the log who did what, without the words: they may name people (rules: P7)."""
    filer = objection.filer
    whose = f"unit {filer.code}" if isinstance(filer, Unit) else f"participant {filer.number}"
    audit.record(
        action=action,
        target=f"objection {objection.pk} of {whose}",
        contest=objection.result_set.contest.slug,
        actor=by,
        address=address,
        after=after,
        now=now,
    )
