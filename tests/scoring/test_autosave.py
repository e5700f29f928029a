"""The draft that saves itself: what it acknowledges is stored, what it refuses is not (M2, M6)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from scoring.models import Mark, MarkChange, ScoreSheet, declare_conflict
from tests import make

pytestmark = pytest.mark.django_db
FULL = ("27", "17.5", "21", "18", "5")


@pytest.fixture
def judge():
    contest = make.make_contest()
    make.make_criteria(contest)
    return make.make_judge(contest)


@pytest.fixture
def video(judge):
    return make.make_video(make.make_unit(judge.contest))


@pytest.fixture
def save(client, judge, video):
    client.force_login(judge.user)

    def post(*, revision=0, remark="", notes="", **marks):
        fields = {f"m-{key}": mark for key, mark in marks.items()}
        data = {**fields, "revision": revision, "remark": remark, "notes": notes}
        response = client.post(f"/admin/scoring/scoresheet/video/{video.public_id}/save/", data)
        return response.status_code, response.json()

    return post


def stored():
    return dict(Mark.objects.values_list("criterion__key", "value"))


def test_what_is_acknowledged_is_stored_with_remark_and_notes(save):
    status, said = save(content="17,5", rules="5", remark="Rõ ràng", notes="xem lại phút 2")
    sheet = ScoreSheet.objects.get()
    assert (status, said["revision"], said["errors"]) == (200, 1, {})
    assert dt.datetime.fromisoformat(said["saved_at"]) - sheet.saved_at < dt.timedelta(seconds=1)
    assert stored() == {"content": Decimal("17.5"), "rules": Decimal(5)}
    assert (sheet.remark, sheet.notes) == ("Rõ ràng", "xem lại phút 2")


def test_a_wrong_field_is_named_and_stays_as_it_was_while_the_others_are_saved(save):
    save(content="17", script="10")
    status, said = save(revision=1, content="31", script="11")
    assert (status, said["revision"]) == (200, 2)
    assert said["errors"] == {"m-content": "Điểm phải từ 0 đến 30."}
    assert stored() == {"content": Decimal(17), "script": Decimal(11)}


def test_the_same_once_more_is_acknowledged_and_changes_nothing(save):
    first, again = save(content="17", remark="Hay"), save(content="17", remark="Hay")
    assert first == again
    assert MarkChange.objects.count() == 1
    assert save(content="18", remark="Hay") == (409, {"error": "elsewhere"})


@pytest.mark.parametrize("revision", ["0", "2", "-1", "x", "", "1" * 30])
def test_another_windows_save_is_not_overwritten(save, revision):
    save(content="17")
    assert save(revision=revision, content="20") == (409, {"error": "elsewhere"})
    assert stored() == {"content": Decimal(17)}


def test_a_sheet_that_was_handed_in_or_excused_takes_nothing(save, judge, video):
    sheet = make.make_sheet(judge, video, *FULL)
    rows = MarkChange.objects.count()
    assert save(revision=sheet.revision, content="1") == (410, {"error": "submitted"})
    assert stored()["content"] == Decimal(27)
    assert MarkChange.objects.count() == rows


def test_after_closing_nothing_is_taken(save, judge):
    contest = judge.contest
    save(content="17")
    contest.judging_closes_at = timezone.now()
    contest.save(update_fields=["judging_closes_at"])
    assert save(revision=1, content="20") == (410, {"error": "closed"})
    assert stored() == {"content": Decimal(17)}


def test_a_judge_in_conflict_reaches_nothing_of_the_video(client, judge, video):
    declare_conflict(judge=judge, unit=video.unit, reason="Vợ", now=timezone.now())
    client.force_login(judge.user)
    path = f"/admin/scoring/scoresheet/video/{video.public_id}/save/"
    assert client.post(path, {"revision": 0, "m-content": "20"}).status_code == 404
    assert not ScoreSheet.objects.exists()
