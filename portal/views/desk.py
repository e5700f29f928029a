"""A coordinator's desk: the unit's turnout, its video and its roster (rules: P7)."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from contests.clock import database_now
from contests.durations import in_words
from contests.models import Participant, Unit
from media_uploads.forms import FORM_BYTES, VideoForm
from media_uploads.models import unfinished_uploads
from portal import roster
from portal.guards import DeskRequest, desk_required
from portal.roster import State, without_code
from portal.rules_parts import file_size
from portal.turnout import UnitTurnout
from portal.video_state import slots_of
from portal.views.results import published
from scoring.models import takes_objections

PEOPLE_A_PAGE = 50
# What the browser sends in one request of an upload; nginx takes at most 16 MB.
CHUNK_BYTES = 8 * 1024**2


@never_cache
@login_required
@require_safe
def desks(request: HttpRequest) -> HttpResponse:
    """The desks of a coordinator; straight to it where there is one."""
    own = Unit.objects.coordinated_by(request.user).select_related("contest")  # type: ignore[arg-type]
    units = list(own.order_by("-contest__year", "-contest", "code"))
    if len(units) == 1:
        return redirect("desk", pk=units[0].pk)
    return render(request, "portal/desks.html", {"units": units})


@desk_required
@require_safe
def desk(request: DeskRequest) -> HttpResponse:
    """Facts, the video with its checks, the roster with search and filter."""
    unit, now = request.unit, database_now()
    quizzes = unit.contest.ranked_quizzes()
    quiz = next((quiz for quiz in quizzes if quiz.slug == request.GET.get("quiz")), None)
    everybody = roster.of_unit(unit, now=now)
    people = roster.of_unit(unit, now=now, quiz=quiz)
    counted = roster.counts(people)
    search, state = request.GET.get("q", "").strip()[:100], request.GET.get("state", "")
    shown = people.search(search) if search else people
    if state in State.values:
        shown = shown.filter(roster.IN_STATE[State(state)])
    page = Paginator(shown.in_name_order(), PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    slots = slots_of(unit, now=now)
    context = {
        "contest": unit.contest,
        "unit": unit,
        "quizzes": quizzes,
        "chosen_quiz": quiz,
        "objections": _objections(unit, now=now),
        "facts": _facts(unit, counted, roster.count_taken_part(everybody)),
        "slots": slots,
        "working": any(slot.is_working for slot in slots),
        "takes_videos": unit.contest.takes_videos(now) or any(slot.leave for slot in slots),
        "form": VideoForm(contest=unit.contest),
        "max_size": file_size(unit.contest.video_max_bytes),
        "form_size": file_size(min(unit.contest.video_max_bytes, FORM_BYTES)),
        "chunk_bytes": CHUNK_BYTES,
        "uploads": unfinished_uploads(unit),
        "shortest": in_words(unit.contest.video_min_seconds),
        "longest": in_words(unit.contest.video_max_seconds),
        "choices": [(choice.value, choice.label, counted[choice]) for choice in State],
        "everybody": sum(counted.values()),
        "rows": [_row(person) for person in page],
        "page": page,
        "search": search,
        "state": state,
        "query": query.urlencode(),
        "without_code": without_code(unit).count(),
        "may_confirm": roster.may_confirm(unit),
    }
    return render(request, "portal/desk.html", context)


def _objections(unit: Unit, *, now: dt.datetime) -> dict[str, object] | None:
    """How long the unit may object to the results and what it sent; None where there is neither."""
    result_set = published(unit.contest)
    if result_set is None:
        return None
    counted = unit.objections.aggregate(sent=Count("pk"), answered=Count("answered_at"))
    taken = takes_objections(result_set, now)
    if not taken and not counted["sent"]:
        return None
    return {"taken": taken, "until": result_set.objections_until, **counted}


def _facts(unit: Unit, counted: dict[State, int], taken_part: int) -> dict[str, object]:
    taking_part = (State.FINISHED, State.RUNNING, State.NOT_STARTED)
    line = UnitTurnout(unit.code, unit.name, unit.block, taken_part, unit.headcount)
    return {
        "finished": taken_part,
        "running": counted[State.RUNNING],
        "registered": sum(counted[state] for state in taking_part),
        "waiting": counted[State.WAITING],
        "percent": line.percent,
    }


def _row(person: Participant) -> dict[str, object]:
    return {"person": person, "state": roster.state_of(person)}


@desk_required
@require_safe
def desk_state(request: DeskRequest) -> JsonResponse:
    """The video's part of the desk as {"working": bool, "html": …}, for a page that waits."""
    slots = slots_of(request.unit, now=database_now())
    context = {"slots": slots, "unit": request.unit, "contest": request.unit.contest}
    html = render_to_string("portal/parts/video_state.html", context, request)
    return JsonResponse({"working": any(slot.is_working for slot in slots), "html": html})
