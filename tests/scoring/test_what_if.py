"""Other rules are tried on stored data and change nothing (rules: S2-S8, C4)."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contests.models import Contest
from scoring import results
from scoring.models import ResultSet
from tests.scoring.cast import JUDGED, Stage, make_person, sit

pytestmark = pytest.mark.django_db
IN_FORCE = {
    "quiz_weight": "40",
    "unit_rule": "mean",
    "unit_rule_n": "10",
    "turnout_target": "50",
    "min_participants": "1",
    "judge_aggregate": "mean",
    "unit_chain_0": "video",
    "award_needs_both": "on",
}


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def desk(stage: Stage, client: Client) -> Client:
    client.force_login(stage.first)
    return client


def said(desk: Client, stage: Stage, **rules: str) -> str:
    address = reverse("admin:scoring_results_what_if", args=[stage.contest.pk])
    answer = desk.get(address, {**IN_FORCE, **rules})
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_rules_in_force_change_nothing(desk: Client, stage: Stage) -> None:
    assert "Mọi đơn vị giữ nguyên thứ hạng và giải." in said(desk, stage)


def test_other_weights_give_other_totals(desk: Client, stage: Stage) -> None:
    # Q 100, V 89: 93.40 by 40/60, 97.80 by 80/20; Q 50, V 0: 20 and 40.
    text = said(desk, stage, quiz_weight="80")
    assert "1 · 93,40 · Giải Nhất 1 · 97,80 · Giải Nhất" in text
    assert "2 · 20,00 2 · 40,00" in text


def test_another_unit_rule_gives_other_ranks_and_awards(desk: Client, stage: Stage) -> None:
    late = make_person(stage.other, "Lý Văn Tám")
    sit(late, stage.quiz, right=2)
    text = said(desk, stage, quiz_weight="100", unit_rule="best", award_needs_both="")
    # Both best people have everything right: the video decides no more, the video points do.
    assert "Sở Tư pháp DV02 2 · 30,00 2 · 100,00" in text


def test_what_is_tried_is_stored_nowhere(desk: Client, stage: Stage) -> None:
    made = results.refresh(stage.contest, now=JUDGED).result_set
    with CaptureQueriesContext(connection) as caught:
        said(desk, stage, quiz_weight="80", unit_rule="best")
    writes = [query["sql"] for query in caught if query["sql"].startswith(("INSERT", "UPDATE"))]
    assert [sql for sql in writes if "session" not in sql] == []
    contest = Contest.objects.get()
    assert (contest.quiz_weight, contest.unit_rule) == (40, "mean")
    assert ResultSet.objects.get() == made


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"quiz_weight": "101"}, "100"),
        ({"unit_chain_1": "video"}, "hai lần"),
        ({"unit_rule": "none"}, "none"),
    ],
)
def test_impossible_rules_are_refused_in_the_form(
    desk: Client, stage: Stage, rules: dict[str, Any], words: str
) -> None:
    text = said(desk, stage, **rules)
    assert "Thứ hạng theo hai cách tính" not in text
    assert words in text


def test_a_rule_that_lacks_a_headcount_says_so(desk: Client, stage: Stage) -> None:
    stage.contest.units.filter(code="DV02").update(headcount=None)
    assert "cần số CBCCVC của mọi đơn vị" in said(desk, stage, unit_rule="top_n")
