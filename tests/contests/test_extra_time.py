"""More time for one person: at once where an attempt runs, else from the next start (rules: Q3)."""

import datetime as dt
import threading
from contextlib import suppress
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from contests import extra_time, saving, tokens
from contests.freezing import ReasonMissing
from contests.models import Attempt, AttemptOver, ExtraTime, Quiz
from contests.models.attempts import seal_of
from contests.tasks import end_overdue_attempts
from tests.contests.quizzes import (
    HOUR,
    MINUTE,
    SECOND,
    TICK,
    make_participant,
    make_quiz,
    start,
)
from tests.make import make_contest, make_organizer

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 2, 5, 0, tzinfo=dt.UTC)


@pytest.fixture
def quiz() -> Quiz:
    """Ten minutes, open from an hour before NOON until an hour after it."""
    return make_quiz(now=NOON)


@pytest.fixture
def organizer(quiz):
    return make_organizer(quiz.contest)


@pytest.fixture
def person(quiz):
    return make_participant(quiz.contest)


@pytest.fixture
def give(quiz, person, organizer):
    def given(minutes: int, *, now: dt.datetime = NOON, reason: str = "Bị khiếm thị", **more):
        return extra_time.give(
            **{"participant": person, "quiz": quiz, "by": organizer, **more},
            seconds=60 * minutes,
            reason=reason,
            now=now,
        )

    return given


def refused(give, *args, **kwargs) -> str:
    with pytest.raises(extra_time.ExtraTimeRefused) as error:
        give(*args, **kwargs)
    return error.value.args[0]


def save(attempt: Attempt, *, now: dt.datetime):
    writer = tokens.read(tokens.make(attempt))
    return saving.save(writer, saving.Save(0, 1, 1), now=now)


# --- the verb -------------------------------------------------------------------------------------


def test_the_next_start_has_it_and_nobody_elses(quiz, person, give) -> None:
    assert give(5).deadline_at is None

    assert start(quiz, person=person, now=NOON).deadline_at == NOON + 15 * MINUTE
    assert start(quiz, now=NOON).deadline_at == NOON + 10 * MINUTE


def test_a_running_attempt_ends_later_at_once(quiz, person, give) -> None:
    attempt = start(quiz, person=person, now=NOON)

    assert give(5, now=NOON + 9 * MINUTE).deadline_at == NOON + 15 * MINUTE

    attempt.refresh_from_db()
    assert attempt.deadline_at == NOON + 15 * MINUTE
    assert save(attempt, now=NOON + 15 * MINUTE - TICK).saved_at
    # Until then nobody ends it; after its grace the sweep does, and the seal holds the new end.
    assert attempt.deadline_at not in {one.deadline_at for one in Attempt.objects.overdue(NOON)}
    with pytest.raises(AttemptOver):
        save(attempt, now=NOON + 15 * MINUTE + 5 * SECOND)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.finished_at) == ("expired", NOON + 15 * MINUTE)
    answers = dict(attempt.answers.values_list("question_id", "choice_id"))
    assert attempt.seal == seal_of(attempt, answers)


def test_it_lengthens_no_attempt_whose_time_is_up(quiz, person, give) -> None:
    attempt = start(quiz, person=person, now=NOON)

    said = refused(give, 5, now=attempt.deadline_at)

    assert said == "Thí sinh đã dùng hết lượt thi; không thể thêm giờ cho lượt thi đã kết thúc."
    attempt.refresh_from_db()
    assert attempt.deadline_at == NOON + 10 * MINUTE
    assert not ExtraTime.objects.exists()
    assert give(5, now=attempt.deadline_at - TICK, quiz=second_chance(quiz)).is_new


def second_chance(quiz: Quiz) -> Quiz:
    Quiz.objects.filter(pk=quiz.pk).update(attempts_allowed=2)
    quiz.refresh_from_db()
    return quiz


def test_who_may_begin_again_has_it_then(quiz, person, give) -> None:
    second_chance(quiz)
    first = start(quiz, person=person, now=NOON)
    first.submit(now=NOON + MINUTE)

    assert give(5, now=NOON + 2 * MINUTE).deadline_at is None

    first.refresh_from_db()
    assert first.deadline_at == NOON + 10 * MINUTE
    again = start(quiz, person=person, now=NOON + 3 * MINUTE)
    assert again.deadline_at == NOON + 18 * MINUTE


def test_a_second_gift_is_a_new_total_and_never_less(quiz, person, organizer, give) -> None:
    attempt = start(quiz, person=person, now=NOON)
    give(5)

    assert give(8, reason="Thêm do mất điện").deadline_at == NOON + 18 * MINUTE
    assert "chỉ có thể tăng" in refused(give, 7)

    extra = ExtraTime.objects.get()
    assert (extra.seconds, extra.reason, extra.by) == (480, "Thêm do mất điện", organizer)
    attempt.refresh_from_db()
    assert attempt.deadline_at == NOON + 18 * MINUTE
    entries = AuditEntry.objects.filter(action="extra_time.give").order_by("pk")
    running = attempt.receipt
    assert [(entry.before, entry.after, entry.reason) for entry in entries] == [
        ({"seconds": 0}, {"seconds": 300, "attempt": running}, "Bị khiếm thị"),
        ({"seconds": 300}, {"seconds": 480, "attempt": running}, "Thêm do mất điện"),
    ]
    assert {entry.target for entry in entries} == {"participant 1 quiz quiz-1"}


def test_the_same_again_does_nothing_but_heal_an_attempt_without_it(quiz, person, give) -> None:
    give(5)
    attempt = start(quiz, person=person, now=NOON)
    # As if the start had read the row a moment before the gift.
    Attempt.objects.filter(pk=attempt.pk).update(deadline_at=NOON + 10 * MINUTE)

    again = give(5, now=NOON + MINUTE)

    assert (again.is_new, again.deadline_at) == (False, NOON + 15 * MINUTE)
    assert AuditEntry.objects.filter(action="extra_time.give").count() == 1


def test_no_extra_time_reaches_past_the_closing(quiz, person, give) -> None:
    Quiz.objects.update(closes_at=NOON + 12 * MINUTE)
    quiz.refresh_from_db()
    attempt = start(quiz, person=person, now=NOON)

    given = give(5)

    assert (given.deadline_at, given.is_cut) == (NOON + 12 * MINUTE, True)
    assert "trước khi số phút thêm bắt đầu được tính" in refused(give, 9)
    attempt.refresh_from_db()
    assert attempt.deadline_at == NOON + 12 * MINUTE


@pytest.mark.parametrize(
    ("closes", "said"),
    [(NOON, "Phần thi đã đóng."), (NOON + 10 * MINUTE, "Chỉ có thể dời giờ đóng phần thi.")],
)
def test_where_the_closing_comes_first_nothing_is_stored(quiz, give, closes, said) -> None:
    Quiz.objects.update(closes_at=closes)
    quiz.refresh_from_db()

    assert said in refused(give, 5)
    assert not ExtraTime.objects.exists()
    assert not AuditEntry.objects.filter(action="extra_time.give").exists()


def test_before_the_opening_the_whole_window_is_looked_at(quiz, person, give) -> None:
    Quiz.objects.update(opens_at=NOON + HOUR, closes_at=NOON + HOUR + 12 * MINUTE)
    quiz.refresh_from_db()

    assert give(5).is_cut
    begun = start(quiz, person=person, now=NOON + HOUR)
    assert begun.deadline_at == NOON + HOUR + 12 * MINUTE


def test_a_shorter_duration_meanwhile_takes_nothing_of_the_gift(quiz, person, give) -> None:
    start(quiz, person=person, now=NOON)
    Quiz.objects.update(duration_seconds=60)
    quiz.refresh_from_db()

    assert give(2).deadline_at == NOON + 12 * MINUTE


@pytest.mark.parametrize("minutes", [-1, 121])
def test_an_amount_out_of_bounds_is_refused(give, minutes) -> None:
    with pytest.raises((ValidationError, extra_time.ExtraTimeRefused)):
        give(minutes)
    assert not ExtraTime.objects.exists()


def test_a_gift_has_a_reason(give) -> None:
    with pytest.raises(ReasonMissing):
        give(5, reason=" ")
    assert not ExtraTime.objects.exists()


def test_extra_time_costs_the_start_no_query(quiz, person, give) -> None:
    other = make_participant(quiz.contest)
    start(quiz, now=NOON)  # what the first one of all has to warm up
    with CaptureQueriesContext(connection) as without:
        start(quiz, person=other, now=NOON)
    give(5)
    with CaptureQueriesContext(connection) as having:
        assert start(quiz, person=person, now=NOON).deadline_at == NOON + 15 * MINUTE

    assert len(having) == len(without)


def together(*verbs) -> None:
    """Run these at one moment, each on a connection of its own."""
    barrier = threading.Barrier(len(verbs))

    def act(verb) -> None:
        try:
            barrier.wait(30)
            with suppress(extra_time.ExtraTimeRefused):
                verb()
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_gift_and_a_handing_in_at_one_moment_leave_a_sealed_attempt() -> None:
    quiz = make_quiz()
    gift = partial(extra_time.give, quiz=quiz, seconds=300, reason="x", now=timezone.now())
    gift = partial(gift, by=make_organizer(quiz.contest))
    attempts = [start(quiz) for _round in range(5)]

    for attempt in attempts:
        together(
            partial(gift, participant=attempt.participant),
            partial(attempt.submit, now=timezone.now()),
        )

    for stored in Attempt.objects.all():
        assert stored.state == "submitted"
        assert stored.seal == seal_of(stored, {})


def test_the_sweep_waits_for_the_longer_time(person, give) -> None:
    quiz, now = make_quiz(make_contest("khac")), timezone.now()
    attempt = start(quiz, now=now - 11 * MINUTE)
    give(5, now=attempt.started_at, participant=attempt.participant, quiz=quiz)

    end_overdue_attempts()

    attempt.refresh_from_db()
    assert attempt.is_running


# --- the page -------------------------------------------------------------------------------------


@pytest.fixture
def open_quiz() -> Quiz:
    return make_quiz(make_contest())


@pytest.fixture
def somebody(open_quiz, client):
    client.force_login(make_organizer(open_quiz.contest, "Trần Thị Lý"))
    return make_participant(open_quiz.contest)


def address(person) -> str:
    return f"/admin/contests/participant/{person.pk}/extra-time/"


def test_the_page_gives_minutes_and_the_person_shows_them(client, open_quiz, somebody) -> None:
    attempt = start(open_quiz, person=somebody)
    person_page = f"/admin/contests/participant/{somebody.pk}/change/"
    assert address(somebody) in client.get(person_page).text
    assert "Đang làm bài, hết giờ lúc" in client.get(address(somebody)).text

    data = {"quiz": open_quiz.pk, "minutes": "5", "reason": "Khuyết tật vận động"}
    answer = client.post(address(somebody), data, follow=True)

    assert "thêm 5 phút; lượt thi đang làm kết thúc lúc" in answer.text
    assert "Phần thi trắc nghiệm: 5 phút (Khuyết tật vận động; Trần Thị Lý" in answer.text
    ends = attempt.deadline_at + 5 * MINUTE
    attempt.refresh_from_db()
    assert attempt.deadline_at == ends
    client.force_login(somebody.user)
    own = client.get(f"/{open_quiz.contest.slug}/quiz/").text
    assert "15 phút" in own
    assert "Thời gian làm bài của anh/chị đã gồm 5 phút do Ban Tổ chức cho thêm." in own


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"minutes": "0"}, "minutes"),
        ({"minutes": "-5"}, "minutes"),
        ({"minutes": "121"}, "minutes"),
        ({"minutes": "9" * 30}, "minutes"),
        ({"minutes": "năm"}, "minutes"),
        ({"reason": " "}, "reason"),
        ({"reason": "x\0y"}, "reason"),
        ({"quiz": ""}, "quiz"),
        ({"quiz": "0"}, "quiz"),
        ({"quiz": "9" * 30}, "quiz"),
        ({"quiz": "a\0b"}, "quiz"),
    ],
)
def test_what_cannot_be_given_is_said_and_stores_nothing(
    client, open_quiz, somebody, changes, field
) -> None:
    data = {"quiz": open_quiz.pk, "minutes": "5", "reason": "Lý do", **changes}

    answer = client.post(address(somebody), data)

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert not ExtraTime.objects.exists()


def test_a_quiz_of_another_contest_cannot_be_chosen(client, somebody) -> None:
    foreign = make_quiz(make_contest("khac"))

    answer = client.post(address(somebody), {"quiz": foreign.pk, "minutes": "5", "reason": "Lý do"})

    assert list(answer.context["form"].errors) == ["quiz"]


def test_the_page_says_plainly_where_it_cannot_help(client, open_quiz, somebody) -> None:
    Quiz.objects.update(closes_at=timezone.now() + 8 * MINUTE)

    assert "Chỉ có thể dời giờ đóng phần thi." in client.get(address(somebody)).text
    data = {"quiz": open_quiz.pk, "minutes": "5", "reason": "Lý do"}
    assert "Chỉ có thể dời giờ đóng phần thi." in client.post(address(somebody), data).text
    assert not ExtraTime.objects.exists()


def test_more_quizzes_cost_the_page_no_more_queries(client, open_quiz, somebody) -> None:
    client.get(address(somebody))
    with CaptureQueriesContext(connection) as one:
        client.get(address(somebody))
    for number in range(2, 5):
        start(make_quiz(open_quiz.contest, slug=f"quiz-{number}"), person=somebody)
    with CaptureQueriesContext(connection) as four:
        client.get(address(somebody))
    assert len(four) == len(one)


def test_extra_time_is_the_organizers_of_the_contest(client, somebody) -> None:
    client.force_login(make_organizer(make_contest("khac"), "Người khác"))
    assert client.get(address(somebody)).status_code == 404
    client.force_login(somebody.user)
    assert client.post(address(somebody)).status_code == 302
    assert not ExtraTime.objects.exists()
