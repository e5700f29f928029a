"""A panel in groups: each judge marks the videos of the own blocks, and no others (rules: M3)."""

import datetime as dt
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contests.models import Contest, Judge
from media_uploads.audience import watchable_by
from media_uploads.models import VideoSubmission
from scoring import results
from scoring.admin.desk import Progress, progress_of
from scoring.admin.panel import grid, is_settled
from scoring.documents import minutes
from scoring.models import NotAssigned, ScoreSheet, declare_conflict, open_sheet
from tests import make

pytestmark = pytest.mark.django_db
LIST = "/admin/scoring/scoresheet/"
FULL = ("27", "17.5", "21", "18", "5")


@dataclass
class Panel:
    """Two departments and a district; one judge marks departments, one districts, one both."""

    contest: Contest
    departments: list[VideoSubmission]
    district: VideoSubmission
    first: Judge
    second: Judge
    both: Judge


@pytest.fixture
def panel() -> Panel:
    contest = make.make_contest()
    make.make_criteria(contest)
    units = [make.make_unit(contest, f"S{number}", block="Sở") for number in (1, 2)]
    far = make.make_unit(contest, "H1", block="Huyện")
    return Panel(
        contest,
        [make.make_video(unit) for unit in units],
        make.make_video(far),
        make.make_judge(contest, "Bùi Thị Hằng", blocks=["Sở"]),
        make.make_judge(contest, "Lê Ngọc Ẩn", blocks=["Huyện"]),
        make.make_judge(contest, "Võ Quỳnh"),
    )


def states(panel: Panel) -> dict[tuple[str, str], str]:
    return {
        (video.unit.code, cell.judge.user.full_name): cell.state
        for video, cells in grid(panel.contest, with_totals=False)
        for cell in cells
    }


def test_a_judge_lists_watches_and_marks_only_the_own_blocks(client, panel):
    client.force_login(panel.first.user)
    [seat] = client.get(LIST).context["seats"]
    assert {item["line"].video for item in seat["lines"]} == set(panel.departments)
    assert set(watchable_by(panel.first.user)) == set(panel.departments)
    page = f"{LIST}video/{panel.district.public_id}/"
    assert client.get(page).status_code == 404
    for verb in ("", "save/", "confirm/", "conflict/"):
        typed = {"m-content": "10", "revision": "0", "reason": "Người nhà"}
        assert client.post(f"{page}{verb}", typed).status_code == 404
    with pytest.raises(NotAssigned):
        open_sheet(judge=panel.first, video=panel.district, now=timezone.now())
    assert not ScoreSheet.objects.exists()


def test_a_conflict_counts_within_the_own_blocks_too(panel):
    one, other = panel.departments
    declare_conflict(judge=panel.first, unit=one.unit, reason="Người nhà", now=timezone.now())
    assert set(VideoSubmission.objects.for_judge(panel.first)) == {other}
    assert set(VideoSubmission.objects.for_judge(panel.both)) == {one, other, panel.district}


def test_who_is_waited_for_follows_the_groups(panel):
    assert states(panel) == {
        ("S1", "Bùi Thị Hằng"): "missing",
        ("S1", "Lê Ngọc Ẩn"): "apart",
        ("S1", "Võ Quỳnh"): "missing",
        ("S2", "Bùi Thị Hằng"): "missing",
        ("S2", "Lê Ngọc Ẩn"): "apart",
        ("S2", "Võ Quỳnh"): "missing",
        ("H1", "Bùi Thị Hằng"): "apart",
        ("H1", "Lê Ngọc Ẩn"): "missing",
        ("H1", "Võ Quỳnh"): "missing",
    }
    assert results.missing_sheets(panel.contest) == 6
    with CaptureQueriesContext(connection) as asked:
        found = progress_of([panel.first, panel.second, panel.both])
    assert len(asked) == 3
    assert [found[j.pk] for j in (panel.first, panel.second, panel.both)] == [
        Progress(0, 2),
        Progress(0, 1),
        Progress(0, 3),
    ]


def test_a_draft_is_told_from_nothing_and_both_are_waited_for(client, panel):
    video = panel.departments[0]
    sheet = open_sheet(judge=panel.first, video=video, now=timezone.now())
    assert states(panel)["S1", "Bùi Thị Hằng"] == "missing"
    sheet.save_draft(marks={}, remark="Hay", revision=0, now=timezone.now())
    assert states(panel)["S1", "Bùi Thị Hằng"] == "draft"
    assert results.missing_sheets(panel.contest) == 6
    client.force_login(make.make_organizer(panel.contest))
    shown = client.get(f"{LIST}progress/{panel.contest.slug}/")
    assert (shown.context["expected"], shown.context["missing"]) == (6, 6)
    assert shown.text.count("Bản nháp") == 1
    assert shown.text.count("Nhóm khác chấm") == 3


def test_all_is_in_when_each_group_has_handed_in(panel):
    for judge in (panel.first, panel.second, panel.both):
        for video in VideoSubmission.objects.for_judge(judge):
            assert not is_settled(panel.contest, now=timezone.now())
            make.make_sheet(judge, video, *FULL)
    assert is_settled(panel.contest, now=timezone.now())
    assert results.missing_sheets(panel.contest) == 0
    told = minutes.context(panel.contest, now=timezone.now())
    assert told["counts"]["missing"] == "0"
    cells = {row["unit"]: [cell["why"] for cell in row["totals"]] for row in told["videos"]}
    assert cells == {
        "Đơn vị S1": ["", "nhóm khác chấm", ""],
        "Đơn vị S2": ["", "nhóm khác chấm", ""],
        "Đơn vị H1": ["nhóm khác chấm", "", ""],
    }


def test_a_sheet_handed_in_counts_wherever_the_unit_is_moved(panel):
    make.make_sheet(panel.second, panel.district, *FULL)
    unit = panel.district.unit
    unit.block = "Sở"
    unit.save()
    assert states(panel)["H1", "Lê Ngọc Ẩn"] == "submitted"
    assert states(panel)["H1", "Bùi Thị Hằng"] == "missing"
    results.refresh(panel.contest, now=timezone.now())
    result = panel.contest.result_sets.get().videos.get(unit_code="H1")
    assert result.sheets == 1


def test_a_video_nobody_marks_is_said(client, panel):
    panel.both.delete()
    client.force_login(make.make_organizer(panel.contest))
    address = f"{LIST}progress/{panel.contest.slug}/"
    assert client.get(address).context["nobodys"] == []
    panel.second.delete()
    shown = client.get(address)
    assert shown.context["nobodys"] == [panel.district]
    assert "Có 1 video chưa giám khảo nào chấm" in shown.text


# --- who sets the groups --------------------------------------------------------------------------


def change(judge: Judge) -> str:
    return f"/admin/contests/judge/{judge.pk}/change/"


def test_an_organizer_chooses_among_the_blocks_of_the_contest(client, panel):
    make.make_unit(make.make_contest("khac"), block="Khối khác")
    client.force_login(make.make_organizer(panel.contest))
    form = client.get(change(panel.both)).context["adminform"].form
    assert [value for value, _label in form.fields["blocks"].choices] == ["Huyện", "Sở"]
    client.post(change(panel.both), {"blocks": ["Huyện"], "is_chair": "on"})
    panel.both.refresh_from_db()
    assert panel.both.blocks == ["Huyện"]
    refused = client.post(change(panel.both), {"blocks": ["Khối khác"]})
    assert "blocks" in refused.context["adminform"].form.errors
    client.post(change(panel.both), {})
    panel.both.refresh_from_db()
    assert panel.both.blocks == []


def closed(panel: Panel) -> Contest:
    panel.contest.judging_closes_at = timezone.now() - dt.timedelta(minutes=1)
    panel.contest.save()
    return panel.contest


def test_once_judging_has_closed_nobody_changes_a_group(client, panel):
    closed(panel)
    client.force_login(make.make_organizer(panel.contest))
    assert "Huyện" in client.get(change(panel.second)).text
    client.post(change(panel.second), {"blocks": ["Sở"]})
    panel.second.refresh_from_db()
    assert panel.second.blocks == ["Huyện"]


def test_once_judging_by_blocks_has_closed_no_unit_changes_its_block(client, panel):
    contest, unit = closed(panel), panel.district.unit
    client.force_login(make.make_organizer(contest))
    address = f"/admin/contests/unit/{unit.pk}/change/"
    typed = {"code": unit.code, "name": "Huyện Mỹ Xuyên", "block": "Sở", "headcount": "80"}
    refused = client.post(address, typed)
    assert set(refused.context["adminform"].form.errors) == {"block"}
    # The block as it is stays no obstacle to other changes.
    assert client.post(address, {**typed, "block": "Huyện"}).status_code == 302
    unit.refresh_from_db()
    assert (unit.name, unit.block) == ("Huyện Mỹ Xuyên", "Huyện")
    for judge in contest.judges.all():
        judge.blocks = []
        judge.save()
    assert client.post(address, typed).status_code == 302
