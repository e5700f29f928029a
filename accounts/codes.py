"""Access codes: 128 random bits as a link, 10 Crockford characters to type; their keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass

from django.conf import settings

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TYPED_LENGTH = 10
LINK_BYTES = 16


@dataclass(frozen=True)
class IssuedCode:
    """A code in the clear, shown once: `link_token` (22 characters), `typed` (XXXXX-XXXXX)."""

    link_token: str
    typed: str


def generate() -> IssuedCode:
    typed = "".join(secrets.choice(ALPHABET) for _ in range(TYPED_LENGTH))
    return IssuedCode(
        link_token=secrets.token_urlsafe(LINK_BYTES), typed=f"{typed[:5]}-{typed[5:]}"
    )


def normalise(typed: str) -> str:
    """Return the ten characters a person meant: O is 0, I and L are 1, case and dashes aside."""
    text = unicodedata.normalize("NFKC", typed).upper().translate(str.maketrans("OIL", "011"))
    return "".join(character for character in text if character in ALPHABET)


def _keyed(purpose: str, text: str) -> str:
    key = hashlib.sha256(f"access-code:{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def link_hash(token: str) -> str:
    return _keyed("link", token)


def typed_hash(*, user_id: int, typed: str) -> str:
    """The typed form is short, so it counts only for one user, found by phone or staff code."""
    return _keyed("typed", f"{user_id}:{normalise(typed)}")


def equal(stored: str, computed: str) -> bool:
    return hmac.compare_digest(stored, computed)
