"""What must hold for any contest: input order never matters, ranks agree with the rules."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from scoring.outcome import TieDecision, Tier, compute, digest
from tests.scoring.builders import NOON, attempt, inputs, person, quiz, sheets, unit, video

half_marks = st.integers(0, 6).map(lambda halves: Decimal(halves) / 2)


@st.composite
def contests(draw):
    """Contests of up to 4 units and 8 people with so few different figures that ties abound."""
    codes = ["DV01", "DV02", "DV03", "DV04"][: draw(st.integers(1, 4))]
    reason = st.sampled_from(["", "", "", "x"])
    people = [
        person(
            number,
            draw(st.sampled_from(codes)),
            name_sort_key=draw(st.sampled_from([b"a", b"b"])),
            registered=draw(st.sampled_from([True, True, False])),
            disqualified_reason=draw(reason),
            ineligible_reason=draw(reason),
        )
        for number in range(1, draw(st.integers(1, 9)))
    ]
    attempts = [
        attempt(
            someone.number,
            draw(st.integers(14, 15)),
            draw(st.integers(64, 65)),
            number=number,
            prediction=draw(st.none() | st.integers(0, 2)),
            finished_at=NOON,
        )
        for someone in people
        for number in range(1, draw(st.integers(1, 4)))
    ]
    videos = [video(code, slot) for code in codes for slot in range(1, draw(st.integers(1, 3)))]
    marks = {v: draw(st.lists(st.tuples(half_marks, half_marks), max_size=3)) for v in videos}
    return inputs(
        quizzes=(
            quiz(
                prediction_kind=draw(st.sampled_from(["none", "perfect", "finished"])),
                counted=draw(st.sampled_from(["best", "first", "last"])),
            ),
        ),
        units=[unit(code, 3, disqualified_reason=draw(reason)) for code in codes],
        people=people,
        attempts=attempts,
        videos=videos,
        sheets=[s for v in videos for s in sheets(v.unit_code, *marks[v], slot=v.slot)],
        tiers=(
            Tier("unit", None, 1, "Giải Nhất", 1),
            Tier("unit", None, 2, "Giải Nhì", 2),
            Tier("person", "quiz-1", 1, "Giải cá nhân", 2),
            Tier("video", None, 1, "Giải video", 2),
        ),
        decisions=(
            TieDecision("person", "quiz-1", 1, (1, 2, 3), (1, 3)),
            TieDecision("unit", None, 1, ("DV01", "DV02"), ("DV02",)),
        ),
    )


LISTS = (
    "quizzes units people attempts criteria videos sheets tiers decisions".split()  # noqa: SIM905
)


@given(contests(), st.randoms(use_true_random=False))
def test_permuting_any_input_list_changes_neither_outcome_nor_digest(contest, random):
    shuffled = {}
    for name in LISTS:
        rows = list(getattr(contest, name))
        random.shuffle(rows)
        shuffled[name] = tuple(rows)
    permuted = replace(contest, **shuffled)
    assert compute(permuted) == compute(contest)
    assert digest(permuted) == digest(contest)


def unit_beats(one, other):
    """S6, spelled out as a comparison instead of a key; every unit here has a headcount."""
    for name in ("total", "video_points", "quiz_points", "turnout"):
        if getattr(one, name) != getattr(other, name):
            return getattr(one, name) > getattr(other, name)
    if one.mean_seconds != other.mean_seconds:
        if one.mean_seconds is None or other.mean_seconds is None:
            return other.mean_seconds is None
        return one.mean_seconds < other.mean_seconds
    return False


@given(contests())
def test_a_units_rank_is_one_more_than_the_number_of_better_units(contest):
    ranked = [line for line in compute(contest).units if line.rank is not None]
    for line in ranked:
        assert line.rank == 1 + sum(unit_beats(other, line) for other in ranked)


@given(contests())
def test_awards_never_exceed_a_tier_and_go_to_eligible_entries_once(contest):
    outcome = compute(contest)
    eligible = {("unit", u.code) for u in outcome.units if u.eligible}
    eligible |= {("person", p.number) for p in outcome.people if p.eligible}
    eligible |= {("video", (v.unit_code, v.slot)) for v in outcome.videos if v.eligible}
    given_to = [(a.scope, a.entry) for a in outcome.awards]
    assert set(given_to) <= eligible
    assert len(set(given_to)) == len(given_to)
    for tier in contest.tiers:
        same = [a for a in outcome.awards if (a.scope, a.tier_order) == (tier.scope, tier.order)]
        assert len(same) <= tier.count
