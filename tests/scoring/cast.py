"""A small contest with real attempts, videos and sheets on fixed days, for tests of results."""

import datetime as dt
from typing import Any

from accounts.models import User
from contests.models import Answer, Attempt, Contest, Participant, Quiz, Unit
from contests.registration import Person, enrol_many
from scoring.models import AwardTier, ScoreSheet
from scoring.models.results import Scope
from tests.contests.quizzes import make_bank
from tests.make import (
    make_contest,
    make_criteria,
    make_judge,
    make_organizer,
    make_sheet,
    make_unit,
    make_user,
    make_video,
)

DAY = dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)
# The second day of judging; the quiz closed three days before.
NOW = dt.datetime(2026, 5, 20, 2, 0, tzinfo=dt.UTC)
QUIZ_DAY = NOW - 5 * DAY
JUDGED = NOW + 2 * DAY

# 27.5 + 18 + 22 + 17 + 4.5 = 89
GOOD = ("27.5", "18", "22", "17", "4.5")
# 20 + 10 + 10 + 10 + 5 = 55
PLAIN = ("20", "10", "10", "10", "5")


def make_quiz(contest: Contest, slug: str = "quiz-1", **fields: Any) -> Quiz:
    """Give a contest a quiz of two questions in ten minutes that closed three days ago."""
    given = {"name": "Trắc nghiệm", "opens_at": NOW - 10 * DAY, "closes_at": NOW - 3 * DAY}
    quiz = Quiz.objects.create(contest=contest, slug=slug, **{**given, **fields})
    quiz.blueprint.create(count=2)
    return quiz


def make_person(unit: Unit, full_name: str, **fields: Any) -> Participant:
    """Put somebody on the unit's roster."""
    number = unit.contest.participants.count() + 1
    person = Person(unit=unit, full_name=full_name, staff_code=f"CB{number:04d}", **fields)
    (made,) = enrol_many(contest=unit.contest, people=[person], by=None, now=QUIZ_DAY - 2 * DAY)
    return made


def sit(
    person: Participant,
    quiz: Quiz,
    *,
    right: int = 2,
    seconds: int = 100,
    at: dt.datetime = QUIZ_DAY,
) -> Attempt:
    """Take the quiz: `right` answers correct, the rest wrong, handed in after `seconds`."""
    attempt = Attempt.start(participant=person, quiz=quiz, now=at)
    for revision, item in enumerate(attempt.paper, start=1):
        choices = quiz.contest.questions.get(pk=item["q"]).choices.order_by("position")
        Answer.objects.create(
            attempt=attempt,
            question_id=item["q"],
            choice=choices[1] if revision <= right else choices[0],
            generation=1,
            revision=revision,
            saved_at=at,
        )
    attempt.submit(now=at + dt.timedelta(seconds=seconds))
    return attempt


class Stage:
    """Two units with a person each; DV01 has a video two judges have marked, DV02 has none."""

    contest: Contest
    quiz: Quiz
    first: User
    second: User

    def __init__(self, slug: str = "hoi-thi", **fields: Any) -> None:
        self.contest = make_contest(slug, now=NOW, **fields)
        make_criteria(self.contest)
        make_bank(self.contest, 2)
        self.quiz = make_quiz(self.contest)
        self.first = make_organizer(self.contest, "Trần Thị Hoa")
        self.second = make_organizer(self.contest, "Lê Văn Hùng")
        clerk = make_user("Đầu mối")
        self.leader = make_unit(self.contest, "DV01", name="Sở Nội vụ", headcount=10)
        self.other = make_unit(self.contest, "DV02", name="Sở Tư pháp", headcount=10)
        self.lan = make_person(self.leader, "Nguyễn Thị Lan", workplace="Văn phòng")
        self.minh = make_person(self.other, "Đặng Văn Minh", workplace="Thanh tra")
        self.attempts = [
            sit(self.lan, self.quiz, right=2, seconds=64),
            sit(self.minh, self.quiz, right=1, seconds=90),
        ]
        self.judges = [
            make_judge(self.contest, "Võ Minh Khoa"),
            make_judge(self.contest, "Lâm Thị Diễm"),
        ]
        self.video = make_video(self.leader, "Một cửa thân thiện", uploaded_by=clerk)
        self.sheets: list[ScoreSheet] = [
            make_sheet(judge, self.video, *GOOD, now=NOW) for judge in self.judges
        ]
        self.tier("unit", 1, "Giải Nhất")
        self.tier("person", 1, "Giải cá nhân", count=2)
        self.tier("video", 1, "Giải video")

    def tier(self, scope: str, order: int, name: str, count: int = 1) -> AwardTier:
        return AwardTier.objects.create(
            contest=self.contest,
            scope=Scope(scope),
            quiz=self.quiz if scope == "person" else None,
            order=order,
            name=name,
            count=count,
        )
