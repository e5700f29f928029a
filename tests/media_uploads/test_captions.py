"""Captions: what is read of a WebVTT file, what is kept of it, who gives it and gets it."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from media_uploads import webvtt
from tests.clock import standing_at
from tests.make import (
    make_contest,
    make_criteria,
    make_judge,
    make_organizer,
    make_unit,
    make_video,
)
from tests.media_uploads.builders import NOON, a_contest, a_ready_video, a_unit

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
GOOD = """WEBVTT

00:01.000 --> 00:04.000
Kính chào quý vị
"""
KEPT = """WEBVTT

00:00:01.000 --> 00:00:04.000
Kính chào quý vị
"""


def kept(body: str) -> str:
    """What is kept of one caption's lines."""
    cues = webvtt.read(f"WEBVTT\n\n00:01.000 --> 00:04.000\n{body}\n".encode())
    return cues[0].text


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("<b>Một</b> <i>hai</i> <u>ba</u>", "<b>Một</b> <i>hai</i> <u>ba</u>"),
        ("<v Nguyễn Lan>Xin chào</v>", "Xin chào"),
        ("<c.red>đỏ</c> <00:02.000>sau", "đỏ sau"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("&amp;lt;b&amp;gt;", "&amp;lt;b&amp;gt;"),
        ("3 < 5 & 7 &#62; 6", "3 &lt; 5 &amp; 7 &gt; 6"),
        ("<b onclick=x>đậm", "<b>đậm</b>"),
        ("<b>đậm <i onclick=x", "<b>đậm &lt;i onclick=x</b>"),
        ("</i>thừa</b>", "thừa"),
        ("<b>một <i>hai</b> ba", "<b>một <i>hai ba</i></b>"),
        ("một --&gt; hai", "một --&gt; hai"),
        ("một&#10;&#10;hai", "một\nhai"),
        ("a\x00b\x1bc", "abc"),
    ],
)
def test_only_text_and_three_tags_stay(sent: str, text: str) -> None:
    assert kept(sent) == text


def test_what_is_written_is_read_as_the_same_again() -> None:
    sent = (
        "\ufeffWEBVTT - Bản tin\r\nKind: captions\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\n"
        "NOTE\r\nghi chú\r\n\r\nREGION\r\nid:a\r\n\r\n"
        "1\r\n00:01.000 --> 00:02.500 align:start line:0\r\nMột\r\nhai\r\n\r\n"
        "01:00:00.000 --> 01:00:02.000\r\n<b>Ba</b>\r\n\r\n02:00:00.000 --> 02:00:01.000\r\n<c></c>"
    )
    cues = webvtt.read(sent.encode())
    assert webvtt.write(cues) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nMột\nhai\n\n"
        "01:00:00.000 --> 01:00:02.000\n<b>Ba</b>\n"
    )
    assert webvtt.read(webvtt.write(cues).encode()) == cues


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "Dòng 1: dòng đầu tiên phải là WEBVTT."),
        (b"WEBVTTX\n\n00:01.000 --> 00:02.000\na", "Dòng 1: "),
        (b"1\n00:00:01,000 --> 00:00:02,000\na", "Dòng 1: "),
        ("WEBVTT\n\nxin chào".encode("utf-16"), "UTF-8"),
        (b"WEBVTT\n\nNOTE x", "không có câu phụ đề nào"),
        (b"WEBVTT\n\nxin chao", "Dòng 3: câu phụ đề phải có dòng thời gian"),
        (b"WEBVTT\n\n1\n00:01 --> 00:02\na", "Dòng 4: thời gian chưa đúng dạng"),
        (b"WEBVTT\n\n00:61.000 --> 00:62.000\na", "Dòng 3: thời gian chưa đúng dạng"),
        (b"WEBVTT\n\n00:02.000 --> 00:02.000\na", "Dòng 3: câu phụ đề kết thúc"),
        (
            b"WEBVTT\n\n00:02.000 --> 00:03.000\na\n\n\n00:01.999 --> 00:03.000\nb",
            "Dòng 7: câu phụ đề này bắt đầu trước",
        ),
        (
            b"WEBVTT\n\n00:02.000 --> 00:03.000\na\n00:04.000 --> 00:05.000\nb",
            "Dòng 5: thiếu dòng trống",
        ),
        (GOOD.encode() + b" " * 500_000, "tối đa 500 kB"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(sent: bytes, said: str) -> None:
    with pytest.raises(webvtt.NotCaptions) as refusal:
        webvtt.read(sent)
    assert said in refusal.value.message


@pytest.fixture
def video(media):
    return a_ready_video(a_unit(a_contest()))


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def vtt(content: bytes = GOOD.encode()) -> SimpleUploadedFile:
    return SimpleUploadedFile("phu-de.vtt", content, "text/vtt")


def own_page(video) -> str:
    return reverse("video_subtitle", args=[video.unit_id, video.public_id])


def test_a_coordinator_gives_and_removes_captions_while_videos_are_taken(video) -> None:
    client = browser(video.unit.coordinator)
    with standing_at(NOON):
        assert client.post(own_page(video), {}).context["form"].errors["file"]
        wrong = client.post(own_page(video), {"file": vtt(b"xin chao")})
        assert wrong.context["form"].errors["file"] == ["Dòng 1: dòng đầu tiên phải là WEBVTT."]
        client.post(own_page(video), {"file": vtt()})
        video.refresh_from_db()
        assert video.captions == KEPT
        assert "Bản này đã có phụ đề." in client.get(own_page(video)).text
        client.post(own_page(video), {"remove": "yes"})
        video.refresh_from_db()
        assert video.captions == ""
    acts = AuditEntry.objects.order_by("pk").values_list("action", "actor")
    coordinator = video.unit.coordinator_id
    assert list(acts) == [("video.caption", coordinator), ("video.remove_captions", coordinator)]


def test_captions_stay_as_they_are_outside_the_window(video) -> None:
    client = browser(video.unit.coordinator)
    for moment in (NOON - 2 * DAY, NOON + DAY):
        with standing_at(moment):
            answer = client.post(own_page(video), {"file": vtt()}, follow=True)
        assert "không thể thay đổi video của đơn vị" in answer.text
    video.refresh_from_db()
    assert video.captions == ""


def test_an_organizer_gives_and_removes_captions_at_any_time(video) -> None:
    client = browser(make_organizer(video.unit.contest))
    page = reverse("admin:media_uploads_videosubmission_captions", args=[video.pk])
    with standing_at(NOON + 30 * DAY):
        assert "Dòng 1" in client.post(page, {"file": vtt(b"x")}).text
        client.post(page, {"file": vtt()})
        video.refresh_from_db()
        assert video.captions == KEPT
        client.post(page, {"remove": "yes"})
    video.refresh_from_db()
    assert video.captions == ""


def test_captions_are_served_as_captions_and_nothing_else(video) -> None:
    client = browser(video.unit.coordinator)
    address = reverse("video_captions", args=[video.public_id])
    assert client.get(address).status_code == 404
    video.captions = KEPT
    video.save(update_fields=["captions"])
    answer = client.get(address)
    assert answer.content.decode() == KEPT
    assert answer.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert client.post(address).status_code == 405


@pytest.mark.parametrize("captioned", [True, False])
def test_players_name_the_captions_where_there_are_any(video, captioned) -> None:
    contest = video.unit.contest
    if captioned:
        video.captions = KEPT
        video.save(update_fields=["captions"])
    track = f'src="/videos/{video.public_id}/captions.vtt"'
    desk = browser(video.unit.coordinator).get(reverse("desk", args=[video.unit_id])).text
    organizer = browser(make_organizer(contest))
    page = organizer.get(
        reverse("admin:media_uploads_videosubmission_change", args=[video.pk])
    ).text
    contest.provisional_at = NOON + 4 * DAY
    contest.save(update_fields=["provisional_at"])
    place = {"slug": contest.slug}
    film = (
        Client().get(reverse("gallery_video", kwargs={**place, "public_id": video.public_id})).text
    )
    for text in (desk, page, film):
        assert (track in text) is captioned
        assert ('kind="captions" srclang="vi" label="Tiếng Việt"' in text) is captioned
    gallery = Client().get(reverse("gallery", kwargs=place)).text
    assert ("Có phụ đề" in gallery) is captioned


@pytest.mark.parametrize("captioned", [True, False])
def test_a_judges_player_names_them_too(client, captioned) -> None:
    contest = make_contest()
    make_criteria(contest)
    video = make_video(make_unit(contest), captions=KEPT if captioned else "")
    client.force_login(make_judge(contest).user)
    page = client.get(reverse("admin:scoring_scoresheet_video", args=[video.public_id])).text
    assert f'src="/videos/{video.public_id}/video.mp4"' in page
    assert (f'src="/videos/{video.public_id}/captions.vtt"' in page) is captioned
