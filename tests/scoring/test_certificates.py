"""Certificates: issued once from final results, revoked once, drawn as PDF (rules: A6)."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import AuditEntry
from contests.models import Contest, Unit
from scoring import guard, results
from scoring.documents import certificates
from scoring.documents.pdf import Unprintable
from scoring.models import (
    AlreadyRevoked,
    Award,
    Certificate,
    ReasonMissing,
    ResultSet,
    ResultsNotFinal,
    issue_certificates,
)
from tests.scoring.cast import DAY, JUDGED, Stage, make_person, make_quiz, sit
from tests.scoring.pdf_files import qr_codes, texts

pytestmark = pytest.mark.django_db
LATER = JUDGED + 4 * DAY
LAST = LATER + 4 * DAY
HOME = "https://hoithi.vi-du.vn/"
ADDRESS = re.compile(r"https://hoithi\.vi-du\.vn/verify/[0-9A-HJKMNP-TV-Z]{28}/")


def finish(stage: Stage, *, now: dt.datetime = LATER) -> ResultSet:
    """Make the published set final, by two organizers."""
    results.request_final(stage.contest, by=stage.first, reason="Hết hạn.", now=now)
    return results.approve_final(stage.contest, by=stage.second, now=now)


def correct(stage: Stage, *, now: dt.datetime = LATER) -> ResultSet:
    """Publish a correction after a unit's name was mended."""
    Unit.objects.filter(pk=stage.leader.pk).update(name="Sở Nội vụ tỉnh")
    return results.publish(stage.contest, by=stage.first, reason="Sửa tên", now=now)


@pytest.fixture
def stage() -> Stage:
    """A contest whose results are final: a unit, two people and a video have won."""
    stage = Stage()
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    finish(stage)
    return stage


def issued(stage: Stage) -> list[Certificate]:
    issue_certificates(stage.contest, by=stage.first, now=LATER)
    return list(Certificate.objects.printable(stage.contest))


def drawn(rows: list[Certificate]) -> bytes:
    return certificates.render(rows, home=HOME)


# --- issuing --------------------------------------------------------------------------------------


def test_every_award_gets_one_certificate_numbered_in_the_order_of_the_awards(stage: Stage) -> None:
    assert issue_certificates(stage.contest, by=stage.first, now=LATER) == 4
    rows = list(Certificate.objects.order_by("number"))
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert [row.award_id for row in rows] == list(
        Award.objects.order_by("position").values_list("pk", flat=True)
    )
    assert {(row.contest_name, row.organizer_name, row.quiz_name) for row in rows} == {
        ("Hội thi hoi-thi", "Sở Nội vụ", "")
    }
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{28}", row.code) for row in rows)
    assert len({row.code for row in rows}) == 4
    assert rows[0].typed_code.replace("-", "") == rows[0].code
    assert {len(group) for group in rows[0].typed_code.split("-")} == {4}


def test_issuing_again_changes_nothing_and_is_logged_once(stage: Stage) -> None:
    before = [(row.pk, row.code) for row in issued(stage)]
    assert issue_certificates(stage.contest, by=stage.second, now=LAST) == 0
    assert [(row.pk, row.code) for row in issued(stage)] == before
    entry = AuditEntry.objects.get(action="certificate.issued")
    assert (entry.actor, entry.contest, entry.after) == (
        stage.first,
        "hoi-thi",
        {"numbers": [1, 4]},
    )


def test_a_quiz_is_named_where_there_are_several() -> None:
    stage = Stage()
    second = make_quiz(stage.contest, "tuan-2", name="Tuần 2")
    sit(make_person(stage.other, "Lê Thị Ba"), second, right=2, seconds=70)
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    finish(stage)
    names = {row.award.scope: row.quiz_name for row in issued(stage)}
    assert names == {"unit": "", "video": "", "person": "Trắc nghiệm"}


def test_nothing_is_certified_before_results_are_final() -> None:
    stage = Stage()
    with pytest.raises(ResultsNotFinal, match="Chưa công bố"):
        issue_certificates(stage.contest, by=stage.first, now=JUDGED)
    results.refresh(stage.contest, now=JUDGED)
    with pytest.raises(ResultsNotFinal, match="Chưa công bố"):
        issue_certificates(stage.contest, by=stage.first, now=JUDGED)
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    with pytest.raises(ResultsNotFinal, match="đang là dự kiến"):
        issue_certificates(stage.contest, by=stage.first, now=JUDGED)
    assert not Certificate.objects.exists()


def test_a_correction_is_certified_once_it_is_final_with_numbers_that_go_on(stage: Stage) -> None:
    first = issued(stage)
    correct(stage)
    with pytest.raises(ResultsNotFinal):
        issue_certificates(stage.contest, by=stage.first, now=LATER)
    assert not Certificate.objects.printable(stage.contest).exists()
    finish(stage, now=LAST)
    assert issue_certificates(stage.contest, by=stage.first, now=LAST) == 4
    rows = list(Certificate.objects.printable(stage.contest))
    assert [row.number for row in rows] == [5, 6, 7, 8]
    assert {row.award.result_set.number for row in rows} == {2}
    newer = first[0].newer_set()
    assert newer is not None
    assert rows[0].newer_set() is None
    # The unit's name was mended, and with it what is said of its people and its video.
    stands = {row.award.natural_key: row.stands_in(newer) for row in first}
    assert sorted(stands.values()) == [False, False, False, True]
    assert stands[str(stage.minh.number)]


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_at_one_moment_give_each_award_one_certificate(stage: Stage) -> None:
    barrier = Barrier(10)

    def click(_number: int) -> int:
        try:
            barrier.wait()
            return issue_certificates(stage.contest, by=stage.first, now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as people:
        made = sorted(people.map(click, range(10)))
    assert made == [0] * 9 + [4]
    assert sorted(Certificate.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


# --- revoking -------------------------------------------------------------------------------------


def test_a_certificate_is_revoked_once_with_a_reason_that_is_kept(stage: Stage) -> None:
    row = issued(stage)[1]
    for reason in ("", "  "):
        with pytest.raises(ReasonMissing):
            row.revoke(by=stage.second, reason=reason, now=LATER)
    row.revoke(by=stage.second, reason=" Cấp nhầm ", address="10.0.0.1", now=LATER)
    assert (row.is_revoked, row.revoked_by, row.revoked_reason) == (True, stage.second, "Cấp nhầm")
    entry = AuditEntry.objects.get(action="certificate.revoke")
    assert (entry.target, entry.reason, entry.address) == ("certificate 2", "Cấp nhầm", "10.0.0.1")
    same = Certificate.objects.get(pk=row.pk)
    with pytest.raises(AlreadyRevoked):
        same.revoke(by=stage.first, reason="Lần nữa", now=LAST)
    assert Certificate.objects.get(pk=row.pk).revoked_reason == "Cấp nhầm"


def test_a_revoked_one_is_neither_printed_nor_issued_anew(stage: Stage) -> None:
    rows = issued(stage)
    rows[0].revoke(by=stage.first, reason="Cấp nhầm", now=LATER)
    assert issue_certificates(stage.contest, by=stage.first, now=LAST) == 0
    assert [row.number for row in Certificate.objects.printable(stage.contest)] == [2, 3, 4]


def test_the_database_takes_no_half_revocation(stage: Stage) -> None:
    row = issued(stage)[0]
    for half in ({"revoked_at": LATER}, {"revoked_by": stage.first}, {"revoked_reason": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Certificate.objects.filter(pk=row.pk).update(**half)


CHANGES: dict[str, Callable[[Certificate], Any]] = {
    "another number": lambda row: Certificate.objects.filter(pk=row.pk).update(number=99),
    "another code": lambda row: Certificate.objects.filter(pk=row.pk).update(code="0" * 28),
    "another contest's name": lambda row: Certificate.objects.update(contest_name="Khác"),
    "another date": lambda row: Certificate.objects.update(issued_at=LAST),
    "gone": lambda row: Certificate.objects.filter(pk=row.pk).delete(),
    "not revoked after all": lambda row: Certificate.objects.filter(number=4).update(
        revoked_at=None, revoked_by=None, revoked_reason=""
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_postgresql_keeps_what_is_printed(stage: Stage, name: str) -> None:
    rows = issued(stage)
    rows[3].revoke(by=stage.first, reason="Cấp nhầm", now=LATER)
    refused = False
    try:
        with transaction.atomic():
            CHANGES[name](rows[0])
            transaction.set_rollback(True)
    except IntegrityError:
        refused = True
    assert refused is (connection.vendor == "postgresql")
    with guard.lifted():
        CHANGES[name](rows[0])


# --- the file -------------------------------------------------------------------------------------


def test_codes_read_back_from_the_drawn_pages_lead_to_each_certificate(stage: Stage) -> None:
    rows = issued(stage)
    found = qr_codes(drawn(rows))
    assert found == [[f"{HOME}verify/{row.code}/"] for row in rows]
    assert all(ADDRESS.fullmatch(address) for (address,) in found)


def test_what_the_three_kinds_say(stage: Stage) -> None:
    unit, lan, _minh, video = (text.splitlines() for text in texts(drawn(issued(stage))))
    for page in (unit, lan, video):
        assert "GIẤY CHỨNG NHẬN" in page
        assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in page
        assert "ỦY BAN NHÂN DÂN TỈNH" in page
        assert "SỞ NỘI VỤ" in page
        assert "tại Hội thi hoi-thi" in page
    digest = ResultSet.objects.get().digest
    fours = f"{digest[:4]} {digest[4:8]} {digest[8:12]} {digest[12:16]}"
    basis = f"Theo kết quả chính thức ngày 26/05/2026, bộ kết quả số 1, mã đối chiếu {fours}"
    assert basis in unit
    assert unit[unit.index("Chứng nhận đơn vị") + 1] == "Sở Nội vụ"
    assert {"Số: 1/GCN", "GIẢI NHẤT", "Xếp hạng chung các đơn vị dự thi"} <= set(unit)
    assert not any(line.startswith("Nơi công tác") for line in unit)
    assert lan[lan.index("Chứng nhận ông (bà)") + 1] == "Nguyễn Thị Lan"
    assert {"Nơi công tác: Văn phòng", "Đơn vị dự thi: Sở Nội vụ"} <= set(lan)
    assert {"Số: 2/GCN", "GIẢI CÁ NHÂN", "Phần thi trắc nghiệm"} <= set(lan)
    assert video[video.index("Chứng nhận tác phẩm video") + 1] == "“Một cửa thân thiện”"
    assert {"GIẢI VIDEO", "Phần thi video tuyên truyền"} <= set(video)
    assert "Đơn vị thực hiện: Sở Nội vụ" in video


NAMES = (
    "Nguyễn Thị Hồng Đào",
    "Ước Ỷ",
    "Công Tằng Tôn Nữ Nguyễn Phước Thị Ngọc Quỳnh Hương Giang",
    "H’Hen Niê",
    "Thạch Thị Sa Rươne",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_persons_name_stands_unbroken_on_one_line(stage: Stage, name: str) -> None:
    with guard.lifted():
        Award.objects.filter(scope="person", rank=1).update(name=name)
    person = texts(drawn(issued(stage)))[1].splitlines()
    assert person[person.index("Chứng nhận ông (bà)") + 1] == name


def test_texts_of_the_greatest_length_stay_whole_words_on_one_page(stage: Stage) -> None:
    words = "Ban Quản lý Dự án đầu tư xây dựng và phát triển nông thôn"
    longest = " ".join([words] * 4)[:200].rsplit(" ", 1)[0]
    Contest.objects.update(name=longest, organizer_name=longest, parent_organ=longest)
    with guard.lifted():
        Award.objects.update(name=longest, workplace=longest, unit_name=longest, tier=longest[:80])
    rows = issued(stage)
    pages = texts(drawn(rows))
    assert len(pages) == len(rows) == 4
    for page in pages:
        said = " ".join(page.split())
        assert longest in said
        assert f"tại {longest}" in said
        assert longest.upper() in said
    assert [len(codes) for codes in qr_codes(drawn(rows))] == [1, 1, 1, 1]


def test_a_name_without_a_blank_is_made_smaller_and_stays_on_the_page(stage: Stage) -> None:
    with guard.lifted():
        Award.objects.filter(scope="unit").update(name="Ộ" * 200)
    pages = texts(drawn(issued(stage)))
    assert len(pages) == 4
    assert "Ộ" * 200 in pages[0].splitlines()


def test_markup_in_a_title_is_printed_as_it_is(stage: Stage) -> None:
    with guard.lifted():
        Award.objects.filter(scope="video").update(
            name='#import "x": *Vi-đê-o* & <b>$1_000$</b> // "Tốt"'
        )
    page = texts(drawn(issued(stage)))[3]
    assert '“#import "x": *Vi-đê-o* & <b>$1_000$</b> // "Tốt"”' in " ".join(page.split())


def test_a_sign_no_font_has_is_named(stage: Stage) -> None:
    with guard.lifted():
        Award.objects.filter(scope="video").update(name="Một cửa 😀")
    with pytest.raises(Unprintable, match="😀.*U\\+1F600.*Một cửa"):
        drawn(issued(stage))


def test_the_contests_notice_stands_on_every_page(stage: Stage) -> None:
    Contest.objects.update(notice="Bản trình diễn: số liệu giả định.")
    pages = texts(drawn(issued(stage)))
    assert all("Bản trình diễn: số liệu giả định." in page.splitlines() for page in pages)


def test_the_same_certificates_give_the_same_bytes_whatever_the_contest_is_called_now(
    stage: Stage,
) -> None:
    before = drawn(issued(stage))
    Contest.objects.update(name="Tên mới", organizer_name="Cơ quan mới", parent_organ="Tỉnh mới")
    assert drawn(issued(stage)) == before


def test_the_zip_has_a_file_each_with_names_every_system_can_hold(stage: Stage) -> None:
    with guard.lifted():
        Award.objects.filter(scope="unit").update(
            tier="Giải Nhất: “Đội/Đơn vị” ..\\\\", unit_code="ĐV 15"
        )
    rows = issued(stage)
    file = io.BytesIO()
    certificates.write_zip(rows, file, home=HOME)
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == [
            "0001-giai-nhat-doi-don-vi-dv-15.pdf",
            "0002-giai-ca-nhan-dv01.pdf",
            "0003-giai-ca-nhan-dv02.pdf",
            "0004-giai-video-dv01.pdf",
        ]
        for row in rows:
            content = archive.read(certificates.file_name(row))
            assert qr_codes(content) == [[f"{HOME}verify/{row.code}/"]]


# --- the command ----------------------------------------------------------------------------------


def export(path: Path, *, kind: str = "certificates", form: str = "pdf") -> None:
    call_command("export_document", "hoi-thi", kind=kind, format=form, output=str(path))


def test_the_command_writes_the_certificates_that_hold(
    stage: Stage, tmp_path: Path, settings: Any
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://hoithi.vi-du.vn"]
    rows = issued(stage)
    rows[0].revoke(by=stage.first, reason="Cấp nhầm", now=LATER)
    path = tmp_path / "giấy chứng nhận.pdf"
    export(path)
    assert path.read_bytes() == drawn(rows[1:])
    assert [found.name for found in tmp_path.iterdir() if found.is_file()] == [path.name]


def test_the_command_leads_to_this_machine_only_where_no_other_is_served(
    stage: Stage, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row, *_rest) = issued(stage)
    path = tmp_path / "x.pdf"
    settings.CSRF_TRUSTED_ORIGINS = []
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    monkeypatch.setenv("PORT", "8100")
    export(path)
    assert qr_codes(path.read_bytes())[0] == [f"http://127.0.0.1:8100/verify/{row.code}/"]
    settings.ALLOWED_HOSTS = ["hoithi.vi-du.vn", "127.0.0.1"]
    with pytest.raises(CommandError, match="ALLOWED_HOSTS") as refused:
        export(path)
    assert refused.value.returncode == 1


def test_the_command_says_what_is_missing(tmp_path: Path, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://hoithi.vi-du.vn"]
    stage = Stage()
    path = tmp_path / "x.pdf"
    with pytest.raises(CommandError, match="Chưa công bố"):
        export(path)
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    with pytest.raises(CommandError, match="dự kiến"):
        export(path)
    finish(stage)
    with pytest.raises(CommandError, match="Chưa cấp giấy chứng nhận"):
        export(path)
    issue_certificates(stage.contest, by=stage.first, now=LATER)
    with pytest.raises(CommandError, match="khong-co"):
        export(tmp_path / "khong-co" / "x.pdf")
    assert not path.exists()


def test_a_kind_in_a_format_it_has_not_is_a_wrong_usage(stage: Stage, tmp_path: Path) -> None:
    for kind, form in (("certificates", "docx"), ("minutes", "pdf")):
        with pytest.raises(CommandError, match=kind) as refused:
            export(tmp_path / "x", kind=kind, form=form)
        assert refused.value.returncode == 2
    export(tmp_path / "bien-ban.docx", kind="minutes", form="docx")
    assert zipfile.is_zipfile(tmp_path / "bien-ban.docx")
