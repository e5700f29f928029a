"""What anybody may read: the contests, one contest, its units, its videos, the data notice."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.views import safe_next
from contests import registration
from contests.clock import database_now
from contests.guards import participant_of
from contests.models import Contest, Participant, Unit
from media_uploads.audience import gallery_of
from portal import facts, rules_changes, rules_page, schedule, turnout
from portal.guards import ContestRequest, contest_required, with_quizzes
from portal.standings import Standings, clock
from portal.views.results import published

UNITS_AT_FIRST = 6
VIDEOS_A_PAGE = 24


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Every announced contest, the newest first."""
    now = database_now()
    contests = with_quizzes(Contest.objects.announced()).order_by("-year", "-pk")
    cards = [
        {
            "contest": contest,
            "phase": contest.phase(now),
            "window": contest.window_of_quizzes(),
            "milestones": schedule.milestones(contest, now=now),
            "countdown": schedule.countdown(contest, now=now),
        }
        for contest in contests
    ]
    return render(request, "portal/home.html", {"cards": cards})


@never_cache
@login_required
@require_safe
def after_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead whoever has signed in to the own work, or to where he or she wanted to go."""
    user = request.user
    if wanted := safe_next(request):
        return redirect(wanted)
    if user.is_staff:
        return redirect("admin:index")
    participant = Participant.objects.filter(user=user.pk).select_related("contest").first()
    if participant is not None:
        return redirect("quiz", slug=participant.contest.slug)
    if Unit.objects.coordinated_by(user).exists():  # type: ignore[arg-type]
        return redirect("desks")
    return redirect("home")


@require_safe
@contest_required
def contest(request: ContestRequest) -> HttpResponse:
    """The contest: where it stands, what to do, schedule, units, rules; results once published."""
    now = database_now()
    shown = request.contest
    counts = turnout.of_contest(shown, now=now)
    context = {
        "contest": shown,
        "phase": shown.phase(now),
        "now": now,
        "countdown": schedule.countdown(shown, now=now),
        "milestones": schedule.milestones(shown, now=now),
        "quiz_facts": [(quiz, facts.of_quiz(quiz)) for quiz in shown.ranked_quizzes()],
        "facts": facts.of_contest(shown, units=len(counts.units)),
        "open_quiz": next((quiz for quiz in shown.ranked_quizzes() if quiz.is_open(now)), None),
        "to_practise": any(quiz.is_practice and quiz.is_open(now) for quiz in shown.quizzes.all()),
        "takes_videos": shown.takes_videos(now),
        "turnout": counts,
        "first_units": counts.units[:UNITS_AT_FIRST],
        "registers": registration.is_open(shown, now=now),
        "expected_from": schedule.results_expected_from(shown),
        "standings": _published(shown),
        "rules": rules_page.sections(_rules_of(shown, now)),
    }
    return render(request, "portal/contest.html", context | _who_looks(request, shown))


def _published(contest: Contest) -> Standings | None:
    """The public's result set; None before publication (rules: A5)."""
    result_set = published(contest)
    return None if result_set is None else Standings(result_set)


def _who_looks(request: HttpRequest, contest: Contest) -> dict[str, object]:
    """Whose page this is: the visitor's part in the contest, or the units he or she answers for."""
    user = request.user
    if not user.is_authenticated:
        return {"participant": None, "own_units": []}
    own = contest.units.filter(coordinator=user, contest__is_announced=True).order_by("code")
    return {"participant": participant_of(request, contest), "own_units": list(own)}


def _rules_of(contest: Contest, now: dt.datetime) -> rules_page.Settings:
    made, quizzes = contest.setting_changes.order_by("at", "pk"), contest.ranked_quizzes()
    return rules_page.Settings(
        contest=contest,
        quizzes=quizzes,
        criteria=list(contest.criteria.order_by("order")),
        tiers=list(contest.award_tiers.order_by("scope", "quiz_id", "order")),
        changes=rules_changes.tellable(made, quizzes, now=now),
    )


@require_safe
@contest_required
def contest_units(request: ContestRequest) -> HttpResponse:
    """All units with their counts, by code; search finds names without tones."""
    search = request.GET.get("q", "").strip()[:100]
    counts = turnout.of_contest(request.contest, now=database_now(), search=search)
    context = {"contest": request.contest, "turnout": counts, "search": search}
    return render(request, "portal/units.html", context)


@require_safe
@contest_required
def gallery(request: ContestRequest) -> HttpResponse:
    """The units' videos, once results are published."""
    videos = (
        gallery_of(request.contest, request.user)
        .select_related("unit")
        .order_by("unit__code", "slot", "pk")
    )
    page = Paginator(videos, VIDEOS_A_PAGE).get_page(request.GET.get("page"))
    items = [{"video": video, "length": clock(video)} for video in page]
    context = {"contest": request.contest, "page": page, "items": items}
    return render(request, "portal/gallery.html", context)


@require_safe
@contest_required
def gallery_video(request: ContestRequest, public_id: str) -> HttpResponse:
    """One video with its player; 404 for what is not in the gallery."""
    videos = gallery_of(request.contest, request.user)
    video = get_object_or_404(videos.select_related("unit"), public_id=public_id)
    context = {"contest": request.contest, "video": video, "length": clock(video)}
    return render(request, "portal/gallery_video.html", context)


@require_safe
@contest_required
def privacy(request: ContestRequest) -> HttpResponse:
    """The notice on personal data whose version people agree to (rules: P2, P5, P7)."""
    context = {"contest": request.contest, "now": timezone.now()}
    return render(request, "portal/privacy.html", context)
