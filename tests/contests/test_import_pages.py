"""The import pages of the administration: check, store, problems, template, and who may."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from accounts.models import AuditEntry
from contests.models import Unit
from tests.make import make_contest, make_judge, make_organizer, make_unit, make_user

pytestmark = pytest.mark.django_db
GOOD = "Mã,Tên đơn vị\nDV01,Sở Nội vụ\nDV02,Sở Tư pháp\n".encode()
BAD = "Mã,Tên đơn vị\nDV01,Sở Nội vụ\nDV01,Sở Tư pháp\n".encode()


@pytest.fixture
def contest():
    # Rules without headcounts: these tests are about other columns.
    return make_contest(unit_chain=["video", "quiz"])


@pytest.fixture
def lý(contest, client):
    user = make_organizer(contest)
    client.force_login(user)
    return user


def page(contest, kind="units"):
    return f"/admin/contests/contest/{contest.pk}/import/{kind}/"


def send(client, contest, content, *, button, kind="units"):
    file = SimpleUploadedFile("don-vi.csv", content)
    return client.post(page(contest, kind), {"file": file, button: "yes"})


def test_a_check_counts_and_stores_nothing(client, lý, contest):
    response = send(client, contest, GOOD, button="check")
    assert "Tệp hợp lệ; chưa lưu dữ liệu" in response.text
    assert "2 dòng mới, 0 dòng thay đổi, 0 dòng giữ nguyên" in response.text
    assert not Unit.objects.exists()


def test_a_post_without_a_button_only_checks(client, lý, contest):
    client.post(page(contest), {"file": SimpleUploadedFile("don-vi.csv", GOOD)})
    assert not Unit.objects.exists()


def test_an_import_stores_and_is_logged_with_who_and_where(client, lý, contest):
    response = send(client, contest, GOOD, button="store")
    assert "Đã nhập xong" in response.text
    assert contest.units.count() == 2
    entry = AuditEntry.objects.get(action="units.import")
    assert (entry.actor, entry.contest, entry.address) == (lý, contest.slug, "127.0.0.1")
    assert entry.after == {"created": 2, "changed": 0}


def test_a_second_import_changes_nothing(client, lý, contest):
    send(client, contest, GOOD, button="store")
    response = send(client, contest, GOOD, button="store")
    assert "0 dòng mới, 0 dòng thay đổi, 2 dòng giữ nguyên" in response.text


def test_every_bad_row_is_in_the_table_and_nothing_is_stored(client, lý, contest):
    response = send(client, contest, BAD, button="store")
    (problem,) = response.context["problems"]
    assert (problem.line, problem.field) == (3, "Mã")
    assert "Mã này đã có ở dòng 2." in response.text
    assert "Chưa lưu dữ liệu: tệp có 1 lỗi" in response.text
    assert not Unit.objects.exists()


def test_a_damaged_workbook_is_answered_in_a_sentence(client, lý, contest):
    file = SimpleUploadedFile("don-vi.xlsx", b"PK\x03\x04 hong")
    response = client.post(page(contest), {"file": file, "store": "yes"})
    assert response.status_code == 200
    assert "cả tệp" in response.text


def test_no_file_is_asked_for(client, lý, contest):
    response = client.post(page(contest), {"store": "yes"})
    assert response.context["form"].errors["file"]


@pytest.mark.parametrize(
    ("kind", "heading"), [("units", "Mã"), ("people", "Họ và tên"), ("questions", "Chủ đề")]
)
def test_the_template_is_a_workbook_with_the_headings(client, lý, contest, kind, heading):
    response = client.get(f"{page(contest, kind)}template.xlsx")
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert sheet["A1"].value == heading
    assert "attachment" in response.headers["Content-Disposition"]
    assert response.headers["Content-Type"].endswith("spreadsheetml.sheet")


@pytest.mark.parametrize("kind", ["units", "people", "questions"])
def test_the_page_names_the_columns_and_is_not_cached(client, lý, contest, kind):
    response = client.get(page(contest, kind))
    assert "Tải tệp mẫu" in response.text
    assert response.headers["Cache-Control"].startswith("no-store, private")


def test_people_of_the_page_are_enrolled(client, lý, contest):
    make_unit(contest, "DV01")
    rows = "Họ và tên,Mã đơn vị,Điện thoại\nLê An,DV01,0912345678\n".encode()
    send(client, contest, rows, button="store", kind="people")
    assert contest.participants.get().confirmed_by == lý


@pytest.mark.parametrize("kind", ["units", "people", "questions"])
@pytest.mark.parametrize("suffix", ["", "template.xlsx"])
def test_a_foreign_contest_is_not_there(client, lý, kind, suffix):
    other = make_contest("khac")
    assert client.get(page(other, kind) + suffix).status_code == 404
    assert send(client, other, GOOD, button="store", kind=kind).status_code == 404
    assert not Unit.objects.exists()


def test_an_unknown_kind_is_not_there(client, lý, contest):
    assert client.get(page(contest, "judges")).status_code == 404


def test_a_judge_is_refused(client, contest):
    client.force_login(make_judge(contest).user)
    assert send(client, contest, GOOD, button="store").status_code == 403
    assert not Unit.objects.exists()


def test_a_coordinator_is_sent_to_the_sign_in(client, contest):
    client.force_login(make_user("Đầu mối"))
    response = client.get(page(contest))
    assert response.status_code == 302
    assert "/admin/login/" in response.headers["Location"]
