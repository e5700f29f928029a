"""The quizzes of a contest: their windows, their rules, and the papers drawn for them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.prepared import Prepared, PreparedForIds
from contests import papers
from contests.models.contest import Contest
from contests.models.questions import BlueprintRow, Choice, Question, QuestionQuerySet

# From the deadline on an attempt is over; answers on their way count this long (rules: Q6).
GRACE = dt.timedelta(seconds=5)


class QuizQuerySet(models.QuerySet["Quiz"]):
    def open_at(self, now: dt.datetime) -> QuizQuerySet:
        return self.filter(opens_at__lte=now, closes_at__gt=now)

    def ranked(self) -> QuizQuerySet:
        """The quizzes of the contest proper: all but those to practise on (rules: Q1)."""
        return self.filter(is_practice=False)


class Quiz(models.Model):
    """A timed quiz of a contest (rules: Q1); window half-open (rules: C2)."""

    class Counted(models.TextChoices):
        BEST = "best", _("the best")
        FIRST = "first", _("the first")
        LAST = "last", _("the last")

    class Prediction(models.TextChoices):
        NONE = "none", _("no prediction question")
        PERFECT = "perfect", _("how many people answer everything correctly")
        FINISHED = "finished", _("how many attempts are finished")

    class Layout(models.TextChoices):
        CARDS = "cards", _("one question at a time")
        PAGE = "page", _("all questions on one page")

    contest = models.ForeignKey(
        Contest, models.CASCADE, related_name="quizzes", verbose_name=_("contest")
    )
    slug = models.SlugField(_("address"), max_length=40, default="quiz-1")
    name = models.CharField(_("name"), max_length=120)
    opens_at = models.DateTimeField(_("opens"))
    closes_at = models.DateTimeField(_("closes"))
    duration_seconds = models.PositiveIntegerField(
        _("duration, seconds"), default=600, validators=[MinValueValidator(30)]
    )
    attempts_allowed = models.PositiveSmallIntegerField(
        _("attempts allowed"), default=1, help_text=_("0 means as many as one likes.")
    )
    counted = models.CharField(
        _("which attempt counts"), max_length=10, choices=Counted, default=Counted.BEST
    )
    shuffle_questions = models.BooleanField(_("shuffle the questions"), default=True)
    shuffle_choices = models.BooleanField(_("shuffle the choices"), default=True)
    layout = models.CharField(
        _("questions are shown"), max_length=10, choices=Layout, default=Layout.CARDS
    )
    is_practice = models.BooleanField(
        _("practice"),
        default=False,
        help_text=_(
            "Draws from the practice bank only, for everybody to try; it never counts for a person,"
            " a unit or a prize."
        ),
    )
    show_score = models.BooleanField(
        _("show the own score at once"),
        default=True,
        help_text=_("With more than one attempt it is shown after closing only."),
    )
    prediction_kind = models.CharField(
        _("prediction question"), max_length=10, choices=Prediction, default=Prediction.NONE
    )

    objects = QuizQuerySet.as_manager()

    FROZEN_FIELDS = (
        "opens_at",
        "closes_at",
        "duration_seconds",
        "attempts_allowed",
        "counted",
        "prediction_kind",
        "shuffle_questions",
        "shuffle_choices",
        "show_score",
    )

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")
        constraints = [
            models.UniqueConstraint(fields=["contest", "slug"], name="quiz_slug_once_per_contest"),
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at")),
                name="quiz_window",
                violation_error_message=_("The quiz must close after it opens."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, contest: Contest, slug: str) -> Quiz | None:
        """Return the contest's quiz of that address, None without one."""
        quiz = _BY_SLUG.first(contest=contest.pk, text_slug=slug)
        if quiz is not None:
            quiz.contest = contest
        return quiz

    def is_open(self, now: dt.datetime) -> bool:
        return self.opens_at <= now < self.closes_at

    def has_closed(self, now: dt.datetime) -> bool:
        """Whether nobody can be answering any more: closing and the grace have passed."""
        return self.closes_at + GRACE <= now

    def deadline_from(self, started_at: dt.datetime, *, extra_seconds: int = 0) -> dt.datetime:
        """Return the deadline of an attempt that starts then (rules: Q3).

        Extra seconds are the person's own; nobody answers after the quiz has closed.
        """
        full = dt.timedelta(seconds=self.duration_seconds + extra_seconds)
        return min(started_at + full, self.closes_at)

    def is_relied_on(self) -> bool:
        """Whether attempts, awards or results name the quiz, in whatever room they are kept."""
        parts = {BlueprintRow, ExtraTime}
        return any(
            relation.related_model._base_manager.filter(**{relation.field.name: self.pk}).exists()
            for relation in self._meta.get_fields(include_hidden=True)
            if isinstance(relation, models.ManyToOneRel) and relation.related_model not in parts
        )

    def shows_score(self, now: dt.datetime) -> bool:
        """Whether a person may see the own score now (rules: Q1)."""
        return self.has_closed(now) or (self.show_score and self.attempts_allowed == 1)

    def keys_open_at(self, now: dt.datetime) -> dt.datetime:
        """Return from when keys of what this quiz can draw may be told (rules: Q10).

        Every quiz of the same bank has closed then, and nobody answers any more: an attempt that
        runs keeps its deadline where a closing was moved forward meanwhile (rules: Q3).
        """
        of_bank = Quiz.objects.filter(contest=self.contest_id, is_practice=self.is_practice)
        closing = of_bank.aggregate(last=models.Max("closes_at"))["last"]
        opens_at = max(self.closes_at, closing or self.closes_at) + GRACE
        if now < opens_at:
            return opens_at
        # Few are left that run; while thousands do, nobody asks for them.
        running = of_bank.filter(attempts__state="running")
        deadline = running.aggregate(last=models.Max("attempts__deadline_at"))["last"]
        return max(opens_at, deadline + GRACE) if deadline else opens_at

    def keys_are_open(self, now: dt.datetime) -> bool:
        """Whether keys, explanations and legal bases of its questions may be told (rules: Q10)."""
        return self.keys_open_at(now) <= now

    def question_count(self) -> int:
        return sum(row.count for row in self.blueprint.all())

    def draw_paper(self, seed: str) -> list[dict[str, Any]]:
        """Return a paper `[{"q": question id, "c": [choice ids as shown]}, …]` (rules: Q2).

        Three queries; of the choices only those of drawn questions are read. Nothing of the bank
        is kept from one start to the next, so whatever an organizer changes holds at once.
        """
        drawn = papers.draw(
            _drawn_from(self.contest_id, practice=self.is_practice),
            [
                papers.BlueprintRow(topic=row.topic, difficulty=row.difficulty, count=row.count)
                for row in _BLUEPRINT.all(quiz=self.pk)
            ],
            seed=seed,
            shuffle_questions=self.shuffle_questions,
            shuffle_choices=self.shuffle_choices,
            choices_of=lambda ids: _grouped(_CHOICES.all(ids)),
        )
        return [{"q": item.question_id, "c": list(item.choice_ids)} for item in drawn]


class ExtraTime(models.Model):
    """More time for one person in one quiz, by a named organizer with a reason (rules: Q3)."""

    quiz = models.ForeignKey(
        Quiz, models.CASCADE, related_name="extra_times", verbose_name=_("quiz")
    )
    participant = models.ForeignKey(
        "contests.Participant",
        models.CASCADE,
        related_name="extra_times",
        verbose_name=_("participant"),
    )
    seconds = models.PositiveIntegerField(
        _("extra seconds"), validators=[MinValueValidator(1), MaxValueValidator(7200)]
    )
    reason = models.TextField(_("reason"))
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("extra time")
        verbose_name_plural = _("extra time")
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "participant"], name="extra_time_once_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.participant} · {self.quiz}: {self.seconds} s"


def bank_of(contest_id: int, *, practice: bool = False) -> list[papers.BankQuestion]:
    """Return what papers of a contest are drawn from, in bank order (two queries).

    The bank to practise on is another one: no paper is drawn from both (rules: Q1, Q10).
    """
    choices = _grouped(_choices(_current(contest_id, practice).values("pk")))
    made = map(_made_of, _questions(contest_id, practice))
    return [replace(question, choices=choices[question.id]) for question in made]


def _current(contest_id: int, practice: bool) -> QuestionQuerySet:
    return Question.objects.current().filter(contest_id=contest_id, is_practice=practice)


def _questions(contest_id: int, practice: bool) -> models.QuerySet[Question, Any]:
    return (
        _current(contest_id, practice)
        .order_by("number")
        .values_list("pk", "number", "topic", "difficulty", "exclusion_group", "fixed_order")
    )


def _made_of(row: tuple[Any, ...]) -> papers.BankQuestion:
    pk, number, topic, difficulty, group, fixed_order = row
    return papers.BankQuestion(pk, number, topic, difficulty, group, fixed_order)


def _choices(questions: Any) -> models.QuerySet[Choice, Any]:
    return (
        Choice.objects.filter(question__in=questions)
        .order_by("question_id", "position")
        .values_list("question_id", "pk", "position", "keep_last")
    )


def _grouped(rows: Iterable[Any]) -> dict[int, tuple[papers.BankChoice, ...]]:
    """Return question id → choices; an empty tuple for a question without any."""
    choices: dict[int, tuple[papers.BankChoice, ...]] = defaultdict(tuple)
    for question_id, pk, position, keep_last in rows:
        choices[question_id] += (papers.BankChoice(pk, position, keep_last),)
    return choices


_BY_SLUG = Prepared(
    lambda contest, text_slug: Quiz.objects.filter(contest=contest, slug=text_slug),
    "contest",
    "text_slug",
)
_BLUEPRINT = Prepared(lambda quiz: BlueprintRow.objects.filter(quiz=quiz).order_by("pk"), "quiz")
_QUESTIONS = {
    practice: Prepared(partial(_questions, practice=practice), "contest_id")
    for practice in (False, True)
}
_CHOICES = PreparedForIds(_choices)
# What was read last for a bank, and the questions made of it.
_made: dict[tuple[int, bool], tuple[list[Any], list[papers.BankQuestion]]] = {}


def _drawn_from(contest_id: int, *, practice: bool) -> list[papers.BankQuestion]:
    """Return the bank as it is now, without choices (one query).

    The rows are read each time; only what is made of them is kept, for as long as they are equal.
    """
    rows = _QUESTIONS[practice].all(contest_id=contest_id)
    kept, questions = _made.get((contest_id, practice), ([], []))
    if rows != kept:
        questions = [_made_of(row) for row in rows]
        _made[contest_id, practice] = rows, questions
    return questions
