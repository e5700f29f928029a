"""Who competes and who judges: units, participants, judges, conflicts, exclusions, flags."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from contests import names
from contests.models.contest import Contest


class UnitQuerySet(models.QuerySet["Unit"]):
    def coordinated_by(self, user: User) -> UnitQuerySet:
        """Units whose coordinator this user is, in contests the public may see."""
        return self.filter(coordinator=user, contest__is_announced=True)

    def search(self, text: str) -> UnitQuerySet:
        """Units whose name or code contains `text`, tones aside."""
        return self.filter(
            Q(search_key__contains=names.search_key(text)) | Q(code__iexact=names.clean_text(text))
        )


class Unit(models.Model):
    """An agency that competes in one contest (rules: C5)."""

    contest = models.ForeignKey(
        Contest, models.CASCADE, related_name="units", verbose_name=_("contest")
    )
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name of the unit"), max_length=200)
    search_key = models.CharField(max_length=240, editable=False, db_index=True)
    block = models.CharField(_("block"), max_length=120, blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent unit"),
    )
    headcount = models.PositiveIntegerField(_("headcount"), null=True, blank=True)
    coordinator = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="coordinated_units",
        verbose_name=_("coordinator"),
    )
    disqualified_reason = models.TextField(_("disqualified because"), blank=True)
    ineligible_reason = models.TextField(_("not eligible for an award because"), blank=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "code"],
                name="unit_code_once_per_contest",
                violation_error_message=_("Another unit of this contest has this code."),
            ),
            models.CheckConstraint(
                condition=Q(headcount=None) | Q(headcount__gte=1),
                name="unit_headcount_positive",
                violation_error_message=_("The headcount must be at least 1."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"

    def clean(self) -> None:
        self.code = names.clean_text(self.code).upper()
        self.name = names.clean_text(self.name)
        self.search_key = names.search_key(f"{self.code} {self.name}")


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def confirmed(self) -> ParticipantQuerySet:
        """People who count: from a roster, or confirmed (rules: P6)."""
        return self.exclude(confirmed_at=None)

    def waiting(self) -> ParticipantQuerySet:
        """Self-registered people nobody has confirmed yet."""
        return self.filter(confirmed_at=None)

    def search(self, text: str) -> ParticipantQuerySet:
        """People whose name or workplace contains `text`, tones aside, or whose number it is."""
        found = Q(search_key__contains=names.search_key(text))
        if text.strip().isdecimal():
            found |= Q(number=int(text.strip()[:9]))
        return self.filter(found)

    def in_name_order(self) -> ParticipantQuerySet:
        return self.order_by("name_sort_key", "number")


class Participant(models.Model):
    """One person's part in one contest (rules: P1, P2, P3)."""

    class Source(models.TextChoices):
        SELF = "self", _("registered by the person")
        ROSTER = "roster", _("roster of the unit")

    contest = models.ForeignKey(
        Contest, models.CASCADE, related_name="participants", verbose_name=_("contest")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="participants", verbose_name=_("unit")
    )
    user = models.OneToOneField(User, models.PROTECT, related_name="participant")
    number = models.PositiveIntegerField(_("number"), editable=False)
    full_name = models.CharField(_("full name"), max_length=120)
    name_sort_key = models.BinaryField(max_length=400, editable=False)
    search_key = models.CharField(max_length=360, editable=False, db_index=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    staff_code = models.CharField(_("staff code"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    position = models.CharField(_("position"), max_length=120, blank=True)
    workplace = models.CharField(_("workplace"), max_length=200, blank=True)
    source = models.CharField(_("came by"), max_length=10, choices=Source, editable=False)
    registered_at = models.DateTimeField(_("registered at"), editable=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)
    confirmed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    disqualified_reason = models.TextField(_("disqualified because"), blank=True)
    ineligible_reason = models.TextField(_("not eligible for an award because"), blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        indexes = [models.Index(fields=["unit", "name_sort_key"], name="participant_roster")]
        constraints = [
            models.UniqueConstraint(fields=["contest", "number"], name="participant_number"),
            # One person takes part once per contest (rules: P3).
            models.UniqueConstraint(
                fields=["contest", "phone"],
                condition=~Q(phone=""),
                name="participant_phone_once_per_contest",
            ),
            models.UniqueConstraint(
                fields=["contest", "staff_code"],
                condition=~Q(staff_code=""),
                name="participant_staff_code_once_per_contest",
            ),
            models.CheckConstraint(
                condition=~Q(phone="") | ~Q(staff_code=""),
                name="participant_has_phone_or_staff_code",
                violation_error_message=_("A phone number or a staff code is needed."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.number})"

    def set_keys(self) -> None:
        """Derive the sort and search keys from the name; the one writer of both."""
        self.full_name = names.clean_text(self.full_name)
        self.workplace = names.clean_text(self.workplace)
        self.name_sort_key = names.name_sort_key(self.full_name)
        self.search_key = names.search_key(f"{self.full_name} {self.workplace}")[:360]

    @property
    def counts(self) -> bool:
        """Whether this person enters any figure (rules: P6, S9)."""
        return self.confirmed_at is not None and not self.disqualified_reason

    def confirm(self, *, by: User, now: dt.datetime) -> bool:
        """Confirm a self-registered person; False where somebody already had."""
        changed = Participant.objects.filter(pk=self.pk, confirmed_at=None).update(
            confirmed_at=now, confirmed_by=by
        )
        return bool(changed)


class Exclusion(models.Model):
    """A person who may not compete in ranked quizzes (đối tượng không được dự thi, rules: P4)."""

    contest = models.ForeignKey(
        Contest, models.CASCADE, related_name="exclusions", verbose_name=_("contest")
    )
    full_name = models.CharField(_("full name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    staff_code = models.CharField(_("staff code"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("excluded person")
        verbose_name_plural = _("excluded people")
        constraints = [
            models.CheckConstraint(
                condition=~Q(phone="") | ~Q(staff_code=""),
                name="exclusion_has_phone_or_staff_code",
                violation_error_message=_("A phone number or a staff code is needed."),
            )
        ]

    def __str__(self) -> str:
        return self.full_name


class Judge(models.Model):
    """A user's seat on one contest's panel."""

    contest = models.ForeignKey(
        Contest, models.CASCADE, related_name="judges", verbose_name=_("contest")
    )
    user = models.ForeignKey(
        User, models.PROTECT, related_name="judgeships", verbose_name=_("judge")
    )
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("own unit"),
        help_text=_("A judge never sees or marks the video of the own unit."),
    )
    is_chair = models.BooleanField(_("chairs the panel"), default=False)
    # Names of blocks; who is given none marks the videos of all units.
    blocks = models.JSONField(_("blocks to mark"), default=list, blank=True)

    class Meta:
        verbose_name = _("judge")
        verbose_name_plural = _("judges")
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "user"],
                name="judge_once_per_contest",
                violation_error_message=_("This person already judges this contest."),
            )
        ]

    def __str__(self) -> str:
        return self.user.full_name

    def conflicted_unit_ids(self) -> set[int]:
        """Units whose videos this judge must not touch (rules: M3): own and declared."""
        declared = set(self.conflicts.values_list("unit_id", flat=True))
        return declared | ({self.unit_id} if self.unit_id else set())

    def marks_block(self, block: str) -> bool:
        """Whether the videos of units of this block are this judge's to mark."""
        return not self.blocks or block in self.blocks


class Conflict(models.Model):
    """A declared conflict of interest of a judge with a unit (rules: M3)."""

    judge = models.ForeignKey(
        Judge, models.CASCADE, related_name="conflicts", verbose_name=_("judge")
    )
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+", verbose_name=_("unit"))
    reason = models.CharField(_("reason"), max_length=300)
    declared_at = models.DateTimeField(_("declared at"))

    class Meta:
        verbose_name = _("conflict of interest")
        verbose_name_plural = _("conflicts of interest")
        constraints = [
            models.UniqueConstraint(fields=["judge", "unit"], name="conflict_once_per_unit")
        ]

    def __str__(self) -> str:
        return f"{self.judge} · {self.unit}"


class Flag(models.Model):
    """Something a person should look at (cần xem xét); never a penalty by itself (rules: Q13)."""

    class Kind(models.TextChoices):
        SAME_NAME = "same_name", _("same name and birth date in one unit")
        CODE_REISSUED = "code_reissued", _("access code issued again")
        FAST = "fast", _("unusually fast")
        SAME_ANSWERS = "same_answers", _("the same wrong answers as somebody else")
        SHARED_DEVICE = "shared_device", _("several people on one device")

    participant = models.ForeignKey(
        Participant, models.CASCADE, related_name="flags", verbose_name=_("participant")
    )
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    attempt = models.ForeignKey(
        "contests.Attempt",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="flags",
        verbose_name=_("attempt"),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    raised_at = models.DateTimeField(_("raised at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        constraints = [
            # Looked for again and again: what was raised of an attempt once is not raised twice.
            models.UniqueConstraint(
                fields=["attempt", "kind"],
                condition=Q(attempt__isnull=False),
                name="flag_once_per_attempt",
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
