"""How the panel marked, by hand: spread, pairs, habits, the aggregates (M5, S7)."""

from dataclasses import replace
from fractions import Fraction

import pytest

from scoring import jury
from scoring.outcome import SheetIn
from tests.scoring.builders import inputs, settings, sheets, unit, video


def contest(*of_videos, **changes):
    """One video a unit, DV01, DV02, …, each with the sheets (content, idea) of gk1, gk2, …"""
    codes = [f"DV{number:02d}" for number in range(1, len(of_videos) + 1)]
    values = {
        "units": tuple(unit(code) for code in codes),
        "videos": tuple(video(code) for code in codes),
        "sheets": tuple(
            sheet
            for code, marks in zip(codes, of_videos, strict=True)
            for sheet in sheets(code, *marks)
        ),
    }
    return inputs(**values | changes)


# totals 60, 80, 81, 82, 100: mean 403/5 = 80.6, median 81, without the ends 243/3 = 81
FIVE = ((40, 20), (50, 30), (51, 30), (51, 31), (60, 40))
# totals 78, 80, 81, 82, 83: mean 404/5 = 80.8, median 81, trimmed 243/3 = 81
CLOSE = ((48, 30), (50, 30), (51, 30), (51, 31), (51, 32))


def test_mean_median_and_spread_of_a_video():
    [found] = jury.videos_of(contest(FIVE))
    assert (found.unit_code, found.slot, len(found.totals)) == ("DV01", 1, 5)
    assert (found.mean, found.median, found.spread) == (Fraction(403, 5), Fraction(81), 40)
    assert found.is_wide
    assert [(total.judge, total.points) for total in found.totals] == [
        ("gk5", 100),
        ("gk4", 82),
        ("gk3", 81),
        ("gk2", 80),
        ("gk1", 60),
    ]


def test_median_of_an_even_number_is_between_the_two_in_the_middle():
    # 80.5 and 81 in the middle of 70, 80.5, 81, 90; mean 321.5 / 4
    [found] = jury.videos_of(contest(((40, 30), (50, "30.5"), (51, 30), (55, 35))))
    assert (found.median, found.mean) == (Fraction(323, 4), Fraction(643, 8))


def test_pairs_are_named_only_where_they_are_more_than_15_points_apart():
    # 90, 75, 74.5: 90 − 75 is exactly the limit, 90 − 74.5 half a point over it
    [found] = jury.videos_of(contest(((55, 35), (45, 30), ("44.5", 30))))
    assert [(far.higher, far.lower, far.distance) for far in found.far] == [
        ("gk1", "gk3", Fraction(31, 2))
    ]
    assert found.is_wide
    [narrow] = jury.videos_of(contest(((55, 35), (45, 30))))
    assert (narrow.spread, narrow.is_wide, narrow.far) == (15, False, ())


def test_one_sheet_is_its_own_mean_and_is_far_from_nobody():
    [found] = jury.videos_of(contest(((50, "30.5"),)))
    assert (found.mean, found.median, found.spread) == (Fraction(161, 2), Fraction(161, 2), 0)
    assert (found.is_wide, found.far) == (False, ())


def test_video_without_a_counted_sheet_has_no_mean():
    excused = SheetIn("gk1", "DV01", 1, 1, {}, "Nằm viện")
    [found] = jury.videos_of(contest((), sheets=(excused,)))
    assert (found.totals, found.mean, found.median, found.spread) == ((), None, None, 0)


def test_each_judge_has_a_mean_a_spread_and_a_distribution():
    # gk1: 79.5, 80, 100; gk2: 9.5
    given = contest((("49.5", 30), (5, "4.5")), ((50, 30),), ((60, 40),))
    first, second = jury.judges_of(given)
    # 259.5 / 3 = 86.5
    assert (first.judge, first.sheets, first.mean, first.spread) == (
        "gk1",
        3,
        Fraction(173, 2),
        Fraction(41, 2),
    )
    assert first.bins == (0, 0, 0, 0, 0, 0, 0, 1, 1, 1)
    assert (second.judge, second.sheets, second.mean, second.spread) == (
        "gk2",
        1,
        Fraction(19, 2),
        0,
    )
    assert second.bins == (1, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def test_excused_sheet_is_in_no_figure():
    given = contest(((50, 30), (10, 10)))
    away = replace(given.sheets[1], excused_reason="Người nhà dự thi")
    given = replace(given, sheets=(given.sheets[0], away))
    assert [found.judge for found in jury.judges_of(given)] == ["gk1"]
    assert jury.videos_of(given)[0].spread == 0


def points_and_ranks(comparison):
    return {
        standing.unit_code: (
            [str(standing.points[method]) for method in ("mean", "median", "trimmed")],
            [standing.ranks[method] for method in ("mean", "median", "trimmed")],
        )
        for standing in comparison.standings
    }


def test_the_aggregates_stand_side_by_side_and_a_tie_shares_a_rank():
    found = jury.compare(contest(FIVE, CLOSE, FIVE, settings=no_chain()))
    assert found.in_force == "mean"
    assert found.applied == {"mean": "mean", "median": "median", "trimmed": "trimmed"}
    # by the mean DV02 leads; by the others all three have 81
    assert points_and_ranks(found) == {
        "DV02": (["80.80", "81.00", "81.00"], [1, 1, 1]),
        "DV01": (["80.60", "81.00", "81.00"], [2, 1, 1]),
        "DV03": (["80.60", "81.00", "81.00"], [2, 1, 1]),
    }
    assert [standing.unit_code for standing in found.standings] == ["DV02", "DV01", "DV03"]
    assert [standing.differs for standing in found.standings] == [False, True, True]


def no_chain(**changes):
    """Settings by which equal points share a rank, whatever the criteria say."""
    return settings(video_chain=(), **changes)


@pytest.mark.parametrize("in_force", ["mean", "median", "trimmed"])
def test_four_sheets_of_one_video_put_the_mean_in_the_place_of_the_trimmed_mean(in_force):
    # DV02 with four sheets 78, 80, 81, 82: mean 321/4 = 80.25, median 80.5
    given = contest(FIVE, CLOSE[:4], settings=no_chain(judge_aggregate=in_force))
    found = jury.compare(given)
    assert (found.in_force, found.applied["trimmed"]) == (in_force, "mean")
    assert points_and_ranks(found) == {
        "DV01": (["80.60", "81.00", "80.60"], [1, 1, 1]),
        "DV02": (["80.25", "80.50", "80.25"], [2, 2, 2]),
    }


def test_order_is_that_of_the_rule_in_force():
    # DV01 60, 90, 90: mean 80, median 90; DV02 84, 84, 84
    of_videos = (((40, 20), (55, 35), (55, 35)), ((50, 34), (50, 34), (50, 34)))
    by_mean = jury.compare(contest(*of_videos))
    by_median = jury.compare(contest(*of_videos, settings=settings(judge_aggregate="median")))
    assert [standing.unit_code for standing in by_mean.standings] == ["DV02", "DV01"]
    assert [standing.unit_code for standing in by_median.standings] == ["DV01", "DV02"]
    assert all(standing.differs for standing in by_mean.standings)


def test_video_outside_the_ranking_has_no_rank_by_any_rule():
    given = contest(FIVE, CLOSE)
    given = replace(given, videos=(given.videos[0], video("DV02", disqualified_reason="Sao chép")))
    last = jury.compare(given).standings[-1]
    assert (last.unit_code, set(last.ranks.values()), last.differs) == ("DV02", {None}, False)


def test_videos_left_out_are_in_no_figure_and_have_no_say_in_the_method():
    given = contest(FIVE, CLOSE[:4])
    shown = jury.only(given, {("DV01", 1)})
    assert [found.unit_code for found in jury.videos_of(shown)] == ["DV01"]
    assert [found.sheets for found in jury.judges_of(shown)] == [1, 1, 1, 1, 1]
    comparison = jury.compare(shown)
    assert comparison.applied["trimmed"] == "trimmed"
    assert [standing.unit_code for standing in comparison.standings] == ["DV01"]


def test_order_of_the_rows_never_matters():
    given = contest(FIVE, CLOSE, ((50, 30),))
    turned = replace(given, sheets=given.sheets[::-1], videos=given.videos[::-1])
    assert jury.videos_of(turned) == jury.videos_of(given)
    assert jury.judges_of(turned) == jury.judges_of(given)
    assert jury.compare(turned) == jury.compare(given)
