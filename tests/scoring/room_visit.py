"""How the matrix of the judges' room goes through the addresses, and what may be written where."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from scoring.models import ScoreSheet
from tests.permissions_table import ADDRESSES, MOVED
from tests.permissions_visit import REFUSALS, Visit, path_of
from tests.scoring.room_cast import STATES, UNITS, Room, Words

PREFIX = "admin:scoring_scoresheet_"
# What writes of the room's addresses, and what writes no sheet.
VERBS = ("video", "save", "confirm", "conflict", "excuse", "reopen", "discussion")
READ = (
    *("changelist", "progress", "invite", "remind", "practice", "practice_save"),
    *("practice_confirm", "analysis", "minutes", "minutes_template"),
    *("minutes_template_file", "history", "history_export"),
)
# What the table of addresses lets judges in by, and the room's own; the rest is always refused, or
# leads on to what is.
OPEN = [
    name
    for name, address in ADDRESSES.items()
    if name.startswith(PREFIX)
    or not {address.get["judge"], address.post["judge"]} <= {*REFUSALS, MOVED}
]
KEYS = ("content", "script", "technique", "effect", "rules")
TABLES = (
    *("scoring_scoresheet", "scoring_mark", "scoring_markchange", "scoring_paneldiscussion"),
    "contests_conflict",
)


class Tally:
    """How many requests were made, what was wrong with them, and which verbs wrote."""

    def __init__(self) -> None:
        self.requests = 0
        self.wrong: list[str] = []
        self.wrote: set[str] = set()

    def ask(self, client: Client, method: str, path: str, data: Any = None) -> Visit:
        self.requests += 1
        return Visit(client, method, path, data)

    def listen(
        self,
        visit: Visit,
        said: str,
        forbidden: Words,
        path: str,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Note every forbidden word of an answer."""
        told = visit.content
        # What is repeated in its own answer tells nothing to who has typed it.
        choice = (data or {}).get("sheet", path)
        for typed in (path, escape(path), path.partition("?")[0], choice):
            told = told.replace(typed.lower(), "")
        self.wrong += [f"{said}: {visit.outcome}, tells {w}" for w in forbidden.told_by(told)]

    def report(self, capsys: pytest.CaptureFixture[str], what: str) -> None:
        with capsys.disabled():
            print(f"\n{what}: {self.requests} requests", end="")  # noqa: T201
        assert not self.wrong, "\n".join(self.wrong)


def client_of(room: Room, judge: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(room.judges[judge].user)
    return client


def everywhere(
    room: Room, names: Collection[str] = ADDRESSES.keys()
) -> Iterator[tuple[str, str, str]]:
    """Every address about every unit, and once those that are about none: name, path, unit."""
    seen: set[str] = set()
    for unit in (*UNITS, "elsewhere"):
        stage = room.stage_of(unit)
        for name in names:
            path = path_of(name, stage)
            if path not in seen:
                seen.add(path)
                yield name, path, unit


def forms_of(room: Room, judge: str, name: str, unit: str) -> list[dict[str, Any]]:
    """Return what the verbs take, right in every field; others what the table of addresses says."""
    verb = name.removeprefix(PREFIX)
    if unit not in UNITS or verb not in VERBS:
        return [ADDRESSES[name].data(room.stage_of(unit))]
    sheet = ScoreSheet.objects.filter(judge=room.judges[judge], video=room.videos[unit]).first()
    marks = {f"m-{key}": "3" for key in KEYS}
    filled = {**marks, "remark": "x", "revision": str(sheet.revision if sheet else 0)}
    if verb == "video":
        return [{**filled, button: "1"} for button in ("_save", "_next", "_submit")]
    if verb in {"excuse", "reopen"}:
        public_id = room.videos[unit].public_id
        keys = [f"{seat.pk}:{public_id}" for seat in room.judges.values()]
        return [{"sheet": key, "reason": "Lý do"} for key in keys]
    texts = {"conflict": {"reason": "Quen biết"}, "discussion": {"text": "Đã hội ý"}}
    return [texts.get(verb, filled)]


def written(visit: Visit) -> list[str]:
    """Return what a request wrote of sheets, marks, their history, discussions and conflicts."""
    return [sql for sql in visit.writes if any(f'"{table}"' in sql for table in TABLES)]


def may_write(
    room: Room, judge: str, name: str, unit: str, data: dict[str, Any], *, closed: bool
) -> bool:
    """Whether a judge who chairs may write this about this unit (rules: M3, M4, M5, M6)."""
    verb = name.removeprefix(PREFIX)
    if unit not in UNITS or verb not in VERBS:
        return False
    state = STATES[judge][unit]
    if verb in {"excuse", "reopen"}:
        seat, _colon, _video = data["sheet"].partition(":")
        other = next(STATES[name][unit] for name, j in room.judges.items() if str(j.pk) == seat)
        if state == "kept" or other == "kept":
            return False
        if verb == "excuse":
            return closed and other != "submitted"
        return not closed and state == other == "submitted"
    if verb == "discussion":
        return state == "submitted"
    if closed or state == "kept":
        return False
    return verb == "conflict" or state != "submitted"
