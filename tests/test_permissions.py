"""Who gets what at every address: each one there is, asked by everybody, by GET and by POST."""

import logging

import pytest

from tests.permissions_cast import ACTORS, ORGANIZERS, RAW, Cast, lay_files
from tests.permissions_table import ADDRESSES, MOVED
from tests.permissions_visit import REFUSALS, Visit, addresses, browser, path_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(caplog):
    # Thousands of refusals, each with its line, would hide what a failure has to say.
    caplog.set_level(logging.CRITICAL, "django.request")
    lay_files()
    return Cast()


def test_every_address_is_declared_and_every_declared_one_is_there():
    assert addresses() == set(ADDRESSES)


@pytest.mark.parametrize("actor", ACTORS)
def test_everybody_gets_what_is_declared_and_nothing_of_others(cast, actor, request, capsys):
    """By GET and POST: the outcome, nobody else's data, nothing written where refused."""
    client, forbidden = browser(cast, actor), cast.forbidden(actor)
    wrong, tried = [], 0
    for name, address in ADDRESSES.items():
        path = path_of(name, cast.home)
        for method, expected in (("GET", address.get), ("POST", address.post)):
            visit = Visit(client, method, path, address.data(cast.home))
            tried += 1
            said = f"{method} {path}"
            if visit.outcome != expected[actor]:
                wrong.append(f"{said}: {visit.outcome}, expected {expected[actor]}")
            wrong += [f"{said} tells {word}" for word in forbidden if word in visit.content]
            if RAW in visit.content and "content-type: text/html" in visit.content:
                wrong.append(f"{said} does not escape a name")
            if visit.outcome in REFUSALS and visit.writes:
                wrong.append(f"{said}: {visit.outcome}, yet {visit.writes}")
    with capsys.disabled():
        terminal = request.config.pluginmanager.get_plugin("terminalreporter")
        terminal.write_line(f" {actor}: {tried} requests, in each {len(forbidden)} words sought")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor not in ORGANIZERS])
def test_a_draft_is_not_there_for_anybody_but_its_organizers(cast, actor):
    client, wrong = browser(cast, actor), []
    for name, address in ADDRESSES.items():
        if name == "enter" or address.words(cast.home) == address.words(cast.draft):
            continue
        path = path_of(name, cast.draft)
        for method in ("GET", "POST"):
            visit = Visit(client, method, path, address.data(cast.draft))
            if visit.outcome not in (*REFUSALS, MOVED) or visit.writes:
                wrong.append(f"{method} {path}: {visit.outcome} {visit.writes}")
            told = visit.content.replace(path.lower(), "")
            if "qzkin" in told:
                wrong.append(f"{method} {path} tells of the draft")
    assert not wrong, "\n".join(wrong)
