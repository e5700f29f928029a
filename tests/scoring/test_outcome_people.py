"""People in whole small contests: who counts, which attempt counts, predictions, ties."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scoring.outcome import TieDecision, Tier, UndecidedTie, compute
from tests.scoring.builders import (
    NOON,
    SMALL,
    attempt,
    by_code,
    by_number,
    inputs,
    person,
    quiz,
    settings,
    unit,
)


def test_people_of_a_small_contest():
    people = compute(SMALL).people
    # 1 and 4 are perfect in 64 whole seconds; 4 finished at 12:01:04.1, 1 at 12:01:04.9
    assert [(p.rank, p.number, p.seconds) for p in people] == [
        (1, 4, 64),
        (2, 1, 64),
        (3, 2, 100),
        (4, 3, 200),
    ]
    assert (people[0].duration_ms, people[0].workplace) == (64100, "Văn phòng")


def test_a_disqualified_person_counts_in_no_figure():
    people = (*SMALL.people[:3], person(4, "DV03", disqualified_reason="Thi hộ"), SMALL.people[4])
    outcome = compute(replace(SMALL, people=people))
    assert [(p.rank, p.number) for p in outcome.people] == [(1, 1), (2, 2), (3, 3), (None, 4)]
    assert (by_number(outcome)[4].reason_code, by_number(outcome)[4].reason) == (
        "disqualified",
        "Thi hộ",
    )
    line = by_code(outcome)["DV03"]
    assert (line.registered, line.participants, str(line.quiz_points)) == (1, 0, "0.00")
    assert line.seconds_count == 0
    figures = dict(outcome.statistics)
    assert (figures["people_registered"], figures["attempts_finished"]) == (4, 3)
    assert (figures["perfect_attempts"], figures["people_disqualified"]) == (1, 1)
    assert [a.entry for a in outcome.awards if a.scope == "person"] == [1, 2, 3]


def test_a_person_nobody_confirmed_counts_in_no_figure():
    people = (
        *SMALL.people[:3],
        person(4, "DV03", registered=False, ineligible_reason="Ra đề"),
        SMALL.people[4],
    )
    outcome = compute(replace(SMALL, people=people))
    line = by_number(outcome)[4]
    assert (line.rank, line.eligible, line.reason_code) == (None, False, "unconfirmed")
    assert by_code(outcome)["DV03"].participants == 0
    assert by_code(outcome)["DV03"].registered == 1
    assert dict(outcome.statistics)["people_unconfirmed"] == 1


def test_an_ineligible_person_keeps_the_rank_and_gets_no_award():
    people = (*SMALL.people[:3], person(4, "DV03", ineligible_reason="Ra đề"), SMALL.people[4])
    outcome = compute(replace(SMALL, people=people))
    assert (by_number(outcome)[4].rank, by_number(outcome)[4].eligible) == (1, False)
    assert [a.entry for a in outcome.awards if a.scope == "person"] == [1, 2, 3]
    assert str(by_code(outcome)["DV03"].quiz_points) == "100.00"


@pytest.mark.parametrize(("counted", "number"), [("best", 2), ("first", 1), ("last", 3)])
def test_which_of_several_attempts_counts(counted, number):
    contest = inputs(
        quizzes=(quiz(counted=counted),),
        units=(unit("DV01"),),
        people=(person(1, "DV01"),),
        attempts=(
            attempt(1, 14, 50, number=1),
            attempt(1, 15, 90, number=2),
            attempt(1, 15, 91, number=3),
        ),
    )
    outcome = compute(contest)
    assert [(p.number, p.attempt) for p in outcome.people] == [(1, number)]
    assert outcome.units[0].participants == 1
    assert outcome.units[0].seconds_count == 1
    assert dict(outcome.statistics)["attempts_finished"] == 3


def test_the_best_attempt_is_the_one_the_chain_ranks_first():
    tries = (
        attempt(1, 15, 90, number=1, finished_at=NOON + timedelta(hours=1)),
        attempt(1, 15, 95, number=2, finished_at=NOON),
    )
    contest = inputs(units=(unit("DV01"),), people=(person(1, "DV01"),), attempts=tries)
    assert compute(contest).people[0].attempt == 1
    by_finish = replace(contest, settings=settings(person_chain=("finished_at",)))
    assert compute(by_finish).people[0].attempt == 2


@pytest.mark.parametrize(
    ("kind", "counted", "gaps"),
    # perfect counted attempts: best 2 (persons 1, 2), first and last 1 (person 1);
    # finished attempts 5; those of persons 4 (disqualified) and 5 (not confirmed) do not count
    [
        ("perfect", "best", {1: 3, 2: 1, 3: None, 4: 2, 5: 2}),
        ("perfect", "first", {1: 4, 2: 9, 3: None, 4: 1, 5: 1}),
        ("perfect", "last", {1: 4, 2: 7, 3: None, 4: 1, 5: 1}),
        ("finished", "best", {1: 0, 2: 2, 3: None, 4: 5, 5: 5}),
        ("none", "best", {1: None, 2: None, 3: None, 4: None, 5: None}),
    ],
)
def test_the_prediction_is_measured_against_what_happened(kind, counted, gaps):
    contest = inputs(
        quizzes=(quiz(prediction_kind=kind, counted=counted),),
        units=(unit("DV01"),),
        people=(
            person(1, "DV01"),
            person(2, "DV01"),
            person(3, "DV01"),
            person(4, "DV01", disqualified_reason="x"),
            person(5, "DV01", registered=False),
        ),
        attempts=(
            attempt(1, 15, 70, prediction=5),
            attempt(2, 14, 70, prediction=10, number=1),
            attempt(2, 15, 70, prediction=3, number=2),
            attempt(2, 14, 70, prediction=8, number=3),
            attempt(3, 14, 70),
            attempt(4, 15, 70, prediction=0),
            attempt(5, 15, 70, prediction=0),
        ),
    )
    outcome = compute(contest)
    assert {p.number: p.prediction_gap for p in outcome.people} == gaps


def test_equal_people_share_a_rank_and_are_listed_by_name_then_number():
    contest = inputs(
        units=(unit("DV01"),),
        people=(
            person(3, "DV01", name_sort_key=b"b"),
            person(2, "DV01", name_sort_key=b"c"),
            person(9, "DV01", name_sort_key=b"b"),
            person(1, "DV01", name_sort_key=b"a"),
        ),
        attempts=[attempt(n, 15 if n != 1 else 14, 64) for n in (9, 2, 3, 1)],
        tiers=(Tier("person", "quiz-1", 1, "Giải cá nhân", 2),),
    )
    outcome = compute(contest)
    assert [(p.rank, p.number) for p in outcome.people] == [(1, 3), (1, 9), (1, 2), (4, 1)]
    assert outcome.ties == (UndecidedTie("person", "quiz-1", 1, 2, (2, 3, 9)),)
    assert outcome.awards == ()

    decided = TieDecision("person", "quiz-1", 1, (9, 3, 2), (9, 2))
    outcome = compute(replace(contest, decisions=(decided,)))
    assert outcome.ties == outcome.void_decisions == ()
    assert [(a.rank, a.entry) for a in outcome.awards] == [(1, 9), (1, 2)]

    # somebody of the three turns out not to be eligible: another tie, so the decision is void
    people = [replace(p, ineligible_reason="x") if p.number == 9 else p for p in contest.people]
    outcome = compute(replace(contest, people=people, decisions=(decided,)))
    assert outcome.void_decisions == (decided,)
    assert [a.entry for a in outcome.awards] == [3, 2]


def test_of_equal_attempts_the_earliest_counts():
    tries = [attempt(1, 15, 64, number=number) for number in (2, 1)]
    contest = inputs(units=(unit("DV01"),), people=(person(1, "DV01"),), attempts=tries)
    assert compute(contest).people[0].attempt == 1


def test_an_attempt_whose_questions_were_all_dropped_is_not_perfect():
    contest = inputs(
        quizzes=(quiz(prediction_kind="perfect"),),
        units=(unit("DV01"),),
        people=(person(1, "DV01"),),
        attempts=(attempt(1, 0, 64, questions=0, prediction=0),),
    )
    outcome = compute(contest)
    assert outcome.people[0].prediction_gap == 0
    assert dict(outcome.statistics)["perfect_attempts"] == 0


def test_people_and_awards_of_several_quizzes_follow_the_quizzes_order():
    contest = inputs(
        quizzes=(quiz("tuan-a", 2), quiz("tuan-b", 1)),
        units=(unit("DV01"),),
        people=(person(1, "DV01"), person(2, "DV01")),
        attempts=(attempt(1, 15, 64, quiz="tuan-a"), attempt(2, 15, 64, quiz="tuan-b")),
        tiers=(Tier("person", "tuan-a", 1, "Giải", 1), Tier("person", "tuan-b", 1, "Giải", 1)),
    )
    outcome = compute(contest)
    assert [(p.quiz, p.number) for p in outcome.people] == [("tuan-b", 2), ("tuan-a", 1)]
    assert [(a.quiz, a.entry) for a in outcome.awards] == [("tuan-b", 2), ("tuan-a", 1)]
