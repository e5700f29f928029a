"""Changes of what a result depends on are compared and kept with their reason (rules: C4)."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from contests import bank, freezing
from contests.models import Attempt, Question, SettingChange
from tests.contests.quizzes import make_bank, make_quiz, start
from tests.make import make_contest, make_organizer

pytestmark = pytest.mark.django_db


def choices(*texts, right=0):
    return [bank.ChoiceText(text, place == right, False) for place, text in enumerate(texts)]


def values(text, **more):
    return {
        "topic": "",
        "difficulty": "easy",
        "text": text,
        "legal_basis": "",
        "explanation": "",
        "exclusion_group": "",
        "fixed_order": False,
        "is_active": True,
        **more,
    }


def record(contest, changes, *, frozen, reason, by):
    freezing.record_changes(
        contest=contest,
        target="quiz quiz-1",
        changes=changes,
        frozen=frozen,
        reason=reason,
        by=by,
        now=timezone.now(),
    )


def test_only_what_differs_is_a_change():
    changes = freezing.changes_of({"a": 1, "b": 2}, {"a": 1, "b": 3}, ("a", "b"))
    assert changes == [freezing.Change("b", 2, 3)]


def test_a_row_that_is_new_changes_from_nothing():
    assert freezing.changes_of(None, {"a": 1}, ("a",)) == [freezing.Change("a", None, 1)]


def test_instants_are_compared_as_the_page_shows_them():
    quiz = make_quiz()
    quiz.opens_at = dt.datetime(2026, 11, 1, 7, 0, 0, 123, tzinfo=dt.UTC)
    assert freezing.values_of(quiz, ("opens_at",)) == {"opens_at": "2026-11-01T07:00:00+00:00"}


def test_a_frozen_change_without_a_reason_is_refused_and_nothing_is_kept():
    contest = make_contest()
    change = [freezing.Change("duration_seconds", 600, 900)]
    with pytest.raises(freezing.ReasonMissing):
        record(contest, change, frozen=True, reason="  ", by=make_organizer(contest))
    assert not SettingChange.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_frozen_change_is_kept_for_the_results_and_in_the_log():
    contest = make_contest()
    lý = make_organizer(contest)
    record(
        contest,
        [freezing.Change("duration_seconds", 600, 900)],
        frozen=True,
        reason=" Mạng chậm ",
        by=lý,
    )
    kept = SettingChange.objects.get()
    assert (kept.target, kept.before, kept.after) == ("quiz quiz-1 duration_seconds", 600, 900)
    assert (kept.reason, kept.by, kept.contest) == ("Mạng chậm", lý, contest)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before) == ("setting.change", {"duration_seconds": 600})
    assert (entry.contest, entry.reason) == (contest.slug, "Mạng chậm")


def test_a_change_before_freezing_is_in_the_log_only():
    contest = make_contest()
    change = [freezing.Change("duration_seconds", 600, 900)]
    record(contest, change, frozen=False, reason="", by=make_organizer(contest))
    assert not SettingChange.objects.exists()
    assert AuditEntry.objects.get().after == {"duration_seconds": 900}


def test_no_change_leaves_no_trace():
    contest = make_contest()
    record(contest, [], frozen=True, reason="", by=make_organizer(contest))
    assert not AuditEntry.objects.exists()


def revise(question, by, *, text="Câu mới?", reason="", active=True):
    return bank.revise(
        question=question,
        values=values(text, is_active=active),
        choices=choices("Một", "Hai"),
        reason=reason,
        by=by,
        now=timezone.now(),
    )


def test_an_unused_question_changes_in_place():
    contest = make_contest()
    make_bank(contest, 1)
    question = contest.questions.get()
    made = revise(question, make_organizer(contest))
    assert (made.pk, made.version) == (question.pk, 1)
    stored = contest.questions.get()
    assert (stored.text, stored.search_key) == ("Câu mới?", "cau moi?")
    assert [c.text for c in stored.choices.order_by("position")] == ["Một", "Hai"]


def test_a_question_on_a_paper_gets_a_new_version_and_the_old_one_stays():
    quiz = make_quiz(questions=1)
    start(quiz)
    question = quiz.contest.questions.get()
    before = (question.text, question.choices.count())
    made = revise(question, make_organizer(quiz.contest), reason="Sai chính tả")
    old = Question.objects.get(pk=question.pk)
    assert (old.text, old.choices.count(), old.is_current) == (*before, False)
    assert (made.number, made.version, made.is_current) == (question.number, 2, True)
    assert made.pk != old.pk
    assert quiz.draw_paper("x")[0]["q"] == made.pk
    assert AuditEntry.objects.get(action="question.change").reason == "Sai chính tả"


def test_an_edit_after_the_opening_needs_a_reason():
    quiz = make_quiz(questions=1)
    question = quiz.contest.questions.get()
    lý = make_organizer(quiz.contest)
    with pytest.raises(bank.ReasonMissing):
        revise(question, lý)
    made = revise(question, lý, reason="Rõ nghĩa hơn")
    assert made.pk == question.pk


def test_an_edit_of_a_used_question_needs_a_reason_even_when_the_opening_was_moved():
    quiz = make_quiz(questions=1)
    start(quiz)
    later = timezone.now() + dt.timedelta(days=1)
    type(quiz).objects.update(opens_at=later, closes_at=later + dt.timedelta(days=1))
    with pytest.raises(bank.ReasonMissing):
        revise(quiz.contest.questions.get(), make_organizer(quiz.contest))


def test_whether_it_may_be_drawn_is_no_new_version():
    quiz = make_quiz(questions=1)
    start(quiz)
    question = quiz.contest.questions.get()
    made = bank.revise(
        question=question,
        values={
            **{name: getattr(question, name) for name in bank.FIELDS},
            "is_active": False,
        },
        choices=[
            bank.ChoiceText(c.text, c.is_correct, c.keep_last)
            for c in question.choices.order_by("position")
        ],
        reason="",
        by=make_organizer(quiz.contest),
        now=timezone.now(),
    )
    assert (made.pk, made.is_active) == (question.pk, False)


@pytest.mark.parametrize(("paper", "used"), [("12", True), ("2", False), ("123", False)])
def test_a_paper_holds_a_question_by_its_whole_id(paper, used):
    quiz = make_quiz(questions=1)
    attempt = start(quiz)
    Attempt.objects.filter(pk=attempt.pk).update(paper=[{"q": 12, "c": [2, 123]}])
    question = Question(pk=int(paper), contest=quiz.contest)
    assert bank.is_used(question) is used
