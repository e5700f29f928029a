"""The writer's token: what lets a page save answers of one attempt without a session."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from contests.models import Attempt


class BadToken(Exception):
    """The text is not a token that this installation made."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who may write into which attempt. Whether it still may is the database's to say."""

    attempt_id: int
    generation: int
    nonce: str


def make(attempt: Attempt) -> str:
    """Return the token of the attempt's present writer (rules: Q5)."""
    named = f"{attempt.pk}.{attempt.generation}.{attempt.writer}"
    return f"{named}.{_signature(named)}"


def read(token: str) -> Writer:
    """Return whom a token names; raises BadToken."""
    named, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(named).encode()):
        raise BadToken
    attempt_id, generation, nonce = named.split(".")
    return Writer(attempt_id=int(attempt_id), generation=int(generation), nonce=nonce)


def _signature(named: str) -> str:
    digest = hmac.digest(_key(settings.SECRET_KEY), named.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@lru_cache(maxsize=2)
def _key(secret: str) -> bytes:
    return hashlib.sha256(f"contests.tokens:{secret}".encode()).digest()
