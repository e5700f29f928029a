"""Mended keys: the list, and the page that shows what a mended key changes before it does (Q12)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.throttle import client_address
from contests import regrading
from contests.admin.scope import ContestFilter, OwnContestsAdmin, actor, own_contests, own_page
from contests.clock import database_now
from contests.keys import key_of
from contests.models import Choice, KeyChange, Question
from contests.regrading import LETTERS, MendRefused
from scoring import facts, formula
from scoring.forms_mending import MendForm, MendReasonForm
from scoring.regrade_preview import consequences

PAGE = "admin:contests_keychange_mend"
ROWS_OF_A_PAGE = 100
UNITS_SHOWN = 200


@admin.register(KeyChange)
class KeyChangeAdmin(OwnContestsAdmin):
    """Every mended key of the own contests, to be read; each is made on its question's page."""

    contest_path = "question__contest"
    list_display = ("number", "kind", "letter", "reason", "by", "at")
    list_filter = (ContestFilter.by("question__contest"), "kind")
    list_select_related = ("question", "choice", "by")
    ordering = ("-at", "-pk")
    fields = ("number", "text", "kind", "letter", "reason", "by", "at")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("question"), ordering="question__number")
    def number(self, change: KeyChange) -> str:
        return _("No. %(number)s, version %(version)s") % {
            "number": change.question.number,
            "version": change.question.version,
        }

    @admin.display(description=gettext_lazy("text"))
    def text(self, change: KeyChange) -> str:
        return change.question.text

    @admin.display(description=gettext_lazy("choice"))
    def letter(self, change: KeyChange) -> str:
        return LETTERS[change.choice.position] if change.choice else "–"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.mend_page)
        return [
            path("question/<int:question_id>/", view, name="contests_keychange_mend"),
            *super().get_urls(),
        ]

    def mend_page(self, request: HttpRequest, question_id: int) -> HttpResponse:
        """Choose a way, look at what it changes, give the reason, confirm (rules: Q12)."""
        question = _question_or_404(request, question_id)
        key = key_of([question.pk])
        given = request.POST if request.method == "POST" else request.GET
        form = MendForm(
            given if "way" in given or request.method == "POST" else None,
            choices=question.choices.all(),
            accepted=key.accepted[question.pk],
        )
        reason = MendReasonForm(request.POST if request.method == "POST" else None)
        refused: list[str] = []
        # Both are asked, so that both say what is wrong with them.
        if all([form.is_valid(), reason.is_valid()]):
            try:
                return self._mend(request, question, form, reason)
            except MendRefused as refusal:
                refused = refusal.args[0]
        return own_page(
            request,
            "admin/scoring/mend.html",
            title=_("Mend the key of question %(number)s") % {"number": question.number},
            subtitle=_("Question version %(version)s") % {"version": question.version},
            contest=question.contest,
            question=question,
            rows=_choices_of(question),
            is_dropped=question.pk in key.dropped,
            made=question.key_changes.select_related("choice", "by").order_by("at", "pk"),
            versions=_versions_of(question),
            form=form,
            reason=reason,
            refused=refused,
            **(_preview(request, question, form) if form.is_bound and form.is_valid() else {}),
        )

    def _mend(
        self, request: HttpRequest, question: Question, form: MendForm, reason: MendReasonForm
    ) -> HttpResponse:
        kind, choice = form.mend()
        done = regrading.mend_key(
            question=question,
            kind=kind,
            choice=choice,
            reason=reason.cleaned_data["reason"],
            by=actor(request),
            address=client_address(request),
            now=database_now(),
        )
        if not done.is_new:
            messages.info(request, _("The key was mended so already; nothing has changed."))
            return redirect(PAGE, question_id=question.pk)
        messages.success(
            request,
            ngettext(
                "The key is mended: %(finished)s attempt was graded again, the result of"
                " %(changed)s changed.",
                "The key is mended: %(finished)s attempts were graded again, the results of"
                " %(changed)s changed.",
                done.finished,
            )
            % {"finished": done.finished, "changed": done.changed},
        )
        if done.changed and not question.is_practice:
            messages.warning(request, _what_next(question))
        return redirect(PAGE, question_id=question.pk)


def _what_next(question: Question) -> str:
    if question.contest.is_published:
        return _(
            "The published results have not changed. On the page of results compute again, then"
            " publish the correction with its reason."
        )
    return _("Now compute the results again, on the page of results.")


def _question_or_404(request: HttpRequest, pk: int) -> Question:
    """Return a version of a question of an own contest; 403 for who may mend nowhere."""
    if not actor(request).has_perm("contests.add_keychange"):
        raise PermissionDenied
    ordered = Prefetch("choices", Choice.objects.order_by("position"))
    own = Question.objects.filter(contest__in=own_contests(request).order_by())
    return get_object_or_404(own.select_related("contest").prefetch_related(ordered), pk=pk)


def _choices_of(question: Question) -> list[dict[str, Any]]:
    accepted = key_of([question.pk]).accepted[question.pk]
    return [
        {
            "letter": LETTERS[choice.position],
            "text": choice.text,
            "is_right": choice.is_correct,
            "is_accepted": choice.pk in accepted,
        }
        for choice in question.choices.all()
    ]


def _versions_of(question: Question) -> list[Question]:
    """Return the other versions: people may have this one or another on their papers."""
    same = Question.objects.filter(
        contest=question.contest_id, is_practice=question.is_practice, number=question.number
    )
    return list(same.exclude(pk=question.pk).order_by("version"))


def _preview(request: HttpRequest, question: Question, form: MendForm) -> dict[str, Any]:
    """Return what the page shows of one way to mend: attempts, people, units, awards."""
    kind, choice = form.mend()
    now = database_now()
    plan = regrading.preview(question=question, kind=kind, choice=choice, now=now)
    found: dict[str, Any] = {
        "plan": plan,
        "way": form.cleaned_data["way"],
        "open_quizzes": [
            quiz
            for quiz in question.contest.quizzes.filter(is_practice=question.is_practice)
            if quiz.opens_at <= now and not quiz.has_closed(now)
        ],
    }
    if plan.obstacles or question.is_practice:
        return found
    try:
        shift = consequences(question.contest, plan.regrades)
    except (facts.BadInputs, formula.HeadcountMissing) as error:
        return {**found, "cannot": error}
    query = request.GET.copy()
    query["way"] = found["way"]
    query.pop("page", None)
    page = Paginator(shift.people, ROWS_OF_A_PAGE).get_page(request.GET.get("page"))
    names = dict(question.contest.quizzes.values_list("slug", "name"))
    return {
        **found,
        "shift": shift,
        "page": page,
        "query": query.urlencode(),
        "people": [(names[line.after.quiz], line) for line in page],
        "names_quiz": len({line.after.quiz for line in shift.people}) > 1,
        "units": shift.units[:UNITS_SHOWN],
    }
