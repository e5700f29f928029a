"""The chair's page that opens a submitted sheet again: what it lists, and to whom (M3, M4, M6)."""

import pytest
from django.utils import timezone

from scoring.models import ScoreSheet, declare_conflict
from tests import make

pytestmark = pytest.mark.django_db
FULL = ("27", "17.5", "21", "18", "5")


@pytest.fixture
def contest():
    contest = make.make_contest()
    make.make_criteria(contest)
    return contest


@pytest.fixture
def chair(contest):
    return make.make_judge(contest, "Lý Thị Sen", is_chair=True)


@pytest.fixture
def judge(contest):
    return make.make_judge(contest, "Võ Minh Khoa")


@pytest.fixture
def videos(contest, judge):
    """Three videos the judge has marked; the chair marks some of them in the tests."""
    made = [make.make_video(make.make_unit(contest), f"Phim {letter}") for letter in "ABC"]
    for video in made:
        make.make_sheet(judge, video, *FULL)
    return made


@pytest.fixture
def address(contest):
    return f"/admin/scoring/scoresheet/reopen/{contest.slug}/"


def offered(response):
    return [str(label) for key, label in response.context["form"].fields["sheet"].choices if key]


def test_only_sheets_of_videos_the_chair_has_marked_are_offered(
    client, chair, judge, videos, address
):
    client.force_login(chair.user)
    assert offered(client.get(address)) == []
    make.make_sheet(chair, videos[1], *FULL)
    make.make_sheet(chair, videos[2], *FULL)
    declare_conflict(judge=chair, unit=videos[2].unit, reason="Con", now=timezone.now())
    shown = client.get(address)
    assert offered(shown) == ["Phim B · Lý Thị Sen", "Phim B · Võ Minh Khoa"]
    assert "Phim A" not in shown.content.decode()
    assert "Phim C" not in shown.content.decode()


def test_the_judge_is_shown_the_reason_and_hands_in_once_more(
    client, chair, judge, videos, address
):
    make.make_sheet(chair, videos[0], *FULL)
    client.force_login(chair.user)
    chosen = {"sheet": f"{judge.pk}:{videos[0].public_id}"}
    refused = client.post(address, {**chosen, "reason": ""})
    assert refused.context["form"].errors.keys() == {"reason"}
    sheet = ScoreSheet.objects.get(judge=judge, video=videos[0])
    assert sheet.is_submitted

    answer = client.post(address, {**chosen, "reason": "Chấm nhầm video"}, follow=True)
    assert "Đã mở lại phiếu của Võ Minh Khoa" in answer.content.decode()
    client.force_login(judge.user)
    shown = client.get(f"/admin/scoring/scoresheet/video/{videos[0].public_id}/").content.decode()
    assert "Trưởng ban đã mở lại phiếu này" in shown
    assert "Chấm nhầm video" in shown
    assert 'value="17,5"' in shown
    sheet.refresh_from_db()
    sheet.submit(now=timezone.now())
    assert sheet.is_submitted


def test_a_sheet_of_a_video_not_marked_by_the_chair_is_not_opened_by_its_name(
    client, chair, judge, videos, address
):
    client.force_login(chair.user)
    client.post(address, {"sheet": f"{judge.pk}:{videos[0].public_id}", "reason": "Vì tò mò"})
    assert ScoreSheet.objects.submitted().count() == 3


def test_nobody_but_the_chair_reaches_the_page_and_nothing_opens_after_closing(
    client, contest, chair, judge, videos, address
):
    make.make_sheet(chair, videos[0], *FULL)
    for user in (judge.user, make.make_organizer(contest)):
        client.force_login(user)
        assert client.get(address).status_code == 404
    contest.judging_closes_at = timezone.now()
    contest.save(update_fields=["judging_closes_at"])
    client.force_login(chair.user)
    assert "Đã hết thời gian chấm" in client.get(address).content.decode()
    client.post(address, {"sheet": f"{judge.pk}:{videos[0].public_id}", "reason": "Nhầm"})
    assert ScoreSheet.objects.submitted().count() == 4


def test_the_next_video_is_one_with_the_fewest_sheets(client, contest, chair, judge, videos):
    rare = make.make_video(make.make_unit(contest), "Phim hiếm")
    client.force_login(chair.user)
    for _time in range(5):
        [seat] = client.get("/admin/scoring/scoresheet/").context["seats"]
        assert seat["go_on"].endswith(f"/{rare.public_id}/")
    make.make_sheet(judge, rare, *FULL)
    seen = {
        client.get("/admin/scoring/scoresheet/").context["seats"][0]["go_on"] for _time in range(40)
    }
    assert len(seen) == 4
