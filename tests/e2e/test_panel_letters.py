"""An organizer invites a judge by letter, who sets a password by its link and comes in."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from accounts import letters
from accounts.models import Letter, User
from contests.models import Contest
from tests import make
from tests.browser import DESK, PHONE
from tests.e2e.looks import faults

pytestmark = pytest.mark.django_db(transaction=True)
PROGRESS = "/admin/scoring/scoresheet/progress/hoi-thi/"
PASSWORD = "mot-mat-khau-moi-77"
NAMED = "https://hoithi.example.vn"


@pytest.fixture
def contest(live_server, settings) -> Contest:
    settings.CSRF_TRUSTED_ORIGINS = [NAMED]
    contest = make.make_contest("hoi-thi", contact="Chị Hoa, 0299 123 456")
    make.make_criteria(contest)
    make.make_video(make.make_unit(contest, name="Sở Nội vụ"), "Một cửa thân thiện")
    for number, address in enumerate(
        ("giam-khao.voi-ten-rat-dai.cua-phong-cai-cach@soctrang.example.vn", "")
    ):
        user = make.make_user(
            f"Nguyễn Hoàng Phương {number}", username=f"gk-{number}", role="judge", email=address
        )
        make.make_judge(contest, user=user)
    return contest


@pytest.fixture
def page_of(
    new_context: Callable[..., BrowserContext], live_server
) -> Callable[[User | None, dict[str, int]], Page]:
    """Open a browser somebody is signed in with."""

    def opened(user: User | None, size: dict[str, int]) -> Page:
        context = new_context(viewport=size, bypass_csp=True)
        if user is not None:
            client = Client()
            client.force_login(user)
            name = django_settings.SESSION_COOKIE_NAME
            value = client.cookies[name].value
            context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        return context.new_page()

    return opened


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_judge_is_invited_sets_a_password_and_signs_in(contest, page_of, size) -> None:
    page = page_of(make.make_organizer(contest), size)
    page.goto(PROGRESS)
    assert faults(page) == []
    page.goto(PROGRESS)
    page.get_by_role("link", name="Gửi lời mời cho 1 giám khảo chưa được mời").click()
    # The address of the sign-in page stands in the letter.
    assert faults(page) == ["English words: sign"]
    page.reload()
    page.get_by_role("button", name="Gửi 1 thư").click()
    expect(page.get_by_text("Đã soạn 1 thư; thư sẽ được gửi đi trong ít phút.")).to_be_visible()
    # On a phone a row is a card; what came of the letter stands in both.
    row = page.get_by_role("row").filter(has_text="Nguyễn Hoàng Phương 0").last
    expect(row).to_contain_text("Đã soạn, chờ gửi")

    letter = Letter.objects.get()
    assert letters.send(letter, now=letter.due_at)
    found = re.search(rf"{NAMED}(/account/\S+)", str(mail.outbox[-1].body))
    assert found
    page.reload()
    expect(row).to_contain_text("Đã gửi")

    judge = page_of(None, size)
    judge.goto(found[1])
    assert faults(judge) == []
    judge.goto(found[1])
    judge.get_by_label("Mật khẩu mới", exact=False).first.fill(PASSWORD)
    judge.get_by_label("Nhập lại mật khẩu mới", exact=False).fill(PASSWORD)
    judge.get_by_role("button", name="Đặt mật khẩu").click()
    expect(judge.get_by_text("Vui lòng đăng nhập với tên gk-0.")).to_be_visible()
    judge.get_by_label("Tên đăng nhập").fill("gk-0")
    judge.get_by_label("Mật khẩu").fill(PASSWORD)
    judge.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    judge.goto("/admin/scoring/scoresheet/")
    expect(judge.get_by_text("Một cửa thân thiện")).to_be_visible()


@pytest.mark.console("status of 404")
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_link_that_does_not_hold_is_a_page_in_words(contest, page_of, size) -> None:
    page = page_of(None, size)
    page.goto("/account/password/MQ/x/")
    expect(page.get_by_text("vui lòng liên hệ Ban Tổ chức đã gửi thư")).to_be_visible()
    assert faults(page) == []
