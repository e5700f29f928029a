"""Before an attempt: the quizzes of a contest as one participant meets them, and the start."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from contests import devices, durations, writers
from contests.clock import database_now
from contests.guards import ParticipantRequest, participant_required
from contests.models import Attempt, Participant, Quiz, StartRefused
from contests.models.starting import require_start


@dataclass(frozen=True, slots=True)
class QuizCard:
    """One quiz as one participant meets it now. `refused` is why it cannot be started.

    `waits`: it is not open yet, and that is all that stands between this person and the start.
    """

    quiz: Quiz
    questions: int
    running: Attempt | None
    last: Attempt | None
    attempts_left: int | None
    refused: str
    is_upcoming: bool
    waits: bool
    is_open: bool
    full_time: str
    real_time: str
    extra_time: str

    @property
    def is_done(self) -> bool:
        return self.running is None and self.last is not None and self.attempts_left == 0

    @property
    def can_start(self) -> bool:
        return self.running is None and not self.refused

    @property
    def is_short(self) -> bool:
        """Whether starting now, or at the opening, gives less than the full time (rules: Q3)."""
        return (self.can_start or self.waits) and self.real_time != self.full_time

    def facts(self) -> list[dict[str, Any]]:
        left = gettext("any number") if self.attempts_left is None else self.attempts_left
        return [
            {"value": self.questions, "label": gettext("questions")},
            {"value": self.full_time, "label": gettext("time for the quiz")},
            {"value": left, "label": gettext("attempts left")},
        ]


@require_safe
@participant_required
def quiz(request: ParticipantRequest, slug: str) -> HttpResponse:
    now = database_now()
    cards = cards_of(request.participant, now=now)
    context = {
        "contest": request.contest,
        "participant": request.participant,
        "cards": cards,
        "now": now,
        "waits": any(card.waits for card in cards),
    }
    return render(request, "contests/quiz.html", context)


@require_POST
@participant_required
def quiz_start(request: ParticipantRequest, slug: str, quiz: str) -> HttpResponse:
    """Begin an attempt or go on with the running one; a second start changes nothing."""
    wanted = Quiz.of(request.contest, quiz)
    if wanted is None:
        raise Http404
    try:
        attempt = Attempt.start(
            participant=request.participant,
            quiz=wanted,
            holder=writers.holder_of(request.session.session_key),
            device=devices.device_of(request, request.contest),
            now=database_now(),
        )
    except StartRefused as refused:
        messages.error(request, refused.args[0])
        return redirect("quiz", slug=slug)
    return redirect("attempt", slug=slug, pk=attempt.pk)


def cards_of(participant: Participant, *, now: dt.datetime) -> list[QuizCard]:
    """Return the contest's quizzes in the order of their opening, with the person's state.

    What counts comes first, practice after it.
    """
    extra = dict(participant.extra_times.values_list("quiz_id", "seconds"))
    attempts: dict[int, list[Attempt]] = {}
    for attempt in participant.attempts.order_by("number", "pk"):
        attempt.settle(now=now)
        attempts.setdefault(attempt.quiz_id, []).append(attempt)
    quizzes = participant.contest.quizzes.prefetch_related("blueprint")
    return [
        _card(participant, quiz, attempts.get(quiz.pk, []), extra.get(quiz.pk, 0), now)
        for quiz in quizzes.order_by("is_practice", "opens_at", "pk")
    ]


def _card(
    participant: Participant,
    quiz: Quiz,
    attempts: list[Attempt],
    extra_seconds: int,
    now: dt.datetime,
) -> QuizCard:
    running = next((attempt for attempt in attempts if attempt.is_running), None)
    finished = [attempt for attempt in attempts if not attempt.is_running]
    is_upcoming = now < quiz.opens_at
    # Who waits is told what holds at the opening.
    begins = max(now, quiz.opens_at)
    number = len(attempts) + 1
    refused = "" if running else _refusal(participant, quiz, number, begins)
    waits = is_upcoming and running is None and not refused
    if waits:
        refused = _refusal(participant, quiz, number, now)
    ends = quiz.deadline_from(begins, extra_seconds=extra_seconds)
    real = max(ends - begins, dt.timedelta())
    return QuizCard(
        quiz=quiz,
        questions=quiz.question_count(),
        running=running,
        last=finished[-1] if finished else None,
        attempts_left=(
            max(0, quiz.attempts_allowed - len(attempts)) if quiz.attempts_allowed else None
        ),
        refused=refused,
        is_upcoming=is_upcoming,
        waits=waits,
        is_open=quiz.is_open(now),
        full_time=durations.in_words(quiz.duration_seconds + extra_seconds),
        real_time=durations.in_words(int(real.total_seconds())),
        extra_time=durations.in_words(extra_seconds) if extra_seconds else "",
    )


def _refusal(participant: Participant, quiz: Quiz, number: int, now: dt.datetime) -> str:
    try:
        require_start(participant=participant, quiz=quiz, number=number, now=now)
    except StartRefused as refused:
        return str(refused.args[0])
    return ""
