"""Videos in the administration: what organizers see and decide, and who cannot."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from media_uploads.models import VideoSubmission
from tests.make import (
    make_contest,
    make_judge,
    make_organizer,
    make_unit,
    make_user,
    make_video,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/media_uploads/videosubmission/"
State = VideoSubmission.State


@pytest.fixture
def contest():
    return make_contest()


@pytest.fixture
def lý(contest, client):
    user = make_organizer(contest)
    client.force_login(user)
    return user


def page(video, *rest):
    return f"{LIST}{video.pk}/{'/'.join(rest or ('change',))}/"


def test_the_list_holds_own_videos_and_finds_them_without_tones(client, lý, contest):
    một = make_video(make_unit(contest, name="Sở Nội vụ"), "Một cửa ở Đồng Tháp")
    make_video(make_unit(contest), "Chuyển đổi số")
    make_video(make_unit(make_contest("khac")), "Một cửa nơi khác")
    assert len(client.get(LIST).context["cl"].result_list) == 2
    for text in ("mot cua", "dong thap", "so noi vu"):
        assert list(client.get(LIST, {"q": text}).context["cl"].queryset) == [một]


def test_a_video_is_found_by_the_start_of_its_sha256(client, lý, contest):
    video = make_video(make_unit(contest), sha256="ab12" * 16)
    make_video(make_unit(contest), sha256="cd34" * 16)
    assert list(client.get(LIST, {"q": "AB12ab"}).context["cl"].queryset) == [video]


def test_the_list_costs_the_same_for_one_video_and_for_three(client, lý, contest):
    costs = []
    for videos in (1, 3):
        while VideoSubmission.objects.count() < videos:
            make_video(make_unit(contest))
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_page_shows_the_figures_and_the_player(client, lý, contest):
    video = make_video(make_unit(contest), sha256="ab12" * 16, width=1280, height=720)
    text = client.get(page(video)).text
    assert "ab12" * 16 in text
    assert "1280×720" in text
    assert "6 phút 42 giây" in text
    assert f'src="/videos/{video.public_id}/video.mp4"' in text


def test_a_failed_video_says_why_and_has_no_player(client, lý, contest):
    video = make_video(make_unit(contest), state=State.FAILED, failure="Ổ đĩa đầy.")
    text = client.get(page(video)).text
    assert "Ổ đĩa đầy." in text
    assert "<video" not in text


def test_a_refused_file_says_why(client, lý, contest):
    video = make_video(
        make_unit(contest), state=State.REFUSED, verdict_code="empty", verdict={"params": {}}
    )
    assert "Tệp rỗng" in client.get(page(video)).text


def test_a_refused_version_gives_way_to_the_one_before(client, lý, contest):
    unit = make_unit(contest)
    first, second = make_video(unit), make_video(unit)
    assert list(VideoSubmission.objects.counted()) == [second]
    url = page(second, "decide", "refuse")
    assert client.post(url, {"reason": ""}).context["form"].errors["reason"]
    client.post(url, {"reason": "Không đúng chủ đề"})
    assert list(VideoSubmission.objects.counted()) == [first]
    second.refresh_from_db()
    assert (second.refused_by, second.refused_reason) == (lý, "Không đúng chủ đề")
    again = client.post(url, {"reason": "Lần nữa"}, follow=True)
    assert "đã được quyết định trước đó" in again.text
    client.post(page(second, "decide", "accept"), {"reason": "Xem lại thấy đúng"})
    assert list(VideoSubmission.objects.counted()) == [second]
    entries = AuditEntry.objects.order_by("pk").values_list("action", "reason")
    assert list(entries) == [
        ("video.refuse", "Không đúng chủ đề"),
        ("video.accept_again", "Xem lại thấy đúng"),
    ]


@pytest.mark.parametrize(
    ("act", "undo", "field"),
    [
        ("disqualify", "reinstate", "disqualified_reason"),
        ("ineligible", "eligible", "ineligible_reason"),
    ],
)
def test_a_video_leaves_the_ranking_or_the_awards_with_a_reason(
    client, lý, contest, act, undo, field
):
    video = make_video(make_unit(contest, "DV01"))
    client.post(page(video, "decide", act), {"reason": "Vi phạm bản quyền"})
    video.refresh_from_db()
    assert getattr(video, field) == "Vi phạm bản quyền"
    assert AuditEntry.objects.get().target == "video DV01 1 version 1"
    client.post(page(video, "decide", undo), {"reason": "Đã có giấy phép"})
    video.refresh_from_db()
    assert getattr(video, field) == ""


def test_a_video_is_taken_out_of_the_gallery_and_back_by_a_post(client, lý, contest):
    video = make_video(make_unit(contest))
    assert client.get(page(video, "gallery")).status_code == 405
    for shown in ("no", "yes"):
        client.post(page(video, "gallery"), {"shown": shown})
        video.refresh_from_db()
        assert video.in_gallery is (shown == "yes")
    assert AuditEntry.objects.count() == 2


def test_no_page_adds_changes_or_deletes_a_video(client, lý, contest):
    video = make_video(make_unit(contest), "Tên cũ")
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(page(video, "delete"), {"post": "yes"}).status_code == 403
    client.post(page(video), {"title": "Tên mới", "state": "refused"})
    video.refresh_from_db()
    assert (video.title, video.state) == ("Tên cũ", State.READY)


def test_a_foreign_video_is_not_there(client, lý):
    video = make_video(make_unit(make_contest("khac")))
    assert client.get(page(video)).headers["Location"] == "/admin/"
    for rest in (("decide", "refuse"), ("decide", "disqualify"), ("gallery",)):
        assert client.post(page(video, *rest), {"reason": "Vì"}).status_code == 404
    video.refresh_from_db()
    assert (video.refused_at, video.disqualified_reason, video.in_gallery) == (None, "", True)


def test_a_judge_is_refused_and_a_coordinator_sent_to_the_sign_in(client, contest):
    video = make_video(make_unit(contest))
    client.force_login(make_judge(contest).user)
    assert client.get(LIST).status_code == 403
    assert client.get(page(video)).status_code == 403
    assert client.post(page(video, "decide", "refuse"), {"reason": "Vì"}).status_code == 403
    client.force_login(make_user("Đầu mối"))
    assert "/admin/login/" in client.get(LIST).headers["Location"]
