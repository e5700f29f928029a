"""The organizers' objections desk: what was filed, what waits, and the answer (rules: A4)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import letters
from accounts.models import User
from accounts.throttle import client_address
from contests.admin.scope import actor, own_page
from contests.clock import database_now
from contests.models import Contest
from scoring.forms_results import ReplyForm
from scoring.letters import objection_answered
from scoring.models import Objection, ObjectionSettled
from scoring.models.objections import ObjectionQuerySet

LIST = "admin:scoring_results_objections"
ROWS_OF_A_PAGE = 50


def _objections(contest: Contest) -> ObjectionQuerySet:
    return Objection.objects.filter(result_set__contest=contest).select_related(
        "result_set__contest",
        "unit__coordinator",
        "participant__unit",
        "participant__user",
        "by",
        "answered_by",
        "letter__to",
    )


@require_safe
def objections_page(request: HttpRequest, contest: Contest) -> HttpResponse:
    """Every objection of the contest; those that wait come first, the oldest on top."""
    rows = _objections(contest)
    pages = Paginator(rows.in_order_of_work(), ROWS_OF_A_PAGE)
    return own_page(
        request,
        "admin/scoring/objections.html",
        title=_("Objections to the results"),
        subtitle=contest.name,
        contest=contest,
        page=pages.get_page(request.GET.get("page")),
        open_count=rows.open().count(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def objection_page(request: HttpRequest, contest: Contest, pk: int) -> HttpResponse:
    """One objection with its answer, or the form to give one."""
    objection = get_object_or_404(_objections(contest), pk=pk)
    form = ReplyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        _reply(request, objection, form.cleaned_data)
        return redirect(LIST, contest_id=contest.pk)
    return own_page(
        request,
        "admin/scoring/objection.html",
        title=_("Objection to the results"),
        subtitle=str(objection.filer),
        contest=contest,
        objection=objection,
        form=form,
        email=_goes_to(objection),
    )


def _reply(request: HttpRequest, objection: Objection, given: dict[str, Any]) -> None:
    try:
        _answer(
            objection,
            **given,
            by=actor(request),
            address=client_address(request),
            now=database_now(),
        )
    except ObjectionSettled:
        messages.error(
            request, _("The objection was answered or withdrawn in between; nothing was kept.")
        )
        return
    if objection.letter is None:
        said = _("The answer is kept. No e-mail address is known: it is read on the website.")
    else:
        said = _("The answer is kept, and a letter to the filer goes out in the next minutes.")
    messages.success(request, said)


@transaction.atomic
def _answer(
    objection: Objection, *, answer: str, effect: str, by: User, address: str, now: dt.datetime
) -> None:
    """Keep the answer and write the letter that tells of it: both, or neither."""
    objection.reply(answer=answer, effect=effect, by=by, address=address, now=now)
    user, name = _reader_of(objection)
    words = objection_answered(objection, name=name)
    objection.letter = letters.write(
        to=user, email=_own_address(objection), subject=words.subject, body=words.body, now=now
    )
    objection.save(update_fields=["letter"])


def _reader_of(objection: Objection) -> tuple[User | None, str]:
    """Return the account that reads the answer, and its name.

    For a unit it is who coordinates it now: whoever did before has no part in it any more.
    """
    if (person := objection.participant) is not None:
        return person.user, person.full_name
    assert objection.unit is not None
    user = objection.unit.coordinator
    return user, user.full_name if user else objection.unit.name


def _own_address(objection: Objection) -> str:
    """Return the e-mail address a person gave with the own part; a unit has none of its own."""
    return objection.participant.email if objection.participant else ""


def _goes_to(objection: Objection) -> str:
    """Return where a letter would go now; "" where nobody can be written to."""
    user, _name = _reader_of(objection)
    if user is None or not user.is_active:
        return ""
    return _own_address(objection) or user.email
