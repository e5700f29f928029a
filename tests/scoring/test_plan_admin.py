"""The award plan in the administration: tiers in order, frozen with the first quiz (A1, C4)."""

import pytest

from accounts.models import AuditEntry
from contests.models import SettingChange
from scoring.models import AwardTier
from tests.contests.quizzes import make_quiz
from tests.make import make_contest, make_judge, make_organizer

pytestmark = pytest.mark.django_db
LIST = "/admin/scoring/awardtier/"
FIRST = {"scope": "unit", "quiz": "", "order": "1", "name": "Giải Nhất", "count": "1"}


@pytest.fixture
def contest():
    return make_contest()


@pytest.fixture
def lý(contest, client):
    user = make_organizer(contest)
    client.force_login(user)
    return user


@pytest.fixture
def tier(contest):
    return AwardTier.objects.create(
        contest=contest, scope="unit", order=1, name="Giải Nhất", count=1
    )


def add(contest):
    return f"{LIST}add/?contest={contest.pk}"


def form_errors(response):
    assert response.status_code == 200, "it was stored"
    return set(response.context["adminform"].form.errors)


def test_a_tier_is_added_to_the_chosen_contest(client, lý, contest):
    assert client.post(add(contest), FIRST).status_code == 302
    tier = AwardTier.objects.get()
    assert (tier.contest, tier.name, tier.count) == (contest, "Giải Nhất", 1)
    assert not SettingChange.objects.exists()


def test_awards_to_people_and_only_they_name_a_quiz(client, lý, contest):
    quiz = make_quiz(contest)
    type(quiz).objects.update(
        opens_at=quiz.closes_at.replace(year=2090), closes_at=quiz.closes_at.replace(year=2091)
    )
    assert form_errors(client.post(add(contest), {**FIRST, "scope": "person"})) == {"quiz"}
    assert form_errors(client.post(add(contest), {**FIRST, "quiz": quiz.pk})) == {"quiz"}
    both = {**FIRST, "scope": "person", "quiz": quiz.pk}
    assert client.post(add(contest), both).status_code == 302


def test_a_quiz_of_another_contest_is_refused(client, lý, contest):
    foreign = make_quiz(make_contest("khac"))
    wrong = {**FIRST, "scope": "person", "quiz": foreign.pk}
    assert "quiz" in form_errors(client.post(add(contest), wrong))


def test_a_place_in_the_order_is_held_once_in_each_ranking(client, lý, contest, tier):
    assert form_errors(client.post(add(contest), FIRST)) == {"order"}
    assert client.post(add(contest), {**FIRST, "scope": "video"}).status_code == 302


def test_a_frozen_plan_changes_with_a_reason_only(client, lý, contest, tier):
    make_quiz(contest)
    url = f"{LIST}{tier.pk}/change/"
    assert form_errors(client.post(url, {**FIRST, "count": "2"})) == {"reason"}
    changed = {**FIRST, "count": "2", "reason": "Thêm kinh phí"}
    assert client.post(url, changed).status_code == 302
    kept = SettingChange.objects.get()
    assert (kept.target, kept.reason) == ("award unit 1", "Thêm kinh phí")
    assert (kept.before, kept.after) == ("1. Giải Nhất: 1", "1. Giải Nhất: 2")
    assert "reason" in form_errors(client.post(add(contest), {**FIRST, "order": "2"}))


def test_a_frozen_tier_is_removed_with_a_reason_only(client, lý, contest, tier):
    make_quiz(contest)
    response = client.post(f"{LIST}{tier.pk}/delete/", {"post": "yes"})
    remove = f"{LIST}{tier.pk}/remove/"
    assert response.headers["Location"] == remove
    assert client.post(remove, {"reason": " "}).context["form"].errors["reason"]
    assert AwardTier.objects.exists()
    assert client.post(remove, {"reason": "Bỏ giải"}).status_code == 302
    assert not AwardTier.objects.exists()
    assert (SettingChange.objects.get().before, SettingChange.objects.get().after) == (
        "1. Giải Nhất: 1",
        None,
    )


def test_before_the_opening_a_tier_is_deleted_like_any_row(client, lý, contest, tier):
    assert client.post(f"{LIST}{tier.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not AwardTier.objects.exists()
    assert AuditEntry.objects.get().action == "awardtier.delete"


def test_a_foreign_plan_is_not_there(client, lý):
    other = make_contest("khac")
    tier = AwardTier.objects.create(contest=other, scope="unit", order=1, name="Giải", count=1)
    assert list(client.get(LIST).context["cl"].queryset) == []
    assert client.get(f"{LIST}{tier.pk}/change/").headers["Location"] == "/admin/"
    assert client.post(f"{LIST}{tier.pk}/remove/", {"reason": "Vì"}).status_code == 404
    client.post(add(other), {**FIRST, "order": "2"})
    assert AwardTier.objects.count() == 1


def test_a_judge_is_refused(client, contest, tier):
    client.force_login(make_judge(contest).user)
    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}{tier.pk}/remove/", {"reason": "Vì"}).status_code == 403
