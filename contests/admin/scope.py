"""Who sees which rows in the administration: organizers those of their own contests only."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from accounts.throttle import client_address
from contests import names
from contests.admin.fields import MomentWidget
from contests.clock import database_now
from contests.freezing import changes_of, record_changes, values_of
from contests.models import Contest


def actor(request: HttpRequest) -> User:
    """Return who works in the administration; its pages let in nobody who is not signed in."""
    assert isinstance(request.user, User)
    return request.user


def own_contests(request: HttpRequest) -> models.QuerySet[Contest]:
    """Return the contests this person organizes, the newest first."""
    return Contest.objects.for_organizer(actor(request)).order_by("-year", "slug")


def found_by_text(rows: models.QuerySet[Any], text: str, *fields: str) -> models.QuerySet[Any]:
    """Return the rows with `text` in one of `fields`, tones aside; for short lists."""
    wanted = names.search_key(text)
    found = [
        pk
        for pk, *values in rows.order_by("pk").values_list("pk", *fields)
        if any(wanted in names.search_key(str(value or "")) for value in values)
    ]
    return rows.filter(pk__in=found)


def is_key(text: str) -> bool:
    """Whether `text` from an address can be a row's key: digits, not more than a key has."""
    return text.isascii() and text.isdecimal() and len(text) < 19


class ContestFilter(admin.SimpleListFilter):
    """The rows of one of the own contests; `path` leads from a row to its contest."""

    title = _("contest")
    parameter_name = "contest"
    path = "contest"

    @classmethod
    def by(cls, path: str) -> type[ContestFilter]:
        return type("ContestFilter", (cls,), {"path": path})

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(contest.pk), contest.name) for contest in own_contests(request)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if not value:
            return queryset
        return queryset.filter(**{self.path: value}) if is_key(value) else queryset.none()


class PartForm(forms.ModelForm):
    """A row of one contest, which is fixed before the form is shown. Made for one request."""

    contest: Contest | None = None
    frozen = False
    frozen_fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and hasattr(self.instance, "contest_id") and self.contest:
            self.instance.contest = self.contest
        if not self.frozen and "reason" in self.declared_fields:
            self.fields.pop("reason")
        for field in self.fields.values():
            # One page, one thing: other rows are added and changed on their own pages.
            for right in ("add", "change", "delete", "view"):
                if hasattr(field.widget, f"can_{right}_related"):
                    setattr(field.widget, f"can_{right}_related", False)

    def _get_validation_exclusions(self) -> set[str]:
        # The contest is not typed in, yet what is unique within it has to be looked at.
        return super()._get_validation_exclusions() - {"contest"}  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        touched = self.instance.pk is None or set(self.changed_data) & set(self.frozen_fields)
        if self.frozen and touched and not str(data.get("reason") or "").strip():
            self.add_error("reason", _("The quiz has opened: this change needs a reason."))
        return data


def reason_field() -> forms.CharField:
    """Return the field that appears once the first quiz has opened (rules: C4)."""
    return forms.CharField(
        label=_("Reason of the change"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=_(
            "The first quiz has opened: a change of what the result depends on needs a reason. It"
            " is kept, and printed with the results."
        ),
    )


def notices_of(*contests: Contest | None) -> list[str]:
    """Return what these contests say on every page, such as that figures are assumed."""
    said = {contest.notice for contest in contests if contest is not None}
    return sorted(said - {""})


class OwnContestsAdmin(admin.ModelAdmin):
    """Rows of the contests one organizes; a new row's contest is named in the page's address."""

    contest_path = "contest"
    # With these the form asks for a reason once the first quiz has opened (rules: C4).
    frozen_fields: tuple[str, ...] = ()
    formfield_overrides = {models.DateTimeField: {"widget": MomentWidget}}
    actions = None
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    show_full_result_count = True
    add_form_template = change_form_template = "admin/contests/change_form.html"
    change_list_template = "admin/contests/change_list.html"
    # What the page of the contest's name is imported by; a kind of `contests.importing`.
    import_kind = ""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.filter(**{f"{self.contest_path}__in": own_contests(request).order_by()})

    def get_list_display(self, request: HttpRequest) -> Any:
        """Leave the contest out where the whole list is one contest's: its name is above it."""
        columns = super().get_list_display(request)
        named = self.chosen_contest(request) is not None
        return [name for name in columns if not (named and name == "contest")]

    def contest_of(self, request: HttpRequest, obj: Any) -> Contest | None:
        """Return the contest of a row, for a new one the contest chosen for it."""
        if obj is None:
            return self.chosen_contest(request)
        for name in self.contest_path.split("__"):
            obj = obj if name == "pk" else getattr(obj, name)
        assert isinstance(obj, Contest)
        return obj

    def chosen_contest(self, request: HttpRequest) -> Contest | None:
        """Return the own contest named in the address or by the list's filter, or the only one."""
        own = own_contests(request)
        listed = parse_qs(request.GET.get("_changelist_filters", ""))
        wanted = request.GET.get("contest") or (listed.get("contest") or [""])[0]
        if wanted:
            return own.filter(pk=wanted).first() if is_key(wanted) else None
        found = list(own[:2])
        return found[0] if len(found) == 1 else None

    def is_frozen(self, request: HttpRequest, obj: Any) -> bool:
        contest = self.contest_of(request, obj)
        frozen = contest is not None and contest.settings_are_frozen(database_now())
        return bool(self.frozen_fields) and frozen

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        # The class was made for this request alone.
        form.contest = self.contest_of(request, obj)
        form.frozen = self.is_frozen(request, obj)
        form.frozen_fields = self.frozen_fields
        form.asker = actor(request)
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = list(super().get_fieldsets(request, obj))
        may = self.has_change_permission(request, obj)
        if may and self.is_frozen(request, obj) and "reason" in self.form.declared_fields:
            fieldsets.append((_("Change after the opening"), {"fields": ("reason",)}))
        return fieldsets

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        contest = self.chosen_contest(request)
        if contest is None:
            return choose_contest(request, title=gettext("Choose a contest"))
        more = {**(extra_context or {}), "of_contest": contest}
        more["notices"] = notices_of(contest)
        return super().add_view(request, f"?contest={contest.pk}", more)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        more = {**(extra_context or {})}
        if obj is not None:
            contest = self.contest_of(request, obj)
            more |= {"of_contest": contest, "title": str(obj), "notices": notices_of(contest)}
            more["subtitle"] = None
        return super().change_view(request, object_id, form_url, more)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        contest = self.chosen_contest(request)
        # A list of several contests says what each of them has to say.
        own = [contest] if contest else own_contests(request)
        more: dict[str, Any] = {"of_contest": contest, "notices": notices_of(*own)}
        if contest and self.import_kind and self.has_add_permission(request):
            more["import_url"] = reverse(
                "admin:contests_import", args=[contest.pk, self.import_kind]
            )
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Say in a sentence why a row cannot go, instead of a list of what holds it."""
        obj = self.get_object(request, object_id)
        if obj is not None and self.has_delete_permission(request, obj):
            *_rest, protected = self.get_deleted_objects([obj], request)
            if protected:
                messages.error(request, self.delete_refusal(obj))
                opts = self.opts
                return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", obj.pk)
        return super().delete_view(request, object_id, extra_context)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse once the first quiz has opened, where the result depends on the row (C4)."""
        may = super().has_delete_permission(request, obj)
        return may and not (obj is not None and self.is_frozen(request, obj))

    def delete_refusal(self, obj: Any) -> str:
        return gettext("“%(row)s” cannot be deleted: other rows depend on it.") % {"row": obj}

    def target_of(self, obj: Any) -> str:
        """Return what the log calls a row, without personal data."""
        return f"{self.opts.model_name} {obj.pk}"

    def setting_target(self, obj: Any) -> str:
        """Return what a change of a frozen field is printed under."""
        return self.target_of(obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = None
        if change and self.frozen_fields:
            before = self.frozen_values(type(obj)._default_manager.get(pk=obj.pk))
        self.store(request, obj, form, change)
        self.log(request, obj, "change" if change else "add", fields=form.changed_data)
        if not self.frozen_fields:
            return
        contest, after = self.contest_of(request, obj), self.frozen_values(obj)
        assert contest is not None
        record_changes(
            contest=contest,
            target=self.setting_target(obj),
            changes=changes_of(before, after, list(after)),
            frozen=form.frozen,
            reason=form.cleaned_data.get("reason") or "",
            by=actor(request),
            address=client_address(request),
            now=database_now(),
        )

    def frozen_values(self, obj: Any) -> dict[str, Any]:
        """Return what is kept of a row at a change, by the name it is printed under."""
        return values_of(obj, self.frozen_fields)

    def store(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write the row; a family with a verb of its own calls that."""
        obj.save()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.log(request, obj, "delete", fields=[])
        obj.delete()

    def log(self, request: HttpRequest, obj: Any, act: str, *, fields: list[str]) -> None:
        """Write an act of the stock pages to the audit log: which fields, not what they hold."""
        if act == "change" and not fields:
            return
        contest = self.contest_of(request, obj)
        audit.record(
            action=f"{self.opts.model_name}.{act}",
            target=self.target_of(obj),
            contest=contest.slug if contest else "",
            actor=actor(request),
            address=client_address(request),
            after={"fields": fields} if fields else None,
            now=database_now(),
        )


def own_page(request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    """Answer with a page of our own inside the admin's frame; never cached."""
    response = TemplateResponse(request, template, {**admin.site.each_context(request), **context})
    response.headers["Cache-Control"] = "no-store, private"
    return response


def choose_contest(request: HttpRequest, *, title: str) -> HttpResponse:
    """Ask for whose contest a new row is; the answer is in the address."""
    return own_page(
        request, "admin/contests/choose.html", title=title, contests=own_contests(request)
    )


def row_or_404(model_admin: OwnContestsAdmin, request: HttpRequest, pk: int) -> Any:
    """Return a row this organizer may change; 404 for another's, 403 without the right."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    return get_object_or_404(model_admin.get_queryset(request), pk=pk)
