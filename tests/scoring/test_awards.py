"""Awards worked out by hand: tiers, ties at an edge, decisions and when they are void."""

import pytest

from scoring.awards import TieDecision, Tier, UndecidedTie, distribute

UNIT = ("unit", None)
PLAN = [  # the 2020 plan: 1 first, 1 second, 2 third, 3 consolation
    Tier("unit", None, 1, "Giải Nhất", 1),
    Tier("unit", None, 2, "Giải Nhì", 1),
    Tier("unit", None, 3, "Giải Ba", 2),
    Tier("unit", None, 4, "Giải Khuyến khích", 3),
]


def given_out(awarding):
    """{tier order: entries}"""
    tiers = {}
    for award in awarding.placed:
        tiers.setdefault(award.tier_order, []).append(award.entry)
    return tiers


def decision(tier_order, entries, chosen):
    return TieDecision("unit", None, tier_order, tuple(entries), tuple(chosen))


def undecided(tier_order, seats, entries):
    return UndecidedTie("unit", None, tier_order, seats, tuple(entries))


def test_awards_go_down_the_ranking():
    standing = list(enumerate("ABCDEFGHI", start=1))
    awarding = distribute(PLAN, {UNIT: standing})
    assert given_out(awarding) == {1: ["A"], 2: ["B"], 3: ["C", "D"], 4: ["E", "F", "G"]}
    assert awarding.ties == ()
    assert awarding.void == ()
    first = awarding.placed[0]
    assert (first.tier, first.rank, first.entry) == ("Giải Nhất", 1, "A")


def test_the_order_of_plan_and_standing_does_not_matter():
    standing = [(3, "C"), (1, "A"), (2, "B")]
    assert given_out(distribute(PLAN[::-1], {UNIT: standing})) == {1: ["A"], 2: ["B"], 3: ["C"]}


def test_too_few_eligible_entries_leave_the_last_tiers_short():
    awarding = distribute(PLAN, {UNIT: [(1, "A"), (2, "B"), (5, "C")]})
    assert given_out(awarding) == {1: ["A"], 2: ["B"], 3: ["C"]}
    assert awarding.ties == ()
    assert distribute(PLAN, {}).placed == ()


def test_a_tie_inside_a_tier_is_no_tie_at_an_edge():
    standing = [(1, "A"), (2, "B"), (3, "C"), (3, "D"), (5, "E"), (5, "F"), (5, "G")]
    awarding = distribute(PLAN, {UNIT: standing})
    assert given_out(awarding) == {1: ["A"], 2: ["B"], 3: ["C", "D"], 4: ["E", "F", "G"]}
    assert awarding.ties == ()


def test_a_tie_across_an_edge_is_listed_and_nobody_of_it_is_placed():
    # B and C share rank 2; one seat in tier 2, the other one will be third
    standing = [(1, "A"), (2, "C"), (2, "B"), (4, "D"), (5, "E")]
    awarding = distribute(PLAN, {UNIT: standing})
    assert awarding.ties == (undecided(2, 1, "BC"),)
    # D is third and E is behind, whoever of B and C is chosen
    assert given_out(awarding) == {1: ["A"], 3: ["D"], 4: ["E"]}


def test_an_undecided_tie_keeps_its_seats_over_several_tiers():
    # five tied at the top keep seats of tiers 1, 2, 3 (2) and one of 4; two are left for F and G
    standing = [(1, x) for x in "ABCDE"] + [(6, "F"), (7, "G"), (8, "H")]
    awarding = distribute(PLAN, {UNIT: standing})
    assert awarding.ties == (undecided(1, 1, "ABCDE"),)
    assert given_out(awarding) == {4: ["F", "G"]}


def test_an_undecided_tie_larger_than_the_plan_leaves_it_empty():
    awarding = distribute(PLAN, {UNIT: [(1, x) for x in "ABCDEFGHIJ"]})
    assert awarding.placed == ()
    assert awarding.ties == (undecided(1, 1, "ABCDEFGHIJ"),)


def test_two_independent_edges_are_both_listed():
    standing = [(1, "A"), (1, "B"), (3, "C"), (4, "D"), (5, "E"), (6, "F"), (7, "G"), (7, "H")]
    awarding = distribute(PLAN, {UNIT: standing})
    assert awarding.ties == (undecided(1, 1, "AB"), undecided(4, 1, "GH"))
    assert given_out(awarding) == {3: ["C", "D"], 4: ["E", "F"]}


def test_the_last_edge_against_nothing_is_an_edge_too():
    plan = [Tier("person", "quiz-1", 1, "Giải cá nhân", 2)]
    awarding = distribute(plan, {("person", "quiz-1"): [(1, 30), (1, 4), (1, 200)]})
    assert awarding.ties == (UndecidedTie("person", "quiz-1", 1, 2, (4, 30, 200)),)
    assert awarding.placed == ()


def test_a_decision_places_the_chosen_and_the_others_flow_down():
    standing = [(1, "A"), (2, "B"), (2, "C"), (4, "D"), (5, "E")]
    awarding = distribute(PLAN, {UNIT: standing}, [decision(2, "CB", "C")])
    assert given_out(awarding) == {1: ["A"], 2: ["C"], 3: ["B", "D"], 4: ["E"]}
    assert awarding.ties == ()
    assert awarding.void == ()
    assert [award.rank for award in awarding.placed] == [1, 2, 2, 4, 5]


def test_those_not_chosen_may_need_a_further_decision():
    # three tied at the top: one gets tier 1; the two others meet tier 2 with one seat
    standing = [(1, "A"), (1, "B"), (1, "C"), (4, "D")]
    first = decision(1, "ABC", "B")
    awarding = distribute(PLAN, {UNIT: standing}, [first])
    assert awarding.ties == (undecided(2, 1, "AC"),)
    assert given_out(awarding) == {1: ["B"], 3: ["D"]}
    awarding = distribute(PLAN, {UNIT: standing}, [first, decision(2, "AC", "C")])
    assert awarding.ties == ()
    assert given_out(awarding) == {1: ["B"], 2: ["C"], 3: ["A", "D"]}


def test_a_later_decision_is_void_while_the_one_before_it_is_missing():
    standing = [(1, "A"), (1, "B"), (1, "C")]
    later = decision(2, "AC", "C")
    awarding = distribute(PLAN, {UNIT: standing}, [later])
    assert awarding.ties == (undecided(1, 1, "ABC"),)
    assert awarding.void == (later,)


@pytest.mark.parametrize(
    ("void", "why"),
    [
        (decision(2, "BCD", "C"), "another entry was tied then"),
        (decision(2, "B", "B"), "fewer entries were tied then"),
        (decision(3, "BC", "C"), "another tier"),
        (decision(2, "BC", ""), "nobody chosen"),
        (decision(2, "BC", "BC"), "more chosen than seats"),
        (decision(2, "BC", "A"), "the chosen one is not tied"),
        (decision(2, "BC", "CC"), "one chosen twice"),
        (decision(2, "BCC", "C"), "one tied twice"),
        (TieDecision("video", None, 2, ("B", "C"), ("C",)), "another scope"),
        (TieDecision("unit", "quiz-1", 2, ("B", "C"), ("C",)), "another ladder"),
        (decision(9, "BC", "C"), "no such tier"),
    ],
)
def test_a_decision_about_anything_else_is_void(void, why):
    awarding = distribute(PLAN, {UNIT: [(1, "A"), (2, "B"), (2, "C")]}, [void])
    assert awarding.void == (void,), why
    assert awarding.ties == (undecided(2, 1, "BC"),), why
    assert given_out(awarding) == {1: ["A"]}, why


def test_a_decision_is_void_when_the_tie_is_gone_or_grows():
    made = decision(2, "BC", "C")
    gone = distribute(PLAN, {UNIT: [(1, "A"), (2, "B"), (3, "C")]}, [made])
    assert gone.void == (made,)
    assert gone.ties == ()
    assert given_out(gone) == {1: ["A"], 2: ["B"], 3: ["C"]}
    grown = distribute(PLAN, {UNIT: [(1, "A"), (2, "B"), (2, "C"), (2, "D")]}, [made])
    assert grown.void == (made,)
    assert grown.ties == (undecided(2, 1, "BCD"),)


def test_an_old_void_decision_does_not_hinder_the_new_one():
    old, new = decision(2, "BCD", "D"), decision(2, "BC", "B")
    awarding = distribute(PLAN, {UNIT: [(1, "A"), (2, "B"), (2, "C")]}, [old, new])
    assert awarding.void == (old,)
    assert given_out(awarding) == {1: ["A"], 2: ["B"], 3: ["C"]}


def test_two_decisions_that_contradict_each_other_are_both_void():
    one, other = decision(2, "BC", "B"), decision(2, "BC", "C")
    awarding = distribute(PLAN, {UNIT: [(1, "A"), (2, "B"), (2, "C")]}, [other, one])
    assert awarding.void == (one, other)
    assert awarding.ties == (undecided(2, 1, "BC"),)


def test_ladders_do_not_mix():
    plan = [
        Tier("video", None, 1, "Giải video", 1),
        Tier("person", "quiz-2", 1, "Giải tuần 2", 1),
        Tier("person", "quiz-1", 1, "Giải tuần 1", 1),
    ]
    standings = {
        ("person", "quiz-1"): [(1, 7), (2, 8)],
        ("person", "quiz-2"): [(1, 8), (1, 7)],
        ("video", None): [(1, ("DV02", 1)), (1, ("DV01", 2))],
    }
    about = TieDecision("person", "quiz-2", 1, (7, 8), (8,))
    awarding = distribute(plan, standings, [about])
    assert [(a.scope, a.quiz, a.tier, a.entry) for a in awarding.placed] == [
        ("person", "quiz-1", "Giải tuần 1", 7),
        ("person", "quiz-2", "Giải tuần 2", 8),
    ]
    assert awarding.ties == (UndecidedTie("video", None, 1, 1, (("DV01", 2), ("DV02", 1))),)


def test_a_tier_without_seats_cuts_nothing():
    plan = [Tier("unit", None, 1, "Đặc biệt", 0), Tier("unit", None, 2, "Giải Nhất", 2)]
    awarding = distribute(plan, {UNIT: [(1, "A"), (1, "B")]})
    assert given_out(awarding) == {2: ["A", "B"]}
    assert awarding.ties == ()


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ([Tier("unit", None, 1, "a", 1), Tier("unit", None, 1, "b", 1)], "twice"),
        ([Tier("team", None, 1, "a", 1)], "unknown award scope"),
        ([Tier("unit", None, 1, "a", -1)], "negative"),
    ],
)
def test_an_impossible_plan_is_refused(plan, why):
    with pytest.raises(ValueError, match=why):
        distribute(plan, {})
