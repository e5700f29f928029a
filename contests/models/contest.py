"""The contest: its settings, its windows, its phase and what froze when."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import ORGANIZER

if TYPE_CHECKING:
    from contests.models.quizzes import Quiz

JUDGING_AFTER_VIDEOS = dt.timedelta(minutes=30)
# First words of addresses that are not contests.
RESERVED_SLUGS = frozenset(
    {"account", "admin", "api", "enter", "healthz", "language", "media", "privacy", "readyz"}
    | {"sign-in", "sign-out", "static", "unit", "verify", "videos"}
)


class Phase(models.TextChoices):
    """Where a contest stands (rules: C3). Derived, never typed in."""

    DRAFT = "draft", _("Being prepared")
    ANNOUNCED = "announced", _("Announced")
    OPEN = "open", _("Open")
    JUDGING = "judging", _("Judging")
    PROVISIONAL = "provisional", _("Provisional results")
    FINAL = "final", _("Final results")
    ARCHIVED = "archived", _("Archived")


# What ties may be looked at by, in the default order (rules: S5-S8); the same as in scoring.
UNIT_CHAIN_KEYS = ("video", "quiz", "turnout", "mean_seconds")
PERSON_CHAIN_KEYS = ("seconds", "prediction", "finished_at")
VIDEO_CHAIN_KEYS = ("criteria",)


def default_unit_chain() -> list[str]:
    return list(UNIT_CHAIN_KEYS)


def default_person_chain() -> list[str]:
    return list(PERSON_CHAIN_KEYS)


def default_video_chain() -> list[str]:
    return list(VIDEO_CHAIN_KEYS)


def validate_slug_is_free(value: str) -> None:
    if value in RESERVED_SLUGS:
        raise ValidationError(_("This word is an address of the program itself; choose another."))


def rules_use_headcounts(unit_rule: str, unit_chain: list[str]) -> bool:
    """Whether points or ranks of units depend on headcounts (rules: S2, S6)."""
    return unit_rule in {"top_n", "mean_turnout"} or "turnout" in unit_chain


class ContestQuerySet(models.QuerySet["Contest"]):
    def announced(self) -> ContestQuerySet:
        """Contests the public may see."""
        return self.filter(is_announced=True)

    def for_organizer(self, user: User) -> ContestQuerySet:
        """Contests this user organizes; a superuser all but those he or she judges (rules: P4)."""
        if not (user.is_active and user.is_staff):
            return self.none()
        if user.is_superuser:
            return self.exclude(judges__user=user)
        # Who has lost the role may still stand on the contest's list.
        has_role = Group.objects.filter(user=user, name=ORGANIZER)
        return self.filter(Exists(has_role), organizers=user)


class Contest(models.Model):
    """One contest with all its settings (rules: C1)."""

    class UnitRule(models.TextChoices):
        MEAN = "mean", _("mean of all participants")
        TOP_N = "top_n", _("mean of the n best")
        BEST = "best", _("the best participant")
        MEAN_TURNOUT = "mean_turnout", _("mean, reduced where turnout misses the target")

    class JudgeAggregate(models.TextChoices):
        MEAN = "mean", _("mean of the sheets")
        MEDIAN = "median", _("median of the sheets")
        TRIMMED = "trimmed", _("mean without one highest and one lowest")

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(
        _("address"),
        max_length=60,
        unique=True,
        validators=[
            RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("Small letters, digits and dashes only.")),
            validate_slug_is_free,
        ],
        help_text=_("The part of the web address, for example soc-trang-2020."),
    )
    year = models.PositiveSmallIntegerField(_("year"))
    parent_organ = models.CharField(_("parent organ"), max_length=200)
    organizer_name = models.CharField(_("organizing board"), max_length=200)
    contact = models.CharField(
        _("whom to ask"),
        max_length=200,
        blank=True,
        help_text=_("Name and phone shown where people need help."),
    )
    notice = models.CharField(
        _("notice on every page"),
        max_length=300,
        blank=True,
        help_text=_("Shown on every page of the contest, for example that figures are assumed."),
    )
    organizers = models.ManyToManyField(
        User, related_name="organized_contests", blank=True, verbose_name=_("organizers")
    )
    is_rehearsal = models.BooleanField(
        _("rehearsal"),
        default=False,
        help_text=_("Windows may overlap, so that everybody can try; results are never published."),
    )
    is_announced = models.BooleanField(
        _("announced"), default=False, help_text=_("Visible to the public.")
    )
    announced_on = models.DateField(_("announced on"), null=True, blank=True)

    video_opens_at = models.DateTimeField(_("videos from"))
    video_closes_at = models.DateTimeField(_("videos until"))
    judging_opens_at = models.DateTimeField(_("judging from"))
    judging_closes_at = models.DateTimeField(_("judging until"))
    objection_days = models.PositiveSmallIntegerField(_("days for objections"), default=3)

    quiz_weight = models.PositiveSmallIntegerField(
        _("weight of the quiz, %"), default=40, validators=[MaxValueValidator(100)]
    )
    video_weight = models.PositiveSmallIntegerField(
        _("weight of the video, %"), default=60, validators=[MaxValueValidator(100)]
    )
    unit_rule = models.CharField(
        _("quiz points of a unit"), max_length=20, choices=UnitRule, default=UnitRule.MEAN
    )
    unit_rule_n = models.PositiveSmallIntegerField(
        _("n of the n best"), default=10, validators=[MinValueValidator(1)]
    )
    turnout_target = models.PositiveSmallIntegerField(
        _("target of turnout, %"),
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    min_participants = models.PositiveSmallIntegerField(
        _("least participants of a unit"), default=1, validators=[MinValueValidator(1)]
    )
    judge_aggregate = models.CharField(
        _("video points from sheets"),
        max_length=20,
        choices=JudgeAggregate,
        default=JudgeAggregate.MEAN,
    )
    unit_chain = models.JSONField(_("ties of units"), default=default_unit_chain)
    person_chain = models.JSONField(_("ties of people"), default=default_person_chain)
    video_chain = models.JSONField(_("ties of videos"), default=default_video_chain)
    award_needs_both = models.BooleanField(_("a unit's award needs both parts"), default=True)

    videos_per_unit = models.PositiveSmallIntegerField(
        _("videos of a unit"), default=1, validators=[MinValueValidator(1)]
    )
    video_min_seconds = models.PositiveIntegerField(_("shortest video, seconds"), default=10)
    video_max_seconds = models.PositiveIntegerField(_("longest video, seconds"), default=600)
    video_max_bytes = models.PositiveBigIntegerField(_("largest video, bytes"), default=2 * 1024**3)

    consent_version = models.CharField(_("version of the data notice"), max_length=40, default="1")
    self_registration = models.BooleanField(_("people may register themselves"), default=True)

    # Recorded decisions: written by scoring's verbs only.
    provisional_at = models.DateTimeField(_("provisional since"), null=True, editable=False)
    final_at = models.DateTimeField(_("final since"), null=True, editable=False)
    archived_at = models.DateTimeField(_("archived since"), null=True, editable=False)

    objects = ContestQuerySet.as_manager()

    # What a result depends on; frozen once the first quiz opens (rules: C4).
    FROZEN_FIELDS = (
        "quiz_weight",
        "video_weight",
        "unit_rule",
        "unit_rule_n",
        "turnout_target",
        "min_participants",
        "judge_aggregate",
        "unit_chain",
        "person_chain",
        "video_chain",
        "award_needs_both",
        "objection_days",
        # Windows decide what is taken and when marks may change.
        "video_opens_at",
        "video_closes_at",
        "judging_opens_at",
        "judging_closes_at",
    )

    class Meta:
        verbose_name = _("contest")
        verbose_name_plural = _("contests")
        constraints = [
            models.CheckConstraint(
                condition=Q(quiz_weight=100 - F("video_weight")),
                name="contest_weights_sum_to_100",
                violation_error_message=_("The two weights must sum to 100."),
            ),
            models.CheckConstraint(
                condition=Q(video_opens_at__lt=F("video_closes_at")),
                name="contest_video_window",
                violation_error_message=_("The video window must end after it begins."),
            ),
            models.CheckConstraint(
                condition=Q(judging_opens_at__lt=F("judging_closes_at")),
                name="contest_judging_window",
                violation_error_message=_("The judging window must end after it begins."),
            ),
            models.CheckConstraint(
                condition=Q(is_rehearsal=True)
                | Q(
                    judging_opens_at__gte=models.ExpressionWrapper(
                        F("video_closes_at") + JUDGING_AFTER_VIDEOS,
                        output_field=models.DateTimeField(),
                    )
                ),
                name="contest_judging_after_videos",
                violation_error_message=_(
                    "Judging may begin 30 minutes after the video window ends at the earliest."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def ranked_quizzes(self) -> list[Quiz]:
        """Return the quizzes that count, in the order of their opening; loaded ones cost nothing.

        Those to practise on decide nothing: no phase, no freezing, no registration, no points.
        """
        ranked = [quiz for quiz in self.quizzes.all() if not quiz.is_practice]
        return sorted(ranked, key=lambda quiz: (quiz.opens_at, quiz.pk))

    def window_of_quizzes(self) -> tuple[dt.datetime, dt.datetime] | None:
        """Return the first opening and last closing of the quizzes that count, None without any."""
        quizzes = self.ranked_quizzes()
        if not quizzes:
            return None
        return min(q.opens_at for q in quizzes), max(q.closes_at for q in quizzes)

    def phase(self, now: dt.datetime) -> Phase:
        """Return the phase (rules: C3): from decisions where there are any, else from the clock."""
        if self.archived_at:
            return Phase.ARCHIVED
        if self.final_at:
            return Phase.FINAL
        if self.provisional_at:
            return Phase.PROVISIONAL
        if not self.is_announced:
            return Phase.DRAFT
        opens, closes = self.video_opens_at, self.video_closes_at
        if window := self.window_of_quizzes():
            opens, closes = min(opens, window[0]), max(closes, window[1])
        if now < opens:
            return Phase.ANNOUNCED
        return Phase.OPEN if now < closes else Phase.JUDGING

    @property
    def is_published(self) -> bool:
        """Whether results may be shown outside the organizers' reach (rules: A5)."""
        return self.provisional_at is not None

    @property
    def is_final(self) -> bool:
        return self.final_at is not None

    @property
    def needs_headcounts(self) -> bool:
        """Whether each of its units has to state a headcount: announced, and the rules use them."""
        return self.is_announced and rules_use_headcounts(self.unit_rule, self.unit_chain)

    def takes_videos(self, now: dt.datetime) -> bool:
        return self.video_opens_at <= now < self.video_closes_at

    def is_judging(self, now: dt.datetime) -> bool:
        """Whether marks may be written (rules: M6)."""
        return self.judging_opens_at <= now < self.judging_closes_at

    def settings_are_frozen(self, now: dt.datetime) -> bool:
        """Whether what a result depends on is frozen: the first quiz has opened (rules: C4)."""
        window = self.window_of_quizzes()
        return window is not None and window[0] <= now

    def criteria_are_frozen(self, now: dt.datetime) -> bool:
        return self.judging_opens_at <= now


class SettingChange(models.Model):
    """A change of a frozen setting, with its reason; printed with the results. Append-only."""

    contest = models.ForeignKey(
        Contest, models.CASCADE, related_name="setting_changes", verbose_name=_("contest")
    )
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    target = models.CharField(_("setting"), max_length=120)
    before: models.JSONField[Any, Any] = models.JSONField(_("before"), null=True)
    after: models.JSONField[Any, Any] = models.JSONField(_("after"), null=True)
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("change after freezing")
        verbose_name_plural = _("changes after freezing")

    def __str__(self) -> str:
        return f"{self.target} · {self.at:%d/%m/%Y %H:%M}"
