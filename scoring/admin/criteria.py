"""Criteria of the jury in the admin, frozen once judging opens (rules: M1, C4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.throttle import client_address
from contests.clock import database_now
from contests.models import Contest
from scoring.forms import ReasonForm, mark_text
from scoring.models import Criterion, Mark
from scoring.models.criteria import (
    FULL,
    STEP,
    default_criteria,
    record_criterion_change,
    use_default_criteria,
    values_of,
)

LIST = "admin:scoring_criterion_changelist"


def total_of(contest: Contest) -> Decimal:
    """Return the sum of the maxima of a contest's criteria."""
    found = contest.criteria.aggregate(total=models.Sum("max_marks"))["total"]
    return found or Decimal(0)


class CriterionForm(forms.ModelForm):
    """A criterion; after judging has opened a change needs a reason and must leave 100 points."""

    reason = forms.CharField(
        label=_("Reason of the change"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed once judging has opened; kept and printed with the results."),
    )

    class Meta:
        model = Criterion
        fields = ["contest", "key", "name", "description", "order", "max_marks"]
        localized_fields = ["max_marks"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if contest := self.fields.get("contest"):
            # One page, one thing: a contest is changed and made on its own page.
            for right in ("add", "change", "delete", "view"):
                setattr(contest.widget, f"can_{right}_related", False)

    def clean_max_marks(self) -> Decimal:
        most: Decimal = self.cleaned_data["max_marks"]
        if most % STEP:
            raise ValidationError(_("The maximum must be a multiple of 0.5."))
        given = Mark.objects.filter(criterion=self.instance.pk).aggregate(most=models.Max("value"))[
            "most"
        ]
        if given is not None and given > most:
            raise ValidationError(_("A judge has already given more points than this."))
        return most

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        # The contest of a stored criterion is read-only, hence not among the form's fields.
        contest = self.instance.contest if self.instance.pk else data.get("contest")
        most = data.get("max_marks")
        if contest is None or most is None:
            return data
        others = contest.criteria.exclude(pk=self.instance.pk)
        if others.filter(order=data.get("order")).exists():
            text = _("Another criterion of this contest has this place in the order.")
            raise ValidationError({"order": text})
        total = most + (others.aggregate(total=models.Sum("max_marks"))["total"] or 0)
        if total > FULL:
            text = _("The maxima of all criteria would sum to %s; they must sum to 100.")
            raise ValidationError({"max_marks": text % mark_text(total)})
        if contest.criteria_are_frozen(database_now()):
            self._clean_frozen(data, total)
        return data

    def _clean_frozen(self, data: dict[str, Any], total: Decimal) -> None:
        if total != FULL:
            text = _("Judging has opened: with this change the maxima must sum to exactly 100.")
            raise ValidationError({"max_marks": text})
        if not data.get("reason", "").strip():
            raise ValidationError({"reason": _("Judging has opened: a change needs a reason.")})


@admin.register(Criterion)
class CriterionAdmin(admin.ModelAdmin):
    """Criteria of the contests one organizes."""

    form = CriterionForm
    fields = ("contest", "key", "name", "description", "order", "max_marks", "reason")
    list_display = ("name", "contest", "order", "most")
    list_display_links = ("name",)
    list_filter = (("contest", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("contest",)
    search_fields = ("name",)
    ordering = ("contest__slug", "order")
    actions = None
    change_list_template = "admin/scoring/criterion/change_list.html"

    @admin.display(description=_("most marks"), ordering="max_marks")
    def most(self, criterion: Criterion) -> str:
        return mark_text(criterion.max_marks)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Criterion]:
        mine = Contest.objects.for_organizer(request.user)  # type: ignore[arg-type]
        return super().get_queryset(request).filter(contest__in=mine)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Criterion | None = None
    ) -> tuple[str, ...]:
        return ("contest", "key") if obj else ()

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "contest":
            mine = Contest.objects.for_organizer(request.user)  # type: ignore[arg-type]
            kwargs["queryset"] = mine.order_by("-year", "slug")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Criterion | None = None) -> bool:
        """Refuse once judging has opened: sheets may already hold a mark for it (C4)."""
        frozen = obj is not None and obj.contest.criteria_are_frozen(database_now())
        return not frozen and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Criterion, form: Any, change: bool) -> None:
        before = values_of(Criterion.objects.get(pk=obj.pk)) if change else None
        super().save_model(request, obj, form, change)
        self._record(request, obj, before, values_of(obj), form.cleaned_data["reason"])
        self._warn(request, obj.contest)

    def delete_model(self, request: HttpRequest, obj: Criterion) -> None:
        self._record(request, obj, values_of(obj), None, "")
        super().delete_model(request, obj)
        self._warn(request, obj.contest)

    def _record(self, request: HttpRequest, obj: Criterion, *values: Any) -> None:
        before, after, reason = values
        if before == after:
            return
        record_criterion_change(
            criterion=obj,
            before=before,
            after=after,
            by=request.user,  # type: ignore[arg-type]
            reason=reason,
            address=client_address(request),
            now=database_now(),
        )

    def _warn(self, request: HttpRequest, contest: Contest) -> None:
        if (total := total_of(contest)) != FULL:
            text = gettext(
                "The maxima of “%(contest)s” sum to %(total)s now; no sheet can be handed in before"
                " they sum to 100."
            )
            messages.warning(request, text % {"contest": contest, "total": mark_text(total)})

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        mine = Contest.objects.for_organizer(request.user)  # type: ignore[arg-type]
        without = mine.filter(criteria=None).order_by("-year", "slug")
        may = self.has_add_permission(request)
        return super().changelist_view(
            request, {**(extra_context or {}), "without_criteria": without if may else []}
        )

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "default/<slug:slug>/",
            self.admin_site.admin_view(self.default_view),
            name="scoring_criterion_default",
        )
        return [own, *super().get_urls()]

    def default_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Offer the default criteria for a contest without any (rules: M1)."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return default_page(request, slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
def default_page(request: HttpRequest, *, slug: str) -> HttpResponse:
    """Show the default criteria and store them on a post, with a reason after freezing (C4)."""
    now = database_now()
    mine = Contest.objects.for_organizer(request.user).filter(criteria=None)  # type: ignore[arg-type]
    contest = get_object_or_404(mine, slug=slug)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    form.fields["reason"].required = contest.criteria_are_frozen(now)
    criteria = default_criteria(contest)
    if request.method == "POST" and form.is_valid():
        use_default_criteria(
            contest=contest,
            by=request.user,  # type: ignore[arg-type]
            reason=form.cleaned_data["reason"],
            address=client_address(request),
            now=now,
        )
        messages.success(request, gettext("The default criteria are in use."))
        return redirect(LIST)
    return TemplateResponse(
        request,
        "admin/scoring/criterion/default.html",
        {
            **admin.site.each_context(request),
            "title": gettext("Use the default criteria"),
            "contest": contest,
            "criteria": [(c, mark_text(Decimal(c.max_marks))) for c in criteria],
            "frozen": contest.criteria_are_frozen(now),
            "form": form,
        },
    )
