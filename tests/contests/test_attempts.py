"""The life of an attempt: start, save, hand in, the end by the clock, each at its very edge."""

import datetime as dt

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from contests import saving, tokens
from contests.clock import database_now
from contests.models import Answer, Attempt, AttemptOver, Exclusion, Quiz, StartRefused
from contests.tasks import end_overdue_attempts
from tests.contests.quizzes import (
    HOUR,
    MINUTE,
    SECOND,
    TICK,
    make_participant,
    make_quiz,
    start,
    stored,
)
from tests.make import make_contest, make_judge, make_organizer

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 2, 5, 0, tzinfo=dt.UTC)
GRACE = 5 * SECOND


def save(attempt: Attempt, position: int, choice: int, revision: int = 1, *, now: dt.datetime):
    writer = tokens.read(tokens.make(attempt))
    return saving.save(writer, saving.Save(position, choice, revision), now=now)


@pytest.fixture
def attempt() -> Attempt:
    """A running attempt of ten minutes that began at NOON."""
    return start(make_quiz(now=NOON), now=NOON)


# --- starting -------------------------------------------------------------------------------------


def test_start_stores_paper_and_deadline(attempt: Attempt) -> None:
    assert attempt.started_at == NOON
    assert attempt.deadline_at == NOON + 10 * MINUTE
    assert [len(item["c"]) for item in attempt.paper] == [4, 4, 4]
    assert attempt.number == 1
    assert len(attempt.receipt) == 14


def test_a_late_start_ends_when_the_quiz_closes() -> None:
    quiz = make_quiz(now=NOON, closes_at=NOON + 6 * MINUTE)

    assert start(quiz, now=NOON).deadline_at == NOON + 6 * MINUTE


def test_another_start_gives_the_same_paper_and_deadline(attempt: Attempt) -> None:
    again = Attempt.start(participant=attempt.participant, quiz=attempt.quiz, now=NOON + 3 * MINUTE)

    assert again == attempt
    assert (again.paper, again.deadline_at) == (attempt.paper, attempt.deadline_at)
    assert Attempt.objects.count() == 1


def test_a_changed_setting_never_shortens_a_running_attempt(attempt: Attempt) -> None:
    Quiz.objects.update(duration_seconds=60)

    assert save(attempt, 0, 1, now=NOON + 9 * MINUTE).saved_at == NOON + 9 * MINUTE


@pytest.mark.parametrize(
    ("moment", "starts"),
    [
        (NOON - TICK, False),
        (NOON, True),
        (NOON + TICK, True),
        (NOON + HOUR - TICK, True),
        (NOON + HOUR, False),
        (NOON + HOUR + TICK, False),
    ],
)
def test_the_window_is_half_open(moment: dt.datetime, starts: bool) -> None:
    quiz = make_quiz(now=NOON, opens_at=NOON, closes_at=NOON + HOUR)
    person = make_participant(quiz.contest)

    if starts:
        assert start(quiz, person=person, now=moment).deadline_at <= NOON + HOUR
    else:
        with pytest.raises(StartRefused):
            start(quiz, person=person, now=moment)
        assert not Attempt.objects.exists()


def test_the_only_attempt_cannot_be_repeated(attempt: Attempt) -> None:
    attempt.submit(now=NOON + MINUTE)

    with pytest.raises(StartRefused, match="lượt|attempts"):
        start(attempt.quiz, person=attempt.participant, now=NOON + 2 * MINUTE)


@pytest.mark.parametrize(("allowed", "possible"), [(2, 2), (0, 4)])
def test_attempts_are_counted(allowed: int, possible: int) -> None:
    quiz = make_quiz(now=NOON, attempts_allowed=allowed)
    person = make_participant(quiz.contest)
    for number in range(1, possible + 1):
        attempt = start(quiz, person=person, now=NOON)
        assert attempt.number == number
        attempt.submit(now=NOON + SECOND)

    if allowed:
        with pytest.raises(StartRefused):
            start(quiz, person=person, now=NOON)


def test_an_attempt_past_its_grace_is_ended_before_the_next_starts() -> None:
    quiz = make_quiz(now=NOON, attempts_allowed=2)
    first = start(quiz, now=NOON)

    second = start(quiz, person=first.participant, now=first.deadline_at + GRACE)

    first.refresh_from_db()
    assert first.state == Attempt.State.EXPIRED
    assert second.number == 2


def test_in_the_grace_a_start_leads_to_the_ending_attempt() -> None:
    quiz = make_quiz(now=NOON, attempts_allowed=2)
    first = start(quiz, now=NOON)

    assert start(quiz, person=first.participant, now=first.deadline_at + GRACE - TICK) == first


def test_a_disqualified_person_cannot_start() -> None:
    quiz = make_quiz(now=NOON)
    person = make_participant(quiz.contest, disqualified_reason="Thi hộ")

    with pytest.raises(StartRefused):
        start(quiz, person=person, now=NOON)


@pytest.mark.parametrize("same", ["phone", "staff_code"])
def test_who_is_on_the_exclusion_list_cannot_start(same: str) -> None:
    quiz = make_quiz(now=NOON)
    person = make_participant(quiz.contest, phone="0901234567", staff_code="CB-17")
    Exclusion.objects.create(
        contest=quiz.contest, full_name="Ai đó", **{same: getattr(person, same)}
    )

    with pytest.raises(StartRefused):
        start(quiz, person=person, now=NOON)


@pytest.mark.parametrize("make_staff", [make_organizer, make_judge])
def test_organizers_and_judges_cannot_start(make_staff) -> None:
    quiz = make_quiz(now=NOON)
    person = make_participant(quiz.contest, phone="0901234567")
    staff = make_staff(quiz.contest)
    user = getattr(staff, "user", staff)
    user.phone = person.phone
    user.save()

    with pytest.raises(StartRefused):
        start(quiz, person=person, now=NOON)


def test_staff_and_exclusions_of_another_contest_do_not_matter() -> None:
    quiz = make_quiz(now=NOON)
    person = make_participant(quiz.contest, phone="0901234567", staff_code="")
    other = make_contest("khac")
    make_organizer(other, phone=person.phone)
    Exclusion.objects.create(contest=other, full_name="Ai đó", phone=person.phone)
    # People without a staff code are not all one person.
    Exclusion.objects.create(contest=quiz.contest, full_name="Ai đó", phone="0907654321")

    assert start(quiz, person=person, now=NOON).is_running


def test_a_bank_that_is_too_small_is_said() -> None:
    quiz = make_quiz(now=NOON)
    quiz.blueprint.update(count=4)

    with pytest.raises(StartRefused):
        start(quiz, now=NOON)


# --- saving ---------------------------------------------------------------------------------------


def test_an_answer_is_stored_as_what_was_shown() -> None:
    quiz = make_quiz(now=NOON, shuffle_questions=True, shuffle_choices=True)
    attempt = start(quiz, now=NOON)

    save(attempt, 2, 3, now=NOON + SECOND)

    answer = Answer.objects.get()
    assert answer.question_id == attempt.paper[2]["q"]
    assert answer.choice_id == attempt.paper[2]["c"][3]
    assert (answer.saved_at, answer.revision, answer.generation) == (NOON + SECOND, 1, 1)


def test_the_newest_revision_wins_and_touches_no_other_answer(attempt: Attempt) -> None:
    save(attempt, 0, 1, 1, now=NOON)
    save(attempt, 1, 2, 2, now=NOON)
    save(attempt, 0, 3, 3, now=NOON)

    assert stored(attempt) == {0: 3, 1: 2}


def test_an_older_revision_changes_nothing_and_gets_the_current_answer(attempt: Attempt) -> None:
    save(attempt, 0, 3, 7, now=NOON)

    with pytest.raises(saving.Stale) as refused:
        save(attempt, 0, 1, 6, now=NOON + SECOND)

    assert refused.value.current == saving.Save(0, 3, 7)
    assert stored(attempt) == {0: 3}


def test_the_same_revision_with_another_choice_is_stale(attempt: Attempt) -> None:
    save(attempt, 0, 3, 7, now=NOON)

    with pytest.raises(saving.Stale):
        save(attempt, 0, 1, 7, now=NOON)


def test_a_repeated_save_is_answered_like_the_first(attempt: Attempt) -> None:
    save(attempt, 0, 3, 7, now=NOON)

    again = save(attempt, 0, 3, 7, now=NOON + MINUTE)

    assert (again.saved_at, again.now) == (NOON, NOON + MINUTE)


def test_a_later_writer_wins_with_a_lower_revision(attempt: Attempt) -> None:
    save(attempt, 0, 3, 7, now=NOON)
    attempt.take_over(holder="another", now=NOON)

    save(attempt, 0, 1, 1, now=NOON)

    assert stored(attempt) == {0: 1}


def test_an_older_writer_is_refused(attempt: Attempt) -> None:
    old = tokens.read(tokens.make(attempt))
    attempt.take_over(holder="another", now=NOON)

    with pytest.raises(saving.AnotherWriter):
        saving.save(old, saving.Save(0, 1, 1), now=NOON)

    assert stored(attempt) == {}


@pytest.mark.parametrize(("position", "choice"), [(3, 0), (0, 4), (999, 999)])
def test_a_place_outside_the_paper_is_refused(attempt: Attempt, position: int, choice: int) -> None:
    with pytest.raises(saving.NoSuchPlace):
        save(attempt, position, choice, now=NOON)


@pytest.mark.parametrize(
    ("after_deadline", "counts"),
    [
        (-TICK, True),
        (0 * TICK, True),
        (TICK, True),
        (GRACE - TICK, True),
        (GRACE, False),
        (GRACE + TICK, False),
    ],
)
def test_saves_count_until_the_grace_has_passed(
    attempt: Attempt, after_deadline: dt.timedelta, counts: bool
) -> None:
    moment = attempt.deadline_at + after_deadline

    if counts:
        save(attempt, 0, 1, now=moment)
        assert stored(attempt) == {0: 1}
    else:
        with pytest.raises(AttemptOver):
            save(attempt, 0, 1, now=moment)
        assert stored(attempt) == {}


def test_the_grace_holds_for_a_deadline_on_a_whole_second() -> None:
    attempt = start(make_quiz(now=NOON), now=NOON)
    assert attempt.deadline_at.microsecond == 0

    save(attempt, 0, 1, now=attempt.deadline_at + GRACE - TICK)

    assert stored(attempt) == {0: 1}


def test_without_a_given_time_the_database_tells_it() -> None:
    attempt = start(make_quiz(), now=database_now())
    before = database_now()

    saved = saving.save(tokens.read(tokens.make(attempt)), saving.Save(0, 1, 1))

    assert before <= saved.saved_at <= database_now()
    assert Answer.objects.get().saved_at == saved.saved_at


def test_without_a_given_time_a_passed_deadline_is_noticed() -> None:
    past = timezone.now() - HOUR
    attempt = start(make_quiz(now=past), now=past)

    with pytest.raises(AttemptOver):
        saving.save(tokens.read(tokens.make(attempt)), saving.Save(0, 1, 1))


def test_after_handing_in_every_save_is_refused(attempt: Attempt) -> None:
    save(attempt, 0, 1, now=NOON)
    attempt.submit(now=NOON + MINUTE)

    with pytest.raises(AttemptOver):
        save(attempt, 0, 2, 2, now=NOON + MINUTE)

    assert stored(attempt) == {0: 1}


# --- the end --------------------------------------------------------------------------------------


def test_handing_in_grades_what_is_saved(attempt: Attempt) -> None:
    save(attempt, 0, 1, 1, now=NOON)
    save(attempt, 1, 0, 2, now=NOON)

    assert attempt.submit(now=NOON + dt.timedelta(seconds=64, microseconds=900)) is True

    assert attempt.state == Attempt.State.SUBMITTED
    assert (attempt.correct, attempt.questions, attempt.duration_ms) == (1, 3, 64_000)
    assert attempt.seal


def test_handing_in_twice_gives_the_first_result(attempt: Attempt) -> None:
    attempt.submit(now=NOON + MINUTE)
    first = (attempt.finished_at, attempt.seal)

    assert attempt.submit(now=NOON + 2 * MINUTE) is False

    assert (attempt.finished_at, attempt.seal) == first


@pytest.mark.parametrize(
    ("after_deadline", "finished", "state"),
    [
        (-TICK, -TICK, "submitted"),
        (0 * TICK, 0 * TICK, "submitted"),
        (TICK, 0 * TICK, "submitted"),
        (GRACE - TICK, 0 * TICK, "submitted"),
        (GRACE, 0 * TICK, "expired"),
        (GRACE + HOUR, 0 * TICK, "expired"),
    ],
)
def test_from_the_deadline_on_an_attempt_ends_at_its_deadline(
    attempt: Attempt, after_deadline: dt.timedelta, finished: dt.timedelta, state: str
) -> None:
    attempt.submit(now=attempt.deadline_at + after_deadline)

    assert attempt.finished_at == attempt.deadline_at + finished
    assert attempt.state == state


def test_taking_over_ends_with_the_deadline(attempt: Attempt) -> None:
    attempt.take_over(holder="another", now=attempt.deadline_at - TICK)
    with pytest.raises(AttemptOver):
        attempt.take_over(holder="another", now=attempt.deadline_at)


@pytest.mark.parametrize(("after_grace", "ends"), [(-TICK, False), (0 * TICK, True), (TICK, True)])
def test_a_read_ends_only_what_is_past_its_grace(
    attempt: Attempt, after_grace: dt.timedelta, ends: bool
) -> None:
    attempt.settle(now=attempt.deadline_at + GRACE + after_grace)

    assert attempt.is_running is not ends


def test_the_sweep_ends_what_nobody_handed_in() -> None:
    now = timezone.now()
    quiz = make_quiz(now=now)
    running = start(quiz, now=now)
    in_grace = start(quiz, now=now - 10 * MINUTE - SECOND)
    overdue = start(quiz, now=now - 11 * MINUTE)
    save(overdue, 0, 1, now=now - 10 * MINUTE)

    assert end_overdue_attempts() == 1

    for attempt in (running, in_grace, overdue):
        attempt.refresh_from_db()
    assert [running.state, in_grace.state, overdue.state] == ["running", "running", "expired"]
    assert overdue.finished_at == overdue.deadline_at
    assert overdue.correct == 1


def test_one_bad_attempt_never_stops_the_sweep(caplog: pytest.LogCaptureFixture) -> None:
    past = timezone.now() - 30 * MINUTE
    quiz = make_quiz(now=past)
    bad, good = start(quiz, now=past), start(quiz, now=past)
    Attempt.objects.filter(pk=bad.pk).update(paper=[{"broken": True}])

    assert end_overdue_attempts() == 1

    good.refresh_from_db()
    assert good.state == Attempt.State.EXPIRED
    assert f"attempt {bad.pk} could not be ended" in caplog.text


def test_the_clock_of_this_host_counts_on_sqlite_alone() -> None:
    attempt = start(make_quiz(), now=database_now())
    with time_machine.travel(timezone.now() + 2 * HOUR, tick=True):
        attempt.settle(now=database_now())

    assert attempt.is_running is (connection.vendor == "postgresql")


# --- tokens ---------------------------------------------------------------------------------------


def test_a_token_names_attempt_and_writer(attempt: Attempt) -> None:
    writer = tokens.read(tokens.make(attempt))

    assert writer == tokens.Writer(attempt.pk, 1, attempt.writer)


@pytest.mark.parametrize("part", range(4))
def test_a_changed_token_is_refused(attempt: Attempt, part: int) -> None:
    parts = tokens.make(attempt).split(".")
    parts[part] = "7" + parts[part][1:] if parts[part][0] != "7" else "8" + parts[part][1:]

    with pytest.raises(tokens.BadToken):
        tokens.read(".".join(parts))


@pytest.mark.parametrize("text", ["", "x", "...", "1.1.abc", "1.1.abc."])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(tokens.BadToken):
        tokens.read(text)


def test_a_token_of_another_installation_is_refused(attempt: Attempt, settings) -> None:
    token = tokens.make(attempt)
    settings.SECRET_KEY = "another key"

    with pytest.raises(tokens.BadToken):
        tokens.read(token)


def test_two_running_attempts_of_one_person_are_impossible(attempt: Attempt) -> None:
    attempt.pk = None
    attempt.number, attempt.receipt = 2, "ANOTHER"

    with pytest.raises(Exception, match="attempt_one_running|UNIQUE"), transaction.atomic():
        attempt.save()
