"""A unit takes its video out, and back in, while videos are taken. rules: V1"""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from contests.decisions import NothingToDecide
from media_uploads import decisions, withdrawal
from media_uploads.models import VideoSubmission
from tests.clock import standing_at
from tests.media_uploads.builders import NOON, a_contest, a_ready_video, a_unit

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
State = VideoSubmission.State


@pytest.fixture
def unit(media):
    return a_unit(a_contest())


@pytest.fixture
def client(unit):
    client = Client()
    client.force_login(unit.coordinator)
    return client


def page(video: VideoSubmission, name: str = "video_withdraw") -> str:
    return reverse(name, args=[video.unit_id, video.public_id])


def counted() -> list[VideoSubmission]:
    return list(VideoSubmission.objects.counted())


def test_the_version_before_counts_and_then_none(client, unit) -> None:
    first, second = a_ready_video(unit), a_ready_video(unit)
    with standing_at(NOON):
        assert "Khi đó bản 1, nộp lúc 12:00 ngày 02/03/2026, là bản được tính." in (
            client.get(page(second)).text
        )
        assert counted() == [second]
        assert "Đã rút bản 2." in client.post(page(second), follow=True).text
        assert counted() == [first]
        assert "đơn vị không còn video nào được tính" in client.get(page(first)).text
        client.post(page(first))
    assert counted() == []
    second.refresh_from_db()
    assert (second.withdrawn_at, second.withdrawn_by) == (NOON, unit.coordinator)
    assert VideoSubmission.objects.count() == 2
    entries = AuditEntry.objects.order_by("pk").values_list("action", "target", "actor")
    assert list(entries) == [
        ("video.withdraw", "video DV01 1 version 2", unit.coordinator_id),
        ("video.withdraw", "video DV01 1 version 1", unit.coordinator_id),
    ]


def test_reading_the_page_withdraws_nothing(client, unit) -> None:
    video = a_ready_video(unit)
    with standing_at(NOON):
        client.get(page(video))
        assert client.get(page(video, "video_keep")).status_code == 405
    assert counted() == [video]


def test_a_withdrawal_is_taken_back_while_videos_are_taken(client, unit) -> None:
    video = a_ready_video(unit)
    with standing_at(NOON):
        client.post(page(video))
        desk = client.get(reverse("desk", args=[unit.pk])).text
        assert "Đã rút lúc 12:00 ngày 02/03/2026" in desk
        assert page(video, "video_keep") in desk
        assert page(video) not in desk
        assert "Đã nộp lại bản 1." in client.post(page(video, "video_keep"), follow=True).text
    assert counted() == [video]
    assert AuditEntry.objects.filter(action="video.keep", actor=unit.coordinator).count() == 1


def test_another_version_may_be_handed_in_after_a_withdrawal(client, unit) -> None:
    with standing_at(NOON):
        client.post(page(a_ready_video(unit)))
        newer = a_ready_video(unit)
    assert newer.version == 2
    assert counted() == [newer]


@pytest.mark.parametrize("moment", [NOON - 2 * DAY, NOON + DAY, NOON + 10 * DAY])
@pytest.mark.parametrize("name", ["video_withdraw", "video_keep"])
def test_outside_the_window_nothing_changes_and_the_desk_says_so(
    client, unit, moment, name
) -> None:
    video = a_ready_video(unit)
    before = None if name == "video_withdraw" else NOON
    VideoSubmission.objects.update(withdrawn_at=before)
    with standing_at(moment):
        answer = client.post(page(video, name), follow=True)
        assert answer.redirect_chain == [(reverse("desk", args=[unit.pk]), 302)]
        assert "không thể thay đổi video của đơn vị" in answer.text
        assert page(video, name) not in answer.text
    video.refresh_from_db()
    assert video.withdrawn_at == before


@pytest.mark.parametrize("act", [withdrawal.withdraw, withdrawal.keep])
def test_the_verbs_hold_the_window_themselves(unit, act) -> None:
    video = a_ready_video(unit)
    for moment in (NOON - 2 * DAY, NOON + DAY):
        with pytest.raises(decisions.TooLate):
            act(video, by=unit.coordinator, address="", now=moment)
    assert not AuditEntry.objects.exists()


def test_what_is_refused_or_out_already_is_not_withdrawn(unit) -> None:
    declined, unfit, out = (a_ready_video(unit) for _place in range(3))
    VideoSubmission.objects.filter(pk=declined.pk).update(refused_at=NOON)
    VideoSubmission.objects.filter(pk=unfit.pk).update(state=State.REFUSED, accepted_at=None)
    VideoSubmission.objects.filter(pk=out.pk).update(withdrawn_at=NOON)
    for video in (declined, unfit, out):
        with pytest.raises(NothingToDecide):
            withdrawal.withdraw(video, by=unit.coordinator, address="", now=NOON)
    with pytest.raises(NothingToDecide):
        withdrawal.keep(declined, by=unit.coordinator, address="", now=NOON)


def test_another_units_video_is_not_there(client, unit) -> None:
    other = a_unit(unit.contest, "DV02")
    theirs, own = a_ready_video(other), a_ready_video(unit)
    names = ("video_withdraw", "video_keep", "video_subtitle")
    # By the address of their unit, and by that of the own one.
    addresses = [
        reverse(name, args=[pk, theirs.public_id]) for name in names for pk in (other.pk, unit.pk)
    ]
    with standing_at(NOON):
        assert {client.post(address).status_code for address in addresses} == {404}
        assert client.get(page(own)).status_code == 200
    theirs.refresh_from_db()
    assert theirs.withdrawn_at is None


def test_the_desk_lists_earlier_versions_with_what_became_of_them(client, unit) -> None:
    first, second, third = (a_ready_video(unit) for _place in range(3))
    VideoSubmission.objects.filter(pk=first.pk).update(refused_at=NOON)
    VideoSubmission.objects.filter(pk=third.pk).update(withdrawn_at=NOON)
    with standing_at(NOON):
        desk = client.get(reverse("desk", args=[unit.pk]))
    assert [video.version for video in desk.context["slots"][0].older] == [2, 1]
    assert desk.context["slots"][0].counted == second
    assert page(second) in desk.text
    assert page(first) not in desk.text
    assert "đang được tính" in desk.text
