"""During and after an attempt: the paper, the plain form, handing in, the own result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from accounts.throttle import client_address
from contests import durations, predictions, saving, sheets, tokens, writers
from contests.clock import database_now
from contests.guards import ParticipantRequest, participant_required
from contests.models import Attempt, AttemptOver, Quiz
from contests.models.quizzes import GRACE
from contests.views.attempt_texts import script_texts


def own_attempt(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Pass the participant's own attempt and the clock; 404 for anybody else's.

    What the clock has ended is ended first, so every page shows the final state (rules: Q8).
    """

    @wraps(view)
    @participant_required
    def wrapped(request: ParticipantRequest, slug: str, pk: int) -> HttpResponse:
        attempt = Attempt.of(request.participant, pk)
        if attempt is None:
            raise Http404
        attempt.participant = request.participant
        now = database_now()
        attempt.settle(now=now)
        return view(request, attempt=attempt, now=now)

    return wrapped


@gzip_page  # Nothing of the request is repeated in it, so its length tells nothing.
@require_safe
@own_attempt
def attempt(request: ParticipantRequest, *, attempt: Attempt, now: dt.datetime) -> HttpResponse:
    """The paper while time runs; the last seconds' waiting page; then the result.

    Only the session that may write gets the token; any other sees what is stored (rules: Q5).
    """
    if not attempt.is_running:
        return _to("attempt_result", request, attempt)
    if attempt.is_over(now):
        return _waiting(request, attempt, now)
    is_writer = writers.is_writer(attempt, request.session.session_key)
    sheet = sheets.sheet_of(attempt)
    revisions = [question.given.revision for question in sheet if question.given]
    context = {
        "contest": request.contest,
        "attempt": attempt,
        "sheet": sheet,
        "answered": len(revisions),
        "percent_left": _percent_left(attempt, now),
        "revision": max(revisions, default=0),
        "is_writer": is_writer,
        "token": tokens.make(attempt) if is_writer else "",
        "now": now,
        "texts": script_texts(),
        "asks_prediction": asks_prediction(attempt.quiz),
    }
    return render(request, "contests/attempt.html", context)


@require_POST
@own_attempt
def attempt_save(
    request: ParticipantRequest, *, attempt: Attempt, now: dt.datetime
) -> HttpResponse:
    """Save the plain form: every answer that differs from what is stored (rules: Q5)."""
    try:
        outdated = save_form(attempt, request.POST)
    except AttemptOver:
        messages.error(request, gettext("Time is over; these answers came too late."))
        return _to("attempt", request, attempt)
    except (ValueError, saving.NoSuchPlace):
        messages.error(request, gettext("What the browser sent could not be read."))
        return _to("attempt", request, attempt)
    except (tokens.BadToken, saving.AnotherWriter):
        messages.error(request, _not_saved(attempt, request.POST))
        return _to("attempt", request, attempt)
    if outdated:
        messages.warning(request, _outdated(outdated))
    else:
        messages.success(request, gettext("Your answers are saved."))
    return _to("attempt_confirm" if "hand_in" in request.POST else "attempt", request, attempt)


@require_POST
@own_attempt
def attempt_take_over(
    request: ParticipantRequest, *, attempt: Attempt, now: dt.datetime
) -> HttpResponse:
    """Go on here: this session writes from now on, every other one only looks (rules: Q5)."""
    with suppress(AttemptOver):
        writers.take_over(
            attempt,
            session_key=request.session.session_key,
            address=client_address(request),
            now=now,
        )
    return _to("attempt", request, attempt)


@require_safe
@own_attempt
def attempt_confirm(
    request: ParticipantRequest, *, attempt: Attempt, now: dt.datetime
) -> HttpResponse:
    """Ask once more before handing in, listing what is open; for browsers without scripts."""
    session_key = request.session.session_key
    if attempt.is_over(now) or writers.is_held_elsewhere(attempt, session_key):
        return _to("attempt", request, attempt)
    return _confirm(request, attempt, now)


def _confirm(
    request: ParticipantRequest,
    attempt: Attempt,
    now: dt.datetime,
    *,
    prediction: str = "",
    is_refused: bool = False,
) -> HttpResponse:
    """The page that asks once more; where the prediction was refused it says how to write it."""
    sheet = sheets.sheet_of(attempt)
    error = gettext("Not handed in yet: the prediction must be a whole number, or left empty.")
    context = {
        "contest": request.contest,
        "attempt": attempt,
        "answered": sum(question.given is not None for question in sheet),
        "open": [question.number for question in sheet if question.given is None],
        "time_left": durations.in_words(int((attempt.deadline_at - now).total_seconds())),
        "asks_prediction": asks_prediction(attempt.quiz),
        "prediction": prediction,
        "prediction_error": error if is_refused else "",
    }
    status = 422 if is_refused else 200
    return render(request, "contests/attempt_confirm.html", context, status=status)


@require_POST
@own_attempt
def attempt_submit(
    request: ParticipantRequest, *, attempt: Attempt, now: dt.datetime
) -> HttpResponse:
    """Hand in; a second time changes nothing (rules: Q7). Before the end only the writer may."""
    if not attempt.is_over(now) and writers.is_held_elsewhere(attempt, request.session.session_key):
        messages.error(
            request, gettext("Not handed in: the quiz is being taken on another device.")
        )
        return _to("attempt", request, attempt)
    prediction = None
    typed = request.POST.get("prediction", "")
    try:
        if asks_prediction(attempt.quiz):
            prediction = predictions.read(typed)
    except predictions.NoWholeNumber:
        # Asked again while there is time; at the end it keeps nobody from handing in (rules: Q11).
        if not attempt.is_over(now):
            return _confirm(request, attempt, now, prediction=typed[:40], is_refused=True)
    attempt.submit(prediction=prediction, now=now)
    return _to("attempt_result", request, attempt)


@require_safe
@own_attempt
def attempt_result(
    request: ParticipantRequest, *, attempt: Attempt, now: dt.datetime
) -> HttpResponse:
    """The receipt, with the own score where the quiz shows it (rules: Q1, Q6, Q9)."""
    if attempt.is_running:
        if attempt.is_over(now):
            return _waiting(request, attempt, now)
        return _to("attempt", request, attempt)
    keys_open_at = attempt.quiz.keys_open_at(now)
    context = {
        "contest": request.contest,
        "participant": request.participant,
        "attempt": attempt,
        "answered": attempt.answers.count(),
        "shown_questions": len(attempt.paper),
        "shows_score": attempt.quiz.shows_score(now),
        "quiz_is_over": attempt.quiz.has_closed(now),
        "keys_open_at": keys_open_at,
        "keys_are_open": keys_open_at <= now,
        "duration": durations.in_words((attempt.duration_ms or 0) // 1000),
    }
    return render(request, "contests/attempt_result.html", context)


def save_form(attempt: Attempt, form: Any) -> list[int]:
    """Save the radio buttons `q0`, `q1`, … of a form; return the numbers of outdated questions.

    A question somebody answered after this page was made keeps that newer answer. Raises what
    `saving.save` raises, and ValueError for a form that is none of ours.
    """
    writer = tokens.read(form.get("token", ""))
    revision = int(form.get("revision", ""))
    if writer.attempt_id != attempt.pk or not 0 <= revision < saving.MAX_REVISION:
        raise ValueError
    stored = {given.position: given.choice for given in sheets.given_answers(attempt)}
    outdated = []
    for position in range(len(attempt.paper)):
        chosen = form.get(f"q{position}", "")
        if not chosen or stored.get(position) == int(chosen):
            continue
        # More than the database's own whole numbers hold is no place in a paper either.
        if not 0 <= int(chosen) <= saving.MAX_REVISION:
            raise ValueError
        try:
            saving.save(writer, saving.Save(position, int(chosen), revision + 1))
        except saving.Stale:
            outdated.append(position + 1)
    return outdated


def asks_prediction(quiz: Quiz) -> bool:
    return quiz.prediction_kind != Quiz.Prediction.NONE


def _not_saved(attempt: Attempt, form: Any) -> str:
    """Say that a replaced writer's form saved nothing, and what had been chosen in it."""
    stored = {given.position: given.choice for given in sheets.given_answers(attempt)}
    chosen = [
        gettext("question %(number)s: %(letter)s")
        % {"number": position + 1, "letter": sheets.LETTERS[int(text)]}
        for position, item in enumerate(attempt.paper)
        if (text := form.get(f"q{position}", "")) in map(str, range(len(item["c"])))
        and stored.get(position) != int(text)
    ]
    if not chosen:
        return gettext("The quiz was opened in another place meanwhile; this page saves nothing.")
    return gettext(
        "Not saved, for the quiz was opened in another place meanwhile: %(choices)s."
        " Please check the answers below."
    ) % {"choices": "; ".join(chosen)}


def _outdated(numbers: list[int]) -> str:
    return ngettext(
        "Question %(numbers)s was answered on another page meanwhile; that answer is kept.",
        "Questions %(numbers)s were answered on another page meanwhile; those answers are kept.",
        len(numbers),
    ) % {"numbers": ", ".join(map(str, numbers))}


def _waiting(request: ParticipantRequest, attempt: Attempt, now: dt.datetime) -> HttpResponse:
    """The five seconds in which last answers arrive: no result yet (rules: Q6)."""
    rest = attempt.deadline_at + GRACE - now
    context = {
        "contest": request.contest,
        "attempt": attempt,
        "wait_ms": rest // dt.timedelta(milliseconds=1) + 200,
    }
    return render(request, "contests/attempt_waiting.html", context)


def _percent_left(attempt: Attempt, now: dt.datetime) -> int:
    return int(100 * ((attempt.deadline_at - now) / (attempt.deadline_at - attempt.started_at)))


def _to(name: str, request: ParticipantRequest, attempt: Attempt) -> HttpResponse:
    return redirect(name, slug=request.contest.slug, pk=attempt.pk)
