"""A rehearsal promises no results: its results are never published (rules: A5)."""

import pytest
from django.utils import timezone

from contests.models import Contest
from portal import schedule
from tests.make import DAY, make_contest
from tests.portal.cast import make_quiz

pytestmark = pytest.mark.django_db
EARNEST = ("Kết quả sơ bộ", "Kết quả chính thức", "kiến nghị", "Kết quả được công bố sau")
SAID = "Đây là hội thi thử, kết quả không được công bố."


@pytest.fixture
def contest():
    contest = make_contest(announced_on=timezone.localdate() - 30 * DAY)
    make_quiz(contest)
    return contest


def rehearse(contest):
    Contest.objects.filter(pk=contest.pk).update(is_rehearsal=True)
    contest.refresh_from_db()


def names(contest):
    return [step.name for step in schedule.milestones(contest, now=timezone.now())]


def read(client, address):
    return client.get(address).content.decode()


def test_the_schedule_of_a_rehearsal_ends_with_the_judging(contest):
    earnest = names(contest)
    rehearse(contest)
    assert earnest[:-2] == names(contest)
    assert names(contest)[-1] == "Chấm video"


@pytest.mark.parametrize("address", ["/", "/hoi-thi/"])
def test_its_pages_promise_no_results(client, contest, address):
    promised = [text for text in EARNEST if text in read(client, address)]
    assert len(promised) >= 2
    rehearse(contest)
    said = read(client, address)
    assert [text for text in EARNEST if text in said] == []


def test_its_rules_and_its_banner_say_that_nothing_is_published(client, contest):
    assert SAID not in read(client, "/hoi-thi/")
    rehearse(contest)
    # Once among the rules, once in the banner: quiz and videos have closed.
    assert read(client, "/hoi-thi/").count(SAID) == 2


def test_the_page_of_its_results_names_no_day(client, contest):
    day = schedule.day(schedule.results_expected_from(contest))
    assert day in read(client, "/hoi-thi/results/")
    rehearse(contest)
    said = read(client, "/hoi-thi/results/")
    assert day not in said
    assert "Kết quả không được công bố" in said
