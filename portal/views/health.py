"""For those who watch over the program: is it up, and can it work."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal import health


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; asks nothing of anybody else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when all the program stands on works, else 503 naming what does not."""
    report = health.look(now=timezone.now())
    return JsonResponse(report, status=200 if report["status"] == "ok" else 503)
