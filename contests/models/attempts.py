"""Attempts at a quiz and their answers: start, save, hand in, end by the clock."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Cast
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.prepared import Prepared
from contests import papers
from contests.keys import key_of
from contests.models.people import Participant
from contests.models.questions import Choice, Question
from contests.models.quizzes import GRACE, ExtraTime, Quiz
from contests.models.starting import StartRefused, require_start

RECEIPT_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class AttemptOver(Exception):
    """The attempt has ended; nothing more is taken."""


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def running(self) -> AttemptQuerySet:
        return self.filter(state=Attempt.State.RUNNING)

    def finished(self) -> AttemptQuerySet:
        """Attempts that have a result: submitted or expired (rules: Q9)."""
        return self.exclude(state=Attempt.State.RUNNING)

    def ranked(self) -> AttemptQuerySet:
        """Attempts at quizzes that count, not those to practise on (rules: Q1)."""
        return self.filter(quiz__is_practice=False)

    def overdue(self, now: dt.datetime) -> AttemptQuerySet:
        """Running attempts past their grace, which nobody submitted (rules: Q8)."""
        return self.running().filter(deadline_at__lte=now - GRACE)

    def pass_to(self, holder: str) -> int:
        """Make `holder` the writer of those it is not yet; return of how many (rules: Q5)."""
        return self.exclude(holder=holder).update(
            holder=holder, writer=new_writer(), generation=F("generation") + 1
        )

    def release(self) -> int:
        """Void every writer: nobody writes until somebody takes over (rules: Q5)."""
        return self.update(holder="", writer=new_writer(), generation=F("generation") + 1)

    def holding(self, question: Question) -> AttemptQuerySet:
        """Attempts whose paper has this version of a question."""
        mine = self.filter(quiz__contest=question.contest_id)
        if connection.features.supports_json_field_contains:
            return mine.filter(paper__contains=[{"q": question.pk}])
        texts = mine.annotate(paper_text=Cast("paper", models.TextField()))
        return texts.filter(paper_text__regex=rf'"q": ?{question.pk}[,}}]')


class Attempt(models.Model):
    """One person's go at one quiz: paper, clock, answers, result (rules: Q2-Q9)."""

    class State(models.TextChoices):
        RUNNING = "running", _("in progress")
        SUBMITTED = "submitted", _("handed in")
        EXPIRED = "expired", _("ended by the clock")

    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="attempts", verbose_name=_("participant")
    )
    quiz = models.ForeignKey(Quiz, models.PROTECT, related_name="attempts", verbose_name=_("quiz"))
    number = models.PositiveSmallIntegerField(_("attempt"))
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.RUNNING, editable=False
    )
    paper = models.JSONField(editable=False)
    started_at = models.DateTimeField(_("started"), editable=False)
    deadline_at = models.DateTimeField(_("deadline"), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    duration_ms = models.PositiveIntegerField(_("duration, ms"), null=True, editable=False)
    correct = models.PositiveSmallIntegerField(_("correct"), null=True, editable=False)
    questions = models.PositiveSmallIntegerField(_("questions"), null=True, editable=False)
    prediction = models.PositiveIntegerField(_("prediction"), null=True, editable=False)
    # Who may write now: the nonce is in the writer's token; the generation orders writers.
    writer = models.CharField(max_length=22, editable=False)
    generation = models.PositiveIntegerField(default=1, editable=False)
    # Whose page may get that token: a keyed hash of the session that wrote last; "" nobody's.
    holder = models.CharField(max_length=43, blank=True, default="", editable=False)
    # A keyed hash of the browser it was begun in; equal ones are only ever a flag (rules: Q13).
    device = models.CharField(max_length=43, blank=True, default="", editable=False)
    receipt = models.CharField(_("receipt"), max_length=14, unique=True, editable=False)
    seal = models.CharField(max_length=64, blank=True, editable=False)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        indexes = [
            models.Index(
                fields=["deadline_at"], condition=Q(state="running"), name="attempt_running"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "quiz", "number"], name="attempt_number_once"
            ),
            models.UniqueConstraint(
                fields=["participant", "quiz"],
                condition=Q(state="running"),
                name="attempt_one_running",
            ),
            models.CheckConstraint(
                condition=Q(state="running", finished_at=None, correct=None)
                | (
                    Q(finished_at__isnull=False, correct__isnull=False, questions__isnull=False)
                    & Q(duration_ms__isnull=False)
                    & ~Q(state="running")
                ),
                name="attempt_result_when_finished",
            ),
            models.CheckConstraint(
                condition=Q(deadline_at__gt=F("started_at")), name="attempt_deadline_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.receipt

    @property
    def is_running(self) -> bool:
        return self.state == self.State.RUNNING

    def takes_answers(self, now: dt.datetime) -> bool:
        """Whether an answer is still taken: until the deadline and its grace (rules: Q6)."""
        return self.is_running and now < self.deadline_at + GRACE

    def is_over(self, now: dt.datetime) -> bool:
        """Whether the person's time is up or the attempt was handed in (rules: Q6)."""
        return not self.is_running or self.deadline_at <= now

    @classmethod
    def of(cls, participant: Participant, pk: int) -> Attempt | None:
        """Return the participant's own attempt with its quiz, None for anybody else's."""
        return _OF_PARTICIPANT.first(participant=participant.pk, pk=pk)

    @classmethod
    def start(
        cls,
        *,
        participant: Participant,
        quiz: Quiz,
        holder: str = "",
        device: str = "",
        now: dt.datetime,
    ) -> Attempt:
        """Return the person's running attempt, else begin one (rules: Q1, Q2, Q3, P4).

        `holder` may write into the one that is begun; a running one keeps its writer. `device`
        is what `contests.devices` makes of the browser (rules: Q13).
        Parallel starts give one attempt: the constraint decides, and who lost reads the winner's.
        Raises StartRefused.
        """
        for _tried in range(2):
            # Counted before looking for a running one: who begins in between is found, not counted.
            last, extra_seconds = _standing(participant, quiz)
            number = last + 1
            running = _RUNNING.first(participant=participant.pk, quiz=quiz.pk)
            if running is not None:
                running.settle(now=now)
                if running.is_running:
                    return running
                number = running.number + 1
            require_start(participant=participant, quiz=quiz, number=number, now=now)
            try:
                with transaction.atomic():
                    return cls._begin(
                        participant=participant,
                        quiz=quiz,
                        number=number,
                        extra_seconds=extra_seconds,
                        holder=holder,
                        device=device,
                        now=now,
                    )
            except IntegrityError:
                continue
        raise StartRefused(gettext("The quiz could not be started. Please try again."))

    @classmethod
    def _begin(
        cls,
        *,
        participant: Participant,
        quiz: Quiz,
        number: int,
        extra_seconds: int,
        holder: str,
        device: str,
        now: dt.datetime,
    ) -> Attempt:
        try:
            paper = quiz.draw_paper(seed=secrets.token_hex(16))
        except papers.BankTooSmall as error:
            raise StartRefused(
                gettext("The paper of this quiz is not ready. Please tell the organizing board.")
            ) from error
        return cls.objects.create(
            participant=participant,
            quiz=quiz,
            number=number,
            paper=paper,
            started_at=now,
            deadline_at=quiz.deadline_from(now, extra_seconds=extra_seconds),
            writer=new_writer(),
            holder=holder,
            device=device,
            receipt=new_receipt(),
        )

    def settle(self, *, now: dt.datetime) -> None:
        """End the attempt if its grace has passed; whoever reads one calls this (rules: Q8)."""
        if self.is_running and not self.takes_answers(now):
            self.submit(now=now)

    @transaction.atomic
    def submit(self, *, prediction: int | None = None, now: dt.datetime) -> bool:
        """End the attempt and store its result; False where it had ended before (rules: Q7).

        Two statements: the row is locked first and graded by a following one, which sees every
        answer that was acknowledged. Called late it ends at the deadline exactly (rules: Q6, Q8).
        """
        attempt = _LOCKED.all(pk=self.pk)[0]
        ended_now = attempt.is_running
        if ended_now:
            attempt._end(prediction=prediction, now=now)
        # What was locked is what is stored; reading it once more would cost a query.
        for field in self._meta.concrete_fields:
            setattr(self, field.attname, getattr(attempt, field.attname))
        return ended_now

    def _end(self, *, prediction: int | None, now: dt.datetime) -> None:
        late = self.deadline_at <= now
        answers = dict(_ANSWERS.all(attempt=self.pk))
        question_ids = [item["q"] for item in self.paper]
        result = key_of(question_ids).grade(question_ids, answers)
        self.state = self.State.EXPIRED if self.deadline_at + GRACE <= now else self.State.SUBMITTED
        self.finished_at = self.deadline_at if late else now
        self.duration_ms = (self.finished_at - self.started_at) // dt.timedelta(milliseconds=1)
        self.correct, self.questions = result.correct, result.questions
        if prediction is not None and not late:
            self.prediction = prediction
        self.seal = seal_of(self, answers)
        self.save(
            update_fields=[
                "state",
                "finished_at",
                "duration_ms",
                "correct",
                "questions",
                "prediction",
                "seal",
            ]
        )

    def take_over(self, *, holder: str, now: dt.datetime) -> bool:
        """Make `holder` the writer; tokens of older ones are refused from here on (rules: Q5).

        False where it was the writer before: pressed twice is pressed once. Raises AttemptOver.
        """
        going_on = Attempt.objects.running().filter(pk=self.pk, deadline_at__gt=now)
        changed = going_on.pass_to(holder)
        if not changed and not going_on.exists():
            raise AttemptOver
        self.refresh_from_db(fields=["writer", "generation", "holder"])
        return bool(changed)


class Answer(models.Model):
    """The one stored answer to one question of one attempt (rules: Q5)."""

    # No index of its own: the first is the head of answer_once, and without one on the choice an
    # answer is changed in place (a heap-only update).
    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="answers", db_index=False)
    question = models.ForeignKey(Question, models.PROTECT, related_name="+", db_index=False)
    choice = models.ForeignKey(Choice, models.PROTECT, related_name="+", db_index=False)
    generation = models.PositiveIntegerField()
    revision = models.PositiveIntegerField()
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [models.UniqueConstraint(fields=["attempt", "question"], name="answer_once")]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.question_id}"


_OF_PARTICIPANT = Prepared(
    lambda participant, pk: Attempt.objects.filter(
        participant=participant, pk=pk
    ).select_related("quiz"),
    "participant",
    "pk",
)  # fmt: skip
_RUNNING = Prepared(
    lambda participant, quiz: Attempt.objects.running().filter(
        participant=participant, quiz=quiz
    ),
    "participant",
    "quiz",
)  # fmt: skip
_LOCKED = Prepared(lambda pk: Attempt.objects.select_for_update().filter(pk=pk), "pk")
_ANSWERS = Prepared(
    lambda attempt: Answer.objects.filter(attempt=attempt).values_list("question_id", "choice_id"),
    "attempt",
)


def _worded_standing(participant: int, quiz: int) -> models.QuerySet[Participant, Any]:
    own = Attempt.objects.filter(participant=OuterRef("pk"), quiz=quiz)
    given = ExtraTime.objects.filter(participant=OuterRef("pk"), quiz=quiz)
    return Participant.objects.filter(pk=participant).values_list(
        Subquery(own.order_by("-number").values("number")[:1]),
        Subquery(given.values("seconds")[:1]),
    )


_STANDING = Prepared(_worded_standing, "participant", "quiz")


def _standing(participant: Participant, quiz: Quiz) -> tuple[int, int]:
    """Return the number of the person's last attempt and the extra seconds given; one query."""
    last, extra_seconds = _STANDING.all(participant=participant.pk, quiz=quiz.pk)[0]
    return last or 0, extra_seconds or 0


def new_writer() -> str:
    return secrets.token_urlsafe(16)


def new_receipt() -> str:
    """Return a receipt such as 4K7M-92QX-WB3D: names an attempt to people, opens nothing."""
    characters = [secrets.choice(RECEIPT_ALPHABET) for _ in range(12)]
    return "-".join("".join(characters[i : i + 4]) for i in (0, 4, 8))


def seal_of(attempt: Attempt, answers: Mapping[int, int]) -> str:
    """Return the keyed hash over paper, answers, times and result (rules: A7)."""
    content = json.dumps(
        {
            "attempt": [attempt.participant_id, attempt.quiz_id, attempt.number],
            "paper": attempt.paper,
            "answers": sorted(answers.items()),
            "times": [
                moment.astimezone(dt.UTC).isoformat(timespec="microseconds")
                for moment in (attempt.started_at, attempt.deadline_at, attempt.finished_at)
                if moment
            ],
            "result": [attempt.duration_ms, attempt.correct, attempt.questions],
            "prediction": attempt.prediction,
        },
        sort_keys=True,
    )
    key = hashlib.sha256(f"seal:{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()
