"""The statistics of published results (rules: A5, P7)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.guards import ContestRequest, contest_required
from portal.statistics import FEWEST, Statistics
from portal.views.results import published
from scoring.documents.tables import in_fours


@require_safe
@contest_required
def contest_statistics(request: ContestRequest) -> HttpResponse:
    """Key figures and charts of the published set; 404 before publication."""
    contest = request.contest
    result_set = published(contest)
    if result_set is None:
        raise Http404
    context = {
        "contest": contest,
        "result_set": result_set,
        "digest": in_fours(result_set.digest),
        "statistics": Statistics(result_set, contest.ranked_quizzes()),
        "fewest": FEWEST,
    }
    return render(request, "portal/statistics.html", context)
