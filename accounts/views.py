"""Sign-in and password of those who have a password: organizers, judges, coordinators."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import devices
from accounts.forms import StaffSignInForm
from accounts.models import User


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
