"""The JSON side of the quiz: save one answer, read the state of an attempt."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from contests import saving, sheets, tokens, writers
from contests.clock import database_now
from contests.models import Attempt, AttemptOver

MAX_BODY_BYTES = 2048
MAX_PLACE = 999
RETRY_AFTER_SECONDS = 2


class BadSave(Exception):
    """The request is not a save; `args[0]` names what is wrong."""


def answer(status: int, content: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(
        json.dumps(content, separators=(",", ":")), content_type="application/json", status=status
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def refusal(status: int, error: str, **content: Any) -> HttpResponse:
    return answer(status, {"error": error, **content})


def answers_json(method: str) -> Callable[..., Callable[..., HttpResponse]]:
    """Answer in JSON whatever happens: another method (405), a database that is away (503)."""

    def decorator(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if request.method != method:
                response = refusal(405, "method")
                response.headers["Allow"] = method
                return response
            try:
                return view(request, **kwargs)
            except (OperationalError, InterfaceError):
                response = refusal(503, "unavailable")
                response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
                return response

        return wrapped

    return decorator


@csrf_exempt  # The token in the body is what allows the save; no cookie is looked at.
@answers_json("POST")
def answer_save(request: HttpRequest) -> HttpResponse:
    """Save one answer (rules: Q5); docs/http.md lists every answer."""
    try:
        writer, save = read_save(request)
        done = saving.save(writer, save)
    except BadSave as error:
        return refusal(400, "bad_request", detail=error.args[0])
    except saving.NoSuchPlace:
        return refusal(400, "no_such_place")
    except tokens.BadToken:
        return refusal(403, "bad_token")
    except saving.AnotherWriter as error:
        stored = answers_of(error.attempt) if error.attempt else []
        return refusal(409, "read_only", answers=stored, now=moment(database_now()))
    except saving.Stale as error:
        current = acknowledgement(writer.attempt_id, error.current, error.saved_at)
        return refusal(409, "stale", current=current, now=moment(database_now()))
    except AttemptOver as error:
        return refusal(410, "over", **state_of(error.args[0]))
    echo = acknowledgement(writer.attempt_id, save, done.saved_at)
    times = {"deadline_at": moment(done.deadline_at), "now": moment(done.now)}
    return answer(200, {**echo, **times})


@answers_json("GET")
def attempt_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Return what is stored of one's own attempt, and the server's clock."""
    if not request.user.is_authenticated:
        return refusal(403, "not_signed_in")
    attempt = Attempt.objects.filter(
        pk=pk, participant__user=request.user.pk, quiz__contest__is_announced=True
    ).first()
    if attempt is None:
        return refusal(404, "not_found")
    now = database_now()
    attempt.settle(now=now)
    content = {
        **state_of(attempt),
        "generation": attempt.generation,
        "is_writer": writers.is_writer(attempt, request.session.session_key),
        "now": moment(now),
        "answers": answers_of(attempt),
    }
    return answer(200, content)


def no_such_address(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(404, "not_found")


def failed(request: HttpRequest) -> HttpResponse:
    return refusal(500, "failed")


def read_save(request: HttpRequest) -> tuple[tokens.Writer, saving.Save]:
    """Return who saves what; raises BadSave and BadToken."""
    # Another site can send this type only after asking, and is refused (no CORS answer is given).
    if request.content_type != "application/json":
        raise BadSave("content_type")
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
            raise BadSave("too_long")
        content = json.loads(request.body)
        token = content["token"]
        save = saving.Save(content["position"], content["choice"], content["revision"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadSave("fields") from error
    if not (isinstance(token, str) and token.isascii()):
        raise BadSave("token")
    limits = (
        (save.position, MAX_PLACE),
        (save.choice, MAX_PLACE),
        (
            save.revision,
            saving.MAX_REVISION,
        ),
    )
    if not all(type(value) is int and 0 <= value <= limit for value, limit in limits):
        raise BadSave("numbers")
    return tokens.read(token), save


def acknowledgement(attempt_id: int, save: saving.Save, saved_at: dt.datetime) -> dict[str, Any]:
    return {
        "attempt": attempt_id,
        "position": save.position,
        "choice": save.choice,
        "revision": save.revision,
        "saved_at": moment(saved_at),
    }


def answers_of(attempt: Attempt) -> list[dict[str, Any]]:
    """Return what is stored of an attempt, in the order of its paper (one query)."""
    return [
        {
            "position": given.position,
            "choice": given.choice,
            "revision": given.revision,
            "saved_at": moment(given.saved_at),
        }
        for given in sheets.given_answers(attempt)
    ]


def state_of(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt's state without any result (rules: Q6, Q10)."""
    return {
        "attempt": attempt.pk,
        "state": attempt.state,
        "deadline_at": moment(attempt.deadline_at),
        "finished_at": moment(attempt.finished_at) if attempt.finished_at else None,
    }


def moment(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
