"""The JSON side of the quiz: every save is acknowledged, or refused with the state that is true."""

import datetime as dt
import json

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from contests import tokens
from contests.models import Answer, Attempt
from contests.writers import holder_of
from tests.contests.quizzes import (
    MINUTE,
    SECOND,
    SECRETS,
    make_participant,
    make_quiz,
    start,
    stored,
)
from tests.make import make_contest

pytestmark = pytest.mark.django_db
URL = "/api/answers/"


@pytest.fixture(autouse=True, params=["the whole program", "answers only"])
def program(request: pytest.FixtureRequest, settings: LazySettings) -> None:
    """Both that serve the answers: the process of the pages, and the one behind SAVES_PORT."""
    if request.param == "answers only":
        settings.MIDDLEWARE = settings.ANSWERS_MIDDLEWARE
        settings.ROOT_URLCONF = settings.ANSWERS_URLCONF


@pytest.fixture
def attempt() -> Attempt:
    return start(make_quiz())


def post(client: Client, attempt: Attempt, **changes):
    body = {"token": tokens.make(attempt), "position": 0, "choice": 1, "revision": 1, **changes}
    return client.post(URL, json.dumps(body), content_type="application/json")


def in_json(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def test_a_save_is_acknowledged_with_what_was_saved(client: Client, attempt: Attempt) -> None:
    response = post(client, attempt, position=2, choice=3, revision=5)

    shown = in_json(Answer.objects.get().saved_at)
    assert response.status_code == 200
    assert response.json() == {
        "attempt": attempt.pk,
        "position": 2,
        "choice": 3,
        "revision": 5,
        "saved_at": shown,
        "deadline_at": in_json(attempt.deadline_at),
        "now": shown,
    }
    assert response.headers["Cache-Control"] == "no-store"
    assert stored(attempt) == {2: 3}


def test_a_save_is_one_query_and_asks_for_no_session(
    client: Client, attempt: Attempt, django_assert_num_queries
) -> None:
    client.force_login(attempt.participant.user)

    with django_assert_num_queries(1):
        assert post(client, attempt).status_code == 200


def test_a_save_needs_no_csrf_token(attempt: Attempt) -> None:
    assert post(Client(enforce_csrf_checks=True), attempt).status_code == 200


def test_a_repeated_save_is_acknowledged_again(client: Client, attempt: Attempt) -> None:
    first = post(client, attempt).json()

    again = post(client, attempt)

    assert again.status_code == 200
    assert again.json()["saved_at"] == first["saved_at"]
    assert again.json()["now"] >= first["now"]


def test_an_acknowledgement_tells_a_deadline_that_was_moved(
    client: Client, attempt: Attempt, django_assert_num_queries
) -> None:
    later = attempt.deadline_at + MINUTE
    Attempt.objects.update(deadline_at=later)

    with django_assert_num_queries(1):
        told = post(client, attempt).json()["deadline_at"]

    assert told == in_json(later)
    assert post(client, attempt).json()["deadline_at"] == in_json(later)


def test_a_stale_save_gets_the_current_answer(client: Client, attempt: Attempt) -> None:
    post(client, attempt, choice=3, revision=7)

    response = post(client, attempt, choice=0, revision=6)

    assert response.status_code == 409
    assert response.json()["error"] == "stale"
    current = response.json()["current"]
    assert (current["choice"], current["revision"]) == (3, 7)
    assert stored(attempt) == {0: 3}


def test_a_replaced_writer_is_told_what_is_stored(client: Client, attempt: Attempt) -> None:
    token = tokens.make(attempt)
    post(client, attempt, position=1, choice=2, revision=3)
    attempt.take_over(holder="another", now=timezone.now())
    post(client, attempt, position=2, choice=0, revision=4)

    response = post(client, attempt, token=token, position=1, choice=0, revision=9)

    content = response.json()
    assert (response.status_code, content["error"]) == (409, "read_only")
    told = [(a["position"], a["choice"], a["revision"]) for a in content["answers"]]
    assert told == [(1, 2, 3), (2, 0, 4)]
    assert content["answers"][0]["saved_at"] == in_json(Answer.objects.get(revision=3).saved_at)
    assert set(content) == {"error", "answers", "now"}
    assert stored(attempt) == {1: 2, 2: 0}


def test_after_the_end_the_final_state_is_told_without_a_score(
    client: Client, attempt: Attempt
) -> None:
    attempt.submit(now=attempt.started_at + MINUTE)

    response = post(client, attempt)

    assert response.status_code == 410
    assert response.json()["state"] == "submitted"
    assert set(response.json()) == {"error", "attempt", "state", "deadline_at", "finished_at"}
    assert stored(attempt) == {}


def test_a_save_after_the_grace_ends_the_attempt(client: Client) -> None:
    past = timezone.now() - 11 * MINUTE
    attempt = start(make_quiz(now=past), now=past)

    response = post(client, attempt)

    assert (response.status_code, response.json()["state"]) == (410, "expired")
    attempt.refresh_from_db()
    assert attempt.finished_at == attempt.deadline_at


@pytest.mark.parametrize("place", [{"position": 3}, {"choice": 4}])
def test_a_place_outside_the_paper_is_refused(client: Client, attempt: Attempt, place) -> None:
    response = post(client, attempt, **place)

    assert (response.status_code, response.json()["error"]) == (400, "no_such_place")


@pytest.mark.parametrize(
    "change",
    [
        {"position": -1},
        {"choice": -1},
        {"choice": "1"},
        {"choice": True},
        {"choice": 1.0},
        {"choice": None},
        {"revision": -1},
        {"revision": 2**31},
        {"position": 10**30},
        {"token": 5},
        {"token": "\ud800"},
        {"token": None},
    ],
)
def test_a_field_of_the_wrong_kind_is_refused(client: Client, attempt: Attempt, change) -> None:
    response = post(client, attempt, **change)

    assert (response.status_code, response.json()["error"]) == (400, "bad_request")
    assert stored(attempt) == {}


@pytest.mark.parametrize("body", ["", "x", "[]", "null", "{}", "[" * 2000, '"' + "x" * 3000 + '"'])
def test_a_body_that_is_no_save_is_refused(client: Client, body: str) -> None:
    response = client.post(URL, body, content_type="application/json")

    assert (response.status_code, response.json()["error"]) == (400, "bad_request")


def test_a_form_of_another_site_cannot_save(client: Client, attempt: Attempt) -> None:
    body = json.dumps({"token": tokens.make(attempt), "position": 0, "choice": 1, "revision": 1})

    response = client.post(URL, body, content_type="text/plain")

    assert response.status_code == 400
    assert stored(attempt) == {}


def test_a_token_nobody_made_is_refused(client: Client, attempt: Attempt) -> None:
    other = start(attempt.quiz)
    forged = tokens.make(attempt).replace(str(attempt.pk), str(other.pk), 1)

    response = post(client, attempt, token=forged)

    assert (response.status_code, response.json()) == (403, {"error": "bad_token"})


@pytest.mark.parametrize(("method", "url"), [("get", URL), ("post", "/api/attempts/1/")])
def test_another_method_is_answered_in_json(client: Client, method: str, url: str) -> None:
    response = getattr(client, method)(url)

    assert response.status_code == 405
    assert response.json() == {"error": "method"}


def test_a_database_that_is_away_is_said_in_json(client: Client, attempt: Attempt) -> None:
    def away(execute, sql, params, many, context):
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(away):
        response = post(client, attempt)

    assert (response.status_code, response.json()) == (503, {"error": "unavailable"})
    assert response.headers["Retry-After"] == "2"


def test_a_save_on_postgresql_waits_two_seconds_at_most(
    client: Client, attempt: Attempt, django_assert_num_queries
) -> None:
    with django_assert_num_queries(1) as queries:
        post(client, attempt)

    limited = "SET LOCAL statement_timeout = 2000;" in queries.captured_queries[0]["sql"]
    assert limited is (connection.vendor == "postgresql")


# --- the state of an attempt ----------------------------------------------------------------------


def test_the_state_lists_what_is_stored(client: Client, attempt: Attempt) -> None:
    client.force_login(attempt.participant.user)
    post(client, attempt, position=2, choice=3, revision=4)
    post(client, attempt, position=0, choice=1, revision=5)

    state = client.get(f"/api/attempts/{attempt.pk}/").json()

    assert (state["state"], state["finished_at"]) == ("running", None)
    assert (state["generation"], state["is_writer"]) == (1, False)
    assert [(a["position"], a["choice"], a["revision"]) for a in state["answers"]] == [
        (0, 1, 5),
        (2, 3, 4),
    ]
    now = dt.datetime.fromisoformat(state["now"])
    assert abs(timezone.now() - now) < MINUTE
    assert dt.datetime.fromisoformat(state["deadline_at"]) - attempt.deadline_at < SECOND


def test_the_state_tells_whether_this_session_writes(client: Client, attempt: Attempt) -> None:
    client.force_login(attempt.participant.user)
    attempt.take_over(holder=holder_of(client.session.session_key), now=timezone.now())
    assert client.get(f"/api/attempts/{attempt.pk}/").json()["is_writer"] is True

    attempt.take_over(holder="another", now=timezone.now())
    state = client.get(f"/api/attempts/{attempt.pk}/").json()
    assert (state["generation"], state["is_writer"]) == (3, False)


def test_the_state_of_anybody_elses_attempt_is_not_found(client: Client, attempt: Attempt) -> None:
    client.force_login(make_participant(attempt.quiz.contest).user)

    response = client.get(f"/api/attempts/{attempt.pk}/")

    assert (response.status_code, response.json()) == (404, {"error": "not_found"})


def test_the_state_needs_a_session(client: Client, attempt: Attempt) -> None:
    response = client.get(f"/api/attempts/{attempt.pk}/")

    assert (response.status_code, response.json()) == (403, {"error": "not_signed_in"})


def test_the_state_of_a_contest_that_is_not_announced_is_not_found(client: Client) -> None:
    attempt = start(make_quiz(make_contest(is_announced=False)))
    client.force_login(attempt.participant.user)

    assert client.get(f"/api/attempts/{attempt.pk}/").status_code == 404


def test_a_read_past_the_grace_tells_the_end(client: Client) -> None:
    past = timezone.now() - 11 * MINUTE
    attempt = start(make_quiz(now=past), now=past)
    client.force_login(attempt.participant.user)

    assert client.get(f"/api/attempts/{attempt.pk}/").json()["state"] == "expired"


def test_no_answer_of_the_api_tells_a_key_or_an_id(client: Client) -> None:
    attempt = start(make_quiz(questions=12))
    client.force_login(attempt.participant.user)
    old = tokens.make(attempt)
    attempt.take_over(holder="another", now=timezone.now())
    said = [
        post(client, attempt),
        post(client, attempt, token=old),
        post(client, attempt, choice=0, revision=0),
        client.get(f"/api/attempts/{attempt.pk}/"),
    ]
    attempt.submit(now=timezone.now())
    said += [post(client, attempt), client.get(f"/api/attempts/{attempt.pk}/")]

    for response in said:
        text = response.content.decode()
        closed = (*SECRETS, "correct", "question_id", "choice_id", "seal")
        assert not any(word in text for word in closed)


def test_answers_are_not_sniffed_nor_kept(client: Client, attempt: Attempt) -> None:
    for response in (post(client, attempt), client.get(f"/api/attempts/{attempt.pk}/")):
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "same-origin"
