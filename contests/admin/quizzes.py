"""The quizzes of a contest, what they draw, and whether the bank is enough for it (rules: Q1)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.throttle import client_address
from contests import papers
from contests.admin.scope import ContestFilter, OwnContestsAdmin, PartForm, actor, reason_field
from contests.clock import database_now
from contests.freezing import Change, record_changes
from contests.models import BlueprintRow, Contest, Question, Quiz
from contests.models.quizzes import bank_of


class QuizForm(PartForm):
    """A quiz; whether it counts is settled before anything hangs on it (rules: Q1, C4)."""

    reason = reason_field()

    def clean(self) -> dict[str, Any]:
        # Before the reason is asked for: what never counts freezes nothing and is not frozen.
        practice = bool(self.cleaned_data.get("is_practice"))
        if practice and self.instance.pk is None:
            self.frozen = False
        if self.instance.pk and "is_practice" in self.changed_data:
            self._refuse_change_of_kind()
        return super().clean()

    def _refuse_change_of_kind(self) -> None:
        assert self.contest is not None
        if self.instance.is_relied_on():
            self.add_error(
                "is_practice",
                _("This quiz has attempts or awards: whether it is for practice stays as it is."),
            )
        elif self.contest.settings_are_frozen(database_now()):
            self.add_error(
                "is_practice",
                _("The first quiz has opened: which quizzes count stays as it is."),
            )


class BlueprintForm(forms.ModelForm):
    """One row: how many of which topic and difficulty; topics are those of the quiz's bank."""

    contest: Contest | None = None
    practice: bool | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topics = topics_of(self.contest, practice=self.practice) if self.contest else []
        if self.instance.topic and self.instance.topic not in topics:
            topics.append(self.instance.topic)
        self.fields["topic"] = forms.ChoiceField(
            label=capfirst(_("topic")),
            required=False,
            choices=[("", _("any topic")), *((topic, topic) for topic in topics)],
        )
        self.fields["difficulty"].choices = [  # type: ignore[attr-defined]
            ("", _("any difficulty")),
            *Question.Difficulty.choices,
        ]


class BlueprintFormSet(forms.BaseInlineFormSet):
    """The rows together; once the first quiz has opened a change needs the form's reason (C4)."""

    frozen = False

    def clean(self) -> None:
        super().clean()
        frozen = self.frozen and not self.instance.is_practice
        if frozen and self.has_changed() and not self.data.get("reason", "").strip():
            raise ValidationError(_("The quiz has opened: this change needs a reason."))


class BlueprintInline(admin.TabularInline):
    model = BlueprintRow
    form = BlueprintForm
    formset = BlueprintFormSet
    extra = 1
    ordering = ("pk",)
    verbose_name_plural = _("what is drawn")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        quizzes: QuizAdmin = admin.site.get_model_admin(Quiz)  # type: ignore[assignment]
        # The classes were made for this request alone.
        formset.form.contest = quizzes.contest_of(request, obj)  # type: ignore[attr-defined]
        formset.form.practice = practice_of(request, obj)  # type: ignore[attr-defined]
        formset.frozen = quizzes.is_frozen(request, obj)  # type: ignore[attr-defined]
        return formset


@admin.register(Quiz)
class QuizAdmin(OwnContestsAdmin):
    """Quizzes with their windows, rules and blueprint."""

    form = QuizForm
    frozen_fields = Quiz.FROZEN_FIELDS
    inlines = (BlueprintInline,)
    list_display = ("name", "contest", "opens_at", "closes_at", "state", "drawn", "allowed")
    list_filter = (ContestFilter, "is_practice")
    list_select_related = ("contest",)
    ordering = ("contest__slug", "opens_at", "pk")
    fieldsets = (
        (None, {"fields": ("name", "slug", "is_practice", "opens_at", "closes_at")}),
        (
            _("Rules"),
            {
                "fields": (
                    "duration_seconds",
                    "attempts_allowed",
                    "counted",
                    "show_score",
                    "prediction_kind",
                )
            },
        ),
        (_("The paper"), {"fields": ("layout", "shuffle_questions", "shuffle_choices")}),
    )

    def is_frozen(self, request: HttpRequest, obj: Any) -> bool:
        """Whether a change needs a reason: not of a quiz that never counts (rules: C4)."""
        if obj is not None and Quiz.objects.filter(pk=obj.pk, is_practice=True).exists():
            return False
        return super().is_frozen(request, obj)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("blueprint")

    @admin.display(description=_("state"))
    def state(self, quiz: Quiz) -> str:
        now = timezone.now()
        if quiz.is_open(now):
            said = gettext("Open")
        else:
            said = gettext("closed") if quiz.has_closed(now) else gettext("not open yet")
        return f"{said} · {gettext('practice')}" if quiz.is_practice else said

    @admin.display(description=_("questions"))
    def drawn(self, quiz: Quiz) -> int:
        return quiz.question_count()

    @admin.display(description=_("attempts allowed"), ordering="attempts_allowed")
    def allowed(self, quiz: Quiz) -> str:
        return str(quiz.attempts_allowed) if quiz.attempts_allowed else gettext("unlimited")

    def target_of(self, obj: Quiz) -> str:
        return f"quiz {obj.slug}"

    def delete_refusal(self, obj: Quiz) -> str:
        return gettext("“%(quiz)s” has attempts or awards and cannot be deleted.") % {"quiz": obj}

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Store the blueprint and keep its change with the reason (rules: C4)."""
        quiz: Quiz = form.instance
        before = blueprint_lines(quiz)
        super().save_related(request, form, formsets, change)
        after = blueprint_lines(quiz)
        if before != after:
            record_changes(
                contest=quiz.contest,
                target=self.setting_target(quiz),
                changes=[Change("blueprint", before, after)],
                frozen=form.frozen,
                reason=form.cleaned_data.get("reason") or "",
                by=actor(request),
                address=client_address(request),
                now=database_now(),
            )
        for sentence in shortages_of(quiz):
            messages.warning(request, sentence)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        quiz = self.get_object(request, object_id)
        shortages = shortages_of(quiz) if quiz is not None and request.method == "GET" else []
        return super().change_view(
            request, object_id, form_url, {"warnings": shortages, **(extra_context or {})}
        )


def practice_of(request: HttpRequest, obj: Any) -> bool | None:
    """Return whether the quiz of a page is for practice; None while a new one is not typed in."""
    if request.method == "POST":
        return "is_practice" in request.POST
    return obj.is_practice if obj is not None else None


def topics_of(contest: Contest, *, practice: bool | None) -> list[str]:
    """Return the topics of one of the contest's banks, in order; None: of both."""
    found = Question.objects.current().filter(contest=contest).exclude(topic="")
    if practice is not None:
        found = found.filter(is_practice=practice)
    return list(found.order_by("topic").values_list("topic", flat=True).distinct())


def blueprint_lines(quiz: Quiz) -> list[str]:
    """Return the blueprint as it is printed: "Một cửa, dễ: 5"."""
    return [
        f"{row_name(row.topic, row.difficulty)}: {row.count}"
        for row in BlueprintRow.objects.filter(quiz=quiz).order_by("pk")
    ]


def row_name(topic: str, difficulty: str) -> str:
    """Return what a row of the blueprint asks for in words."""
    level = str(Question.Difficulty(difficulty).label) if difficulty else ""
    return ", ".join(part for part in (topic, level) if part) or gettext("any question")


def shortages_of(quiz: Quiz) -> list[str]:
    """Return a sentence for every row the bank has too few questions for (rules: Q1)."""
    rows = [
        papers.BlueprintRow(topic=row.topic, difficulty=row.difficulty, count=row.count)
        for row in BlueprintRow.objects.filter(quiz=quiz).order_by("pk")
    ]
    if not rows:
        return [gettext("This quiz draws no questions yet: say how many below.")]
    return [
        ngettext(
            "The bank lacks %(count)s question for “%(row)s”.",
            "The bank lacks %(count)s questions for “%(row)s”.",
            shortage.missing,
        )
        % {
            "count": shortage.missing,
            "row": row_name(shortage.row.topic, shortage.row.difficulty),
        }
        for shortage in papers.feasible(bank_of(quiz.contest_id, practice=quiz.is_practice), rows)
    ]
