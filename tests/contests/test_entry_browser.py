"""Coming in with a real Chromium, which hides the origin of a page that tells no referrer."""

import re

import pytest
from playwright.sync_api import expect

from contests.models import Participant
from tests.browser import PHONE
from tests.contests import entry_cast as cast


def test_a_person_registers_on_a_phone_and_goes_straight_to_the_quiz(new_context, live_server):
    cast.contest()
    page = new_context(viewport=PHONE).new_page()
    page.goto("/thu/register/")
    page.get_by_label("Họ và tên").fill("Nguyễn Thị Ẩn")
    page.get_by_label("Đơn vị dự thi").select_option(label="Sở Nội vụ")
    page.get_by_label("Số điện thoại").fill("0912 345 678")
    page.get_by_label("Tôi đồng ý").check()
    page.get_by_role("button", name="Đăng ký").click()
    expect(page.get_by_role("heading", name="Đăng ký thành công")).to_be_visible()
    picture = page.get_by_role("img", name=re.compile("Mã QR"))
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    width = page.evaluate("() => document.documentElement.scrollWidth")
    assert width == PHONE["width"]
    page.get_by_role("button", name="Vào thi ngay").click()
    expect(page).to_have_url(re.compile("/thu/quiz/$"))
    assert Participant.objects.get().phone == "0912345678"


def test_the_button_of_an_access_link_works_without_a_referrer(new_context, live_server):
    _, code = cast.with_code(cast.contest())
    page = new_context().new_page()
    page.goto(f"/enter/{code.link_token}/")
    page.get_by_label("Tôi đồng ý").check()
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Vào thi").click()
    expect(page).to_have_url(re.compile("/thu/quiz/$"))
    assert sent.value.all_headers()["origin"] == "null"


@pytest.mark.console("status of 404")
def test_an_unknown_link_is_a_page_in_words(new_context, live_server):
    page = new_context(viewport=PHONE).new_page()
    page.goto("/enter/unknown/")
    expect(page.get_by_role("heading", name="Đường dẫn không có hiệu lực")).to_be_visible()
