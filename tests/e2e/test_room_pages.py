"""Every page of the judges' room, on a phone and at a desk, while judging is open and after it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from accounts.models import User
from contests.models import Contest, Judge
from scoring.models import open_sheet, write_discussion
from tests import make
from tests.browser import DESK, PHONE
from tests.e2e.judging import sign_in
from tests.e2e.looks import faults
from tests.e2e.scenes import hang_up

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = "/admin/scoring/scoresheet/"
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
TITLES = (
    "Một cửa thân thiện, phụ huynh yên tâm",
    "Hẹn giờ trả kết quả",
    "Không để dân phải chờ",
    "Nộp hồ sơ tại nhà: chuyện của bà con ấp Trà Quýt những ngày đầu chuyển đổi số",
    "Nụ cười công sở",
)
# In the default criteria's order; the second lies 21 points below the first.
HIGH = ("27", "17.5", "21", "18", "5")
LOW = ("23.5", "13.5", "14.5", "12.5", "3.5")


@dataclass
class Panel:
    """A chair whose sheets are in, a judge in every state there is, an organizer."""

    contest: Contest
    chair: Judge
    judge: Judge
    organizer: User
    videos: list[str]

    def judging(self, tail: str, video: int = 0) -> str:
        return f"{ROOT}video/{self.videos[video]}/{tail}"


@pytest.fixture
def panel(live_server) -> Panel:
    now = timezone.now()
    contest = make.make_contest()
    criteria = make.make_criteria(contest)
    organizer = make.make_organizer(contest)
    chair = make.make_judge(contest, "Trần Thị Ngọc Bích", is_chair=True)
    judge = make.make_judge(contest, "Võ Minh Khoa")
    videos = [make.make_video(make.make_unit(contest), title) for title in TITLES]
    for video in videos:
        hang_up(video)
        make.make_sheet(chair, video, *HIGH, now=now)
    submitted, draft, excused, again, _todo = videos
    make.make_sheet(judge, submitted, *LOW, now=now)
    open_sheet(judge=judge, video=draft, now=now).save_draft(
        marks={c.pk: Decimal(3) for c in criteria},
        remark="Lời bình rõ, hình đẹp.",
        notes="Xem lại phút thứ hai",
        revision=0,
        now=now,
    )
    open_sheet(judge=judge, video=excused, now=now).excuse(
        by=chair.user, reason="Ốm đột xuất", now=now
    )
    make.make_sheet(judge, again, *LOW, now=now).reopen(
        by=chair.user, reason="Chấm nhầm video", now=now
    )
    text = "Lệch ở tiêu chí kỹ thuật; giữ nguyên điểm."
    write_discussion(video=submitted, by=chair.user, text=text, now=now)
    return Panel(contest, chair, judge, organizer, [video.public_id for video in videos])


@pytest.fixture
def page_of(
    new_context: Callable[..., BrowserContext], live_server, size: dict[str, int]
) -> Callable[[User], Page]:
    """Give everybody a browser of the own, signed in."""
    pages: dict[int, Page] = {}

    def page_of(user: User) -> Page:
        if user.pk not in pages:
            context = sign_in(new_context(viewport=size), user, live_server.url)
            pages[user.pk] = context.new_page()
        return pages[user.pk]

    return page_of


def walk(
    pages: list[tuple[User, str]], page_of: Callable[[User], Page]
) -> dict[tuple[str, str], list[str]]:
    """Open each address as whoever it is for; return the faults of those that have any."""
    found = {}
    for user, address in pages:
        page = page_of(user)
        answer = page.goto(address)
        assert answer is not None
        assert (answer.status, page.url.endswith(address)) == (200, True), (user, address)
        if wrong := faults(page):
            found[user.full_name, address] = wrong
    return found


@SIZES
def test_pages_of_the_room_while_judging_is_open(panel: Panel, page_of, size) -> None:
    slug, judge, chair = panel.contest.slug, panel.judge.user, panel.chair.user
    pages = [
        (judge, ROOT),
        *((judge, panel.judging("", video)) for video in range(len(TITLES))),
        (judge, panel.judging("confirm/", 1)),
        (judge, panel.judging("conflict/", 1)),
        (chair, ROOT),
        (chair, f"{ROOT}reopen/{slug}/"),
        (chair, f"{ROOT}excuse/{slug}/"),
        (chair, f"{ROOT}analysis/{slug}/"),
        (chair, f"{ROOT}discussion/{panel.videos[0]}/"),
        (panel.organizer, ROOT),
        (panel.organizer, f"{ROOT}progress/{slug}/"),
        (panel.organizer, f"{ROOT}analysis/{slug}/"),
        (panel.organizer, f"{ROOT}history/{slug}/"),
        (panel.organizer, f"{ROOT}minutes/{slug}/template/"),
    ]
    assert walk(pages, page_of) == {}


@SIZES
def test_pages_of_the_room_after_judging_has_closed(panel: Panel, page_of, size) -> None:
    Contest.objects.update(judging_closes_at=timezone.now())
    slug, judge, chair = panel.contest.slug, panel.judge.user, panel.chair.user
    pages = [
        (judge, ROOT),
        (judge, panel.judging("", 1)),
        (judge, panel.judging("conflict/", 1)),
        (chair, ROOT),
        (chair, f"{ROOT}reopen/{slug}/"),
        (chair, f"{ROOT}excuse/{slug}/"),
        (chair, f"{ROOT}analysis/{slug}/"),
        (chair, f"{ROOT}discussion/{panel.videos[1]}/"),
        (panel.organizer, f"{ROOT}progress/{slug}/"),
        (panel.organizer, f"{ROOT}analysis/{slug}/"),
        (panel.organizer, f"{ROOT}history/{slug}/"),
    ]
    assert walk(pages, page_of) == {}
