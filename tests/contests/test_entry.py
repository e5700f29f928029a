"""The doors: a link's page, the typed code, the way out, and who is let through to the quiz."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client, override_settings

from accounts import throttle
from accounts.models import AccessCode, Consent, GuessCounter
from tests.contests import entry_cast as cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def contest():
    return cast.contest()


@pytest.fixture
def ẩn(contest):
    participant, code = cast.with_code(contest)
    participant.code = code
    participant.link = f"/enter/{code.link_token}/"
    return participant


def signed_in(client):
    return client.session.get("_auth_user_id")


def type_code(client, participant, *, address="10.0.0.1", **changes):
    data = {"identifier": participant.phone, "code": participant.code.typed, **changes}
    return client.post("/thu/sign-in/", data, REMOTE_ADDR=address)


# --- the link ---------------------------------------------------------------------------------


def test_opening_the_link_signs_nobody_in_and_names_nobody(client, ẩn):
    page = client.get(ẩn.link)
    assert page.status_code == 200
    assert not Session.objects.exists()
    assert not Consent.objects.exists()
    assert AccessCode.objects.get().first_used_at is None
    for secret in (ẩn.full_name, ẩn.phone, ẩn.unit.name):
        assert secret not in page.text


def test_the_links_page_is_neither_passed_on_nor_kept_nor_found(client, ẩn):
    for answer in (client.get(ẩn.link), client.post(ẩn.link, {"consent": "on"})):
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_the_button_signs_in_after_the_notice_was_agreed_to(client, ẩn):
    refused = client.post(ẩn.link)
    assert set(refused.context["form"].errors) == {"consent"}
    assert signed_in(client) is None
    response = client.post(ẩn.link, {"consent": "on"})
    assert (response.status_code, response["Location"]) == (302, "/thu/quiz/")
    assert signed_in(client) == str(ẩn.user_id)
    consent = Consent.objects.get()
    assert (consent.version, consent.source) == ("1", "roster")
    assert AccessCode.objects.get().first_used_at is not None


def test_who_has_agreed_is_not_asked_again_until_the_notice_changes(client, contest, ẩn):
    client.post(ẩn.link, {"consent": "on"})
    assert "consent" not in client.get(ẩn.link).context["form"].fields
    assert Client().post(ẩn.link).status_code == 302
    contest.consent_version = "2"
    contest.save(update_fields=["consent_version"])
    assert "consent" in Client().get(ẩn.link).context["form"].fields


@pytest.mark.parametrize("token", ["x", "A" * 22, "%00", "đ", "a" * 3000])
def test_an_unknown_link_says_whom_to_ask(client, contest, token):
    for answer in (client.get(f"/enter/{token}/"), client.post(f"/enter/{token}/")):
        assert answer.status_code == 404
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "Đầu mối của đơn vị hoặc Ban Tổ chức" in answer.text


def test_unknown_links_are_throttled_and_the_right_one_never_is(client, ẩn):
    for _ in range(60):
        assert client.get("/enter/unknown/").status_code == 404
    refused = client.post("/enter/unknown/")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert client.post(ẩn.link, {"consent": "on"}).status_code == 302


def test_the_button_works_from_a_page_that_hides_its_origin(ẩn):
    strict = Client(enforce_csrf_checks=True)
    page = strict.get(ẩn.link).text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    data = {"consent": "on", "csrfmiddlewaretoken": token}
    for foreign in (
        {"HTTP_ORIGIN": "https://evil.example"},
        {"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "cross-site"},
    ):
        assert strict.post(ẩn.link, data, **foreign).status_code == 403
    assert strict.post(ẩn.link, {"consent": "on"}, HTTP_ORIGIN="null").status_code == 403
    assert signed_in(strict) is None
    here = {"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "same-origin"}
    assert strict.post(ẩn.link, data, **here).status_code == 302


def test_signing_in_by_link_replaces_who_was_signed_in(client, contest, ẩn):
    client.force_login(cast.organizer(contest))
    old = client.session.session_key
    client.post(ẩn.link, {"consent": "on"})
    assert signed_in(client) == str(ẩn.user_id)
    assert not Session.objects.filter(pk=old).exists()


# --- the typed code ---------------------------------------------------------------------------


def test_the_typed_code_asks_for_consent_first_and_then_signs_in(client, ẩn):
    asked = type_code(client, ẩn)
    assert asked.status_code == 200
    assert 'name="consent_shown"' in asked.text
    assert signed_in(client) is None
    refused = type_code(client, ẩn, consent_shown="1")
    assert set(refused.context["form"].errors) == {"consent"}
    assert not Consent.objects.exists()
    assert type_code(client, ẩn, consent_shown="1", consent="on")["Location"] == "/thu/quiz/"
    assert signed_in(client) == str(ẩn.user_id)
    assert set(GuessCounter.objects.values_list("count", flat=True)) == {0}


def test_wrong_codes_and_unknown_numbers_get_one_answer(client, ẩn):
    answers = [
        type_code(client, ẩn, code="00000-00000"),
        type_code(client, ẩn, identifier="0900000000"),
        type_code(client, ẩn, identifier="không phải số"),
        type_code(client, ẩn, code="!!"),
    ]
    seen = {
        re.sub(rb'value="[^"]*"', b"", cast.without_tokens(answer.content)) for answer in answers
    }
    assert len(seen) == 1
    text = seen.pop().decode()
    assert "Số điện thoại, mã CBCCVC hoặc mã dự thi không đúng." in text
    assert "consent" not in text


def test_too_many_wrong_codes_wait_even_for_the_right_one(client, ẩn):
    for _ in range(throttle.CODE.account_and_address):
        type_code(client, ẩn, code="00000-00000")
    refused = type_code(client, ẩn, consent_shown="1", consent="on")
    assert refused.status_code == 429
    assert signed_in(client) is None
    elsewhere = type_code(client, ẩn, consent_shown="1", consent="on", address="10.0.0.2")
    assert elsewhere.status_code == 302


def test_one_spelling_of_a_number_is_guessed_at_as_another(client, ẩn):
    for spelling in ("0912345678", "0912 345 678", "+84912345678", "84 912345678") * 2:
        type_code(client, ẩn, identifier=spelling, code="00000-00000")
    assert type_code(client, ẩn).status_code == 429


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/thu/quiz/quiz-1/", "/thu/quiz/quiz-1/"),
        ("/admin/", "/thu/quiz/"),
        ("https://evil.example/thu/", "/thu/quiz/"),
        ("//evil.example/thu/", "/thu/quiz/"),
    ],
)
def test_only_pages_of_the_contest_are_gone_on_to(client, ẩn, wanted, where):
    response = type_code(client, ẩn, consent_shown="1", consent="on", next=wanted)
    assert response["Location"] == where


def test_a_sign_in_without_its_csrf_token_is_refused(ẩn):
    strict = Client(enforce_csrf_checks=True)
    assert type_code(strict, ẩn, consent_shown="1", consent="on").status_code == 403
    assert signed_in(strict) is None


def test_empty_fields_are_answered_and_not_counted(client, contest):
    response = client.post("/thu/sign-in/", {})
    assert set(response.context["form"].errors) == {"identifier", "code"}
    assert not GuessCounter.objects.exists()


# --- out, and through -------------------------------------------------------------------------


def test_signing_out_ends_the_session_and_the_open_quiz_page(client, ẩn):
    client.post(ẩn.link, {"consent": "on"})
    before = cast.running_attempt(ẩn)
    assert client.post("/sign-out/")["Location"] == "/thu/"
    assert signed_in(client) is None
    assert ẩn.attempts.get().writer != before.writer


def test_strangers_staff_and_people_of_other_contests_are_sent_to_sign_in(client, contest, ẩn):
    there = "/thu/sign-in/?next=%2Fthu%2Fquiz%2F"
    assert client.get("/thu/quiz/")["Location"] == there
    client.force_login(cast.organizer(contest))
    assert client.get("/thu/quiz/")["Location"] == there
    stranger = cast.rostered(cast.contest("khac"))
    client.force_login(stranger.user)
    assert client.get("/thu/quiz/")["Location"] == there


def test_a_hidden_contest_is_not_found_even_by_its_people(client, contest, ẩn):
    client.force_login(ẩn.user)
    contest.is_announced = False
    contest.save(update_fields=["is_announced"])
    assert client.get("/thu/quiz/").status_code == 404
    assert client.get("/thu/sign-in/").status_code == 404


@override_settings(ALLOWED_HOSTS=["hoithi.example"])
def test_links_on_the_code_sheet_carry_the_address_people_use(client, contest):
    data = {
        "full_name": "Nguyễn Thị Ẩn",
        "unit": cast.unit(contest).pk,
        "phone": "0912345678",
        "consent": "on",
    }
    page = client.post("/thu/register/", data, HTTP_HOST="hoithi.example").text
    assert re.search(r'href="http://hoithi\.example/enter/[\w-]{22}/"', page)
