"""After the quiz: the own paper with its key once that is open; and the pictures of a paper."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from contests import durations, pictures, reviews, sheets
from contests.guards import ParticipantRequest, participant_required
from contests.models import Attempt
from contests.views.attempt import own_attempt

# As long as a session may last; a paper's version of a question never changes its picture.
PICTURE_KEPT_SECONDS = 60 * 60 * 24 * 7


@require_safe
@own_attempt
def attempt_review(
    request: ParticipantRequest, *, attempt: Attempt, now: dt.datetime
) -> HttpResponse:
    """The own finished paper with right answers; before that, when it opens (rules: Q10)."""
    if attempt.is_running:
        return redirect("attempt", slug=request.contest.slug, pk=attempt.pk)
    opens_at = attempt.quiz.keys_open_at(now)
    context = {"contest": request.contest, "attempt": attempt, "opens_at": opens_at}
    if now < opens_at:
        return render(request, "contests/attempt_review_closed.html", context)
    context |= {
        "questions": reviews.review_of(attempt),
        "duration": durations.in_words((attempt.duration_ms or 0) // 1000),
    }
    return render(request, "contests/attempt_review.html", context)


@require_safe
@participant_required
def attempt_picture(request: ParticipantRequest, slug: str, pk: int, position: int) -> HttpResponse:
    """The picture of one question of one's own paper, running or finished (rules: Q2)."""
    attempt = get_object_or_404(request.participant.attempts.only("paper"), pk=pk)
    picture = sheets.picture_at(attempt, position)
    if picture is None:
        raise Http404
    return pictures.answer_with(picture.name, max_age=PICTURE_KEPT_SECONDS)
