"""The page on which an organizer gives one person more minutes in a quiz (rules: Q3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.throttle import client_address
from contests import extra_time
from contests.admin.attempts import name_of
from contests.admin.scope import actor, own_page
from contests.clock import database_now
from contests.durations import in_words
from contests.models import Participant, Quiz

MOST_MINUTES = 120


class QuizField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


class ExtraTimeForm(forms.Form):
    """Which quiz, how many minutes in all, and why."""

    quiz = QuizField(
        label=_("Quiz"),
        queryset=Quiz.objects.none(),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    minutes = forms.IntegerField(
        label=_("Extra minutes in all"),
        min_value=1,
        max_value=MOST_MINUTES,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
        help_text=_("On top of the time everybody has. Whoever has some already gets a new total."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text=_("Kept in the log; organizers read it."),
    )

    def __init__(self, *args: Any, participant: Participant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        quizzes = participant.contest.quizzes.order_by("opens_at", "pk")
        self.fields["quiz"].queryset = quizzes  # type: ignore[attr-defined]


def page(request: HttpRequest, person: Participant, *, back: str) -> HttpResponse:
    """Show how the person stands in every quiz; a post gives the minutes and says what they do."""
    if not actor(request).has_perm("contests.add_extratime"):
        raise PermissionDenied
    now = database_now()
    posted = request.method == "POST"
    form = ExtraTimeForm(request.POST if posted else None, participant=person)
    if posted and form.is_valid():
        try:
            given = extra_time.give(
                participant=person,
                quiz=form.cleaned_data["quiz"],
                seconds=60 * form.cleaned_data["minutes"],
                reason=form.cleaned_data["reason"],
                by=actor(request),
                address=client_address(request),
                now=now,
            )
        except extra_time.ExtraTimeRefused as refused:
            form.add_error(None, refused.args[0])
        else:
            _tell(request, given)
            return redirect(back)
    prospects = extra_time.prospects_of(person, now=now)
    if not posted:
        useful = [prospect.quiz.pk for prospect in prospects if not prospect.obstacle]
        form.initial["quiz"] = useful[0] if useful else None
    return own_page(
        request,
        "admin/contests/extra_time.html",
        title=gettext("Extra time"),
        subtitle=str(person),
        contest=person.contest,
        form=form,
        rows=[_row(prospect) for prospect in prospects],
        back=back,
    )


def lines_of(person: Participant) -> str:
    """Return the person's extra time, quiz by quiz, with reason and giver, in one line."""
    given = person.extra_times.select_related("quiz", "by").order_by("quiz__opens_at", "pk")
    return (
        "; ".join(
            f"{name_of(extra.quiz)}: {in_words(extra.seconds)} ({extra.reason};"
            f" {extra.by}, {extra_time.said(extra.at)})"
            for extra in given
        )
        or "–"
    )


def _row(prospect: extra_time.Prospect) -> dict[str, Any]:
    return {
        "quiz": name_of(prospect.quiz),
        "closes_at": prospect.quiz.closes_at,
        "extra": in_words(prospect.extra_seconds) if prospect.extra_seconds else "",
        "running": prospect.running,
        "obstacle": prospect.obstacle,
        "most": in_words(min(prospect.most_seconds, 60 * MOST_MINUTES)),
    }


def _tell(request: HttpRequest, given: extra_time.Given) -> None:
    extra = given.extra
    amount = {"time": in_words(extra.seconds), "quiz": extra.quiz.name}
    if not given.is_new:
        messages.info(
            request, gettext("“%(quiz)s”: the person has %(time)s of extra time already.") % amount
        )
    elif given.deadline_at is None:
        messages.success(
            request,
            gettext("“%(quiz)s”: %(time)s of extra time, from the next start on.") % amount,
        )
    else:
        messages.success(
            request,
            gettext("“%(quiz)s”: %(time)s of extra time; the running attempt ends at %(end)s.")
            % {**amount, "end": extra_time.said(given.deadline_at)},
        )
    if given.is_cut:
        messages.warning(
            request,
            gettext(
                "The quiz closes at %(closing)s, so not all of the extra time can be used. Move"
                " the closing of the quiz if it must be."
            )
            % {"closing": extra_time.said(extra.quiz.closes_at)},
        )
