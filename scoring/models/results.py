"""Result sets and their rows, the award plan, and decided ties (rules: A1-A4)."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from contests.models import Contest, Participant, Quiz, Unit
from media_uploads.models import VideoSubmission


class Scope(models.TextChoices):
    UNIT = "unit", _("units")
    PERSON = "person", _("people")
    VIDEO = "video", _("videos")


class AwardTier(models.Model):
    """One tier of the award plan (rules: A1): so many awards of this name, in this order."""

    contest = models.ForeignKey(
        Contest, models.CASCADE, related_name="award_tiers", verbose_name=_("contest")
    )
    scope = models.CharField(_("awarded to"), max_length=10, choices=Scope)
    quiz = models.ForeignKey(
        Quiz,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("quiz"),
        help_text=_("For awards to people: whose ranking."),
    )
    order = models.PositiveSmallIntegerField(_("order"))
    name = models.CharField(_("award"), max_length=80)
    count = models.PositiveSmallIntegerField(
        _("how many"), default=1, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("award tier")
        verbose_name_plural = _("award plan")
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "scope", "order"],
                condition=Q(quiz=None),
                name="award_tier_order_once",
            ),
            models.UniqueConstraint(
                fields=["contest", "quiz", "order"],
                condition=Q(quiz__isnull=False),
                name="award_tier_order_once_per_quiz",
            ),
            models.CheckConstraint(
                condition=Q(scope="person", quiz__isnull=False)
                | (~Q(scope="person") & Q(quiz=None)),
                name="award_tier_quiz_for_people",
                violation_error_message=_("Awards to people, and only they, name a quiz."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.count})"


class TieDecision(models.Model):
    """Who of tied entries gets a tier's last places, decided by a named organizer (rules: A2)."""

    contest = models.ForeignKey(
        Contest, models.CASCADE, related_name="tie_decisions", verbose_name=_("contest")
    )
    scope = models.CharField(_("awarded to"), max_length=10, choices=Scope)
    quiz = models.ForeignKey(
        Quiz, models.CASCADE, null=True, related_name="+", verbose_name=_("quiz")
    )
    tier_order = models.PositiveSmallIntegerField(_("tier"))
    entries = models.JSONField(_("tied"))
    chosen = models.JSONField(_("chosen"))
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("decided by"))
    at = models.DateTimeField(_("decided at"))
    # A decision replaced by a later one for the same tie stays, withdrawn.
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    class Meta:
        verbose_name = _("decision on a tie")
        verbose_name_plural = _("decisions on ties")

    def __str__(self) -> str:
        return f"{self.get_scope_display()} · {self.tier_order}"


class ResultSetQuerySet(models.QuerySet["ResultSet"]):
    def newest(self, contest: Contest) -> ResultSet | None:
        return self.filter(contest=contest).order_by("-number").first()

    def published(self, contest: Contest) -> ResultSet | None:
        """The set the public sees: the newest that was published (rules: A5)."""
        return (
            self.filter(contest=contest)
            .exclude(state=ResultSet.State.DRAFT)
            .order_by("-number")
            .first()
        )


class ResultSet(models.Model):
    """A whole result, built in one transaction from stored data (rules: A3)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft results")
        PROVISIONAL = "provisional", _("provisional")
        FINAL = "final", _("final")

    contest = models.ForeignKey(
        Contest, models.PROTECT, related_name="result_sets", verbose_name=_("contest")
    )
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DRAFT)
    digest = models.CharField(_("digest of the inputs"), max_length=64)
    built_at = models.DateTimeField(_("built"))
    statistics = models.JSONField(default=list)
    # Ties across a tier's edge that nobody has decided, and decisions whose tie has changed.
    undecided = models.JSONField(default=list)
    void_decisions = models.JSONField(default=list)
    published_at = models.DateTimeField(_("published"), null=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    correction_reason = models.TextField(_("reason for the correction"), blank=True)
    objections_until = models.DateTimeField(_("objections until"), null=True)
    final_requested_at = models.DateTimeField(_("final requested"), null=True)
    final_requested_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    final_reason = models.TextField(_("reason"), blank=True)
    finalized_at = models.DateTimeField(_("final since"), null=True)
    finalized_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # Keyed hash over the stored rows of a published set.
    seal = models.CharField(max_length=64, blank=True)

    objects = ResultSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("result set")
        verbose_name_plural = _("result sets")
        constraints = [
            models.UniqueConstraint(fields=["contest", "number"], name="result_set_number"),
            models.UniqueConstraint(
                fields=["contest"],
                condition=Q(state="draft"),
                name="result_set_one_draft",
            ),
            models.CheckConstraint(
                condition=Q(finalized_by=None) | ~Q(finalized_by=models.F("final_requested_by")),
                name="result_set_final_by_two",
                violation_error_message=_("The one who asked cannot also approve."),
            ),
            models.CheckConstraint(
                condition=~Q(state="final") | Q(finalized_at__isnull=False),
                name="result_set_final_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contest.slug} · {self.number}"

    @property
    def is_final(self) -> bool:
        return self.state == self.State.FINAL


class Basis(models.Model):
    """What a set was computed by, kept with it: pages and papers explain it by nothing else.

    `content`: {"settings": …, "quizzes": […], "criteria": […], "sheets": {video: totals}}, numbers
    as text (`scoring.storing.basis_of`). Sets built before there was such a row have none.
    """

    result_set = models.OneToOneField(ResultSet, models.CASCADE, related_name="basis")
    content = models.JSONField()

    class Meta:
        verbose_name = _("basis of a result")
        verbose_name_plural = _("bases of results")

    def __str__(self) -> str:
        return str(self.result_set)


class UnitResult(models.Model):
    """One unit's line of a result set."""

    result_set = models.ForeignKey(ResultSet, models.CASCADE, related_name="units")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    rank = models.PositiveIntegerField(_("rank"), null=True)
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name of the unit"), max_length=200)
    block = models.CharField(_("block"), max_length=120, blank=True)
    quiz_points = models.DecimalField(_("quiz points"), max_digits=5, decimal_places=2)
    video_points = models.DecimalField(_("video points"), max_digits=5, decimal_places=2)
    total = models.DecimalField(_("total"), max_digits=5, decimal_places=2)
    has_video = models.BooleanField(_("video"))
    registered = models.PositiveIntegerField(_("registered"))
    participants = models.PositiveIntegerField(_("participants"))
    headcount = models.PositiveIntegerField(_("headcount"), null=True)
    seconds_sum = models.PositiveBigIntegerField(_("seconds, sum"))
    seconds_count = models.PositiveIntegerField(_("attempts counted"))
    eligible = models.BooleanField(_("eligible for an award"))
    # Why not: a code of scoring.outcome, and an organizer's words where there are any.
    reason_code = models.CharField(max_length=30, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("result of a unit")
        verbose_name_plural = _("results of units")
        constraints = [
            models.UniqueConstraint(fields=["result_set", "unit"], name="unit_result_once"),
            models.UniqueConstraint(fields=["result_set", "position"], name="unit_result_position"),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.name}"

    def turnout(self) -> Fraction | None:
        """Participants ÷ headcount, at most 1, exact (rules: S6); None without a headcount."""
        if not self.headcount:
            return None
        return min(Fraction(1), Fraction(self.participants, self.headcount))

    def mean_seconds(self) -> Fraction | None:
        return Fraction(self.seconds_sum, self.seconds_count) if self.seconds_count else None


class PersonResult(models.Model):
    """One person's line of one quiz in a result set."""

    result_set = models.ForeignKey(ResultSet, models.CASCADE, related_name="people")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    quiz = models.ForeignKey(Quiz, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    rank = models.PositiveIntegerField(_("rank"), null=True)
    number = models.PositiveIntegerField(_("number"))
    name = models.CharField(_("full name"), max_length=120)
    unit_code = models.CharField(_("unit"), max_length=20)
    workplace = models.CharField(_("workplace"), max_length=200, blank=True)
    correct = models.PositiveSmallIntegerField(_("correct"))
    questions = models.PositiveSmallIntegerField(_("questions"))
    duration_ms = models.PositiveIntegerField(_("duration, ms"))
    finished_at = models.DateTimeField(_("finished"))
    prediction = models.PositiveIntegerField(_("prediction"), null=True)
    eligible = models.BooleanField(_("eligible for an award"))
    # Why not: a code of scoring.outcome, and an organizer's words where there are any.
    reason_code = models.CharField(max_length=30, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("result of a person")
        verbose_name_plural = _("results of people")
        constraints = [
            models.UniqueConstraint(
                fields=["result_set", "quiz", "participant"], name="person_result_once"
            ),
            models.UniqueConstraint(
                fields=["result_set", "quiz", "position"], name="person_result_position"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.name}"

    @property
    def seconds(self) -> int:
        """Whole seconds, fraction dropped (rules: Q9)."""
        return self.duration_ms // 1000


class VideoResult(models.Model):
    """One video's line of a result set."""

    result_set = models.ForeignKey(ResultSet, models.CASCADE, related_name="videos")
    video = models.ForeignKey(VideoSubmission, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    rank = models.PositiveIntegerField(_("rank"), null=True)
    unit_code = models.CharField(_("unit"), max_length=20)
    slot = models.PositiveSmallIntegerField(_("video number"))
    title = models.CharField(_("title of the video"), max_length=160)
    points = models.DecimalField(_("video points"), max_digits=5, decimal_places=2)
    sheets = models.PositiveSmallIntegerField(_("sheets"))
    # Criterion key → [numerator, denominator] of the mean mark, exact.
    criteria = models.JSONField(_("mean mark by criterion"))
    spread = models.DecimalField(_("spread"), max_digits=5, decimal_places=1)
    eligible = models.BooleanField(_("eligible for an award"))
    # Why not: a code of scoring.outcome, and an organizer's words where there are any.
    reason_code = models.CharField(max_length=30, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("result of a video")
        verbose_name_plural = _("results of videos")
        constraints = [
            models.UniqueConstraint(fields=["result_set", "video"], name="video_result_once"),
            models.UniqueConstraint(
                fields=["result_set", "position"], name="video_result_position"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.title}"


class Award(models.Model):
    """One award of a result set."""

    result_set = models.ForeignKey(ResultSet, models.CASCADE, related_name="awards")
    scope = models.CharField(_("awarded to"), max_length=10, choices=Scope)
    quiz_slug = models.CharField(max_length=40, blank=True)
    tier = models.CharField(_("award"), max_length=80)
    tier_order = models.PositiveSmallIntegerField(_("order"))
    position = models.PositiveIntegerField()
    rank = models.PositiveIntegerField(_("rank"))
    name = models.CharField(_("name"), max_length=200)
    workplace = models.CharField(_("workplace"), max_length=200, blank=True)
    unit_code = models.CharField(_("unit"), max_length=20)
    unit_name = models.CharField(_("name of the unit"), max_length=200)
    # Within its scope: the unit's code, the person's number, the video's unit and slot.
    natural_key = models.CharField(max_length=60)

    class Meta:
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        constraints = [
            models.UniqueConstraint(fields=["result_set", "position"], name="award_position")
        ]

    def __str__(self) -> str:
        return f"{self.tier} · {self.name}"


def objection_deadline(contest: Contest, now: dt.datetime) -> dt.datetime:
    """Return the end of the objection period of results published now (rules: A4)."""
    return now + dt.timedelta(days=contest.objection_days)
