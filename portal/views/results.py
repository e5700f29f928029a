"""Published results: the whole ranking, and how one unit came to its total (rules: A5, P7)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from contests.clock import database_now
from contests.models import Contest
from portal import rules_page, schedule
from portal.guards import ContestRequest, contest_required
from portal.rules_changes import tellable
from portal.standings import Standings
from portal.sums import explain
from scoring.documents import FORMATS, PUBLIC_TABLES, TABLES
from scoring.documents.tables import in_fours, reason_of
from scoring.models import ResultSet, takes_objections


def published(contest: Contest) -> ResultSet | None:
    """The set the public sees; None before publication (rules: A5)."""
    return ResultSet.objects.published(contest) if contest.is_published else None


@require_safe
@contest_required
def contest_results(request: ContestRequest) -> HttpResponse:
    """Awards and ranking; before publication a page that says when they are expected."""
    contest = request.contest
    result_set = published(contest)
    if result_set is None:
        context = {
            "contest": contest,
            "expected_from": schedule.results_expected_from(contest),
        }
        return render(request, "portal/results_awaited.html", context)
    standings = Standings(result_set)
    rows = [line.row for line in standings.units]
    now = database_now()
    made, quizzes = contest.setting_changes.order_by("at", "pk"), contest.ranked_quizzes()
    context = {
        "contest": contest,
        "result_set": result_set,
        "takes_objections": takes_objections(result_set, now),
        "digest": in_fours(result_set.digest),
        "standings": standings,
        "winners": standings.winners(),
        "videos": standings.winning_videos(),
        "explained": explain(contest, rows[0], rows) if rows else None,
        "changes": rules_page.changes(
            tellable(made, quizzes, now=now),
            quizzes=quizzes,
            criteria=contest.criteria.order_by("order"),
        ),
        "downloads": [(name, TABLES[name][0], list(FORMATS)) for name in PUBLIC_TABLES],
    }
    return render(request, "portal/results.html", context)


@require_safe
@contest_required
def unit_sum(request: ContestRequest, code: str) -> HttpResponse:
    """One unit's sum; 404 before publication and for a unit without a line in the set."""
    contest = request.contest
    result_set = published(contest)
    if result_set is None:
        raise Http404
    rows = list(result_set.units.select_related("result_set").order_by("position"))
    row = next((row for row in rows if row.code == code), None)
    if row is None:
        raise Http404
    context = {
        "contest": contest,
        "result_set": result_set,
        "takes_objections": takes_objections(result_set, database_now()),
        "digest": in_fours(result_set.digest),
        "explained": explain(contest, row, rows),
        "why_not": reason_of(row),
    }
    return render(request, "portal/unit_sum.html", context)
