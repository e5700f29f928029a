"""One replacement after closing, which an organizer allows with a reason. rules: V2"""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from contests.decisions import NothingToDecide, ReasonMissing
from media_uploads import receiving, replacing
from media_uploads.models import FINISHING_TIME, Upload, VideoSubmission
from media_uploads.receiving import NotTaken
from media_uploads.records import Replacement
from tests.clock import standing_at
from tests.make import make_organizer
from tests.media_uploads.builders import NOON, a_contest, a_ready_video, a_unit

pytestmark = pytest.mark.django_db
DAY, HOUR, SECOND = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(seconds=1)
# The window of `a_contest` closes a day after noon.
CLOSED, LATER = NOON + DAY + HOUR, NOON + 2 * DAY
State = VideoSubmission.State


@pytest.fixture
def unit(media):
    return a_unit(a_contest())


@pytest.fixture
def organizer(unit):
    return make_organizer(unit.contest)


@pytest.fixture
def refused(unit) -> VideoSubmission:
    return a_refused_video(unit)


def a_refused_video(unit, **fields) -> VideoSubmission:
    video = a_ready_video(unit)
    told = {"state": State.REFUSED, "accepted_at": None, "verdict_code": "empty", **fields}
    VideoSubmission.objects.filter(pk=video.pk).update(**told)
    video.refresh_from_db()
    return video


def allow(video, by, *, until=LATER, now=CLOSED, reason="Máy chủ gián đoạn") -> Replacement:
    return replacing.allow(video, until=until, reason=reason, by=by, address="", now=now)


def begin(unit, *, now, slot=1, number=1) -> Upload:
    return receiving.begin(
        unit=unit,
        upload_id=f"{number:032x}",
        slot=slot,
        title="Bản thay",
        original_name="moi.mp4",
        size=4,
        may_be_shown=True,
        by=unit.coordinator,
        now=now,
    )


def send(unit, *, now, title="Bản thay"):
    """Hand a file in by the plain form; return the desk it leads to."""
    client = Client()
    client.force_login(unit.coordinator)
    file = SimpleUploadedFile("moi.mp4", b"film", "video/mp4")
    with standing_at(now):
        return client.post(
            reverse("video_upload", args=[unit.pk]), {"title": title, "file": file}, follow=True
        )


# --- the organizer


def test_allowing_is_kept_with_who_when_why_and_until(refused, organizer) -> None:
    leave = allow(refused, organizer, reason="  Máy chủ gián đoạn ")
    assert (leave.unit, leave.slot, leave.by, leave.at) == (refused.unit, 1, organizer, CLOSED)
    assert (leave.until, leave.reason) == (LATER, "Máy chủ gián đoạn")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("video.allow_replacement", organizer)
    assert (entry.target, entry.reason) == ("video DV01 1 version 1", "Máy chủ gián đoạn")


def test_it_needs_a_reason_and_is_given_once_at_a_time(refused, organizer) -> None:
    with pytest.raises(ReasonMissing):
        allow(refused, organizer, reason="  ")
    allow(refused, organizer)
    with pytest.raises(NothingToDecide):
        allow(refused, organizer)
    # The one before is over and was not used.
    again = allow(refused, organizer, now=LATER, until=LATER + HOUR)
    assert Replacement.objects.count() == 2
    assert again.until == LATER + HOUR


def test_it_is_not_given_twice_while_an_upload_is_under_way(refused, organizer) -> None:
    allow(refused, organizer)
    begin(refused.unit, now=CLOSED)
    with pytest.raises(NothingToDecide):
        allow(refused, organizer)


@pytest.mark.parametrize("now", [NOON - 2 * DAY, NOON, NOON + DAY - SECOND, NOON + 3 * DAY])
def test_it_is_not_given_while_videos_are_taken_nor_after_judging(refused, organizer, now) -> None:
    with pytest.raises(replacing.NotAllowed):
        allow(refused, organizer, now=now, until=now + HOUR)


def test_it_is_given_from_closing_on(refused, organizer) -> None:
    assert allow(refused, organizer, now=NOON + DAY).until == LATER


@pytest.mark.parametrize("until", [CLOSED - SECOND, CLOSED, NOON + 3 * DAY + SECOND])
def test_it_ends_in_the_future_and_before_judging_does(refused, organizer, until) -> None:
    with pytest.raises(replacing.NotAllowed):
        allow(refused, organizer, until=until)


def test_it_is_for_what_the_machine_did_not_take(unit, organizer) -> None:
    cases = [
        (a_ready_video(unit), False),
        (a_refused_video(unit, state=State.READY, refused_at=NOON, accepted_at=NOON), False),
        (a_refused_video(unit, state=State.FAILED, accepted_at=NOON), False),
        (a_refused_video(unit, state=State.FAILED), True),
        (a_refused_video(unit), True),
    ]
    for slot, (video, may) in enumerate(cases, start=1):
        VideoSubmission.objects.filter(pk=video.pk).update(slot=slot)
        video.refresh_from_db()
        assert (replacing.obstacle(video, now=CLOSED) == "") is may
    # The unit has sent another one since.
    old = a_refused_video(unit)
    a_ready_video(unit)
    assert replacing.obstacle(old, now=CLOSED) != ""


def test_it_is_not_given_once_results_are_published(refused, organizer) -> None:
    refused.unit.contest.provisional_at = CLOSED
    with pytest.raises(replacing.NotAllowed):
        allow(refused, organizer)


def test_an_organizer_allows_it_on_a_page_of_its_own(refused, organizer) -> None:
    client = Client()
    client.force_login(organizer)
    video = f"/admin/media_uploads/videosubmission/{refused.pk}"
    with standing_at(CLOSED):
        assert f'href="{video}/replacement/"' in client.get(f"{video}/change/").text
        form = client.get(f"{video}/replacement/").context["form"]
        assert form["until"].value().strftime("%d/%m %H:%M") == "04/03 13:00"
        wrong = client.post(f"{video}/replacement/", {"until": "x", "reason": ""})
        assert set(wrong.context["form"].errors) == {"until", "reason"}
        late = {"until": "30/03/2026 08:00", "reason": "Mất điện"}
        page = client.post(f"{video}/replacement/", late)
        assert "kết thúc chấm điểm, 12:00 05/03/2026" in page.text
        client.post(f"{video}/replacement/", {**late, "until": "04/03/2026 08:00"})
        leave = Replacement.objects.get()
        assert leave.until == dt.datetime(2026, 3, 4, 1, 0, tzinfo=dt.UTC)
        again = client.post(
            f"{video}/replacement/", {**late, "until": "04/03/2026 08:00"}, follow=True
        )
        assert "đã được cho nộp thay một lần" in again.text
    with standing_at(NOON):
        assert f'href="{video}/replacement/"' not in client.get(f"{video}/change/").text
        answer = client.get(f"{video}/replacement/", follow=True)
        assert "Vẫn đang nhận video" in answer.text


# --- the unit


def test_without_a_leave_nothing_begins_after_closing(unit) -> None:
    with pytest.raises(NotTaken, match="closed"):
        begin(unit, now=CLOSED)
    assert not Upload.objects.exists()
    assert "Đã ngừng nhận video" in send(unit, now=CLOSED).text
    assert not VideoSubmission.objects.exists()


def test_one_resumable_upload_begins_with_it_and_becomes_the_replacement(
    refused, organizer
) -> None:
    leave = allow(refused, organizer)
    upload = begin(refused.unit, now=LATER - SECOND)
    leave.refresh_from_db()
    assert leave.upload == upload
    with pytest.raises(NotTaken, match="closed"):
        begin(refused.unit, now=LATER - SECOND, number=2)
    assert upload.expires_at == LATER + FINISHING_TIME
    upload.path.write_bytes(b"film")
    video = receiving.finish(upload, address="", now=LATER)
    leave.refresh_from_db()
    assert (leave.video, video.version) == (video, 2)
    with pytest.raises(NotTaken, match="closed"):
        begin(refused.unit, now=LATER - SECOND, number=3)


def test_an_upload_that_is_given_up_gives_the_leave_back(refused, organizer) -> None:
    allow(refused, organizer)
    begin(refused.unit, now=CLOSED).discard()
    assert begin(refused.unit, now=CLOSED, number=2).title == "Bản thay"


def test_the_leave_ends(refused, organizer) -> None:
    allow(refused, organizer)
    for now in (LATER, LATER + HOUR):
        with pytest.raises(NotTaken, match="closed"):
            begin(refused.unit, now=now)


def test_an_upload_begun_with_it_finishes_within_30_minutes_after_its_end(
    refused, organizer
) -> None:
    allow(refused, organizer)
    upload = begin(refused.unit, now=LATER - SECOND)
    receiving.require_in_time(upload.closes_at, now=LATER + FINISHING_TIME - SECOND)
    with pytest.raises(NotTaken, match="closed"):
        receiving.require_in_time(upload.closes_at, now=LATER + FINISHING_TIME)


def test_it_is_for_its_unit_and_slot(refused, organizer) -> None:
    allow(refused, organizer)
    with pytest.raises(NotTaken, match="closed"):
        begin(a_unit(refused.unit.contest, "DV02"), now=CLOSED)
    with pytest.raises(NotTaken, match="closed"):
        begin(refused.unit, slot=2, now=CLOSED)
    assert begin(refused.unit, now=CLOSED).slot == 1


def test_while_videos_are_taken_no_leave_is_used(refused, organizer) -> None:
    leave = Replacement.objects.create(
        unit=refused.unit, slot=1, reason="x", by=organizer, at=NOON, until=LATER
    )
    begin(refused.unit, now=NOON)
    leave.refresh_from_db()
    assert leave.upload is None


def test_the_plain_form_takes_one_file_with_it(refused, organizer) -> None:
    leave = allow(refused, organizer)
    assert "nộp thêm một bản đến 12:00 ngày 04/03/2026" in desk_of(refused.unit, now=CLOSED)
    assert "Đã nhận “Bản thay”, bản 2" in send(refused.unit, now=CLOSED).text
    leave.refresh_from_db()
    assert leave.video == VideoSubmission.objects.get(version=2)
    assert "Đã ngừng nhận video" in send(refused.unit, now=CLOSED).text
    assert VideoSubmission.objects.count() == 2
    assert "nộp thêm một bản đến" not in desk_of(refused.unit, now=CLOSED)


def test_two_forms_at_once_leave_one_video_and_no_stray_file(
    refused, organizer, media, monkeypatch
) -> None:
    """Both are let in before their files are read; the second to store is turned away."""
    allow(refused, organizer)
    keep = receiving.keep

    def keep_slowly(file):
        monkeypatch.setattr(receiving, "keep", keep)
        send(refused.unit, now=CLOSED, title="Bản nhanh hơn")
        return keep(file)

    monkeypatch.setattr(receiving, "keep", keep_slowly)
    said = send(refused.unit, now=CLOSED, title="Bản chậm hơn").text
    assert "Đã ngừng nhận video" in said
    assert VideoSubmission.objects.get(version=2).title == "Bản nhanh hơn"
    stored = {path.name for path in (media / "originals").iterdir()}
    assert stored == {VideoSubmission.objects.get(version=2).original.removeprefix("originals/")}


def test_the_desk_says_whom_to_ask_until_it_is_allowed(refused, organizer) -> None:
    assert "vui lòng liên hệ Ban Tổ chức" in desk_of(refused.unit, now=CLOSED)
    assert "vui lòng liên hệ Ban Tổ chức" not in desk_of(refused.unit, now=NOON)
    allow(refused, organizer)
    said = desk_of(refused.unit, now=CLOSED)
    assert "vui lòng liên hệ Ban Tổ chức" not in said
    assert "Máy chủ gián đoạn" in said
    assert reverse("video_upload", args=[refused.unit_id]) in said


def desk_of(unit, *, now) -> str:
    client = Client()
    client.force_login(unit.coordinator)
    with standing_at(now):
        return client.get(reverse("desk", args=[unit.pk])).text
