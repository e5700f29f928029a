"""The form of one person of a contest, and the list's filter by what is to be done (P3, P4)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from contests.admin.numbers import clean_phone, clean_staff_code
from contests.admin.scope import PartForm, own_contests
from contests.models import Attempt, Flag, Participant, Unit
from contests.models.starting import is_barred


class PersonForm(PartForm):
    """A person of the contest; numbers are compared as they are stored (rules: P3, P4)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "unit" in self.fields:
            assert self.contest is not None
            units = self.contest.units.order_by("code")
            self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        return self._once("phone", clean_phone(self.cleaned_data["phone"]))

    def clean_staff_code(self) -> str:
        return self._once("staff_code", clean_staff_code(self.cleaned_data["staff_code"]))

    def _once(self, field: str, value: str) -> str:
        assert self.contest is not None
        if value:
            others = self.contest.participants.exclude(pk=self.instance.pk)
            if other := others.filter(**{field: value}).first():
                raise ValidationError(
                    _("%(name)s, number %(number)s, takes part with this already.")
                    % {"name": other.full_name, "number": other.number}
                )
        return value

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        numbers = {name: data.get(name, "") for name in ("phone", "staff_code")}
        if not any(numbers.values()):
            if not set(numbers) & set(self.errors):
                raise ValidationError(_("A phone number or a staff code is needed."))
            return data
        if is_barred(Participant(contest=self.contest, **numbers)):
            raise ValidationError(
                _("This person may not take part: organizer, judge, or on the exclusion list.")
            )
        return data


class BlockFilter(admin.SimpleListFilter):
    """People by the block of their unit; the stock filter would name blocks of every contest."""

    title = _("block")
    parameter_name = "block"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        own = Unit.objects.filter(contest__in=own_contests(request).order_by()).exclude(block="")
        blocks = own.order_by("block").values_list("block", flat=True).distinct()
        return [(block, block) for block in blocks]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(unit__block=self.value()) if self.value() else queryset


class PersonStateFilter(admin.SimpleListFilter):
    """People by what is to be done about them."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("waiting", _("not confirmed yet")),
            ("finished", _("has finished")),
            ("not_started", _("has not started")),
            ("flagged", _("to look at")),
            ("out", _("disqualified")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        ranked = Attempt.objects.ranked()
        finished = ranked.finished().values("participant")
        conditions = {
            "waiting": Q(confirmed_at=None),
            "finished": Q(pk__in=finished),
            "not_started": ~Q(pk__in=ranked.values("participant")),
            "flagged": Q(pk__in=Flag.objects.filter(settled_at=None).values("participant")),
            "out": ~Q(disqualified_reason=""),
        }
        value = self.value()
        return queryset.filter(conditions[value]) if value in conditions else queryset
