"""What one attempt asks the database, request by request, however large bank and paper are."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccessCode, Consent
from contests import barring
from contests.models import Attempt, BlueprintRow, Choice, Question
from contests.models.starting import is_barred
from tests.contests.quizzes import make_participant, make_quiz

pytestmark = pytest.mark.django_db
# The clock of the database is asked once a request; SQLite has none of its own.
CLOCK = int(connection.vendor == "postgresql")


def asked(client: Client, method: str, url: str, *, status: int = 302) -> list[str]:
    """Return the statements of one request, without those that only bound a test's transaction."""
    with CaptureQueriesContext(connection) as queries:
        assert getattr(client, method)(url).status_code == status
    statements = [query["sql"] for query in queries]
    return [sql for sql in statements if not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN"))]


@pytest.fixture(params=[3, 15])
def quiz(request: pytest.FixtureRequest):
    return make_quiz(questions=request.param)


@pytest.fixture
def client(quiz) -> Client:
    """A browser in which somebody signed in by the link of the access code."""
    person = make_participant(quiz.contest)
    code = AccessCode.objects.issue(user=person.user, by=None, now=timezone.now())
    client = Client()
    client.post(f"/enter/{code.link_token}/", {"consent": "on"})
    return client


def test_an_attempt_from_start_to_result(client: Client, quiz) -> None:
    start = asked(client, "post", f"/{quiz.contest.slug}/quiz/{quiz.slug}/start/")
    attempt = Attempt.objects.get()
    page = f"/{quiz.contest.slug}/attempts/{attempt.pk}/"
    paper = asked(client, "get", page, status=200)
    again = asked(client, "get", page, status=200)
    submit = asked(client, "post", f"{page}submit/")

    # Who asks (2); quiz, standing, running one, barred, blueprint, questions, choices; write.
    assert len(start) == 10 + CLOCK
    # Who asks (2), attempt, answers; the texts only while they are not kept.
    assert len(paper) == 6 + CLOCK
    assert len(again) == 4 + CLOCK
    # Who asks (2), attempt; lock, answers, key, write.
    assert len(submit) == 7 + CLOCK
    for statements in (start, paper, again, submit):
        written = [sql for sql in statements if not sql.startswith(("SELECT", "(SELECT"))]
        assert not any("django_session" in sql or "accounts_user" in sql for sql in written)
    assert len([sql for sql in start if sql.startswith("INSERT")]) == 1
    assert len([sql for sql in submit if sql.startswith("UPDATE")]) == 1


def test_signing_in_writes_each_thing_once(quiz) -> None:
    person = make_participant(quiz.contest, phone="0987654321")
    code = AccessCode.objects.issue(user=person.user, by=None, now=timezone.now())
    client = Client()

    for _ in range(2):
        client.post(f"/enter/{code.link_token}/", {"consent": "on"})

    assert Consent.objects.filter(user=person.user).count() == 1
    first_used_at = AccessCode.objects.get(user=person.user).first_used_at
    assert first_used_at is not None
    client.post(f"/enter/{code.link_token}/")
    assert AccessCode.objects.get(user=person.user).first_used_at == first_used_at


def test_who_loses_the_account_is_out_at_once(client: Client, quiz) -> None:
    page = f"/{quiz.contest.slug}/quiz/"
    person = quiz.contest.participants.get()
    assert client.get(page).status_code == 200

    type(person.user).objects.filter(pk=person.user_id).update(is_active=False)

    assert client.get(page).status_code == 302


def test_a_contest_that_is_withdrawn_is_gone_at_once(client: Client, quiz) -> None:
    page = f"/{quiz.contest.slug}/quiz/"
    assert client.get(page).status_code == 200

    type(quiz.contest).objects.filter(pk=quiz.contest_id).update(is_announced=False)

    assert client.get(page).status_code == 404


def test_every_change_of_the_bank_holds_for_the_next_start(quiz) -> None:
    """Nothing of a bank may be remembered that an organizer has changed since (rules: Q2)."""
    first, second, third, *rest = Question.objects.order_by("number")
    Question.objects.filter(pk__in=[question.pk for question in rest]).update(is_active=False)
    make_bank_of(quiz, 2)

    def drawn() -> set[int]:
        return {item["q"] for seed in range(12) for item in quiz.draw_paper(str(seed))}

    assert drawn() == {first.pk, second.pk, third.pk}
    Question.objects.filter(pk=first.pk).update(is_active=False)
    assert drawn() == {second.pk, third.pk}
    # As many as before, and others.
    Question.objects.filter(pk=first.pk).update(is_active=True)
    Question.objects.filter(pk=second.pk).update(is_active=False)
    assert drawn() == {first.pk, third.pk}
    Question.objects.filter(pk=second.pk).update(is_active=True)
    Question.objects.filter(pk__in=[first.pk, second.pk]).update(exclusion_group="một")
    assert all(
        not {first.pk, second.pk} <= {item["q"] for item in quiz.draw_paper(str(seed))}
        for seed in range(12)
    )


def test_changed_choices_hold_for_the_next_start(quiz) -> None:
    quiz.shuffle_choices = True
    question = Question.objects.get(number=1)
    Question.objects.exclude(pk=question.pk).update(is_active=False)
    make_bank_of(quiz, 1)
    last = question.choices.get(position=0)
    assert len({quiz.draw_paper(str(seed))[0]["c"][-1] for seed in range(30)}) > 1

    Choice.objects.filter(pk=last.pk).update(keep_last=True)
    assert {quiz.draw_paper(str(seed))[0]["c"][-1] for seed in range(30)} == {last.pk}

    Choice.objects.filter(pk=last.pk).delete()
    assert {len(quiz.draw_paper(str(seed))[0]["c"]) for seed in range(3)} == {3}


def make_bank_of(quiz, count: int) -> None:
    """Let the quiz draw so many questions of what its bank has."""
    BlueprintRow.objects.filter(quiz=quiz).update(count=count)


def test_who_is_put_on_the_exclusion_list_is_barred_at_once(quiz) -> None:
    person = make_participant(quiz.contest, phone="0912000111")
    assert not is_barred(person)

    # As an organizer may have typed it elsewhere.
    entry = quiz.contest.exclusions.create(full_name="Ai đó", phone="+84 912.000.111")
    assert is_barred(person)
    assert ("phone", "0912000111") in barring.barred_marks(quiz.contest)

    entry.delete()
    assert not is_barred(person)


def test_the_bank_to_practise_on_is_another_one(quiz) -> None:
    practice = make_quiz(quiz.contest, slug="thu", questions=1, is_practice=True)
    make_bank_question(quiz.contest)

    own = {item["q"] for item in practice.draw_paper("1")}
    counted = {item["q"] for item in quiz.draw_paper("1")}

    assert own == set(Question.objects.filter(is_practice=True).values_list("pk", flat=True))
    assert not own & counted


def make_bank_question(contest) -> None:
    question = Question.objects.create(contest=contest, number=1, text="Thử?", is_practice=True)
    Choice.objects.create(question=question, position=0, text="Đúng", is_correct=True)
    Choice.objects.create(question=question, position=1, text="Sai")


def test_a_larger_bank_takes_the_same_statements(client: Client, quiz) -> None:
    before = Question.objects.count()
    questions = make_bank_rows(quiz.contest, first=before + 1, count=40)
    assert questions == 40

    start = asked(client, "post", f"/{quiz.contest.slug}/quiz/{quiz.slug}/start/")

    assert len(start) == 10 + CLOCK


def make_bank_rows(contest, *, first: int, count: int) -> int:
    made = Question.objects.bulk_create(
        Question(contest=contest, number=number, text=f"Câu {number}?")
        for number in range(first, first + count)
    )
    Choice.objects.bulk_create(
        Choice(question=question, position=place, text=str(place), is_correct=place == 0)
        for question in made
        for place in range(4)
    )
    return len(made)
