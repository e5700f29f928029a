"""Who may not take part, and what a person should look at (rules: P4, Q13)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry
from accounts.throttle import client_address
from contests import decisions, flags
from contests.admin.numbers import clean_phone, clean_staff_code
from contests.admin.scope import (
    ContestFilter,
    OwnContestsAdmin,
    PartForm,
    actor,
    found_by_text,
    own_contests,
)
from contests.clock import database_now
from contests.models import Exclusion, Flag, Participant


class ExclusionForm(PartForm):
    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])

    def clean_staff_code(self) -> str:
        return clean_staff_code(self.cleaned_data["staff_code"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not set(self.errors) and not (data.get("phone") or data.get("staff_code")):
            raise ValidationError(_("A phone number or a staff code is needed."))
        return data


@admin.register(Exclusion)
class ExclusionAdmin(OwnContestsAdmin):
    """People who may not take part (rules: P4)."""

    form = ExclusionForm
    fields = ("full_name", "phone", "staff_code", "reason")
    list_display = ("full_name", "phone", "staff_code", "reason", "contest")
    list_filter = (ContestFilter,)
    list_select_related = ("contest",)
    search_fields = ("full_name",)
    search_help_text = _("Name, phone or staff code; tones may be left out.")
    ordering = ("contest__slug", "full_name", "pk")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        return found_by_text(queryset, search_term, "full_name", "phone", "staff_code"), False


class SettledFilter(admin.SimpleListFilter):
    """Flags nobody has looked at yet, and the others."""

    title = _("looked at")
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("No")), ("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() in ("no", "yes"):
            return queryset.filter(settled_at__isnull=self.value() == "no")
        return queryset


@admin.register(Flag)
class FlagAdmin(OwnContestsAdmin):
    """What a person should look at; never a penalty by itself (rules: Q13)."""

    contest_path = "participant__contest"
    change_list_template = "admin/contests/flags.html"
    # Few enough to fit beside the filters; the rest is on the flag's own page.
    list_display = ("person", "unit_code", "what", "attempt_page", "moments")
    list_display_links = ("person",)
    list_filter = (ContestFilter.by("participant__contest"), SettledFilter, "kind")
    list_select_related = ("participant__unit", "attempt")
    search_fields = ("participant__search_key",)
    search_help_text = _("Name; tones may be left out.")
    ordering = ("-raised_at", "-pk")
    actions = ("settle",)  # type: ignore[assignment]
    fields = ("person", "unit", "kind", "note", "attempt_page", "raised_at", "looked_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave the papers out; who looked is in the log, at the very moment of the flag."""
        looked = AuditEntry.objects.filter(action="flag.settle", at=OuterRef("settled_at"))
        mine = looked.filter(contest=OuterRef("participant__contest__slug")).order_by("pk")
        rows = super().get_queryset(request).defer("attempt__paper")
        return rows.annotate(looked_by=Subquery(mine.values("actor_name")[:1]))

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        people = Participant.objects.search(search_term).values("pk")
        return queryset.filter(participant__in=people), False

    @admin.display(description=_("participant"), ordering="participant__name_sort_key")
    def person(self, flag: Flag) -> str:
        return str(flag.participant)

    @admin.display(description=_("unit"), ordering="participant__unit__code")
    def unit(self, flag: Flag) -> str:
        return str(flag.participant.unit)

    @admin.display(description=_("unit"), ordering="participant__unit__code")
    def unit_code(self, flag: Flag) -> str:
        return flag.participant.unit.code

    @admin.display(description=_("what there is to look at"), ordering="kind")
    def what(self, flag: Flag) -> str:
        kind = capfirst(flag.get_kind_display())
        said = '<span class="flag-what"><strong>{}</strong><br>{}</span>'
        return format_html(said, kind, flag.note)

    @admin.display(description=_("attempt"))
    def attempt_page(self, flag: Flag) -> str:
        if flag.attempt is None:
            return "–"
        page = reverse("admin:contests_attempt_change", args=[flag.attempt.pk])
        return format_html('<a href="{}">{}</a>', page, flag.attempt.receipt)

    @admin.display(description=_("raised, looked at"), ordering="raised_at")
    def moments(self, flag: Flag) -> str:
        raised = formats.date_format(timezone.localtime(flag.raised_at), "SHORT_DATETIME_FORMAT")
        if flag.settled_at is None:
            return raised
        return format_html("{}<br>✓ {}", raised, self.looked_at(flag))

    @admin.display(description=_("looked at"), ordering="settled_at")
    def looked_at(self, flag: Any) -> str:
        if flag.settled_at is None:
            return "–"
        moment = formats.date_format(timezone.localtime(flag.settled_at), "SHORT_DATETIME_FORMAT")
        return f"{moment} · {flag.looked_by}" if flag.looked_by else moment

    @admin.action(description=_("Note the chosen as looked at"), permissions=["change"])
    def settle(self, request: HttpRequest, queryset: QuerySet[Flag]) -> None:
        count = decisions.settle_flags(
            flags=queryset.select_related("participant__contest"),
            by=actor(request),
            address=client_address(request),
            now=database_now(),
        )
        said = ngettext("%(count)s noted as looked at.", "%(count)s noted as looked at.", count)
        messages.success(request, said % {"count": count})

    def get_urls(self) -> list[URLPattern]:
        search = self.admin_site.admin_view(self.search_again)
        return [path("search/", search, name="contests_flag_search"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        contest = self.chosen_contest(request)
        search_url = reverse("admin:contests_flag_search")
        if contest is not None:
            search_url += f"?contest={contest.pk}"
        return super().changelist_view(request, {"search_url": search_url, **(extra_context or {})})

    def search_again(self, request: HttpRequest) -> HttpResponse:
        """Look at the attempts of one's contests now, of one where one is chosen."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        contest = self.chosen_contest(request)
        contests = own_contests(request) if contest is None else [contest]
        count = flags.raise_flags_of(contests, now=database_now())
        said = ngettext("%(count)s new flag.", "%(count)s new flags.", count) % {"count": count}
        messages.success(request, said if count else gettext("Nothing new was found."))
        back = reverse("admin:contests_flag_changelist")
        return redirect(f"{back}?contest={contest.pk}" if contest else back)

    def get_actions(self, request: HttpRequest) -> Any:
        """Leave out the stock deletion of many."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
