"""The award plan in the admin: tiers in their order, frozen with the first quiz (rules: A1, C4)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.throttle import client_address
from contests.admin.decisions import DecisionForm
from contests.admin.scope import (
    ContestFilter,
    OwnContestsAdmin,
    PartForm,
    actor,
    own_page,
    reason_field,
    row_or_404,
)
from contests.clock import database_now
from contests.freezing import changes_of, record_changes
from scoring.models import AwardTier

FROZEN_FIELDS = ("scope", "quiz", "order", "name", "count")


class TierForm(PartForm):
    """A tier; places in the order are counted for each ranking by itself."""

    reason = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.contest is not None
        quizzes = self.contest.quizzes.ranked().order_by("opens_at", "pk")
        if "quiz" in self.fields:
            self.fields["quiz"].queryset = quizzes  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        assert self.contest is not None
        scope, quiz = data.get("scope"), data.get("quiz")
        if scope is None or data.get("order") is None:
            return data
        if (scope == "person") != (quiz is not None):
            raise ValidationError({"quiz": _("Awards to people, and only they, name a quiz.")})
        same = AwardTier.objects.filter(
            contest=self.contest, scope=scope, quiz=quiz, order=data["order"]
        )
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError(
                {"order": _("Another tier of this ranking has this place in the order.")}
            )
        return data


@admin.register(AwardTier)
class AwardTierAdmin(OwnContestsAdmin):
    """Tiers of the own contests, ranking by ranking."""

    form = TierForm
    frozen_fields = FROZEN_FIELDS
    fieldsets = ((None, {"fields": ("scope", "quiz", "order", "name", "count")}),)
    list_display = ("name", "count", "scope", "quiz", "order", "contest")
    list_filter = (ContestFilter, "scope")
    list_select_related = ("quiz", "contest")
    ordering = ("contest__slug", "scope", "quiz__slug", "order", "pk")

    def target_of(self, obj: AwardTier) -> str:
        ranking = f"{obj.scope} {obj.quiz.slug}" if obj.quiz else obj.scope
        return f"award {ranking} {obj.order}"

    def frozen_values(self, obj: AwardTier) -> dict[str, Any]:
        """Keep a tier as one line, "1. Giải Nhất: 1", under the name of its ranking."""
        return {"": f"{obj.order}. {obj.name}: {obj.count}"}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Once frozen a tier goes with a reason, on a page that asks for one (rules: C4)."""
        tier = self.get_object(request, object_id)
        if tier is not None and self.is_frozen(request, tier):
            return redirect("admin:scoring_awardtier_remove", tier.pk)
        return super().delete_view(request, object_id, extra_context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.remove_page)
        return [
            path("<int:pk>/remove/", view, name="scoring_awardtier_remove"),
            *super().get_urls(),
        ]

    def remove_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason and take the tier out of the frozen plan on a post."""
        tier: AwardTier = row_or_404(self, request, pk)
        form = DecisionForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            self._remove(request, tier, form)
            return redirect(
                reverse("admin:scoring_awardtier_changelist") + f"?contest={tier.contest_id}"
            )
        return own_page(
            request,
            "admin/contests/decision.html",
            title=gettext("Remove from the award plan"),
            subtitle=str(tier),
            contest=tier.contest,
            act={
                "effect": gettext("The change is printed with the results."),
                "button": gettext("Remove"),
                "takes_away": True,
            },
            form=form,
            back=reverse("admin:scoring_awardtier_change", args=[tier.pk]),
        )

    @transaction.atomic
    def _remove(self, request: HttpRequest, tier: AwardTier, form: forms.Form) -> None:
        record_changes(
            contest=tier.contest,
            target=self.target_of(tier),
            changes=changes_of(self.frozen_values(tier), None, [""]),
            frozen=self.is_frozen(request, tier),
            reason=form.cleaned_data["reason"],
            by=actor(request),
            address=client_address(request),
            now=database_now(),
        )
        self.delete_model(request, tier)
