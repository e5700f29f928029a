"""Letters to the coordinator: once for each act, and what a mail server does disturbs nothing."""

import datetime as dt
import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction
from django.utils import translation

from contests.clock import database_now
from media_uploads import decisions, notices, replacing, tasks
from media_uploads.models import PATIENCE, VideoSubmission
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
    notice = Notice.objects.get()
    assert notices.send(notice, now=notice.due_at)
    (letter,) = mail.outbox
    return letter


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
        assert said in Notice.objects.get(video=video).body


def test_the_desks_address_stands_in_the_letter_where_the_servers_name_is_known(
    unit, settings
) -> None:
    video = a_ready_video(unit)
    decide(decisions.ask_again, video)
    assert "Vui lòng đăng nhập và mở trang đơn vị" in Notice.objects.get().body
    Notice.objects.all().delete()
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.vn", "https://hoithi.example.vn"]
    notices.asked(video, now=NOON)
    assert f"https://hoithi.example.vn/unit/{unit.pk}/" in Notice.objects.get().body


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
    assert video.refused_at == NOON


def test_a_verdict_is_told_once_whoever_tries(unit) -> None:
    video = a_ready_video(unit)
    fields = {"video": video, "subject": "x", "body": "x", "due_at": NOON}
    Notice.objects.create(kind=Notice.Kind.REFUSED, at=NOON, **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(kind=Notice.Kind.REFUSED, at=NOON + DAY, **fields)
    # Another act of the same kind is another letter.
    Notice.objects.create(kind=Notice.Kind.DECLINED, at=NOON, **fields)
    Notice.objects.create(kind=Notice.Kind.DECLINED, at=NOON + DAY, **fields)


def test_a_letter_goes_out_once_however_often_the_bell_rings(unit) -> None:
    decide(decisions.refuse, a_ready_video(unit))
    notice = Notice.objects.get()
    for _ring in range(3):
        tasks.send_notice(notice_id=notice.pk)
    assert len(mail.outbox) == 1
    notice.refresh_from_db()
    assert notice.sent_at is not None
    tasks.send_notice(notice_id=notice.pk + 1)


def test_a_mail_server_that_is_down_is_tried_again_later_and_five_times_at_most(
    unit, monkeypatch, caplog
) -> None:
    def down(*args: object, **kwargs: object) -> None:
        raise smtplib.SMTPServerDisconnected("connection lost")

    monkeypatch.setattr(EmailBackend, "send_messages", down)
    video = a_ready_video(unit)
    decide(decisions.refuse, video)
    assert video.refused_at == NOON
    waits = []
    now = NOON
    for tried in range(1, 6):
        notice = Notice.objects.get()
        assert not notices.send(notice, now=now)
        # Not before its time.
        assert not notices.send(notice, now=now)
        notice.refresh_from_db()
        assert (notice.tries, notice.sent_at) == (tried, None)
        waits.append((notice.due_at - now).total_seconds() / 60)
        now = notice.due_at
    assert waits[:4] == [1, 4, 16, 64]
    assert not Notice.objects.due(now + DAY).exists()
    assert "dau-moi" not in caplog.text
    assert "SMTPServerDisconnected" in caplog.text


def test_it_goes_out_when_the_mail_server_is_back(unit, monkeypatch) -> None:
    decide(decisions.refuse, a_ready_video(unit))
    with monkeypatch.context() as patch:

        def down(*args: object, **kwargs: object) -> None:
            raise ConnectionRefusedError

        patch.setattr(EmailBackend, "send_messages", down)
        notices.send(Notice.objects.get(), now=NOON)
    assert not mail.outbox
    assert "Phần cuối thiếu tiếng" in sent().body


def test_the_sweep_rings_for_letters_whose_bell_was_lost(
    unit, django_capture_on_commit_callbacks, monkeypatch
) -> None:
    rung = []
    monkeypatch.setattr(tasks.send_notice, "delay", lambda *, notice_id: rung.append(notice_id))
    with django_capture_on_commit_callbacks(execute=True):
        decide(decisions.refuse, a_ready_video(unit), now=database_now())
        # One that was just written is left to its own bell.
        tasks.sweep_videos()
    notice = Notice.objects.get()
    assert rung == [notice.pk]
    Notice.objects.update(due_at=database_now() - PATIENCE)
    for sent_at, bells in ((None, 2), (NOON, 2)):
        Notice.objects.update(sent_at=sent_at)
        with django_capture_on_commit_callbacks(execute=True):
            tasks.sweep_videos()
        assert rung == [notice.pk] * bells


def test_no_subject_breaks_the_letter_apart(unit) -> None:
    unit.code = "DV\n\r01"
    video = a_ready_video(unit)
    video.unit = unit
    notices.asked(video, now=NOON)
    assert "\n" not in sent().subject
