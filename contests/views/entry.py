"""How people come in and go out: registration, sign-in by code, the link's page, sign-out."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import throttle
from accounts.csrf import no_referrer
from accounts.forms import throttled_message
from accounts.views import safe_next
from contests import access, devices, registration, writers
from contests.clock import database_now
from contests.forms import ConsentForm, RegistrationForm, SignInForm
from contests.guards import ContestRequest, announced_contest_required, participant_of
from contests.models import Participant

# Answers to refused registrations tell that a number is known: a phone book must not be tried.
REFUSED_REGISTRATIONS = 40
# Nobody guesses 128 bits; this keeps a machine that tries from filling the log.
UNKNOWN_LINKS = 60


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@announced_contest_required
def register(request: ContestRequest, slug: str) -> HttpResponse:
    """Register oneself. The answer to a good form shows the access code, this one time.

    The code is in no session, cookie or address: it is shown in the answer itself. Sending the
    form again, by reloading, meets the neutral page for numbers in use.
    """
    contest = request.contest
    now = database_now()
    if not registration.is_open(contest, now=now):
        context = {"contest": contest, "has_ended": contest.self_registration}
        return render(request, "contests/registration_closed.html", context, status=403)
    form = RegistrationForm(request.POST if request.method == "POST" else None, contest=contest)
    if request.method == "POST" and form.is_valid():
        return _register(request, form)
    return render(request, "contests/register.html", {"contest": contest, "form": form})


def _register(request: ContestRequest, form: RegistrationForm) -> HttpResponse:
    contest, now = request.contest, database_now()
    try:
        claim = throttle.claim_by_address(
            "register",
            limit=REFUSED_REGISTRATIONS,
            address=throttle.client_address(request),
            now=now,
        )
        participant, code = registration.register(contest=contest, person=form.person(), now=now)
    except throttle.Throttled as throttled:
        form.add_error(None, throttled_message(throttled))
        context = {"contest": contest, "form": form}
        return _too_many(render(request, "contests/register.html", context), throttled)
    except (registration.AlreadyRegistered, registration.Excluded):
        # One answer for both, down to the byte: it tells nothing about anybody (rules: P3, P4).
        context = {"contest": contest}
        return render(request, "contests/registration_refused.html", context, status=409)
    claim.give_back()
    sheet = access.code_sheet(request, code)
    context = {"contest": contest, "participant": participant, "sheet": sheet}
    return devices.mark(request, render(request, "contests/registered.html", context))


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@announced_contest_required
def sign_in(request: ContestRequest, slug: str) -> HttpResponse:
    """Sign in with the typed code and the phone number or staff code."""
    contest = request.contest
    data = request.POST if request.method == "POST" else None
    form = SignInForm(data, request=request, contest=contest)
    wanted = safe_next(request, under=f"/{slug}/")
    if request.method == "POST" and form.is_valid():
        assert form.participant is not None
        consented = form.cleaned_data["consent"]
        access.enter(request, form.participant, consented=consented, now=database_now())
        onward = redirect(wanted) if wanted else redirect("quiz", slug=slug)
        return devices.mark(request, onward)
    context = {
        "contest": contest,
        "form": form,
        "next": wanted,
        "participant": participant_of(request, contest),
        "registration_is_open": registration.is_open(contest, now=database_now()),
    }
    response = render(request, "contests/sign_in.html", context)
    return _too_many(response, form.throttled) if form.throttled else response


@no_referrer
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Show the link's page, which names nobody; its button signs in.

    Opening the page changes nothing, for chat programs fetch the links they show. A link that
    holds is never throttled: guesses of others cannot keep its owner out.
    """
    participant = access.participant_by_link(token)
    response = _unknown_link(request) if participant is None else _enter(request, participant)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _enter(request: HttpRequest, participant: Participant) -> HttpResponse:
    contest = participant.contest
    form = ConsentForm(
        request.POST if request.method == "POST" else None,
        contest=contest,
        needed=access.needs_consent(participant),
    )
    if request.method == "POST" and form.is_valid():
        consented = form.cleaned_data.get("consent", False)
        access.enter(request, participant, consented=consented, now=database_now())
        return devices.mark(request, redirect("quiz", slug=contest.slug))
    return render(request, "contests/enter.html", {"contest": contest, "form": form})


def _unknown_link(request: HttpRequest) -> HttpResponse:
    try:
        throttle.claim_by_address(
            "link",
            limit=UNKNOWN_LINKS,
            address=throttle.client_address(request),
            now=database_now(),
        )
    except throttle.Throttled as throttled:
        context = {"minutes": throttled.minutes}
        return _too_many(render(request, "contests/unknown_link.html", context), throttled)
    return render(request, "contests/unknown_link.html", status=404)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session of whoever it is; quiz pages open in it can save no more."""
    participant = (
        Participant.objects.filter(user_id=request.user.pk).select_related("contest").first()
        if request.user.is_authenticated
        else None
    )
    if participant is not None:
        writers.release(participant, session_key=request.session.session_key or "")
    logout(request)
    if participant is not None and participant.contest.is_announced:
        return redirect("contest", slug=participant.contest.slug)
    return redirect("home")


def _too_many(response: HttpResponse, throttled: throttle.Throttled) -> HttpResponse:
    response.status_code = 429
    response["Retry-After"] = str(throttled.seconds)
    return response
