"""The analysis of the marks: who sees it, when, and what (rules: M2-M5, A5)."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contests.models import Contest
from scoring import guard
from scoring.models import (
    ScoreSheet,
    declare_conflict,
    open_sheet,
    write_discussion,
)
from tests import make

pytestmark = pytest.mark.django_db
ROOT = "/admin/scoring/scoresheet/"
# In the default criteria's order (30, 20, 25, 20, 5): totals 88.5, 67.5 and 71.5.
HIGH = ("27", "17.5", "21", "18", "5")
LOW = ("23.5", "13.5", "14.5", "12.5", "3.5")
MIDDLE = ("24", "14.5", "15", "14", "4")


@pytest.fixture
def contest():
    contest = make.make_contest()
    make.make_criteria(contest)
    return contest


@pytest.fixture
def chair(contest):
    return make.make_judge(contest, "Trưởng ban Lan", is_chair=True)


@pytest.fixture
def judge(contest):
    return make.make_judge(contest, "Lý Thị Sen")


@pytest.fixture
def video(contest):
    return make.make_video(make.make_unit(contest, "A1"), "Một cửa thân thiện")


@pytest.fixture
def organizer(contest):
    return make.make_organizer(contest)


@pytest.fixture
def both_in(chair, judge, video):
    """Both sheets of the one video are in: 88.5 and 67.5, mean 78, 21 points apart."""
    return make.make_sheet(chair, video, *HIGH), make.make_sheet(judge, video, *LOW)


def analysis(contest):
    return f"{ROOT}analysis/{contest.slug}/"


def text(response):
    return " ".join(response.content.decode().split())


def shown(client, user, address):
    client.force_login(user)
    response = client.get(address)
    assert response.status_code == 200
    return text(response)


def close(contest):
    Contest.objects.filter(pk=contest.pk).update(judging_closes_at=timezone.now())


def row_of(page, title):
    """Return the row of a video in the table by video, as text without tags."""
    table = page.split("analysis-videos", 1)[1].split("</table>", 1)[0]
    [row] = [row for row in table.split("<tr ") if title in row]
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


# --- who and when ---------------------------------------------------------------------------------


def test_organizer_sees_the_figures_once_every_sheet_is_in(client, contest, organizer, both_in):
    page = shown(client, organizer, analysis(contest))
    row = row_of(page, "Một cửa thân thiện")
    assert " 2 78,00 78,00 21 " in row
    assert "Cần hội ý" in row
    assert "Trưởng ban Lan và Lý Thị Sen: chênh 21 điểm" in row
    assert "điểm trung bình 78,00; Trưởng ban Lan 88,5; Lý Thị Sen 67,5" in page
    assert 'cx="88.50%"' in page
    assert 'x="78.00%"' in page
    assert 'cx="67.50%"' in page


@pytest.mark.parametrize("who", ["organizer", "chair"])
def test_before_every_sheet_is_in_only_the_number_of_missing_ones_is_told(
    client, contest, organizer, chair, judge, video, who
):
    make.make_sheet(chair, video, *HIGH)
    late = make.make_judge(contest, "Chậm Nộp")
    make.make_sheet(judge, video, *LOW)
    user = {"organizer": organizer, "chair": chair.user}[who]
    page = shown(client, user, analysis(contest))
    assert "Còn thiếu 1 trên 3 phiếu" in page
    for secret in ("67,5", "88,5", "78,00", 'class="strip"', video.title, "Lý Thị Sen"):
        assert secret not in page.split("<main", 1)[-1]
    now = timezone.now()
    open_sheet(judge=late, video=video, now=now).excuse(by=chair.user, reason="Ốm", now=now)
    page = shown(client, user, analysis(contest))
    assert " 2 78,00 78,00 21 " in row_of(page, video.title)


@pytest.mark.parametrize("who", ["organizer", "chair"])
def test_when_judging_has_closed_the_figures_are_those_of_the_sheets_there_are(
    client, contest, organizer, chair, judge, video, who
):
    make.make_sheet(judge, video, *LOW)
    close(contest)
    user = {"organizer": organizer, "chair": chair.user}[who]
    page = shown(client, user, analysis(contest))
    assert "Còn thiếu 1 trên 2 phiếu" in page
    assert " 1 67,50 67,50 – " in row_of(page, video.title)


def test_chair_sees_nothing_of_others_while_an_own_sheet_is_undone(
    client, contest, chair, judge, video, both_in
):
    second = make.make_video(make.make_unit(contest), "Chưa chấm")
    make.make_sheet(judge, second, *MIDDLE)
    write_discussion(video=video, by=chair.user, text="Bí mật hội ý", now=timezone.now())
    page = shown(client, chair.user, analysis(contest))
    assert "Hoàn thành phiếu của mình trước" in page
    assert "Còn 1 phiếu của bạn" in page
    for secret in ("71,5", "67,5", "Lý Thị Sen", "Bí mật hội ý", "Còn thiếu", 'class="strip"'):
        assert secret not in page.split("<main", 1)[-1]


def test_sheet_opened_again_hides_the_figures_again(client, contest, organizer, chair, both_in):
    both_in[1].reopen(by=chair.user, reason="Cộng nhầm", now=timezone.now())
    for user in (organizer, chair.user):
        page = shown(client, user, analysis(contest))
        assert "Còn thiếu 1 trên 2 phiếu" in page
        assert "67,5" not in page


def test_nobody_else_finds_the_page(client, contest, judge, chair, both_in):
    foreign = make.make_contest("khac")
    strangers = [
        judge.user,
        make.make_organizer(foreign, "Ban khác"),
        make.make_judge(foreign, "Trưởng ban khác", is_chair=True).user,
        make.make_user("Nhân viên", is_staff=True),
    ]
    both = make.make_user("Cả hai vai", is_staff=True, is_superuser=True)
    make.make_judge(contest, user=both)
    close(contest)
    for user in [*strangers, both]:
        client.force_login(user)
        assert client.get(analysis(contest)).status_code == 404
        assert analysis(contest) not in text(client.get(ROOT))
    client.logout()
    assert "/login/" in client.get(analysis(contest))["Location"]


def test_page_is_linked_from_the_progress_and_from_the_list_of_the_chair(
    client, contest, organizer, chair, judge, both_in
):
    link = f'href="{analysis(contest)}"'
    assert link in shown(client, organizer, f"{ROOT}progress/{contest.slug}/")
    assert link in shown(client, chair.user, ROOT)
    assert link not in shown(client, judge.user, ROOT)


def test_contest_without_judges_says_so(client, contest, organizer, video):
    assert "Chưa có dữ liệu để phân tích" in shown(client, organizer, analysis(contest))


# --- conflicts ------------------------------------------------------------------------------------


@pytest.fixture
def conflicted(contest, chair, judge, both_in):
    """A second video, of a unit the chair declared a conflict with; one sheet of 71.5."""
    video = make.make_video(make.make_unit(contest, "B2", name="Sở Kín"), "Phim kín")
    declare_conflict(judge=chair, unit=video.unit, reason="Vợ làm ở đó", now=timezone.now())
    sheet = make.make_sheet(judge, video, *MIDDLE)
    with guard.lifted():
        ScoreSheet.objects.filter(pk=sheet.pk).update(remark="Nhận xét kín")
    return video


@pytest.mark.parametrize("closed", [False, True])
def test_video_of_a_unit_in_conflict_is_in_no_table_and_no_figure_of_the_chair(
    client, contest, chair, organizer, conflicted, closed
):
    Contest.objects.filter(pk=contest.pk).update(provisional_at=timezone.now())
    if closed:
        close(contest)
    page = shown(client, chair.user, analysis(contest)).split("<main", 1)[-1]
    for secret in ("Phim kín", "Sở Kín", "Nhận xét kín", "71,5", "69,50"):
        assert secret not in page
    context = client.get(analysis(contest)).context
    assert (context["sheets"], context["expected"], len(context["videos"])) == (2, 2, 1)
    # The judge gave 67.5 and 71.5: mean 69.5 for the organizers, 67.5 for this chair.
    assert [str(row.mean) for row in context["judges"]] == ["67.50", "88.50"]
    page = shown(client, organizer, analysis(contest))
    for told in ("Phim kín", "Sở Kín", "71,5", "69,50"):
        assert told in page


def test_missing_sheets_of_a_video_in_conflict_are_not_counted_for_the_chair(
    client, contest, chair, judge, organizer, both_in
):
    unseen = make.make_video(make.make_unit(contest, "B2"), "Phim kín")
    declare_conflict(judge=chair, unit=unseen.unit, reason="Vợ làm ở đó", now=timezone.now())
    assert "Còn thiếu 1 trên 3 phiếu" in shown(client, organizer, analysis(contest))
    assert " 2 78,00 78,00 21 " in row_of(
        shown(client, chair.user, analysis(contest)), "Một cửa thân thiện"
    )


def test_sheet_of_a_judge_in_conflict_is_in_no_figure(client, contest, judge, organizer, both_in):
    declare_conflict(judge=judge, unit=both_in[0].video.unit, reason="Anh em", now=timezone.now())
    page = shown(client, organizer, analysis(contest))
    assert " 1 88,50 88,50 – " in row_of(page, "Một cửa thân thiện")
    assert "67,5" not in page


# --- the tables -----------------------------------------------------------------------------------


def test_judges_have_mean_spread_and_a_distribution_with_its_table(
    client, contest, organizer, chair, judge, both_in
):
    second = make.make_video(make.make_unit(contest, "B2"), "Hai")
    make.make_sheet(chair, second, *MIDDLE)
    make.make_sheet(judge, second, *MIDDLE)
    page = shown(client, organizer, analysis(contest))
    # 88.5 and 71.5: mean 80, spread 17; 67.5 and 71.5: mean 69.5, spread 4
    judges = client.get(analysis(contest)).context["judges"]
    rows = [(row.name, str(row.mean), row.spread) for row in judges]
    assert rows == [("Lý Thị Sen", "69.50", "4"), ("Trưởng ban Lan", "80.00", "17")]
    assert "Điểm của Trưởng ban Lan; 70–79,5: 1; 80–89,5: 1" in page
    assert '<td role="cell" class="r" data-label="60–69,5">1</td>' in page
    assert "style=" not in page.split("<main", 1)[-1]


def test_comparison_marks_the_rule_in_force_and_whose_rank_would_differ(
    client, contest, organizer, chair, judge, video
):
    third = make.make_judge(contest, "Bùi Văn Ba")
    steady = make.make_video(make.make_unit(contest, "B2"), "Phim đều")
    # 88.5, 88.5, 67.5: mean 81.5, median 88.5; and three times 84: both 84
    for seat, marks in ((chair, HIGH), (judge, HIGH), (third, LOW)):
        make.make_sheet(seat, video, *marks)
        make.make_sheet(seat, steady, "26", "16", "20", "17", "5")
    page = shown(client, organizer, analysis(contest))
    table = page.split('id="by-rule"', 1)[1]
    assert "2 video sẽ có hạng khác" in table
    assert table.count("Hạng sẽ khác") == 2
    assert table.index("Phim đều") < table.index("Một cửa thân thiện")
    for figure in ("81,50 · hạng 2", "88,50 · hạng 1", "84,00 · hạng 1", "84,00 · hạng 2"):
        assert figure in table
    assert 'Trung bình <span class="tag blue">Đang áp dụng</span>' in table
    assert "có video chưa đủ 5 phiếu" in table


def test_ranks_reach_the_chair_only_when_the_results_are_published(client, contest, chair, both_in):
    page = shown(client, chair.user, analysis(contest))
    assert "hạng 1" not in page
    assert "Thứ hạng chỉ hiển thị với Ban Giám khảo sau khi công bố kết quả" in page
    Contest.objects.filter(pk=contest.pk).update(provisional_at=timezone.now())
    assert "78,00 · hạng 1" in shown(client, chair.user, analysis(contest))


def queries(client, address):
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


@pytest.mark.parametrize("who", ["organizer", "chair"])
def test_analysis_takes_as_many_queries_for_twelve_videos_as_for_three(
    client, django_assert_num_queries, contest, organizer, chair, judge, who
):
    def add(number):
        for _more in range(number):
            video = make.make_video(make.make_unit(contest))
            make.make_sheet(chair, video, *HIGH)
            make.make_sheet(judge, video, *LOW)
            write_discussion(video=video, by=chair.user, text="Đã hội ý.", now=timezone.now())

    client.force_login({"organizer": organizer, "chair": chair.user}[who])
    add(3)
    three = queries(client, analysis(contest))
    add(9)
    with django_assert_num_queries(three):
        page = text(client.get(analysis(contest)))
    assert page.count('class="dot"') == 24
