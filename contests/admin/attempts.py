"""Attempts, to be read; looking at somebody's answers is logged (rules: P7, Q10)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.throttle import client_address
from contests.admin import question_picture
from contests.admin.scope import ContestFilter, OwnContestsAdmin, actor, is_key, own_page
from contests.clock import database_now
from contests.durations import in_words
from contests.keys import key_of
from contests.models import Attempt, Participant, Question, Quiz


def name_of(quiz: Quiz) -> str:
    """Return a quiz's name, said to be for practice where it never counts."""
    if quiz.is_practice:
        return gettext("Practice: %(quiz)s") % {"quiz": quiz.name}
    return quiz.name


class QuizFilter(admin.SimpleListFilter):
    """The attempts at one quiz; offered where one contest with several quizzes is looked at."""

    title = _("quiz")
    parameter_name = "quiz"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        contest = model_admin.chosen_contest(request)
        quizzes = contest.quizzes.order_by("opens_at", "pk") if contest else ()
        found = [(str(quiz.pk), name_of(quiz)) for quiz in quizzes]
        return found if len(found) > 1 else []

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if not value:
            return queryset
        return queryset.filter(quiz=value) if is_key(value) else queryset.none()


@admin.register(Attempt)
class AttemptAdmin(OwnContestsAdmin):
    """A list and one page an attempt; nothing here changes one."""

    contest_path = "quiz__contest"
    # Few enough to fit beside the filters; the rest is on the attempt's own page.
    list_display = (
        "receipt",
        "person",
        "unit",
        "stands",
        "correct_of",
        "time_taken",
        "finished_at",
    )
    list_filter = (ContestFilter.by("quiz__contest"), QuizFilter, "state")
    list_select_related = ("participant__unit", "quiz")
    search_fields = ("receipt",)
    search_help_text = _("Name, number or receipt; tones may be left out.")
    ordering = ("-started_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("paper")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup == "participant__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        people = Participant.objects.search(text).values("pk")
        return queryset.filter(Q(participant__in=people) | Q(receipt__iexact=text)), False

    @admin.display(description=_("participant"), ordering="participant__name_sort_key")
    def person(self, attempt: Attempt) -> str:
        return str(attempt.participant)

    @admin.display(description=_("unit"), ordering="participant__unit__code")
    def unit(self, attempt: Attempt) -> str:
        return attempt.participant.unit.code

    @admin.display(description=_("state"), ordering="state")
    def stands(self, attempt: Attempt) -> str:
        said = str(attempt.get_state_display())
        return f"{said} · {gettext('practice')}" if attempt.quiz.is_practice else said

    @admin.display(description=_("correct"), ordering="correct")
    def correct_of(self, attempt: Attempt) -> str:
        return "–" if attempt.correct is None else f"{attempt.correct}/{attempt.questions}"

    @admin.display(description=_("time taken"), ordering="duration_ms")
    def time_taken(self, attempt: Attempt) -> str:
        return "–" if attempt.duration_ms is None else in_words(attempt.duration_ms // 1000)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a person's answers beside the key, and log that somebody looked (rules: P7)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        pk = int(object_id) if is_key(object_id) else 0
        own = self.get_queryset(request).select_related("participant__unit", "quiz__contest")
        attempt = get_object_or_404(own, pk=pk)
        now = database_now()
        attempt.settle(now=now)
        contest = attempt.quiz.contest
        audit.record(
            action="attempt.view",
            target=f"participant {attempt.participant.number} attempt {attempt.receipt}",
            contest=contest.slug,
            actor=actor(request),
            address=client_address(request),
            now=now,
        )
        taken = None if attempt.duration_ms is None else in_words(attempt.duration_ms // 1000)
        return own_page(
            request,
            "admin/contests/attempt.html",
            title=gettext("Attempt %(receipt)s") % {"receipt": attempt.receipt},
            subtitle=f"{attempt.participant} · {attempt.participant.unit}",
            contest=contest,
            attempt=attempt,
            taken=taken,
            rows=answers_of(attempt),
        )


def answers_of(attempt: Attempt) -> list[dict[str, Any]]:
    """Return the questions of a paper as they were shown, with answer and key; three queries."""
    ids = [item["q"] for item in attempt.paper]
    questions = {
        question.pk: question
        for question in Question.objects.filter(pk__in=ids).prefetch_related("choices")
    }
    given = dict(attempt.answers.values_list("question_id", "choice_id"))
    key = key_of(ids)
    rows = []
    for place, item in enumerate(attempt.paper, start=1):
        question = questions.get(item["q"])
        if question is None:
            continue
        choices = {choice.pk: choice for choice in question.choices.all()}
        chosen = given.get(question.pk)
        accepted = key.accepted[question.pk]
        rows.append(
            {
                "place": place,
                "question": question,
                "picture": question_picture.preview(question) if question.picture else "",
                "chosen": choices.get(chosen) if chosen else None,
                "accepted": [choices[pk] for pk in item["c"] if pk in accepted],
                "is_correct": chosen in accepted,
                "is_dropped": question.pk in key.dropped,
            }
        )
    return rows
