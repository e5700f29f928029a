"""Remembers in a signed cookie that this browser signed in to an account before.

Such a browser keeps its own counter of wrong passwords, so whoever guesses at an account from
elsewhere cannot lock its owner out (see `accounts.throttle`). The cookie opens nothing.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string, salted_hmac

COOKIE = "known_device"
LIFETIME = dt.timedelta(days=180)
_SALT = "accounts.devices"


def known_device(request: HttpRequest, *, account: str) -> str:
    """Return the name of this browser where `account` signed in with it before, else ""."""
    try:
        stored = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return ""
    return str(stored["device"]) if stored["account"] == _digest(account) else ""


def remember(response: HttpResponse, *, account: str) -> None:
    """Mark the browser that gets `response` as one of this account's."""
    value = {"account": _digest(account), "device": get_random_string(16)}
    response.set_cookie(
        COOKIE,
        signing.dumps(value, salt=_SALT),
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _digest(account: str) -> str:
    return salted_hmac(_SALT, account, algorithm="sha256").hexdigest()
