"""The check of a certificate: anybody with the code, and nobody without it (rules: A6, P7)."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contests.models import Contest
from scoring import guard, results
from scoring.models import Award, Certificate, issue_certificates
from tests.scoring.cast import JUDGED, Stage
from tests.scoring.test_certificates import LAST, LATER, correct, finish

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    stage = Stage(contact="Bà Hoa, 0299 000 000")
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    finish(stage)
    issue_certificates(stage.contest, by=stage.first, now=LATER)
    return stage


def certificate(number: int) -> Certificate:
    return Certificate.objects.get(number=number)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def check(client: Client, number: int) -> str:
    """Return what the page of a certificate says, without header and footer."""
    response = client.get(f"/verify/{certificate(number).code}/")
    assert response.status_code == 200
    return text_of(response).partition("<main")[2].partition("</main>")[0]


def test_a_certificate_is_checked_signed_out_with_the_facts_of_its_set(
    stage: Stage, client: Client
) -> None:
    digest = certificate(2).award.result_set.digest
    text = check(client, 2)
    for fact in (
        "Giấy chứng nhận hợp lệ",
        "Khớp với bộ kết quả chính thức số 1.",
        "<dd>2/GCN</dd>",
        "<dd>Nguyễn Thị Lan</dd>",
        "<dd>Văn phòng</dd>",
        "<dd>Sở Nội vụ</dd>",
        "<dd>Giải cá nhân</dd>",
        "<dd>Phần thi trắc nghiệm</dd>",
        "<dd>Hội thi hoi-thi</dd>",
        ">từ ngày 26/05/2026",
        f"{digest[:4]} {digest[4:8]} {digest[8:12]} {digest[12:16]}",
        certificate(2).typed_code,
    ):
        assert fact in text
    assert "Xếp hạng chung các đơn vị dự thi" in check(client, 1)
    assert "Một cửa thân thiện" in check(client, 4)


def test_it_is_kept_by_nobody_and_found_by_no_search_engine(stage: Stage, client: Client) -> None:
    code = certificate(1).code
    for path in (f"/verify/{code}/", "/verify/", f"/verify/{'0' * 28}/"):
        answer = client.get(path)
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Referrer-Policy"] == "same-origin"
        assert "<script" not in answer.content.decode()


def test_what_the_contest_is_called_later_does_not_change_the_facts(
    stage: Stage, client: Client
) -> None:
    Contest.objects.update(name="Tên mới", organizer_name="Cơ quan mới")
    text = check(client, 1)
    assert "<dd>Hội thi hoi-thi</dd>" in text
    assert "Sở Nội vụ<span" in text


def test_a_revoked_one_says_so_since_when_and_whom_to_ask_but_not_why(
    stage: Stage, client: Client
) -> None:
    certificate(2).revoke(by=stage.first, reason="Thi hộ", now=LATER)
    text = check(client, 2)
    assert "Giấy chứng nhận đã bị thu hồi" in text
    assert "Giấy không còn giá trị từ ngày 26/05/2026." in text
    assert "Liên hệ: Bà Hoa, 0299 000 000." in text
    assert "hợp lệ" not in text
    assert "Thi hộ" not in text
    Contest.objects.update(contact="")
    assert "Liên hệ Ban Tổ chức: Sở Nội vụ." in check(client, 2)


def test_after_a_correction_it_says_whether_the_award_stands(stage: Stage, client: Client) -> None:
    correct(stage)
    stands, changed = check(client, 3), check(client, 2)
    assert "Giấy chứng nhận hợp lệ" in stands
    assert "Ngày 26/05/2026 đã công bố kết quả đính chính (bộ số 2)" in stands
    assert "giải này được giữ nguyên" in stands
    assert "hợp lệ" not in changed
    assert "Ngày 26/05/2026 đã công bố kết quả đính chính" in changed
    assert "không còn như ghi trên giấy" in changed
    assert '<a href="/hoi-thi/results/">' in changed
    finish(stage, now=LAST)
    assert check(client, 2) == changed
    certificate(2).revoke(by=stage.first, reason="Đã đổi giấy", now=LAST)
    assert "đã bị thu hồi" in check(client, 2)


def test_a_draft_of_a_correction_is_not_told(stage: Stage, client: Client) -> None:
    before = check(client, 2)
    stage.contest.units.update(headcount=20)
    assert results.refresh(stage.contest, now=LATER).built
    assert check(client, 2) == before


def test_a_name_with_markup_is_text(stage: Stage, client: Client) -> None:
    with guard.lifted():
        Award.objects.update(name="<script>x</script>", workplace="<b>", unit_name="<i>")
    text = check(client, 2)
    assert "<dd>&lt;script&gt;x&lt;/script&gt;</dd>" in text
    assert "<script" not in text


@pytest.mark.parametrize("change", ["lower", "grouped", "spaced", "confused"])
def test_a_typed_code_is_understood_however_it_is_written(
    stage: Stage, client: Client, change: str
) -> None:
    row = certificate(2)
    typed = {
        "lower": row.code.lower(),
        "grouped": row.typed_code,
        "spaced": f" {row.typed_code.replace('-', '  ').lower()} ",
        "confused": row.code.replace("0", "o").replace("1", "l"),
    }[change]
    answer = client.get("/verify/", {"code": typed})
    assert answer["Location"] == f"/verify/{row.code}/"
    if change != "spaced":
        direct = client.get(f"/verify/{typed}/", follow=True)
        assert direct.redirect_chain[-1:] == [(f"/verify/{row.code}/", 302)]
        assert direct.status_code == 200


def test_an_unknown_code_is_a_page_of_its_own_that_says_what_to_check(
    stage: Stage, client: Client
) -> None:
    answer = client.get(f"/verify/{'0' * 28}/")
    assert answer.status_code == 404
    text = text_of(answer)
    assert "Không có giấy chứng nhận mang mã này" in text
    assert "Mã đủ độ dài" in text
    short = client.get("/verify/", {"code": "abcd-<b>"}, follow=True)
    assert short.status_code == 404
    text = text_of(short)
    assert "Mã gồm 28 chữ và số; mã vừa nhập có 5." in text
    assert 'value="ABCDB"' in text


def test_without_a_code_the_page_asks_for_one(client: Client) -> None:
    answer = client.get("/verify/")
    assert answer.status_code == 200
    assert 'action="/verify/"' in text_of(answer)
    assert "Đây là mục bắt buộc" in text_of(client.get("/verify/", {"code": ""}))
    for nothing in ("-", "???", "ữ"):
        assert client.get("/verify/", {"code": nothing}).status_code == 200
    assert client.post("/verify/").status_code == 405


def test_a_check_costs_a_handful_of_queries(stage: Stage, client: Client) -> None:
    check(client, 2)
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/verify/{certificate(2).code}/")
    # One of them is this test's own.
    assert len(asked) <= 4
