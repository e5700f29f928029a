"""Sessions in the database as Django keeps them: found by a worded query, stored once a sign-in."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from config.prepared import Prepared

_BY_KEY = Prepared(lambda text_key: Session.objects.filter(session_key=text_key), "text_key")


class SessionStore(db.SessionStore):
    """Django's own store; it differs in how a session is found, and that a new one is stored once.

    Django stores a new key at once and its data when the request ends: two transactions at every
    sign-in. Here the row comes with its data.
    """

    _is_stored = True

    def create(self) -> None:
        """Take a new key; the first save stores it."""
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self._get_session(no_load=True)  # type: ignore[attr-defined]
        self._is_stored = False
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Store the session; raises CreateError where its new key is somebody else's."""
        if self.session_key is None:
            self.create()
        super().save(must_create=must_create or not self._is_stored)
        self._is_stored = True

    def _get_session_from_db(self) -> Any:
        found = _BY_KEY.first(text_key=self.session_key or "")
        if found is not None and found.expire_date > timezone.now():
            return found
        self._session_key = None
        return None
