"""How the tests of permissions and attacks visit the program: every address, by everybody."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.permissions_cast import Cast, Stage
from tests.permissions_table import ADDRESSES, INDEX, MOVED, SIGN_IN, Outcome

REFUSALS = (SIGN_IN, INDEX, 401, 403, 404, 405)
# What a refusal may write: the session that carries its sentence, and the counter of guesses.
SIDE_TABLES = ("django_session", "accounts_guesscounter")


def addresses() -> set[str]:
    """Return every address there is: its name, else its route."""
    found: set[str] = set()

    def walk(resolver: URLResolver, route: str, spaces: str) -> None:
        for pattern in resolver.url_patterns:
            whole = route + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                space = f"{pattern.namespace}:" if pattern.namespace else ""
                walk(pattern, whole, spaces + space)
            elif isinstance(pattern, URLPattern):
                found.add(f"{spaces}{pattern.name}" if pattern.name else whole)

    walk(get_resolver(), "", "")
    return found


def browser(cast: Cast, actor: str, *, checks_csrf: bool = False) -> Client:
    """A browser the actor is signed in with; the CSRF check is left to the test about it."""
    client = Client(raise_request_exception=False, enforce_csrf_checks=checks_csrf)
    if user := cast.users[actor]:
        client.force_login(user)
    return client


class Visit:
    """One request, rolled back afterwards: what came back, and what it wrote."""

    def __init__(self, client: Client, method: str, path: str, data: Any = None) -> None:
        self.writes: list[str] = []
        cookies = client.cookies.output()
        kept = {name: morsel.value for name, morsel in client.cookies.items()}
        with transaction.atomic(), connection.execute_wrapper(self._watch):
            self.response = (
                client.generic("GET", path) if method == "GET" else client.post(path, data or {})
            )
            transaction.set_rollback(True)
        if client.cookies.output() != cookies:
            client.cookies.clear()
            client.cookies.load(kept)
        self.content = body(self.response)

    def _watch(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # The save of an answer begins with other words on either database.
        writes = re.search(r"\bINSERT INTO\b|\bDELETE FROM\b|^\s*UPDATE\b", sql)
        if writes and not any(f'"{table}"' in sql for table in SIDE_TABLES):
            self.writes.append(sql.strip()[:100])
        return execute(sql, params, many, context)

    @property
    def outcome(self) -> Outcome:
        if self.response.status_code != 302:
            return int(self.response.status_code)
        path = self.response.headers["Location"].partition("?")[0]
        if path.endswith("/sign-in/") or path == "/admin/login/":
            return SIGN_IN
        return INDEX if path == "/admin/" else MOVED


def body(response: Any) -> str:
    """Return everything an answer says, in small letters; of an archive what is packed in it."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"\n".join(archive.read(name) for name in archive.namelist())
    said = " ".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{said}\n{content.decode(errors='replace')}".lower()


def path_of(name: str, stage: Stage) -> str:
    """Return the address with the words of this contest in its places."""
    address = ADDRESSES[name]
    words = address.words(stage)
    if "/" not in name:
        return reverse(name, kwargs=words) + address.query
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)\$?", r"<\1>", name)
    for word, value in words.items():
        path = re.sub(rf"<(\w+:)?{word}>", str(value), path)
    return f"/{path}{address.query}"
