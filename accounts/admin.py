"""Accounts and the audit log in the administration.

An organizer looks after judges and coordinators of the own contests only: whoever could set the
password of somebody with rights elsewhere would have those rights.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.db.models import Count, F, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts import acts, audit, throttle
from accounts.forms import StaffChangeForm, StaffCreationForm
from accounts.models import AuditEntry, User
from accounts.roles import JUDGE, ORGANIZER

# Roles have their permissions by migration, never by hand.
admin.site.unregister(Group)


def _actor(request: HttpRequest) -> User:
    """Return who works in the administration; its pages let in nobody who is not signed in."""
    assert isinstance(request.user, User)
    return request.user


def _with_password(users: QuerySet[User]) -> QuerySet[User]:
    """Everybody but participants, who have no password."""
    return users.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def manageable(users: QuerySet[User], *, by: User) -> QuerySet[User]:
    """Return the accounts `by` may change: all for a superuser.

    Organizers: judges and coordinators without a seat or unit in a contest of somebody else,
    never the own account, another organizer's, a superuser's or a participant's. An account without
    any seat or unit is its maker's: whoever else set its password could wait for what it is given.
    """
    if by.is_superuser:
        return users
    own = list(by.organized_contests.values_list("pk", flat=True))
    creations = AuditEntry.objects.filter(action="user.created", actor=by)
    made = [after.get("user") for after in creations.values_list("after", flat=True) if after]
    return (
        _with_password(users)
        .filter(is_superuser=False, user_permissions=None, organized_contests=None)
        .exclude(pk=by.pk)
        .exclude(groups__name=ORGANIZER)
        .annotate(
            seats=Count("judgeships", distinct=True),
            own_seats=Count("judgeships", Q(judgeships__contest__in=own), distinct=True),
            units=Count("coordinated_units", distinct=True),
            own_units=Count(
                "coordinated_units", Q(coordinated_units__contest__in=own), distinct=True
            ),
        )
        .filter(seats=F("own_seats"), units=F("own_units"))
        .filter(Q(seats__gt=0) | Q(units__gt=0) | Q(pk__in=made))
    )


def visible(users: QuerySet[User], *, by: User) -> QuerySet[User]:
    """Return the accounts `by` may look at: also fellow organizers, judges shared with others."""
    if by.is_superuser:
        return users
    own = list(by.organized_contests.values_list("pk", flat=True))
    return users.filter(
        Q(pk=by.pk)
        | Q(pk__in=manageable(User.objects.all(), by=by).values("pk"))
        | Q(pk__in=User.objects.filter(organized_contests__in=own).values("pk"))
        | Q(pk__in=User.objects.filter(judgeships__contest__in=own).values("pk"))
        | Q(pk__in=User.objects.filter(coordinated_units__contest__in=own).values("pk"))
    )


def _folded(text: str) -> str:
    """Lower case without tones, đ as d: how people search."""
    parts = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in parts if unicodedata.category(c) != "Mn")


class RoleFilter(admin.SimpleListFilter):
    """Accounts by what they may do."""

    title = _("role")
    parameter_name = "role"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, Any]]:
        return [
            (ORGANIZER, _("Organizer")),
            (JUDGE, _("Judge")),
            ("coordinator", _("Coordinator")),
            *([("participant", _("Participant"))] if request.user.is_superuser else []),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        value = self.value()
        if value in (ORGANIZER, JUDGE):
            return queryset.filter(groups__name=value)
        if value == "coordinator":
            return _with_password(queryset).filter(is_staff=False)
        if value == "participant":
            return queryset.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        return queryset


@admin.register(User)
class StaffAdmin(UserAdmin):
    """Accounts of judges and coordinators, made by organizers; superusers see everybody."""

    form = StaffChangeForm
    add_form = StaffCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "role_names", "phone", "is_active")
    list_filter = (RoleFilter, "is_active")
    search_fields = ("username", "full_name", "phone", "staff_code", "email")
    search_help_text = _("Name, sign-in name, phone or staff code; tones may be left out.")
    ordering = ("-is_staff", "username")
    add_form_template = None
    filter_horizontal = ()
    readonly_fields = ("password_page",)
    fieldsets = (
        (None, {"fields": ("username", "full_name")}),
        (_("How to reach and recognise"), {"fields": ("phone", "staff_code", "email")}),
        (_("Rights"), {"fields": ("roles", "is_active", "password_page")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "full_name", "password1", "password2")}),
        (_("How to reach and recognise"), {"fields": ("phone", "staff_code", "email")}),
        (_("Rights"), {"fields": ("roles",)}),
    )

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        if user.is_superuser:
            return str(_("Administrator"))
        names = {group.name for group in user.groups.all()}
        roles = [
            str(label)
            for role, label in ((ORGANIZER, _("Organizer")), (JUDGE, _("Judge")))
            if role in names
        ]
        if not roles:
            staff = not user.password.startswith(UNUSABLE_PASSWORD_PREFIX)
            roles = [str(_("Coordinator") if staff else _("Participant"))]
        return ", ".join(roles)

    @admin.display(description=_("password"))
    def password_page(self, user: User) -> str:
        return format_html('<a href="../password/">{}</a>', _("Set a new password"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users = super().get_queryset(request).prefetch_related("groups")
        return visible(users, by=_actor(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Search as ever, and staff by name without tones (participants: in their own list)."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        wanted = _folded(search_term.strip())
        if not wanted:
            return found, duplicates
        named = [
            pk
            for pk, name in _with_password(queryset).values_list("pk", "full_name")
            if wanted in _folded(name)
        ]
        return queryset.filter(Q(pk__in=found.values("pk")) | Q(pk__in=named)), False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return (
            obj is None
            or manageable(User.objects.all(), by=_actor(request)).filter(pk=obj.pk).exists()
        )

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[User]]:
        """Let organizers appoint judges only; organizers are appointed by a superuser."""
        form = super().get_form(request, obj, change=change, **kwargs)
        # The class was made for this request alone.
        form.may_appoint_organizers = request.user.is_superuser  # type: ignore[attr-defined]
        return form

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Show the roles as words to those who may only look."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (
                _("Rights"),
                {"fields": ("role_names", "is_active")},
            )
            if "roles" in options["fields"]
            else (title, options)
            for title, options in fieldsets
        ]

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool
    ) -> None:
        roles = form.cleaned_data.get("roles", [])
        obj.is_staff = obj.is_superuser or bool(roles)
        super().save_model(request, obj, form, change)
        before = sorted(obj.groups.values_list("name", flat=True))
        staff_roles = Group.objects.filter(name__in=(ORGANIZER, JUDGE))
        obj.groups.remove(*staff_roles.exclude(name__in=roles))
        obj.groups.add(*staff_roles.filter(name__in=roles))
        audit.record(
            action="user.changed" if change else "user.created",
            target=f"user {obj.username}",
            actor=_actor(request),
            address=throttle.client_address(request),
            before={"roles": before},
            after={
                "user": obj.pk,
                "roles": sorted(roles),
                "active": obj.is_active,
                "fields": form.changed_data,
            },
            now=timezone.now(),
        )

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002
        form_url: str = "",
    ) -> HttpResponse:
        """Set somebody's password; it ends that person's sessions and is logged."""
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            user = self.get_object(request, id)
            if user is not None:
                audit.record(
                    action="user.password_set",
                    target=f"user {user.username}",
                    actor=_actor(request),
                    address=throttle.client_address(request),
                    now=timezone.now(),
                )
        return response


class ActFilter(admin.SimpleListFilter):
    """Entries of one kind of act; offered are the kinds that occur."""

    title = _("act")
    parameter_name = "act"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, Any]]:
        entries = model_admin.get_queryset(request).order_by()
        found = entries.values_list("action", flat=True).distinct()
        return sorted(((code, acts.in_words(code)) for code in found), key=lambda act: act[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> Any:
        value = self.value()
        if not value:
            return queryset
        known = {code for code, _words in self.lookup_choices}
        return queryset.filter(action=value) if value in known else queryset.none()


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    """The audit log, to be read: an organizer's own contests, everything for a superuser.

    Of a contest one judges, only what one did oneself: the log tells what became of others' sheets
    (rules: M4).
    """

    list_display = ("at", "actor_name", "act", "target", "reason")
    list_filter = (ActFilter, "contest", "at")
    search_fields = ("target", "actor_name", "action", "reason")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")
    list_per_page = 50
    fields = (
        "at",
        "actor_name",
        "address",
        "act",
        "contest",
        "target",
        "state_before",
        "state_after",
        "reason",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        entries = super().get_queryset(request)
        actor = _actor(request)
        judged = Q(contest__in=actor.judgeships.values("contest__slug"))
        of_others = ~judged
        if not actor.is_superuser:
            of_others &= Q(contest__in=actor.organized_contests.values("slug"))
        return entries.filter(of_others | Q(actor=actor))

    @admin.display(description=_("act"), ordering="action")
    def act(self, entry: AuditEntry) -> str:
        return acts.in_words(entry.action)

    @admin.display(description=_("before"))
    def state_before(self, entry: AuditEntry) -> str:
        return _pretty(entry.before)

    @admin.display(description=_("after"))
    def state_after(self, entry: AuditEntry) -> str:
        return _pretty(entry.after)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _pretty(value: Any) -> str:
    if value is None:
        return "–"
    return format_html("<pre>{}</pre>", json.dumps(value, ensure_ascii=False, indent=2))
