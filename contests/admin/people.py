"""People who take part: found, confirmed, corrected, given codes, decided about (rules: P1-P7)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.csrf import no_referrer
from accounts.models import AccessCode
from accounts.throttle import client_address
from contests import access, decisions, registration
from contests.admin import extra_time
from contests.admin.attempts import name_of
from contests.admin.decisions import ACTS, DecisionForm, decision_page, open_acts
from contests.admin.numbers import clean_phone, clean_staff_code
from contests.admin.person_form import BlockFilter, PersonForm, PersonStateFilter
from contests.admin.scope import (
    ContestFilter,
    OwnContestsAdmin,
    actor,
    own_page,
    row_or_404,
)
from contests.admin.units import standing_of
from contests.clock import database_now
from contests.models import Attempt, Flag, Participant

PERSON_FIELDS = (
    "full_name",
    "unit",
    "phone",
    "staff_code",
    "email",
    "birth_date",
    "position",
    "workplace",
)


@admin.register(Participant)
class ParticipantAdmin(OwnContestsAdmin):
    """People in the order of their names; decisions and codes have pages of their own."""

    form = PersonForm
    import_kind = "people"
    list_display = (
        "full_name_sorted",
        "shown_number",
        "unit_code",
        "workplace",
        "attempt_states",
        "remarks",
    )
    list_filter = (ContestFilter, PersonStateFilter, "source", BlockFilter)
    list_select_related = ("unit",)
    search_fields = ("search_key",)
    search_help_text = _("Name, workplace, number, phone or staff code; tones may be left out.")
    ordering = ("name_sort_key", "contest__slug", "number")
    actions = ("confirm_chosen",)  # type: ignore[assignment]
    readonly_fields = (
        "shown_number",
        "source",
        "registered_at",
        "confirmed_at",
        "confirmer",
        "code_state",
        "results",
        "extra_time_list",
        "flag_list",
        "disqualified_reason",
        "ineligible_reason",
    )
    fieldsets = (
        (None, {"fields": ("shown_number", "full_name", "unit", "workplace", "position")}),
        (_("Recognised by"), {"fields": ("phone", "staff_code", "email", "birth_date")}),
        (
            _("Part in the contest"),
            {
                "fields": (
                    "source",
                    "registered_at",
                    "confirmed_at",
                    "confirmer",
                    "code_state",
                    "results",
                    "extra_time_list",
                    "flag_list",
                )
            },
        ),
        (_("Decisions"), {"fields": ("disqualified_reason", "ineligible_reason")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        attempts = (
            Attempt.objects.defer("paper")
            .select_related("quiz")
            .order_by("quiz__opens_at", "quiz_id", "number")
        )
        return (
            super()
            .get_queryset(request)
            .annotate(open_flags=Count("flags", filter=Q(flags__settled_at=None)))
            .prefetch_related(Prefetch("attempts", attempts))
        )

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        found = Q(pk__in=Participant.objects.search(text).values("pk"))
        for field, clean in (("phone", clean_phone), ("staff_code", clean_staff_code)):
            try:
                found |= Q(**{field: clean(text)})
            except ValidationError:
                continue
        return queryset.filter(found), False

    @admin.display(description=_("full name"), ordering="name_sort_key")
    def full_name_sorted(self, person: Participant) -> str:
        return person.full_name

    @admin.display(description=_("unit"), ordering="unit__code")
    def unit_code(self, person: Participant) -> str:
        return person.unit.code

    @admin.display(description=_("participant number"), ordering="number")
    def shown_number(self, person: Participant) -> str:
        return str(person.number)

    @admin.display(description=_("confirmed by"))
    def confirmer(self, person: Participant) -> str:
        return str(person.confirmed_by or "–")

    @admin.display(description=_("attempts"))
    def attempt_states(self, person: Participant) -> str:
        states = [
            str(attempt.get_state_display())
            for attempt in person.attempts.all()
            if not attempt.quiz.is_practice
        ]
        return ", ".join(states) or "–"

    @admin.display(description=_("remarks"), ordering="open_flags")
    def remarks(self, person: Any) -> str:
        said = [
            gettext("not confirmed yet") if person.confirmed_at is None else "",
            gettext("to look at") if person.open_flags else "",
            standing_of(person),
        ]
        return ", ".join(remark for remark in said if remark)

    @admin.display(description=_("access code"))
    def code_state(self, person: Participant) -> str:
        code = AccessCode.objects.filter(user=person.user_id).first()
        if code is None:
            return gettext("none yet")
        return gettext("used") if code.first_used_at else gettext("issued, not used yet")

    @admin.display(description=_("results"))
    def results(self, person: Participant) -> str:
        lines = [
            f"{name_of(attempt.quiz)}: "
            + (
                gettext("%(correct)s of %(questions)s correct")
                % {"correct": attempt.correct, "questions": attempt.questions}
                if not attempt.is_running
                else str(attempt.get_state_display())
            )
            for attempt in person.attempts.all()
        ]
        return "; ".join(lines) or "–"

    @admin.display(description=_("extra time"))
    def extra_time_list(self, person: Participant) -> str:
        return extra_time.lines_of(person)

    @admin.display(description=_("to look at"))
    def flag_list(self, person: Participant) -> str:
        flags = person.flags.filter(settled_at=None).order_by("raised_at", "pk")
        return (
            "; ".join(
                f"{flag.get_kind_display()}{f' ({flag.note})' if flag.note else ''}"
                for flag in flags
            )
            or "–"
        )

    @admin.action(description=_("Confirm the chosen people"), permissions=["change"])
    def confirm_chosen(self, request: HttpRequest, queryset: QuerySet[Participant]) -> Any:
        """Name the people who wait, and confirm them after a second look (rules: P6)."""
        waiting = (
            Participant.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
            .waiting()
            .select_related("contest", "unit")
            .in_name_order()
        )
        if "confirmed" not in request.POST:
            return own_page(
                request,
                "admin/contests/confirm.html",
                title=gettext("Confirm people"),
                people=waiting,
                chosen=waiting.values_list("pk", flat=True),
            )
        count = decisions.confirm(
            people=waiting,
            by=actor(request),
            address=client_address(request),
            now=database_now(),
        )
        said = ngettext("%(count)s person confirmed.", "%(count)s people confirmed.", count)
        messages.success(request, said % {"count": count})
        return None

    def get_actions(self, request: HttpRequest) -> Any:
        """Leave out the stock deletion of many."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        (title, options), recognised = fieldsets[:2]
        typed = [name for name in options["fields"] if name != "shown_number"]
        return [(title, {"fields": typed}), recognised]

    def target_of(self, obj: Participant) -> str:
        return f"participant {obj.number}"

    def store(self, request: HttpRequest, obj: Participant, form: Any, change: bool) -> None:
        """Enrol a new person by the same verb as a roster does; correct one who is there."""
        if change:
            obj.set_keys()
            obj.save()
            return
        person = registration.Person(**{name: form.cleaned_data[name] for name in PERSON_FIELDS})
        (made,) = registration.enrol_many(
            contest=form.contest, people=[person], by=actor(request), now=database_now()
        )
        # The page goes on with the row that the verb made.
        obj.__dict__.update(made.__dict__)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let a person's flags go with the person: nobody deletes them one by one."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, missing - {Flag._meta.verbose_name}, protected

    def delete_refusal(self, obj: Participant) -> str:
        return gettext(
            "%(person)s has taken the quiz and cannot be deleted. Disqualify instead, if need be."
        ) % {"person": obj}

    def delete_model(self, request: HttpRequest, obj: Participant) -> None:
        user = obj.user
        super().delete_model(request, obj)
        user.delete()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        person = self.get_object(request, object_id)
        tools: list[tuple[Any, str]] = []
        if person is not None:
            attempts = reverse("admin:contests_attempt_changelist")
            if person.confirmed_at is None:
                tools.append((_("Confirm"), self._url("confirm", person.pk)))
            tools += [
                (_("Attempts"), f"{attempts}?participant__id__exact={person.pk}"),
                (_("Extra time"), self._url("extra_time", person.pk)),
                (_("Issue a code again"), self._url("code", person.pk)),
                *(
                    (act.title, self._url("decide", person.pk, key))
                    for key, act in open_acts(person)
                ),
            ]
        return super().change_view(
            request, object_id, form_url, {"tools": tools, **(extra_context or {})}
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        prefix = "contests_participant"
        return [
            path("<int:pk>/decide/<str:act>/", view(self.decide), name=f"{prefix}_decide"),
            path("<int:pk>/code/", view(no_referrer(self.code_page)), name=f"{prefix}_code"),
            path("<int:pk>/confirm/", view(self.confirm_page), name=f"{prefix}_confirm"),
            path("<int:pk>/extra-time/", view(self.extra_time_page), name=f"{prefix}_extra_time"),
            *super().get_urls(),
        ]

    def _url(self, name: str, *args: Any) -> str:
        return reverse(f"admin:contests_participant_{name}", args=args)

    def decide(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        person = row_or_404(self, request, pk)
        return decision_page(
            request,
            acts=ACTS,
            act=act,
            row=person,
            name=f"participant {person.number}",
            contest=person.contest,
            back=self._url("change", person.pk),
        )

    def extra_time_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the person more minutes in one quiz, with a reason (rules: Q3)."""
        person = row_or_404(self, request, pk)
        return extra_time.page(request, person, back=self._url("change", person.pk))

    def confirm_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm one person after a second look, by the action of the list (rules: P6)."""
        person = row_or_404(self, request, pk)
        people = Participant.objects.filter(pk=person.pk)
        response = self.confirm_chosen(request, people)
        return response or self.response_post_save_change(request, person)

    @sensitive_variables("code")
    def code_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask why, then issue a code and show it in the answer, this once."""
        person = row_or_404(self, request, pk)
        form = DecisionForm(request.POST if request.method == "POST" else None)
        context: dict[str, Any] = {}
        if request.method == "POST" and form.is_valid():
            code = access.reissue(
                participant=person,
                by=actor(request),
                now=database_now(),
                address=client_address(request),
                reason=form.cleaned_data["reason"],
            )
            context["sheet"] = access.code_sheet(request, code)
        return own_page(
            request,
            "admin/contests/code.html",
            title=gettext("Access code"),
            subtitle=str(person),
            contest=person.contest,
            person=person,
            form=form,
            has_code=AccessCode.objects.filter(user=person.user_id).exists(),
            back=self._url("change", person.pk),
            **context,
        )
