"""Addresses of a test whose views fail, under the program's own error page."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import handler500

__all__ = ["handler500", "urlpatterns"]


def away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("gone")


def fault(request: HttpRequest) -> HttpResponse:
    raise ValueError("a fault")


urlpatterns = [path("away/", away), path("fault/", fault)]
