"""A contest of three weekly quizzes and one to practise on, played by the program's own verbs."""

import datetime as dt
from typing import Any

from contests import saving, tokens
from contests.models import Attempt, Choice, Contest, Participant, Quiz
from tests.contests.quizzes import make_bank, make_participant
from tests.make import make_contest, make_unit

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2026, 5, 20, 2, 0, tzinfo=dt.UTC)
QUESTIONS = 4


def make_quiz(
    contest: Contest, slug: str, name: str, *, opens: int, closes: int, **fields: Any
) -> Quiz:
    """Make a quiz of the whole bank that opens and closes so many days from NOW."""
    given = {"opens_at": NOW + opens * DAY, "closes_at": NOW + closes * DAY, **fields}
    quiz = Quiz.objects.create(contest=contest, slug=slug, name=name, **given)
    quiz.blueprint.create(count=QUESTIONS)
    return quiz


def take(
    person: Participant,
    quiz: Quiz,
    *,
    right: int,
    seconds: int,
    at: dt.datetime | None = None,
    prediction: int | None = None,
) -> Attempt:
    """Answer every question, the first `right` of them correctly, and hand in."""
    begun = at or quiz.opens_at + DAY
    attempt = Attempt.start(participant=person, quiz=quiz, now=begun)
    writer = tokens.read(tokens.make(attempt))
    for position, item in enumerate(attempt.paper):
        good = Choice.objects.get(question=item["q"], is_correct=True).pk
        wanted = item["c"].index(good)
        choice = wanted if position < right else (wanted + 1) % len(item["c"])
        saving.save(writer, saving.Save(position, choice, position + 1), now=begun)
    attempt.submit(prediction=prediction, now=begun + dt.timedelta(seconds=seconds))
    return attempt


def make_weekly_contest() -> Contest:
    """A contest of quizzes alone, with two banks and three units: two people, one, one."""
    made = make_contest(
        now=NOW, quiz_weight=100, video_weight=0, award_needs_both=False, objection_days=3
    )
    make_bank(made, QUESTIONS)
    made.questions.update(is_practice=True)
    make_bank(made, QUESTIONS)
    for code in ("A", "B", "C"):
        make_unit(made, code, name=f"Đơn vị {code}", headcount=10)
    for name, code in (("An", "A"), ("Bình", "A"), ("Cúc", "B"), ("Dũng", "C")):
        make_participant(made, f"Lê {name}", unit=made.units.get(code=code))
    return made


def make_weeks(contest: Contest) -> list[Quiz]:
    """Make three weekly quizzes, one after the other; the last has closed at NOW."""
    return [
        make_quiz(contest, f"tuan-{week}", f"Tuần {week}", opens=opens, closes=opens + 6)
        for week, opens in ((1, -21), (2, -14), (3, -7))
    ]


def make_practice(contest: Contest) -> Quiz:
    """A practice quiz that is older than the contest's first week and still open."""
    return make_quiz(
        contest,
        "thi-thu",
        "Thi thử",
        opens=-30,
        closes=10,
        is_practice=True,
        attempts_allowed=0,
        prediction_kind="perfect",
    )


def person(contest: Contest, name: str) -> Participant:
    return contest.participants.get(full_name=f"Lê {name}")


def sit_the_weeks(contest: Contest, weeks: list[Quiz]) -> None:
    first, second, third = weeks
    take(person(contest, "An"), first, right=4, seconds=60)
    take(person(contest, "Bình"), first, right=2, seconds=100)
    take(person(contest, "Cúc"), first, right=3, seconds=80)
    take(person(contest, "An"), second, right=1, seconds=70)
    take(person(contest, "Bình"), third, right=3, seconds=50)
    take(person(contest, "Cúc"), third, right=3, seconds=90)


def practise(contest: Contest, practice: Quiz) -> None:
    """Everybody tries: Dũng of C, who never takes part, best of all."""
    take(person(contest, "An"), practice, right=0, seconds=10, prediction=7)
    take(person(contest, "Cúc"), practice, right=4, seconds=5)
    take(person(contest, "Cúc"), practice, right=4, seconds=4, at=NOW - DAY)
    take(person(contest, "Dũng"), practice, right=4, seconds=3)
