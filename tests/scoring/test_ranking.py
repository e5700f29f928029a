"""Order worked out by hand: chains, shared ranks, entries outside the ranking."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import ranking

NOON = datetime(2020, 12, 1, 5, 0, tzinfo=UTC)


@dataclass
class Team:
    code: str
    total: Decimal = Decimal("50.00")
    video_points: Decimal = Decimal("50.00")
    quiz_points: Decimal = Decimal("50.00")
    turnout: Fraction | None = Fraction(1, 2)
    mean_seconds: Fraction | None = Fraction(300)
    disqualified: bool = False


@dataclass
class Runner:
    name: bytes
    percentage: Fraction = Fraction(100)
    seconds: int = 64
    prediction_gap: int | None = 0
    finished_at: datetime = NOON
    number: int = 1


@dataclass
class Film:
    code: str
    exact_points: Fraction
    criteria: dict[str, Fraction] = field(default_factory=dict)


def ranked_teams(*teams, chain=ranking.UNIT_CHAIN_DEFAULT):
    ranked = ranking.rank(
        teams,
        key=ranking.unit_key(chain),
        list_order=lambda team: (team.code,),
        is_ranked=lambda team: not team.disqualified,
    )
    return [(rank, team.code) for rank, team in ranked]


def ranked_people(*people, chain=ranking.PERSON_CHAIN_DEFAULT):
    ranked = ranking.rank(
        people,
        key=ranking.person_key(chain),
        list_order=lambda person: (person.name, person.number),
        is_ranked=lambda person: True,
    )
    return [(rank, person.name, person.number) for rank, person in ranked]


def ranked_films(*films, criteria, chain=ranking.VIDEO_CHAIN_DEFAULT):
    ranked = ranking.rank(
        films,
        key=ranking.video_key(criteria, chain),
        list_order=lambda film: (film.code,),
        is_ranked=lambda film: True,
    )
    return [(rank, film.code) for rank, film in ranked]


def totals(*values):
    return [Team(f"DV{i:02}", Decimal(value)) for i, value in enumerate(values, start=1)]


@pytest.mark.parametrize(
    ("values", "ranks"),
    [
        (("90", "80", "80", "70"), [1, 2, 2, 4]),
        (("80", "80", "80", "70"), [1, 1, 1, 4]),
        (("90", "80", "80", "80", "70"), [1, 2, 2, 2, 5]),
        (("90", "90", "80", "80"), [1, 1, 3, 3]),
        (("90", "90.00"), [1, 1]),
        ((), []),
    ],
)
def test_equal_keys_share_a_rank_and_the_next_one_is_skipped(values, ranks):
    assert [rank for rank, _ in ranked_teams(*totals(*values))] == ranks


def test_equal_ranks_are_listed_by_unit_code_whatever_the_input_order():
    a, b, c = Team("DV03"), Team("DV01"), Team("DV02")
    expected = [(1, "DV01"), (1, "DV02"), (1, "DV03")]
    assert ranked_teams(a, b, c) == expected
    assert ranked_teams(c, a, b) == expected


def test_a_disqualified_leader_leaves_the_ranking_and_comes_last():
    leader = Team("DV01", Decimal("99.00"), disqualified=True)
    second, third = Team("DV02", Decimal("80.00")), Team("DV03", Decimal("70.00"))
    assert ranked_teams(leader, second, third) == [(1, "DV02"), (2, "DV03"), (None, "DV01")]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"total": Decimal("50.01"), "video_points": Decimal(0)}, {}),
        ({"video_points": Decimal("50.01"), "quiz_points": Decimal(0)}, {}),
        ({"quiz_points": Decimal("50.01"), "turnout": Fraction(0)}, {}),
        # 1/3 and 0.333333: equal in print, not exactly
        (
            {"turnout": Fraction(1, 3), "mean_seconds": Fraction(900)},
            {"turnout": Fraction(333333, 1000000)},
        ),
        ({"turnout": Fraction(0), "mean_seconds": Fraction(900)}, {"turnout": None}),
        ({"mean_seconds": Fraction(599, 2)}, {}),
        ({"mean_seconds": Fraction(900)}, {"mean_seconds": None}),
    ],
)
def test_units_rank_by_total_video_quiz_turnout_then_mean_seconds(better, worse):
    assert ranked_teams(Team("DV01", **worse), Team("DV02", **better)) == [
        (1, "DV02"),
        (2, "DV01"),
    ]


def test_units_that_differ_only_after_the_chain_are_equal():
    slow, fast = Team("DV01", mean_seconds=Fraction(400)), Team("DV02", mean_seconds=Fraction(90))
    assert ranked_teams(slow, fast, chain=["video", "quiz"]) == [(1, "DV01"), (1, "DV02")]
    assert ranked_teams(slow, fast, chain=[]) == [(1, "DV01"), (1, "DV02")]
    assert ranked_teams(slow, fast) == [(1, "DV02"), (2, "DV01")]


def test_the_order_of_the_chain_is_the_setting():
    quiz = Team("DV01", quiz_points=Decimal(60), video_points=Decimal(40))
    video = Team("DV02", quiz_points=Decimal(40), video_points=Decimal(60))
    assert ranked_teams(quiz, video)[0] == (1, "DV02")
    assert ranked_teams(quiz, video, chain=["quiz", "video"])[0] == (1, "DV01")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"percentage": Fraction(280, 3), "seconds": 600}, {"percentage": Fraction(260, 3)}),
        ({"seconds": 64, "prediction_gap": None}, {"seconds": 65}),
        ({"prediction_gap": 3, "finished_at": NOON + timedelta(days=1)}, {"prediction_gap": 4}),
        ({"prediction_gap": 9999}, {"prediction_gap": None}),
        ({"finished_at": NOON}, {"finished_at": NOON + timedelta(microseconds=1)}),
    ],
)
def test_people_rank_by_percentage_seconds_prediction_then_finish(better, worse):
    assert ranked_people(Runner(b"a", **worse), Runner(b"b", **better)) == [
        (1, b"b", 1),
        (2, b"a", 1),
    ]


def test_equal_people_are_listed_by_name_key_then_number():
    people = [Runner(b"b", number=1), Runner(b"a", number=3), Runner(b"a", number=2)]
    assert ranked_people(*people) == [(1, b"a", 2), (1, b"a", 3), (1, b"b", 1)]


def test_videos_rank_by_points_then_each_criterion_in_its_order():
    # all 80: content 28 beats 27; then idea 17.333... beats 17.333
    films = [
        Film("DV01", Fraction(80), {"content": Fraction(27), "idea": Fraction(20)}),
        Film("DV02", Fraction(80), {"content": Fraction(28), "idea": Fraction("17.333")}),
        Film("DV03", Fraction(80), {"content": Fraction(28), "idea": Fraction(52, 3)}),
        Film("DV04", Fraction("80.1"), {"content": Fraction(0), "idea": Fraction(0)}),
    ]
    assert ranked_films(*films, criteria=["content", "idea"]) == [
        (1, "DV04"),
        (2, "DV03"),
        (3, "DV02"),
        (4, "DV01"),
    ]
    assert ranked_films(*films, criteria=["idea", "content"])[1] == (2, "DV01")
    without = ranked_films(*films, criteria=["content", "idea"], chain=[])
    assert without == [(1, "DV04"), (2, "DV01"), (2, "DV02"), (2, "DV03")]


@pytest.mark.parametrize(
    ("make", "chain"),
    [
        (ranking.unit_key, ["video", "secnods"]),
        (ranking.person_key, ["turnout"]),
        (lambda chain: ranking.video_key(["content"], chain), ["points"]),
    ],
)
def test_an_unknown_chain_key_is_refused_with_the_known_ones(make, chain):
    with pytest.raises(ValueError, match=f"unknown ranking key '{chain[-1]}'; known: "):
        make(chain)


def test_a_chain_key_named_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        ranking.person_key(["seconds", "seconds"])


runners = st.lists(
    st.builds(
        Runner,
        name=st.sampled_from([b"a", b"b"]),
        percentage=st.sampled_from([Fraction(280, 3), Fraction(100)]),
        seconds=st.integers(60, 62),
        prediction_gap=st.none() | st.integers(0, 2),
        finished_at=st.integers(0, 2).map(lambda us: NOON + timedelta(microseconds=us)),
        number=st.integers(1, 10**6),
    ),
    max_size=12,
    unique_by=lambda runner: runner.number,
)


def beats(one, other):
    """S5, spelled out as a comparison instead of a key."""
    if one.percentage != other.percentage:
        return one.percentage > other.percentage
    if one.seconds != other.seconds:
        return one.seconds < other.seconds
    if one.prediction_gap != other.prediction_gap:
        if one.prediction_gap is None or other.prediction_gap is None:
            return other.prediction_gap is None
        return one.prediction_gap < other.prediction_gap
    return one.finished_at < other.finished_at


@given(runners)
def test_a_rank_is_one_more_than_the_number_of_those_who_are_better(people):
    rank_of = {number: rank for rank, _, number in ranked_people(*people)}
    for person in people:
        better = sum(beats(other, person) for other in people)
        assert rank_of[person.number] == better + 1


@given(runners, st.randoms())
def test_permuting_the_input_never_changes_a_ranking(people, random):
    shuffled = list(people)
    random.shuffle(shuffled)
    assert ranked_people(*shuffled) == ranked_people(*people)
