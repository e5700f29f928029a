"""Units, coordinators and decisions in the administration."""

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, User
from contests.models import (
    Attempt,
    SettingChange,
)
from tests.contests.admin_pages import at, change, errors, made_by, one_of_each, submit
from tests.contests.quizzes import make_participant, make_quiz, start
from tests.make import (
    make_contest,
    make_organizer,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def contest():
    # Rules without headcounts: these tests are about other columns.
    return make_contest(unit_chain=["video", "quiz"])


@pytest.fixture
def lý(contest, client):
    """An organizer, signed in."""
    user = make_organizer(contest, "Trần Thị Lý")
    client.force_login(user)
    return user


# ---------- units ----------
def test_units_are_found_without_tones_and_by_code(client, lý, contest):
    nội_vụ = make_unit(contest, "DV01", name="Sở Nội vụ")
    make_unit(contest, "DV02", name="Đài Phát thanh")
    for text in ("so noi vu", "SỞ NỘI", "dv01"):
        assert list(client.get(at("unit"), {"q": text}).context["cl"].queryset) == [nội_vụ]


def test_a_unit_counts_registered_people_and_those_who_finished(client, lý, contest):
    quiz = make_quiz(contest, attempts_allowed=0)
    unit = make_unit(contest)
    for _one in range(2):
        make_participant(contest, unit=unit)
    person = make_participant(contest, unit=unit)
    for _again in range(2):
        start(quiz, person=person).submit(now=timezone.now())
    page = client.get(at("unit"))
    (row,) = page.context["cl"].result_list
    assert (row.registered_count, row.finished_count) == (3, 1)
    assert "1 / 3" in page.content.decode()


def test_the_contest_is_a_column_only_where_the_list_is_of_several(client, lý, contest):
    make_quiz(contest)
    address = at("quiz")
    assert "contest" not in client.get(address).context["cl"].list_display
    other = make_contest("khac")
    other.organizers.add(lý)
    assert "contest" in client.get(address).context["cl"].list_display
    one = client.get(address, {"contest": contest.pk})
    assert "contest" not in one.context["cl"].list_display


def test_a_unit_is_added_with_its_search_key_and_logged(client, lý, contest):
    url = f"{at('unit', 'add')}?contest={contest.pk}"
    assert submit(client, url, code="dv07", name="Sở  Nội vụ").status_code == 302
    unit = contest.units.get()
    assert (unit.code, unit.name, unit.search_key) == ("DV07", "Sở Nội vụ", "dv07 so noi vu")
    assert AuditEntry.objects.filter(action="unit.add", target="unit DV07").exists()
    assert "code" in errors(submit(client, url, code="DV07", name="B")) or "__all__" in errors(
        submit(client, url, code="DV07", name="B")
    )


def test_a_parent_is_of_the_same_contest_and_not_below(client, lý, contest):
    unit, other = make_unit(contest), make_unit(make_contest("khac"))
    child = make_unit(contest, parent=unit)
    url = change("unit", unit.pk)
    assert set(errors(submit(client, url, parent=other.pk))) == {"parent"}
    assert set(errors(submit(client, url, parent=child.pk))) == {"parent"}


def test_a_coordinator_is_no_stranger_participant_or_staff(client, lý, contest):
    unit, other = make_unit(contest), make_unit(make_contest("khac"))
    other.coordinator = make_user("Của nơi khác")
    other.save()
    own = made_by(lý, "Đầu mối")
    person = make_participant(contest, unit=unit)
    url = change("unit", unit.pk)
    for stranger in (other.coordinator, person.user, lý):
        assert set(errors(submit(client, url, coordinator=stranger.pk))) == {"coordinator"}
    assert submit(client, url, coordinator=own.pk).status_code == 302
    unit.refresh_from_db()
    assert unit.coordinator == own


def test_a_headcount_changes_with_a_reason_once_frozen(client, lý, contest):
    unit = make_unit(contest, headcount=100)
    make_quiz(contest)
    url = change("unit", unit.pk)
    assert set(errors(submit(client, url, headcount="90"))) == {"reason"}
    assert submit(client, url, headcount="90", reason="Số liệu sai").status_code == 302
    kept = SettingChange.objects.get()
    assert (kept.target, kept.before, kept.after) == (f"unit {unit.code} headcount", 100, 90)
    new = f"{at('unit', 'add')}?contest={contest.pk}"
    assert "reason" in errors(submit(client, new, code="MOI", name="Đơn vị mới"))
    assert client.get(at("unit", unit.pk, "delete")).status_code == 403


def test_a_unit_with_people_is_not_deleted_and_it_is_said_why(client, lý, contest):
    unit = make_unit(contest)
    make_participant(contest, unit=unit)
    response = client.post(at("unit", unit.pk, "delete"), {"post": "yes"}, follow=True)
    assert "Không xóa được" in response.text
    assert contest.units.exists()


def test_a_coordinator_account_is_made_and_its_password_shown_once(client, lý, contest):
    unit = make_unit(contest, "DV01")
    url = at("unit", unit.pk, "coordinator")
    page = client.post(url, {"full_name": "Phạm  Thị Đầu", "phone": "0912 345 678"})
    made, password = page.context["made"], page.context["password"]
    assert password in page.text
    assert page.headers["Cache-Control"].startswith("no-store, private")
    unit.refresh_from_db()
    assert unit.coordinator == made
    assert made.check_password(password)
    assert (made.username, made.full_name) == ("hoi-thi-dv01", "Phạm Thị Đầu")
    assert (made.phone, made.is_staff) == ("0912345678", False)
    second = client.post(url, {"full_name": "Người Khác"}).context["made"]
    assert second.username == "hoi-thi-dv01-2"
    entry = AuditEntry.objects.filter(action="unit.coordinator").order_by("pk").last()
    assert entry.before == {"coordinator": "hoi-thi-dv01"}
    assert password not in str(AuditEntry.objects.values_list("after", "before"))


# ---------- decisions ----------
@pytest.mark.parametrize("model", ["unit", "participant"])
@pytest.mark.parametrize(
    ("act", "undo", "field"),
    [
        ("disqualify", "reinstate", "disqualified_reason"),
        ("ineligible", "eligible", "ineligible_reason"),
    ],
)
def test_a_decision_needs_a_reason_is_kept_and_taken_back(
    client, lý, contest, model, act, undo, field
):
    row = one_of_each(contest)[model]
    url = at(model, row.pk, "decide", act)
    assert client.post(url, {"reason": " "}).context["form"].errors["reason"]
    client.post(url, {"reason": "Khai sai"})
    row.refresh_from_db()
    assert getattr(row, field) == "Khai sai"
    done = AuditEntry.objects.order_by("pk").last()
    assert (done.reason, done.actor, done.contest) == ("Khai sai", lý, contest.slug)
    again = client.post(url, {"reason": "Lần nữa"}, follow=True)
    assert "đã được quyết định trước đó" in again.text
    row.refresh_from_db()
    assert getattr(row, field) == "Khai sai"
    back = at(model, row.pk, "decide", undo)
    assert client.post(back, {"reason": ""}).context["form"].errors["reason"]
    client.post(back, {"reason": "Nhầm người"})
    row.refresh_from_db()
    assert getattr(row, field) == ""
    undone = AuditEntry.objects.order_by("pk").last()
    assert (undone.reason, undone.before) == ("Nhầm người", {field: "Khai sai"})


def test_a_disqualified_person_is_signed_out_and_the_open_page_saves_no_more(client, lý, contest):
    attempt = start(make_quiz(contest))
    person = attempt.participant
    epoch = person.user.session_epoch
    client.post(at("participant", person.pk, "decide", "disqualify"), {"reason": "Thi hộ"})
    after = Attempt.objects.get(pk=attempt.pk)
    assert after.writer != attempt.writer
    assert after.generation == attempt.generation + 1
    assert User.objects.get(pk=person.user_id).session_epoch == epoch + 1


def test_an_unknown_decision_is_not_there(client, lý, contest):
    unit = make_unit(contest)
    assert client.get(at("unit", unit.pk, "decide", "explode")).status_code == 404
