"""One small contest from the first file to the last download, told act by act in a real Chromium.

The stage: DV01 Sở Giáo dục & Đào tạo with a headcount of 8, DV02 Ủy ban nhân dân huyện Mỹ Xuyên
with one of 5, a quiz of 3 questions (40 %), a video (60 %), two judges, two organizers.

What comes out was worked out by hand from what is typed below, by the rules named:

    DV01  quiz   Đặng Thị Mỹ Ẩn: 2 of 3 correct = 66.666… (S1); mean of one, rounded: 66.67 (S2)
          video  27 + 17.5 + 21 + 18 + 5 = 88.5 and 25.5 + 16 + 20.5 + 17 + 5 = 84;
                 (88.5 + 84) ÷ 2 = 86.25 (M5, S3)
          total  (40 × 66.67 + 60 × 86.25) ÷ 100 = 26.668 + 51.75 = 78.418, rounded: 78.42 (S4)
          turnout 1 ÷ 8 = 0.1250 of two registered (S6)
    DV02  quiz   Lý Ngọc Ơn: 3 of 3 = 100.00
          video  none: 0.00
          total  (40 × 100 + 60 × 0) ÷ 100 = 40.00
          turnout 1 ÷ 5 = 0.2000 of one registered

DV01 gets the first prize; DV02 lacks a video and is not eligible. Ơn gets the person's award.
"""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from contests.models import Contest, Judge, Participant, Quiz
from media_uploads.models import VideoSubmission
from scoring.models import AwardTier, ResultSet, ScoreSheet
from scoring.tasks import refresh_results
from tests.browser import PHONE
from tests.e2e.calendar import DAY, let_days_pass
from tests.make import PASSWORD, make_contest, make_criteria, make_judge, make_organizer
from tests.media_uploads.samples import Samples
from tests.processes import Child, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

UNITS = """Mã,Tên đơn vị,Khối,Số CBCCVC
DV01,Sở Giáo dục & Đào tạo,"Sở, ban, ngành cấp tỉnh",8
DV02,Ủy ban nhân dân huyện Mỹ Xuyên,Ủy ban nhân dân cấp huyện,5
"""
QUESTIONS = """Chủ đề,Câu hỏi,Phương án A,Phương án B,Phương án C,Phương án D,Đáp án
Một cửa,Ai tiếp nhận hồ sơ?,Bộ phận Một cửa,Văn thư,Bảo vệ,Kế toán,A
Một cửa,Trễ hẹn thì làm gì?,Im lặng,Gửi văn bản xin lỗi,Trả hồ sơ,Chờ nhắc,B
Chỉ số,SIPAS đo điều gì?,Ngân sách,Biên chế,Sự hài lòng,Tốc độ mạng,C
"""
PEOPLE = """Họ và tên,Mã đơn vị,Nơi công tác,Điện thoại
Đặng Thị Mỹ Ẩn,DV01,Trường THPT Hoàng Diệu,0912 000 001
Trần Quốc Đạt,DV01,Văn phòng Sở,0912 000 002
"""
RIGHT = {
    "Ai tiếp nhận hồ sơ?": "Bộ phận Một cửa",
    "Trễ hẹn thì làm gì?": "Gửi văn bản xin lỗi",
    "SIPAS đo điều gì?": "Sự hài lòng",
}
TITLE = "Một cửa thân thiện, phụ huynh yên tâm"
MARKS = {
    "Võ Minh Khoa": ("27", "17,5", "21", "18", "5"),
    "Lâm Thị Ngọc Diễm": ("25,5", "16", "20,5", "17", "5"),
}
Open = Callable[..., Page]
SignIn = tuple[str, str]


@pytest.fixture
def contest(live_server) -> Contest:
    """A contest that opens tomorrow: a day for quiz and videos, a day later a day of judging."""
    now = timezone.now()
    contest = make_contest(
        "mot-ngay",
        name="Hội thi cải cách hành chính một ngày",
        video_opens_at=now + DAY,
        video_closes_at=now + 2 * DAY,
        judging_opens_at=now + 3 * DAY,
        judging_closes_at=now + 4 * DAY,
        objection_days=3,
    )
    quiz = Quiz.objects.create(
        contest=contest,
        name="Phần thi trắc nghiệm",
        opens_at=now + DAY,
        closes_at=now + 2 * DAY,
    )
    quiz.blueprint.create(count=3)
    make_criteria(contest)
    for scope, of, name in (
        ("unit", None, "Giải Nhất"),
        ("person", quiz, "Giải cá nhân"),
        ("video", None, "Giải video"),
    ):
        AwardTier.objects.create(contest=contest, scope=scope, quiz=of, order=1, name=name, count=1)
    make_organizer(contest, "Nguyễn Thị Thanh Tuyền", username="to-chuc-1")
    make_organizer(contest, "Trần Quốc Khải", username="to-chuc-2")
    for name in MARKS:
        make_judge(contest, name)
    return contest


@pytest.fixture
def browser_of(new_context: Callable[..., BrowserContext]) -> Open:
    """Open a browser of somebody's own, on a page; with a sign-in signed in there."""

    def opened(address: str, *, as_: str | SignIn = "", **kwargs) -> Page:
        page = new_context(**kwargs).new_page()
        if as_:
            username, password = (as_, PASSWORD) if isinstance(as_, str) else as_
            page.goto("/sign-in/")
            page.get_by_label("Tên đăng nhập").fill(username)
            page.get_by_label("Mật khẩu").fill(password)
            press(page, "Đăng nhập")
            expect(page.get_by_role("button", name="Đăng xuất").first).to_be_attached()
        page.goto(address)
        return page

    return opened


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_whole_contest(contest: Contest, browser_of: Open, worker: Child, tmp_path: Path) -> None:
    organizer = browser_of("/admin/", as_="to-chuc-1")
    the_organizer_imports_units_questions_and_people(organizer, contest, tmp_path)
    hanh = the_organizer_names_a_coordinator(organizer, contest, "DV01", "Đỗ Thị Mỹ Hạnh")
    tam = the_organizer_names_a_coordinator(organizer, contest, "DV02", "Sơn Minh Tâm")

    let_days_pass(contest, 1.5)  # quiz and videos are open
    coordinator = browser_of("/unit/", as_=hanh)
    link = the_coordinator_issues_a_code(coordinator)
    somebody_takes_the_quiz_on_a_phone(browser_of(link, viewport=PHONE))
    plain = browser_of(f"/{contest.slug}/register/", java_script_enabled=False)
    somebody_registers_and_takes_the_quiz_without_scripts(plain, contest)
    the_coordinator_confirms(browser_of("/unit/", as_=tam))
    the_coordinator_hands_in_a_video(coordinator, Samples(tmp_path).good())

    let_days_pass(contest, 2)  # judging is open
    for seat in contest.judges.select_related("user").order_by("pk"):
        the_judge_marks(browser_of("/admin/scoring/scoresheet/", as_=seat.user.username), seat)

    let_days_pass(contest, 1)  # judging has closed
    the_worker_computes(contest)
    visitor = browser_of(f"/{contest.slug}/results/")
    the_visitor_learns_nothing_yet(visitor, contest)
    the_organizer_publishes(organizer, contest)

    let_days_pass(contest, 3.5)  # the objection period has ended
    the_organizer_asks_for_the_final(organizer, contest)
    another = browser_of(f"/admin/scoring/resultset/{contest.pk}/", as_="to-chuc-2")
    another_organizer_approves(another, contest)

    the_visitor_reads_the_results(visitor, contest)
    the_visitor_downloads_them(visitor)


def the_organizer_imports_units_questions_and_people(
    page: Page, contest: Contest, folder: Path
) -> None:
    """Each file is checked first, which stores nothing, then imported."""
    stored = {
        "units": contest.units,
        "questions": contest.questions,
        "people": contest.participants,
    }
    for kind, text in (("units", UNITS), ("questions", QUESTIONS), ("people", PEOPLE)):
        path = folder / f"{kind}.csv"
        path.write_text(text, encoding="utf-8-sig")
        page.goto(f"/admin/contests/contest/{contest.pk}/change/")
        page.locator(f"a[href$='/import/{kind}/']").first.click()
        for button, count in (("check", 0), ("store", text.count("\n") - 1)):
            page.locator("input[type=file]").set_input_files(path)
            page.locator(f"button[name={button}]").click()
            expect(page.locator(".note.ok")).to_be_visible()
            assert stored[kind].count() == count, (kind, button)


def the_organizer_names_a_coordinator(page: Page, contest: Contest, code: str, name: str) -> SignIn:
    """Return the sign-in name and the password that are shown this once."""
    unit = contest.units.get(code=code)
    page.goto(f"/admin/contests/unit/{unit.pk}/coordinator/")
    page.locator("#id_full_name").fill(name)
    page.locator("form.panel button[type=submit]").click()
    expect(page.get_by_text(name).first).to_be_visible()
    username, password = page.locator("dd.code").all_inner_texts()
    return username, password


def the_coordinator_issues_a_code(page: Page) -> str:
    """Return the access link that the coordinator reads off the screen."""
    expect(page.get_by_role("heading", name="Sở Giáo dục & Đào tạo")).to_be_visible()
    page.get_by_role("link", name="Cấp mã cho Đặng Thị Mỹ Ẩn").click()
    press(page, "Cấp mã dự thi")
    ticket = page.locator(".ticket")
    expect(ticket).to_contain_text("Đặng Thị Mỹ Ẩn")
    link = ticket.get_by_text("/enter/").inner_text()
    page.get_by_role("link", name="Về trang đơn vị").click()
    return link


def somebody_takes_the_quiz_on_a_phone(page: Page) -> None:
    """Ẩn enters by the link's button, answers two of three correctly, one wrongly."""
    page.get_by_role("checkbox").check()
    press(page, "Vào thi")
    press(page, "Bắt đầu làm bài")
    card = page.locator(".q-card:visible")
    expect(card).to_have_count(1)
    for number in (1, 2, 3):
        expect(card).to_contain_text(f"Câu {number} trên 3")
        question = card.locator(".q-text").inner_text()
        answer = "Biên chế" if question.startswith("SIPAS") else RIGHT[question]
        card.locator(".choice", has_text=answer).click()
        expect(card.locator(".save-state")).to_have_text(re.compile("Đã lưu phương án [A-D] lúc"))
        if number < 3:
            page.get_by_role("link", name=f"Câu {number + 1}", exact=True).click()
    page.locator("#hand-in").click()
    page.get_by_role("dialog").get_by_role("button", name="Nộp bài").click()
    expect(page.get_by_role("heading", name="Đã nộp bài")).to_be_visible()
    expect(page.locator(".summary")).to_contain_text("2 / 3")


def somebody_registers_and_takes_the_quiz_without_scripts(page: Page, contest: Contest) -> None:
    """Ơn registers, keeps the code, signs in by code and staff code, sends plain forms."""
    page.get_by_label("Họ và tên").fill("Lý Ngọc Ơn")
    page.get_by_label("Đơn vị dự thi").select_option(label="Ủy ban nhân dân huyện Mỹ Xuyên")
    page.get_by_label("Mã CBCCVC").fill("mx-0815")
    page.get_by_role("checkbox").check()
    press(page, "Đăng ký")
    code = page.locator(".typed").inner_text()

    page.goto(f"/{contest.slug}/sign-in/")
    page.get_by_label("Số điện thoại hoặc mã CBCCVC").fill("MX-0815")
    page.get_by_label("Mã dự thi").fill(code.lower())
    press(page, "Đăng nhập")
    press(page, "Bắt đầu làm bài")
    for card in page.locator(".q-card").all():
        right = RIGHT[card.locator(".q-text").inner_text()]
        card.locator(".choice", has_text=right).click()
    press(page, "Lưu các câu trả lời")
    expect(page.get_by_text("Đã lưu các câu trả lời.")).to_be_visible()
    page.locator("#hand-in").click()
    press(page, "Nộp bài")
    expect(page.get_by_role("heading", name="Đã nộp bài")).to_be_visible()
    expect(page.locator(".summary")).to_contain_text("3 / 3")
    expect(page.get_by_text("Đơn vị chưa xác nhận")).to_be_visible()


def the_coordinator_confirms(page: Page) -> None:
    page.get_by_role("link", name="Xem và xác nhận").click()
    expect(page.get_by_text("Lý Ngọc Ơn")).to_be_visible()
    press(page, "Xác nhận những người đã chọn")
    expect(page.get_by_text("Đã xác nhận 1 người.")).to_be_visible()
    assert Participant.objects.get(full_name="Lý Ngọc Ơn").counts


def the_coordinator_hands_in_a_video(page: Page, film: Path) -> None:
    """A real film goes through the desk's form; the worker inspects it and makes the copy."""
    page.get_by_label("Tên video").fill(TITLE)
    page.get_by_label("Chọn video của đơn vị").set_input_files(film)
    page.get_by_role("button", name="Tải video lên").click()
    expect(page.locator("#video-state").get_by_text(TITLE, exact=True)).to_be_visible()
    ready = VideoSubmission.objects.watchable().filter(unit__code="DV01")
    wait_until(ready.exists, seconds=60)
    page.reload()
    expect(page.get_by_text("Đã chấp nhận. Đây là bản được chấm.")).to_be_visible()


def the_judge_marks(page: Page, judge: Judge) -> None:
    page.get_by_role("link", name="Bắt đầu chấm").click()
    player = page.locator("video")
    expect(player).to_be_visible()
    seconds = player.evaluate(
        """(video) => new Promise((done) => {
             video.addEventListener("loadedmetadata", () => done(video.duration));
             video.preload = "metadata"; video.load();
           })"""
    )
    assert seconds == pytest.approx(12, abs=0.5)
    criteria = judge.contest.criteria.order_by("order")
    for criterion, mark in zip(criteria, MARKS[judge.user.full_name], strict=True):
        page.locator(f"#id_m-{criterion.key}").fill(mark)
    press(page, "Nộp phiếu chấm")
    press(page, "Nộp phiếu chấm")
    expect(page.get_by_text("Đã nộp 1 trên 1 phiếu")).to_be_visible()
    assert ScoreSheet.objects.get(judge=judge).is_submitted


def the_worker_computes(contest: Contest) -> None:
    refresh_results.delay()
    wait_until(ResultSet.objects.filter(contest=contest).exists)


def the_visitor_learns_nothing_yet(page: Page, contest: Contest) -> None:
    expect(page.get_by_text("Kết quả chưa được công bố")).to_be_visible()
    assert page.request.get(f"/{contest.slug}/results/units.json").status == 404


def the_organizer_publishes(page: Page, contest: Contest) -> None:
    page.goto(f"/admin/scoring/resultset/{contest.pk}/")
    expect(page.get_by_role("row", name=re.compile("Sở Giáo dục & Đào tạo.*78,42"))).to_be_visible()
    page.get_by_role("link", name="Xem lại và công bố").click()
    expect(page.get_by_text("Kết quả đã công bố không rút lại được")).to_be_visible()
    assert not Contest.objects.get(pk=contest.pk).is_published
    press(page, "Công bố kết quả dự kiến")
    expect(page.get_by_text("Chưa hết thời hạn nhận kiến nghị.")).to_be_visible()
    contest.refresh_from_db()
    assert contest.is_published


def the_organizer_asks_for_the_final(page: Page, contest: Contest) -> None:
    page.reload()
    page.get_by_role("textbox").fill("Hết thời hạn, không có kiến nghị.")
    press(page, "Đề nghị công nhận chính thức")
    expect(page.get_by_text("Hết thời hạn, không có kiến nghị.")).to_be_visible()
    expect(page.get_by_role("link", name="Xem lại và phê duyệt")).to_have_count(0)
    contest.refresh_from_db()
    assert not contest.is_final


def another_organizer_approves(page: Page, contest: Contest) -> None:
    page.get_by_role("link", name="Xem lại và phê duyệt").click()
    expect(page.get_by_text("Hết thời hạn, không có kiến nghị.")).to_be_visible()
    press(page, "Phê duyệt chính thức")
    expect(page.get_by_role("heading", name="Bộ kết quả số 1 chính thức")).to_be_visible()
    contest.refresh_from_db()
    assert contest.is_final


def the_visitor_reads_the_results(page: Page, contest: Contest) -> None:
    page.goto(f"/{contest.slug}/results/")
    expect(page.get_by_text("Kết quả chính thức").first).to_be_visible()
    for words in (
        "1.*Sở Giáo dục & Đào tạo.*66,67.*86,25.*78,42",
        "2.*Ủy ban nhân dân huyện Mỹ Xuyên.*100,00.*0,00.*40,00",
        "1.*Lý Ngọc Ơn.*3 . 3",
    ):
        expect(page.get_by_role("row", name=re.compile(words))).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("Đặng Thị Mỹ Ẩn")


def the_visitor_downloads_them(page: Page) -> None:
    units = json.loads(download(page, "Xếp hạng đơn vị, JSON"))
    assert [
        (row["rank"], row["code"], row["name"], row["total"], row["eligible"]) for row in units
    ] == [
        (1, "DV01", "Sở Giáo dục & Đào tạo", "78.42", True),
        (2, "DV02", "Ủy ban nhân dân huyện Mỹ Xuyên", "40.00", False),
    ]
    assert [
        (row["quiz_points"], row["video_points"], row["registered"], row["participants"])
        for row in units
    ] == [("66.67", "86.25", 2, 1), ("100.00", "0.00", 1, 1)]
    assert [(row["turnout"], row["state"]) for row in units] == [
        ("0.1250", "final"),
        ("0.2000", "final"),
    ]

    text = download(page, "Xếp hạng đơn vị, CSV")
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert [row[:6] for row in rows[1:]] == [
        ["1", "DV01", "Sở Giáo dục & Đào tạo", "66.67", "86.25", "78.42"],
        ["2", "DV02", "Ủy ban nhân dân huyện Mỹ Xuyên", "100.00", "0.00", "40.00"],
    ]

    book = openpyxl.load_workbook(io.BytesIO(download(page, "Giải thưởng, XLSX")))
    cells = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=6)]
    assert [(row[1], row[3], row[5]) for row in cells] == [
        ("Giải Nhất", "Sở Giáo dục & Đào tạo", "DV01"),
        ("Giải cá nhân", "Lý Ngọc Ơn", "DV02"),
        ("Giải video", TITLE, "DV01"),
    ]


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as begun:
        page.get_by_role("link", name=name, exact=True).click()
    return Path(begun.value.path()).read_bytes()
