"""Videos in whole small contests: which sheets and which videos count, and their order."""

from dataclasses import replace
from fractions import Fraction

import pytest

from scoring.outcome import SheetIn, compute
from tests.scoring.builders import CRITERIA, SMALL, by_code, inputs, settings, sheets, unit, video


def test_videos_of_a_small_contest():
    first, second = compute(SMALL).videos
    assert (first.rank, first.unit_code, str(first.points), first.sheets) == (1, "DV01", "80.63", 4)
    assert first.exact_points == Fraction(645, 8)
    # content (50 + 50 + 50.5 + 51) / 4 = 201.5 / 4; idea (30.5 + 30.5 + 30 + 30) / 4 = 121 / 4
    assert first.criteria == {"content": Fraction(403, 8), "idea": Fraction(121, 4)}
    assert (str(first.spread), first.flagged) == ("0.50", False)
    assert (second.rank, str(second.points), str(second.spread)) == (2, "80.00", "20.00")
    assert second.flagged


def test_a_disqualified_leading_video_gives_its_unit_nothing():
    videos = (video("DV01", disqualified_reason="Sao chép"), video("DV02"))
    outcome = compute(replace(SMALL, videos=videos))
    assert [(v.rank, v.unit_code, str(v.points)) for v in outcome.videos] == [
        (1, "DV02", "80.00"),
        (None, "DV01", "80.63"),
    ]
    line = by_code(outcome)["DV01"]
    # 40 % of 96.67 = 38.668
    assert (str(line.video_points), str(line.total), line.has_video) == ("0.00", "38.67", False)
    assert line.reason_code == "no_video"


def test_a_video_without_a_counted_sheet_stands_last_without_a_rank():
    excused = SheetIn("gk1", "DV02", 1, 1, {}, "Nghỉ ốm")
    own = tuple(sheet for sheet in SMALL.sheets if sheet.unit_code == "DV01")
    outcome = compute(replace(SMALL, sheets=(*own, excused)))
    last = outcome.videos[-1]
    assert (last.rank, last.unit_code, last.sheets, str(last.points)) == (None, "DV02", 0, "0.00")
    assert (last.eligible, last.reason_code) == (False, "no_sheets")
    assert by_code(outcome)["DV02"].has_video
    assert dict(outcome.statistics)["sheets_excused"] == 1


def test_an_excused_sheet_does_not_count():
    excused = replace(SMALL.sheets[4], excused_reason="Người nhà dự thi")  # the 90 of DV02
    outcome = compute(replace(SMALL, sheets=(*SMALL.sheets[:4], excused, SMALL.sheets[5])))
    line = by_code(outcome)["DV02"]
    assert str(line.video_points) == "70.00"


def test_the_best_of_several_videos_counts():
    contest = inputs(
        units=(unit("DV01"),),
        videos=(video("DV01", 1), video("DV01", 2), video("DV01", 3, disqualified_reason="x")),
        sheets=(
            *sheets("DV01", (30, 30), slot=1),
            *sheets("DV01", (40, 30), slot=2),
            *sheets("DV01", (60, 40), slot=3),
        ),
    )
    outcome = compute(contest)
    assert str(outcome.units[0].video_points) == "70.00"
    assert [(v.rank, v.slot) for v in outcome.videos] == [(1, 2), (2, 1), (None, 3)]


def five_sheets(unit_code):
    # totals 60, 80, 81, 82, 100: mean 80.6, without highest and lowest 81
    return sheets(unit_code, (40, 20), (50, 30), (51, 30), (51, 31), (60, 40))


@pytest.mark.parametrize(
    ("sheets_of_the_other", "disqualified", "applied", "points"),
    [
        (five_sheets("DV02"), "", "trimmed", "81.00"),
        (five_sheets("DV02")[:4], "", "mean", "80.60"),
        (five_sheets("DV02")[:4], "Sao chép", "trimmed", "81.00"),  # it has no say any more
    ],
)
def test_trimming_applies_to_all_videos_or_to_none(
    sheets_of_the_other, disqualified, applied, points
):
    contest = inputs(
        settings=settings(judge_aggregate="trimmed"),
        units=(unit("DV01"), unit("DV02")),
        videos=(video("DV01"), video("DV02", disqualified_reason=disqualified)),
        sheets=(*five_sheets("DV01"), *sheets_of_the_other),
    )
    outcome = compute(contest)
    assert outcome.judge_aggregate == applied
    assert str(by_code(outcome)["DV01"].video_points) == points


def test_the_criteria_order_decides_between_equal_videos():
    # both 80: DV01 50 + 30, DV02 45 + 35
    contest = inputs(
        units=(unit("DV01"), unit("DV02")),
        videos=(video("DV01"), video("DV02")),
        sheets=(*sheets("DV01", (50, 30)), *sheets("DV02", (45, 35))),
    )
    assert [v.unit_code for v in compute(contest).videos] == ["DV01", "DV02"]
    swapped = (replace(CRITERIA[0], order=2), replace(CRITERIA[1], order=1))
    outcome = compute(replace(contest, criteria=swapped))
    assert [v.unit_code for v in outcome.videos] == ["DV02", "DV01"]


def test_equal_videos_are_listed_by_unit_code_then_slot():
    places = [("DV02", 1), ("DV01", 2), ("DV01", 1)]
    contest = inputs(
        units=(unit("DV01"), unit("DV02")),
        videos=[video(code, slot) for code, slot in places],
        sheets=[sheet for code, slot in places for sheet in sheets(code, (50, 30), slot=slot)],
    )
    assert [(v.rank, v.unit_code, v.slot) for v in compute(contest).videos] == [
        (1, "DV01", 1),
        (1, "DV01", 2),
        (1, "DV02", 1),
    ]
