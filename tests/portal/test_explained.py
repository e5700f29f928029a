"""A result explained whole to whom it belongs, and to nobody else (rules: P7, A5, S2-S8)."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contests.models import Contest
from scoring import guard
from scoring.models import Basis
from tests.make import make_judge, make_sheet, make_unit, make_user, make_video
from tests.portal.cast import LEADER_MARKS, Stage, make_attempt, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return Stage()


def page(client: Client, stage: Stage, name: str, **words: Any) -> str:
    answer = client.get(reverse(name, kwargs={"slug": stage.contest.slug, **words}))
    assert answer.status_code == 200, name
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def status(client: Client, stage: Stage, name: str, **words: Any) -> int:
    return client.get(reverse(name, kwargs={"slug": stage.contest.slug, **words})).status_code


def coordinator_of(stage: Stage, code: str) -> Any:
    user = make_user(f"Đầu mối {code}")
    stage.contest.units.filter(code=code).update(coordinator=user)
    return user


def test_a_unit_reads_how_its_figures_were_rounded(stage: Stage, client: Client) -> None:
    stage.publish()
    client.force_login(coordinator_of(stage, "DV01"))
    said = page(client, stage, "unit_explained", code="DV01")
    # 14 of 15; (40 × 93.33 + 60 × 89) ÷ 100 = 90.732
    assert "93,333333… 93,33" in said
    assert "89,00 89,00" in said
    assert "(40 × 93,33 + 60 × 89,00) ÷ 100 90,732 90,73" in said


def test_sheets_stand_under_letters_from_the_largest_total(stage: Stage, client: Client) -> None:
    judge = make_judge(stage.contest, "Giám khảo chấm cao")
    make_sheet(judge, stage.video, "30", "20", "25", "20", "4", now=timezone.now())
    stage.publish()
    client.force_login(coordinator_of(stage, "DV01"))
    said = page(client, stage, "unit_explained", code="DV01")
    assert "Giám khảo A 99" in said
    assert "Giám khảo B 89" in said
    assert "Giám khảo chấm cao" not in said


def test_it_says_which_key_decided_between_neighbours(stage: Stage, client: Client) -> None:
    stage.publish()
    client.force_login(coordinator_of(stage, "DV01"))
    said = page(client, stage, "unit_explained", code="DV01")
    below = stage.contest.result_sets.get().units.order_by("position")[1]
    assert "Liền trên" not in said
    assert f"Liền dưới: {below.name}" in said
    assert "Khác nhau ở Tổng điểm: đơn vị này 90,73, đơn vị kia 13,33." in said


def test_units_equal_in_everything_share_the_rank_and_are_told_so(
    stage: Stage, client: Client
) -> None:
    for code in ("DV08", "DV09"):
        make_unit(stage.contest, code, headcount=10)
    stage.publish()
    client.force_login(coordinator_of(stage, "DV08"))
    assert "đồng hạng" in page(client, stage, "unit_explained", code="DV08")


def test_a_person_reads_the_own_result_and_no_name_beside_it(stage: Stage, client: Client) -> None:
    unit = make_unit(stage.contest, "DV07", headcount=10)
    slower = make_person(unit, "Huỳnh Thị Ngọc Mai")
    make_attempt(slower, stage.quiz, correct=14, duration_ms=70_900)
    stage.publish()
    client.force_login(slower.user)
    said = page(client, stage, "person_explained", number=slower.number)
    assert "14 / 15 = 93,3333%" in said
    assert "1 phút 10 giây" in said
    assert "Liền trên. Khác nhau ở: thời gian làm bài (tính theo giây)." in said
    others = stage.contest.participants.exclude(pk=slower.pk)
    assert not any(other.full_name in said for other in others)


def test_nobody_but_itself_and_organizers_reads_it(stage: Stage, client: Client) -> None:
    stage.publish()
    person = stage.contest.participants.order_by("number")[0]
    other = stage.contest.participants.order_by("number").last()
    for user in (other.user, make_judge(stage.contest, "Giám khảo").user):
        client.force_login(user)
        assert status(client, stage, "person_explained", number=person.number) == 404
        assert status(client, stage, "unit_explained", code="DV01") == 404
    client.force_login(coordinator_of(stage, "DV02"))
    assert status(client, stage, "unit_explained", code="DV01") == 404
    # A coordinator never sees a person's score, of the own unit neither.
    client.force_login(coordinator_of(stage, person.unit.code))
    assert status(client, stage, "person_explained", number=person.number) == 404
    client.logout()
    assert status(client, stage, "person_explained", number=person.number) == 302


def test_before_publication_only_organizers_read_it_from_the_draft(
    stage: Stage, client: Client
) -> None:
    stage.refresh()
    person = stage.contest.participants.order_by("number")[0]
    client.force_login(coordinator_of(stage, "DV01"))
    assert status(client, stage, "unit_explained", code="DV01") == 404
    client.force_login(person.user)
    assert status(client, stage, "person_explained", number=person.number) == 404
    client.force_login(stage.organizer)
    assert "chưa công bố" in page(client, stage, "unit_explained", code="DV01")
    assert "chưa công bố" in page(client, stage, "person_explained", number=person.number)


def test_the_set_explains_itself_after_the_weights_changed(stage: Stage, client: Client) -> None:
    stage.publish()
    Contest.objects.filter(pk=stage.contest.pk).update(quiz_weight=50, video_weight=50)
    client.force_login(coordinator_of(stage, "DV01"))
    said = page(client, stage, "unit_explained", code="DV01")
    assert "(40 × 93,33 + 60 × 89,00) ÷ 100" in said


def test_a_set_without_its_basis_says_so(stage: Stage, client: Client) -> None:
    stage.publish()
    with guard.lifted():
        Basis.objects.all().delete()
    client.force_login(coordinator_of(stage, "DV01"))
    assert "không lưu căn cứ tính" in page(client, stage, "unit_explained", code="DV01")


def test_more_videos_and_people_cost_no_more_queries(stage: Stage, client: Client) -> None:
    user = coordinator_of(stage, "DV01")
    stage.publish()
    client.force_login(user)

    def queries() -> int:
        page(client, stage, "unit_explained", code="DV01")
        with CaptureQueriesContext(connection) as caught:
            page(client, stage, "unit_explained", code="DV01")
        return len(caught)

    few = queries()
    leader = stage.contest.units.get(code="DV01")
    for number in range(3):
        make_attempt(make_person(leader, f"Lý Văn {number}"), stage.quiz)
        film = make_video(leader, f"Video {number}", slot=number + 2)
        make_sheet(stage.contest.judges.get(), film, *LEADER_MARKS)
    stage.publish()
    assert queries() == few
