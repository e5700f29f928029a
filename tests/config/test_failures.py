"""What is told when a page cannot be made: 503 where the database is away, else 500."""

import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from config.failures import failed


def told_of(error: Exception) -> HttpResponse:
    try:
        raise error
    except type(error):
        return failed(RequestFactory().get("/"))


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_is_away_is_a_503_that_says_when_to_come_back(error: Exception) -> None:
    response = told_of(error)

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response["Cache-Control"] == "no-store"
    assert "Hệ thống đang bận trong giây lát" in response.content.decode()


def test_a_fault_of_the_program_stays_a_500() -> None:
    response = told_of(ValueError("a fault"))

    assert response.status_code == 500
    assert "Retry-After" not in response


@pytest.mark.urls("tests.config.failing_urls")
def test_every_layer_of_a_request_is_covered() -> None:
    client = Client(raise_request_exception=False)

    assert client.get("/away/").status_code == 503
    assert client.get("/fault/").status_code == 500
