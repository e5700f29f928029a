"""CSRF protection for pages that send no referrer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.csrf import csrf_exempt


class _NoReferrerCsrf(CsrfViewMiddleware):
    """The stock check of cookie and form field, which also takes the origin "null".

    Under `Referrer-Policy: no-referrer` a browser hides the origin of the page's own forms and
    sends "null". The secret in cookie and field is checked as ever, and where the browser says
    where the form was it must have been here.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.headers.get("Origin") == "null":
            return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        return bool(super()._origin_verified(request))  # type: ignore[misc]


_protect = decorator_from_middleware(_NoReferrerCsrf)


def no_referrer(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Answer with `Referrer-Policy: no-referrer` and protect the view's forms all the same."""
    protected = _protect(view)

    @csrf_exempt
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = protected(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return wrapped
