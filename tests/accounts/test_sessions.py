"""Sessions: stored once a sign-in, under a key that is nobody else's."""

import pytest
from django.contrib.sessions.backends.base import CreateError
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.sessions import SessionStore
from tests.make import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def written(queries: CaptureQueriesContext) -> list[str]:
    return [
        query["sql"].split()[0]
        for query in queries
        if "django_session" in query["sql"] and not query["sql"].startswith("SELECT")
    ]


def test_signing_in_stores_the_session_once(client: Client) -> None:
    user = make_user(username="ly", role="organizer")

    with CaptureQueriesContext(connection) as queries:
        client.post("/sign-in/", {"username": "ly", "password": PASSWORD})

    assert written(queries) == ["INSERT"]
    stored = SessionStore(Session.objects.get().session_key)
    assert stored["_auth_user_id"] == str(user.pk)


def test_signing_in_again_leaves_one_session_under_a_new_key(client: Client) -> None:
    make_user(username="ly", role="organizer")
    make_user(username="an", role="organizer")
    client.post("/sign-in/", {"username": "ly", "password": PASSWORD})
    before = Session.objects.get().session_key

    client.post("/sign-in/", {"username": "an", "password": PASSWORD})

    assert Session.objects.get().session_key != before


def test_what_was_kept_before_the_key_stays_in_the_session() -> None:
    session = SessionStore()
    session["chosen"] = "vi"
    session.save()
    session.cycle_key()
    session.save()

    assert SessionStore(session.session_key)["chosen"] == "vi"
    assert Session.objects.count() == 1


def test_a_new_session_never_takes_the_place_of_another() -> None:
    other = SessionStore()
    other["whose"] = "ly"
    other.save()
    session = SessionStore()
    session.create()
    session._session_key = other.session_key

    with pytest.raises(CreateError):
        session.save()

    assert SessionStore(other.session_key)["whose"] == "ly"
