"""The question bank: questions in versions, their choices, and what a quiz draws of them."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contests.models.contest import Contest


class QuestionQuerySet(models.QuerySet["Question"]):
    def current(self) -> QuestionQuerySet:
        """The newest version of every question in use: what papers are drawn from."""
        return self.filter(is_current=True, is_active=True)


class Question(models.Model):
    """One version of a question. One that a paper used never changes; an edit makes a new one."""

    class Difficulty(models.TextChoices):
        EASY = "easy", _("easy")
        MEDIUM = "medium", _("medium")
        HARD = "hard", _("hard")

    contest = models.ForeignKey(
        Contest, models.CASCADE, related_name="questions", verbose_name=_("contest")
    )
    is_practice = models.BooleanField(
        _("practice bank"),
        default=False,
        help_text=_("Drawn by practice quizzes only, never by one that counts."),
    )
    number = models.PositiveIntegerField(_("number"))
    version = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)
    is_current = models.BooleanField(default=True, editable=False)
    is_active = models.BooleanField(_("may be drawn"), default=True)
    topic = models.CharField(_("topic"), max_length=120, blank=True)
    difficulty = models.CharField(
        _("difficulty"), max_length=10, choices=Difficulty, default=Difficulty.MEDIUM
    )
    text = models.TextField(_("question"))
    search_key = models.TextField(editable=False)
    # A name of our own making; the file is drawn anew from what was sent (contests/pictures.py).
    picture = models.CharField(_("picture"), max_length=80, blank=True, editable=False)
    picture_alt = models.CharField(
        _("the picture in words"),
        max_length=300,
        blank=True,
        help_text=_("Read out to people who cannot see the picture."),
    )
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True)
    explanation = models.TextField(_("explanation"), blank=True)
    exclusion_group = models.CharField(
        _("exclusion group"),
        max_length=60,
        blank=True,
        help_text=_("Of questions with the same group at most one is drawn into a paper."),
    )
    fixed_order = models.BooleanField(
        _("keep the order of the choices"),
        default=False,
        help_text=_("For choices that name letters, such as “both A and B”."),
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "is_practice", "number", "version"],
                name="question_version_once",
            ),
            models.UniqueConstraint(
                fields=["contest", "is_practice", "number"],
                condition=Q(is_current=True),
                name="question_one_current_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text[:80]}"


class Choice(models.Model):
    """One choice of a question version; `position` 0 is printed as A in the bank."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField(_("position"))
    text = models.CharField(_("text"), max_length=500)
    is_correct = models.BooleanField(_("correct"), default=False)
    keep_last = models.BooleanField(
        _("stays last"), default=False, help_text=_("For choices such as “all of the above”.")
    )

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        constraints = [
            models.UniqueConstraint(fields=["question", "position"], name="choice_position_once")
        ]

    def __str__(self) -> str:
        return f"{chr(65 + self.position)}. {self.text[:60]}"


class KeyChange(models.Model):
    """A mended key of one question version (rules: Q12). Append-only; running attempts obey it."""

    class Kind(models.TextChoices):
        ACCEPT = "accept", _("accept another choice")
        ACCEPT_ALL = "accept_all", _("accept every answer given")
        DROP = "drop", _("take the question out of the count")

    question = models.ForeignKey(
        Question, models.PROTECT, related_name="key_changes", verbose_name=_("question")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    choice = models.ForeignKey(
        Choice, models.PROTECT, null=True, related_name="+", verbose_name=_("choice")
    )
    reason = models.TextField(_("reason"))
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("mended key")
        verbose_name_plural = _("mended keys")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="accept", choice__isnull=False)
                | (~Q(kind="accept") & Q(choice=None)),
                name="key_change_names_a_choice",
            ),
            models.UniqueConstraint(fields=["question", "choice"], name="key_change_choice_once"),
            models.UniqueConstraint(
                fields=["question", "kind"],
                condition=Q(choice=None),
                name="key_change_kind_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.get_kind_display()}"


class BlueprintRow(models.Model):
    """How many questions of which topic and difficulty a quiz draws (rules: Q1); blank is any."""

    quiz = models.ForeignKey("contests.Quiz", models.CASCADE, related_name="blueprint")
    topic = models.CharField(_("topic"), max_length=120, blank=True)
    difficulty = models.CharField(
        _("difficulty"), max_length=10, choices=Question.Difficulty, blank=True
    )
    count = models.PositiveSmallIntegerField(
        _("questions"), default=15, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("row of the blueprint")
        verbose_name_plural = _("blueprint")
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "topic", "difficulty"], name="blueprint_row_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.difficulty}: {self.count}"
