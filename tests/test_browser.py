"""The browser of the tests is strict: what a page does wrong cannot go unseen."""

import pytest
from playwright.sync_api import Page

from tests.browser import Watch

POLICY = {"Content-Security-Policy": "default-src 'self'", "Content-Type": "text/html"}


def show(page: Page, body: str) -> None:
    page.route(
        "**/strict/",
        lambda route: route.fulfill(headers=POLICY, body=f"<!doctype html><p>Trang</p>{body}"),
    )
    page.goto("/strict/")


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<script>document.title = 'x'</script>", "Content Security Policy"),
        ('<p style="color: red">Đỏ</p>', "Content Security Policy"),
        ('<script src="/strict/broken.js"></script>', "script error"),
        ('<img src="http://elsewhere.invalid/a.png">', "foreign request"),
        ('<img src="/strict/not-there.png">', "404"),
    ],
)
def test_a_page_that_does_wrong_is_noticed(
    page: Page, watch: Watch, body: str, complaint: str
) -> None:
    page.route(
        "**/strict/broken.js",
        lambda route: route.fulfill(content_type="text/javascript", body="nothing.at.all()"),
    )
    page.route("**/strict/not-there.png", lambda route: route.fulfill(status=404))
    show(page, body)

    noticed = "\n".join(watch.all_complaints())
    watch.complaints.clear()

    assert complaint in noticed


@pytest.mark.console("status of 404")
def test_what_a_test_names_beforehand_is_not_held_against_the_page(page: Page) -> None:
    page.route("**/strict/not-there.png", lambda route: route.fulfill(status=404))
    show(page, '<img src="/strict/not-there.png">')


def test_a_page_without_fault_raises_no_complaint(page: Page, watch: Watch) -> None:
    show(page, "")
    assert watch.all_complaints() == []
