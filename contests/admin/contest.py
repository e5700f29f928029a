"""The contest itself: its settings in the order an organizer thinks, and the way to its parts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.roles import ORGANIZER
from contests.admin import imports
from contests.admin.fields import ChainField, MegabyteField
from contests.admin.parts import parts_of
from contests.admin.scope import (
    ContestFilter,
    OwnContestsAdmin,
    PartForm,
    actor,
    found_by_text,
    reason_field,
)
from contests.clock import database_now
from contests.models import Contest, SettingChange
from contests.models.contest import (
    PERSON_CHAIN_KEYS,
    UNIT_CHAIN_KEYS,
    VIDEO_CHAIN_KEYS,
    rules_use_headcounts,
)

CHAIN_LABELS = {
    "video": _("higher video points"),
    "quiz": _("higher quiz points"),
    "turnout": _("higher turnout"),
    "mean_seconds": _("shorter mean time"),
    "seconds": _("shorter time"),
    "prediction": _("closer prediction"),
    "finished_at": _("earlier hand-in"),
    "criteria": _("higher mean mark, criterion by criterion"),
}
CHAIN_HELP = _("What is looked at one after the other among equals. Empty places are left out.")


def _chain(keys: tuple[str, ...], label: Any) -> ChainField:
    return ChainField(
        {key: CHAIN_LABELS[key] for key in keys}, label=capfirst(label), help_text=CHAIN_HELP
    )


class ContestForm(PartForm):
    unit_chain = _chain(UNIT_CHAIN_KEYS, _("ties of units"))
    person_chain = _chain(PERSON_CHAIN_KEYS, _("ties of people"))
    video_chain = _chain(VIDEO_CHAIN_KEYS, _("ties of videos"))
    video_max_bytes = MegabyteField(label=capfirst(_("largest video, MB")), most=2048)
    reason = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "organizers" in self.fields:
            staff = User.objects.filter(is_active=True, is_staff=True)
            found = staff.filter(Q(groups__name=ORGANIZER) | Q(is_superuser=True)).distinct()
            self.fields["organizers"].queryset = found.order_by("full_name", "pk")  # type: ignore[attr-defined]

    def clean_organizers(self) -> Any:
        """Refuse a judge of this contest among its organizers (rules: P4)."""
        chosen = self.cleaned_data["organizers"]
        both = chosen.filter(judgeships__contest=self.instance.pk) if self.instance.pk else []
        if both:
            raise ValidationError(
                _("Judges of this contest cannot organize it: %(names)s.")
                % {"names": ", ".join(user.full_name for user in both)}
            )
        return chosen

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        shortest, longest = data.get("video_min_seconds"), data.get("video_max_seconds")
        if shortest is not None and longest is not None and longest < shortest:
            self.add_error(
                "video_max_seconds", _("The longest video must be longer than the shortest.")
            )
        if data.get("is_announced") and not self.initial.get("is_announced"):
            self._require_headcounts(data)
        return data

    def _require_headcounts(self, data: dict[str, Any]) -> None:
        rule, chain = data.get("unit_rule", ""), data.get("unit_chain") or []
        if self.instance.pk is None or not rules_use_headcounts(rule, chain):
            return
        if missing := self.instance.units.filter(headcount=None).count():
            said = ngettext(
                "The rules use headcounts, and %(count)s unit has none yet.",
                "The rules use headcounts, and %(count)s units have none yet.",
                missing,
            )
            self.add_error("is_announced", said % {"count": missing})


@admin.register(Contest)
class ContestAdmin(OwnContestsAdmin):
    """Contests one organizes; new ones are made by a superuser."""

    form = ContestForm
    contest_path = "pk"
    frozen_fields = Contest.FROZEN_FIELDS
    change_form_template = "admin/contests/contest_page.html"
    list_display = ("name", "year", "phase_now", "quiz_window", "video_window", "judging_window")
    search_fields = ("name",)
    search_help_text = _("Name; tones may be left out.")
    ordering = ("-year", "slug")
    list_filter = ("year",)
    filter_horizontal = ("organizers",)
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (
            _("Name and organ"),
            {"fields": ("name", "slug", "year", "parent_organ", "organizer_name", "organizers")},
        ),
        (
            _("Schedule"),
            {
                "description": _("The windows of the quizzes are set at the quizzes themselves."),
                "fields": (
                    "is_announced",
                    "announced_on",
                    "is_rehearsal",
                    "video_opens_at",
                    "video_closes_at",
                    "judging_opens_at",
                    "judging_closes_at",
                    "self_registration",
                ),
            },
        ),
        (
            _("Quiz and units"),
            {
                "fields": (
                    "quiz_weight",
                    "video_weight",
                    "unit_rule",
                    "unit_rule_n",
                    "turnout_target",
                    "min_participants",
                )
            },
        ),
        (
            _("Videos"),
            {
                "fields": (
                    "videos_per_unit",
                    "video_min_seconds",
                    "video_max_seconds",
                    "video_max_bytes",
                    "judge_aggregate",
                )
            },
        ),
        (
            _("Results and ties"),
            {
                "fields": (
                    "unit_chain",
                    "person_chain",
                    "video_chain",
                    "award_needs_both",
                    "objection_days",
                )
            },
        ),
        (_("Texts"), {"fields": ("contact", "notice", "consent_version")}),
    )

    @admin.display(description=_("phase"))
    def phase_now(self, contest: Contest) -> str:
        return str(contest.phase(timezone.now()).label)

    @admin.display(description=_("quiz"))
    def quiz_window(self, contest: Contest) -> str:
        window = contest.window_of_quizzes()
        return _window(*window) if window else "–"

    @admin.display(description=_("videos"), ordering="video_opens_at")
    def video_window(self, contest: Contest) -> str:
        return _window(contest.video_opens_at, contest.video_closes_at)

    @admin.display(description=_("judging"), ordering="judging_opens_at")
    def judging_window(self, contest: Contest) -> str:
        return _window(contest.judging_opens_at, contest.judging_closes_at)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("quizzes")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        if not search_term.strip():
            return queryset, False
        return found_by_text(queryset, search_term, "name", "slug"), False

    def contest_of(self, request: HttpRequest, obj: Any) -> Contest | None:
        return obj

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave the address to the first day and the organizers to superusers."""
        # What is stored decides: a posted form has changed the row in hand already.
        stored = Contest.objects.announced()
        fixed = ("slug",) if obj is not None and stored.filter(pk=obj.pk).exists() else ()
        return fixed if actor(request).is_superuser else (*fixed, "organizer_names")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if actor(request).is_superuser:
            return fieldsets
        named = ["organizer_names" if f == "organizers" else f for f in fieldsets[0][1]["fields"]]
        return [(fieldsets[0][0], {"fields": named}), *fieldsets[1:]]

    @admin.display(description=_("organizers"))
    def organizer_names(self, contest: Contest) -> str:
        return ", ".join(user.full_name for user in contest.organizers.order_by("full_name", "pk"))

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj is not None else dict(self.prepopulated_fields)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return admin.ModelAdmin.add_view(self, request, form_url, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        contest = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if contest is not None:
            now = database_now()
            more = {
                "title": contest.name,
                "phase": contest.phase(now),
                "parts": parts_of(contest),
                "frozen": contest.settings_are_frozen(now),
                "without_headcount": contest.units.filter(headcount=None).count()
                if rules_use_headcounts(contest.unit_rule, contest.unit_chain)
                else 0,
                "public_url": reverse("contest", args=[contest.slug]),
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def target_of(self, obj: Any) -> str:
        return "contest"

    def setting_target(self, obj: Any) -> str:
        return ""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<int:contest_id>/import/<str:kind>/",
                view(imports.import_page),
                name="contests_import",
            ),
            path(
                "<int:contest_id>/import/<str:kind>/template.xlsx",
                view(imports.template_page),
                name="contests_import_template",
            ),
            *super().get_urls(),
        ]


def _window(opens_at: Any, closes_at: Any) -> str:
    """Return "01/11/2020 – 30/11/2020"; the last day is one that is inside."""
    first = formats.date_format(timezone.localtime(opens_at), "SHORT_DATE_FORMAT")
    last = timezone.localtime(closes_at - dt.timedelta(seconds=1))
    return f"{first} – {formats.date_format(last, 'SHORT_DATE_FORMAT')}"


@admin.register(SettingChange)
class SettingChangeAdmin(OwnContestsAdmin):
    """What was changed after freezing, to be read (rules: C4)."""

    list_display = ("at", "contest", "target", "was", "became", "reason", "by")
    list_select_related = ("contest", "by")
    list_filter = (ContestFilter,)
    ordering = ("-at", "-pk")
    search_fields = ("target", "reason")
    fields = ("contest", "at", "by", "target", "was", "became", "reason")
    readonly_fields = fields

    @admin.display(description=_("before"))
    def was(self, change: SettingChange) -> str:
        return _shown(change.before)

    @admin.display(description=_("after"))
    def became(self, change: SettingChange) -> str:
        return _shown(change.after)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, dict):
        return ", ".join(str(item) for item in value.values())
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
