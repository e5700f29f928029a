"""By what an organizer narrows the list of videos."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from media_uploads import cautions
from media_uploads.models import VideoQuerySet, VideoSubmission


class StateFilter(admin.SimpleListFilter):
    """What became of a version: the worker's state, or what people decided since."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        states = [(str(value), str(label)) for value, label in VideoSubmission.State.choices]
        return [
            ("counted", gettext("counts now")),
            *states,
            ("declined", gettext("refused by the organizer")),
            ("withdrawn", gettext("withdrawn by the unit")),
            ("asked", gettext("a new version is asked for")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any] | None:
        chosen = self.value()
        decided: dict[str | None, dict[str, Any]] = {
            "counted": {"pk__in": VideoSubmission.objects.counted().values("pk")},
            "declined": {"refused_at__isnull": False},
            "withdrawn": {"withdrawn_at__isnull": False},
            "asked": {"asked_at__isnull": False},
        }
        if chosen in decided:
            return queryset.filter(**decided[chosen])
        if chosen in VideoSubmission.State.values:
            return queryset.filter(state=chosen, refused_at=None, withdrawn_at=None)
        return None


class WarningFilter(admin.SimpleListFilter):
    """Videos with one kind of warning."""

    title = _("warning")
    parameter_name = "warning"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, str(label)) for code, label in cautions.SHORT.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> VideoQuerySet | None:
        code = self.value()
        return cautions.having(queryset, code) if code in cautions.SHORT else None


class GalleryFilter(admin.SimpleListFilter):
    """What the gallery needs: the unit's agreement and an organizer's approval."""

    title = _("gallery")
    parameter_name = "gallery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("yes", pgettext("gallery", "approved")),
            ("waiting", pgettext("gallery", "to be approved")),
            ("never", pgettext("gallery", "the unit does not agree")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> VideoQuerySet | None:
        chosen = self.value()
        if chosen == "yes":
            return queryset.filter(in_gallery=True, may_be_shown=True)
        if chosen == "waiting":
            return queryset.accepted().watchable().filter(in_gallery=False, may_be_shown=True)
        return queryset.filter(may_be_shown=False) if chosen == "never" else None
