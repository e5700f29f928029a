"""Weekly quizzes, several attempts and predictions, from the start button to the stored result.

Everybody answers by the program's own verbs; the expected figures are worked out by hand.
"""

import datetime as dt
from decimal import Decimal

import pytest

from contests.models import Attempt, Contest, Phase, Quiz, StartRefused
from scoring import facts, results
from scoring.gathering import gather
from scoring.models import AwardTier, ResultSet
from scoring.models.results import Scope
from scoring.verification import verify
from tests.make import make_organizer
from tests.scoring.weeks import (
    DAY,
    NOW,
    make_practice,
    make_quiz,
    make_weekly_contest,
    make_weeks,
    person,
    practise,
    sit_the_weeks,
    take,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def contest() -> Contest:
    return make_weekly_contest()


@pytest.fixture
def weeks(contest: Contest) -> list[Quiz]:
    return make_weeks(contest)


@pytest.fixture
def practice(contest: Contest) -> Quiz:
    return make_practice(contest)


def test_three_weeks_and_a_practice_quiz_give_these_points(contest, weeks, practice) -> None:
    sit_the_weeks(contest, weeks)
    practise(contest, practice)
    for order, quiz in enumerate(weeks[1:], start=1):
        AwardTier.objects.create(
            contest=contest, scope=Scope.PERSON, quiz=quiz, order=1, name=f"Giải {order}", count=1
        )

    made = results.refresh(contest, now=NOW).result_set

    # A: (100 + 50) / 2 = 75, then 25, then 75: (75 + 25 + 75) / 3 = 58.33.
    # B: 75, nobody: 0, then 75: (75 + 0 + 75) / 3 = 50. C practised only: 0.
    units = made.units.order_by("position").values_list(
        "code", "rank", "quiz_points", "total", "participants", "seconds_sum", "seconds_count"
    )
    assert list(units) == [
        ("A", 1, Decimal("58.33"), Decimal("58.33"), 2, 280, 4),
        ("B", 2, Decimal("50.00"), Decimal("50.00"), 1, 170, 2),
        ("C", 3, Decimal("0.00"), Decimal("0.00"), 0, 0, 0),
    ]
    people = made.people.order_by("quiz__slug", "position")
    assert [
        (row.quiz.slug, row.rank, row.name, row.correct, row.seconds)
        for row in people.select_related("quiz")
    ] == [
        ("tuan-1", 1, "Lê An", 4, 60),
        ("tuan-1", 2, "Lê Cúc", 3, 80),
        ("tuan-1", 3, "Lê Bình", 2, 100),
        ("tuan-2", 1, "Lê An", 1, 70),
        ("tuan-3", 1, "Lê Bình", 3, 50),
        ("tuan-3", 2, "Lê Cúc", 3, 90),
    ]
    awards = made.awards.order_by("position").values_list("quiz_slug", "tier", "name")
    assert list(awards) == [("tuan-2", "Giải 1", "Lê An"), ("tuan-3", "Giải 2", "Lê Bình")]
    statistics = dict(made.statistics)
    assert statistics["attempts_finished"] == 6
    assert statistics["people_finished"] == 3
    assert statistics["perfect_attempts"] == 1
    assert verify(contest) == []


def test_practice_changes_nothing_that_a_result_is_made_of(contest, weeks, practice) -> None:
    sit_the_weeks(contest, weeks)
    before = facts.digest(gather(contest))
    built = results.refresh(contest, now=NOW)

    practise(contest, practice)
    Attempt.start(participant=person(contest, "Bình"), quiz=practice, now=NOW)

    assert facts.digest(gather(contest)) == before
    assert results.refresh(contest, now=NOW) == (built.result_set, False)


def test_results_are_published_and_made_final_while_practice_goes_on(
    contest, weeks, practice
) -> None:
    sit_the_weeks(contest, weeks)
    Attempt.start(participant=person(contest, "Dũng"), quiz=practice, now=NOW)
    first, second = make_organizer(contest, "Trần Thị Hoa"), make_organizer(contest, "Lê Văn Hùng")

    assert contest.phase(NOW) == Phase.JUDGING
    results.publish(contest, by=first, now=NOW)
    later = NOW + 3 * DAY
    Attempt.start(participant=person(contest, "Cúc"), quiz=practice, now=later)
    results.request_final(contest, by=first, reason="Hết hạn kiến nghị", now=later)

    assert results.approve_final(contest, by=second, now=later).is_final


def test_an_open_week_keeps_results_back_and_open_practice_does_not(
    contest, weeks, practice
) -> None:
    open_still = "Phần thi trắc nghiệm vẫn đang mở."
    last = weeks[2]

    assert open_still in results.obstacles_to_publication(contest, now=last.closes_at - DAY)
    assert open_still not in results.obstacles_to_publication(contest, now=NOW)


# --- several attempts (rules: Q1) -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("counted", "points", "seconds"),
    [("best", "75.00", 90), ("first", "25.00", 60)] + [("last", "50.00", 50)],
)
@pytest.mark.parametrize("allowed", [3, 0])
def test_which_of_three_attempts_counts(contest, allowed, counted, points, seconds) -> None:
    quiz = make_quiz(
        contest, "q", "Q", opens=-9, closes=-3, attempts_allowed=allowed, counted=counted
    )
    an = person(contest, "An")
    for hour, (right, needed) in enumerate(((1, 60), (3, 90), (2, 50))):
        at = quiz.opens_at + dt.timedelta(hours=hour)
        assert take(an, quiz, right=right, seconds=needed, at=at).number == hour + 1

    made = results.refresh(contest, now=NOW).result_set

    assert made.units.get(code="A").quiz_points == Decimal(points)
    assert made.people.get().seconds == seconds


def test_after_the_last_attempt_allowed_no_other_begins(contest) -> None:
    few = make_quiz(contest, "few", "Few", opens=-9, closes=-3, attempts_allowed=2)
    many = make_quiz(contest, "many", "Many", opens=-9, closes=-3, attempts_allowed=0)
    an = person(contest, "An")
    for _attempt in range(2):
        take(an, few, right=1, seconds=10)

    with pytest.raises(StartRefused, match="lượt"):
        take(an, few, right=4, seconds=10)
    assert [take(an, many, right=1, seconds=10).number for _attempt in range(5)] == [1, 2, 3, 4, 5]


def test_of_equal_attempts_the_quicker_is_the_best(contest) -> None:
    quiz = make_quiz(contest, "q", "Q", opens=-9, closes=-3, attempts_allowed=2)
    take(person(contest, "An"), quiz, right=3, seconds=90)
    take(person(contest, "An"), quiz, right=3, seconds=80)

    assert results.refresh(contest, now=NOW).result_set.people.get().seconds == 80


# --- the prediction (rules: Q11, S5) --------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        # 1 of 4 is perfect: An is off by 1, Cúc by 3; Bình gave none.
        ("perfect", ["Lê Dũng", "Lê An", "Lê Cúc", "Lê Bình"]),
        # 4 attempts are finished: Cúc is right, An off by 2.
        ("finished", ["Lê Dũng", "Lê Cúc", "Lê An", "Lê Bình"]),
        # Nothing was asked: the earlier one comes first.
        ("none", ["Lê Dũng", "Lê Bình", "Lê An", "Lê Cúc"]),
    ],
)
def test_the_nearest_prediction_comes_first_and_none_comes_last(contest, kind, order) -> None:
    quiz = make_quiz(contest, "q", "Q", opens=-9, closes=-3, prediction_kind=kind)
    given = (("Bình", None), ("An", 2), ("Cúc", 4), ("Dũng", 9))
    for hour, (name, number) in enumerate(given):
        at = quiz.opens_at + dt.timedelta(hours=hour)
        right = 4 if name == "Dũng" else 3
        take(person(contest, name), quiz, right=right, seconds=60, at=at, prediction=number)

    made = results.refresh(contest, now=NOW).result_set

    rows = made.people.order_by("position").values_list("rank", "name")
    assert list(rows) == list(enumerate(order, start=1))
    assert ResultSet.objects.count() == 1
