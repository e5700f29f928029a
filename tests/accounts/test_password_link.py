"""The link to set a first password: in the letter alone, for once, and until the first sign-in."""

import datetime as dt
import logging
import re

import pytest
from django.apps import apps
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.db import models
from django.test import Client
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from accounts import letters
from accounts.models import AuditEntry, User
from config.logs import WithoutTokens
from tests.clock import standing_at
from tests.make import PASSWORD, make_user

pytestmark = pytest.mark.django_db
NEW = "mot-mat-khau-moi-77"
FORM = {"new_password1": NEW, "new_password2": NEW}
LINK = re.compile(r"https://hoithi\.example\.vn(/account/password/([^/]+)/([^/]+)/)")


@pytest.fixture(autouse=True)
def _name(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://hoithi.example.vn"]


@pytest.fixture
def khoa():
    return make_user("Võ Minh Khoa", username="khoa", role="judge", email="khoa@example.vn")


def post(user, *, sets_password=True) -> str:
    """Write and send a letter; return what went out."""
    now = timezone.now()
    letter = letters.write(
        to=user, subject="Thư mời", body="Kính gửi\n", sets_password=sets_password, now=now
    )
    assert letters.send(letter, now=now)
    return str(mail.outbox[-1].body)


def link_in(body):
    return LINK.search(body)[1]


def open_link(client, link):
    return client.get(link, follow=True)


def press(client, link, **data):
    """Open the link and send its form, as a browser does."""
    opened = open_link(client, link)
    if opened.status_code != 200:
        return opened
    return client.post(opened.request["PATH_INFO"], {**FORM, **data}, follow=True)


def test_the_link_sets_the_password_once_and_it_is_logged(client, khoa):
    body = post(khoa)
    assert "trong 7 ngày" in body
    link = link_in(body)
    page = open_link(client, link)
    assert "Tài khoản của Võ Minh Khoa, tên đăng nhập là khoa." in page.text
    assert not AuditEntry.objects.exists()
    done = press(client, link)
    assert done.redirect_chain[-1][0] == "/sign-in/"
    assert "Đã đặt mật khẩu. Vui lòng đăng nhập với tên khoa." in done.text
    # Nobody is signed in by a letter.
    assert "_auth_user_id" not in client.session
    khoa.refresh_from_db()
    assert khoa.check_password(NEW)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target, entry.actor) == ("user.password_set", "user khoa", khoa)
    assert entry.address == "127.0.0.1"

    again = press(Client(), link, new_password1=PASSWORD, new_password2=PASSWORD)
    assert again.status_code == 404
    assert "vui lòng liên hệ Ban Tổ chức đã gửi thư" in again.text
    khoa.refresh_from_db()
    assert khoa.check_password(NEW)


def test_a_form_that_is_still_open_elsewhere_cannot_set_it_a_second_time(client, khoa):
    link = link_in(post(khoa))
    other = Client()
    opened = open_link(other, link)
    press(client, link)
    late = other.post(opened.request["PATH_INFO"], FORM | {"new_password1": "x" * 20})
    assert late.status_code == 404
    assert AuditEntry.objects.count() == 1


def test_of_two_forms_sent_at_once_one_sets_the_password(client, khoa, monkeypatch):
    link = link_in(post(khoa))
    opened = open_link(client, link)
    valid = SetPasswordForm.is_valid

    def meanwhile(form):
        # The other form is stored after this one's link was found to hold.
        first = User.objects.get(pk=khoa.pk)
        first.set_password("mat-khau-cua-cua-so-kia-1")
        first.save(update_fields=["password"])
        return valid(form)

    monkeypatch.setattr(SetPasswordForm, "is_valid", meanwhile)
    assert client.post(opened.request["PATH_INFO"], FORM).status_code == 404
    khoa.refresh_from_db()
    assert khoa.check_password("mat-khau-cua-cua-so-kia-1")
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("what", ["sign-in", "password", "e-mail", "closed", "no password"])
def test_the_link_ends_with_the_first_sign_in_and_with_changes_of_the_account(client, khoa, what):
    link = link_in(post(khoa))
    if what == "sign-in":
        Client().post("/sign-in/", {"username": "khoa", "password": PASSWORD})
    elif what == "password":
        khoa.set_password(NEW)
        khoa.save()
    elif what == "e-mail":
        User.objects.filter(pk=khoa.pk).update(email="khac@example.vn")
    elif what == "closed":
        User.objects.filter(pk=khoa.pk).update(is_active=False)
    else:
        khoa.set_unusable_password()
        khoa.save()
    password = User.objects.get(pk=khoa.pk).password
    assert press(client, link).status_code == 404
    assert User.objects.get(pk=khoa.pk).password == password


def test_who_signs_in_by_code_is_given_no_password_whoever_made_the_token(client):
    participant = User.objects.new_without_password(full_name="Ẩn")
    participant.save()
    uid = urlsafe_base64_encode(str(participant.pk).encode())
    token = default_token_generator.make_token(participant)
    assert press(client, f"/account/password/{uid}/{token}/").status_code == 404
    participant.refresh_from_db()
    assert not participant.has_usable_password()


@pytest.mark.parametrize(("days", "status"), [(6, 200), (8, 404)])
def test_the_link_ends_after_seven_days(client, khoa, days, status):
    link = link_in(post(khoa))
    with standing_at(timezone.now() + dt.timedelta(days=days)):
        assert open_link(client, link).status_code == status


def test_a_weak_password_is_refused_and_the_link_still_holds(client, khoa):
    link = link_in(post(khoa))
    assert press(client, link, new_password1="khoa", new_password2="khoa").status_code == 200
    assert User.objects.get(pk=khoa.pk).check_password(PASSWORD)
    assert press(client, link).redirect_chain


def texts() -> list[str]:
    """Return every text that is stored in any table of the program."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    found = []
    for model in apps.get_models():
        names = [field.name for field in model._meta.concrete_fields if isinstance(field, kinds)]
        for row in model._default_manager.values_list(*names) if names else ():
            found += [str(value) for value in row]
    return found


def test_the_token_is_in_no_table(khoa, caplog):
    body = post(khoa)
    token = LINK.search(body)[3]
    stamp, secret = token.split("-")
    assert len(secret) == 32
    assert any("Kính gửi" in text for text in texts())
    assert not [text for text in texts() if secret in text or token in text]
    assert secret not in caplog.text


def test_a_letter_has_no_link_unless_it_promises_one_and_it_would_hold(khoa, settings):
    assert "/account/password/" not in post(khoa, sets_password=False)
    now = timezone.now()
    for change in (
        {"last_login": now},
        {"last_login": None, "password": "!x"},
    ):
        User.objects.filter(pk=khoa.pk).update(**change)
        khoa.refresh_from_db()
        assert "/account/password/" not in post(khoa)
    User.objects.filter(pk=khoa.pk).update(password="md5$a$b")
    khoa.refresh_from_db()
    assert "/account/password/" in post(khoa)
    settings.CSRF_TRUSTED_ORIGINS = []
    assert "/account/password/" not in post(khoa)


def test_each_try_to_send_makes_a_link_anew(khoa):
    now = timezone.now()
    letter = letters.write(to=khoa, subject="x", body="x", sets_password=True, now=now)
    with standing_at(now + dt.timedelta(days=6)):
        letters.send(letter, now=now)
    with standing_at(now + dt.timedelta(days=12)):
        assert open_link(Client(), link_in(mail.outbox[0].body)).status_code == 200


@pytest.mark.parametrize("uid", ["MQ", "x", "%00", "đ", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
@pytest.mark.parametrize("token", ["set-password", "x", "a-b", "%00", "a" * 500])
def test_an_unknown_link_says_whom_to_ask(client, uid, token):
    for answer in (
        client.get(f"/account/password/{uid}/{token}/"),
        client.post(f"/account/password/{uid}/{token}/", FORM),
    ):
        assert answer.status_code == 404
        assert "Ban Tổ chức" in answer.text


def test_unknown_links_are_throttled_and_the_right_one_never_is(client, khoa):
    link = link_in(post(khoa))
    for _ in range(60):
        assert client.get("/account/password/MQ/x/").status_code == 404
    refused = client.get("/account/password/MQ/x/")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert press(client, link).redirect_chain


def test_sessions_elsewhere_end_with_the_password(client, khoa):
    elsewhere = Client()
    elsewhere.force_login(khoa)
    # As if it had been so all along: only who never signed in has a link.
    User.objects.filter(pk=khoa.pk).update(last_login=None)
    khoa.refresh_from_db()
    assert elsewhere.get("/account/password/").status_code == 200
    press(client, link_in(post(khoa)))
    assert elsewhere.get("/account/password/").status_code == 302


def test_the_token_stays_out_of_the_log_and_of_the_referrer(client, khoa):
    link = link_in(post(khoa))
    token = LINK.search(mail.outbox[0].body)[3]
    record = logging.LogRecord("django.request", 30, "", 0, "Not Found: %s", (link,), None)
    line = WithoutTokens().format(record)
    assert token not in line
    assert "/account/password/" in line
    assert token not in open_link(client, link).request["PATH_INFO"]


def test_a_link_lasts_as_long_as_the_letter_says(settings):
    assert dt.timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT) == dt.timedelta(days=7)
