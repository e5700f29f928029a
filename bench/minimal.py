"""The floor of a start and a submit: minimal Django views that do the same SQL, no middleware."""

import json
import os
from pathlib import Path

from django.conf import settings

from config import settings as program

if not settings.configured:
    settings.configure(
        DATABASES=program.DATABASES,
        SECRET_KEY=program.SECRET_KEY,
        ALLOWED_HOSTS=program.ALLOWED_HOSTS,
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[],
        INSTALLED_APPS=[],
        USE_TZ=True,
    )

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from bench import replay

_recorded = replay.load(Path(os.environ["BENCH_STATEMENTS"]))


def minimal(request: HttpRequest, step: str) -> HttpResponse:
    """Do what was recorded of the step, for the person whom the body names, and redirect."""
    replay.replay(_recorded[step], json.loads(request.body))
    return HttpResponseRedirect("/")


urlpatterns = [path("minimal/<str:step>/", minimal)]
application = get_wsgi_application()
