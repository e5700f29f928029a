"""The page on which an organizer decides something with a reason; the same for every family."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.throttle import client_address
from contests import decisions
from contests.admin.scope import actor, own_page
from contests.clock import database_now
from contests.models import Contest


class DecisionForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text=_("Kept in the log; organizers read it."),
    )


@dataclass(frozen=True)
class Act:
    """One decision: its verb, and what the page and the message say."""

    do: Callable[..., None]
    title: str | Promise
    button: str | Promise
    effect: str | Promise
    done: str | Promise
    takes_away: bool = False


ACTS = {
    "disqualify": Act(
        decisions.disqualify,
        _("Disqualify"),
        _("Disqualify"),
        _("The entry leaves the ranking. The reason is kept."),
        _("Disqualified."),
        takes_away=True,
    ),
    "reinstate": Act(
        decisions.reinstate,
        _("Take the disqualification back"),
        _("Take it back"),
        _("The entry comes back into the ranking."),
        _("The disqualification is taken back."),
    ),
    "ineligible": Act(
        decisions.set_ineligible,
        _("Take out of the awards"),
        _("Take out of the awards"),
        _("The entry keeps its rank and gets no award."),
        _("Not eligible for an award from now on."),
        takes_away=True,
    ),
    "eligible": Act(
        decisions.set_eligible,
        _("Let into the awards again"),
        _("Let in again"),
        _("The entry can get an award again."),
        _("Eligible for an award again."),
    ),
}


def open_acts(row: models.Model) -> list[tuple[str, Act]]:
    """Return which decisions can be taken about a row now, by their key."""
    keys = [
        "reinstate" if getattr(row, "disqualified_reason", "") else "disqualify",
        "eligible" if getattr(row, "ineligible_reason", "") else "ineligible",
    ]
    return [(key, ACTS[key]) for key in keys]


def decision_page(
    request: HttpRequest,
    *,
    acts: dict[str, Act],
    act: str,
    row: models.Model,
    name: str,
    contest: Contest,
    back: str,
) -> HttpResponse:
    """Ask for the reason, act on a post; `name` names the row in the log, `back` is its page."""
    if act not in acts:
        raise Http404
    chosen = acts[act]
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        now: dt.datetime = database_now()
        try:
            chosen.do(
                target=row,
                name=name,
                contest=contest,
                reason=form.cleaned_data["reason"],
                by=actor(request),
                address=client_address(request),
                now=now,
            )
        except decisions.NothingToDecide:
            messages.info(request, _("It was decided so already."))
        else:
            messages.success(request, str(chosen.done))
        return redirect(back)
    return own_page(
        request,
        "admin/contests/decision.html",
        title=chosen.title,
        subtitle=str(row),
        contest=contest,
        act=chosen,
        form=form,
        back=back,
    )
