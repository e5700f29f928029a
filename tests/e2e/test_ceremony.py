"""The award ceremony in a browser: key by key through a whole set, by buttons, reloaded."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from scoring.models import Award
from scoring.models.results import Scope
from tests.browser import DESK, PHONE
from tests.e2e.judging import sign_in
from tests.e2e.looks import faults, sideways
from tests.e2e.scenes import Scene, concluded_contest
from tests.portal.cast import Stage

pytestmark = pytest.mark.django_db(transaction=True)
# A laptop on a projector, and a hall's screen.
LAPTOP = {"width": 1366, "height": 768}
HALL = {"width": 1920, "height": 1080}
FORWARD = ("Space", "ArrowRight", "PageDown", "Enter")
# Long as names of offices are, with two marks over capitals.
LONG_UNIT = (
    "BAN QUẢN LÝ DỰ ÁN ĐẦU TƯ XÂY DỰNG CÁC CÔNG TRÌNH DÂN DỤNG VÀ CÔNG NGHIỆP, HUYỆN MỸ TÚ, "
    "HỖ TRỢ PHÁT TRIỂN NÔNG NGHIỆP VÀ NÔNG THÔN"
)
LONG_TITLE = "Nộp hồ sơ tại nhà: chuyện của bà con ấp Trà Quýt những ngày đầu chuyển đổi số"
LONG_PERSON = "Công Tằng Tôn Nữ Huyền Trân Nguyễn Thị Phương Quỳnh"
# Whether each piece of the slide shown lies within the window's width and holds its own letters.
CLIPPED = """() => [...document.querySelectorAll(
    ".slide:not([hidden]) :is(h2, h3, p, li, span, strong, b)")].filter((piece) => {
  const box = piece.getBoundingClientRect();
  const cut = getComputedStyle(piece).display !== "inline"
    && (piece.scrollWidth > piece.clientWidth + 1);
  return cut || box.left < 0 || box.right > innerWidth + 1;
}).map((piece) => piece.textContent.trim())"""


def address(contest: Any) -> str:
    return f"/admin/scoring/resultset/{contest.pk}/ceremony/"


@pytest.fixture
def page_for(new_context: Callable[..., BrowserContext], live_server: Any) -> Callable[..., Page]:
    """Open a browser of this size for an organizer."""

    def page_for(organizer: Any, size: dict[str, int], **how: Any) -> Page:
        context = new_context(viewport=size, **how)
        sign_in(context, organizer, live_server.url)
        return context.new_page()

    return page_for


def finished() -> Stage:
    """Make a small final set: a video, a person, a unit, each with a long name."""
    stage = Stage()
    stage.first.name = LONG_UNIT
    stage.first.save(update_fields=["name"])
    stage.winner.full_name = LONG_PERSON
    stage.winner.save(update_fields=["full_name"])
    stage.video.title = LONG_TITLE
    stage.video.save(update_fields=["title"])
    stage.refresh()
    stage.publish()
    stage.finalize()
    return stage


def revealed(page: Page) -> list[str]:
    """The names that can be seen now, as a hall sees them."""
    names = page.locator("h3.ceremony-who:visible")
    return [name.strip() for name in names.all_inner_texts()]


def expected(scene: Scene) -> list[tuple[str, str]]:
    """Tier and name of every award, videos, people, units, from the last of each ladder up."""
    awards = Award.objects.filter(result_set__contest=scene.contest, result_set__state="final")
    told: list[tuple[str, str]] = []
    for scope in (Scope.VIDEO, Scope.PERSON, Scope.UNIT):
        rows = sorted(
            awards.filter(scope=scope),
            key=lambda row: (row.tier_order, row.rank, row.position),
            reverse=True,
        )
        told += [(row.tier, row.name) for row in rows]
    return told


def test_keys_reveal_one_award_after_the_other(page_for):
    scene = concluded_contest()
    order = expected(scene)
    assert len(order) == 17
    page = page_for(scene.organizers[0], LAPTOP)
    page.goto(f"/admin/scoring/resultset/{scene.contest.pk}/")
    page.get_by_role("link", name="Lễ trao giải").click()
    page.wait_for_url("**/ceremony/*")
    start = page.locator(".slide-start")
    expect(start).to_be_visible()
    expect(start).to_contain_text(scene.contest.name)
    assert revealed(page) == []

    met, parts = [], []
    slide = page.locator(".slide:visible")
    said = page.get_by_role("status")
    for pressed in range(1, 1 + 3 + len(order) + 1):
        page.keyboard.press(FORWARD[pressed % len(FORWARD)])
        # The place is in the address, and never more than one slide is seen.
        assert page.url.endswith(f"#{pressed}")
        expect(slide).to_have_count(1)
        if not revealed(page):
            parts.append(slide.locator("h2").inner_text())
            continue
        (name,) = revealed(page)
        tier = slide.locator(".ceremony-tier")
        met.append((tier.evaluate("(p) => p.lastChild.textContent.trim()"), name))
        # Who cannot see the screen hears the same, once.
        expect(said).to_contain_text(name)
        expect(page.locator("[data-place-now]")).to_have_text(f"Giải {len(met)} trên 17")
    assert met == order
    assert parts == ["Giải video", "Giải cá nhân", "Giải tập thể", "Toàn bộ giải thưởng"]

    # The last one is an overview of all of them, with a way back to the desk.
    listed = page.locator(".slide-all li strong").all_inner_texts()
    assert sorted(listed) == sorted(name for _tier, name in order)
    expect(page.get_by_role("link", name="Bàn kết quả")).to_be_visible()
    page.keyboard.press("ArrowRight")
    assert page.url.endswith("#21")

    for key, name in (("ArrowLeft", order[-1][1]), ("PageUp", order[-2][1])):
        page.keyboard.press(key)
        assert revealed(page) == [name]
    page.keyboard.press("Home")
    expect(start).to_be_visible()
    assert page.url.endswith("#0")
    page.keyboard.press("ArrowLeft")
    assert page.url.endswith("#0")


def test_a_page_loaded_again_goes_on_where_it_was(page_for):
    stage = finished()
    page = page_for(stage.organizer, LAPTOP)
    page.goto(address(stage.contest))
    for _press in range(4):
        page.keyboard.press("ArrowRight")
    assert revealed(page) == [LONG_PERSON]
    page.reload()
    expect(page.locator("body.staged")).to_be_visible()
    assert revealed(page) == [LONG_PERSON]
    page.keyboard.press("ArrowLeft")
    assert revealed(page) == []
    # An address with a place opens there; one beyond the end opens the end; no place, the start.
    for fragment, seen in (("#2", LONG_TITLE), ("#999", "Toàn bộ"), ("#x", "Lễ công bố")):
        page.goto("about:blank")
        page.goto(address(stage.contest) + fragment)
        expect(page.locator(".slide:visible")).to_have_count(1)
        expect(page.locator(".slide:visible")).to_contain_text(seen)


def test_a_link_within_the_page_does_not_start_anew(page_for):
    stage = finished()
    page = page_for(stage.organizer, LAPTOP)
    page.goto(address(stage.contest) + "#2")
    assert revealed(page) == [LONG_TITLE]
    page.get_by_role("link", name="Đến nội dung chính").press("Enter")
    expect(page.locator("main")).to_be_focused()
    assert revealed(page) == [LONG_TITLE]
    # Back to where the address says, and on with the next key.
    page.keyboard.press("ArrowRight")
    assert page.url.endswith("#3")


def test_buttons_taps_and_a_key_held_down(page_for):
    stage = finished()
    page = page_for(stage.organizer, PHONE, has_touch=True)
    page.goto(address(stage.contest))
    following = page.get_by_role("button", name="Tiếp theo")
    before = page.get_by_role("button", name="Lùi lại")
    expect(before).to_be_disabled()
    following.tap()
    assert page.url.endswith("#1")
    page.locator("main").tap()
    assert revealed(page) == [LONG_TITLE]
    for button in (following, before):
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    before.tap()
    assert page.url.endswith("#1")
    # Enter on a button presses it, and does not reveal another one besides.
    following.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#2")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.down("ArrowRight")
    page.keyboard.down("ArrowRight")
    page.keyboard.down("ArrowRight")
    page.keyboard.up("ArrowRight")
    assert page.url.endswith("#3")


def test_f_fills_the_screen_and_leaves_it(page_for):
    stage = finished()
    page = page_for(stage.organizer, LAPTOP)
    page.goto(address(stage.contest))
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement === document.documentElement")
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement === null")
    page.get_by_role("button", name="Toàn màn hình").click()
    page.wait_for_function("() => document.fullscreenElement === document.documentElement")
    assert page.url.endswith("#0")


@pytest.mark.parametrize("size", [PHONE, LAPTOP, HALL], ids=["phone", "laptop", "hall"])
def test_every_slide_fits_and_is_accessible(page_for, size):
    stage = finished()
    page = page_for(stage.organizer, size)
    page.goto(address(stage.contest))
    count = page.locator("[data-slide]").count()
    assert count == 1 + 3 + 3 + 1
    for place in range(count):
        page.goto("about:blank")
        page.goto(f"{address(stage.contest)}#{place}")
        expect(page.locator(".slide:visible")).to_have_count(1)
        assert page.evaluate(CLIPPED) == []
        if size != PHONE and place < count - 1:
            # An award is seen whole, with the buttons below it.
            tall = page.evaluate("() => document.documentElement.scrollHeight")
            assert tall <= size["height"]
        assert faults(page) == []


def test_who_wants_less_motion_sees_a_name_at_once(page_for):
    stage = finished()
    moves = "() => document.getAnimations().length"
    still = page_for(stage.organizer, LAPTOP)
    still.goto(address(stage.contest) + "#2")
    assert revealed(still) == [LONG_TITLE]
    assert still.evaluate(moves) == 0
    moving = page_for(stage.organizer, LAPTOP)
    moving.emulate_media(reduced_motion="no-preference")
    moving.goto(address(stage.contest) + "#2")
    moving.keyboard.press("ArrowRight")
    assert moving.evaluate(moves) > 0


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_without_javascript_all_awards_are_a_list(page_for, size):
    stage = finished()
    page = page_for(stage.organizer, size, java_script_enabled=False)
    page.goto(address(stage.contest))
    assert revealed(page) == [LONG_TITLE, LONG_PERSON, LONG_UNIT]
    expect(page.get_by_role("link", name="Bàn kết quả")).to_be_visible()
    assert page.locator("button:visible").count() == 0
    assert sideways(page) == []
