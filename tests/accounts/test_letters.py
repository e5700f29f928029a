"""The outbox: a letter goes out once, and what a mail server does disturbs nothing."""

import datetime as dt
import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from accounts import letters, tasks
from accounts.models import Letter
from tests.make import make_user

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 2, 5, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def lan():
    return make_user("Nguyễn Thị Lan", email="lan@example.vn")


def write(to, *, subject="Thư mời", body="Kính gửi", now=NOON, **more):
    return letters.write(to=to, subject=subject, body=body, now=now, **more)


def test_a_letter_goes_out_once_however_often_the_bell_rings(lan) -> None:
    letter = write(lan)
    for _ring in range(3):
        tasks.send_letter(letter_id=letter.pk)
    (message,) = mail.outbox
    assert (message.to, message.subject, message.body) == (
        ["lan@example.vn"],
        "Thư mời",
        "Kính gửi",
    )
    letter.refresh_from_db()
    assert letter.sent_at is not None
    tasks.send_letter(letter_id=letter.pk + 1)


@pytest.mark.parametrize("who", ["no address", "not active", "nobody"])
def test_no_letter_is_written_where_nobody_can_be_written_to(lan, who) -> None:
    lan.email = "" if who == "no address" else lan.email
    lan.is_active = who != "not active"
    assert write(None if who == "nobody" else lan) is None
    assert not Letter.objects.exists()


@pytest.mark.parametrize("change", [{"email": ""}, {"is_active": False}])
def test_who_can_no_longer_be_written_to_is_not_and_the_row_says_so(lan, change) -> None:
    letter = write(lan)
    type(lan).objects.filter(pk=lan.pk).update(**change)
    assert not letters.send(letter, now=NOON)
    letter.refresh_from_db()
    assert letter.is_given_up
    assert (letter.sent_at, mail.outbox) == (None, [])


def test_no_subject_breaks_the_letter_apart_or_the_column(lan) -> None:
    letter = write(lan, subject="Thư\r\nBcc: x@example.vn " + "a" * 300)
    assert letter.subject.startswith("Thư Bcc: x@example.vn aaa")
    assert len(letter.subject) == 200


def test_a_mail_server_that_is_down_is_tried_again_later_and_five_times_at_most(
    lan, monkeypatch, caplog
) -> None:
    def down(*args: object, **kwargs: object) -> None:
        raise smtplib.SMTPServerDisconnected("connection lost")

    monkeypatch.setattr(EmailBackend, "send_messages", down)
    letter = write(lan)
    waits = []
    now = NOON
    for tried in range(1, 6):
        assert not letter.is_given_up
        assert not letters.send(letter, now=now)
        # Not before its time.
        assert not letters.send(letter, now=now)
        letter.refresh_from_db()
        assert (letter.tries, letter.sent_at) == (tried, None)
        waits.append((letter.due_at - now).total_seconds() / 60)
        now = letter.due_at
    assert waits[:4] == [1, 4, 16, 64]
    assert not Letter.objects.due(now + DAY).exists()
    assert letter.is_given_up
    assert "lan@" not in caplog.text
    assert "SMTPServerDisconnected" in caplog.text


def test_it_goes_out_when_the_mail_server_is_back(lan, monkeypatch) -> None:
    letter = write(lan)
    with monkeypatch.context() as patch:

        def down(*args: object, **kwargs: object) -> None:
            raise ConnectionRefusedError

        patch.setattr(EmailBackend, "send_messages", down)
        letters.send(letter, now=NOON)
    assert not mail.outbox
    assert letters.send(letter, now=NOON + dt.timedelta(minutes=1))
    assert len(mail.outbox) == 1


def test_the_sweep_rings_for_letters_whose_bell_was_lost(
    lan, django_capture_on_commit_callbacks, monkeypatch
) -> None:
    rung = []
    monkeypatch.setattr(tasks.send_letter, "delay", lambda *, letter_id: rung.append(letter_id))
    with django_capture_on_commit_callbacks(execute=True):
        letter = write(lan, now=timezone.now())
        # One that was just written is left to its own bell.
        tasks.sweep_letters()
    assert rung == [letter.pk]
    Letter.objects.update(due_at=timezone.now() - tasks.PATIENCE)
    for sent_at in (None, NOON):
        Letter.objects.update(sent_at=sent_at)
        with django_capture_on_commit_callbacks(execute=True):
            tasks.sweep_letters()
        assert rung == [letter.pk] * 2


def test_the_sweep_is_part_of_the_schedule(settings) -> None:
    tasks_swept = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.sweep_letters.name in tasks_swept
