"""Rows for tests, by plain functions: a contest that is being judged now, and who takes part in it.

Every function takes the fields of its model as keywords; what is not given is made up.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from accounts.roles import JUDGE, ORGANIZER
from contests.models import Contest, Judge, Unit
from media_uploads.models import VideoSubmission
from scoring.models import Criterion, ScoreSheet, default_criteria, open_sheet

PASSWORD = "mat-khau-thu-nghiem"
DAY = dt.timedelta(days=1)


def make_user(full_name: str = "Võ Minh Khoa", *, role: str = "", **fields: Any) -> User:
    """Make a user; with a role ("organizer", "judge") one who may open the administration."""
    given = {"username": f"user-{User.objects.count() + 1}", "is_staff": bool(role), **fields}
    user = User.objects.create_user(password=PASSWORD, full_name=full_name, **given)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def make_contest(
    slug: str = "hoi-thi", *, now: dt.datetime | None = None, **fields: Any
) -> Contest:
    """Make an announced contest whose videos are in and whose judging is open at `now`."""
    now = now or timezone.now()
    given: dict[str, Any] = {
        "name": f"Hội thi {slug}",
        "year": 2026,
        "parent_organ": "Ủy ban nhân dân tỉnh",
        "organizer_name": "Sở Nội vụ",
        "is_announced": True,
        "video_opens_at": now - 20 * DAY,
        "video_closes_at": now - 2 * DAY,
        "judging_opens_at": now - DAY,
        "judging_closes_at": now + DAY,
    }
    return Contest.objects.create(slug=slug, **{**given, **fields})


def make_criteria(contest: Contest) -> list[Criterion]:
    """Give a contest the five default criteria."""
    return Criterion.objects.bulk_create(default_criteria(contest))


def make_organizer(contest: Contest, full_name: str = "Trần Thị Hoa", **fields: Any) -> User:
    user = make_user(full_name, role=ORGANIZER, **fields)
    contest.organizers.add(user)
    return user


def make_judge(contest: Contest, full_name: str = "Võ Minh Khoa", **fields: Any) -> Judge:
    """Make a judge of the contest; `user` seats somebody who is there already."""
    user = fields.pop("user", None) or make_user(full_name, role=JUDGE)
    return Judge.objects.create(contest=contest, user=user, **fields)


def make_unit(contest: Contest, code: str = "", **fields: Any) -> Unit:
    code = code or f"DV{contest.units.count() + 1:02d}"
    unit = Unit(contest=contest, code=code, name=fields.pop("name", f"Đơn vị {code}"), **fields)
    unit.clean()
    unit.save()
    return unit


def make_video(unit: Unit, title: str = "", **fields: Any) -> VideoSubmission:
    """Make the row of an accepted video that can be watched; no file belongs to it."""
    state = VideoSubmission.State
    given: dict[str, Any] = {
        "version": unit.videos.count() + 1,
        "title": title or f"Video của {unit.code}",
        "state": state.READY,
        "original": f"originals/{unit.pk}.mp4",
        "original_name": "video.mp4",
        "size": 1000,
        "upload_started_at": unit.contest.video_opens_at,
        "received_at": unit.contest.video_opens_at,
        "accepted_at": unit.contest.video_opens_at,
        "duration_ms": 402_300,
        "copy": f"copies/{unit.pk}.mp4",
        "may_be_shown": True,
        "in_gallery": True,
    }
    fields.setdefault("uploaded_by", unit.coordinator or make_user("Đầu mối"))
    if fields.get("state") in {state.RECEIVED, state.REFUSED}:
        given["accepted_at"] = None
    return VideoSubmission.objects.create(unit=unit, **{**given, **fields})


def make_sheet(
    judge: Judge, video: VideoSubmission, *marks: str, now: dt.datetime | None = None
) -> ScoreSheet:
    """Hand in a judge's sheet with these marks in the criteria's order."""
    now = now or timezone.now()
    criteria = judge.contest.criteria.order_by("order")
    sheet = open_sheet(judge=judge, video=video, now=now)
    values = {c.pk: Decimal(mark) for c, mark in zip(criteria, marks, strict=True)}
    sheet.save_draft(marks=values, remark="", revision=sheet.revision, now=now)
    sheet.submit(now=now)
    return sheet
