"""A wrong key is mended once, for everybody, with a reason (rules: Q12)."""

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import AuditEntry
from contests import bank
from contests.freezing import ReasonMissing
from contests.grading import Graded
from contests.keys import Key, Mend, key_of, key_of_contest
from contests.models import Answer, Attempt, KeyChange, Question, Quiz, SettingChange
from contests.models.attempts import seal_of
from contests.regrading import MendRefused, mend_key, preview
from scoring.seals import raw_differences
from tests.contests.quizzes import HOUR, MINUTE, make_participant, make_quiz, start
from tests.make import make_contest, make_organizer

pytestmark = pytest.mark.django_db

A, B, C, D = range(4)  # the bank of tests has B as the right choice
NOBODY = None
KINDS = ["accept", "accept_all", "drop"]


@pytest.fixture
def quiz():
    return make_quiz(questions=3)


@pytest.fixture
def clerk(quiz):
    return make_organizer(quiz.contest)


def question(quiz, number=1):
    return Question.objects.get(contest=quiz.contest, number=number)


def choice(quiz, position, number=1):
    return question(quiz, number).choices.get(position=position)


def answer(attempt, *positions):
    """Store an answer to each question of the paper in its order; None leaves one open."""
    for item, position in zip(attempt.paper, positions, strict=True):
        if position is not None:
            Answer.objects.create(
                attempt=attempt,
                question_id=item["q"],
                choice=Question.objects.get(pk=item["q"]).choices.get(position=position),
                generation=1,
                revision=1,
                saved_at=attempt.started_at,
            )
    return attempt


def sat(quiz, *positions):
    """Somebody who answered so and handed in."""
    attempt = answer(start(quiz, now=timezone.now() - 5 * MINUTE), *positions)
    attempt.submit(now=timezone.now())
    return attempt


def result(attempt):
    attempt.refresh_from_db()
    return attempt.correct, attempt.questions


def mend(quiz, clerk, kind, position=None, number=1, **more):
    return mend_key(
        **{
            "question": question(quiz, number),
            "kind": kind,
            "choice": None if position is None else choice(quiz, position, number),
            "reason": "Văn bản đã được sửa đổi",
            "by": clerk,
            "now": timezone.now(),
            **more,
        }
    )


def foreseen(quiz, kind, position=None):
    return preview(
        question=question(quiz),
        kind=kind,
        choice=None if position is None else choice(quiz, position),
        now=timezone.now(),
    )


# --- the key


def test_a_key_is_read_with_everything_that_was_mended(quiz, clerk):
    one, two, three = (question(quiz, number) for number in (1, 2, 3))
    sat(quiz, B, B, B)
    mend(quiz, clerk, "accept", A)
    mend(quiz, clerk, "accept", D)
    mend(quiz, clerk, "accept_all", number=2)
    mend(quiz, clerk, "drop", number=3)
    expected = {
        one.pk: {choice(quiz, place).pk for place in (A, B, D)},
        two.pk: {choice(quiz, place, 2).pk for place in (A, B, C, D)},
        three.pk: {choice(quiz, B, 3).pk},
    }
    assert key_of([one.pk, two.pk, three.pk]) == Key(expected, frozenset({three.pk}))
    assert key_of_contest(quiz.contest_id) == Key(expected, frozenset({three.pk}))


def test_a_key_is_read_in_one_query(quiz, django_assert_num_queries):
    ids = list(quiz.contest.questions.values_list("pk", flat=True))
    with django_assert_num_queries(1):
        key_of(ids)
    with django_assert_num_queries(2):
        key_of_contest(quiz.contest_id)


def test_what_a_key_would_be_is_what_it_becomes(quiz, clerk):
    sat(quiz, A, B, B)
    for kind, position in (("accept", C), ("accept_all", None), ("drop", None)):
        one = question(quiz)
        wanted = choice(quiz, position).pk if position is not None else None
        would = key_of_contest(quiz.contest_id).mended(
            Mend(one.pk, kind, wanted), list(one.choices.values_list("pk", flat=True))
        )
        mend(quiz, clerk, kind, position)
        assert key_of_contest(quiz.contest_id) == would


# --- the regrade


@pytest.mark.parametrize(
    ("kind", "position", "after"),
    [
        # Four people: right, wrong by A, wrong by C, no answer; the other two questions right.
        ("accept", A, [(3, 3), (3, 3), (2, 3), (2, 3)]),
        ("accept_all", None, [(3, 3), (3, 3), (3, 3), (2, 3)]),
        ("drop", None, [(2, 2), (2, 2), (2, 2), (2, 2)]),
    ],
)
def test_everybody_with_the_question_is_graded_again(quiz, clerk, kind, position, after):
    people = [sat(quiz, first, B, B) for first in (B, A, C, NOBODY)]
    before = [result(attempt) for attempt in people]
    assert before == [(3, 3), (2, 3), (2, 3), (2, 3)]
    plan = foreseen(quiz, kind, position)

    done = mend(quiz, clerk, kind, position)

    assert [result(attempt) for attempt in people] == after
    changed = [
        (attempt.pk, Graded(*old), Graded(*new))
        for attempt, old, new in zip(people, before, after, strict=True)
        if old != new
    ]
    assert [(r.attempt_id, r.before, r.after) for r in plan.regrades] == changed
    assert (plan.finished, plan.running, plan.obstacles) == (4, 0, ())
    assert (done.is_new, done.finished, done.changed) == (True, 4, len(changed))
    assert raw_differences(quiz.contest) == []


def test_a_preview_writes_nothing(quiz, clerk):
    attempt = sat(quiz, A, B, B)
    seal = attempt.seal
    assert foreseen(quiz, "accept", A).regrades
    assert result(attempt) == (2, 3)
    assert attempt.seal == seal
    assert not KeyChange.objects.exists()
    assert not AuditEntry.objects.filter(action="question.mend_key").exists()


def test_only_what_a_result_is_made_of_changes(quiz, clerk):
    attempt = sat(quiz, A, B, B)
    kept = Attempt.objects.filter(pk=attempt.pk).values().get()
    mend(quiz, clerk, "accept", A)
    now = Attempt.objects.filter(pk=attempt.pk).values().get()
    assert {name for name in now if now[name] != kept[name]} == {"correct", "seal"}
    attempt.refresh_from_db()
    assert attempt.seal == seal_of(attempt, dict(attempt.answers.values_list("question", "choice")))


def test_attempts_without_the_question_are_left_alone(quiz, clerk):
    other = make_quiz(make_contest("khac"), questions=3)
    elsewhere, here = sat(other, A, B, B), sat(quiz, A, B, B)
    mend(quiz, clerk, "accept", A)
    assert (result(elsewhere), result(here)) == ((2, 3), (3, 3))


def test_only_the_version_that_is_named_is_mended(quiz, clerk):
    old = sat(quiz, A, B, B)
    first = question(quiz)
    choices = [bank.ChoiceText(c.text, c.is_correct, c.keep_last) for c in first.choices.all()]
    newer = bank.revise(
        question=first,
        values={"text": "Câu hỏi được viết lại?"},
        choices=choices,
        reason="Rõ hơn",
        by=clerk,
        now=timezone.now(),
    )
    new = sat(quiz, A, B, B)
    assert new.paper[0]["q"] == newer.pk
    mend_key(
        question=Question.objects.get(contest=quiz.contest, number=1, version=1),
        kind="drop",
        reason="Sai",
        by=clerk,
        now=timezone.now(),
    )
    assert (result(old), result(new)) == ((2, 2), (2, 3))


def test_a_running_attempt_obeys_at_its_end(quiz, clerk):
    running = answer(start(quiz), A, B, B)
    assert foreseen(quiz, "accept", A).running == 1
    assert mend(quiz, clerk, "accept", A).changed == 0
    running.refresh_from_db()
    assert (running.is_running, running.correct) == (True, None)
    running.submit(now=timezone.now())
    assert result(running) == (3, 3)
    assert raw_differences(quiz.contest) == []


def test_an_attempt_that_begins_later_obeys_too(quiz, clerk):
    sat(quiz, A, B, B)
    mend(quiz, clerk, "drop")
    assert result(sat(quiz, B, B, A)) == (1, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_twice_gives_the_same_as_once(quiz, clerk, kind):
    attempts = [sat(quiz, A, B, B), sat(quiz, NOBODY, B, C)]
    position = A if kind == "accept" else None
    first = mend(quiz, clerk, kind, position)
    once = list(Attempt.objects.order_by("pk").values())
    again = mend(quiz, clerk, kind, position, reason="Nhấn hai lần")
    assert (again.key_change, again.is_new, again.changed) == (first.key_change, False, 0)
    assert list(Attempt.objects.order_by("pk").values()) == once
    assert AuditEntry.objects.filter(action="question.mend_key").count() == 1
    assert SettingChange.objects.count() == KeyChange.objects.count() == 1
    assert len(attempts) == len(once)


def test_one_mending_follows_another(quiz, clerk):
    attempt = sat(quiz, A, C, B)
    mend(quiz, clerk, "accept", A)
    mend(quiz, clerk, "accept", C, number=2)
    assert result(attempt) == (3, 3)
    mend(quiz, clerk, "drop")
    assert result(attempt) == (2, 2)
    assert raw_differences(quiz.contest) == []


# --- what is kept


def test_reason_and_counts_are_in_the_log(quiz, clerk):
    sat(quiz, A, B, B)
    sat(quiz, B, B, B)
    mend(quiz, clerk, "accept", A, reason="  Nghị định mới ", address="10.0.0.7")
    entry = AuditEntry.objects.get(action="question.mend_key")
    assert (entry.target, entry.actor, entry.address) == (
        "question 1 version 1",
        clerk,
        "10.0.0.7",
    )
    assert entry.reason == KeyChange.objects.get().reason == "Nghị định mới"
    assert entry.before == {"key": "B", "correct": 5, "questions": 6}
    assert entry.after == {
        "mended": "accept",
        "key": "A, B",
        "correct": 6,
        "questions": 6,
        "attempts": 2,
        "changed": 1,
    }


def test_the_change_is_kept_to_be_printed_with_the_results(quiz, clerk):
    sat(quiz, A, B, B)
    mend(quiz, clerk, "accept", A)
    kept = SettingChange.objects.get()
    assert (kept.target, kept.before, kept.after) == (
        "question 1 1 key",
        None,
        {"kind": "accept", "choice": "A"},
    )


def test_a_key_of_the_practice_bank_is_mended_and_printed_nowhere(quiz, clerk):
    Quiz.objects.filter(pk=quiz.pk).update(is_practice=True)
    Question.objects.update(is_practice=True)
    quiz.refresh_from_db()
    attempt = sat(quiz, A, B, B)
    mend(quiz, clerk, "accept", A)
    assert result(attempt) == (3, 3)
    assert not SettingChange.objects.exists()


# --- refusals


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_reason_is_always_needed(quiz, clerk, reason):
    attempt = sat(quiz, A, B, B)
    with pytest.raises(ReasonMissing):
        mend(quiz, clerk, "accept", A, reason=reason)
    assert (result(attempt), KeyChange.objects.exists()) == ((2, 3), False)


def refused(quiz, clerk, kind, position=None, **more):
    """Mend in vain; everything has to be as before."""
    before = list(Attempt.objects.order_by("pk").values())
    changes = KeyChange.objects.count()
    with pytest.raises(MendRefused) as refusal, transaction.atomic():
        mend(quiz, clerk, kind, position, **more)
    assert list(Attempt.objects.order_by("pk").values()) == before
    assert KeyChange.objects.count() == changes
    (sentence,) = refusal.value.args[0]
    return sentence


@pytest.mark.parametrize(
    ("tampered", "found"), [({"seal": "0" * 64}, (2, 3)), ({"correct": 3}, (3, 3))]
)
def test_a_broken_seal_is_never_sealed_over(quiz, clerk, tampered, found):
    sound, broken = sat(quiz, A, B, B), sat(quiz, A, B, B)
    Attempt.objects.filter(pk=broken.pk).update(**tampered)
    assert broken.receipt in refused(quiz, clerk, "accept", A)
    assert broken.receipt in foreseen(quiz, "accept", A).obstacles[0]
    assert sound.receipt not in foreseen(quiz, "accept", A).obstacles[0]
    assert result(broken) == found


def test_an_answer_changed_by_hand_is_never_sealed_over(quiz, clerk):
    attempt = sat(quiz, C, B, B)
    attempt.answers.filter(choice=choice(quiz, C)).update(choice=choice(quiz, A))
    assert attempt.receipt in refused(quiz, clerk, "accept", A)


def test_a_key_changed_by_hand_is_not_taken_for_the_mended_one(quiz, clerk):
    """Question 2 was made right for everybody behind the program's back: not to be sealed in."""
    attempt = sat(quiz, A, C, B)
    question(quiz, 2).choices.update(is_correct=True)
    assert attempt.receipt in refused(quiz, clerk, "accept", A)


def test_many_broken_seals_are_counted_and_the_first_named(quiz, clerk):
    people = [sat(quiz, A, B, B) for _ in range(12)]
    Attempt.objects.update(seal="")
    sentence = refused(quiz, clerk, "accept", A)
    assert "12" in sentence
    assert [attempt.receipt in sentence for attempt in people] == [True] * 10 + [False] * 2


def test_no_paper_is_left_without_a_question(clerk, quiz):
    lone = sat(quiz, A, B, B)
    mend(quiz, clerk, "drop")
    mend(quiz, clerk, "drop", number=2)
    Quiz.objects.update(closes_at=timezone.now())
    assert lone.receipt in refused(quiz, clerk, "drop", number=3)
    assert result(lone) == (1, 1)


def test_no_running_paper_is_left_without_a_question(clerk, quiz):
    running = start(quiz)
    mend(quiz, clerk, "drop")
    mend(quiz, clerk, "drop", number=2)
    Question.objects.update(is_active=False)
    Quiz.objects.update(closes_at=timezone.now())
    assert running.receipt in refused(quiz, clerk, "drop", number=3)


def test_no_quiz_is_left_to_draw_dropped_questions_alone(clerk, quiz):
    """Three are drawn of three; a quiz of one question could draw the dropped one at any time."""
    Quiz.objects.create(
        contest=quiz.contest,
        slug="tuan-2",
        name="Tuần 2",
        opens_at=timezone.now() - HOUR,
        closes_at=timezone.now() + HOUR,
    ).blueprint.create(count=1)
    attempt = sat(quiz, A, B, B)
    assert "Tuần 2" in refused(quiz, clerk, "drop")
    Question.objects.filter(number=1).update(is_active=False)
    mend(quiz, clerk, "drop")
    assert result(attempt) == (2, 2)


def test_what_is_accepted_or_out_of_the_count_already_is_said_to_be_so(quiz, clerk):
    sat(quiz, A, B, B)
    assert refused(quiz, clerk, "accept", B)
    mend(quiz, clerk, "accept_all")
    assert refused(quiz, clerk, "accept", A)
    mend(quiz, clerk, "drop")
    assert refused(quiz, clerk, "accept", A)


def test_a_question_nobody_has_is_corrected_on_its_own_page(quiz, clerk):
    for kind, position in (("accept", A), ("accept_all", None), ("drop", None)):
        assert refused(quiz, clerk, kind, position)


def test_nonsense_is_refused(quiz, clerk):
    sat(quiz, A, B, B)
    assert refused(quiz, clerk, "accept")
    assert refused(quiz, clerk, "drop", A)
    assert refused(quiz, clerk, "forget")
    assert refused(quiz, clerk, "accept", choice=choice(quiz, A, 2))


# --- size


def test_the_work_grows_by_chunks_and_not_by_people(quiz, clerk, django_assert_max_num_queries):
    person = make_participant(quiz.contest)
    Quiz.objects.update(attempts_allowed=0)
    quiz.refresh_from_db()
    for _ in range(40):
        attempt = answer(start(quiz, person=person), A, B, B)
        attempt.submit(now=timezone.now())
    with django_assert_max_num_queries(12):
        foreseen(quiz, "accept", A)
    with django_assert_max_num_queries(30):
        assert mend(quiz, clerk, "accept", A).changed == 40


def test_chunks_leave_nobody_out(quiz, clerk, monkeypatch):
    monkeypatch.setattr("contests.regrading.CHUNK", 2)
    people = [sat(quiz, first, B, B) for first in (A, A, B, A, A, A, NOBODY)]
    assert len(foreseen(quiz, "accept", A).regrades) == 5
    assert mend(quiz, clerk, "accept", A).changed == 5
    assert [result(attempt)[0] for attempt in people] == [3] * 6 + [2]
    assert raw_differences(quiz.contest) == []
