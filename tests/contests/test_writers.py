"""Who may write into an attempt: the newest session, and how that passes from one to another."""

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from contests import tokens, writers
from contests.models import Attempt, AttemptOver, Participant, Quiz
from tests.contests import entry_cast
from tests.contests.quizzes import MINUTE, SECOND, make_participant, make_quiz, start, stored

pytestmark = pytest.mark.django_db

ON_ANOTHER_DEVICE = "Bài thi đang được làm trên thiết bị khác."


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz()


@pytest.fixture
def person(quiz: Quiz) -> Participant:
    return make_participant(quiz.contest)


def signed_in(person: Participant, **kwargs) -> Client:
    client = Client(**kwargs)
    client.force_login(person.user)
    return client


def begin(client: Client, quiz: Quiz) -> Attempt:
    client.post(f"/{quiz.contest.slug}/quiz/{quiz.slug}/start/")
    return Attempt.objects.get()


def url(attempt: Attempt, part: str = "") -> str:
    return f"/{attempt.quiz.contest.slug}/attempts/{attempt.pk}/{part}"


def form(attempt: Attempt, **answers: str) -> dict[str, str]:
    return {"token": tokens.make(attempt), "revision": "0", **answers}


def writes(client: Client, attempt: Attempt) -> bool:
    """Whether this client's page may save: it has the present token and lets choose."""
    attempt.refresh_from_db()
    text = client.get(url(attempt)).content.decode()
    has_token = f'data-token="{tokens.make(attempt)}"' in text
    assert has_token is ('class="choices" disabled' not in text)
    return has_token


# --- who starts, writes ---------------------------------------------------------------------------


def test_the_session_that_starts_writes_without_a_further_click(quiz, person) -> None:
    phone, desk = signed_in(person), signed_in(person)
    attempt = begin(phone, quiz)

    assert writes(phone, attempt)
    assert not writes(desk, attempt)


def test_starting_again_elsewhere_takes_nothing_over(quiz, person) -> None:
    phone, desk = signed_in(person), signed_in(person)
    attempt = begin(phone, quiz)

    begin(desk, quiz)

    assert writes(phone, attempt)
    assert not writes(desk, attempt)


def test_another_session_sees_every_answer_and_no_token(quiz, person) -> None:
    phone, desk = signed_in(person), signed_in(person)
    attempt = begin(phone, quiz)
    phone.post(url(attempt, "save/"), form(attempt, q0="1", q2="3"))

    text = desk.get(url(attempt)).content.decode()

    assert text.count(" checked") == 2
    assert ON_ANOTHER_DEVICE in text
    assert "Làm tiếp trên thiết bị này" in text
    assert attempt.writer not in text
    assert 'name="hand_in"' not in text


def test_what_is_kept_of_a_session_does_not_open_it(quiz, person) -> None:
    phone = signed_in(person)
    attempt = begin(phone, quiz)

    assert attempt.holder == writers.holder_of(phone.session.session_key)
    assert len(attempt.holder) == 43
    assert phone.session.session_key not in attempt.holder
    assert attempt.holder not in phone.get(url(attempt)).content.decode()


@pytest.mark.parametrize("session_key", [None, ""])
def test_no_session_is_nobodys_writer(quiz, session_key) -> None:
    attempt = start(quiz)

    assert attempt.holder == ""
    assert not writers.is_writer(attempt, session_key)


def test_reading_the_paper_writes_nothing(quiz, person) -> None:
    phone, desk = signed_in(person), signed_in(person)
    attempt = begin(phone, quiz)

    with connection.execute_wrapper(watch := Watch()):
        desk.get(url(attempt))

    assert {sql.split()[0] for sql in watch.seen} == {"SELECT"}


# --- taking over ----------------------------------------------------------------------------------


def test_taking_over_is_logged_and_ends_the_older_writer(quiz, person) -> None:
    phone, desk = signed_in(person), signed_in(person)
    attempt = begin(phone, quiz)
    old = form(attempt, q0="1")

    response = desk.post(url(attempt, "take-over/"), REMOTE_ADDR="10.0.0.7")

    assert response.headers["Location"] == url(attempt)
    assert writes(desk, attempt)
    assert not writes(phone, attempt)
    phone.post(url(attempt, "save/"), old)
    assert stored(attempt) == {}
    entry = AuditEntry.objects.get(action="attempt.take_over")
    assert entry.target == f"participant {person.number} attempt {attempt.receipt}"
    assert (entry.actor, entry.contest) == (person.user, quiz.contest.slug)
    assert (entry.address, entry.after) == ("10.0.0.7", {"generation": 2})


def test_taking_over_twice_is_once(quiz, person) -> None:
    phone, desk = signed_in(person), signed_in(person)
    attempt = begin(phone, quiz)
    desk.post(url(attempt, "take-over/"))
    attempt.refresh_from_db()
    token = tokens.make(attempt)

    desk.post(url(attempt, "take-over/"))

    attempt.refresh_from_db()
    assert tokens.make(attempt) == token
    assert AuditEntry.objects.filter(action="attempt.take_over").count() == 1


def test_nobody_takes_over_anybody_elses_attempt(quiz, person) -> None:
    attempt = start(quiz)

    assert signed_in(person).post(url(attempt, "take-over/")).status_code == 404
    attempt.refresh_from_db()
    assert attempt.holder == ""


def test_taking_over_needs_the_csrf_token(quiz, person) -> None:
    attempt = start(quiz, person=person)

    strict = signed_in(person, enforce_csrf_checks=True)

    assert strict.post(url(attempt, "take-over/")).status_code == 403
    attempt.refresh_from_db()
    assert attempt.holder == ""


@pytest.mark.parametrize("ago", [10 * MINUTE + SECOND, 11 * MINUTE])
def test_from_the_deadline_on_nothing_is_taken_over(quiz, person, ago) -> None:
    attempt = start(quiz, person=person, now=timezone.now() - ago)

    response = signed_in(person).post(url(attempt, "take-over/"))

    assert response.headers["Location"] == url(attempt)
    attempt.refresh_from_db()
    assert (attempt.holder, attempt.generation) == ("", 1)
    assert not AuditEntry.objects.exists()


def test_a_finished_attempt_has_no_writer_to_become(quiz, person) -> None:
    attempt = start(quiz, person=person)
    attempt.submit(now=timezone.now())

    with pytest.raises(AttemptOver):
        attempt.take_over(holder="another", now=timezone.now())


def test_the_form_of_a_replaced_writer_names_what_it_did_not_save(quiz, person) -> None:
    phone, desk = signed_in(person), signed_in(person)
    attempt = begin(phone, quiz)
    old = form(attempt, q0="1", q2="3")
    desk.post(url(attempt, "take-over/"))

    text = phone.post(url(attempt, "save/"), old, follow=True).content.decode()

    assert "Chưa lưu được, vì bài thi đã được mở ở nơi khác: câu 1: B; câu 3: D." in text
    assert stored(attempt) == {}


def test_who_only_looks_does_not_hand_in(quiz, person) -> None:
    phone, desk = signed_in(person), signed_in(person)
    attempt = begin(phone, quiz)

    said = desk.post(url(attempt, "submit/"), follow=True)
    asked = desk.get(url(attempt, "confirm/"))

    assert "Chưa nộp bài: bài thi đang được làm trên thiết bị khác." in said.content.decode()
    assert asked.headers["Location"] == url(attempt)
    attempt.refresh_from_db()
    assert attempt.is_running
    phone.post(url(attempt, "submit/"))
    attempt.refresh_from_db()
    assert not attempt.is_running


# --- signing in and out ---------------------------------------------------------------------------


@pytest.fixture
def contest():
    return entry_cast.contest()


def test_the_newest_to_sign_in_writes(contest) -> None:
    person, code = entry_cast.with_code(contest)
    phone, desk = Client(), Client()
    phone.post(f"/enter/{code.link_token}/", {"consent": "on"})
    attempt = entry_cast.running_attempt(person)
    Attempt.objects.update(holder=writers.holder_of(phone.session.session_key))
    before = Attempt.objects.get()

    desk.post(f"/enter/{code.link_token}/")

    after = Attempt.objects.get(pk=attempt.pk)
    assert after.holder == writers.holder_of(desk.session.session_key)
    assert (after.generation, after.writer != before.writer) == (2, True)
    entry = AuditEntry.objects.get(action="attempt.take_over")
    assert entry.target == f"participant {person.number} attempt {attempt.receipt}"


@pytest.mark.parametrize("state", ["over", "finished", "none"])
def test_signing_in_takes_over_only_what_runs(contest, state: str) -> None:
    person, code = entry_cast.with_code(contest)
    if state != "none":
        attempt = entry_cast.running_attempt(person)
        Attempt.objects.update(started_at=timezone.now() - MINUTE, deadline_at=timezone.now())
        if state == "finished":
            attempt.submit(now=timezone.now())

    Client().post(f"/enter/{code.link_token}/", {"consent": "on"})

    assert not Attempt.objects.exclude(holder="", generation=1).exists()
    assert not AuditEntry.objects.filter(action="attempt.take_over").exists()


def test_signing_in_again_on_the_same_device_takes_over_nothing(contest) -> None:
    person, code = entry_cast.with_code(contest)
    phone = Client()
    phone.post(f"/enter/{code.link_token}/", {"consent": "on"})
    entry_cast.running_attempt(person)
    Attempt.objects.update(holder=writers.holder_of(phone.session.session_key))

    phone.post(f"/enter/{code.link_token}/")

    assert Attempt.objects.get().generation == 1
    assert not AuditEntry.objects.filter(action="attempt.take_over").exists()


def test_on_a_device_somebody_else_was_signed_in_at_the_newcomer_writes(contest) -> None:
    _other, code_of_other = entry_cast.with_code(contest, phone="0987654321")
    person, code = entry_cast.with_code(contest)
    shared = Client()
    shared.post(f"/enter/{code_of_other.link_token}/", {"consent": "on"})
    entry_cast.running_attempt(person)

    shared.post(f"/enter/{code.link_token}/", {"consent": "on"})

    assert Attempt.objects.get().holder == writers.holder_of(shared.session.session_key)


def test_signing_out_leaves_nobody_writing(quiz, person) -> None:
    phone = signed_in(person)
    attempt = begin(phone, quiz)
    token = tokens.make(attempt)

    phone.post("/sign-out/")

    attempt.refresh_from_db()
    assert (attempt.holder, attempt.generation) == ("", 2)
    assert tokens.make(attempt) != token
    desk = signed_in(person)
    assert not writes(desk, attempt)
    text = desk.get(url(attempt)).content.decode()
    assert "Hiện chưa có thiết bị nào đang làm bài thi này." in text


def test_signing_out_where_one_only_looks_stops_nobody(quiz, person) -> None:
    phone, desk = signed_in(person), signed_in(person)
    attempt = begin(phone, quiz)

    desk.post("/sign-out/")

    assert writes(phone, attempt)


def test_one_statement_passes_the_attempts_on(quiz, person) -> None:
    start(quiz, person=person)
    with connection.execute_wrapper(watch := Watch()):
        writers.take_over_all(person, session_key="k", address="", now=timezone.now())

    assert [sql.split()[0] for sql in watch.seen if "contests_attempt" in sql][0] == "UPDATE"
    with connection.execute_wrapper(watch := Watch()):
        writers.take_over_all(person, session_key="k", address="", now=timezone.now())
    assert len([sql for sql in watch.seen if "contests_attempt" in sql]) == 1


class Watch:
    """Notes the statements that are sent to the database."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        self.seen.append(sql)
        return execute(sql, params, many, context)
