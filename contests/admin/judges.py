"""The panel: judges of a contest and their conflicts of interest (rules: P4, M3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin import visible
from accounts.models import User
from accounts.roles import JUDGE
from contests.admin.scope import ContestFilter, OwnContestsAdmin, PartForm, found_by_text
from contests.clock import database_now
from contests.models import Conflict, Contest, Judge, Unit


def judging_has_closed(contest: Contest) -> bool:
    """Whether nothing may change any more which sheets count (rules: M6)."""
    return contest.judging_closes_at <= database_now()


def blocks_field(contest: Contest, judge: Judge) -> forms.MultipleChoiceField:
    """Return the choice among the contest's blocks, and those of the judge that are gone."""
    named = contest.units.exclude(block="").values_list("block", flat=True)
    blocks = sorted({*named, *judge.blocks})
    return forms.MultipleChoiceField(
        label=capfirst(_("blocks to mark")),
        choices=[(block, block) for block in blocks],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "For a panel in groups: this judge marks only the videos of units of these blocks."
            " Without a choice, those of all units."
        )
        if blocks
        else _("The units of this contest have no blocks; every judge marks all videos."),
    )


class JudgeForm(PartForm):
    """A seat on the panel; nobody organizes and judges one contest (rules: P4)."""

    asker: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contest = self.contest
        assert contest is not None
        if "user" in self.fields:
            judges = User.objects.filter(is_active=True, groups__name=JUDGE)
            found = visible(judges, by=self.asker).order_by("full_name", "pk").distinct()
            self.fields["user"].queryset = found  # type: ignore[attr-defined]
            self.fields["user"].help_text = _(
                "Accounts with the role of judge; a new one is made under “Accounts”."
            )
        if "unit" in self.fields:
            self.fields["unit"].queryset = contest.units.order_by("code")  # type: ignore[attr-defined]
        if "blocks" in self.fields:
            self.fields["blocks"] = blocks_field(contest, self.instance)

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        assert self.contest is not None
        if self.contest.organizers.filter(pk=user.pk).exists():
            raise ValidationError(
                _("%(name)s organizes this contest and cannot judge it.") % {"name": user}
            )
        return user

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        user, contest = data.get("user", getattr(self.instance, "user", None)), self.contest
        if user is None or contest is None or "unit" not in self.fields:
            return data
        led = contest.units.filter(coordinator=user)
        if led.exists() and data.get("unit") not in led:
            self.add_error(
                "unit",
                _("%(name)s is the coordinator of %(unit)s: choose it as the own unit.")
                % {"name": user, "unit": led.order_by("code")[0]},
            )
        return data


def _is_settled(judge: Judge | None) -> bool:
    return judge is not None and judging_has_closed(judge.contest)


@admin.register(Judge)
class JudgeAdmin(OwnContestsAdmin):
    """The panel of each contest."""

    form = JudgeForm
    fields = ("user", "unit", "is_chair", "blocks")
    list_display = ("user", "unit", "is_chair", "marked", "contest")
    list_filter = (ContestFilter,)
    list_select_related = ("user", "unit", "contest")
    search_fields = ("user__full_name",)
    search_help_text = _("Name; tones may be left out.")
    ordering = ("contest__slug", "user__full_name", "pk")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        return found_by_text(queryset, search_term, "user__full_name", "unit__name"), False

    @admin.display(description=_("blocks to mark"))
    def marked(self, judge: Judge) -> str:
        return ", ".join(judge.blocks) or gettext("all")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.fields[:-1], "marked") if _is_settled(obj) else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        # These decide which sheets count and are waited for: fixed once judging has closed (M6).
        return ("user", "unit", "marked") if _is_settled(obj) else ("user",)

    def delete_refusal(self, obj: Judge) -> str:
        return gettext(
            "%(name)s has score sheets and cannot be removed from the panel. The chair may excuse"
            " a judge from single sheets."
        ) % {"name": obj}


class ConflictForm(PartForm):
    """A conflict of a judge with a unit of the same contest."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contest = self.contest
        assert isinstance(contest, Contest)
        if "judge" in self.fields:
            judges = Judge.objects.filter(contest=contest).select_related("user")
            self.fields["judge"].queryset = judges.order_by("user__full_name", "pk")  # type: ignore[attr-defined]
        if "unit" in self.fields:
            units = Unit.objects.filter(contest=contest).order_by("code")
            self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        assert isinstance(self.contest, Contest)
        if self.instance.pk is None and judging_has_closed(self.contest):
            raise ValidationError(
                _("Judging is closed; conflicts that change what counts are no longer taken.")
            )
        data: dict[str, Any] = super().clean() or self.cleaned_data
        return data


@admin.register(Conflict)
class ConflictAdmin(OwnContestsAdmin):
    """Declared conflicts; a sheet of a judge in conflict does not count (rules: M2, M3)."""

    form = ConflictForm
    contest_path = "judge__contest"
    fields = ("judge", "unit", "reason")
    list_display = ("judge_name", "unit", "reason", "declared_at")
    list_filter = (ContestFilter.by("judge__contest"),)
    list_select_related = ("judge__user", "judge__contest", "unit")
    search_fields = ("judge__user__full_name",)
    ordering = ("judge__user__full_name", "unit__code", "pk")

    @admin.display(description=_("judge"), ordering="judge__user__full_name")
    def judge_name(self, conflict: Conflict) -> str:
        return conflict.judge.user.full_name

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        return found_by_text(queryset, search_term, "judge__user__full_name", "unit__name"), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("judge", "unit") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Conflict | None = None) -> bool:
        if obj is not None and judging_has_closed(obj.judge.contest):
            return False
        return super().has_delete_permission(request, obj)

    def store(self, request: HttpRequest, obj: Conflict, form: Any, change: bool) -> None:
        if not change:
            obj.declared_at = database_now()
        obj.save()
