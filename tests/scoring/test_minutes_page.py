"""The minutes of the panel: who reads and writes them, and until when (rules: M3-M6)."""

import datetime as dt

import pytest
from django.contrib import admin
from django.utils import timezone

from accounts.models import AuditEntry
from contests.models import Contest
from scoring.models import (
    JudgingClosed,
    NotTheChair,
    PanelDiscussion,
    declare_conflict,
    write_discussion,
)
from tests import make

pytestmark = pytest.mark.django_db
ROOT = "/admin/scoring/scoresheet/"
HIGH = ("27", "17.5", "21", "18", "5")


@pytest.fixture
def contest():
    contest = make.make_contest()
    make.make_criteria(contest)
    return contest


@pytest.fixture
def chair(contest):
    return make.make_judge(contest, "Trưởng ban Lan", is_chair=True)


@pytest.fixture
def video(contest, chair):
    """A video whose only sheet is the chair's."""
    video = make.make_video(make.make_unit(contest, "A1"), "Một cửa thân thiện")
    make.make_sheet(chair, video, *HIGH)
    return video


def analysis(contest):
    return f"{ROOT}analysis/{contest.slug}/"


def discussion(video):
    return f"{ROOT}discussion/{video.public_id}/"


def text(response):
    return " ".join(response.content.decode().split())


def shown(client, user, address):
    client.force_login(user)
    response = client.get(address)
    assert response.status_code == 200
    return text(response)


def test_chair_writes_minutes_that_the_analysis_shows(client, contest, chair, video):
    organizer = make.make_organizer(contest)
    client.force_login(chair.user)
    said = "Lệch ở tiêu chí kỹ thuật.\nGiữ nguyên điểm."
    response = client.post(discussion(video), {"text": said}, follow=True)
    assert response.redirect_chain == [(discussion(video), 302)]
    assert "Đã lưu biên bản hội ý" in text(response)
    kept = PanelDiscussion.objects.get()
    assert (kept.video, kept.by, kept.text) == (video, chair.user, said)
    assert AuditEntry.objects.filter(action="panel.discuss", actor=chair.user).count() == 1
    for user in (chair.user, organizer):
        page = shown(client, user, analysis(contest))
        assert "Lệch ở tiêu chí kỹ thuật.<br>Giữ nguyên điểm." in page
        assert "Đã hội ý" in page
    assert f'href="{discussion(video)}"' not in page


def test_minutes_need_a_text_and_are_escaped(client, chair, video):
    client.force_login(chair.user)
    assert "invalid-feedback" in text(client.post(discussion(video), {"text": "  "}))
    assert not PanelDiscussion.objects.exists()
    page = text(client.post(discussion(video), {"text": "<b>x</b>"}, follow=True))
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x" not in page


def test_further_minutes_are_a_further_row_and_none_is_changed(client, chair, video):
    client.force_login(chair.user)
    for said in ("Lần một", "Lần hai"):
        client.post(discussion(video), {"text": said})
    rows = PanelDiscussion.objects.order_by("pk")
    assert [row.text for row in rows] == ["Lần một", "Lần hai"]
    page = text(client.get(discussion(video)))
    assert page.index("Lần một") < page.index("Lần hai")
    assert not admin.site.is_registered(PanelDiscussion)
    sent = {"text": "Sửa lại", "id": rows[0].pk, "pk": rows[0].pk}
    client.post(discussion(video), sent)
    assert [row.text for row in rows.all()] == ["Lần một", "Lần hai", "Sửa lại"]


def test_a_form_sent_twice_is_kept_once(client, chair, video):
    """A double click, and the browser's offer to send a form again."""
    client.force_login(chair.user)
    for said in ("Giữ nguyên điểm", "Giữ nguyên điểm\r\n"):
        response = client.post(discussion(video), {"text": said}, follow=True)
        assert "Đã lưu biên bản hội ý" in text(response)
    assert PanelDiscussion.objects.get().text == "Giữ nguyên điểm"
    assert AuditEntry.objects.filter(action="panel.discuss").count() == 1
    # The same words after other ones are a talk of their own; so are another chair's.
    other = make.make_judge(chair.contest, "Phó ban", is_chair=True)
    make.make_sheet(other, video, *HIGH)
    for said in ("Xem lại kỹ thuật", "Giữ nguyên điểm"):
        client.post(discussion(video), {"text": said})
    client.force_login(other.user)
    client.post(discussion(video), {"text": "Giữ nguyên điểm"})
    rows = PanelDiscussion.objects.order_by("pk").values_list("by", "text")
    assert list(rows) == [
        (chair.user_id, "Giữ nguyên điểm"),
        (chair.user_id, "Xem lại kỹ thuật"),
        (chair.user_id, "Giữ nguyên điểm"),
        (other.user_id, "Giữ nguyên điểm"),
    ]


def test_only_the_chair_opens_or_writes_the_minutes(client, contest, video):
    judge, organizer = make.make_judge(contest, "Lý Thị Sen"), make.make_organizer(contest)
    superuser = make.make_user("Quản trị", is_staff=True, is_superuser=True)
    for user in (judge.user, organizer, superuser):
        client.force_login(user)
        assert client.get(discussion(video)).status_code == 404
        assert client.post(discussion(video), {"text": "Giả"}).status_code == 404
    with pytest.raises(NotTheChair):
        write_discussion(video=video, by=judge.user, text="Giả", now=timezone.now())
    assert not PanelDiscussion.objects.exists()


def test_chair_in_conflict_does_not_find_the_minutes(client, chair, video):
    declare_conflict(judge=chair, unit=video.unit, reason="Vợ làm ở đó", now=timezone.now())
    client.force_login(chair.user)
    assert client.get(discussion(video)).status_code == 404
    assert client.post(discussion(video), {"text": "Giả"}).status_code == 404
    with pytest.raises(NotTheChair):
        write_discussion(video=video, by=chair.user, text="Giả", now=timezone.now())
    assert not PanelDiscussion.objects.exists()


def test_before_the_own_sheet_the_chair_neither_reads_nor_writes_minutes(
    client, contest, chair, video
):
    late = make.make_judge(contest, "Phó ban", is_chair=True)
    write_discussion(video=video, by=chair.user, text="Bí mật hội ý", now=timezone.now())
    page = shown(client, late.user, discussion(video))
    assert "Hoàn thành phiếu của mình trước" in page
    assert "Bí mật hội ý" not in page
    response = client.post(discussion(video), {"text": "Sớm"})
    assert (response.status_code, "Bí mật hội ý" in text(response)) == (409, False)
    assert PanelDiscussion.objects.count() == 1


def test_minutes_are_written_after_closing_and_until_the_results_are_final(
    client, contest, chair, video
):
    client.force_login(chair.user)
    Contest.objects.filter(pk=contest.pk).update(judging_closes_at=timezone.now())
    client.post(discussion(video), {"text": "Sau khi hết hạn chấm"})
    assert PanelDiscussion.objects.count() == 1
    now = timezone.now()
    Contest.objects.filter(pk=contest.pk).update(
        provisional_at=now - dt.timedelta(days=1), final_at=now
    )
    page = shown(client, chair.user, discussion(video))
    assert "Sau khi hết hạn chấm" in page
    assert "<textarea" not in page
    assert client.post(discussion(video), {"text": "Muộn"}).status_code == 409
    video.refresh_from_db()
    video.unit.contest.refresh_from_db()
    with pytest.raises(JudgingClosed):
        write_discussion(video=video, by=chair.user, text="Muộn", now=now)
    assert PanelDiscussion.objects.count() == 1
    assert f'href="{discussion(video)}"' not in shown(client, chair.user, analysis(contest))
