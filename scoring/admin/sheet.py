"""One judge's sheet of one video, as the pages and the saving by itself read it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.http import HttpRequest

from contests.models import Contest, Judge
from scoring.admin.desk import Line
from scoring.forms import MarkingForm
from scoring.models import Mark, ScoreSheet


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
