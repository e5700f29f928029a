"""What a question's page says of its mended keys, and the way to mend one (rules: Q12)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contests.models import KeyChange, Question


def context_of(request: HttpRequest, question: Question | None) -> dict[str, Any]:
    """Return the links and sentences for who may mend keys: every version has a key of its own."""
    if question is None or not request.user.has_perm("contests.add_keychange"):
        return {}
    versions = Question.objects.filter(
        contest=question.contest_id, is_practice=question.is_practice, number=question.number
    )
    found = list(versions.order_by("-version"))
    made = KeyChange.objects.filter(question__in=[version.pk for version in found])
    return {
        "tools": [(_tool(version, len(found)), _address(version)) for version in found],
        "warnings": [
            _said(change)
            for change in made.select_related("question", "choice", "by").order_by("at", "pk")
        ],
    }


def _address(version: Question) -> str:
    return reverse("admin:contests_keychange_mend", args=[version.pk])


def _tool(version: Question, versions: int) -> str:
    if versions == 1:
        return _("Mend a wrong key")
    return _("Mend the key of version %(version)s") % {"version": version.version}


def _said(change: KeyChange) -> str:
    choice = f" ({change.choice})" if change.choice else ""
    return _("Version %(version)s, %(time)s, %(name)s: %(change)s. Reason: %(reason)s") % {
        "version": change.question.version,
        "time": formats.date_format(timezone.localtime(change.at), "H:i d/m/Y"),
        "name": change.by,
        "change": capfirst(change.get_kind_display()) + choice,
        "reason": change.reason,
    }
