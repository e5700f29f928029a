"""What would change by other rules: ranks side by side on stored data, never written (S2-S8)."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from contests.admin.contest import CHAIN_LABELS
from contests.admin.fields import ChainField
from contests.admin.scope import own_page
from contests.models import Contest
from contests.models.contest import UNIT_CHAIN_KEYS
from scoring import facts, formula, outcome
from scoring.admin.organized import organized
from scoring.gathering import gather, settings_of


class OtherRules(forms.ModelForm):
    """The contest's rules, changed on a copy that nobody stores."""

    unit_chain = ChainField(
        {key: CHAIN_LABELS[key] for key in UNIT_CHAIN_KEYS},
        label=capfirst(gettext_lazy("ties of units")),
    )

    class Meta:
        model = Contest
        fields = (
            "quiz_weight",
            "unit_rule",
            "unit_rule_n",
            "turnout_target",
            "min_participants",
            "judge_aggregate",
            "unit_chain",
            "award_needs_both",
        )


@organized
@require_safe
def what_if(request: HttpRequest, contest: Contest) -> HttpResponse:
    """Ask for other rules, and show every unit's rank, total and award by both."""
    inputs = gather(contest)
    asked = "quiz_weight" in request.GET
    form = OtherRules(request.GET if asked else None, instance=contest)
    shifts: tuple[outcome.Shift, ...] = ()
    why_not = ""
    if asked and form.is_valid():
        other = form.instance
        other.video_weight = 100 - other.quiz_weight
        try:
            shifts = outcome.by_other_settings(inputs, settings_of(other))
        except formula.HeadcountMissing:
            why_not = _("This rule needs the headcount of every unit, and one has none.")
        except facts.BadInputs as error:
            why_not = str(error)
    return own_page(
        request,
        "admin/scoring/what_if.html",
        title=_("What would change by other rules"),
        subtitle=contest.name,
        contest=contest,
        form=form,
        shifts=shifts,
        differing=sum(shift.changes for shift in shifts),
        why_not=why_not,
    )
