"""What the pages and files of the results desk share: whose they are, and how a file is sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from contests.admin.scope import actor, own_contests

View = Callable[..., HttpResponseBase]


def organized(view: View) -> View:
    """Give a view one of the organizer's own contests; 404 for another, 403 for who has none."""

    @wraps(view)
    def wrapped(request: HttpRequest, contest_id: int, **kwargs: Any) -> HttpResponseBase:
        if not actor(request).has_perm("scoring.view_resultset"):
            raise PermissionDenied
        contest = get_object_or_404(own_contests(request), pk=contest_id)
        return view(request, contest, **kwargs)

    return wrapped


def attached(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response.headers["Content-Disposition"] = f'attachment; filename="{quote(name)}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store, private"
    return response
