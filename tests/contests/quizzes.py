"""Rows for tests of the quiz: an open quiz with its bank, people who may take it, their answers."""

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.models import User
from contests.models import (
    Answer,
    Attempt,
    BlueprintRow,
    Choice,
    Contest,
    Participant,
    Question,
    Quiz,
    Unit,
)
from tests.make import make_contest, make_unit

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
TICK = dt.timedelta(microseconds=1)
SECRETS = ("Giải thích bí mật", "Căn cứ bí mật", "Chủ đề bí mật")


def make_bank(contest: Contest, questions: int = 3) -> None:
    """Give the contest questions with four choices each; the second choice is the correct one."""
    explanation, legal_basis, topic = SECRETS
    for number in range(1, questions + 1):
        question = Question.objects.create(
            contest=contest,
            number=number,
            text=f"Câu hỏi số {number}: cơ quan nào chủ trì?",
            search_key=f"cau hoi so {number}",
            topic=topic,
            legal_basis=legal_basis,
            explanation=explanation,
        )
        for position, text in enumerate(("Sở Nội vụ", "Văn phòng", "Sở Tư pháp", "Tất cả")):
            Choice.objects.create(
                question=question,
                position=position,
                text=f"{text} ({number})",
                is_correct=position == 1,
            )


def make_quiz(
    contest: Contest | None = None,
    *,
    questions: int = 3,
    now: dt.datetime | None = None,
    **fields: Any,
) -> Quiz:
    """Make a quiz that has been open for an hour at `now`, in bank order, with its bank."""
    now = now or timezone.now()
    contest = contest or make_contest(now=now)
    if not contest.questions.exists():
        make_bank(contest, questions)
    given: dict[str, Any] = {
        "name": "Phần thi trắc nghiệm",
        "opens_at": now - HOUR,
        "closes_at": now + HOUR,
        "shuffle_questions": False,
        "shuffle_choices": False,
    }
    quiz = Quiz.objects.create(contest=contest, **{**given, **fields})
    BlueprintRow.objects.create(quiz=quiz, count=questions)
    return quiz


def make_participant(
    contest: Contest,
    full_name: str = "Nguyễn Thị Bích Ngọc",
    *,
    unit: Unit | None = None,
    **fields: Any,
) -> Participant:
    """Make a confirmed participant with a phone number of her own."""
    number = contest.participants.count() + 1
    user = User.objects.new_without_password(full_name=full_name)
    user.save()
    given: dict[str, Any] = {
        "number": number,
        "phone": f"09{number:08d}",
        "source": Participant.Source.ROSTER,
        "registered_at": contest.video_opens_at,
        "confirmed_at": contest.video_opens_at,
    }
    person = Participant(
        contest=contest,
        unit=unit or contest.units.first() or make_unit(contest),
        user=user,
        full_name=full_name,
        **{**given, **fields},
    )
    person.set_keys()
    person.save()
    return person


def start(
    quiz: Quiz,
    *,
    now: dt.datetime | None = None,
    person: Participant | None = None,
    holder: str = "",
) -> Attempt:
    """Start an attempt of a new person, or of the one given, that `holder` may write into."""
    person = person or make_participant(quiz.contest)
    return Attempt.start(participant=person, quiz=quiz, holder=holder, now=now or timezone.now())


def stored(attempt: Attempt) -> dict[int, int]:
    """Return position → choice index of what the database holds."""
    places = {item["q"]: (place, item["c"]) for place, item in enumerate(attempt.paper)}
    return {
        places[answer.question_id][0]: places[answer.question_id][1].index(answer.choice_id)
        for answer in Answer.objects.filter(attempt=attempt)
    }
