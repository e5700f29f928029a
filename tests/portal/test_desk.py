"""A coordinator's desk: who has taken part, never a score; people, codes, the video (P6, P7)."""

import io

import openpyxl
import pytest
from django.contrib.auth import get_user
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessCode, AuditEntry
from contests.models import Flag, Participant
from media_uploads.models import VideoSubmission
from portal import roster
from tests.make import make_contest, make_unit, make_user, make_video
from tests.portal.cast import SECRETS, Stage, make_attempt, make_person, make_running

pytestmark = pytest.mark.django_db

State = VideoSubmission.State
OWN_PAGES = ("desk", "desk_state", "roster_file", "people_confirm", "codes_issue")


@pytest.fixture
def stage(client) -> Stage:
    made = Stage()
    client.force_login(made.coordinator)
    return made


def address(stage: Stage, name: str = "desk", **kwargs: int) -> str:
    return reverse(name, kwargs={"pk": stage.first.pk, **kwargs})


def read(client, stage: Stage, name: str = "desk", **query: str) -> str:
    response = client.get(address(stage, name), query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("name", OWN_PAGES)
def test_a_foreign_desk_is_not_found(client, stage, name):
    other = reverse(name, kwargs={"pk": stage.second.pk})
    assert client.get(other).status_code == 404
    client.force_login(stage.organizer)
    assert client.get(address(stage, name)).status_code == 404
    client.force_login(stage.winner.user)
    assert client.get(address(stage, name)).status_code == 404
    client.logout()
    assert client.get(address(stage, name)).url.startswith(reverse("staff_sign_in"))


def test_people_of_another_unit_are_out_of_reach(client, stage):
    theirs = reverse("code_issue", kwargs={"pk": stage.first.pk, "number": stage.loser.number})
    assert client.post(theirs, {"reason": "mất máy"}).status_code == 404
    waiting = make_person(stage.second, "Đặng Quốc Huy", source=Participant.Source.SELF)
    client.post(address(stage, "people_confirm"), {"people": [waiting.number]})
    waiting.refresh_from_db()
    assert waiting.confirmed_at is None


def test_the_desk_shows_who_has_taken_part_and_never_a_score(client, stage):
    make_running(
        make_person(stage.first, "Lý Thị Kha"),
        stage.quiz,
        deadline_at=stage.contest.judging_closes_at,
    )
    make_person(stage.first, "Trần Văn Ửng")
    make_person(stage.first, "Đặng Quốc Huy", source=Participant.Source.SELF)
    stage.refresh()
    said = read(client, stage)
    for text in ("Lê Chí Nguyện", "Đã thi xong", "Đang thi", "Chưa thi", "Chờ xác nhận", "2,5 %"):
        assert text in said
    for secret in (*SECRETS, "1 phút 04", "14 / 15"):
        assert secret not in said
    assert stage.loser.full_name not in said
    book = client.get(address(stage, "roster_file")).content
    rows = list(openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows(values_only=True))
    assert len(rows[2]) == 6
    assert {row[4] for row in rows[3:]} == {
        "Đã thi xong",
        "Đang thi",
        "Chưa thi",
        "Chờ xác nhận",
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "tran van ung"}, {"Trần Văn Ửng"}),
        ({"state": "finished"}, {"Lê Chí Nguyện"}),
        ({"state": "not_started"}, {"Trần Văn Ửng"}),
        ({"state": "waiting"}, {"Đặng Quốc Huy"}),
        ({"q": "zzz"}, set()),
        ({"state": "nonsense"}, {"Lê Chí Nguyện", "Trần Văn Ửng", "Đặng Quốc Huy"}),
    ],
)
def test_the_roster_is_searched_without_tones_and_filtered(client, stage, query, found):
    make_person(stage.first, "Trần Văn Ửng")
    make_person(stage.first, "Đặng Quốc Huy", source=Participant.Source.SELF)
    rows = client.get(address(stage), query).context["rows"]
    assert {row["person"].full_name for row in rows} == found


def test_an_attempt_ended_by_the_clock_reads_as_finished(client, stage):
    person = make_person(stage.first, "Huỳnh Văn Đạt")
    make_running(person, stage.quiz)
    rows = client.get(address(stage), {"q": "huynh van dat"}).context["rows"]
    assert [str(row["state"]) for row in rows] == ["finished"]


def test_more_people_cost_no_more_queries(client, stage):
    read(client, stage)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            read(client, stage)
        return len(captured)

    before = queries()
    for _more in range(3):
        make_attempt(make_person(stage.first, "Trần Văn An"), stage.quiz)
    assert queries() == before


def test_a_long_roster_has_pages(client, stage):
    for _more in range(50):
        make_person(stage.first, "Trần Văn An")
    assert "Trang 1 trên 2" in read(client, stage)
    assert "Trang 2 trên 2" in read(client, stage, page="2")


def test_confirming_counts_only_those_left_ticked_and_is_logged(client, stage):
    one = make_person(stage.first, "Đặng Quốc Huy", source=Participant.Source.SELF)
    two = make_person(stage.first, "Kẻ Mạo Danh", source=Participant.Source.SELF)
    page = read(client, stage, "people_confirm")
    assert "Đặng Quốc Huy" in page
    response = client.post(address(stage, "people_confirm"), {"people": [one.number]}, follow=True)
    assert "Đã xác nhận 1 người." in response.content.decode()
    one.refresh_from_db()
    two.refresh_from_db()
    assert one.confirmed_by == stage.coordinator
    assert two.confirmed_at is None
    entry = AuditEntry.objects.get(action="participant.confirm")
    assert entry.target == f"participant {one.number}"
    assert entry.actor == stage.coordinator


def test_a_unit_confirms_nobody_of_another(stage):
    waiting = make_person(stage.second, "Đặng Quốc Huy", source=Participant.Source.SELF)
    confirmed = roster.confirm(
        unit=stage.first,
        numbers=[waiting.number],
        by=stage.coordinator,
        address="",
        now=timezone.now(),
    )
    assert confirmed == 0
    assert not AuditEntry.objects.filter(action="participant.confirm").exists()


def test_nobody_ticked_is_answered_in_words(client, stage):
    make_person(stage.first, "Đặng Quốc Huy", source=Participant.Source.SELF)
    response = client.post(address(stage, "people_confirm"), {"people": []})
    assert "Hãy chọn ít nhất một người." in response.content.decode()


def test_nobody_is_confirmed_once_results_are_known(client, stage):
    waiting = make_person(stage.first, "Đặng Quốc Huy", source=Participant.Source.SELF)
    stage.publish()
    response = client.post(address(stage, "people_confirm"), {"people": [waiting.number]})
    assert response.status_code == 404
    waiting.refresh_from_db()
    assert waiting.confirmed_at is None


def test_a_new_code_is_shown_once_with_reason_flag_and_log(client, stage):
    number = stage.winner.number
    first = client.post(address(stage, "code_issue", number=number), {})
    assert "Đã cấp mã dự thi" in first.content.decode()
    assert not Flag.objects.exists()
    without_reason = client.post(address(stage, "code_issue", number=number), {"reason": ""})
    assert "Đã cấp mã dự thi" not in without_reason.content.decode()
    again = client.post(address(stage, "code_issue", number=number), {"reason": "mất điện thoại"})
    said = again.content.decode()
    assert again["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert again["Referrer-Policy"] == "no-referrer"
    sheet = again.context["sheet"]
    assert sheet.typed in said
    assert sheet.link in said
    assert "data:image/svg+xml" in said
    code = AccessCode.objects.get(user=stage.winner.user)
    assert code.matches_typed(sheet.typed)
    assert not code.matches_typed(first.context["sheet"].typed)
    assert Flag.objects.get().note == "mất điện thoại"
    assert AuditEntry.objects.get(action="code.reissued").reason == "mất điện thoại"


def test_reading_the_page_issues_no_code(client, stage):
    client.get(address(stage, "code_issue", number=stage.winner.number))
    client.get(address(stage, "codes_issue"))
    assert not AccessCode.objects.exists()


def test_slips_are_made_for_those_without_a_code(client, stage):
    other = make_person(stage.first, "Trần Văn Ửng")
    make_person(stage.first, "Đặng Quốc Huy", source=Participant.Source.SELF)
    client.post(address(stage, "code_issue", number=other.number), {})
    kept = AccessCode.objects.get(user=other.user).link_hash
    said = client.post(address(stage, "codes_issue")).content.decode()
    assert "Lê Chí Nguyện" in said
    assert "Trần Văn Ửng" not in said
    assert "Đặng Quốc Huy" not in said
    assert AccessCode.objects.get(user=other.user).link_hash == kept


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": State.RECEIVED}, "Đang kiểm tra hình và tiếng"),
        ({"state": State.INSPECTED, "progress": 45}, "Đang tạo bản xem cho giám khảo: 45%"),
        ({"state": State.READY, "sha256": "ab" * 32}, "ab" * 32),
        (
            {"state": State.REFUSED, "verdict_code": "no_picture", "verdict": {"params": {}}},
            "Bản này không được chấp nhận",
        ),
        ({"state": State.FAILED, "failure": "Máy chủ hết chỗ"}, "Máy chủ hết chỗ"),
        ({"state": State.READY, "refused_reason": "Sai chủ đề"}, "Sai chủ đề"),
    ],
)
def test_the_state_of_the_video_is_told(client, stage, fields, said):
    if "refused_reason" in fields:
        fields |= {
            "refused_at": stage.contest.judging_opens_at,
            "refused_by": stage.organizer,
        }
    make_video(stage.first, "Bản mới", **fields)
    page = read(client, stage)
    assert said in page
    assert client.get(address(stage, "desk_state")).json()["html"].count(said) >= 1


def test_an_older_accepted_version_is_said_to_count(client, stage):
    make_video(stage.first, "Bản mới", state=State.REFUSED, verdict_code="no_picture")
    assert "Bản 1 đã được chấp nhận" in read(client, stage)


@pytest.mark.parametrize(
    ("state", "working"), [(State.RECEIVED, True), (State.INSPECTED, True), (State.READY, False)]
)
def test_the_page_looks_again_only_while_the_worker_is_busy(client, stage, state, working):
    make_video(stage.first, "Bản mới", state=state)
    assert client.get(address(stage, "desk_state")).json()["working"] is working
    assert ("data-working" in read(client, stage)) is working


def test_one_desk_is_opened_at_once_and_several_are_offered(client, stage):
    assert client.get(reverse("desks")).url == address(stage)
    make_unit(stage.contest, name="Thanh tra tỉnh", coordinator=stage.coordinator)
    said = client.get(reverse("desks")).content.decode()
    assert "Thanh tra tỉnh" in said
    assert "Sở Nội vụ" in said
    client.force_login(make_user("Không Ai"))
    assert "chưa phụ trách đơn vị nào" in client.get(reverse("desks")).content.decode()


def test_everybody_is_led_to_the_own_work_after_signing_in(client, stage):
    done = reverse("after_sign_in")
    assert client.get(done).url == reverse("desks")
    assert client.get(done, {"next": "/hoi-thi/"}).url == "/hoi-thi/"
    assert client.get(done, {"next": "https://example.org/"}).url == reverse("desks")
    client.force_login(stage.organizer)
    assert client.get(done).url == reverse("admin:index")
    client.force_login(stage.winner.user)
    assert client.get(done).url == reverse("quiz", kwargs={"slug": stage.contest.slug})
    client.force_login(make_user("Không Ai"))
    assert client.get(done).url == reverse("home")
    client.logout()
    assert client.get(done).url.startswith(reverse("staff_sign_in"))
    assert not get_user(client).is_authenticated


def test_a_desk_of_a_draft_contest_is_closed(client, stage):
    draft = make_contest("nhap", is_announced=False)
    unit = make_unit(draft, coordinator=stage.coordinator)
    assert client.get(reverse("desk", kwargs={"pk": unit.pk})).status_code == 404
