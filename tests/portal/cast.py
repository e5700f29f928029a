"""A small contest for the portal's tests: two units, people, videos, sheets, results."""

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.models import User
from contests.models import Attempt, BlueprintRow, Contest, Participant, Quiz, Unit
from contests.models.attempts import new_receipt, new_writer, seal_of
from contests.registration import Person, enrol_many
from scoring import results
from scoring.models import AwardTier, ResultSet
from scoring.models.results import Scope
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
# 14 of 15 correct, these marks: Q 93.33, V 89.00, total 0.4 × 93.33 + 0.6 × 89.00 = 90.732.
LEADER_MARKS = ("27.5", "18", "22", "17", "4.5")
SECRETS = ("90,73", "90.73", "93,33", "93.33", "89,00", "89.00", "33,33", "33.33")


def make_quiz(contest: Contest, *, now: dt.datetime | None = None, **fields: Any) -> Quiz:
    """Give a contest a quiz of 15 questions in 10 minutes that has closed."""
    now = now or timezone.now()
    given: dict[str, Any] = {
        "name": "Trắc nghiệm",
        "opens_at": now - 20 * DAY,
        "closes_at": now - 3 * DAY,
    }
    quiz = Quiz.objects.create(contest=contest, **{**given, **fields})
    BlueprintRow.objects.create(quiz=quiz, count=15)
    return quiz


def make_person(unit: Unit, full_name: str, **fields: Any) -> Participant:
    """Put somebody on the unit's roster; `source` "self" is one who registered alone."""
    source = fields.pop("source", Participant.Source.ROSTER)
    number = unit.contest.participants.count() + 1
    person = Person(unit=unit, full_name=full_name, phone=f"09{number:08d}", **fields)
    (made,) = enrol_many(
        contest=unit.contest, people=[person], source=source, by=None, now=timezone.now()
    )
    return made


def make_attempt(person: Participant, quiz: Quiz, **fields: Any) -> Attempt:
    """Give somebody a finished attempt: 14 of 15 in 1:04, 10 days ago."""
    started = fields.pop("started_at", timezone.now() - 10 * DAY)
    given: dict[str, Any] = {
        "number": 1,
        "state": Attempt.State.SUBMITTED,
        "paper": [],
        "started_at": started,
        "deadline_at": started + dt.timedelta(minutes=10),
        "finished_at": started + dt.timedelta(seconds=64),
        "duration_ms": 64_400,
        "correct": 14,
        "questions": 15,
        "writer": new_writer(),
        "receipt": new_receipt(),
    }
    attempt = Attempt(participant=person, quiz=quiz, **{**given, **fields})
    if not attempt.is_running:
        attempt.seal = seal_of(attempt, {})
    attempt.save(force_insert=True)
    return attempt


def make_running(person: Participant, quiz: Quiz, **fields: Any) -> Attempt:
    ended = dict.fromkeys(("finished_at", "duration_ms", "correct", "questions"))
    return make_attempt(person, quiz, state=Attempt.State.RUNNING, **{**ended, **fields})


class Stage:
    """A contest whose marks are all in: DV01 leads with quiz and video, DV02 has the quiz only."""

    def __init__(self, slug: str = "hoi-thi", **fields: Any) -> None:
        self.contest = make_contest(slug, **fields)
        self.quiz = make_quiz(self.contest)
        make_criteria(self.contest)
        self.organizer = make_organizer(self.contest)
        self.coordinator = make_user("Phan Thanh Trúc")
        self.first = make_unit(
            self.contest, name="Sở Nội vụ", headcount=40, coordinator=self.coordinator
        )
        self.second = make_unit(self.contest, name="Sở Y tế", headcount=30)
        self.winner = make_person(self.first, "Lê Chí Nguyện", workplace="Trường Đoàn Văn Tố")
        self.loser = make_person(self.second, "Sơn Thị Thu Nguyệt", workplace="Trạm Y tế")
        make_attempt(self.winner, self.quiz)
        make_attempt(self.loser, self.quiz, correct=5)
        self.video = make_video(self.first, "Một cửa thân thiện", poster="posters/x.jpg")
        make_sheet(make_judge(self.contest), self.video, *LEADER_MARKS)
        for scope, quiz, name in (
            (Scope.UNIT, None, "Giải Nhất"),
            (Scope.PERSON, self.quiz, "Giải cá nhân"),
            (Scope.VIDEO, None, "Giải video"),
        ):
            AwardTier.objects.create(
                contest=self.contest, scope=scope, quiz=quiz, order=1, name=name, count=1
            )

    def refresh(self) -> ResultSet:
        return results.refresh(self.contest, now=timezone.now()).result_set

    def publish(self) -> ResultSet:
        reason = "Đính chính" if self.contest.is_published else ""
        published = results.publish(
            self.contest, by=self.organizer, reason=reason, now=timezone.now()
        )
        self.contest.refresh_from_db()
        return published

    def finalize(self) -> ResultSet:
        now = timezone.now() + 10 * DAY
        results.request_final(self.contest, by=self.organizer, reason="đủ điều kiện", now=now)
        other: User = make_organizer(self.contest, "Lê Văn Duyệt")
        return results.approve_final(self.contest, by=other, now=now)
