"""Letters to the coordinator: once for each act, with how to mend it and until when."""

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import translation

from accounts import letters
from accounts.models import Letter
from media_uploads import decisions, notices, replacing, tasks
from media_uploads.models import VideoSubmission
from media_uploads.processing import inspect_submission
from media_uploads.records import Notice
from media_uploads.refusals import explain
from tests.make import make_organizer
from tests.media_uploads.builders import NOON, a_contest, a_ready_video, a_unit, a_video
from tests.media_uploads.samples import Samples

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
State = VideoSubmission.State


@pytest.fixture
def unit(media):
    made = a_unit(a_contest())
    made.coordinator.email = "dau-moi@example.vn"
    made.coordinator.save(update_fields=["email"])
    return made


def decide(verb, video, *, now=NOON, reason="Phần cuối thiếu tiếng") -> None:
    organizer = make_organizer(video.unit.contest)
    verb(
        target=video,
        name=decisions.name_of(video),
        contest=video.unit.contest,
        reason=reason,
        by=organizer,
        address="",
        now=now,
    )


def sent() -> mail.EmailMessage:
    """Send the one letter there is; return it."""
    letter = Notice.objects.get().letter
    assert letters.send(letter, now=letter.due_at)
    (message,) = mail.outbox
    return message


def test_a_refused_file_is_told_once_with_how_to_mend_it(unit, samples: Samples) -> None:
    video = a_video(unit, samples.text())
    with translation.override("en"):
        inspect_submission(video, now=NOON)
        inspect_submission(video, now=NOON)
    letter = sent()
    assert letter.to == ["dau-moi@example.vn"]
    assert letter.subject == "Video không được chấp nhận (DV01)"
    assert "Video “Một cửa thân thiện” của Đơn vị DV01" in letter.body
    assert "Bản 1 không được chấp nhận." in letter.body
    assert explain("not_video", {}) in letter.body
    assert "Sở Nội vụ" in letter.body


def test_the_deadline_is_told_while_videos_are_taken_and_whom_to_ask_afterwards(unit) -> None:
    refused = VideoSubmission.objects.filter(unit=unit)
    for slot, now, said in (
        (1, NOON, "Hạn nộp video: 12:00 ngày 03/03/2026."),
        (2, NOON + DAY, "vui lòng liên hệ Ban Tổ chức"),
    ):
        video = a_ready_video(unit)
        refused.filter(pk=video.pk).update(slot=slot, verdict_code="empty", state=State.REFUSED)
        video.refresh_from_db()
        notices.refused(video, now=now)
        assert said in Notice.objects.get(video=video).letter.body


def test_the_desks_address_stands_in_the_letter_where_the_servers_name_is_known(
    unit, settings
) -> None:
    video = a_ready_video(unit)
    decide(decisions.ask_again, video)
    assert "Vui lòng đăng nhập và mở trang đơn vị" in Notice.objects.get().letter.body
    Notice.objects.all().delete()
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.vn", "https://hoithi.example.vn"]
    notices.asked(video, now=NOON)
    assert f"https://hoithi.example.vn/unit/{unit.pk}/" in Notice.objects.get().letter.body


@pytest.mark.parametrize("accepted", [True, False])
def test_a_failure_is_told_and_what_it_means_for_the_unit(unit, samples, accepted) -> None:
    video = a_video(unit, samples.good())
    if accepted:
        VideoSubmission.objects.update(state=State.INSPECTED, accepted_at=NOON)
    VideoSubmission.objects.update(tries=3)
    video.refresh_from_db()
    tasks.sweep_videos()
    body = sent().body
    video.refresh_from_db()
    assert video.state == State.FAILED
    assert video.failure in body
    assert ("Bản 1 đã được chấp nhận và được tính" in body) is accepted
    assert ("Vui lòng tải lên lại" in body) is not accepted


def test_an_organizers_refusal_is_told_with_the_reason_and_what_counts_now(unit) -> None:
    a_ready_video(unit)
    decide(decisions.refuse, a_ready_video(unit))
    body = sent().body
    assert "không chấp nhận bản 2 với lý do:\n\nPhần cuối thiếu tiếng\n\nHiện bản 1 được tính." in (
        body
    )


def test_asking_again_is_told_with_the_reason(unit) -> None:
    decide(decisions.ask_again, a_ready_video(unit))
    letter = sent()
    assert letter.subject == "Đề nghị nộp bản mới của video (DV01)"
    assert "Phần cuối thiếu tiếng" in letter.body
    assert "Bản 1 vẫn được tính" in letter.body


def test_an_allowed_replacement_is_told_with_its_end(unit) -> None:
    video = a_ready_video(unit)
    VideoSubmission.objects.update(state=State.REFUSED, accepted_at=None, verdict_code="empty")
    video.refresh_from_db()
    replacing.allow(
        video,
        until=NOON + 2 * DAY,
        reason="Máy chủ gián đoạn",
        by=make_organizer(unit.contest),
        address="",
        now=NOON + DAY,
    )
    body = sent().body
    assert "nộp thêm một bản, hạn chót 12:00 ngày 04/03/2026" in body
    assert "Máy chủ gián đoạn" in body
    assert "Đã ngừng nhận video" not in body


@pytest.mark.parametrize("who", ["no address", "not active", "nobody"])
def test_no_letter_is_written_where_nobody_can_be_written_to(unit, who) -> None:
    video = a_ready_video(unit)
    if who == "nobody":
        video.unit.coordinator = None
    elif who == "not active":
        unit.coordinator.is_active = False
    else:
        unit.coordinator.email = ""
    decide(decisions.refuse, video)
    assert not Notice.objects.exists()
    assert not Letter.objects.exists()
    assert video.refused_at == NOON


def test_a_verdict_is_told_once_whoever_tries(unit) -> None:
    video = a_ready_video(unit)

    def note(kind: str, at: dt.datetime) -> None:
        letter = letters.write(to=unit.coordinator, subject="x", body="x", now=at)
        Notice.objects.create(video=video, kind=kind, at=at, letter=letter)

    note(Notice.Kind.REFUSED, NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        note(Notice.Kind.REFUSED, NOON + DAY)
    # Another act of the same kind is another letter; the same one is not.
    note(Notice.Kind.DECLINED, NOON)
    note(Notice.Kind.DECLINED, NOON + DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        note(Notice.Kind.DECLINED, NOON)
    assert Letter.objects.count() == 3


def test_no_subject_breaks_the_letter_apart(unit) -> None:
    unit.code = "DV\n\r01"
    video = a_ready_video(unit)
    video.unit = unit
    notices.asked(video, now=NOON)
    assert "\n" not in sent().subject
