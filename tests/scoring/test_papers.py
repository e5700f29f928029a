"""The decision and the report say what the set holds, whole, in Word and in PDF (rules: A6)."""

import datetime as dt
import runpy
import zipfile
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contests.models import Contest, Unit
from scoring import results
from scoring.documents import papers, pdf
from scoring.models import ResultSet
from tests.scoring.cast import DAY, JUDGED, Stage, make_person, sit
from tests.scoring.docx_files import whole_text
from tests.scoring.pdf_files import texts

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
KINDS = list(papers.WORD_TEMPLATES)
LATER = JUDGED + 4 * DAY


@pytest.fixture
def stage() -> Stage:
    stage = Stage(parent_organ="UBND tỉnh Sóc Trăng", organizer_name="Ban Tổ chức hội thi")
    Unit.objects.filter(pk=stage.leader.pk).update(name="Sở Giáo dục & Đào tạo")
    return stage


def made(stage: Stage) -> ResultSet:
    return results.refresh(stage.contest, now=JUDGED).result_set


def final(stage: Stage) -> ResultSet:
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    results.request_final(stage.contest, by=stage.first, reason="Hết hạn.", now=LATER)
    return results.approve_final(stage.contest, by=stage.second, now=LATER)


def said(result_set: ResultSet, kind: str, form: str) -> str:
    if form == "docx":
        text = whole_text(papers.as_docx(result_set, kind))
    else:
        text = "\n".join(texts(papers.as_pdf(result_set, kind)))
    return " ".join(text.split())


@pytest.mark.parametrize("form", ["docx", "pdf"])
@pytest.mark.parametrize("kind", KINDS)
def test_awards_figures_and_digest_are_those_of_the_set(stage: Stage, kind: str, form: str) -> None:
    result_set = final(stage)
    text = said(result_set, kind, form)
    for words in (
        "UBND TỈNH SÓC TRĂNG",
        "BAN TỔ CHỨC HỘI THI",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "01 đơn vị (01 Giải Nhất), 02 cá nhân",
        "Sở Giáo dục & Đào tạo",
        "93,40 điểm",
        "Nguyễn Thị Lan",
        "2/2 câu, 1 phút 04 giây",
        "“Một cửa thân thiện”",
        "89,00 điểm",
        "bộ kết quả số 1, chính thức từ ngày 26/05/2026",
        "Nơi nhận:",
    ):
        assert words in text
    assert result_set.digest in text.replace(" ", "")
    assert "DỰ" not in text
    assert "{" not in text


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_the_report_tells_who_took_part_and_ranks_every_unit(stage: Stage, form: str) -> None:
    text = said(final(stage), "report", form)
    for words in (
        "phần thi trắc nghiệm (40%) và phần thi video (60%)",
        "02 câu hỏi trong thời gian tối đa 10 phút; mở từ",
        "Hội thi có 02 đơn vị được mời; 02 đơn vị tham gia, trong đó 01 đơn vị tham gia cả hai phần"
        " thi, 01 đơn vị chỉ tham gia phần thi trắc nghiệm.",
        "Có 02 người hoàn thành bài thi trên 02 người đăng ký, 01 bài trả lời đúng tất cả các câu",
        "01 video với 02 phiếu hợp lệ",
        "từ 1 phút 04 giây đến 1 phút 30 giây",
        "Sở Tư pháp",
        "50,00",
        "20,00",
        "Không tham gia phần thi video",
        "Tất cả đơn vị của hội thi.",
    ):
        assert words in text


@pytest.mark.parametrize("form", ["docx", "pdf"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_says_that_results_are_not_final_yet(stage: Stage, kind: str, form: str) -> None:
    assert "DỰ THẢO" in said(made(stage), kind, form)
    published = results.publish(stage.contest, by=stage.first, now=JUDGED)
    text = said(published, kind, form)
    assert "DỰ KIẾN" in text
    assert "chính thức từ" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_it_comes_from_what_changed_since(stage: Stage, kind: str) -> None:
    result_set = final(stage)
    before = said(result_set, kind, "pdf")
    Unit.objects.filter(contest=stage.contest).update(name="Đổi tên", headcount=1)
    stage.contest.participants.update(full_name="Đổi tên")
    Contest.objects.filter(pk=stage.contest.pk).update(quiz_weight=50, video_weight=50)
    assert said(ResultSet.objects.get(), kind, "pdf") == before


@pytest.mark.parametrize("kind", KINDS)
def test_equal_sets_give_equal_bytes(stage: Stage, kind: str) -> None:
    result_set = final(stage)
    assert papers.as_pdf(result_set, kind) == papers.as_pdf(ResultSet.objects.get(), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sign_no_font_has_is_named_and_word_still_works(stage: Stage, kind: str) -> None:
    type(stage.video).objects.filter(pk=stage.video.pk).update(title="Một cửa 🎬")
    result_set = made(stage)
    with pytest.raises(pdf.Unprintable, match="U\\+1F3AC"):
        papers.as_pdf(result_set, kind)
    assert "Một cửa 🎬" in said(result_set, kind, "docx")


@pytest.mark.parametrize("kind", KINDS)
def test_a_contest_where_nothing_happened_gives_a_paper(kind: str) -> None:
    stage = Stage()
    stage.contest.award_tiers.all().delete()
    stage.contest.quizzes.all()[0].attempts.all().delete()
    text = said(made(stage), kind, "pdf")
    assert "00 đơn vị, 00 cá nhân" in text


def test_more_units_and_awards_cost_no_more_queries(stage: Stage) -> None:
    def queries() -> int:
        result_set = ResultSet.objects.get(pk=made(stage).pk)
        with CaptureQueriesContext(connection) as caught:
            papers.words(result_set)
        return len(caught)

    few = queries()
    for seconds in range(200, 203):
        sit(make_person(stage.other, f"Lý Văn {seconds}"), stage.quiz, right=1, seconds=seconds)
    stage.tier("person", 2, "Giải khuyến khích", count=3)
    assert queries() == few


def test_default_templates_are_what_their_script_makes(tmp_path: Path) -> None:
    script = runpy.run_path(str(ROOT / "deploy/word_templates.py"))
    for name, make in script["TEMPLATES"].items():
        make().save(str(tmp_path / name))
        with (
            zipfile.ZipFile(tmp_path / name) as new,
            zipfile.ZipFile(papers.TEMPLATES / name) as old,
        ):
            assert new.namelist() == old.namelist()
            assert all(new.read(part) == old.read(part) for part in old.namelist())


def test_organizers_take_them_from_the_desk(stage: Stage, client: Client) -> None:
    result_set = made(stage)
    client.force_login(stage.first)
    desk = client.get(reverse("admin:scoring_results", args=[stage.contest.pk])).content.decode()
    for kind in KINDS:
        for form, head in (("docx", b"PK"), ("pdf", b"%PDF")):
            address = reverse("admin:scoring_results_paper", args=[stage.contest.pk, kind, form])
            assert address in desk
            answer = client.get(address)
            assert answer.content.startswith(head)
            assert f"-{result_set.number}.{form}" in answer.headers["Content-Disposition"]
    unknown = reverse("admin:scoring_results_paper", args=[stage.contest.pk, "minutes", "pdf"])
    assert client.get(unknown).status_code == 404


def test_the_moment_of_the_final_is_the_date_of_the_file(stage: Stage) -> None:
    assert f"D:{LATER.astimezone(dt.UTC):%Y%m%d}".encode() in papers.as_pdf(final(stage), "report")
