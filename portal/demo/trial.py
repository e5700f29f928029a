"""Thử nghiệm: a small rehearsal that is open now, so that all four roles can act at once."""

from __future__ import annotations

import datetime as dt
import random

from accounts.models import User
from contests import access
from contests.models import Attempt, Contest, Participant, Quiz
from contests.registration import Person, enrol_many
from portal.demo import names, soc_trang

SLUG = "thu-nghiem"
DAYS = 30
NOTICE = "Hội thi thử nghiệm để làm quen với chương trình; họ tên và số liệu là giả định."
UNITS = (
    ("DV02", "Sở Nội vụ", "Sở, ban, ngành cấp tỉnh", 149),
    ("DV15", "Sở Giáo dục và Đào tạo", "Sở, ban, ngành cấp tỉnh", 1134),
    ("DV26", "Ủy ban nhân dân huyện Long Phú", "Ủy ban nhân dân cấp huyện", 600),
)
PEOPLE_OF_A_UNIT = 6
FINISHED_OF_A_UNIT = 2
TITLES = ("Một cửa thân thiện", "Hẹn giờ trả kết quả", "Không để dân phải chờ")


def create_contest(*, organizers: list[User], now: dt.datetime) -> Contest:
    """Create the rehearsal with its windows around `now`."""
    opens_at = (now - dt.timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    closes_at = opens_at + dt.timedelta(days=DAYS + 1)
    contest = Contest.objects.create(
        slug=SLUG,
        name="Hội thi thử nghiệm cải cách hành chính",
        year=now.year,
        parent_organ="UBND tỉnh Sóc Trăng",
        organizer_name="Ban Tổ chức Hội thi thử nghiệm",
        contact="Ban Tổ chức Hội thi thử nghiệm",
        notice=NOTICE,
        is_rehearsal=True,
        announced_on=opens_at.date(),
        video_opens_at=opens_at,
        video_closes_at=closes_at,
        judging_opens_at=opens_at,
        judging_closes_at=closes_at,
    )
    contest.organizers.set(organizers)
    quiz = Quiz.objects.create(
        contest=contest,
        slug="quiz-1",
        name="Phần thi trắc nghiệm",
        opens_at=opens_at,
        closes_at=closes_at,
    )
    quiz.blueprint.create(count=15)
    soc_trang.plan(contest, quiz)
    return contest


def add_practice(contest: Contest) -> None:
    """Add a quiz to practise on, open as long as the rehearsal; its bank has questions of its own.

    Nobody is counted here, so everybody may try as often as he or she likes.
    """
    quiz = contest.quizzes.ranked().get()
    practice = Quiz.objects.create(
        contest=contest,
        slug="thi-thu",
        name="Làm quen với bài thi",
        is_practice=True,
        opens_at=quiz.opens_at,
        closes_at=quiz.closes_at,
        duration_seconds=300,
        attempts_allowed=0,
    )
    practice.blueprint.create(count=5)


def add_units(contest: Contest, *, coordinators: list[User]) -> None:
    for (code, name, block, headcount), coordinator in zip(UNITS, coordinators, strict=True):
        unit = contest.units.model(
            contest=contest,
            code=code,
            name=name,
            block=block,
            headcount=headcount,
            coordinator=coordinator,
        )
        unit.clean()
        unit.save(force_insert=True)


def enrol_people(contest: Contest, *, by: User, now: dt.datetime) -> list[Participant]:
    """Put six people of each unit on its roster; two of each have taken the quiz."""
    dice = random.Random(f"{SLUG} people")
    units = contest.units.order_by("code")
    people = [
        Person(
            unit=unit,
            full_name=names.person(dice),
            staff_code=f"TN{place:03d}{unit.code[-2:]}",
            position=dice.choice(names.POSITIONS),
            workplace=names.workplace(dice, unit_name=unit.name),
        )
        for unit in units
        for place in range(1, PEOPLE_OF_A_UNIT + 1)
    ]
    participants = enrol_many(contest=contest, people=people, by=by, now=now)
    quiz = contest.quizzes.ranked().get()
    for index, participant in enumerate(participants):
        if index % PEOPLE_OF_A_UNIT < FINISHED_OF_A_UNIT:
            _take_quiz(dice, participant, quiz, now=now)
    return participants


def _take_quiz(
    dice: random.Random, participant: Participant, quiz: Quiz, *, now: dt.datetime
) -> None:
    started_at = now - dt.timedelta(minutes=dice.randint(30, 600))
    attempt = Attempt.start(participant=participant, quiz=quiz, now=started_at)
    attempt.answers.bulk_create(
        attempt.answers.model(
            attempt=attempt,
            question_id=item["q"],
            choice_id=dice.choice(item["c"]),
            generation=1,
            revision=revision,
            saved_at=started_at + dt.timedelta(seconds=9 * revision),
        )
        for revision, item in enumerate(attempt.paper, start=1)
    )
    attempt.submit(now=started_at + dt.timedelta(seconds=dice.randint(150, 560)))


def issue_codes(participants: list[Participant], *, now: dt.datetime) -> list[dict[str, str]]:
    """Return sign-ins of one person of each unit who has not taken the quiz yet."""
    chosen = participants[FINISHED_OF_A_UNIT::PEOPLE_OF_A_UNIT]
    signs = []
    for participant in chosen:
        issued = access.issue_first(participant=participant, by=None, now=now)
        signs.append(
            {
                "name": participant.full_name,
                "unit": participant.unit.name,
                "staff_code": participant.staff_code,
                "typed": issued.typed,
                "link": f"/enter/{issued.link_token}/",
            }
        )
    return signs


def hand_in_videos(
    contest: Contest, *, by: User, now: dt.datetime, progress: soc_trang.Progress
) -> None:
    units = contest.units.select_related("contest").order_by("code")
    received_at = now - dt.timedelta(hours=3)
    soc_trang.hand_in(
        [(unit, title, received_at) for unit, title in zip(units, TITLES, strict=True)],
        by=by,
        progress=progress,
    )
