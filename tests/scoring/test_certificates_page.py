"""The organizers' page of certificates: why not yet, issue, files, revoke (rules: A6)."""

import io
import zipfile
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scoring import guard, results
from scoring.models import Award, Certificate, issue_certificates
from tests.scoring.cast import JUDGED, Stage, make_person, sit
from tests.scoring.pdf_files import qr_codes
from tests.scoring.test_certificates import LAST, LATER, correct, finish

pytestmark = pytest.mark.django_db
STEPS: dict[str, dict[str, Any]] = {
    "certificates": {},
    "issue": {},
    "all_pdf": {},
    "all_zip": {},
    "one_pdf": {"number": 1},
    "revoke": {"number": 1},
}


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    return stage


@pytest.fixture
def desk(stage: Stage, client: Client) -> Client:
    client.force_login(stage.first)
    return client


def url(stage: Stage, step: str = "certificates", **more: Any) -> str:
    given = {"contest_id": stage.contest.pk, **STEPS[step], **more}
    return reverse(f"admin:scoring_results_{step}", kwargs=given)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def said_after(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_until_results_are_final_the_page_says_why_there_is_nothing(
    stage: Stage, desk: Client
) -> None:
    text = text_of(desk.get(url(stage)))
    assert "Chưa có giấy chứng nhận" in text
    assert "đang là dự kiến" in text
    assert "<button" not in text.partition("own-body")[2]
    answer = desk.post(url(stage, "issue"), follow=True)
    assert said_after(answer) == [
        "Bộ kết quả số 1 đang là dự kiến. Giấy chứng nhận được cấp khi kết quả chính thức."
    ]
    for step in ("all_pdf", "all_zip"):
        answer = desk.get(url(stage, step), follow=True)
        assert said_after(answer) == ["Chưa có giấy chứng nhận nào để in."]
    assert not Certificate.objects.exists()


def test_one_click_issues_all_of_them_and_looking_issues_none(stage: Stage, desk: Client) -> None:
    finish(stage)
    assert "Cấp 4 giấy chứng nhận" in text_of(desk.get(url(stage)))
    assert desk.get(url(stage, "issue"))["Location"] == url(stage)
    assert not Certificate.objects.exists()
    answer = desk.post(url(stage, "issue"), follow=True)
    assert said_after(answer) == ["Đã cấp 4 giấy chứng nhận."]
    text = text_of(answer)
    for name in ("Sở Nội vụ", "Nguyễn Thị Lan", "Đặng Văn Minh", "Một cửa thân thiện"):
        assert name in text
    assert "http://testserver/" in text
    assert "Cấp 4" not in text
    again = desk.post(url(stage, "issue"), follow=True)
    assert said_after(again) == ["Mọi giải thưởng đều đã có giấy chứng nhận."]
    assert Certificate.objects.count() == 4


def test_files_are_the_certificates_that_hold(stage: Stage, desk: Client) -> None:
    finish(stage)
    issue_certificates(stage.contest, by=stage.first, now=LATER)
    first, *rest = Certificate.objects.order_by("number")
    first.revoke(by=stage.first, reason="Cấp nhầm", now=LATER)
    addresses = [[f"http://testserver/verify/{row.code}/"] for row in rest]
    whole = desk.get(url(stage, "all_pdf"))
    assert whole["Content-Type"] == "application/pdf"
    assert whole["Content-Disposition"] == 'attachment; filename="giay-chung-nhan-hoi-thi.pdf"'
    assert "no-store" in whole["Cache-Control"]
    assert qr_codes(whole.content) == addresses
    packed = desk.get(url(stage, "all_zip"))
    content = b"".join(packed.streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert [qr_codes(archive.read(name))[0] for name in archive.namelist()] == addresses
    one = desk.get(url(stage, "one_pdf", number=2))
    assert one["Content-Disposition"] == 'attachment; filename="0002-giai-ca-nhan-dv01.pdf"'
    assert qr_codes(one.content) == addresses[:1]
    for number in (1, 99):
        assert desk.get(url(stage, "one_pdf", number=number)).status_code == 404


def test_the_servers_known_address_goes_before_the_one_asked_by(
    stage: Stage, desk: Client, settings: Any
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://hoithi.vi-du.vn"]
    finish(stage)
    issue_certificates(stage.contest, by=stage.first, now=LATER)
    row = Certificate.objects.get(number=1)
    content = desk.get(url(stage, "one_pdf")).content
    assert qr_codes(content) == [[f"https://hoithi.vi-du.vn/verify/{row.code}/"]]


def test_a_name_no_font_can_print_is_said_and_no_file_comes(stage: Stage, desk: Client) -> None:
    finish(stage)
    issue_certificates(stage.contest, by=stage.first, now=LATER)
    with guard.lifted():
        Award.objects.filter(scope="video").update(name="Một cửa 😀")
    for step, more in (("all_pdf", {}), ("all_zip", {}), ("one_pdf", {"number": 4})):
        (said,) = said_after(desk.get(url(stage, step, **more), follow=True))
        assert "“😀” (U+1F600)" in said


def test_revoking_asks_for_a_reason_and_cannot_be_done_twice(stage: Stage, desk: Client) -> None:
    finish(stage)
    issue_certificates(stage.contest, by=stage.first, now=LATER)
    page = url(stage, "revoke", number=2)
    assert "Nguyễn Thị Lan" in text_of(desk.get(page))
    assert "Đây là mục bắt buộc" in text_of(desk.post(page, {"reason": " "}))
    assert not Certificate.objects.get(number=2).is_revoked
    answer = desk.post(page, {"reason": "Cấp nhầm <b>người</b>"}, follow=True)
    assert said_after(answer) == ["Đã thu hồi giấy chứng nhận số 2."]
    assert "Cấp nhầm &lt;b&gt;người&lt;/b&gt;" in text_of(answer)
    assert Certificate.objects.get(number=2).revoked_by == stage.first
    for again in (desk.get(page, follow=True), desk.post(page, {"reason": "x"}, follow=True)):
        assert said_after(again) == ["Giấy chứng nhận này đã được thu hồi từ trước."]


def test_after_a_correction_earlier_ones_are_listed_and_no_longer_printed(
    stage: Stage, desk: Client
) -> None:
    finish(stage)
    issue_certificates(stage.contest, by=stage.first, now=LATER)
    correct(stage)
    text = text_of(desk.get(url(stage)))
    assert "Bộ kết quả số 2 đang là dự kiến" in text
    assert text.count("theo bộ số 1") == 4
    assert "all.pdf" not in text
    finish(stage, now=LAST)
    assert desk.get(url(stage, "one_pdf", number=1)).status_code == 404
    desk.post(url(stage, "issue"))
    text = text_of(desk.get(url(stage)))
    assert text.count("theo bộ số 1") == 4
    assert text.count("có hiệu lực") == 4
    assert text.index("certificates/5.pdf") < text.index("theo bộ số 1")
    assert "certificates/1.pdf" not in text


def test_the_list_asks_as_much_for_many_as_for_few(stage: Stage, desk: Client) -> None:
    finish(stage)
    issue_certificates(stage.contest, by=stage.first, now=LATER)
    desk.get(url(stage))
    with CaptureQueriesContext(
        connection,
    ) as few:
        desk.get(url(stage))
    other = Stage("khac")
    other.contest.award_tiers.filter(scope="person").update(count=9)
    for number in range(7):
        sit(make_person(other.other, f"Người {number}"), other.quiz, right=1, seconds=90 + number)
    other.contest.organizers.add(stage.first)
    results.publish(other.contest, by=other.first, now=JUDGED)
    finish(other)
    assert issue_certificates(other.contest, by=other.first, now=LATER) == 11
    Certificate.objects.get(contest=other.contest, number=3).revoke(
        by=other.second, reason="x", now=LATER
    )
    with CaptureQueriesContext(connection) as many:
        assert text_of(desk.get(url(other))).count("Người ") == 7
    assert len(many) == len(few)


@pytest.mark.parametrize("step", STEPS)
def test_certificates_of_another_contest_are_not_there(
    stage: Stage, desk: Client, step: str
) -> None:
    other = Stage("khac")
    results.publish(other.contest, by=other.first, now=JUDGED)
    finish(other)
    issue_certificates(other.contest, by=other.first, now=LATER)
    before = list(Certificate.objects.values())
    assert desk.get(url(other, step)).status_code == 404
    assert desk.post(url(other, step), {"reason": "x"}).status_code == 404
    desk.force_login(stage.judges[0].user)
    assert desk.get(url(stage, step)).status_code == 403
    assert desk.post(url(stage, step), {"reason": "x"}).status_code == 403
    assert list(Certificate.objects.values()) == before
