"""The practice video: marking as it is, kept in the judge's own session, and nothing counts."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import av
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from contests.models import Contest
from scoring.facts import digest
from scoring.gathering import gather
from tests import make
from tests.scoring.cast import Stage

pytestmark = pytest.mark.django_db
LIST = "/admin/scoring/scoresheet/"
PAGE = f"{LIST}practice/hoi-thi/"
SAVE, CONFIRM = f"{PAGE}save/", f"{PAGE}confirm/"
KEYS = ("content", "script", "technique", "effect", "rules")
FULL = ("27", "17,5", "21", "18", "5")
OVER = "Đã hết thời gian chấm nên không còn tập chấm."
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def contest():
    contest = make.make_contest("hoi-thi")
    make.make_criteria(contest)
    return contest


@pytest.fixture
def judge(contest, client):
    judge = make.make_judge(contest)
    client.force_login(judge.user)
    return judge


def typed(*marks, revision=0, remark="", notes="", **button):
    fields = {f"m-{key}": mark for key, mark in zip(KEYS, marks, strict=False)}
    return {**fields, "revision": revision, "remark": remark, "notes": notes, **button}


def text(response):
    return " ".join(response.content.decode().split())


def shown(client):
    """Return what the page's fields hold, by criterion key."""
    form = client.get(PAGE).context["form"]
    return {row.criterion.key: row.text for row in form.rows() if row.text}


def hand_in(client, *marks, revision=0):
    client.post(PAGE, typed(*marks, revision=revision, _submit="1"))
    return client.post(CONFIRM, {"revision": revision + 1}, follow=True)


def every_row():
    """Return the rows of every table but that of the sessions, as they are stored."""
    return {
        model._meta.label: sorted(model._base_manager.values_list(), key=repr)
        for model in apps.get_models(include_auto_created=True)
        if model is not Session
    }


# --- nothing counts -------------------------------------------------------------------------------


def test_practising_from_end_to_end_writes_no_row_but_the_session(client, judge, contest):
    make.make_video(make.make_unit(contest))
    before = every_row()
    client.post(SAVE, typed("27", "17,5", remark="Hay", notes="Phút 2"))
    client.post(SAVE, typed("20", revision=0))
    response = hand_in(client, *FULL, revision=1)
    assert "Đã nộp phiếu tập chấm: 88,5 trên 100 điểm" in text(response)
    client.post(PAGE, {"_again": "1"})
    client.post(PAGE, typed("3", revision=4, _save="1"))
    assert shown(client) == {"content": "3"}
    assert every_row() == before


def test_a_result_does_not_depend_on_who_practised(client):
    stage = Stage()
    # Judging is open in the browser's time, too.
    Contest.objects.update(judging_closes_at=timezone.now() + MINUTE)
    before = digest(gather(stage.contest))
    client.force_login(stage.judges[0].user)
    assert "Đã nộp phiếu tập chấm" in text(hand_in(client, *FULL))
    assert digest(gather(stage.contest)) == before


def test_the_list_of_real_videos_stays_as_it_was(client, judge, contest):
    make.make_video(make.make_unit(contest))
    hand_in(client, *FULL)
    [seat] = client.get(LIST).context["seats"]
    assert [item["line"].state for item in seat["lines"]] == ["todo"]
    assert (seat["desk"].submitted, seat["desk"].left) == (0, 1)


# --- it works as the real page does ---------------------------------------------------------------


def test_what_is_acknowledged_is_kept_with_remark_and_notes(client, judge):
    said = client.post(SAVE, typed("17,5", remark="Rõ ràng", notes="Xem lại")).json()
    assert (said["revision"], said["errors"]) == (1, {})
    saved_at = dt.datetime.fromisoformat(said["saved_at"])
    assert abs(timezone.now() - saved_at) < MINUTE
    assert shown(client) == {"content": "17,5"}
    page = client.get(PAGE)
    assert "Rõ ràng" in text(page)
    assert "Xem lại" in text(page)
    assert "Bản nháp đã lưu lúc" in text(page)


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        ("31", "Điểm phải từ 0 đến 30."),
        ("-1", "Điểm phải từ 0 đến 30."),
        ("7,3", "Điểm chấm theo bước 0,5."),
        ("tốt", "Hãy nhập một số, ví dụ 17,5."),
    ],
)
def test_a_wrong_mark_is_refused_in_the_words_of_the_real_page(
    client, judge, contest, mark, sentence
):
    video = make.make_video(make.make_unit(contest))
    real = f"{LIST}video/{video.public_id}/"
    for save, page in ((f"{real}save/", real), (SAVE, PAGE)):
        said = client.post(save, typed(mark, "11")).json()
        assert said["errors"] == {"m-content": sentence}
        assert sentence in text(client.post(page, typed(mark, revision=1, _save="1")))
    assert shown(client) == {"script": "11"}


def test_the_same_once_more_is_acknowledged_and_changes_nothing(client, judge):
    first, again = (client.post(SAVE, typed("17", remark="Hay")) for _twice in range(2))
    assert (first.status_code, first.json()) == (200, again.json())
    assert again.json()["revision"] == 1


@pytest.mark.parametrize("revision", ["0", "2", "-1", "x", "", "1" * 30])
def test_another_windows_save_is_not_overwritten(client, judge, revision):
    client.post(SAVE, typed("17"))
    refused = client.post(SAVE, typed("20", revision=revision))
    assert (refused.status_code, refused.json()) == (409, {"error": "elsewhere"})
    response = client.post(PAGE, typed("20", revision=revision, _save="1"))
    assert response.status_code == 409
    assert "Cửa sổ kia đã lưu: 17." in text(response)
    assert shown(client) == {"content": "17"}


def test_an_incomplete_sheet_is_not_handed_in_and_names_what_is_missing(client, judge):
    client.post(PAGE, typed("27", "17", _submit="1"))
    for response in (client.get(CONFIRM, follow=True), client.post(CONFIRM, follow=True)):
        assert "còn thiếu điểm: Kỹ thuật, Hiệu quả tuyên truyền, Chấp hành thể lệ" in text(response)
        assert response.context["form"].given() == 2


def test_a_sheet_that_changed_since_it_was_looked_over_is_not_handed_in(client, judge):
    client.post(PAGE, typed(*FULL, _submit="1"))
    assert "88,5 / 100" in text(client.get(CONFIRM))
    client.post(SAVE, typed("1", *FULL[1:], revision=1))
    response = client.post(CONFIRM, {"revision": 1}, follow=True)
    assert "Phiếu chấm vừa được sửa ở cửa sổ khác" in text(response)
    assert "62,5 / 100" in text(response)
    assert shown(client)["content"] == "1"


def test_criteria_that_do_not_sum_to_100_take_no_sheet(client, judge, contest):
    contest.criteria.filter(key="rules").update(max_marks=Decimal(6))
    assert "chưa đủ 100 điểm" in text(hand_in(client, *FULL))
    assert shown(client)["content"] == "27"


def test_a_sheet_that_was_handed_in_changes_no_more(client, judge):
    hand_in(client, *FULL)
    refused = client.post(SAVE, typed("1", *FULL[1:], revision=2))
    assert (refused.status_code, refused.json()) == (410, {"error": "submitted"})
    late = client.post(PAGE, typed("1", *FULL[1:], revision=2, _save="1"))
    assert late.status_code == 409
    assert "88,5 / 100" in text(late)
    assert "88,5 trên 100 điểm" in text(client.get(PAGE))
    assert client.post(CONFIRM, {"revision": 2}).headers["Location"] == PAGE


def test_again_empties_the_sheet_and_an_old_window_does_not_fill_or_empty_it(client, judge):
    client.post(SAVE, typed("27"))
    hand_in(client, *FULL, revision=1)
    assert client.post(PAGE, {"_again": "1"}).headers["Location"] == PAGE
    assert shown(client) == {}
    page = client.get(PAGE)
    assert "Chưa chấm" not in text(page)
    for revision in range(4):
        assert client.post(SAVE, typed("27", revision=revision)).status_code == 409
    current = page.context["form"]["revision"].value()
    assert client.post(SAVE, typed("5", revision=current)).status_code == 200
    client.post(PAGE, {"_again": "1"})
    assert shown(client) == {"content": "5"}


def test_marks_that_changed_criteria_do_not_allow_are_left_out(client, judge, contest):
    client.post(SAVE, typed("27", "17,5", "21"))
    contest.criteria.filter(key="content").update(max_marks=Decimal(25))
    contest.criteria.filter(key="technique").delete()
    assert shown(client) == {"script": "17,5"}


@pytest.mark.parametrize("tail", ["", "confirm/", "done"])
def test_every_page_says_that_nothing_counts(client, judge, tail):
    client.post(PAGE, typed(*FULL, _submit="1"))
    if tail == "done":
        client.post(CONFIRM, {"revision": 1})
    page = client.get(PAGE if tail == "done" else PAGE + tail)
    assert "Video tập chấm: không tính vào kết quả" in text(page)


def test_the_page_has_no_conflict_no_next_video_and_the_real_player(client, judge):
    page = text(client.get(PAGE))
    assert 'name="_next"' not in page
    assert "xung đột lợi ích" not in page.lower()
    assert 'src="/static/video/practice.mp4"' in page
    assert 'poster="/static/video/practice.webp"' in page
    assert "data-player" in page


# --- whose it is and when -------------------------------------------------------------------------


def test_another_judges_practice_is_not_mine_nor_another_contests(client, judge, contest):
    client.post(SAVE, typed("27", notes="Riêng của tôi"))
    other = make.make_contest("khac")
    make.make_criteria(other)
    make.make_judge(other, user=judge.user)
    assert "Riêng của tôi" not in text(client.get(f"{LIST}practice/khac/"))
    colleague = make.make_judge(contest, "Lâm Thị Diễm")
    for browser in (client, Client()):
        browser.force_login(colleague.user)
        assert shown(browser) == {}
        assert "Riêng của tôi" not in text(browser.get(PAGE))


@pytest.mark.parametrize("who", ["foreign judge", "organizer", "superuser", "coordinator"])
@pytest.mark.parametrize("address", [PAGE, SAVE, CONFIRM])
def test_who_has_no_seat_finds_nothing(client, contest, who, address):
    users = {
        "foreign judge": lambda: make.make_judge(make.make_contest("khac"), "Khác").user,
        "organizer": lambda: make.make_organizer(contest),
        "superuser": lambda: make.make_user("Gốc", is_staff=True, is_superuser=True),
        "coordinator": lambda: (
            make.make_unit(contest, coordinator=make.make_user("Ai")).coordinator
        ),
    }
    make.make_judge(contest)
    client.force_login(users[who]())
    expected = 302 if who == "coordinator" else 404
    assert client.get(address).status_code == expected
    assert client.post(address, typed("27")).status_code == expected
    assert f"practice:{contest.pk}" not in client.session


def test_one_practises_before_judging_opens(client, judge, contest):
    Contest.objects.update(judging_opens_at=timezone.now() + MINUTE)
    video = make.make_video(make.make_unit(contest), "Video thật")
    listed = text(client.get(LIST))
    assert PAGE in listed
    assert video.title not in listed
    assert "88,5 trên 100 điểm" in text(hand_in(client, *FULL))


@pytest.mark.parametrize("address", [PAGE, CONFIRM])
def test_after_closing_nothing_is_practised(client, judge, address):
    client.post(PAGE, typed(*FULL, _submit="1"))
    Contest.objects.update(judging_closes_at=timezone.now())
    for send in (client.get, client.post):
        response = send(address, {"revision": 1}, follow=True)
        assert response.redirect_chain == [(LIST, 302)]
        assert OVER in text(response)
    refused = client.post(SAVE, typed("1", revision=1))
    assert (refused.status_code, refused.json()) == (410, {"error": "closed"})
    assert PAGE not in text(client.get(LIST))
    Contest.objects.update(judging_closes_at=timezone.now() + MINUTE)
    assert shown(client)["content"] == "27"


def test_a_contest_without_criteria_says_so(client, judge, contest):
    contest.criteria.all().delete()
    response = client.get(PAGE, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert "khi có tiêu chí, anh/chị sẽ tập chấm được" in text(response)
    assert client.post(SAVE, typed(revision=0)).status_code == 410


def test_the_list_leads_there_with_and_without_videos_and_stays_after_a_real_sheet(
    client, judge, contest
):
    assert f'<a class="btn btn-plain" href="{PAGE}">Tập chấm</a>' in text(client.get(LIST))
    video = make.make_video(make.make_unit(contest))
    assert f'<a class="btn btn-plain" href="{PAGE}">Tập chấm</a>' in text(client.get(LIST))
    make.make_sheet(judge, video, "27", "17.5", "21", "18", "5")
    assert f'<a class="btn btn-quiet" href="{PAGE}">Tập chấm</a>' in text(client.get(LIST))


def test_the_page_asks_the_database_five_times(client, judge, contest):
    """For the session, the user, the seat, the criteria and the time, however many videos."""
    for _video in range(3):
        make.make_video(make.make_unit(contest))
    client.post(SAVE, typed(*FULL))
    with CaptureQueriesContext(connection) as caught:
        client.get(PAGE)
    asked = [query["sql"] for query in caught]
    assert not [sql for sql in asked if "media_uploads" in sql or '"scoring_scoresheet"' in sql]
    assert len([sql for sql in asked if '"scoring_criterion"' in sql]) == 1
    assert len([sql for sql in asked if '"contests_judge"' in sql]) == 1


# --- the film -------------------------------------------------------------------------------------


def test_the_film_is_short_small_and_plays_everywhere():
    folder = Path(settings.BASE_DIR) / "static" / "video"
    assert (folder / "practice.mp4").stat().st_size <= 200_000
    with av.open(str(folder / "practice.mp4")) as film:
        [picture], [sound] = film.streams.video, film.streams.audio
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert picture.codec_context.pix_fmt == "yuv420p"
        assert (picture.width, picture.height) == (1280, 720)
        assert film.duration is not None
        assert 10 <= film.duration / av.time_base <= 15
    with Image.open(folder / "practice.webp") as poster:
        assert poster.size == (1280, 720)


def test_a_player_can_ask_for_a_part_of_the_film(client):
    film = (Path(settings.BASE_DIR) / "static" / "video" / "practice.mp4").read_bytes()
    response = client.get("/static/video/practice.mp4", headers={"range": "bytes=1000-1999"})
    assert response.status_code == 206
    assert response.headers["Content-Range"] == f"bytes 1000-1999/{len(film)}"
    assert b"".join(response) == film[1000:2000]
