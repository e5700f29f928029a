"""The question bank: current versions, edited on one page with their choices (rules: Q2, C4)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.text import Truncator, format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.throttle import client_address
from contests import bank, names, papers, pictures
from contests.admin import mended, question_picture
from contests.admin.scope import ContestFilter, OwnContestsAdmin, PartForm, actor, reason_field
from contests.clock import database_now
from contests.importing.questions import in_both_banks
from contests.models import Choice, Question

LETTERS = "ABCDEF"


def _letters() -> list[tuple[str, str]]:
    return [(letter, letter) for letter in LETTERS]


def _choice_field(letter: str) -> forms.CharField:
    return forms.CharField(
        label=format_lazy(_("Choice {letter}"), letter=letter),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
    )


class QuestionForm(PartForm):
    """A question with its choices A to F; which are right, and which stay last."""

    choice_A = _choice_field("A")
    choice_B = _choice_field("B")
    choice_C = _choice_field("C")
    choice_D = _choice_field("D")
    choice_E = _choice_field("E")
    choice_F = _choice_field("F")
    right = forms.MultipleChoiceField(
        label=_("Right choices"), choices=_letters, widget=forms.CheckboxSelectMultiple
    )
    last = forms.MultipleChoiceField(
        label=_("Choices that stay last"),
        choices=_letters,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For choices such as “all of the above”."),
    )
    picture_file = question_picture.file_field()
    picture_removed = question_picture.removed_field()
    reason = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = list(self.instance.choices.order_by("position")) if self.instance.pk else []
        for letter, choice in zip(LETTERS, stored, strict=False):
            self.initial[f"choice_{letter}"] = choice.text
        self.initial["right"] = [LETTERS[c.position] for c in stored if c.is_correct]
        self.initial["last"] = [LETTERS[c.position] for c in stored if c.keep_last]
        if "reason" in self.fields:
            self.fields["reason"].help_text = _(
                "People have this question, or the first quiz has opened: an edit needs a reason,"
                " which is kept in the log. A question that somebody has on a paper is replaced by"
                " a new version; papers drawn before keep the old one."
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        texts = [names.clean_text(data.get(f"choice_{letter}") or "") for letter in LETTERS]
        while texts and not texts[-1]:
            texts.pop()
        if len(texts) < 2:
            self.add_error("choice_A", _("At least two choices are needed."))
        elif not all(texts):
            self.add_error("choice_A", _("A choice in between is empty."))
        elif len({text.casefold() for text in texts}) < len(texts):
            self.add_error("choice_A", _("Two choices are the same."))
        for field in ("right", "last"):
            if any(LETTERS.index(letter) >= len(texts) for letter in data.get(field) or ()):
                self.add_error(field, _("This choice is empty."))
        self._clean_text(data)
        question_picture.clean(self, data)
        data["choices"] = [
            bank.ChoiceText(
                text=text,
                is_correct=LETTERS[place] in (data.get("right") or ()),
                keep_last=LETTERS[place] in (data.get("last") or ()),
            )
            for place, text in enumerate(texts)
        ]
        touched = set(self.changed_data) - {"reason", "is_active"}
        if self.frozen and self.instance.pk and touched and not (data.get("reason") or "").strip():
            self.add_error("reason", _("This edit needs a reason."))
        return data

    def _clean_text(self, data: dict[str, Any]) -> None:
        assert self.contest is not None
        text = names.clean_text(data.get("text") or "")
        same = Question.objects.filter(contest=self.contest, is_current=True, text=text)
        if text and (other := same.exclude(pk=self.instance.pk).first()):
            raise ValidationError({"text": self._taken_by(other, data)})
        data["text"] = text

    def _taken_by(self, other: Question, data: dict[str, Any]) -> str:
        practice = data.get("is_practice", self.instance.is_practice)
        if other.is_practice != practice:
            return in_both_banks(other.number, practice=practice)
        return _("Question %(number)s has this text.") % {"number": other.number}


class BankFilter(admin.SimpleListFilter):
    """The questions of one of the two banks: that of the contest, that to practise on."""

    title = _("bank")
    parameter_name = "bank"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("contest", _("the contest's own")), ("practice", _("for practice"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() in ("contest", "practice"):
            return queryset.filter(is_practice=self.value() == "practice")
        return queryset


@admin.register(Question)
class QuestionAdmin(OwnContestsAdmin):
    """The current version of every question."""

    form = QuestionForm
    import_kind = "questions"
    list_display = (
        "shown_number",
        "short_text",
        "topic",
        "difficulty",
        "right_letters",
        "is_active",
    )
    list_display_links = ("shown_number", "short_text")
    list_filter = (ContestFilter, BankFilter, "difficulty", "is_active", "topic")
    search_fields = ("search_key",)
    search_help_text = _("Words of the question; tones may be left out.")
    ordering = ("contest__slug", "is_practice", "number", "-version")
    readonly_fields = ("number", "version", "shown_picture")
    formfield_overrides = {
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}
    }
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("is_practice", "number", "version"),
                    *("text", "topic", "difficulty", "is_active"),
                )
            },
        ),
        (
            _("Choices"),
            {
                "fields": (
                    *(f"choice_{letter}" for letter in LETTERS),
                    "right",
                    "last",
                    "fixed_order",
                )
            },
        ),
        (_("Picture"), {"fields": question_picture.FIELDS}),
        (_("After the quiz"), {"fields": ("legal_basis", "explanation")}),
        (_("Drawing"), {"fields": ("exclusion_group",)}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        choices = Choice.objects.order_by("question_id", "position")
        current = super().get_queryset(request).filter(is_current=True)
        return current.prefetch_related(models.Prefetch("choices", choices))

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        if text.isdecimal():
            return queryset.filter(number=int(text[:9])), False
        return queryset.filter(search_key__contains=names.search_key(text)), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a question in its bank: people may have tried it (rules: Q1)."""
        own = tuple(super().get_readonly_fields(request, obj))
        return own if obj is None else (*own, "is_practice")

    @admin.display(description=_("number"), ordering="number")
    def shown_number(self, question: Question) -> str:
        if question.is_practice:
            return gettext("practice %(number)s") % {"number": question.number}
        return str(question.number)

    @admin.display(description=_("question"), ordering="search_key")
    def short_text(self, question: Question) -> str:
        return Truncator(question.text).chars(90)

    @admin.display(description=_("right"))
    def right_letters(self, question: Question) -> str:
        return ", ".join(
            LETTERS[choice.position] for choice in question.choices.all() if choice.is_correct
        )

    def is_frozen(self, request: HttpRequest, obj: Any) -> bool:
        """Whether an edit needs a reason: after the opening, or once a paper has the question."""
        if obj is None:
            return False
        return bank.needs_reason(obj, database_now()) or bank.is_used(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = admin.ModelAdmin.has_delete_permission(self, request, obj)
        return may and not (obj is not None and bank.is_used(obj))

    def get_urls(self) -> list[URLPattern]:
        # Kept by the browser of who may see it: a preview is no reason to send it again.
        view = self.admin_site.admin_view(question_picture.question_picture, cacheable=True)
        return [
            path("<int:pk>/picture/", view, name="contests_question_picture"),
            *super().get_urls(),
        ]

    @admin.display(description=_("picture now"))
    def shown_picture(self, question: Question) -> str:
        return question_picture.preview(question)

    def delete_model(self, request: HttpRequest, obj: Question) -> None:
        super().delete_model(request, obj)
        pictures.discard_unused(obj.picture)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = question_picture.fieldsets_for(obj, super().get_fieldsets(request, obj))
        if obj is not None:
            return fieldsets
        typed = [f for f in fieldsets[0][1]["fields"] if f not in ("number", "version")]
        return [(None, {"fields": typed}), *fieldsets[1:]]

    def target_of(self, obj: Question) -> str:
        return bank.name_of(obj)

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        """Store by the bank's verbs: in place, or as a new version (rules: C4)."""
        data = form.cleaned_data
        data["picture"] = question_picture.name_for(obj, data)
        values = {name: data[name] for name in (*bank.FIELDS, "is_active")}
        by, address, now = actor(request), client_address(request), database_now()
        if change:
            made = bank.revise(
                question=obj,
                values=values,
                choices=data["choices"],
                reason=data.get("reason") or "",
                by=by,
                address=address,
                now=now,
            )
        else:
            made = bank.add(
                contest=form.contest,
                values={**values, "is_practice": data["is_practice"]},
                choices=data["choices"],
                by=by,
                address=address,
                now=now,
            )
        if change and made.pk != obj.pk:
            messages.info(
                request,
                gettext("Papers have this question: version %(version)s takes its place.")
                % {"version": made.version},
            )
        keep_last, fixed_order = papers.recognise_options([c.text for c in data["choices"]])
        if list(keep_last) != [c.keep_last for c in data["choices"]] or (
            fixed_order and not made.fixed_order
        ):
            messages.warning(
                request,
                gettext(
                    "A choice reads as if it spoke of other choices. Look whether it should stay"
                    " last, or the order be kept."
                ),
            )
        obj.__dict__.update(made.__dict__)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Lead to where a wrong key is mended, and tell of those that were (rules: Q12)."""
        more = mended.context_of(request, self.get_object(request, object_id))
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def response_change(self, request: HttpRequest, obj: Question) -> HttpResponse:
        """Go on with the version that is current now, whose address may be another."""
        if "_continue" not in request.POST:
            return super().response_change(request, obj)
        assert request.resolver_match is not None
        seen = request.resolver_match.kwargs["object_id"]
        request.path = request.path.replace(f"/{seen}/", f"/{obj.pk}/")
        return super().response_change(request, obj)
