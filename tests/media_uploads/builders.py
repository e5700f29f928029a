"""Rows for the tests of this room: a contest, a unit with its coordinator, users, videos."""

import datetime as dt
import shutil
from pathlib import Path

from accounts.models import User
from contests.models import Contest, Unit
from media_uploads.models import VideoSubmission, media_storage, receive

NOON = dt.datetime(2026, 3, 2, 5, 0, tzinfo=dt.UTC)


def a_contest(slug: str = "hoi-thi", **settings: object) -> Contest:
    """A contest with its video window open around `NOON`."""
    fields: dict[str, object] = {
        "name": "Hội thi cải cách hành chính",
        "slug": slug,
        "year": 2026,
        "parent_organ": "ỦY BAN NHÂN DÂN TỈNH",
        "organizer_name": "Sở Nội vụ",
        "is_announced": True,
        "video_opens_at": NOON - dt.timedelta(days=1),
        "video_closes_at": NOON + dt.timedelta(days=1),
        "judging_opens_at": NOON + dt.timedelta(days=2),
        "judging_closes_at": NOON + dt.timedelta(days=3),
    }
    return Contest.objects.create(**fields | settings)


def a_unit(contest: Contest, code: str = "DV01") -> Unit:
    """A unit whose coordinator signs in as `coordinator-<code>`."""
    coordinator = a_user(f"coordinator-{contest.slug}-{code}")
    return Unit.objects.create(
        contest=contest, code=code, name=f"Đơn vị {code}", headcount=40, coordinator=coordinator
    )


def a_user(username: str, **fields: object) -> User:
    return User.objects.create_user(username, full_name=username.title(), **fields)


def a_video(unit: Unit, film: Path, *, slot: int = 1) -> VideoSubmission:
    """A received video of `unit`: the film copied into the media folder, its row made at `NOON`."""
    name = f"originals/{unit.pk}-{slot}-{unit.videos.count()}{film.suffix}"
    path = Path(media_storage().path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(film, path)
    return receive(
        unit=unit,
        title="Một cửa thân thiện",
        slot=slot,
        original=name,
        original_name=film.name,
        size=film.stat().st_size or 1,
        by=unit.coordinator,
        started_at=NOON,
        now=NOON,
    )


def a_ready_video(unit: Unit, content: bytes = bytes(range(256)) * 40) -> VideoSubmission:
    """A video that can be watched; its copy is `content`, its poster the first 100 bytes of it."""
    storage = media_storage()
    video = VideoSubmission.objects.create(
        unit=unit,
        version=unit.videos.count() + 1,
        title="Một cửa thân thiện",
        state=VideoSubmission.State.READY,
        original="originals/x.mp4",
        original_name="x.mp4",
        size=len(content),
        uploaded_by=unit.coordinator,
        upload_started_at=NOON,
        received_at=NOON,
        accepted_at=NOON,
        may_be_shown=True,
        in_gallery=True,
    )
    for field, data in (("copy", content), ("poster", content[:100])):
        name = f"{field}/{video.public_id}"
        path = Path(storage.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        setattr(video, field, name)
    video.save(update_fields=["copy", "poster"])
    return video
