"""Files of results: who may have which, and how they are named."""

import json

import pytest
from django.urls import reverse

from contests.models import Participant
from scoring.documents import FORMATS, PUBLIC_TABLES
from tests.make import make_contest, make_organizer
from tests.portal.cast import Stage

pytestmark = pytest.mark.django_db


def address(stage: Stage, table: str = "units", form: str = "json") -> str:
    kwargs = {"slug": stage.contest.slug, "table": table, "form": form}
    return reverse("contest_download", kwargs=kwargs)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("table", PUBLIC_TABLES)
def test_anybody_may_download_a_published_public_table(client, table, form):
    stage = Stage()
    stage.publish()
    response = client.get(address(stage, table, form))
    assert response.status_code == 200
    start = {"csv": b"\xef\xbb\xbf", "xlsx": b"PK", "json": b"["}[form]
    assert response.content.startswith(start)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store, private"
    disposition = response["Content-Disposition"]
    assert disposition.startswith(f'attachment; filename="hoi-thi-{table}-1.{form}"')
    assert "filename*=UTF-8''" in disposition
    assert disposition.isascii()


def test_the_table_of_people_is_the_organizers_own(client):
    stage = Stage()
    stage.publish()
    assert client.get(address(stage, "people")).status_code == 404
    for user in (stage.coordinator, stage.winner.user):
        client.force_login(user)
        assert client.get(address(stage, "people")).status_code == 404
    client.force_login(make_organizer(make_contest("hoi-thi-khac"), "Người khác"))
    assert client.get(address(stage, "people")).status_code == 404
    client.force_login(stage.organizer)
    names = [row["name"] for row in client.get(address(stage, "people")).json()]
    assert names == ["Lê Chí Nguyện", "Sơn Thị Thu Nguyệt"]


def test_organizers_get_the_newest_set_or_the_one_they_ask_for(client):
    stage = Stage()
    stage.publish()
    Participant.objects.filter(pk=stage.winner.pk).update(disqualified_reason="Thi hộ")
    stage.refresh()
    client.force_login(stage.organizer)
    newest = json.loads(client.get(address(stage)).content)
    assert {(row["result_set"], row["state"]) for row in newest} == {(2, "draft")}
    first = json.loads(client.get(address(stage) + "?set=1").content)
    assert {(row["result_set"], row["state"]) for row in first} == {(1, "provisional")}


@pytest.mark.parametrize("query", ["?set=9", "?set=x", "?set=-1", "?set=٣", "?set=" + "9" * 30])
def test_a_set_that_is_not_there_is_not_found(client, query):
    stage = Stage()
    stage.publish()
    assert client.get(address(stage) + query).status_code == 404
    client.force_login(stage.organizer)
    assert client.get(address(stage) + query).status_code == 404


@pytest.mark.parametrize(("table", "form"), [("units", "pdf"), ("secrets", "json")])
def test_unknown_tables_and_formats_are_not_found(client, table, form):
    stage = Stage()
    stage.publish()
    assert client.get(address(stage, table, form)).status_code == 404


def test_a_contest_no_longer_announced_gives_no_file(client):
    stage = Stage()
    stage.publish()
    stage.contest.is_announced = False
    stage.contest.save(update_fields=["is_announced"])
    assert client.get(address(stage)).status_code == 404


def test_only_reading_is_allowed(client):
    stage = Stage()
    stage.publish()
    assert client.post(address(stage)).status_code == 405
