"""The fixed cast of the tests about coming in: one contest, two units, who runs and judges it."""

import datetime as dt
import re

from django.utils import timezone

from accounts.models import User
from contests import access, registration
from contests.models import Attempt, Contest, Judge, Participant, Quiz, Unit
from contests.models.attempts import new_receipt, new_writer

DAY = dt.timedelta(days=1)


def contest(slug: str = "thu", **changes) -> Contest:
    """An announced contest whose one quiz opened yesterday and closes in nine days."""
    now = timezone.now()
    fields = {
        "name": "Hội thi thử",
        "slug": slug,
        "year": 2020,
        "parent_organ": "UBND tỉnh",
        "organizer_name": "Sở Nội vụ",
        "contact": "bà Lan, 0299 3822 333",
        "is_announced": True,
        "video_opens_at": now - DAY,
        "video_closes_at": now + 9 * DAY,
        "judging_opens_at": now + 10 * DAY,
        "judging_closes_at": now + 20 * DAY,
        **changes,
    }
    made = Contest.objects.create(**fields)
    Quiz.objects.create(contest=made, name="Đợt 1", opens_at=now - DAY, closes_at=now + 9 * DAY)
    for code, name, block in (
        ("DV02", "Sở Giáo dục và Đào tạo", "Sở, ban, ngành"),
        ("DV01", "Sở Nội vụ", "Sở, ban, ngành"),
        ("DV10", "Huyện Kế Sách", "Huyện, thị xã, thành phố"),
    ):
        unit = Unit(contest=made, code=code, name=name, block=block)
        unit.clean()
        unit.save()
    return made


def unit(of: Contest, code: str = "DV01") -> Unit:
    return of.units.get(code=code)


def person(of: Contest, **changes) -> registration.Person:
    fields = {"unit": unit(of), "full_name": "Nguyễn Thị Ẩn", "phone": "0912345678", **changes}
    return registration.Person(**fields)


def rostered(of: Contest, **changes) -> Participant:
    """Somebody from a unit's roster, confirmed, without code or consent."""
    (made,) = registration.enrol_many(
        contest=of, people=[person(of, **changes)], by=None, now=timezone.now()
    )
    return made


def with_code(of: Contest, **changes):
    """Somebody from a roster and the code that the unit handed out."""
    participant = rostered(of, **changes)
    return participant, access.issue_first(participant=participant, by=None, now=timezone.now())


def organizer(of: Contest, **changes) -> User:
    user = User.objects.create_user(
        "ly", "mat-khau-cua-ly", full_name="Trần Thị Lý", is_staff=True, **changes
    )
    of.organizers.add(user)
    return user


def judge(of: Contest, **changes) -> User:
    user = User.objects.create_user(
        "khoa", "mat-khau-cua-khoa", full_name="Lê Khoa", is_staff=True, **changes
    )
    Judge.objects.create(contest=of, user=user)
    return user


def running_attempt(participant: Participant) -> Attempt:
    now = timezone.now()
    return Attempt.objects.create(
        participant=participant,
        quiz=participant.contest.quizzes.get(),
        number=1,
        paper=[],
        started_at=now,
        deadline_at=now + dt.timedelta(minutes=10),
        writer=new_writer(),
        receipt=new_receipt(),
    )


def without_tokens(body: bytes) -> bytes:
    """A page without what differs in every answer: the masked CSRF secrets of its forms."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", body)
