"""What organizers are warned of, ask for, approve and supply. rules: V1, V4"""

import datetime as dt
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from contests.decisions import NothingToDecide, ReasonMissing
from media_uploads import cautions, decisions, receiving
from media_uploads.admin import pages
from media_uploads.models import VideoSubmission, media_storage
from media_uploads.processing import encode_submission, inspect_submission
from tests.make import make_contest, make_organizer, make_unit, make_user, make_video
from tests.media_uploads.builders import NOON, a_contest, a_unit, a_video
from tests.media_uploads.samples import Samples

pytestmark = pytest.mark.django_db
LIST = "/admin/media_uploads/videosubmission/"
DAY = dt.timedelta(days=1)
State = VideoSubmission.State
SAME = "ab12" * 16
SENTENCE = "Đơn vị khác đã nộp đúng tệp này"


@pytest.fixture
def contest():
    return make_contest()


@pytest.fixture
def organizer(contest, client):
    user = make_organizer(contest)
    client.force_login(user)
    return user


def page(video, *rest) -> str:
    return f"{LIST}{video.pk}/{'/'.join(rest or ('change',))}/"


def an_open_contest(slug="mo"):
    now = timezone.now()
    return make_contest(
        slug,
        video_closes_at=now + DAY,
        judging_opens_at=now + 2 * DAY,
        judging_closes_at=now + 3 * DAY,
    )


# --- warnings


def warned(**fields):
    video = make_video(make_unit(make_contest(f"c{VideoSubmission.objects.count()}")), **fields)
    row = cautions.with_cautions(VideoSubmission.objects.all()).get(pk=video.pk)
    return cautions.codes_of(row)


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({}, []),
        ({"verdict": {"warnings": ["silent", "black"]}}, ["black", "silent"]),
        ({"verdict": {"warnings": ["no_sound", "of another version"]}}, ["no_sound"]),
        ({"verdict": None}, []),
        ({"duration_ms": 600_000}, []),
        ({"duration_ms": 600_001}, ["over_length"]),
        ({"duration_ms": None}, []),
    ],
)
def test_a_video_is_warned_of_by_its_verdict_and_the_present_limits(fields, codes) -> None:
    assert warned(**fields) == codes


def test_every_warning_has_its_words() -> None:
    assert set(cautions.SHORT) == set(cautions.SENTENCES)


def test_the_same_file_of_another_unit_is_named_with_a_way_to_it(client, organizer, contest):
    first, second = make_unit(contest, "DV01"), make_unit(contest, "DV02")
    own = make_video(first, "Phim của một", sha256=SAME)
    again = make_video(first, "Phim của một", sha256=SAME)
    theirs = make_video(second, "Phim của hai", sha256=SAME)
    for video, others in ((own, [theirs]), (theirs, [own, again])):
        answer = client.get(page(video))
        (caution,) = answer.context["cautions"]
        assert list(caution.others) == others
        assert SENTENCE in answer.text
        for other in others:
            assert f'href="{page(other)}"' in answer.text


@pytest.mark.parametrize("case", ["own earlier version", "no hash yet", "another contest"])
def test_what_is_no_other_units_file_does_not_warn(client, organizer, contest, case) -> None:
    unit = make_unit(contest)
    video = make_video(unit, sha256="" if case == "no hash yet" else SAME)
    if case == "own earlier version":
        make_video(unit, sha256=SAME)
    elif case == "no hash yet":
        make_video(make_unit(contest), sha256="")
    else:
        make_video(make_unit(make_contest("khac")), sha256=SAME)
    answer = client.get(page(video))
    assert answer.context["cautions"] == []
    assert SENTENCE not in answer.text


def test_the_list_costs_the_same_for_one_warned_video_and_for_four(client, organizer, contest):
    costs = []
    for videos in (1, 4):
        while VideoSubmission.objects.count() < videos:
            make_video(
                make_unit(contest),
                sha256=SAME,
                duration_ms=700_000,
                verdict={"warnings": ["black"]},
            )
        with CaptureQueriesContext(connection) as queries:
            text = client.get(LIST).text
        costs.append(len(queries))
    assert "trùng tệp, quá dài, hình đen" in text
    assert "11:40" in text
    assert costs[0] == costs[1] <= 12, costs


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"warning": "same_file"}, {"một", "hai"}),
        ({"warning": "over_length"}, {"ba"}),
        ({"warning": "black"}, {"một", "ba"}),
        ({"warning": "silent"}, {"ba"}),
        ({"warning": "no_sound"}, set()),
        ({"warning": "x' OR 1=1"}, {"một", "hai", "ba", "bốn", "năm"}),
        ({"state": "ready"}, {"một", "hai", "ba"}),
        ({"state": "counted"}, {"một", "hai", "ba"}),
        ({"state": "withdrawn"}, {"bốn"}),
        ({"state": "declined"}, {"năm"}),
        ({"state": "asked"}, {"hai"}),
        ({"gallery": "yes"}, {"một", "bốn", "năm"}),
        ({"gallery": "waiting"}, {"hai"}),
        ({"gallery": "never"}, {"ba"}),
    ],
)
def test_the_list_is_narrowed(client, organizer, contest, query, found) -> None:
    told = {
        "một": {"sha256": SAME, "verdict": {"warnings": ["black"]}},
        "hai": {"sha256": SAME, "in_gallery": False, "asked_at": NOON},
        "ba": {
            "duration_ms": 700_000,
            "verdict": {"warnings": ["black", "silent"]},
            "may_be_shown": False,
        },
        "bốn": {"withdrawn_at": NOON},
        "năm": {"refused_at": NOON},
    }
    for title, fields in told.items():
        make_video(make_unit(contest), title, **fields)
    rows = client.get(LIST, query).context["cl"].result_list
    assert {video.title for video in rows} == found


def test_the_list_says_which_version_counts_and_what_became_of_the_others(
    client, organizer, contest
) -> None:
    unit = make_unit(contest)
    make_video(unit, withdrawn_at=NOON)
    make_video(unit)
    make_video(unit, refused_at=NOON, disqualified_reason="x")
    admin = client.get(LIST).context["cl"].model_admin
    said = [admin.standing(video) for video in client.get(LIST).context["cl"].result_list]
    assert said == [
        "Ban Tổ chức không chấp nhận · Bị hủy kết quả",
        "đã chấp nhận, xem được · đang được tính",
        "đơn vị đã rút",
    ]


# --- the gallery


def test_several_are_approved_and_taken_out_at_once(client, organizer, contest) -> None:
    fit = [make_video(make_unit(contest), in_gallery=False) for _place in range(2)]
    unfit = [
        make_video(make_unit(contest), in_gallery=False, **fields)
        for fields in (
            {"may_be_shown": False},
            {"refused_at": NOON},
            {"withdrawn_at": NOON},
            {"state": State.INSPECTED},
        )
    ]
    chosen = {"_selected_action": [video.pk for video in fit + unfit]}
    said = client.post(LIST, {"action": "approve_chosen", **chosen}, follow=True).text
    assert "Đã cập nhật 2 video." in said
    assert "4 video giữ nguyên" in said
    assert set(VideoSubmission.objects.filter(in_gallery=True)) == set(fit)
    client.post(LIST, {"action": "take_out_chosen", **chosen})
    assert not VideoSubmission.objects.filter(in_gallery=True).exists()
    acts = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert acts == ["video.show"] * 2 + ["video.hide"] * 2


def test_no_action_reaches_another_contests_videos(client, organizer) -> None:
    theirs = make_video(make_unit(make_contest("khac")), in_gallery=False)
    client.post(LIST, {"action": "approve_chosen", "_selected_action": [theirs.pk]})
    theirs.refresh_from_db()
    assert not theirs.in_gallery


def test_a_new_video_is_not_approved_by_itself(media, samples: Samples) -> None:
    video = a_video(a_unit(a_contest()), samples.good())
    assert not video.in_gallery


def test_one_whose_unit_does_not_agree_cannot_be_approved(client, organizer, contest) -> None:
    video = make_video(make_unit(contest), may_be_shown=False, in_gallery=False)
    assert "Duyệt vào thư viện" not in client.get(page(video)).text
    said = client.post(page(video, "gallery"), {"shown": "yes"}, follow=True).text
    assert "được đơn vị đồng ý" in said
    video.refresh_from_db()
    assert not video.in_gallery


# --- asking for a new version


def test_a_new_version_is_asked_for_and_the_old_one_goes_on_counting(client) -> None:
    contest = an_open_contest()
    client.force_login(make_organizer(contest))
    unit = make_unit(contest, coordinator=make_user("Đầu mối"))
    video = make_video(unit)
    ask = page(video, "decide", "ask_again")
    assert f'href="{ask}"' in client.get(page(video)).text
    assert client.post(ask, {"reason": " "}).context["form"].errors["reason"]
    client.post(ask, {"reason": "Mất tiếng từ phút 2"})
    assert list(VideoSubmission.objects.counted()) == [video]
    assert f'href="{ask}"' not in client.get(page(video)).text
    assert (
        "đã được quyết định trước đó" in client.post(ask, {"reason": "Lần nữa"}, follow=True).text
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.reason) == ("video.ask_again", "Mất tiếng từ phút 2")

    coordinator = Client()
    coordinator.force_login(unit.coordinator)
    desk = reverse("desk", args=[unit.pk])
    assert "Mất tiếng từ phút 2" in coordinator.get(desk).text
    newer = make_video(unit)
    assert "Mất tiếng từ phút 2" not in coordinator.get(desk).text
    assert list(VideoSubmission.objects.counted()) == [newer]


def test_nothing_is_asked_of_a_unit_that_can_hand_in_nothing(client, organizer, contest) -> None:
    video = make_video(make_unit(contest))
    ask = page(video, "decide", "ask_again")
    assert f'href="{ask}"' not in client.get(page(video)).text
    assert "đơn vị không thể nộp bản mới" in client.post(ask, {"reason": "Vì"}, follow=True).text
    video.refresh_from_db()
    assert video.asked_at is None


# --- a copy by hand


@pytest.fixture
def failed(media, samples: Samples):
    """An accepted video whose copy could not be made."""
    video = a_video(a_unit(a_contest()), samples.good())
    inspect_submission(video, now=NOON)
    VideoSubmission.objects.update(state=State.FAILED, failure="Đọc video quá lâu.", tries=3)
    video.refresh_from_db()
    return video


def mp4(path: Path) -> SimpleUploadedFile:
    return SimpleUploadedFile("ban-sao.mp4", path.read_bytes(), "video/mp4")


def test_a_copy_is_made_from_what_an_organizer_supplies(client, failed, samples: Samples) -> None:
    organizer = make_organizer(failed.unit.contest)
    client.force_login(organizer)
    original = Path(media_storage().path(failed.original)).read_bytes()
    sha256 = failed.sha256
    assert f'href="{page(failed, "supply")}"' in client.get(page(failed)).text
    wrong = client.post(page(failed, "supply"), {"reason": ""})
    assert set(wrong.context["form"].errors) == {"file", "reason"}

    film = samples.silent()
    client.post(page(failed, "supply"), {"file": mp4(film), "reason": "Đơn vị gửi qua USB"})
    failed.refresh_from_db()
    assert (failed.state, failed.tries, failed.failure) == (State.INSPECTED, 0, "")
    assert (failed.supplied_by, failed.supplied_reason) == (organizer, "Đơn vị gửi qua USB")
    encode_submission(failed, now=NOON)
    assert failed.state == State.READY
    # What is watched is the supplied film; what was handed in is untouched.
    assert Path(media_storage().path(failed.supplied)).read_bytes() == film.read_bytes()
    assert Path(media_storage().path(failed.original)).read_bytes() == original
    assert failed.sha256 == sha256
    entry = AuditEntry.objects.get(action="video.supply")
    assert (entry.actor, entry.reason) == (organizer, "Đơn vị gửi qua USB")


@pytest.mark.parametrize("film", ["text", "just_too_short", "too_small"])
def test_what_is_supplied_has_to_pass_like_a_units_file(failed, samples: Samples, film) -> None:
    supply(failed, getattr(samples, film)())
    encode_submission(failed, now=NOON)
    assert failed.state == State.FAILED
    assert failed.failure not in ("", "Đọc video quá lâu.")
    assert failed.is_accepted


def test_a_second_copy_takes_the_place_of_one_that_failed_too(
    failed, samples: Samples, django_capture_on_commit_callbacks
) -> None:
    supply(failed, samples.text())
    first = Path(media_storage().path(failed.supplied))
    encode_submission(failed, now=NOON)
    with django_capture_on_commit_callbacks() as callbacks:
        supply(failed, samples.good())
    assert first.exists()
    callbacks[0]()
    assert not first.exists()
    assert Path(media_storage().path(failed.original)).exists()
    encode_submission(failed, now=NOON)
    assert failed.state == State.READY


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.READY},
        {"state": State.INSPECTED},
        {"state": State.REFUSED, "accepted_at": None},
        {"accepted_at": None},
    ],
    ids=["ready", "being made", "refused", "never accepted"],
)
def test_a_copy_is_supplied_only_where_none_could_be_made(client, failed, samples, fields):
    VideoSubmission.objects.update(**fields)
    client.force_login(make_organizer(failed.unit.contest))
    said = client.post(
        page(failed, "supply"), {"file": mp4(samples.good()), "reason": "Vì"}, follow=True
    ).text
    assert "chỉ bổ sung bản xem khi" in said.lower()
    with pytest.raises(NothingToDecide):
        supply(failed, samples.good())
    failed.refresh_from_db()
    assert failed.supplied == ""


def test_a_copy_is_kept_with_its_reason(failed, samples: Samples) -> None:
    with pytest.raises(ReasonMissing):
        supply(failed, samples.good(), reason=" ")
    failed.refresh_from_db()
    assert failed.state == State.FAILED


def test_a_form_that_is_too_large_is_refused_before_it_is_read(failed, monkeypatch, media) -> None:
    monkeypatch.setattr(pages, "FORM_BYTES", 1000)
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_organizer(failed.unit.contest))

    class Unreadable:
        def read(self, *_size: int) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    before = sorted(media.rglob("*"))
    answer = client.generic(
        "POST",
        page(failed, "supply"),
        b"x" * 5000,
        "multipart/form-data; boundary=x",
        **{"wsgi.input": Unreadable()},
    )
    assert answer.status_code == 302
    assert sorted(media.rglob("*")) == before


def supply(video, film: Path, *, reason="Đơn vị gửi qua USB") -> None:
    """Supply a copy of the film, as the page does."""
    name = receiving.new_original()
    Path(media_storage().path(name)).write_bytes(film.read_bytes())
    by = make_user(f"Tổ chức {timezone.now().timestamp()}")
    decisions.supply(video, file=name, reason=reason, by=by, address="", now=NOON)
