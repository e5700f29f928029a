"""What organizers, units and the public see of videos, on a phone and at a desk: it fits, it is
accessible, it is in Vietnamese. Made as it may be at worst: warnings, refusals, long names."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import User
from contests.models import Contest, Unit
from media_uploads.models import VideoSubmission
from media_uploads.records import Replacement
from tests.browser import DESK, PHONE
from tests.e2e.looks import faults
from tests.e2e.scenes import hang_up
from tests.e2e.test_pages import page_of, photograph
from tests.make import make_contest, make_organizer, make_unit, make_user, make_video

__all__ = ["page_of"]
pytestmark = pytest.mark.django_db(transaction=True)
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
State = VideoSubmission.State
CAPTIONS = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nKính chào quý vị\n"
TITLES = (
    "Một cửa thân thiện, người dân hài lòng",
    "Số hóa hồ sơ, rút ngắn thời gian giải quyết thủ tục hành chính cho người dân vùng sâu",
    "Nụ cười công sở",
    "Cải cách hành chính từ những việc nhỏ",
)


def a_contest(*, is_open: bool) -> Contest:
    now = timezone.now()
    closes = now + DAY if is_open else now - HOUR
    return make_contest(
        name="Hội thi Tìm hiểu cải cách hành chính tỉnh Sóc Trăng",
        organizer_name="Sở Nội vụ tỉnh Sóc Trăng",
        contact="Phòng Cải cách hành chính, 0299 3822 211",
        video_opens_at=now - 5 * DAY,
        video_closes_at=closes,
        judging_opens_at=closes + HOUR,
        judging_closes_at=closes + 9 * DAY,
    )


def units_of(contest: Contest) -> list[Unit]:
    names = ("Sở Nội vụ", "Sở Thông tin và Truyền thông", "Ủy ban nhân dân thị xã Vĩnh Châu", "Ban")
    return [
        make_unit(contest, f"DV{place:02d}", name=name, coordinator=make_user(f"Đầu mối {place}"))
        for place, name in enumerate(names, start=1)
    ]


def look(
    addresses: dict[str, tuple[User | None, str]],
    page_of: Callable[[User | None], Page],
    size: dict[str, int],
) -> dict[str, list[str]]:
    """Open each page; return the faults of those that have any."""
    found = {}
    for name, (user, address) in addresses.items():
        page = page_of(user)
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{name}: {answer.status}"
        photograph(page, name, size)
        if wrong := faults(page):
            found[name] = wrong
    return found


@SIZES
# No film lies behind these rows; nothing of the pages depends on one.
@pytest.mark.console("status of 404")
def test_pages_while_videos_are_taken(page_of, size):
    contest = a_contest(is_open=True)
    organizer = make_organizer(contest)
    first, second, third, fourth = units_of(contest)
    make_video(first, TITLES[0], in_gallery=False)
    asked = hung(
        first,
        TITLES[0],
        in_gallery=False,
        sha256="ab" * 32,
        captions=CAPTIONS,
        verdict={"warnings": ["black", "silent"]},
        duration_ms=720_000,
        asked_at=timezone.now(),
        asked_reason="Phần giới thiệu bị mất tiếng từ phút 2. Vui lòng ghi lại.",
    )
    hung(second, TITLES[1], sha256="ab" * 32)
    make_video(third, TITLES[2])
    out = make_video(third, TITLES[2], withdrawn_at=timezone.now())
    make_video(
        fourth, TITLES[3], state=State.REFUSED, verdict_code="no_picture", verdict={"params": {}}
    )
    admin = "/admin/media_uploads/videosubmission"
    assert (
        look(
            {
                "videos-list": (organizer, f"{admin}/"),
                "videos-page": (organizer, f"{admin}/{asked.pk}/change/"),
                "videos-captions": (organizer, f"{admin}/{asked.pk}/captions/"),
                "videos-ask-again": (organizer, f"{admin}/{out.pk}/decide/ask_again/"),
                "videos-desk-asked": (first.coordinator, f"/unit/{first.pk}/"),
                "videos-withdraw": (
                    first.coordinator,
                    f"/unit/{first.pk}/video/{asked.public_id}/withdraw/",
                ),
                "videos-own-captions": (
                    first.coordinator,
                    f"/unit/{first.pk}/video/{asked.public_id}/captions/",
                ),
                "videos-desk-withdrawn": (third.coordinator, f"/unit/{third.pk}/"),
                "videos-desk-refused": (fourth.coordinator, f"/unit/{fourth.pk}/"),
            },
            page_of,
            size,
        )
        == {}
    )


@SIZES
@pytest.mark.console("status of 404")
def test_pages_once_videos_are_no_longer_taken(page_of, size):
    contest = a_contest(is_open=False)
    organizer = make_organizer(contest)
    first, second, third, _fourth = units_of(contest)
    refusal = {"state": State.REFUSED, "verdict_code": "truncated", "verdict": {"params": {}}}
    shut_out = make_video(first, TITLES[0], **refusal)
    allowed = make_video(second, TITLES[1], **refusal)
    Replacement.objects.create(
        unit=second,
        slot=1,
        reason="Máy chủ gián đoạn lúc đơn vị gửi tệp",
        by=organizer,
        at=timezone.now(),
        until=timezone.now() + DAY,
    )
    failed = make_video(third, TITLES[2], state=State.FAILED, failure="Đọc video quá lâu.")
    admin = "/admin/media_uploads/videosubmission"
    assert (
        look(
            {
                "videos-replacement": (organizer, f"{admin}/{shut_out.pk}/replacement/"),
                "videos-supply": (organizer, f"{admin}/{failed.pk}/supply/"),
                "videos-failed": (organizer, f"{admin}/{failed.pk}/change/"),
                "videos-desk-shut-out": (first.coordinator, f"/unit/{first.pk}/"),
                "videos-desk-allowed": (second.coordinator, f"/unit/{allowed.unit_id}/"),
            },
            page_of,
            size,
        )
        == {}
    )


@SIZES
@pytest.mark.console("status of 404")
def test_the_gallery(page_of, size):
    contest = a_contest(is_open=False)
    empty = {"videos-gallery-empty": (None, f"/{contest.slug}/videos/")}
    assert look(empty, page_of, size) == {}
    films = [
        hung(unit, title, captions=CAPTIONS if place % 2 else "", sha256="")
        for place, (unit, title) in enumerate(zip(units_of(contest), TITLES, strict=True))
    ]
    contest.provisional_at = timezone.now()
    contest.save(update_fields=["provisional_at"])
    assert (
        look(
            {
                "videos-gallery": (None, f"/{contest.slug}/videos/"),
                "videos-gallery-one": (None, f"/{contest.slug}/videos/{films[1].public_id}/"),
            },
            page_of,
            size,
        )
        == {}
    )


def hung(unit: Unit, title: str, **fields: object) -> VideoSubmission:
    """A video with a poster."""
    video = make_video(unit, title, **fields)
    hang_up(video)
    return video
