"""Whose score, rank and award a mended key changes, foretold and then true (rules: Q12)."""

from decimal import Decimal

import pytest

from contests import regrading
from contests.models import KeyChange, Question, Quiz
from scoring import results
from scoring.models import AwardTier, ResultSet
from scoring.models.results import Scope
from scoring.regrade_preview import consequences
from scoring.verification import verify
from tests.contests.quizzes import make_bank
from tests.make import make_contest, make_criteria, make_organizer, make_unit
from tests.scoring.cast import JUDGED, NOW, make_person, make_quiz, sit

pytestmark = pytest.mark.django_db


class Board:
    """Lan has both questions right in 90 s; Minh and An only the first, in 60 s and 70 s."""

    def __init__(self) -> None:
        self.contest = make_contest(now=NOW, quiz_weight=100, video_weight=0)
        make_criteria(self.contest)
        make_bank(self.contest, 2)
        self.clerk = make_organizer(self.contest)
        self.quiz: Quiz = make_quiz(self.contest, shuffle_questions=False, shuffle_choices=False)
        first, other = make_unit(self.contest, "DV01"), make_unit(self.contest, "DV02")
        self.lan = make_person(first, "Nguyễn Thị Lan")
        self.minh = make_person(other, "Đặng Văn Minh")
        self.an = make_person(other, "Lê Văn An")
        sit(self.lan, self.quiz, right=2, seconds=90)
        sit(self.minh, self.quiz, right=1, seconds=60)
        sit(self.an, self.quiz, right=1, seconds=70)
        AwardTier.objects.create(
            contest=self.contest, scope=Scope.PERSON, quiz=self.quiz, order=1, name="Nhất", count=1
        )
        self.question = Question.objects.get(contest=self.contest, number=2)

    def plan(self, kind, choice=None):
        found = regrading.preview(question=self.question, kind=kind, choice=choice, now=JUDGED)
        return consequences(self.contest, found.regrades)

    def mend(self, kind, choice=None):
        return regrading.mend_key(
            question=self.question,
            kind=kind,
            choice=choice,
            reason="Văn bản mới",
            by=self.clerk,
            now=JUDGED,
        )

    def wrong_choice(self):
        return self.question.choices.get(position=0)

    def figures(self):
        """What is stored in the newest set: people and units by their key."""
        stored = results.refresh(self.contest, now=JUDGED).result_set
        people = {p.number: (p.correct, p.questions, p.rank) for p in stored.people.all()}
        units = {u.code: (u.quiz_points, u.total, u.rank) for u in stored.units.all()}
        awards = {(a.tier, a.name) for a in stored.awards.all()}
        return people, units, awards


@pytest.fixture
def board():
    return Board()


def shifts(plan):
    """Before → after of every person and unit that is named."""
    people = {
        s.after.number: (
            (s.before.correct, s.before.questions, s.before.rank),
            (s.after.correct, s.after.questions, s.after.rank),
        )
        for s in plan.people
    }
    units = {
        s.after.code: (
            (s.before.quiz_points, s.before.total, s.before.rank),
            (s.after.quiz_points, s.after.total, s.after.rank),
        )
        for s in plan.units
    }
    return people, units


def test_an_accepted_choice_by_hand(board):
    """Minh and An get both right and were faster: Lan falls to the third place without a change."""
    plan = board.plan("accept", board.wrong_choice())
    people, units = shifts(plan)
    assert people == {
        board.lan.number: ((2, 2, 1), (2, 2, 3)),
        board.minh.number: ((1, 2, 2), (2, 2, 1)),
        board.an.number: ((1, 2, 3), (2, 2, 2)),
    }
    hundred, fifty = Decimal("100.00"), Decimal("50.00")
    # Equal in every figure but the time: (60 + 70) / 2 = 65 s against 90 s.
    assert units == {
        "DV01": ((hundred, hundred, 1), (hundred, hundred, 2)),
        "DV02": ((fifty, fifty, 2), (hundred, hundred, 1)),
    }
    assert [award.name for award in plan.awards_lost] == ["Nguyễn Thị Lan"]
    assert [award.name for award in plan.awards_won] == ["Đặng Văn Minh"]
    assert plan.ties == (0, 0)
    assert [s.after.rank for s in plan.people] == [1, 2, 3]
    assert [s.score_changes for s in plan.people] == [True, True, False]


def test_a_dropped_question_by_hand(board):
    """One of one for everybody: 100 percent each, so only the seconds are left to tell them."""
    people, _units = shifts(board.plan("drop"))
    assert people == {
        board.lan.number: ((2, 2, 1), (1, 1, 3)),
        board.minh.number: ((1, 2, 2), (1, 1, 1)),
        board.an.number: ((1, 2, 3), (1, 1, 2)),
    }


@pytest.mark.parametrize("kind", ["accept", "accept_all", "drop"])
def test_what_was_foretold_is_what_a_refresh_then_stores(board, kind):
    choice = board.wrong_choice() if kind == "accept" else None
    people, units, awards = board.figures()
    plan = board.plan(kind, choice)
    assert board.figures() == (people, units, awards)  # a preview changes nothing
    board.mend(kind, choice)
    now = board.figures()
    foretold = shifts(plan)
    for before, after, told in zip((people, units), now[:2], foretold, strict=True):
        changed = {key: (before[key], after[key]) for key in before if before[key] != after[key]}
        assert told == changed
    assert {(a.tier, a.name) for a in plan.awards_lost} == awards - now[2]
    assert {(a.tier, a.name) for a in plan.awards_won} == now[2] - awards


def test_nothing_follows_where_nobody_chose_it(board):
    plan = board.plan("accept", board.question.choices.get(position=3))
    assert (plan.people, plan.units, plan.awards_lost, plan.awards_won) == ((), (), (), ())


def test_a_tie_that_comes_up_is_counted(board):
    board.contest.person_chain = []
    board.contest.save(update_fields=["person_chain"])
    assert board.plan("accept", board.wrong_choice()).ties == (0, 1)


def test_who_is_disqualified_is_named_without_a_rank(board):
    board.an.disqualified_reason = "Thi hộ"
    board.an.save(update_fields=["disqualified_reason"])
    people, _units = shifts(board.plan("accept", board.wrong_choice()))
    assert people[board.an.number] == ((1, 2, None), (2, 2, None))


def test_the_work_does_not_grow_with_people(board, django_assert_max_num_queries):
    plan = regrading.preview(question=board.question, kind="drop", now=JUDGED)
    with django_assert_max_num_queries(20):
        consequences(board.contest, plan.regrades)


# --- afterwards


def test_results_are_verified_after_a_regrade_and_a_refresh(board):
    results.refresh(board.contest, now=JUDGED)
    digest = ResultSet.objects.get().digest
    board.mend("drop")
    # Before the refresh the stored set is not what the rows give any more: said, not hidden.
    assert verify(board.contest) != []
    results.refresh(board.contest, now=JUDGED)
    assert ResultSet.objects.newest(board.contest).digest != digest
    assert verify(board.contest) == []


def test_a_mended_key_deleted_by_hand_is_found(board):
    board.mend("drop")
    results.refresh(board.contest, now=JUDGED)
    KeyChange.objects.all().delete()
    found = verify(board.contest)
    assert len(found) == 3
    for attempt in board.quiz.attempts.all():
        assert any(attempt.receipt in line and "1/1" in line for line in found)


def test_a_mended_key_slipped_in_by_hand_is_found(board):
    results.refresh(board.contest, now=JUDGED)
    KeyChange.objects.create(
        question=board.question, kind="accept_all", reason="x", by=board.clerk, at=NOW
    )
    assert len(verify(board.contest)) == 2
