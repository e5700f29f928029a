"""PostgreSQL itself keeps what was published from whoever goes past the verbs (rules: A3, A4)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from scoring import guard, results
from scoring.models import Award, Basis, PersonResult, ResultSet, UnitResult, VideoResult
from tests.scoring.cast import DAY, JUDGED, Stage

pytestmark = pytest.mark.django_db
LATER = JUDGED + 4 * DAY


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    return stage


def make_final(stage: Stage) -> ResultSet:
    results.request_final(stage.contest, by=stage.first, reason="Hết hạn.", now=LATER)
    return results.approve_final(stage.contest, by=stage.second, now=LATER)


def one_more_award() -> Award:
    award = Award.objects.order_by("pk")[0]
    award.pk, award.position = None, 99
    award.save(force_insert=True)
    return award


def a_row_from_a_draft() -> None:
    published = ResultSet.objects.get()
    draft = ResultSet.objects.create(
        contest=published.contest, number=2, digest="d", built_at=JUDGED
    )
    award = Award.objects.order_by("pk")[0]
    award.pk, award.position, award.result_set = None, 99, draft
    award.save(force_insert=True)
    Award.objects.filter(result_set=draft).update(result_set=published)


ROWS: dict[str, Callable[[], Any]] = {
    "a total": lambda: UnitResult.objects.filter(rank=1).update(total=Decimal("99.99")),
    "a person's rank": lambda: PersonResult.objects.filter(rank=1).update(rank=2),
    "another basis": lambda: Basis.objects.update(content={}),
    "a video away": lambda: VideoResult.objects.all().delete(),
    "an award away": lambda: Award.objects.filter(scope="unit").delete(),
    "one more award": one_more_award,
    "a row from a draft": a_row_from_a_draft,
    "other inputs": lambda: ResultSet.objects.update(digest="0" * 64),
    "another number of units": lambda: ResultSet.objects.update(statistics=[["units_total", 3]]),
    "a draft again": lambda: ResultSet.objects.update(state="draft"),
    "another seal": lambda: ResultSet.objects.update(seal="0" * 64),
    "all of it away": lambda: ResultSet.objects.all().delete(),
}
ONCE_FINAL: dict[str, Callable[[], Any]] = {
    "another reason": lambda: ResultSet.objects.update(final_reason="Khác"),
    "provisional again": lambda: ResultSet.objects.update(state="provisional"),
    "another deadline": lambda: ResultSet.objects.update(objections_until=LATER + DAY),
}


def refused_by_the_database(act: Callable[[], Any]) -> bool:
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize("state", ["provisional", "final"])
@pytest.mark.parametrize("name", ROWS)
def test_what_was_published_does_not_change(stage: Stage, name: str, state: str) -> None:
    if state == "final":
        make_final(stage)
    assert refused_by_the_database(ROWS[name]) is (connection.vendor == "postgresql")
    # What removes a whole contest says so, for as long as it takes.
    with guard.lifted():
        ROWS[name]()


@pytest.mark.parametrize("name", ONCE_FINAL)
def test_what_is_final_does_not_change_at_all(stage: Stage, name: str) -> None:
    assert not refused_by_the_database(ONCE_FINAL[name])
    make_final(stage)
    assert refused_by_the_database(ONCE_FINAL[name]) is (connection.vendor == "postgresql")


def test_drafts_come_and_go_and_a_published_one_still_becomes_final(stage: Stage) -> None:
    stage.contest.units.filter(code="DV02").update(headcount=12)
    assert results.refresh(stage.contest, now=JUDGED).built
    stage.contest.units.filter(code="DV02").update(headcount=13)
    assert results.refresh(stage.contest, now=JUDGED).built
    stage.contest.units.filter(code="DV02").update(headcount=10)
    assert not results.refresh(stage.contest, now=JUDGED).built
    assert [found.number for found in ResultSet.objects.all()] == [1]
    assert make_final(stage).state == "final"


def test_every_verb_refuses_a_final_result_with_a_sentence(stage: Stage) -> None:
    make_final(stage)
    before = list(ResultSet.objects.values())
    for verb in (
        lambda: results.publish(stage.contest, by=stage.first, reason="Sửa", now=LATER),
        lambda: results.request_final(stage.contest, by=stage.first, reason="Lại", now=LATER),
        lambda: results.approve_final(stage.contest, by=stage.second, now=LATER),
        lambda: results.decide_tie(
            stage.contest, edge={}, chosen=[], reason="x", by=stage.first, now=LATER
        ),
    ):
        with pytest.raises(results.ResultsRefused) as refused:
            verb()
        assert all(refused.value.args[0])
        assert list(ResultSet.objects.values()) == before
