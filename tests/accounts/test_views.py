"""Staff sign in by password through one door."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from accounts import devices, throttle
from accounts.models import GuessCounter, User
from tests.contests.entry_cast import without_tokens

pytestmark = pytest.mark.django_db
PASSWORD = "mat-khau-cua-ly"


@pytest.fixture
def ly():
    return User.objects.create_user("ly", PASSWORD, full_name="Trần Thị Lý", is_staff=True)


def send(client, *, name="ly", password=PASSWORD, address="10.0.0.1", **extra):
    data = {"username": name, "password": password, **extra}
    return client.post("/sign-in/", data, REMOTE_ADDR=address)


def test_the_right_password_signs_in_and_leads_on(client, ly):
    response = send(client)
    assert (response.status_code, response["Location"]) == (302, "/sign-in/done/")
    assert client.session["_auth_user_id"] == str(ly.pk)
    assert set(GuessCounter.objects.values_list("count", flat=True)) == {0}


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/admin/contests/", "/admin/contests/"),
        ("https://evil.example/", "/sign-in/done/"),
        ("//evil.example/", "/sign-in/done/"),
        ("javascript:alert(1)", "/sign-in/done/"),
    ],
)
def test_only_addresses_of_this_site_are_gone_on_to(client, ly, wanted, where):
    assert send(client, next=wanted)["Location"] == where


def test_unknown_names_wrong_passwords_closed_accounts_and_participants_get_one_answer(client, ly):
    User.objects.create_user("dong", PASSWORD, full_name="Đóng", is_active=False)
    participant = User.objects.new_without_password(full_name="Ẩn")
    participant.save()
    bodies = {
        without_tokens(response.content).replace(name.encode(), b"name")
        for name, response in (
            ("ly", send(client, password="sai")),
            ("dong", send(client, name="dong")),
            (participant.username, send(client, name=participant.username, password="!")),
            ("khong-co", send(client, name="khong-co")),
        )
    }
    assert len(bodies) == 1
    assert "Tên đăng nhập hoặc mật khẩu không đúng".encode() in bodies.pop()
    assert "_auth_user_id" not in client.session


def test_an_unknown_name_costs_the_same_hashing_as_a_wrong_password(client, ly, monkeypatch):
    hashed = []
    encode = MD5PasswordHasher.encode

    def counting(hasher, password, salt):
        hashed.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    for name in ("ly", "khong-co"):
        send(client, name=name, password="sai")
    assert hashed == ["sai", "sai"]


def test_too_many_wrong_passwords_wait_even_for_the_right_one(client, ly):
    for _ in range(throttle.PASSWORD.account_and_address):
        assert send(client, password="sai").status_code == 200
    refused = send(client)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 900
    assert "phút rồi thử lại".encode() in refused.content
    assert "_auth_user_id" not in client.session


def test_guesses_from_elsewhere_do_not_keep_the_owner_out(client, ly):
    for _ in range(throttle.PASSWORD.account_and_address + 1):
        send(Client(), password="sai", address="10.6.6.6")
    assert send(client).status_code == 302


def test_a_browser_that_signed_in_before_is_never_locked_out_by_strangers(client, ly):
    send(client)
    client.post("/sign-out/")
    for number in range(throttle.PASSWORD.account):
        send(Client(), password="sai", address=f"10.6.{number}.6")
    assert send(Client()).status_code == 429
    assert send(client).status_code == 302


def test_the_cookie_of_a_known_device_is_of_one_account_and_cannot_be_made_up(client, ly, rf):
    send(client)
    cookie = client.cookies[devices.COOKIE]
    assert cookie["httponly"]
    request = rf.get("/")
    request.COOKIES[devices.COOKIE] = cookie.value
    assert devices.known_device(request, account="ly") != ""
    assert devices.known_device(request, account="khoa") == ""
    request.COOKIES[devices.COOKIE] = cookie.value[:-1] + "x"
    assert devices.known_device(request, account="ly") == ""


def test_the_administration_has_no_door_of_its_own(client, ly):
    asked = client.get("/admin/login/?next=/admin/contests/")
    assert asked["Location"] == "/sign-in/?next=%2Fadmin%2Fcontests%2F"
    tried = client.post("/admin/login/", {"username": "ly", "password": PASSWORD})
    assert tried.status_code == 405
    assert "_auth_user_id" not in client.session


def test_a_form_without_its_csrf_token_is_refused(ly):
    strict = Client(enforce_csrf_checks=True)
    assert send(strict).status_code == 403
    assert "_auth_user_id" not in strict.session


def test_empty_fields_are_answered_and_not_counted(client):
    response = client.post("/sign-in/", {})
    assert set(response.context["form"].errors) == {"username", "password"}
    assert not GuessCounter.objects.exists()


def test_the_password_is_changed_and_other_sessions_end(client, ly):
    elsewhere = Client()
    send(elsewhere)
    send(client)
    data = {
        "old_password": PASSWORD,
        "new_password1": "mot-mat-khau-moi-77",
        "new_password2": "mot-mat-khau-moi-77",
    }
    assert client.post("/account/password/", data)["Location"] == "/sign-in/done/"
    assert client.get("/account/password/").status_code == 200
    assert elsewhere.get("/account/password/").status_code == 302
    ly.refresh_from_db()
    assert ly.check_password("mot-mat-khau-moi-77")


def test_the_password_page_is_not_for_strangers_or_people_without_password(client):
    assert client.get("/account/password/")["Location"].startswith("/sign-in/?next=")
    user = User.objects.new_without_password(full_name="Ẩn")
    user.save()
    client.force_login(user)
    assert client.get("/account/password/").status_code == 404


def test_signing_out_needs_a_post(client, ly):
    send(client)
    assert client.get("/sign-out/").status_code == 405
    assert client.session["_auth_user_id"] == str(ly.pk)
    assert client.post("/sign-out/")["Location"] == "/"
    assert "_auth_user_id" not in client.session
