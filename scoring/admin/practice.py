"""The judge's practice video: the marking page as it is, and nothing of it counts.

What is typed stays in the session (`practice_sheet.py`); no row of any table is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contests.clock import database_now
from contests.models import Judge
from scoring.admin.practice_sheet import PracticeSheet
from scoring.admin.sheet import (
    looked_over,
    say_changed,
    say_missing,
    say_unsettled,
    sheet_words,
)
from scoring.forms import MarkingForm
from scoring.models import CriteriaUnsettled, SheetChangedElsewhere, SheetIncomplete

LIST = "admin:scoring_scoresheet_changelist"
PRACTICE = "admin:scoring_scoresheet_practice"
SAVE = "admin:scoring_scoresheet_practice_save"
CONFIRM = "admin:scoring_scoresheet_practice_confirm"


def practised(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give a view the judge's seat in the contest of the address, or 404, and the sheet."""

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str) -> HttpResponse:
        seats = request.user.judgeships.select_related("contest")  # type: ignore[union-attr]
        judge = get_object_or_404(seats, contest__slug=slug)
        sheet = PracticeSheet.of(request.session, judge.contest)
        return view(request, judge=judge, sheet=sheet, now=database_now())

    return wrapped


def practised_now(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lead to the list, with a sentence, where there is nothing to practise."""

    @wraps(view)
    def wrapped(
        request: HttpRequest, *, judge: Judge, sheet: PracticeSheet, now: dt.datetime
    ) -> HttpResponse:
        if why := _why_over(judge, sheet, now):
            messages.error(request, why)
            return redirect(LIST)
        return view(request, judge=judge, sheet=sheet, now=now)

    return practised(wrapped)


def _why_over(judge: Judge, sheet: PracticeSheet, now: dt.datetime) -> str:
    """Return why nobody practises in this contest now, "" where one may: also before it opens."""
    if now >= judge.contest.judging_closes_at:
        return _("Judging is closed; there is nothing to practise for any more.")
    if not sheet.criteria:
        return _("The contest has no criteria yet; one can practise as soon as it has.")
    return ""


def _form(request: HttpRequest, sheet: PracticeSheet) -> MarkingForm:
    return MarkingForm(
        request.POST if request.method == "POST" else None,
        sheet=sheet,
        criteria=sheet.criteria,
        marks=sheet.marks,
    )


def _page(
    request: HttpRequest, name: str, judge: Judge, context: dict[str, Any]
) -> TemplateResponse:
    return TemplateResponse(
        request,
        f"admin/scoring/{name}.html",
        {**admin.site.each_context(request), "contest": judge.contest, **context},
    )


def _to(name: str, judge: Judge) -> HttpResponseRedirect:
    return redirect(name, slug=judge.contest.slug)


@practised_now
@require_http_methods(["GET", "HEAD", "POST"])
def practice_page(
    request: HttpRequest, *, judge: Judge, sheet: PracticeSheet, now: dt.datetime
) -> HttpResponse:
    """The player beside the criteria, as for a real video; after handing in, the total."""
    if "_again" in request.POST:
        # From an old window, while a new round goes on, it empties nothing.
        if sheet.is_handed_in:
            sheet.begin_again()
        return _to(PRACTICE, judge)
    if sheet.is_handed_in:
        return _done(request, judge, sheet)
    form = _form(request, sheet)
    if request.method == "POST" and form.is_valid():
        try:
            sheet.save_draft(**form.draft(), now=now)
            return _after_save(request, judge)
        except SheetChangedElsewhere:
            if form.is_unchanged():
                return _after_save(request, judge)
            form.show_other_window(sheet=sheet, marks=sheet.marks)
    context = {
        "title": _("Practise marking"),
        **sheet_words(form),
        "sheet_id": f"practice-{judge.pk}",
        "saved_at": sheet.saved_at,
        "save_url": reverse(SAVE, args=[judge.contest.slug]),
    }
    response = _page(request, "practice", judge, context)
    response.status_code = 200 if form.other is None else 409
    return response


def _done(request: HttpRequest, judge: Judge, sheet: PracticeSheet) -> HttpResponse:
    """Show the sheet that was handed in; another window's post changes nothing of it."""
    form = MarkingForm(sheet=sheet, criteria=sheet.criteria, marks=sheet.marks)
    context = {
        "title": _("Practise marking"),
        **sheet_words(form),
        "lost": request.method == "POST",
    }
    response = _page(request, "practice_done", judge, context)
    response.status_code = 409 if context["lost"] else 200
    return response


def _after_save(request: HttpRequest, judge: Judge) -> HttpResponseRedirect:
    if "_submit" in request.POST:
        return _to(CONFIRM, judge)
    messages.success(request, _("The draft of “%s” is saved.") % _("Practice video"))
    return _to(PRACTICE, judge)


@practised
@require_POST
def practice_save(
    request: HttpRequest, *, judge: Judge, sheet: PracticeSheet, now: dt.datetime
) -> JsonResponse:
    """Keep the fields that are right and say so, in the words of `autosave.save`."""
    if sheet.is_handed_in:
        return JsonResponse({"error": "submitted"}, status=410)
    if _why_over(judge, sheet, now):
        return JsonResponse({"error": "closed"}, status=410)
    form = _form(request, sheet)
    form.is_valid()
    try:
        sheet.save_draft(**form.valid_part(), now=now)
    except SheetChangedElsewhere:
        # Sent once more because the first answer was lost: it is kept already.
        if not (form.is_valid() and form.is_unchanged()):
            return JsonResponse({"error": "elsewhere"}, status=409)
    errors = {name: found[0] for name, found in form.errors.items()}
    return JsonResponse({"revision": sheet.revision, "saved_at": sheet.saved_at, "errors": errors})


@practised_now
@require_http_methods(["GET", "HEAD", "POST"])
def practice_confirm(
    request: HttpRequest, *, judge: Judge, sheet: PracticeSheet, now: dt.datetime
) -> HttpResponse:
    """A look over the kept sheet before it is handed in, as for a real one."""
    form = MarkingForm(sheet=sheet, criteria=sheet.criteria, marks=sheet.marks)
    if sheet.is_handed_in:
        return _to(PRACTICE, judge)
    if missing := form.unmarked():
        say_missing(request, missing)
        return _to(PRACTICE, judge)
    if request.method == "POST":
        return _hand_in(request, judge, sheet)
    context = {
        "title": _("Hand in the score sheet"),
        **sheet_words(form),
        "back_url": reverse(PRACTICE, args=[judge.contest.slug]),
    }
    return _page(request, "practice_confirm", judge, context)


def _hand_in(request: HttpRequest, judge: Judge, sheet: PracticeSheet) -> HttpResponseRedirect:
    try:
        sheet.hand_in(revision=looked_over(request))
    except SheetChangedElsewhere:
        say_changed(request)
        return _to(CONFIRM, judge)
    except SheetIncomplete as error:
        say_missing(request, error.args[0])
    except CriteriaUnsettled:
        say_unsettled(request)
    return _to(PRACTICE, judge)
