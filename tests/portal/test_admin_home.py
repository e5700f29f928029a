"""The administration's first page: own contests and own marking, and nothing of anybody else's."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import ORGANIZER
from contests.models import Conflict
from scoring.models import open_sheet
from tests.clock import standing_at
from tests.make import (
    DAY,
    make_contest,
    make_criteria,
    make_judge,
    make_organizer,
    make_sheet,
    make_unit,
    make_user,
    make_video,
)
from tests.portal.cast import make_quiz

pytestmark = pytest.mark.django_db
FULL = ("30", "20", "25", "20", "5")
BEGUN = dt.datetime(2026, 12, 1, 0, 0, tzinfo=dt.UTC)


def home(client, user):
    client.force_login(user)
    return client.get("/admin/")


def queries(client, user):
    client.force_login(user)
    client.get("/admin/")
    with CaptureQueriesContext(
        connection,
    ) as counted:
        client.get("/admin/")
    return len(counted)


def shown(answer):
    return [card.contest.slug for card in answer.context["home"].contests]


def judged_contest(slug, videos, *, judge, marked=0):
    contest = make_contest(slug)
    make_criteria(contest)
    seat = make_judge(contest, user=judge)
    for place in range(videos):
        video = make_video(make_unit(contest))
        if place < marked:
            make_sheet(seat, video, *FULL)
    return contest, seat


def test_an_organizer_begins_with_the_own_contests_only(client):
    own, foreign = make_contest("cua-toi"), make_contest("cua-nguoi")
    make_organizer(foreign, "Lê Văn Duyệt")
    answer = home(client, make_organizer(own))
    assert shown(answer) == ["cua-toi"]
    said = answer.content.decode()
    assert "Hội thi cua-toi" in said
    assert "Hội thi cua-nguoi" not in said


def test_a_card_leads_to_every_part_of_its_contest(client):
    contest = make_contest()
    answer = home(client, make_organizer(contest))
    (card,) = answer.context["home"].contests
    addresses = [
        f"/admin/contests/unit/?contest={contest.pk}",
        f"/admin/contests/participant/?contest={contest.pk}",
        f"/admin/contests/question/?contest={contest.pk}",
        f"/admin/contests/quiz/?contest={contest.pk}",
        f"/admin/scoring/scoresheet/progress/{contest.slug}/",
        f"/admin/scoring/resultset/{contest.pk}/",
        f"/{contest.slug}/",
    ]
    assert [address for _name, address in card.links] == addresses
    said = answer.content.decode()
    for address in (*addresses, f"/admin/contests/contest/{contest.pk}/change/"):
        assert f'href="{address}"' in said
        assert client.get(address).status_code == 200, address


def test_a_card_says_the_phase_and_when_things_happen(client):
    contest = make_contest(now=BEGUN + 20 * DAY)
    make_quiz(contest, now=BEGUN + 20 * DAY)
    user = make_organizer(contest)
    with standing_at(BEGUN + 3 * DAY):
        answer = home(client, user)
    (card,) = answer.context["home"].contests
    assert card.phase == "open"
    assert card.dates == [
        ("Thi trắc nghiệm", "01/12 – 18/12/2026"),
        ("Nộp video", "01/12 – 19/12/2026"),
        ("Chấm video", "20/12 – 22/12/2026"),
    ]
    assert "01/12 – 19/12/2026" in answer.content.decode()


def test_a_contest_without_videos_has_no_way_to_their_marking(client):
    contest = make_contest(quiz_weight=100, video_weight=0)
    (card,) = home(client, make_organizer(contest)).context["home"].contests
    assert not any("scoresheet" in address for _name, address in card.links)
    assert [name for name, _span in card.dates] == []


def test_a_rehearsal_is_marked_as_one(client):
    contest = make_contest()
    user = make_organizer(contest)
    assert "Thi thử" not in home(client, user).content.decode()
    contest.is_rehearsal = True
    contest.save(update_fields=["is_rehearsal"])
    assert "Thi thử" in home(client, user).content.decode()


def test_an_organizer_without_a_contest_is_told_so(client):
    answer = home(client, make_user(role=ORGANIZER))
    assert shown(answer) == []
    assert "Chưa có hội thi nào" in answer.content.decode()


def test_a_superuser_begins_with_all_contests_but_those_he_or_she_judges(client):
    judged, other = make_contest("da-cham"), make_contest("hoi-thi")
    user = make_user(is_staff=True, is_superuser=True)
    make_judge(judged, user=user)
    answer = home(client, user)
    assert shown(answer) == [other.slug]
    assert [seat.contest for seat in answer.context["home"].seats] == [judged]


def test_of_many_contests_the_newest_stand_there_and_a_link_to_all(client):
    user = make_user(is_staff=True, is_superuser=True)
    for year in range(2001, 2014):
        make_contest(f"hoi-thi-{year}", year=year)
    answer = home(client, user)
    assert shown(answer) == [f"hoi-thi-{year}" for year in range(2013, 2001, -1)]
    assert "Xem tất cả hội thi" in answer.content.decode()


def test_a_judge_begins_with_the_own_progress_contest_by_contest(client):
    judge = make_user(role="judge")
    first, _seat = judged_contest("mot", 3, judge=judge, marked=2)
    second, seat = judged_contest("hai", 4, judge=judge)
    other = make_judge(second)
    videos = [unit.videos.get() for unit in second.units.order_by("code")]
    make_sheet(other, videos[0], *FULL)
    Conflict.objects.create(
        judge=seat, unit=videos[1].unit, reason="Người thân", declared_at=timezone.now()
    )
    open_sheet(judge=seat, video=videos[2], now=timezone.now()).excuse(
        by=other.user, reason="Ốm", now=timezone.now()
    )
    found = {
        seat.contest.slug: (seat.progress.submitted, seat.progress.expected)
        for seat in home(client, judge).context["home"].seats
    }
    assert found == {first.slug: (2, 3), second.slug: (0, 2)}
    said = home(client, judge).content.decode()
    assert "Đã nộp 2 trên 3 phiếu" in said
    assert "Chấm tiếp" in said
    assert "Bắt đầu chấm" in said


def test_what_a_judge_has_is_there_once_without_the_stock_lists(client):
    judge = make_user(role="judge")
    judged_contest("hoi-thi", 1, judge=judge)
    said = home(client, judge).content.decode()
    assert 'id="content-main"' not in said
    assert 'id="recent-actions-module"' not in said
    assert said.count('href="/admin/scoring/scoresheet/#seat-') == 1


def test_before_judging_begins_no_figure_is_shown(client):
    judge = make_user(role="judge")
    contest, _seat = judged_contest("hoi-thi", 2, judge=judge)
    contest.judging_opens_at = timezone.now() + DAY / 2
    contest.save(update_fields=["judging_opens_at"])
    (seat,) = home(client, judge).context["home"].seats
    assert (seat.begun, seat.waits, seat.progress.expected) == (False, False, 0)
    assert "trên 2 phiếu" not in home(client, judge).content.decode()


def test_after_judging_nothing_waits(client):
    judge = make_user(role="judge")
    contest, _seat = judged_contest("hoi-thi", 2, judge=judge, marked=1)
    contest.judging_closes_at = timezone.now() - dt.timedelta(minutes=1)
    contest.save(update_fields=["judging_closes_at"])
    (seat,) = home(client, judge).context["home"].seats
    assert (seat.closed, seat.waits, seat.progress.left) == (True, False, 1)
    said = home(client, judge).content.decode()
    assert "Chấm tiếp" not in said
    assert "Xem phiếu của tôi" in said


def test_an_organizer_sees_no_marking_of_the_own_and_a_judge_no_contest(client):
    contest = make_contest()
    judge = make_judge(contest)
    organizer = make_organizer(contest)
    assert home(client, organizer).context["home"].seats == []
    assert shown(home(client, judge.user)) == []


def test_three_contests_cost_an_organizer_no_more_queries_than_one(client):
    user = make_organizer(make_contest("mot"))
    make_quiz(user.organized_contests.get())
    one = queries(client, user)
    for slug in ("hai", "ba"):
        contest = make_contest(slug)
        contest.organizers.add(user)
        make_quiz(contest)
    assert len(shown(home(client, user))) == 3
    assert queries(client, user) == one


def test_three_seats_cost_a_judge_no_more_queries_than_one(client):
    judge = make_user(role="judge")
    judged_contest("mot", 2, judge=judge, marked=1)
    one = queries(client, judge)
    for slug in ("hai", "ba"):
        judged_contest(slug, 3, judge=judge, marked=1)
    assert len(home(client, judge).context["home"].seats) == 3
    assert queries(client, judge) == one


def test_lists_stand_in_the_order_of_the_work(client):
    answer = home(client, make_organizer(make_contest()))
    apps = answer.context["app_list"]
    assert [app["app_label"] for app in apps] == [
        "contests",
        "media_uploads",
        "scoring",
        "accounts",
    ]
    first = [model["object_name"] for model in apps[0]["models"]]
    assert first[:4] == ["Contest", "Unit", "Participant", "Exclusion"]


def test_the_page_of_one_app_has_its_lists_only(client):
    client.force_login(make_organizer(make_contest()))
    answer = client.get("/admin/contests/")
    assert "home" not in answer.context
    assert [app["app_label"] for app in answer.context["app_list"]] == ["contests"]
    assert "Hội thi của tôi" not in answer.content.decode()
