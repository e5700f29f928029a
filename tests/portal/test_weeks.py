"""Several quizzes, and one to practise on, as visitors, coordinators and organizers meet them."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contests.models import Attempt, Contest, Quiz
from portal import roster, schedule, sums
from portal.guards import with_quizzes
from scoring import results
from scoring.models import AwardTier
from scoring.models.results import Scope
from tests.clock import standing_at
from tests.make import make_organizer, make_user
from tests.scoring.weeks import (
    DAY,
    NOW,
    make_practice,
    make_weekly_contest,
    make_weeks,
    person,
    practise,
    sit_the_weeks,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def contest() -> Contest:
    """Three weeks that have passed, and a practice quiz that everybody has tried; open still."""
    made = make_weekly_contest()
    weeks = make_weeks(made)
    practice = make_practice(made)
    sit_the_weeks(made, weeks)
    practise(made, practice)
    for quiz in weeks:
        AwardTier.objects.create(
            contest=made, scope=Scope.PERSON, quiz=quiz, order=1, name="Giải Nhất", count=1
        )
    return made


@pytest.fixture
def organizer(contest):
    return make_organizer(contest)


def publish(contest, organizer):
    return results.publish(contest, by=organizer, now=NOW)


def test_the_timeline_names_each_week_and_labels_practice(client, contest) -> None:
    named = [name for name, _opens, _closes in schedule.windows(ordered(contest))]

    assert named == ["Thi thử: Thi thử", "Tuần 1", "Tuần 2", "Tuần 3"]


def ordered(contest: Contest) -> Contest:
    """The contest as pages load it: quizzes in the order of their opening."""
    return with_quizzes(Contest.objects.filter(pk=contest.pk)).get()


def test_the_contest_page_tells_the_weeks_and_counts_down_to_theirs_only(client, contest) -> None:
    third = contest.quizzes.get(slug="tuan-3")
    with standing_at(third.closes_at - DAY):
        said = client.get("/hoi-thi/").text
    assert "Tuần 3 còn" in said
    assert [said.count(f">Tuần {week}</h2>") for week in (1, 2, 3)] == [1, 1, 1]
    assert "Thi thử</h2>" not in said
    with standing_at(NOW):
        assert "Thi thử còn" not in client.get("/hoi-thi/").text


def test_the_rules_speak_of_what_counts(client, contest) -> None:
    with standing_at(NOW):
        sections = client.get("/hoi-thi/").context["rules"]
    text = " ".join(paragraph for section in sections for paragraph in section.paragraphs)

    assert "Thi thử" not in text
    for week in (1, 2, 3):
        assert f"Tuần {week}: 4 câu hỏi" in text
        assert f"Cá nhân, Tuần {week}: 1 Giải Nhất." in text
    # The practice quiz asks for a prediction, none of the others does.
    assert "dự đoán" not in text


def test_the_sum_of_a_unit_names_the_points_of_each_week(contest) -> None:
    rows = list(results.refresh(contest, now=NOW).result_set.units.order_by("position"))

    said = [sums.explain(contest, row, rows).lines[0] for row in rows]

    assert [(line.how, line.value) for line in said] == [
        ("trung bình của 3 đợt thi: Tuần 1 75,00; Tuần 2 25,00; Tuần 3 75,00", "58,33"),
        ("trung bình của 3 đợt thi: Tuần 1 75,00; Tuần 2 0,00; Tuần 3 75,00", "50,00"),
        ("không có thí sinh dự thi trắc nghiệm", "0,00"),
    ]


def test_published_results_name_the_week_of_every_winner(client, contest, organizer) -> None:
    publish(contest, organizer)

    said = client.get("/hoi-thi/results/").text

    for name, week in (("Lê An", 1), ("Lê An", 2), ("Lê Bình", 3)):
        assert f"Tuần {week}" in said
        assert name in said
    for unseen in ("Thi thử", "Lê Cúc", "Lê Dũng"):
        assert unseen not in said
    assert "Tuần 1 75,00; Tuần 2 25,00; Tuần 3 75,00" in said


def test_the_organizers_ranking_of_people_says_which_week(client, contest, organizer) -> None:
    results.refresh(contest, now=NOW)
    client.force_login(organizer)

    said = client.get(reverse("admin:scoring_results_ranking", args=[contest.pk, "people"]))

    for week in (1, 2, 3):
        assert f"Tuần {week} · " in said.text


# --- the desk -------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, contest):
    """The address of the desk of unit A, whose coordinator is signed in."""
    unit = contest.units.get(code="A")
    unit.coordinator = make_user("Phan Thanh Trúc")
    unit.save()
    client.force_login(unit.coordinator)
    return f"/unit/{unit.pk}/"


def test_the_desk_counts_people_of_all_weeks_and_not_those_who_practise(client, contest) -> None:
    for code, finished in (("A", 2), ("B", 1), ("C", 0)):
        unit = contest.units.get(code=code)
        unit.coordinator = make_user(f"Đầu mối {code}")
        unit.save()
        client.force_login(unit.coordinator)
        facts = client.get(f"/unit/{unit.pk}/").context["facts"]
        assert (facts["finished"], facts["running"]) == (finished, 0)


def test_the_public_turnout_counts_each_person_of_the_weeks_once(client, contest) -> None:
    with standing_at(NOW):
        units = client.get("/hoi-thi/units/").context["turnout"].units

    assert [(unit.code, unit.participants) for unit in units] == [("A", 2), ("B", 1), ("C", 0)]


def test_the_desk_can_look_at_one_week(client, contest, desk) -> None:
    def states(quiz: str) -> dict[str, str]:
        rows = client.get(desk, {"quiz": quiz}).context["rows"]
        return {row["person"].full_name: row["state"] for row in rows}

    assert states("") == {"Lê An": "finished", "Lê Bình": "finished"}
    assert states("tuan-2") == {"Lê An": "finished", "Lê Bình": "not_started"}
    assert states("tuan-3") == {"Lê An": "not_started", "Lê Bình": "finished"}
    # Neither practice nor anything unknown is a week.
    assert states("thi-thu") == states("x\0") == states("")


def test_who_is_at_a_later_week_has_still_taken_part(client, contest, desk) -> None:
    third = contest.quizzes.get(slug="tuan-3")
    now = third.opens_at + DAY
    Quiz.objects.filter(pk=third.pk).update(duration_seconds=3600)
    third.refresh_from_db()
    Attempt.start(participant=person(contest, "An"), quiz=third, now=now)

    with standing_at(now + dt.timedelta(seconds=5)):
        page = client.get(desk)

    assert page.context["facts"]["running"] == 1
    assert page.context["facts"]["finished"] == 2
    # 2 of 10, as on the public page.
    assert "20,0" in page.text


def test_more_weeks_cost_the_desk_no_more_queries(client, contest, desk) -> None:
    client.get(desk)
    with CaptureQueriesContext(connection) as before:
        client.get(desk)
    for number in range(4, 7):
        Quiz.objects.create(
            contest=contest,
            slug=f"tuan-{number}",
            name=f"Tuần {number}",
            opens_at=NOW,
            closes_at=NOW + DAY,
        )
    with CaptureQueriesContext(connection) as after:
        client.get(desk)
    assert len(after) == len(before)


def test_who_has_only_practised_has_not_taken_part(contest) -> None:
    unit = contest.units.get(code="C")

    (dung,) = roster.of_unit(unit, now=NOW)

    assert roster.state_of(dung) == roster.State.NOT_STARTED


# --- a participant --------------------------------------------------------------------------------


def test_a_participant_sees_the_weeks_in_order_and_practice_last(client, contest) -> None:
    client.force_login(person(contest, "Dũng").user)

    with standing_at(NOW):
        said = client.get("/hoi-thi/quiz/").text

    places = [said.index(f'id="quiz-{slug}"') for slug in ("tuan-1", "tuan-2", "tuan-3", "thi-thu")]
    assert places == sorted(places)
    assert said.count("Bắt đầu làm thử") == 1
    assert "Bắt đầu làm bài" not in said


def test_between_two_weeks_the_button_leads_to_practice(client, contest) -> None:
    client.force_login(person(contest, "Dũng").user)
    first = contest.quizzes.get(slug="tuan-1")
    Contest.objects.update(video_opens_at=NOW - 40 * DAY)

    with standing_at(first.closes_at + dt.timedelta(hours=1)):
        assert "Làm thử" in client.get("/hoi-thi/").text
    with standing_at(first.opens_at + dt.timedelta(hours=1)):
        said = client.get("/hoi-thi/").text
    assert "Vào thi trắc nghiệm" in said
    assert "Làm thử" not in said
