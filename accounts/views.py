"""Sign-in and password of those who have a password: organizers, judges, coordinators."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, devices, throttle
from accounts.forms import StaffSignInForm
from accounts.models import User

# Nobody guesses 128 bits; this keeps a machine that tries from filling the log.
UNKNOWN_LINKS = 60


def safe_next(request: HttpRequest, *, under: str = "/") -> str:
    """Return the address on this site, below the path `under`, that `next` asks for, else ""."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if allowed and wanted.startswith(under) else ""


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def staff_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with a password; the one door, also for the administration."""
    form = StaffSignInForm(request, data=request.POST if request.method == "POST" else None)
    wanted = safe_next(request)
    if request.method == "POST" and form.is_valid():
        user = form.get_user()
        login(request, user)
        welcome = redirect(wanted or resolve_url("after_sign_in"))
        devices.remember(welcome, account=user.username)
        return welcome
    response = render(request, "accounts/sign_in.html", {"form": form, "next": wanted})
    if form.throttled:
        response.status_code = 429
        response["Retry-After"] = str(form.throttled.seconds)
    return response


@require_safe
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead the administration's own sign-in page to ours: one form, one throttle."""
    wanted = safe_next(request, under=reverse("admin:index")) or reverse("admin:index")
    return redirect(reverse("staff_sign_in") + "?" + urlencode({"next": wanted}))


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change the own password; every other session of the account ends."""
    user = request.user
    if not (isinstance(user, User) and user.has_usable_password()):
        raise Http404
    form = PasswordChangeForm(user, data=request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, _("The password has been changed."))
        return redirect("after_sign_in")
    return render(request, "accounts/password.html", {"form": form})


class PasswordByLink(PasswordResetConfirmView):
    """Set a first password by the link of a letter (accounts.letters); signing in comes after it.

    Opening the page changes nothing: mail programs look at links before their reader does.
    """

    template_name = "accounts/password_by_link.html"
    success_url = reverse_lazy("staff_sign_in")

    def get_user(self, uidb64: str) -> User | None:
        """Return whose link it is; an account that is closed or has no password has none."""
        user = super().get_user(uidb64)
        if isinstance(user, User) and user.is_active and user.has_usable_password():
            return user
        return None

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        """Store the password with its entry in the log; once, however often the form is sent."""
        with transaction.atomic():
            stored = User.objects.select_for_update().get(pk=form.user.pk)
            if stored.password != form.user.password:
                return _unknown_link(self.request)
            response = super().form_valid(form)
            audit.record(
                action="user.password_set",
                target=f"user {stored.username}",
                actor=stored,
                address=throttle.client_address(self.request),
                now=timezone.now(),
            )
        text = _("The password is set. Sign in as %(username)s.")
        messages.success(self.request, text % {"username": stored.username})
        return response

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        if self.validlink:
            return super().render_to_response(context, **kwargs)
        return _unknown_link(self.request)


def _unknown_link(request: HttpRequest) -> HttpResponse:
    """Say whom to ask about a link that was used, is too old or was never sent."""
    template = "accounts/unknown_link.html"
    try:
        throttle.claim_by_address(
            "password link",
            limit=UNKNOWN_LINKS,
            address=throttle.client_address(request),
            now=timezone.now(),
        )
    except throttle.Throttled as throttled:
        response = render(request, template, {"minutes": throttled.minutes}, status=429)
        response["Retry-After"] = str(throttled.seconds)
        return response
    return render(request, template, status=404)
