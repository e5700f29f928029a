"""Letters to judges: what they say, who may send them to whom, how often, and what came of it."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts import letters
from accounts.acts import in_words
from accounts.models import AuditEntry, Letter, User
from contests.models import Conflict, Contest
from scoring.admin import recipients
from scoring.models import PanelLetter, open_sheet
from tests import make
from tests.clock import standing_at

pytestmark = pytest.mark.django_db
LIST = "/admin/scoring/scoresheet/"
# 15:30 in Việt Nam.
NOW = dt.datetime(2026, 5, 4, 8, 30, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
FULL = ("27", "17.5", "21", "18", "5")
INVITATION, REMINDER = PanelLetter.Kind.INVITATION, PanelLetter.Kind.REMINDER


@pytest.fixture(autouse=True)
def _now():
    with standing_at(NOW):
        yield


@pytest.fixture
def contest():
    contest = make.make_contest(
        now=NOW, name="Hội thi A & B", contact="Chị Hoa, 0299 123 456", judging_closes_at=NOW + DAY
    )
    make.make_criteria(contest)
    return contest


@pytest.fixture
def organizer(contest, client):
    organizer = make.make_organizer(contest)
    client.force_login(organizer)
    return organizer


def seat(contest, name="Võ Minh Khoa", **fields):
    """Seat a judge with an address who has never signed in."""
    given = {"email": f"gk{User.objects.count()}@example.vn", **fields}
    user = make.make_user(name, role="judge", **given)
    return make.make_judge(contest, user=user)


def address(contest, tail="invite/"):
    return f"{LIST}letters/{contest.slug}/{tail}"


def progress(contest):
    return f"{LIST}progress/{contest.slug}/"


def send(client, contest, *judges, tail="invite/"):
    named = {"judge": [judge.pk for judge in judges]}
    return client.post(address(contest, tail), named, follow=True)


def text(response):
    return " ".join(response.content.decode().split())


def videos(contest, count):
    return [make.make_video(make.make_unit(contest)) for _number in range(count)]


# --- what they say --------------------------------------------------------------------------------


def test_the_invitation_says_when_how_many_where_as_whom_and_whom_to_ask(
    client, contest, organizer, settings
):
    settings.CSRF_TRUSTED_ORIGINS = ["https://hoithi.example.vn"]
    judge = seat(contest, username="khoa")
    own, *_others = videos(contest, 3)
    judge.unit = own.unit
    judge.save()
    with translation.override("en"):
        send(client, contest, judge)
    letter = Letter.objects.get()
    assert letter.to == judge.user
    assert letter.subject == "Thư mời chấm video: Hội thi A & B"
    assert letter.body.split("\n\n") == [
        "Kính gửi ông/bà Võ Minh Khoa,",
        "Sở Nội vụ trân trọng mời ông/bà tham gia chấm video của Hội thi A & B.",
        "Thời gian chấm: từ 15:30 ngày 03/05/2026 đến trước 15:30 ngày 05/05/2026.",
        "Số video cần chấm: 2.",
        "Đăng nhập tại: https://hoithi.example.vn/sign-in/\nTên đăng nhập: khoa",
        "Trước lần đăng nhập đầu tiên, vui lòng đặt mật khẩu bằng đường dẫn ở cuối thư này.",
        "Khi cần hỗ trợ, vui lòng liên hệ: Chị Hoa, 0299 123 456",
        "Sở Nội vụ\n",
    ]
    assert letter.sets_password
    letters.send(letter, now=NOW)
    last = mail.outbox[0].body.strip().splitlines()[-1]
    assert last.startswith("Đặt mật khẩu tại đây")
    assert "https://hoithi.example.vn/account/password/" in last


def test_before_judging_the_videos_will_be_listed_and_nothing_is_made_up(
    client, contest, organizer
):
    judge = seat(contest)
    videos(contest, 2)
    Contest.objects.update(contact="", judging_opens_at=NOW + HOUR)
    send(client, contest, judge)
    body = Letter.objects.get().body
    assert "Danh sách video cần chấm sẽ hiển thị khi bắt đầu thời gian chấm." in body
    assert "Số video" not in body
    # The server's name is not known, so there is neither its address nor a link to it.
    assert "Vui lòng đăng nhập tại trang web của hội thi." in body
    assert "Nếu chưa có mật khẩu, vui lòng liên hệ Ban Tổ chức để được cấp." in body
    assert "Khi cần hỗ trợ, vui lòng liên hệ Ban Tổ chức." in body


def test_the_reminder_counts_the_own_missing_sheets_alone(client, contest, organizer):
    judge, other = seat(contest), seat(contest, "Lê Thị Khác")
    first, second, third, in_conflict = videos(contest, 4)
    Conflict.objects.create(judge=judge, unit=in_conflict.unit, reason="x", declared_at=NOW)
    make.make_sheet(judge, first, *FULL, now=NOW)
    for video in (first, second, third):
        make.make_sheet(other, video, *FULL, now=NOW)
    open_sheet(judge=judge, video=second, now=NOW)
    send(client, contest, judge, tail="remind/")
    letter = Letter.objects.get()
    assert letter.subject == "Nhắc nộp phiếu chấm: Hội thi A & B"
    assert "Ông/bà còn 2 phiếu chấm của Hội thi A & B chưa nộp." in letter.body
    assert "Hạn nộp phiếu chấm: 15:30 ngày 05/05/2026." in letter.body
    # Nothing of others (rules: M4).
    assert "Lê Thị Khác" not in letter.body
    assert not letter.sets_password


def test_who_has_signed_in_before_is_told_of_no_password(client, contest, organizer, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://hoithi.example.vn"]
    judge = seat(contest, last_login=NOW - DAY)
    send(client, contest, judge)
    letter = Letter.objects.get()
    assert "mật khẩu" not in letter.body
    assert not letter.sets_password


def test_a_link_is_only_for_accounts_the_organizer_may_manage(client, contest, organizer, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://hoithi.example.vn"]
    own = seat(contest)
    shared = seat(contest, "Ngồi hai nơi")
    make.make_judge(make.make_contest("khac"), user=shared.user)
    fellow = seat(contest, "Ban tổ chức nơi khác")
    make.make_contest("nua").organizers.add(fellow.user)
    root = seat(contest, "Quản trị", is_superuser=True)
    send(client, contest, own, shared, fellow, root)
    linked = Letter.objects.filter(sets_password=True)
    assert [letter.to for letter in linked] == [own.user]
    for letter in Letter.objects.exclude(to=own.user):
        assert "Nếu chưa có mật khẩu" in letter.body
        letters.send(letter, now=NOW)
    assert not [message for message in mail.outbox if "/account/password/" in message.body]


def test_the_page_shows_the_letter_as_it_goes_out_and_writes_nothing(
    client, contest, organizer, settings
):
    settings.CSRF_TRUSTED_ORIGINS = ["https://hoithi.example.vn"]
    judge = seat(contest, email="khoa@example.vn")
    shown = client.get(address(contest), {"judge": judge.pk})
    assert not Letter.objects.exists()
    assert "Võ Minh Khoa · khoa@example.vn" in text(shown)
    assert "Chỗ này trong thư là đường dẫn đặt mật khẩu riêng của giám khảo" in text(shown)
    [letter] = shown.context["letters"]
    send(client, contest, judge)
    written = Letter.objects.get()
    assert (letter["words"].subject, letter["words"].body) == (written.subject, written.body)
    assert "account/password/" not in text(shown)


# --- to whom, and how often -----------------------------------------------------------------------


def test_all_are_invited_who_have_no_invitation_yet_and_one_by_one(client, contest, organizer):
    first, second, nowhere = seat(contest, "A"), seat(contest, "B"), seat(contest, "C", email="")
    send(client, contest, first)
    assert [r["recipient"].judge for r in client.get(address(contest)).context["letters"]] == [
        second
    ]
    shown = text(send(client, contest, second, nowhere))
    assert "Đã soạn 1 thư; thư sẽ được gửi đi trong ít phút." in shown
    assert "Không gửi thư cho C. Tài khoản chưa có địa chỉ thư điện tử." in shown
    assert set(PanelLetter.objects.values_list("judge", "kind", "by")) == {
        (first.pk, INVITATION, organizer.pk),
        (second.pk, INVITATION, organizer.pk),
    }
    assert "Hiện không có giám khảo nào" in text(client.get(address(contest)))
    # Nor are they invited again with all others once they may be; by name they can.
    with standing_at(NOW + 13 * HOUR):
        assert client.get(address(contest)).context["letters"] == []
        assert len(client.get(address(contest), {"judge": first.pk}).context["letters"]) == 1


def test_all_are_reminded_who_miss_a_sheet(client, contest, organizer):
    done, missing = seat(contest, "Xong"), seat(contest, "Chưa xong")
    [video] = videos(contest, 1)
    make.make_sheet(done, video, *FULL, now=NOW)
    asked = client.get(address(contest, "remind/")).context["letters"]
    assert [letter["recipient"].judge for letter in asked] == [missing]
    shown = text(send(client, contest, done, missing, tail="remind/"))
    assert "Giám khảo này không còn thiếu phiếu chấm nào." in shown
    assert PanelLetter.objects.get().judge == missing


@pytest.mark.parametrize("tail", ["invite/", "remind/"])
def test_a_double_click_writes_one_letter(client, contest, organizer, tail):
    judge = seat(contest)
    videos(contest, 1)
    send(client, contest, judge, tail=tail)
    shown = text(send(client, contest, judge, tail=tail))
    assert "Thư gần nhất được soạn lúc 15:30 ngày 04/05/2026" in shown
    assert "có thể gửi thư tiếp theo từ 03:30 ngày 05/05/2026" in shown
    assert Letter.objects.count() == AuditEntry.objects.count() == 1


@pytest.mark.parametrize("kind", [INVITATION, REMINDER])
def test_a_letter_of_a_kind_goes_at_most_every_twelve_hours(contest, organizer, kind):
    judge = seat(contest)
    videos(contest, 1)

    def write(after):
        return len(
            recipients.write(
                contest, kind, to={str(judge.pk)}, by=organizer, address="", now=NOW + after
            )
        )

    rest = dt.timedelta(hours=12)
    tick = dt.timedelta(microseconds=1)
    assert [write(after) for after in (0 * DAY, rest - tick, rest, rest + tick)] == [1, 0, 1, 0]
    assert list(PanelLetter.objects.values_list("number", flat=True)) == [1, 2]


def test_two_kinds_do_not_hinder_each_other(client, contest, organizer):
    judge = seat(contest)
    videos(contest, 1)
    for tail in ("invite/", "remind/"):
        send(client, contest, judge, tail=tail)
    assert set(PanelLetter.objects.values_list("kind", flat=True)) == {INVITATION, REMINDER}


def test_the_database_takes_no_second_letter_of_one_number(contest, organizer):
    judge = seat(contest)

    def row(kind, number):
        letter = Letter.objects.create(to=judge.user, subject="x", body="x", at=NOW, due_at=NOW)
        fields = {"judge": judge, "kind": kind, "number": number, "by": organizer}
        PanelLetter.objects.create(letter=letter, **fields)

    row(INVITATION, 1)
    row(REMINDER, 1)
    row(INVITATION, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        row(INVITATION, 2)


@pytest.mark.django_db(transaction=True)
def test_of_parallel_clicks_one_writes(contest, organizer):
    judge = seat(contest)
    together = threading.Barrier(4)

    def click(_number):
        together.wait()
        try:
            return len(
                recipients.write(
                    contest, INVITATION, to={str(judge.pk)}, by=organizer, address="", now=NOW
                )
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(click, range(4))) == [0, 0, 0, 1]
    assert Letter.objects.count() == 1


def test_what_could_not_be_delivered_may_be_written_again_at_once(client, contest, organizer):
    judge = seat(contest)
    send(client, contest, judge)
    Letter.objects.update(tries=Letter.MAX_TRIES)
    assert "Không gửi được" in text(client.get(progress(contest)))
    assert [r["recipient"].judge for r in client.get(address(contest)).context["letters"]] == [
        judge
    ]
    send(client, contest, judge)
    assert Letter.objects.due(NOW).count() == 1


@pytest.mark.parametrize(
    ("opens", "closes", "invited", "reminded"),
    [
        (HOUR, DAY, 1, 0),
        (0 * DAY, DAY, 1, 1),
        (-DAY, dt.timedelta(microseconds=1), 1, 1),
        (-DAY, 0 * DAY, 0, 0),
    ],
)
def test_invitations_go_until_judging_closes_and_reminders_while_it_is_open(
    client, contest, organizer, opens, closes, invited, reminded
):
    judge = seat(contest)
    videos(contest, 1)
    Contest.objects.update(judging_opens_at=NOW + opens, judging_closes_at=NOW + closes)
    for tail, kind, count in (
        ("invite/", INVITATION, invited),
        ("remind/", REMINDER, reminded),
    ):
        assert len(client.get(address(contest, tail)).context["letters"]) == count
        send(client, contest, judge, tail=tail)
        assert PanelLetter.objects.filter(kind=kind).count() == count


def test_a_closed_account_gets_none(client, contest, organizer):
    judge = seat(contest, is_active=False)
    assert "Tài khoản đã bị khóa." in text(send(client, contest, judge))
    assert not Letter.objects.exists()


# --- what came of it ------------------------------------------------------------------------------


def test_the_page_says_honestly_what_came_of_a_letter(client, contest, organizer, monkeypatch):
    judge = seat(contest)
    nowhere = seat(contest, "Không có thư", email="")
    send(client, contest, judge)
    assert 'Đã soạn, chờ gửi</span><span class="sub">15:30 04/05/2026<' in text(
        client.get(progress(contest))
    )
    letter = Letter.objects.get()
    with monkeypatch.context() as patch:

        def down(*args: object, **kwargs: object) -> None:
            raise ConnectionRefusedError

        patch.setattr(EmailBackend, "send_messages", down)
        letters.send(letter, now=NOW)
    assert "Đã soạn, chờ gửi" in text(client.get(progress(contest)))
    letters.send(letter, now=NOW + HOUR)
    assert len(mail.outbox) == 1
    shown = text(client.get(progress(contest)))
    assert 'Đã gửi</span><span class="sub">16:30 04/05/2026<' in shown
    assert f'href="/admin/accounts/user/{nowhere.user_id}/change/">Chưa có thư điện tử' in shown


def test_the_page_lists_how_far_each_judge_is_also_without_videos(client, contest, organizer):
    judge = seat(contest)
    shown = text(client.get(progress(contest)))
    assert "Gửi lời mời cho 1 giám khảo chưa được mời" in shown
    assert "còn thiếu phiếu chấm</a>" not in shown
    make.make_sheet(judge, videos(contest, 3)[0], *FULL, now=NOW)
    shown = text(client.get(progress(contest)))
    assert ">1/3<" in shown
    assert "Nhắc 1 giám khảo còn thiếu phiếu chấm" in shown


def test_each_letter_stands_in_the_log(client, contest, organizer):
    judge = seat(contest, username="khoa")
    videos(contest, 1)
    for tail, kind, action, words in (
        ("invite/", INVITATION, "judge.invite", "Giám khảo: gửi thư mời"),
        ("remind/", REMINDER, "judge.remind", "Giám khảo: gửi thư nhắc"),
    ):
        send(client, contest, judge, tail=tail)
        entry = AuditEntry.objects.get(action=action)
        said = (entry.actor, entry.contest, entry.address, entry.target)
        assert said == (organizer, contest.slug, "127.0.0.1", f"judge {judge.pk} · user khoa")
        letter = Letter.objects.get(panel_letter__kind=kind)
        assert entry.after == {"letter": letter.pk, "sets_password": False}
        assert in_words(action) == words


# --- who may --------------------------------------------------------------------------------------


def test_strangers_judges_and_organizers_who_judge_find_nothing(client, contest, organizer):
    judge = seat(contest)
    videos(contest, 1)
    foreign = make.make_organizer(make.make_contest("khac"))
    both = make.make_organizer(contest, "Vừa tổ chức vừa chấm")
    make.make_judge(contest, user=both)
    for user in (foreign, judge.user, both):
        stranger = Client()
        stranger.force_login(user)
        for tail in ("invite/", "remind/"):
            assert stranger.get(address(contest, tail)).status_code == 404
            assert send(stranger, contest, judge, tail=tail).status_code == 404
    assert not Letter.objects.exists()


@pytest.mark.parametrize("named", ["of another contest", "0", "x", "9" * 40, "٣"])
def test_nobody_elses_judge_can_be_named(client, contest, organizer, named):
    judge = seat(contest)
    if named == "of another contest":
        named = seat(make.make_contest("khac")).pk
    for data in ({"judge": [named]}, {"judge": [judge.pk, named]}):
        assert client.get(address(contest), data).status_code == 404
        assert client.post(address(contest), data).status_code == 404
    assert not Letter.objects.exists()


def test_a_form_that_names_nobody_writes_to_nobody(client, contest, organizer):
    seat(contest)
    assert "Chưa chọn giám khảo nào" in text(send(client, contest))
    assert not Letter.objects.exists()


def test_queries_do_not_grow_with_the_judges(client, contest, organizer, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://hoithi.example.vn"]
    videos(contest, 2)

    def queries(*paths):
        found = []
        for path in paths:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200
            found.append(len(captured))
        return found

    pages = (progress(contest), address(contest), address(contest, "remind/"))
    send(client, contest, seat(contest, "Đầu tiên"))
    seat(contest, "Thứ hai")
    few = queries(*pages)
    for number in range(4):
        send(client, contest, seat(contest, f"Khác {number}"), tail="remind/")
        seat(contest, f"Nữa {number}")
    assert queries(*pages) == few
