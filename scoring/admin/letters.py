"""The organizers' letters to a contest's judges: looked over first, then written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.throttle import client_address
from contests.admin.scope import actor, own_page
from contests.clock import database_now
from contests.models import Contest
from scoring.admin.panel import contests_to_watch
from scoring.admin.recipients import Kind, recipients_of, who_get_a_link, words_for, write

PROGRESS = "admin:scoring_scoresheet_progress"


@require_http_methods(["GET", "HEAD", "POST"])
def letters_page(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Show what would be written to whom, the judges that are named or all who wait; post sends."""
    now = database_now()
    contest = get_object_or_404(contests_to_watch(request), slug=slug)
    given = request.POST if request.method == "POST" else request.GET
    named = set(given.getlist("judge"))
    if not named <= {str(pk) for pk in contest.judges.values_list("pk", flat=True)}:
        raise Http404
    if request.method == "POST":
        _send(request, contest, kind, to=named, now=now)
        return redirect(PROGRESS, slug=slug)
    return _look_over(request, contest, kind, named=named, now=now)


def _look_over(
    request: HttpRequest, contest: Contest, kind: str, *, named: Collection[str], now: dt.datetime
) -> TemplateResponse:
    recipients = recipients_of(contest)
    if named:
        asked = [recipient for recipient in recipients if recipient.key in named]
    else:
        asked = [recipient for recipient in recipients if recipient.waits_for(kind, now=now)]
    chosen = [recipient for recipient in asked if recipient.may_get(kind, now=now)]
    is_invitation = kind == Kind.INVITATION
    linked = who_get_a_link(chosen, by=actor(request)) if is_invitation else set()
    letters = [
        {
            "recipient": recipient,
            "sets_password": recipient.judge.user_id in linked,
            "words": words_for(
                recipient, kind, sets_password=recipient.judge.user_id in linked, now=now
            ),
        }
        for recipient in chosen
    ]
    return own_page(
        request,
        "admin/scoring/letters.html",
        title=_("Invite judges by letter") if is_invitation else _("Remind judges"),
        contest=contest,
        letters=letters,
        left_out=[
            (recipient, recipient.why_not(kind, now=now))
            for recipient in asked
            if recipient not in chosen
        ],
    )


def _send(
    request: HttpRequest, contest: Contest, kind: str, *, to: Collection[str], now: dt.datetime
) -> None:
    written = write(
        contest, kind, to=to, by=actor(request), address=client_address(request), now=now
    )
    if written:
        text = ngettext(
            "%(count)s letter is written and goes out in the next minutes.",
            "%(count)s letters are written and go out in the next minutes.",
            len(written),
        )
        messages.success(request, text % {"count": len(written)})
    keys = {recipient.key for recipient in written}
    for recipient in recipients_of(contest):
        if recipient.key in to and recipient.key not in keys:
            said = {"judge": recipient.judge, "why": recipient.why_not(kind, now=now)}
            messages.info(request, _("No letter to %(judge)s. %(why)s") % said)
    if not to:
        messages.info(request, _("Nobody was chosen; no letter was written."))
