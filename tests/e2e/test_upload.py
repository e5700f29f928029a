"""A unit's video on its way in a real browser: in pieces, through cuts, reloads and sign-outs."""

import datetime as dt
import hashlib
import random
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Dialog, Page, Request, Route, Worker, expect

from contests.models import Unit
from media_uploads.models import Upload, VideoSubmission, media_storage
from portal.views import desk
from tests.browser import DESK, PHONE
from tests.drills.cutting import READ_BYTES, cutting_line
from tests.e2e.looks import faults
from tests.make import DAY, make_contest, make_unit, make_user
from tests.portal.test_portal_browser import sign_in

pytestmark = [pytest.mark.django_db(transaction=True)]

CHUNK = 256 * 1024
PIECES = 6
SIZE = PIECES * CHUNK - 1000
TITLE = "Một cửa thân thiện"
UPLOADS = "**/uploads/**"
ARRIVED = "Đang kiểm tra hình và tiếng"
LOST = "Mất kết nối – sẽ tự gửi tiếp khi có mạng trở lại."
SEND = "Tải video lên"
PAUSE = "Tạm dừng"
GO_ON = "Gửi tiếp"
CANCEL = "Hủy tải lên"
CHOOSE_AGAIN = "Chọn lại tệp"
# What a cut connection makes the browser say.
CUT = pytest.mark.console("net::ERR_")


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "CHUNK_BYTES", CHUNK)


@pytest.fixture
def unit(live_server) -> Unit:
    now = timezone.now()
    contest = make_contest(
        video_closes_at=now + DAY,
        judging_opens_at=now + 2 * DAY,
        judging_closes_at=now + 3 * DAY,
        video_max_bytes=4 * 1024**2,
    )
    return make_unit(contest, coordinator=make_user("Phan Thanh Trúc"))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return a_film(tmp_path / "một cửa, bản cuối.mp4")


def a_film(path: Path, *, size: int = SIZE, seed: int = 1) -> Path:
    path.write_bytes(random.Random(seed).randbytes(size))
    return path


@pytest.fixture
def open_desk(
    new_context: Callable[..., BrowserContext], live_server, unit: Unit
) -> Callable[..., Page]:
    """Open the unit's desk in a browser of its own where its coordinator is signed in."""

    def make(**kwargs) -> Page:
        context = new_context(**kwargs)
        sign_in(context, unit.coordinator, kwargs.get("base_url", live_server.url))
        page = context.new_page()
        page.goto(reverse("desk", kwargs={"pk": unit.pk}))
        return page

    return make


@pytest.fixture
def page(open_desk: Callable[..., Page]) -> Page:
    return open_desk()


class Line:
    """Between one page and the server: notes the pieces sent, holds back what is to wait."""

    def __init__(self, page: Page, *, hold_from: int | None = None) -> None:
        self.page = page
        self.offsets: list[int] = []
        self.hold_from = hold_from
        self.held: list[Route] = []
        page.route(UPLOADS, self._pass)

    def _pass(self, route: Route) -> None:
        offset = offset_of(route.request)
        if offset is not None:
            self.offsets.append(offset)
            if self.hold_from is not None and offset >= self.hold_from:
                self.held.append(route)
                return
        route.continue_()

    def break_off(self) -> None:
        """End what is held back as a lost line does; from now on everything passes."""
        self.hold_from = None
        for route in self.held:
            route.abort("connectionreset")
        self.held.clear()

    def let_go(self, *, hold_from: int | None = None) -> None:
        self.hold_from = hold_from
        for route in self.held:
            route.continue_()
        self.held.clear()


def offset_of(request: Request) -> int | None:
    return int(request.headers["upload-offset"]) if request.method == "PATCH" else None


def choose(page: Page, film: Path) -> None:
    page.locator("input[type=file]").set_input_files(film)


def send(page: Page, film: Path) -> None:
    page.get_by_label("Tên video").fill(TITLE)
    choose(page, film)
    page.get_by_role("button", name=SEND).click()


def send_half(page: Page, film: Path, *, pieces: int = 2) -> Line:
    """Send so many pieces; the next one waits on the line."""
    line = Line(page, hold_from=pieces * CHUNK)
    with page.expect_request(lambda request: offset_of(request) == pieces * CHUNK):
        send(page, film)
    assert Upload.objects.get().offset == pieces * CHUNK
    return line


def leave_half(page: Page, film: Path) -> None:
    """Send two pieces and come back to the page later."""
    send_half(page, film)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.unroute(UPLOADS)
    expect(page.get_by_text("Lượt tải lên chưa xong")).to_be_visible()


def expect_arrived(page: Page, film: Path) -> VideoSubmission:
    expect(page.get_by_text(ARRIVED)).to_be_visible()
    video = VideoSubmission.objects.latest("pk")
    path = Path(media_storage().path(video.original))
    assert path.read_bytes() == film.read_bytes()
    assert video.original_name == film.name
    return video


def sha256(film: Path) -> str:
    return hashlib.sha256(film.read_bytes()).hexdigest()


# --- as it should go ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_video_arrives_in_pieces_with_the_browsers_sha256(open_desk, unit, film, size) -> None:
    unit.contest.videos_per_unit = 2
    unit.contest.save(update_fields=["videos_per_unit"])
    page = open_desk(viewport=size)
    line = Line(page)
    page.get_by_role("combobox", name="Video số").select_option("2")
    page.locator("[name=may_be_shown]").check()
    send(page, film)

    video = expect_arrived(page, film)
    assert line.offsets == [number * CHUNK for number in range(PIECES)]
    assert video.sent_sha256 == sha256(film)
    assert (video.title, video.slot, video.may_be_shown) == (TITLE, 2, True)
    assert video.uploaded_by == unit.coordinator
    expect(page.locator("#video-state")).to_be_in_viewport()


@pytest.mark.console("status of 404|Failed to load")
def test_a_browser_that_cannot_hash_sends_all_the_same(page, film) -> None:
    page.route("**/js/upload-hash*", lambda route: route.fulfill(status=404))
    send(page, film)

    assert expect_arrived(page, film).sent_sha256 == ""


def test_how_far_it_is_is_shown_and_told(page, film) -> None:
    line = send_half(page, film)

    expect(page.locator(".percent")).to_have_text("33 %")
    expect(page.get_by_text("Đã gửi 0,5/1,5 MB")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Đã gửi")).to_have_js_property(
        "value", 100 * 2 * CHUNK / SIZE
    )
    expect(page.locator("[role=status].hidden-text")).to_have_text("Đã gửi 33 phần trăm")
    line.let_go()
    expect_arrived(page, film)


def test_speed_and_time_left_are_told(page, film) -> None:
    page.clock.install()
    page.reload()
    line = Line(page, hold_from=0)
    with page.expect_request(lambda request: offset_of(request) == 0):
        send(page, film)
    page.clock.run_for(8_000)
    line.let_go(hold_from=CHUNK)
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 100 * CHUNK / SIZE)
    page.clock.run_for(1_000)

    # 256 KB in nine seconds or little more, and 1,279 KB to go.
    told = page.locator("[data-part=left]")
    expect(told).to_have_text(re.compile(r"^2\d KB/giây · còn khoảng (50 giây|1 phút)$"))
    page.clock.run_for(60_000)
    expect(told).to_have_text("")
    line.let_go()
    expect_arrived(page, film)


# --- a line that breaks ---------------------------------------------------------------------------


@CUT
# A browser repeats by itself what broke on a connection it had used before.
@pytest.mark.console("foreign request|status of 409")
def test_cuts_cost_no_more_than_the_piece_under_way(open_desk, live_server, tmp_path) -> None:
    film = a_film(tmp_path / "dài.mp4", size=12 * CHUNK)
    port = int(live_server.url.rsplit(":", 1)[1])
    with cutting_line(port, cuts=()) as cable:
        page = open_desk(base_url=f"http://127.0.0.1:{cable.port}")
        page.wait_for_load_state("networkidle")
        before = cable.sent
        cable.cuts = [before + round(CHUNK * cut) for cut in (7.9, 5.1, 2.5)]
        send(page, film)
        video = expect_arrived(page, film)
        twice = cable.sent - before - film.stat().st_size

    assert cable.cut == 3
    assert video.sent_sha256 == sha256(film)
    assert Upload.objects.count() == 1
    # A piece each and what was on the wire; beside them the headers of all requests.
    assert twice < 3 * (CHUNK + READ_BYTES) + 128 * 1024, f"{twice} bytes twice"


@CUT
def test_a_lost_line_is_said_and_sending_goes_on_when_it_is_back(page, film) -> None:
    line = send_half(page, film)
    page.context.set_offline(True)
    line.break_off()
    expect(page.get_by_role("alert").filter(has_text=LOST)).to_be_visible()
    page.context.set_offline(False)

    expect_arrived(page, film)
    assert line.offsets.count(2 * CHUNK) == 2
    assert len(line.offsets) == len(set(line.offsets)) + 1


@CUT
@pytest.mark.console("status of 503")
def test_a_server_that_is_being_restarted_gets_no_second_upload(page, film) -> None:
    line = send_half(page, film)
    away = ["HEAD", "HEAD"]

    def busy(route: Route) -> None:
        if route.request.method in away:
            away.remove(route.request.method)
            route.fulfill(status=503, body="<h1>Restarting</h1>")
        else:
            route.fallback()

    page.route(UPLOADS, busy)
    line.break_off()
    expect(page.get_by_text("Máy chủ đang tạm thời gián đoạn")).to_be_visible()

    expect_arrived(page, film)
    assert away == []
    assert Upload.objects.count() == 1
    assert line.offsets.count(0) == 1


@CUT
def test_an_upload_whose_first_answer_got_lost_is_found_again(page, film) -> None:
    lost: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort("connectionreset")
        else:
            route.fallback()

    page.route(UPLOADS, lose)
    send(page, film)

    expect_arrived(page, film)
    assert lost == [201]
    assert Upload.objects.count() == 1


@CUT
def test_a_file_that_was_changed_meanwhile_is_said_to_be(page, film) -> None:
    line = send_half(page, film)
    a_film(film, seed=2)
    line.break_off()

    expect(page.get_by_role("alert").filter(has_text="Không đọc được tệp nữa")).to_be_visible()
    expect(page.get_by_text("Lượt tải lên chưa xong")).to_be_visible()


# --- pausing, leaving, coming back ----------------------------------------------------------------


def test_a_paused_upload_waits_for_its_person(page, film) -> None:
    line = send_half(page, film)
    page.get_by_role("button", name=PAUSE).click()
    expect(page.get_by_text("Đã tạm dừng. Phần đã gửi được giữ lại.")).to_be_visible()
    expect(page.get_by_role("button", name=GO_ON)).to_be_focused()
    page.context.set_offline(True)
    page.context.set_offline(False)  # no reason to begin again by itself
    page.wait_for_load_state("networkidle")
    assert line.offsets == [0, CHUNK, 2 * CHUNK]
    line.held.clear()
    line.hold_from = None

    page.get_by_role("button", name=GO_ON).click()
    expect_arrived(page, film)
    assert line.offsets[3:] == [number * CHUNK for number in range(2, PIECES)]


def test_a_pause_while_the_check_code_is_computed_holds_the_last_piece_back(page, film) -> None:
    held: list[Route] = []
    ended: list[Worker] = []
    page.route("**/js/upload-hash*", lambda route: held.append(route))
    page.on("worker", lambda worker: worker.on("close", lambda gone: ended.append(gone)))
    line = Line(page)
    send(page, film)
    expect(page.get_by_text("đang tính mã kiểm tra của tệp")).to_be_visible()
    page.get_by_role("button", name=PAUSE).click()
    held[0].continue_()
    while not ended:
        page.evaluate("() => fetch('/').then((response) => response.text())")
    page.evaluate("() => fetch('/').then((response) => response.text())")
    assert len(line.offsets) == PIECES - 1

    page.get_by_role("button", name=GO_ON).click()
    assert expect_arrived(page, film).sent_sha256 == sha256(film)


def test_after_a_reload_the_same_file_goes_on_where_it_stopped(page, film) -> None:
    leave_half(page, film)
    item = page.locator(".unfinished > li")
    expect(item).to_contain_text(film.name)
    expect(item).to_contain_text("33 %")
    expect(item).to_contain_text("Phan Thanh Trúc")
    line = Line(page)
    choose(page, film)

    video = expect_arrived(page, film)
    assert line.offsets == [number * CHUNK for number in range(2, PIECES)]
    assert (video.title, video.sent_sha256) == (TITLE, sha256(film))
    expect(page.get_by_text("Lượt tải lên chưa xong")).to_be_hidden()


def test_another_device_goes_on_too(page, open_desk, film, tmp_path) -> None:
    send_half(page, film)
    phone = open_desk(viewport=PHONE)
    line = Line(phone)
    # Some devices take the accents of a name apart.
    choose(phone, a_film(tmp_path / unicodedata.normalize("NFD", film.name)))

    expect_arrived(phone, film)
    assert line.offsets[0] == 2 * CHUNK


def test_another_file_is_another_upload(page, film, tmp_path) -> None:
    leave_half(page, film)
    other = a_film(tmp_path / "bản khác.mp4", size=SIZE - 5, seed=3)
    with page.expect_file_chooser():
        page.get_by_role("button", name=CHOOSE_AGAIN).click()
    # Nothing was chosen there; now in the form.
    page.get_by_label("Tên video").fill(TITLE)
    with page.expect_file_chooser() as chooser:
        page.locator("label.btn", has_text="Chọn tệp").click()
    chooser.value.set_files(other)
    page.get_by_role("button", name=SEND).click()

    expect_arrived(page, other)
    assert Upload.objects.count() == 2
    assert Upload.objects.unfinished().get().original_name == film.name
    expect(page.get_by_text("Lượt tải lên chưa xong")).to_be_visible()


def test_the_button_of_an_upload_takes_its_file_under_any_name_but_no_other(
    page, film, tmp_path
) -> None:
    leave_half(page, film)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=CHOOSE_AGAIN).click()
    chooser.value.set_files(a_film(tmp_path / "khác.mp4", size=SIZE - 1))
    expect(page.get_by_role("alert")).to_contain_text(f"Đây không phải tệp “{film.name}”")
    renamed = a_film(tmp_path / "IMG_0042.MOV")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=CHOOSE_AGAIN).click()
    line = Line(page)
    chooser.value.set_files(renamed)

    expect_arrived(page, film)
    assert line.offsets[0] == 2 * CHUNK


def test_an_upload_that_began_in_time_is_finished_after_closing(page, unit, film, tmp_path) -> None:
    leave_half(page, film)
    unit.contest.video_closes_at = timezone.now() - dt.timedelta(minutes=5)
    unit.contest.save(update_fields=["video_closes_at"])
    page.reload()
    expect(page.get_by_text("Đã hết hạn nhận video mới.")).to_be_visible()
    expect(page.get_by_role("button", name=SEND)).to_have_count(0)
    choose(page, a_film(tmp_path / "mới.mp4", size=1000))
    expect(page.get_by_role("alert")).to_have_text("Đã ngừng nhận video.")
    choose(page, film)

    expect_arrived(page, film)


@CUT
@pytest.mark.console("status of 40[13]")
def test_who_is_signed_out_signs_in_and_goes_on(page, unit, live_server, film) -> None:
    line = send_half(page, film)
    Session.objects.all().delete()
    line.break_off()
    expect(page.get_by_role("alert")).to_contain_text("Phiên đăng nhập đã hết.")
    expect(page.get_by_role("link", name="Đăng nhập lại")).to_be_visible()
    sign_in(page.context, unit.coordinator, live_server.url)
    page.context.clear_cookies(name="csrftoken")  # signing in gives another
    page.get_by_role("button", name=GO_ON).click()

    expect_arrived(page, film)
    assert line.offsets[-4:] == [number * CHUNK for number in range(2, PIECES)]


@CUT
@pytest.mark.console("status of 403")
def test_a_token_of_an_older_session_is_renewed(page, film) -> None:
    line = send_half(page, film)
    page.context.clear_cookies(name="csrftoken")  # signed in anew in another tab
    line.break_off()

    expect_arrived(page, film)


def test_leaving_is_warned_of_only_while_something_is_sent(page, film) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    send_half(page, film)
    with page.expect_event("dialog"):
        page.evaluate("() => { setTimeout(() => location.assign('/')) }")
    assert asked == ["beforeunload"]
    page.get_by_role("button", name=PAUSE).click()
    page.goto("/")
    assert asked == ["beforeunload"]


# --- no ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "Tệp rỗng (0 byte). Vui lòng chọn lại video."),
        (4 * 1024**2 + 1, "Tệp lớn hơn 4 MB. Hãy xuất video với dung lượng nhỏ hơn rồi chọn lại."),
    ],
    ids=["empty", "too large"],
)
def test_what_cannot_be_taken_is_said_before_anything_is_sent(page, tmp_path, size, said) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    choose(page, a_film(tmp_path / "phim.mp4", size=size))

    expect(page.get_by_role("alert")).to_have_text(said)
    expect(page.get_by_text("Chưa chọn tệp nào")).to_be_visible()
    assert [url for url in asked if "/uploads/" in url] == []
    choose(page, a_film(tmp_path / "phim.mp4", size=10))
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.console("status of 400")
def test_the_servers_own_sentence_is_shown_and_the_form_comes_back(page, film) -> None:
    page.get_by_label("Tên video").fill("\u00a0")
    choose(page, film)
    page.get_by_role("button", name=SEND).click()

    expect(page.get_by_role("alert")).to_contain_text("Tên video")
    expect(page.get_by_label("Tên video")).to_be_visible()
    assert not Upload.objects.exists()
    send(page, film)
    expect_arrived(page, film)


@CUT
@pytest.mark.console("status of 404")
def test_an_upload_that_was_dropped_elsewhere_is_said_to_be_gone(page, film) -> None:
    line = send_half(page, film)
    Upload.objects.get().discard()
    line.break_off()

    expect(page.get_by_role("alert")).to_contain_text("Lượt tải lên này không còn được giữ")
    expect(page.get_by_role("button", name=SEND)).to_be_visible()


def test_a_cancelled_upload_leaves_nothing_behind(page, film, media) -> None:
    send_half(page, film)
    page.get_by_role("button", name=CANCEL).click()
    page.get_by_role("button", name="Không, giữ lại").click()
    expect(page.get_by_role("button", name=PAUSE)).to_be_visible()
    page.get_by_role("button", name=CANCEL).click()
    page.get_by_role("button", name="Xóa phần đã gửi").click()

    expect(page.get_by_role("button", name=SEND)).to_be_visible()
    assert not Upload.objects.exists()
    assert list((media / "originals").iterdir()) == []


def test_a_listed_upload_is_cancelled_only_after_a_question(page, film) -> None:
    leave_half(page, film)
    page.get_by_role("button", name=CANCEL).click()
    page.keyboard.press("Escape")
    assert Upload.objects.count() == 1
    page.get_by_role("button", name=CANCEL).click()
    page.get_by_role("button", name="Xóa phần đã gửi").click()

    expect(page.get_by_text("Lượt tải lên chưa xong")).to_be_hidden()
    assert not Upload.objects.exists()


# --- other ways -----------------------------------------------------------------------------------


def test_keys_alone_are_enough(page, film) -> None:
    page.get_by_label("Tên video").focus()
    page.keyboard.type(TITLE)
    page.keyboard.press("Tab")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(film)
    line = Line(page, hold_from=CHUNK)
    with page.expect_request(lambda request: offset_of(request) == CHUNK):
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=PAUSE)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=GO_ON)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Không, giữ lại")).to_be_focused()
    page.keyboard.press("Enter")
    line.held.clear()
    line.hold_from = None
    page.get_by_role("button", name=GO_ON).press("Enter")

    expect_arrived(page, film)


def test_without_javascript_the_form_sends_the_video(open_desk, film) -> None:
    page = open_desk(java_script_enabled=False)
    # The driver's own way of switching scripts off does not draw what stands there.
    assert "chỉ gửi được tệp tối đa 4 MB" in page.content()
    send(page, film)

    expect(page.get_by_text(f"Đã nhận “{TITLE}”, bản 1")).to_be_visible()
    assert expect_arrived(page, film).sent_sha256 == ""


def test_without_javascript_an_unfinished_upload_can_be_cancelled(page, open_desk, film) -> None:
    leave_half(page, film)
    plain = open_desk(java_script_enabled=False)
    expect(plain.get_by_role("button", name=CHOOSE_AGAIN)).to_have_count(0)
    plain.get_by_role("button", name=CANCEL).click()

    expect(plain.get_by_text("Lượt tải lên chưa xong")).to_have_count(0)
    assert not Upload.objects.exists()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_state_of_it_fits_and_is_accessible(open_desk, film, size) -> None:
    page = open_desk(viewport=size, bypass_csp=True)

    def look() -> None:
        box = page.locator("section", has=page.locator("form[data-upload]"))
        for button in box.locator("button:visible, .btn:visible").all():
            found = button.bounding_box()
            assert min(found["width"], found["height"]) >= 44, button.inner_text()
        assert faults(page) == []

    line = send_half(page, film)
    look()
    page.get_by_role("button", name=PAUSE).click()
    look()
    line.held.clear()
    page.unroute(UPLOADS)
    page.reload()
    expect(page.get_by_text("Lượt tải lên chưa xong")).to_be_visible()
    look()
    page.reload()
    page.get_by_role("button", name=re.compile(CANCEL)).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look()
