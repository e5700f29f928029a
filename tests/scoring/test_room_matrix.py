"""Every judge × every unit × every address: nothing of a conflict, nothing of others (M3, M4, M6).

What an address is, is taken from the resolver as in the tests of permissions; each request is made
and rolled back. How many there were is printed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contests.models import Conflict, Judge, Unit
from media_uploads.models import VideoSubmission
from scoring import guard
from scoring.models import (
    JudgeInConflict,
    JudgingClosed,
    Mark,
    MarkChange,
    NotTheChair,
    PanelDiscussion,
    ScoreSheet,
    SheetExcused,
    SheetIncomplete,
    SheetNotSubmitted,
    SheetSubmitted,
    declare_conflict,
    open_sheet,
    write_discussion,
)
from tests.permissions_table import ADDRESSES
from tests.permissions_visit import REFUSALS, addresses, path_of
from tests.scoring.room_cast import JUDGES, STATES, UNITS, Room, Words
from tests.scoring.room_visit import (
    KEYS,
    OPEN,
    PREFIX,
    READ,
    VERBS,
    Tally,
    client_of,
    everywhere,
    forms_of,
    may_write,
    written,
)

pytestmark = pytest.mark.django_db
FOR_CHAIRS = [PREFIX + name for name in ("excuse", "reopen", "analysis", "discussion", "minutes")]
MEDIA = ("video_copy", "video_poster", "video_captions")
# A list narrowed, sorted or searched by what only others know must not tell it by its length.
QUERIES = (
    "?o=-1.2&_facets=1&all=1", "?q=dau-hieu-phim", "?q=nhan-xet&_popup=1&_to_field=id",
    "?title__startswith=Phim&remark__contains=nhan",
    "?sheets__marks__value__gte=1&judge__sheets__notes__contains=ghi",
)  # fmt: skip
# What differs from one answer to the next: tokens, the clock, and the video drawn as the next one.
FLEETING = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|csrftoken=\w+|expires: [^:]+:\d\d:\d\d gmt'
    r'|<p class="countdown".*?</p>',
    re.DOTALL,
)
NEXT = re.compile(r'<a class="btn btn-primary" href="[^"]*/video/([^/"]+)/"')


@pytest.fixture
def room(caplog: pytest.LogCaptureFixture) -> Room:
    # Thousands of refusals, each with its line, would hide what a failure has to say.
    caplog.set_level(logging.CRITICAL, "django.request")
    return Room()


@pytest.fixture
def tally() -> Tally:
    return Tally()


def seat_everybody_as_chair(room: Room) -> None:
    Judge.objects.filter(contest=room.stage.contest).update(is_chair=True)
    room.refresh()


def test_every_address_is_known_to_the_matrix() -> None:
    unknown = addresses() - set(ADDRESSES)
    room = {name.removeprefix(PREFIX) for name in addresses() if name.startswith(PREFIX)}
    assert sorted(unknown | (room ^ {*VERBS, *READ})) == []


# --- by every address -----------------------------------------------------------------------------


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("chairs", [False, True], ids=["one chair", "all chairs"])
def test_nothing_is_told_and_nothing_forbidden_is_written(
    room: Room, tally: Tally, capsys, chairs: bool, closed: bool
) -> None:
    if chairs:
        seat_everybody_as_chair(room)
    if closed:
        room.close()
    names = OPEN if chairs or closed else ADDRESSES.keys()
    for judge in JUDGES:
        client = client_of(room, judge)
        forbidden = room.forbidden(judge, is_chair=chairs or judge == "chair", closed=closed)
        for name, path, unit in everywhere(room, names):
            visit = tally.ask(client, "GET", path)
            tally.listen(visit, f"{judge}: GET {path}", forbidden, path)
            if name in FOR_CHAIRS and judge != "chair" and not chairs and visit.outcome != 404:
                tally.wrong.append(f"{judge}: GET {path}: {visit.outcome}")
            if written(visit):
                tally.wrong.append(f"{judge}: GET {path} writes {written(visit)}")
            for data in forms_of(room, judge, name, unit):
                visit = tally.ask(client, "POST", path, data)
                said = f"{judge}: POST {path} {data}"
                tally.listen(visit, said, forbidden, path, data)
                if written(visit):
                    tally.wrote.add(name.removeprefix(PREFIX))
                    if not may_write(room, judge, name, unit, data, closed=closed):
                        tally.wrong.append(f"{said}: {visit.outcome}, writes {written(visit)}")
    tally.report(capsys, f"{'closed' if closed else 'open'}, {'all' if chairs else 'one'} in chair")
    # The forms are right: what is refused here is taken from somebody else.
    taken = {"excuse"} if closed else {"video", "save", "confirm", "conflict", "reopen"}
    assert tally.wrote == {*taken, "discussion"}


def test_after_the_results_are_final_nothing_at_all_is_written(
    room: Room, tally: Tally, capsys
) -> None:
    seat_everybody_as_chair(room)
    room.close(final=True)
    for judge in JUDGES:
        client = client_of(room, judge)
        for name, path, unit in everywhere(room, [PREFIX + verb for verb in VERBS]):
            for data in forms_of(room, judge, name, unit):
                if written(tally.ask(client, "POST", path, data)):
                    tally.wrong.append(f"{judge}: POST {path} {data} writes")
    tally.report(capsys, "final")


def test_streams_of_a_conflict_answer_nothing_in_any_way(room: Room, tally: Tally, capsys) -> None:
    """In pieces, by HEAD, while open and once the gallery is public, whatever else a judge is."""
    own, declared = room.judges["own"], room.judges["declared"]
    Unit.objects.filter(pk=own.unit_id).update(coordinator=own.user)
    # By the database alone: no page seats an organizer as a judge (rules: P4).
    _organize_too(room, declared)
    ways: tuple[dict[str, str], ...] = (
        {},
        {"HTTP_RANGE": "bytes=0-5"},
        {"HTTP_RANGE": "bytes=-5"},
        {"HTTP_IF_NONE_MATCH": "*"},
    )
    for published in (False, True):
        if published:
            room.close(final=True)
        for judge in JUDGES:
            client = client_of(room, judge)
            for unit in UNITS:
                stage, hidden = room.stage_of(unit), unit in room.in_conflict(judge)
                for path in [path_of(name, stage) for name in MEDIA]:
                    for way in ways:
                        client.defaults = dict(way)
                        visit = tally.ask(client, "GET", path)
                        outcomes = {visit.outcome, client.head(path).status_code}
                        if hidden is not (outcomes == {404}):
                            tally.wrong.append(f"{judge}: {path} {way}: {outcomes}")
                client.defaults = {}
                for path in [path_of(name, stage) for name in ("gallery", "gallery_video")]:
                    visit = tally.ask(client, "GET", path)
                    told = Words(*room.of_video(unit) if hidden else ())
                    tally.listen(visit, f"{judge}: {path}", told, path)
            for name in [f"{kind}s/u1.bin" for kind in ("original", "copy", "poster")]:
                for path in (f"/media/{name}", f"/{name}", f"/videos/{name}"):
                    tally.listen(tally.ask(client, "GET", path), path, Words("tep-"), path)
    tally.report(capsys, "streams")


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_who_organizes_and_judges_by_mistake_watches_no_marks(
    room: Room, tally: Tally, capsys, closed: bool
) -> None:
    """rules: P4, M4"""
    if closed:
        room.close()
    for judge in JUDGES:
        _organize_too(room, room.judges[judge])
        forbidden = room.forbidden(judge, is_chair=judge == "chair", closed=closed)
        client = client_of(room, judge)
        for _name, path, _unit in everywhere(room, [PREFIX + name for name in (*VERBS, *READ)]):
            visit = tally.ask(client, "GET", path)
            tally.listen(visit, f"{judge}: GET {path}", forbidden, path)
    tally.report(capsys, "organizers by mistake")


def _organize_too(room: Room, judge: Judge) -> None:
    judge.user.groups.add(*room.organizer.groups.all())
    room.stage.contest.organizers.add(judge.user)


@pytest.mark.parametrize("hat", ["judge", "organizer of another contest", "superuser"])
def test_lists_and_searches_tell_nothing(room: Room, tally: Tally, capsys, hat: str) -> None:
    """Sorted, searched, narrowed by crafted words; the search for related rows (M3, M4)."""
    asked = _lists_of(room)
    for judge in JUDGES:
        user = room.judges[judge].user
        if hat == "organizer of another contest":
            user.groups.add(*room.organizer.groups.all())
            room.elsewhere.contest.organizers.add(user)
        user.is_superuser = hat == "superuser"
        user.save()
        forbidden = room.forbidden(judge, is_chair=judge == "chair", closed=False)
        if hat != "judge":
            forbidden = forbidden.without(*room.of_elsewhere())
        client = client_of(room, judge)
        for path, queries in asked.items():
            visit = tally.ask(client, "GET", path)
            tally.listen(visit, f"{judge}: {path}", forbidden, path)
            for query in queries if visit.outcome not in REFUSALS else ():
                visit = tally.ask(client, "GET", path + query)
                tally.listen(visit, f"{judge}: {path}{query}", forbidden, path + query)
    tally.report(capsys, f"lists, {hat}")


def _lists_of(room: Room) -> dict[str, tuple[str, ...]]:
    """Return every list and search, and the words each is asked by."""
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]
    pages = [path_of(PREFIX + name, room.stage) for name in READ]
    chosen = tuple(
        f"?judge={seat.pk}&video={video.public_id}"
        for seat in room.judges.values()
        for video in room.videos.values()
    )
    related = [
        f"{reverse('admin:autocomplete')}?app_label={model._meta.app_label}"
        f"&model_name={model._meta.model_name}&field_name={field.name}&term="
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if (field.many_to_one or field.many_to_many) and not field.auto_created
    ]
    alone = ["/", "/admin/", "/admin/scoring/", f"/{room.stage.slug}/", "/unit/", *related]
    return {
        **dict.fromkeys(lists, QUERIES),
        **dict.fromkeys(pages, QUERIES),
        **dict.fromkeys(pages[-2:], chosen),
        **dict.fromkeys(alone, ()),
    }


# --- with and without the others ------------------------------------------------------------------


def test_what_a_judge_reads_is_the_same_with_and_without_the_others_sheets(
    room: Room, tally: Tally, capsys
) -> None:
    """No count, order or figure hangs on what others did (rules: M4).

    A chair opens sheets again and reads discussions where the own sheet is in: that alone differs.
    """
    for judge in JUDGES:
        client = client_of(room, judge)
        aside = {"readyz", f"{PREFIX}reopen"} if judge == "chair" else {"readyz"}
        paths = [
            path
            for name, path, unit in everywhere(room, {*OPEN} - aside)
            if unit != "elsewhere"
            and not (name == f"{PREFIX}discussion" and unit in room.done(judge))
        ]
        there = {path: _read(tally, client, path) for path in paths}
        with transaction.atomic():
            _without_others(room.judges[judge])
            alone = {path: _read(tally, client, path) for path in paths}
            transaction.set_rollback(True)
        to_mark = {
            room.videos[unit].public_id.lower()
            for unit in UNITS
            if STATES[judge][unit] in {"draft", "again", "todo"}
        }
        for path in paths:
            if there[path][0] != alone[path][0]:
                tally.wrong.append(f"{judge}: {path} changes with the others' sheets")
            if not there[path][1] | alone[path][1] <= to_mark:
                tally.wrong.append(f"{judge}: {path} leads to a video that is not to be marked")
        assert set().union(*(upcoming for _said, upcoming in there.values())) == to_mark
    tally.report(capsys, "with and without the others")


def _read(tally: Tally, client: Client, path: str) -> tuple[str, set[str]]:
    """Return an answer without what is fleeting in it, and the video it leads on to."""
    said = FLEETING.sub("", tally.ask(client, "GET", path).content)
    return NEXT.sub("", said), set(NEXT.findall(said))


def _without_others(judge: Judge) -> None:
    """Take away what the others stored, as if this judge marked alone."""
    others = ScoreSheet.objects.exclude(judge=judge)
    with guard.lifted():
        PanelDiscussion.objects.all().delete()
        MarkChange.objects.filter(sheet__in=others).delete()
        others.delete()


# --- past the pages -------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["open", "closed", "final"])
def test_the_verbs_refuse_what_the_pages_never_ask_for(
    room: Room, tally: Tally, capsys, phase: str
) -> None:
    """A request that was let in a moment earlier meets the verbs; here every judge chairs."""
    if phase != "open":
        room.close(final=phase == "final")
    seat_everybody_as_chair(room)
    before, now = rows(), timezone.now() if phase == "open" else room.now
    for judge in JUDGES:
        for unit in UNITS:
            for verb, act in _acts(room, judge, unit, now).items():
                tally.requests += 1
                refusal, expected = _refusal(act), _expected(judge, unit, verb, phase)
                if refusal is not expected:
                    tally.wrong.append(f"{judge} {verb} {unit}: {refusal}, expected {expected}")
                if rows() != before:
                    tally.wrong.append(f"{judge} {verb} {unit}: refused, yet written")
    tally.report(capsys, f"verbs, {phase}")


def rows() -> dict[str, list[Any]]:
    """Return everything the room has stored."""
    models = (ScoreSheet, Mark, MarkChange, PanelDiscussion, Conflict)
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in models
    }


def _acts(room: Room, judge: str, unit: str, now: Any) -> dict[str, Callable[[], Any]]:
    """Return each verb of a judge about a video, on rows read anew."""
    seat = Judge.objects.select_related("contest", "user").get(pk=room.judges[judge].pk)
    videos = VideoSubmission.objects.select_related("unit__contest")
    video, by = videos.get(pk=room.videos[unit].pk), seat.user
    ids = dict(room.stage.contest.criteria.values_list("key", "pk"))
    marks = {ids[key]: Decimal(3) for key in KEYS}
    given = {"by": by, "reason": "Lý do", "now": now}

    def sheet() -> ScoreSheet:
        return ScoreSheet.objects.get_or_create(judge=seat, video=video)[0]

    def save() -> None:
        found = sheet()
        found.save_draft(marks=marks, remark="x", revision=found.revision, now=now)

    return {
        "open": lambda: open_sheet(judge=seat, video=video, now=now),
        "save": save,
        "submit": lambda: sheet().submit(now=now),
        "reopen": lambda: sheet().reopen(**given),
        "excuse": lambda: sheet().excuse(**given),
        "discuss": lambda: write_discussion(video=video, by=by, text="x", now=now),
        "declare": lambda: declare_conflict(judge=seat, unit=video.unit, reason="x", now=now),
    }


def _refusal(act: Callable[[], Any]) -> type[Exception] | None:
    """Return how the act was refused, None where it was taken; what it wrote is rolled back."""
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except (
        *(JudgeInConflict, JudgingClosed, NotTheChair, SheetExcused, SheetIncomplete),
        *(SheetNotSubmitted, SheetSubmitted),
    ) as refusal:
        return type(refusal)
    return None


def _expected(judge: str, unit: str, verb: str, phase: str) -> type[Exception] | None:
    """Return how the rules refuse this act on the own sheet."""
    state, final = STATES[judge][unit], phase == "final"
    if verb == "discuss":
        may = state == "submitted"
        return JudgingClosed if final else None if may else NotTheChair
    if final if verb == "excuse" else phase != "open":
        return JudgingClosed
    if verb == "declare":
        return None
    if state == "kept":
        return JudgeInConflict
    if verb == "reopen":
        return None if state == "submitted" else NotTheChair
    if verb == "open":
        return None
    if state == "submitted":
        return SheetSubmitted
    return SheetIncomplete if verb == "submit" and state == "todo" else None
