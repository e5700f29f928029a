"""One judge's sheet of one video, as the pages and the saving by itself read it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from contests.models import Contest, Judge
from scoring.admin.desk import Line
from scoring.forms import MarkingForm, mark_text
from scoring.models import Mark, ScoreSheet
from scoring.models.criteria import STEP


def sheet_form(request: HttpRequest, line: Line, judge: Judge) -> MarkingForm:
    """Return the form of the judge's sheet, filled from a post where there is one."""
    criteria = list(judge.contest.criteria.order_by("order"))
    sheet = line.sheet or ScoreSheet(judge=judge, video=line.video)
    return MarkingForm(
        request.POST if request.method == "POST" else None,
        sheet=sheet,
        criteria=criteria,
        marks=stored_marks(line.sheet),
    )


def stored_marks(sheet: ScoreSheet | None) -> dict[int, Decimal]:
    """Return the marks of a sheet by criterion id."""
    if sheet is None:
        return {}
    return dict(Mark.objects.filter(sheet=sheet).values_list("criterion_id", "value"))


def why_locked(line: Line, contest: Contest, now: dt.datetime) -> str:
    """Return why a sheet can only be looked at, "" where marks are taken (rules: M6)."""
    if line.is_done or line.state == "preparing":
        return line.state
    return "" if contest.is_judging(now) else "closed"


def sheet_words(form: MarkingForm) -> dict[str, Any]:
    """Return what the templates show of a sheet and its form."""
    return {
        "form": form,
        "rows": form.rows(),
        "total": mark_text(form.total()),
        "decimal": mark_text(STEP)[1],
    }


def looked_over(request: HttpRequest) -> int:
    """Return the revision that was looked over before handing in; −1 where none was given out."""
    seen = request.POST.get("revision", "")
    return int(seen) if seen.isdecimal() and len(seen) < 10 else -1


def say_missing(request: HttpRequest, names: list[str]) -> None:
    """Say why an incomplete sheet was not handed in (rules: M2)."""
    text = _("Not handed in: no mark yet for %s. The draft is saved.")
    messages.error(request, text % ", ".join(names))


def say_changed(request: HttpRequest) -> None:
    """Say that the sheet is no longer the one that was looked over."""
    text = _("Another window has changed this sheet. Please look it over again.")
    messages.warning(request, text)


def say_unsettled(request: HttpRequest) -> None:
    """Say that nothing can be handed in before the criteria are right (rules: M1)."""
    text = _("The criteria do not sum to 100 points yet. Please tell the organizers.")
    messages.error(request, text)
