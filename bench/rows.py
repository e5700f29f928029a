"""The rows a benchmark works on: a contest with its bank and quiz, people, codes, sessions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from accounts import codes
from accounts.models import AccessCode, User
from contests import names
from contests.models import (
    Answer,
    Attempt,
    BlueprintRow,
    Choice,
    Contest,
    Exclusion,
    Participant,
    Question,
    Quiz,
    Unit,
)
from contests.models.attempts import new_receipt, new_writer

SLUG, QUIZ = "bench", "quiz-1"
QUESTIONS, UNITS, EXCLUDED = 300, 50, 100
TOPICS = ("Cải cách thể chế", "Thủ tục hành chính", "Chính quyền điện tử")
# Ids of different tables lie far apart, so that a statement's values tell what they name.
FIRST_IDS = {User: 1_000_000, Participant: 2_000_000, Attempt: 3_000_000}
_BACKEND = "contests.backends.ByAccessCode"


@dataclass(frozen=True, slots=True)
class Person:
    """What one person knows, and the ids the floors are told instead of looking them up."""

    number: int
    user_id: int
    participant_id: int
    phone: str
    link: str
    typed: str
    # 127.x.y.z: each unit's people come from one address of their own, as from one office.
    address: str


def make_contest(*, minutes: int = 10, closes_in: dt.timedelta = dt.timedelta(hours=6)) -> Quiz:
    """Make an announced contest with an open quiz of 15 questions out of a bank of 300."""
    now = timezone.now()
    day = dt.timedelta(days=1)
    contest = Contest.objects.create(
        name="Hội thi đo tải", slug=SLUG, year=2026, parent_organ="Ủy ban nhân dân tỉnh",
        organizer_name="Sở Nội vụ", is_announced=True, video_opens_at=now,
        video_closes_at=now + day, judging_opens_at=now + 2 * day,
        judging_closes_at=now + 3 * day,
    )  # fmt: skip
    quiz = Quiz.objects.create(
        contest=contest, slug=QUIZ, name="Phần thi trắc nghiệm", opens_at=now - day,
        closes_at=now + closes_in, duration_seconds=60 * minutes,
    )  # fmt: skip
    for topic in TOPICS:
        BlueprintRow.objects.create(quiz=quiz, topic=topic, count=15 // len(TOPICS))
    _make_bank(contest)
    Unit.objects.bulk_create(_unit(contest, number) for number in range(UNITS))
    Exclusion.objects.bulk_create(
        Exclusion(contest=contest, full_name=f"Người {number}", phone=f"03{number:08d}")
        for number in range(EXCLUDED)
    )
    for model, first in FIRST_IDS.items():
        _set_first_id(model, first)
    return quiz


def _make_bank(contest: Contest) -> None:
    text = "Theo quy định, cơ quan nào chủ trì thực hiện nội dung cải cách hành chính thứ"
    questions = Question.objects.bulk_create(
        Question(
            contest=contest,
            number=number,
            topic=TOPICS[number % len(TOPICS)],
            text=f"{text} {number}?",
            search_key=f"cau hoi {number}",
            legal_basis="Nghị quyết số 76/NQ-CP ngày 15/7/2021",
            explanation="Theo điều khoản được dẫn.",
        )
        for number in range(1, QUESTIONS + 1)
    )
    Choice.objects.bulk_create(
        Choice(
            question=question,
            position=position,
            text=f"Phương án được nêu tại khoản {position + 1} của điều này",
            is_correct=position == question.number % 4,
        )
        for question in questions
        for position in range(4)
    )


def _unit(contest: Contest, number: int) -> Unit:
    unit = Unit(contest=contest, code=f"DV{number:03d}", name=f"Đơn vị số {number}", headcount=400)
    unit.clean()
    return unit


def _set_first_id(model: Any, first: int) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            table = model._meta.db_table
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [table, first]
            )


def make_people(quiz: Quiz, count: int, *, first: int = 1) -> list[Person]:
    """Make rostered people with access codes who have not signed in yet."""
    now = timezone.now()
    units = list(quiz.contest.units.order_by("code"))
    issued = [codes.generate() for _ in range(count)]
    users = [
        User.objects.new_without_password(full_name=f"Nguyễn Thị Bích Ngọc {number}")
        for number in range(first, first + count)
    ]
    User.objects.bulk_create(users, batch_size=1000)
    people = [
        Participant(
            contest=quiz.contest, unit=units[number % UNITS], user=user, number=number,
            full_name=user.full_name, phone=f"09{number:08d}", source="roster",
            name_sort_key=names.name_sort_key(user.full_name),
            search_key=names.search_key(user.full_name), registered_at=now, confirmed_at=now,
        )
        for number, user in enumerate(users, first)
    ]  # fmt: skip
    Participant.objects.bulk_create(people, batch_size=1000)
    AccessCode.objects.bulk_create(
        [
            AccessCode(
                user=user,
                link_hash=codes.link_hash(code.link_token),
                typed_hash=codes.typed_hash(user_id=user.pk, typed=code.typed),
                issued_at=now,
            )
            for user, code in zip(users, issued, strict=True)
        ],
        batch_size=1000,
    )
    return [
        Person(
            number=person.number,
            user_id=person.user_id,
            participant_id=person.pk,
            phone=person.phone,
            link=code.link_token,
            typed=code.typed,
            address=f"127.0.{1 + person.number % UNITS}.1",
        )
        for person, code in zip(people, issued, strict=True)
    ]


def sign_in(people: Sequence[Person]) -> list[str]:
    """Give each person a session as signing in does; return the session keys."""
    store = SessionStore()
    by_id = User.objects.in_bulk([person.user_id for person in people])
    until = timezone.now() + dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    rows = []
    for person in people:
        content = {
            SESSION_KEY: str(person.user_id),
            BACKEND_SESSION_KEY: _BACKEND,
            HASH_SESSION_KEY: by_id[person.user_id].get_session_auth_hash(),
        }
        rows.append(
            Session(
                session_key=store._get_new_session_key(),  # type: ignore[attr-defined]
                session_data=store.encode(content),
                expire_date=until,
            )
        )
    Session.objects.bulk_create(rows, batch_size=1000)
    return [row.session_key for row in rows]


def start_all(quiz: Quiz, people: Sequence[Person]) -> list[Attempt]:
    """Let attempts of these people run, all on one paper, and return them in that order."""
    now = timezone.now()
    paper = quiz.draw_paper(seed="bench")
    return Attempt.objects.bulk_create(
        [
            Attempt(
                participant_id=person.participant_id, quiz=quiz, number=1, paper=paper,
                started_at=now, deadline_at=quiz.deadline_from(now), writer=new_writer(),
                receipt=new_receipt(),
            )
            for person in people
        ],
        batch_size=1000,
    )  # fmt: skip


def answer_all() -> None:
    """Store an answer to every question of every running attempt."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO contests_answer
                (attempt_id, question_id, choice_id, generation, revision, saved_at)
            SELECT a.id, (item ->> 'q')::bigint, (item -> 'c' ->> (place % 4)::int)::bigint,
                   a.generation, place::int, a.started_at
            FROM contests_attempt a, jsonb_array_elements(a.paper) WITH ORDINALITY x (item, place)
            WHERE a.state = 'running'
            ON CONFLICT DO NOTHING
            """
        )


def forget_attempts() -> None:
    """Take away every attempt and its answers, so that the same people may start again."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {Answer._meta.db_table}, {Attempt._meta.db_table} CASCADE")
