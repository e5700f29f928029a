"""Units of a contest: who they are, who looks after them, how many took part (rules: C5, S9)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.admin import visible
from accounts.models import User
from accounts.throttle import client_address
from contests import decisions, names
from contests.admin.decisions import ACTS, decision_page, open_acts
from contests.admin.numbers import clean_phone
from contests.admin.scope import (
    ContestFilter,
    OwnContestsAdmin,
    PartForm,
    actor,
    own_page,
    reason_field,
    row_or_404,
)
from contests.assignment import BLOCK_IS_SETTLED, blocks_are_settled
from contests.clock import database_now
from contests.models import Attempt, Participant, Unit


def coordinators(request_user: User) -> QuerySet[User]:
    """Return who may be named coordinator by this organizer: accounts with a password, no staff."""
    accounts = User.objects.filter(is_active=True, is_staff=False, participant=None)
    return visible(accounts, by=request_user).order_by("full_name", "pk")


class UnitForm(PartForm):
    asker: User
    code = forms.CharField(
        label=capfirst(_("code")),
        max_length=20,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+$", _("Letters, digits and dashes only."))],
    )
    reason = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contest = self.contest
        assert contest is not None
        if "parent" in self.fields:
            above = contest.units.exclude(pk=self.instance.pk).order_by("code")
            self.fields["parent"].queryset = above  # type: ignore[attr-defined]
        if "coordinator" in self.fields:
            known = coordinators(self.asker)
            self.fields["coordinator"].queryset = known  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        # Two spellings of one code are one code: the constraint compares what is stored.
        return names.clean_text(self.cleaned_data["code"]).upper()

    def clean_block(self) -> str:
        block: str = self.cleaned_data["block"]
        contest = self.contest
        assert contest is not None
        changes = self.instance.pk is not None and block != self.instance.block
        if changes and blocks_are_settled(contest, now=database_now()):
            raise ValidationError(BLOCK_IS_SETTLED)
        return block

    def clean_headcount(self) -> int | None:
        headcount: int | None = self.cleaned_data["headcount"]
        if headcount is None and self.contest is not None and self.contest.needs_headcounts:
            raise ValidationError(_("The rules of this contest use headcounts; enter one."))
        return headcount

    def clean_parent(self) -> Unit | None:
        parent: Unit | None = self.cleaned_data["parent"]
        seen: Unit | None = parent
        while seen is not None:
            if seen.pk == self.instance.pk:
                raise ValidationError(_("A unit cannot stand above itself."))
            seen = seen.parent
        return parent


@admin.register(Unit)
class UnitAdmin(OwnContestsAdmin):
    """Units with how many of their people registered and finished."""

    form = UnitForm
    frozen_fields = ("headcount",)
    import_kind = "units"
    # Few enough to fit beside the filters; the block is one of them.
    list_display = ("called", "headcount", "coordinator_name", "taken_part", "standing")
    list_filter = (ContestFilter, "block")
    list_select_related = ("coordinator", "contest")
    search_fields = ("search_key",)
    search_help_text = _("Code or name; tones may be left out.")
    ordering = ("contest__slug", "code")
    readonly_fields = ("disqualified_reason", "ineligible_reason")
    fieldsets = (
        (None, {"fields": ("code", "name", "block", "parent")}),
        (_("Staff and coordinator"), {"fields": ("headcount", "coordinator")}),
        (_("Decisions"), {"fields": ("disqualified_reason", "ineligible_reason")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Unit]:
        registered = Participant.objects.filter(unit=OuterRef("pk")).order_by().values("unit")
        ended = (
            Attempt.objects.finished()
            .ranked()
            .filter(participant__unit=OuterRef("pk"))
            .order_by()
            .values("participant__unit")
        )
        return (
            super()
            .get_queryset(request)
            .annotate(
                registered_count=_count(registered.annotate(n=Count("pk"))),
                finished_count=_count(ended.annotate(n=Count("participant", distinct=True))),
            )
        )

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        return (queryset.search(search_term) if search_term.strip() else queryset), False

    @admin.display(description=_("unit"), ordering="code")
    def called(self, unit: Unit) -> str:
        return str(unit)

    @admin.display(description=_("coordinator"), ordering="coordinator__full_name")
    def coordinator_name(self, unit: Unit) -> str:
        return unit.coordinator.full_name if unit.coordinator else "–"

    @admin.display(description=_("finished / registered"), ordering="finished_count")
    def taken_part(self, unit: Any) -> str:
        return f"{number_format(unit.finished_count)} / {number_format(unit.registered_count)}"

    @admin.display(description=_("decision"))
    def standing(self, unit: Unit) -> str:
        return standing_of(unit)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else [f for f in fieldsets if f[0] != _("Decisions")]

    def target_of(self, obj: Unit) -> str:
        return f"unit {obj.code}"

    def delete_refusal(self, obj: Unit) -> str:
        return gettext(
            "%(unit)s cannot be deleted: it has people, videos, judges or units below it."
        ) % {"unit": obj}

    def store(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        obj.clean()
        obj.save()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        unit = self.get_object(request, object_id)
        tools = []
        if unit is not None:
            tools = [
                (_("Make a coordinator's account"), self._url("coordinator", unit.pk)),
                *((act.title, self._url("decide", unit.pk, key)) for key, act in open_acts(unit)),
            ]
        return super().change_view(
            request, object_id, form_url, {"tools": tools, **(extra_context or {})}
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/decide/<str:act>/", view(self.decide), name="contests_unit_decide"),
            path(
                "<int:pk>/coordinator/",
                view(self.coordinator_page),
                name="contests_unit_coordinator",
            ),
            *super().get_urls(),
        ]

    def _url(self, name: str, *args: Any) -> str:
        return reverse(f"admin:contests_unit_{name}", args=args)

    def decide(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        unit = row_or_404(self, request, pk)
        return decision_page(
            request,
            acts=ACTS,
            act=act,
            row=unit,
            name=f"unit {unit.code}",
            contest=unit.contest,
            back=self._url("change", unit.pk),
        )

    @sensitive_variables("password")
    def coordinator_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the account of a unit's coordinator and show its password, this once."""
        unit = row_or_404(self, request, pk)
        form = CoordinatorForm(request.POST if request.method == "POST" else None)
        context = {"contest": unit.contest, "unit": unit, "back": self._url("change", unit.pk)}
        if request.method == "POST" and form.is_valid():
            user, password = decisions.make_coordinator(
                unit=unit,
                full_name=form.cleaned_data["full_name"],
                phone=form.cleaned_data["phone"],
                by=actor(request),
                address=client_address(request),
                now=database_now(),
            )
            messages.success(request, gettext("The account is made."))
            context |= {"made": user, "password": password}
        return own_page(
            request,
            "admin/contests/coordinator.html",
            title=gettext("Coordinator's account"),
            subtitle=str(unit),
            form=form,
            **context,
        )


class CoordinatorForm(forms.Form):
    full_name = forms.CharField(
        label=_("Full name"),
        min_length=2,
        max_length=120,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])


def standing_of(row: Any) -> str:
    """Return what was decided about a row, in two words; "" where nothing was."""
    if row.disqualified_reason:
        return gettext("Disqualified")
    return gettext("No award") if row.ineligible_reason else ""


def _count(rows: QuerySet[Any]) -> Any:
    return Coalesce(Subquery(rows.values("n"), output_field=IntegerField()), Value(0))
