"""Who may join a contest, what is stored of them, and what they are told."""

import datetime as dt
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import codes
from accounts.models import AccessCode, Consent, User
from contests import identity, registration
from contests.models import Exclusion, Flag, Participant
from contests.models.starting import is_barred
from tests.contests import entry_cast as cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def contest():
    return cast.contest()


def entered(contest, **changes):
    return {
        "full_name": "  Nguyễn   Thị Ẩn ",
        "unit": cast.unit(contest).pk,
        "phone": "0912 345 678",
        "staff_code": "",
        "consent": "on",
        **changes,
    }


def nothing_stored():
    return not (User.objects.exists() or Participant.objects.exists() or Consent.objects.exists())


# --- the page ---------------------------------------------------------------------------------


def test_the_form_offers_the_units_by_code_in_their_blocks_and_an_empty_box(client, contest):
    page = client.get("/thu/register/")
    choices = list(page.context["form"].fields["unit"].choices)[1:]
    assert [(block, [name for _, name in units]) for block, units in choices] == [
        ("Sở, ban, ngành", ["Sở Nội vụ", "Sở Giáo dục và Đào tạo"]),
        ("Huyện, thị xã, thành phố", ["Huyện Kế Sách"]),
    ]
    box = re.search(rb'<input type="checkbox" name="consent"[^>]*>', page.content)
    assert box
    assert b"checked" not in box.group()
    assert b'href="/thu/privacy/"' in page.content


def test_who_registers_is_stored_clean_and_waits_for_confirmation(client, contest):
    response = client.post("/thu/register/", entered(contest, birth_date="05061990"))
    assert response.status_code == 200
    ẩn = contest.participants.get()
    assert (ẩn.full_name, ẩn.phone, ẩn.number) == ("Nguyễn Thị Ẩn", "0912345678", 1)
    assert ẩn.birth_date == dt.date(1990, 6, 5)
    assert (ẩn.source, ẩn.confirmed_at, ẩn.counts) == ("self", None, False)
    assert not ẩn.user.has_usable_password()
    consent = Consent.objects.get()
    assert (consent.user, consent.version, consent.source) == (ẩn.user, "1", "self")
    assert "chỉ được tính khi đầu mối đơn vị hoặc Ban Tổ chức xác nhận" in response.text


def test_the_code_is_shown_once_and_only_its_hashes_are_kept(client, contest):
    response = client.post("/thu/register/", entered(contest))
    token = re.search(r"/enter/([\w-]+)/", response.text)[1]
    typed = re.search(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", response.text)[0]
    assert 'src="data:image/svg+xml' in response.text
    assert "no-store" in response["Cache-Control"]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            stored = str(cursor.fetchall())
            assert token not in stored, table
            assert typed not in stored and typed.replace("-", "") not in stored, table  # noqa: PT018
    code = AccessCode.objects.get()
    assert code.link_hash == codes.link_hash(token)
    assert code.matches_typed(typed)


def test_sending_the_form_again_neither_registers_twice_nor_shows_the_code_again(client, contest):
    client.post("/thu/register/", entered(contest))
    again = client.post("/thu/register/", entered(contest))
    assert again.status_code == 409
    assert "tải lại trang" in again.text
    assert "/enter/" not in again.text
    assert contest.participants.count() == 1


def test_without_consent_nothing_is_stored(client, contest):
    data = entered(contest)
    del data["consent"]
    response = client.post("/thu/register/", data)
    assert set(response.context["form"].errors) == {"consent"}
    assert nothing_stored()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"phone": ""}, "phone"),
        ({"phone": "0912 34"}, "phone"),
        ({"phone": "", "staff_code": "<b>"}, "staff_code"),
        ({"full_name": "Ẩn"}, "full_name"),
        ({"unit": "999999"}, "unit"),
        ({"unit": "x"}, "unit"),
        ({"birth_date": "31/02/1990"}, "birth_date"),
        ({"birth_date": "01/01/1800"}, "birth_date"),
        ({"email": "khong phai thu"}, "email"),
    ],
)
def test_wrong_input_is_named_and_nothing_is_stored(client, contest, wrong, field):
    response = client.post("/thu/register/", entered(contest, **wrong))
    assert set(response.context["form"].errors) == {field}
    assert nothing_stored()


def test_a_unit_of_another_contest_cannot_be_chosen(client, contest):
    other = cast.contest("khac")
    response = client.post("/thu/register/", entered(contest, unit=cast.unit(other).pk))
    assert set(response.context["form"].errors) == {"unit"}


def test_taken_numbers_excluded_people_organizers_and_judges_get_one_answer(client, contest):
    cast.rostered(contest, phone="0911111111", full_name="Trần Văn Bé")
    Exclusion.objects.create(contest=contest, full_name="X", phone="0922 222 222")
    Exclusion.objects.create(contest=contest, full_name="Y", staff_code="cb 77")
    cast.organizer(contest, phone="+84 933 333 333")
    cast.judge(contest, staff_code="gk-01")
    before = (User.objects.count(), Participant.objects.count(), Consent.objects.count())
    numbers = [
        {"phone": "0911111111"},
        {"phone": "0922222222"},
        {"phone": "0955555555", "staff_code": "CB77"},
        {"phone": "0933333333"},
        {"phone": "", "staff_code": "GK-01"},
    ]
    answers = [client.post("/thu/register/", entered(contest, **given)) for given in numbers]
    assert [answer.status_code for answer in answers] == [409] * 5
    bodies = {cast.without_tokens(answer.content) for answer in answers}
    assert len(bodies) == 1
    text = bodies.pop().decode()
    assert "bà Lan, 0299 3822 333" in text
    for secret in ("Trần Văn Bé", "0911111111", "Nguyễn Thị Ẩn"):
        assert secret not in text
    assert before == (User.objects.count(), Participant.objects.count(), Consent.objects.count())


def test_a_phone_book_cannot_be_tried(client, contest):
    cast.rostered(contest)
    for _ in range(40):
        assert client.post("/thu/register/", entered(contest)).status_code == 409
    refused = client.post("/thu/register/", entered(contest, phone="0987654321"))
    assert refused.status_code == 429
    assert contest.participants.count() == 1


def test_registrations_that_succeed_are_not_throttled(client, contest):
    for number in range(45):
        data = entered(contest, phone=f"09123456{number:02}")
        assert client.post("/thu/register/", data).status_code == 200


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"self_registration": False}, "Vui lòng liên hệ đầu mối của đơn vị"),
        ({"provisional_at": timezone.now()}, "không nhận đăng ký thêm"),
    ],
)
def test_closed_registration_says_why_and_stores_nothing(client, changes, told):
    contest = cast.contest(**changes)
    for response in (client.get("/thu/register/"), client.post("/thu/register/", entered(contest))):
        assert response.status_code == 403
        assert told in response.text
    assert nothing_stored()


def test_a_contest_that_is_not_announced_has_no_registration(client):
    contest = cast.contest(is_announced=False)
    assert client.get("/thu/register/").status_code == 404
    assert client.post("/thu/register/", entered(contest)).status_code == 404


def test_registration_is_open_until_the_last_quiz_closes_and_not_at_that_instant(contest):
    closes = contest.quizzes.get().closes_at
    instant = dt.timedelta(microseconds=1)
    assert registration.is_open(contest, now=closes - instant)
    assert not registration.is_open(contest, now=closes)


def test_a_form_without_its_csrf_token_stores_nothing(contest):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/thu/register/", entered(contest)).status_code == 403
    assert nothing_stored()


# --- the verbs --------------------------------------------------------------------------------


def enrol(contest, *people, now=None):
    return registration.enrol_many(
        contest=contest, people=people, by=None, now=now or timezone.now()
    )


def test_a_roster_is_numbered_in_its_order_and_counts_at_once(contest):
    cast.rostered(contest, phone="0900000001")
    made = enrol(
        contest,
        cast.person(contest, phone="0900000003"),
        cast.person(contest, phone="", staff_code="cb 5"),
    )
    assert [(one.number, one.staff_code, one.counts) for one in made] == [
        (2, "", True),
        (3, "CB5", True),
    ]


def test_a_roster_is_enrolled_whole_or_not_at_all_and_every_problem_is_named(contest):
    cast.rostered(contest, phone="0900000001")
    Exclusion.objects.create(contest=contest, full_name="X", phone="0900000002")
    with pytest.raises(registration.RowsRefused) as refused:
        enrol(
            contest,
            cast.person(contest, phone="0900000003"),
            cast.person(contest, phone="0900000001"),
            cast.person(contest, phone="0900000002"),
            cast.person(contest, phone="0900 000 003"),
        )
    assert {index: type(why) for index, why in refused.value.problems.items()} == {
        1: registration.AlreadyRegistered,
        2: registration.Excluded,
        3: registration.AlreadyRegistered,
    }
    assert contest.participants.count() == 1
    assert User.objects.count() == 1


def test_a_longer_roster_costs_no_more_queries(contest):
    def cost(first, count):
        people = [cast.person(contest, phone=f"09{first + i:08}") for i in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            enrol(contest, *people)
        return len(queries)

    assert cost(0, 2) == cost(100, 40)


def test_numbers_that_nobody_checked_are_refused(contest):
    with pytest.raises(identity.InvalidPhone):
        enrol(contest, cast.person(contest, phone="123"))


def test_one_number_takes_part_in_two_contests_but_not_twice_in_one(contest):
    cast.rostered(contest)
    cast.rostered(cast.contest("khac"))
    with pytest.raises(registration.RowsRefused):
        cast.rostered(contest, full_name="Người Khác")


def test_the_same_name_and_birth_date_in_a_unit_is_flagged_and_not_blocked(contest):
    born = dt.date(1990, 6, 5)
    same = {"full_name": "Lê Thị Hoà", "birth_date": born}
    cast.rostered(contest, **same)
    cast.rostered(contest, phone="0900000002", full_name="lê thị hòa", birth_date=born)
    cast.rostered(contest, phone="0900000003", full_name="Lê Thị Hoà")
    cast.rostered(contest, phone="0900000004", unit=cast.unit(contest, "DV02"), **same)
    flag = Flag.objects.get()
    assert (flag.kind, flag.participant.phone, flag.note) == ("same_name", "0900000002", "1")


def test_who_is_barred_after_registering_is_recognised(contest):
    participant = cast.rostered(contest)
    assert not is_barred(participant)
    Exclusion.objects.create(contest=contest, full_name="Ẩn", phone="0912 345 678")
    assert is_barred(participant)


@pytest.mark.django_db(transaction=True)
def test_people_who_register_at_one_moment_are_numbered_apart_and_nobody_twice():
    contest = cast.contest()
    phones = ["0900000001", "0900000002", "0900000003"] * 2
    together = threading.Barrier(len(phones))

    def register(phone):
        person = cast.person(contest, phone=phone)
        together.wait()
        try:
            registration.register(contest=contest, person=person, now=timezone.now())
        except registration.AlreadyRegistered:
            return "already"
        finally:
            connection.close()
        return "registered"

    with ThreadPoolExecutor(len(phones)) as pool:
        answers = list(pool.map(register, phones))
    assert sorted(answers) == ["already"] * 3 + ["registered"] * 3
    assert sorted(contest.participants.values_list("number", flat=True)) == [1, 2, 3]
    assert User.objects.count() == 3
