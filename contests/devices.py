"""Which browser an attempt begins in: a cookie that says nothing about the person (rules: Q13).

The cookie holds 128 random bits and is set at a participant's first sign-in or registration. An
attempt keeps a keyed hash of it that differs from contest to contest; equal ones within a quiz are
only ever a flag for a person to look at.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from contests.models import Contest

COOKIE = "browser"
LIFETIME = dt.timedelta(days=365)
_RANDOM = re.compile(r"[A-Za-z0-9_-]{22}")


def device_of(request: HttpRequest, contest: Contest) -> str:
    """Return what an attempt of the contest keeps of this browser; "" for one without the cookie.

    Another length or alphabet than ours is no cookie of ours, and counts as none.
    """
    number = _number(request)
    if not number:
        return ""
    key = hashlib.sha256(f"contests.devices:{settings.SECRET_KEY}".encode()).digest()
    digest = hmac.digest(key, f"{contest.pk}.{number}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def mark(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give the browser its random number with `response`, unless it has one; return `response`."""
    if not _number(request):
        response.set_cookie(
            COOKIE,
            secrets.token_urlsafe(16),
            max_age=LIFETIME,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _number(request: HttpRequest) -> str:
    value = request.COOKIES.get(COOKIE, "")
    return value if _RANDOM.fullmatch(value) else ""
