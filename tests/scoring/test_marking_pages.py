"""The judges' and organizers' pages of marking: who sees what, and what a post does (M1-M6)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import AuditEntry
from contests.models import Conflict, Contest, SettingChange
from media_uploads.models import VideoSubmission
from scoring.models import Criterion, Mark, ScoreSheet, declare_conflict, open_sheet
from tests import make

pytestmark = pytest.mark.django_db
LIST = "/admin/scoring/scoresheet/"
KEYS = ("content", "script", "technique", "effect", "rules")
FULL = ("27", "17,5", "21", "18", "5")
FULL_POINTS = ("27", "17.5", "21", "18", "5")


@pytest.fixture
def contest():
    contest = make.make_contest()
    make.make_criteria(contest)
    return contest


@pytest.fixture
def judge(contest):
    return make.make_judge(contest)


@pytest.fixture
def video(contest):
    return make.make_video(make.make_unit(contest), "Một cửa thân thiện")


@pytest.fixture
def client_of_judge(client, judge):
    client.force_login(judge.user)
    return client


def page(video, tail=""):
    return f"{LIST}video/{video.public_id}/{tail}"


def typed(*marks, revision=0, remark="", button="_save"):
    fields = {f"m-{key}": mark for key, mark in zip(KEYS, marks, strict=False)}
    return {**fields, "revision": revision, "remark": remark, button: "1"}


def text(response):
    return " ".join(response.content.decode().split())


def stored():
    return {mark.criterion.key: mark.value for mark in Mark.objects.select_related("criterion")}


# --- the list -------------------------------------------------------------------------------------


def test_index_of_the_admin_offers_a_judge_marking_and_nothing_else(client_of_judge):
    response = client_of_judge.get("/admin/")
    [app] = response.context["app_list"]
    offered = [(model["name"], model["admin_url"]) for model in app["models"]]
    assert offered == [("Chấm video", LIST)]


def test_list_says_the_state_of_each_video_the_progress_and_the_own_totals(
    client_of_judge, contest, judge, video
):
    handed_in = make.make_video(make.make_unit(contest), "Video đã nộp")
    make.make_sheet(judge, handed_in, *FULL_POINTS)
    excused = make.make_video(make.make_unit(contest), "Video miễn chấm")
    now = timezone.now()
    open_sheet(judge=judge, video=excused, now=now).excuse(by=judge.user, reason="ốm", now=now)
    make.make_video(make.make_unit(contest), "Video đang mã hóa", state="inspected")
    drafted = make.make_video(make.make_unit(contest), "Video nháp")
    client_of_judge.post(page(drafted), typed("10"))

    response = client_of_judge.get(LIST)
    [seat] = response.context["seats"]
    states = {item["line"].video.title: item["line"].state for item in seat["lines"]}
    assert states == {
        "Một cửa thân thiện": "todo",
        "Video đã nộp": "submitted",
        "Video miễn chấm": "excused",
        "Video đang mã hóa": "preparing",
        "Video nháp": "draft",
    }
    shown = text(response)
    assert '<progress class="meter" max="4" value="1"' in shown
    assert "Đã nộp 1 trên 4 phiếu" in shown
    assert ">88,5<" in shown
    for word in ("Chưa chấm", "Đã nộp", "Miễn chấm", "Đang chuẩn bị", "Bản nháp"):
        assert word in shown


def test_list_shows_nothing_of_the_videos_before_judging_opens(client_of_judge, contest, video):
    contest.judging_opens_at = timezone.now() + dt.timedelta(minutes=1)
    contest.save(update_fields=["judging_opens_at"])
    shown = text(client_of_judge.get(LIST))
    assert "Chưa đến thời gian chấm" in shown
    assert video.title not in shown
    assert client_of_judge.get(page(video)).status_code == 404
    assert client_of_judge.post(page(video), typed(*FULL)).status_code == 404
    assert not ScoreSheet.objects.exists()


def test_empty_lists_say_why(client, contest, judge):
    client.force_login(judge.user)
    assert "Chưa có đơn vị nào nộp video" in text(client.get(LIST))
    client.force_login(make.make_user("Người mới", role="judge"))
    assert "chưa thuộc Ban Giám khảo" in text(client.get(LIST))


def test_order_differs_between_judges_and_stays_for_one(client, contest):
    for _number in range(12):
        make.make_video(make.make_unit(contest))
    orders = []
    for name in ("Một", "Hai"):
        client.force_login(make.make_judge(contest, name).user)
        seen = [
            [item["line"].video.pk for item in client.get(LIST).context["seats"][0]["lines"]]
            for _again in range(2)
        ]
        assert seen[0] == seen[1]
        orders.append(seen[0])
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])


def queries(client, address):
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_pages_take_as_many_queries_for_three_videos_as_for_one(
    client, client_of_judge, contest, judge, video
):
    organizer = make.make_organizer(contest)
    grid = f"{LIST}progress/{contest.slug}/"

    def counts():
        client.force_login(judge.user)
        own = [queries(client, LIST), queries(client, page(video))]
        client.force_login(organizer)
        return [*own, queries(client, grid)]

    make.make_sheet(judge, video, *FULL_POINTS)
    one = counts()
    for _more in range(2):
        make.make_sheet(judge, make.make_video(make.make_unit(contest)), *FULL_POINTS)
        make.make_judge(contest, "Thêm")
    assert counts() == one


# --- who may open what ----------------------------------------------------------------------------


@pytest.fixture
def strangers(contest, video):
    other = make.make_contest("khac")
    return {
        "judge of another contest": make.make_judge(other, "Giám khảo khác").user,
        "judge with the own unit": make.make_judge(contest, "Cùng đơn vị", unit=video.unit).user,
        "staff without a role": make.make_user("Nhân viên", is_staff=True),
        "organizer": make.make_organizer(contest),
        "superuser": make.make_user("Quản trị", is_staff=True, is_superuser=True),
    }


@pytest.mark.parametrize(
    "who",
    [
        "judge of another contest",
        "judge with the own unit",
        "staff without a role",
        "organizer",
        "superuser",
    ],
)
@pytest.mark.parametrize("tail", ["", "confirm/", "conflict/"])
def test_video_is_not_found_by_who_does_not_judge_it(client, strangers, video, who, tail):
    client.force_login(strangers[who])
    assert client.get(page(video, tail)).status_code == 404
    sent = {**typed(*FULL), "reason": "thử"}
    assert client.post(page(video, tail), sent).status_code == 404
    assert not ScoreSheet.objects.exists()
    assert not Conflict.objects.exists()
    assert video.title not in text(client.get(LIST))


def test_declared_conflict_takes_the_video_from_every_page(client_of_judge, judge, video):
    declare_conflict(judge=judge, unit=video.unit, reason="Người thân", now=timezone.now())
    assert client_of_judge.get(page(video)).status_code == 404
    assert client_of_judge.post(page(video), typed(*FULL)).status_code == 404
    assert video.title not in text(client_of_judge.get(LIST))
    assert not ScoreSheet.objects.exists()


@pytest.mark.parametrize("kind", ["refused", "replaced"])
def test_version_that_does_not_count_is_not_found(client_of_judge, video, kind):
    if kind == "refused":
        VideoSubmission.objects.update(refused_at=timezone.now())
    else:
        make.make_video(video.unit, "Bản mới")
    assert client_of_judge.get(page(video)).status_code == 404


@pytest.mark.parametrize("address", [LIST, "video", f"{LIST}excuse/hoi-thi/"])
def test_who_is_no_staff_is_sent_to_sign_in(client, contest, video, address):
    address = page(video) if address == "video" else address
    for user in (None, make.make_user("Đầu mối đơn vị")):
        if user:
            client.force_login(user)
        response = client.get(address)
        assert (response.status_code, "/login/" in response["Location"]) == (302, True)


def test_staff_without_a_role_may_not_open_the_list(client):
    client.force_login(make.make_user("Nhân viên", is_staff=True))
    assert client.get(LIST).status_code == 403


def test_stock_pages_of_sheets_do_not_exist(client, contest, judge, video):
    sheet = make.make_sheet(judge, video, *FULL_POINTS)
    for name in ("add", "change", "delete"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:scoring_scoresheet_{name}", args=[] if name == "add" else [sheet.pk])
    client.force_login(make.make_user("Quản trị", is_staff=True, is_superuser=True))
    # The one page of this name is a contest's own, and no sheet's.
    history = reverse("admin:scoring_scoresheet_history", args=[contest.slug])
    assert history == f"{LIST}history/{contest.slug}/"
    stock = [f"{sheet.pk}/{page}" for page in ("", "change/", "delete/", "history/")]
    for tail in ("add/", *stock, f"history/{sheet.pk}/"):
        assert client.get(LIST + tail).status_code == 404
    chosen = {"action": "delete_selected", "_selected_action": [sheet.pk], "post": "yes"}
    assert client.post(LIST, chosen).status_code == 405
    assert ScoreSheet.objects.count() == 1


def test_nothing_of_other_judges_is_on_any_page_of_a_judge(client_of_judge, contest, video, judge):
    other = make.make_judge(contest, "Lý Thị Sen")
    sheet = open_sheet(judge=other, video=video, now=timezone.now())
    criteria = contest.criteria.order_by("order")
    marks = ("23.5", "13.5", "14.5", "12.5", "3.5")
    sheet.save_draft(
        marks={c.pk: Decimal(mark) for c, mark in zip(criteria, marks, strict=True)},
        remark="Nhận xét của người khác",
        revision=0,
        now=timezone.now(),
    )
    sheet.submit(now=timezone.now())
    client_of_judge.post(page(video), typed(*FULL))
    answers = [
        text(client_of_judge.get(address))
        for address in ("/admin/", LIST, page(video), page(video, "confirm/"))
    ]
    for secret in ("Lý Thị Sen", "Nhận xét của người khác", "23,5", "67,5", sheet.seal):
        assert not any(secret in answer for answer in answers)
    for address in (f"{LIST}progress/{contest.slug}/", f"{LIST}excuse/{contest.slug}/"):
        assert client_of_judge.get(address).status_code == 404


# --- marking --------------------------------------------------------------------------------------


def test_page_has_the_player_and_a_field_for_each_criterion(client_of_judge, video):
    shown = text(client_of_judge.get(page(video)))
    assert f'src="/videos/{video.public_id}/video.mp4"' in shown
    assert "6 phút 42 giây" in shown
    for key in KEYS:
        assert f'name="m-{key}" type="text" inputmode="decimal"' in shown
    assert "1. Nội dung" in shown
    assert "style=" not in shown.split("<main", 1)[-1]


def test_draft_is_saved_incomplete_with_commas_and_shown_again(client_of_judge, video):
    answer = client_of_judge.post(page(video), typed("27", "17,5", "21", "", "5", remark="Tốt"))
    assert answer["Location"] == page(video)
    assert stored() == {
        "content": Decimal(27),
        "script": Decimal("17.5"),
        "technique": Decimal(21),
        "rules": Decimal(5),
    }
    shown = text(client_of_judge.get(page(video)))
    assert 'value="17,5"' in shown
    assert "<span data-total>70,5</span>" in shown
    assert "4 trên 5 tiêu chí" in shown
    assert 'width="87.50%"' in shown
    assert "Chưa chấm. Từ 0 đến 20, bước 0,5." in shown
    assert "Bản nháp đã lưu lúc" in shown


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("30,5", "Điểm phải từ 0 đến 30."),
        ("-1", "Điểm phải từ 0 đến 30."),
        ("17,3", "Điểm chấm theo bước 0,5."),
        ("abc", "Hãy nhập một số, ví dụ 17,5."),
    ],
)
def test_wrong_mark_is_answered_beside_its_field_and_nothing_typed_is_lost(
    client_of_judge, video, wrong, sentence
):
    response = client_of_judge.post(page(video), typed(wrong, "17.5", remark="Giữ lại câu này"))
    shown = text(response)
    assert sentence in shown
    for kept in (f'value="{wrong}"', 'value="17.5"', "Giữ lại câu này"):
        assert kept in shown
    assert not ScoreSheet.objects.exists()


def test_emptied_field_clears_the_mark(client_of_judge, video):
    client_of_judge.post(page(video), typed("27", "17,5"))
    client_of_judge.post(page(video), typed("", "17,5", revision=1))
    assert stored() == {"script": Decimal("17.5")}


def test_second_window_is_shown_both_values_and_overwrites_only_knowingly(client_of_judge, video):
    client_of_judge.post(page(video), typed("27", remark="Cửa sổ một"))
    response = client_of_judge.post(page(video), typed("20", "11", remark="Cửa sổ hai"))
    assert response.status_code == 409
    shown = text(response)
    assert 'value="20"' in shown
    assert 'value="11"' in shown
    assert "Cửa sổ kia đã lưu: 27." in shown
    assert "Cửa sổ kia đã lưu: chưa chấm." in shown
    assert "Cửa sổ một" in shown
    assert "Cửa sổ hai" in shown
    assert stored() == {"content": Decimal(27)}
    assert 'name="revision" value="1"' in shown
    client_of_judge.post(page(video), typed("20", "11", revision=1, remark="Cửa sổ hai"))
    assert stored() == {"content": Decimal(20), "script": Decimal(11)}


@pytest.mark.parametrize("revision", ["", "abc", "-1", "9" * 400, "²"])
def test_revision_nobody_gave_out_saves_nothing(client_of_judge, video, revision):
    assert client_of_judge.post(page(video), typed("27", revision=revision)).status_code == 409
    assert stored() == {}


def test_incomplete_sheet_is_kept_as_draft_and_the_missing_criteria_are_named(
    client_of_judge, video
):
    sent = typed("27", "", "21", "", "5", button="_submit")
    response = client_of_judge.post(page(video), sent, follow=True)
    assert response.redirect_chain[-1][0] == page(video)
    assert "còn thiếu điểm: Kịch bản và ý tưởng, Hiệu quả tuyên truyền" in text(response)
    assert ScoreSheet.objects.get().state == "draft"
    assert len(stored()) == 3


def test_sheet_is_handed_in_after_a_look_over_sealed_and_read_only(client_of_judge, judge, video):
    response = client_of_judge.post(page(video), typed(*FULL, button="_submit"), follow=True)
    shown = text(response)
    assert response.redirect_chain[-1][0] == page(video, "confirm/")
    assert "17,5 / 20" in shown
    assert "88,5 / 100" in shown
    assert ScoreSheet.objects.get().state == "draft"

    response = client_of_judge.post(page(video, "confirm/"), {"revision": 1}, follow=True)
    assert "88,5 trên 100 điểm" in text(response)
    sheet = ScoreSheet.objects.get()
    assert (sheet.state, sheet.judge, sheet.video, len(sheet.seal)) == (
        "submitted",
        judge,
        video,
        64,
    )
    shown = text(client_of_judge.get(page(video)))
    assert "Phiếu chấm đã niêm phong" in shown
    assert "mark-field" not in shown
    assert ">88,5<" in shown

    again = client_of_judge.post(page(video), typed("1", revision=2))
    assert (again.status_code, "Chưa lưu được" in text(again)) == (409, True)
    client_of_judge.post(page(video, "confirm/"), {"revision": 2})
    assert AuditEntry.objects.filter(action="score_sheet.submit").count() == 1
    assert stored()["content"] == Decimal(27)


def test_look_over_of_an_older_save_hands_nothing_in(client_of_judge, video):
    client_of_judge.post(page(video), typed(*FULL))
    client_of_judge.post(page(video), typed("20", *FULL[1:], revision=1))
    response = client_of_judge.post(page(video, "confirm/"), {"revision": 1}, follow=True)
    assert "vừa được sửa ở cửa sổ khác" in text(response)
    assert "81,5 / 100" in text(response)
    assert ScoreSheet.objects.get().state == "draft"


def test_save_and_next_goes_round_the_videos_that_wait(client_of_judge, contest, judge, video):
    waiting = {video, make.make_video(make.make_unit(contest), "Hai")}
    make.make_sheet(judge, make.make_video(make.make_unit(contest), "Đã nộp"), *FULL_POINTS)
    make.make_video(make.make_unit(contest), "Đang mã hóa", state="inspected")
    first, second = sorted(waiting, key=lambda v: v.public_id)
    answer = client_of_judge.post(page(first), typed("27", button="_next"))
    assert answer["Location"] == page(second)
    answer = client_of_judge.post(page(second), typed(button="_next"))
    assert answer["Location"] == page(first)
    assert [sheet.video for sheet in ScoreSheet.objects.filter(state="draft")] == [first]


def test_last_sheet_leads_back_to_the_list(client_of_judge, video):
    client_of_judge.post(page(video), typed(*FULL))
    assert client_of_judge.post(page(video, "confirm/"), {"revision": 1})["Location"] == LIST


def test_closed_judging_shows_the_sheet_and_refuses_every_post(client_of_judge, contest, video):
    client_of_judge.post(page(video), typed(*FULL))
    contest.judging_closes_at = timezone.now()
    contest.save(update_fields=["judging_closes_at"])
    shown = text(client_of_judge.get(page(video)))
    assert "Đã hết thời gian chấm" in shown
    assert "mark-field" not in shown
    assert "_submit" not in shown
    response = client_of_judge.post(page(video), typed("1", revision=1))
    assert (response.status_code, "Chưa lưu được" in text(response)) == (409, True)
    client_of_judge.post(page(video, "confirm/"), {"revision": 1})
    client_of_judge.post(page(video, "conflict/"), {"reason": "muộn"})
    assert stored()["content"] == Decimal(27)
    assert ScoreSheet.objects.get().state == "draft"
    assert not Conflict.objects.exists()
    assert "Đã hết thời gian chấm" in text(client_of_judge.get(LIST))


def test_video_whose_copy_is_not_ready_is_not_marked(client_of_judge, contest):
    video = make.make_video(make.make_unit(contest), state="inspected")
    shown = text(client_of_judge.get(page(video)))
    assert "Video đang được chuẩn bị" in shown
    assert "mark-field" not in shown
    assert client_of_judge.post(page(video), typed(*FULL)).status_code == 409
    assert not ScoreSheet.objects.exists()


def test_forged_post_without_a_token_is_refused(contest, judge, video):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(judge.user)
    assert strict.post(page(video), typed(*FULL)).status_code == 403
    assert not ScoreSheet.objects.exists()


def test_conflict_needs_a_reason_and_takes_the_video_away(client_of_judge, judge, video):
    client_of_judge.post(page(video), typed(*FULL))
    response = client_of_judge.post(page(video, "conflict/"), {"reason": "  "})
    assert "invalid-feedback" in text(response)
    assert not Conflict.objects.exists()

    sent = {"reason": "Em ruột công tác tại đơn vị"}
    response = client_of_judge.post(page(video, "conflict/"), sent, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert "Đã ghi nhận xung đột lợi ích" in text(response)
    assert response.context["seats"][0]["lines"] == []
    conflict = Conflict.objects.get()
    assert (conflict.judge, conflict.unit, conflict.reason) == (judge, video.unit, sent["reason"])
    assert AuditEntry.objects.filter(action="conflict.declare", actor=judge.user).count() == 1


def test_who_declares_after_handing_in_is_told_that_the_sheet_no_longer_counts(
    client_of_judge, judge, video
):
    make.make_sheet(judge, video, *FULL_POINTS)
    sent = {"reason": "Em ruột công tác tại đơn vị"}
    response = client_of_judge.post(page(video, "conflict/"), sent, follow=True)
    assert "phiếu chấm của bạn không còn được tính" in text(response)


# --- organizers and the chair ---------------------------------------------------------------------


def test_organizer_sees_states_while_judging_lasts_and_totals_after(client, contest, judge, video):
    make.make_sheet(judge, video, *FULL_POINTS)
    make.make_judge(contest, "Lý Thị Sen")
    make.make_judge(contest, "Cùng đơn vị", unit=video.unit)
    client.force_login(make.make_organizer(contest))
    address = f"{LIST}progress/{contest.slug}/"
    shown = text(client.get(address))
    assert "Đã xong 1 trên 2 phiếu" in shown
    assert "Xung đột lợi ích" in shown
    assert "88,5" not in shown
    contest.judging_closes_at = timezone.now()
    contest.save(update_fields=["judging_closes_at"])
    assert "<strong>88,5</strong>" in text(client.get(address))


def test_progress_is_for_the_contests_organizers_who_do_not_judge_it(client, contest, video):
    address = f"{LIST}progress/{contest.slug}/"
    stranger = make.make_organizer(make.make_contest("khac"), "Ban khác")
    both = make.make_user("Cả hai vai", is_staff=True, is_superuser=True)
    make.make_judge(contest, user=both)
    for user in (stranger, both):
        client.force_login(user)
        assert client.get(address).status_code == 404
        assert address not in text(client.get(LIST))


def test_chair_excuses_only_after_the_own_sheets_and_only_of_videos_marked(
    client, contest, judge, video
):
    chair = make.make_judge(contest, "Trưởng ban", is_chair=True)
    client.force_login(chair.user)
    address = f"{LIST}excuse/{contest.slug}/"
    sent = {"sheet": f"{judge.pk}:{video.public_id}", "reason": "Nằm viện"}
    assert "Hoàn thành phiếu của mình trước" in text(client.get(address))
    assert judge.user.full_name not in text(client.get(address))
    client.post(address, sent)
    assert not ScoreSheet.objects.exists()

    make.make_sheet(chair, video, *FULL_POINTS)
    unseen = make.make_video(make.make_unit(contest), "Chưa chấm được")
    client.post(address, sent)
    assert not ScoreSheet.objects.filter(judge=judge).exists()
    now = timezone.now()
    open_sheet(judge=chair, video=unseen, now=now).excuse(by=judge.user, reason="x", now=now)
    keys = [key for key, _label in client.get(address).context["form"].fields["sheet"].choices]
    assert keys == ["", f"{judge.pk}:{video.public_id}"]

    client.post(address, {**sent, "reason": ""})
    client.post(address, {**sent, "sheet": f"{judge.pk}:{unseen.public_id}"})
    assert not ScoreSheet.objects.filter(judge=judge).exists()
    response = client.post(address, sent, follow=True)
    assert "Đã miễn chấm" in text(response)
    sheet = ScoreSheet.objects.get(judge=judge)
    assert (sheet.state, sheet.excused_reason, sheet.excused_by) == (
        "excused",
        "Nằm viện",
        chair.user,
    )


def test_when_judging_has_closed_the_chair_excuses_any_missing_sheet(client, contest, judge, video):
    chair = make.make_judge(contest, "Trưởng ban", is_chair=True)
    client.force_login(chair.user)
    address = f"{LIST}excuse/{contest.slug}/"
    Contest.objects.filter(pk=contest.pk).update(judging_closes_at=timezone.now())
    for missing in (judge, chair):
        sent = {"sheet": f"{missing.pk}:{video.public_id}", "reason": "Bản xem không mở được"}
        assert "Đã miễn chấm" in text(client.post(address, sent, follow=True))
    assert set(ScoreSheet.objects.values_list("state", flat=True)) == {"excused"}


def test_a_chair_in_conflict_excuses_nobody_from_that_video(client, contest, judge, video):
    """rules: M3; another chair does."""
    chair = make.make_judge(contest, "Trưởng ban", is_chair=True, unit=video.unit)
    deputy = make.make_judge(contest, "Phó ban", is_chair=True)
    address = f"{LIST}excuse/{contest.slug}/"
    sent = {"sheet": f"{judge.pk}:{video.public_id}", "reason": "Ốm"}
    Contest.objects.filter(pk=contest.pk).update(judging_closes_at=timezone.now())
    client.force_login(chair.user)
    assert video.title not in text(client.get(address))
    assert client.post(address, sent).context["form"].errors.keys() == {"sheet"}
    assert not ScoreSheet.objects.exists()
    client.force_login(deputy.user)
    assert "Đã miễn chấm" in text(client.post(address, sent, follow=True))


def test_judge_who_is_not_the_chair_excuses_nobody(client_of_judge, contest, video):
    assert client_of_judge.get(f"{LIST}excuse/{contest.slug}/").status_code == 404


# --- criteria -------------------------------------------------------------------------------------

CRITERIA = "/admin/scoring/criterion/"


@pytest.fixture
def before_judging(contest):
    contest.judging_opens_at = timezone.now() + dt.timedelta(hours=1)
    contest.save(update_fields=["judging_opens_at"])
    return contest


@pytest.fixture
def client_of_organizer(client, contest):
    client.force_login(make.make_organizer(contest))
    return client


def change(criterion, **fields):
    given = {
        "name": criterion.name,
        "description": criterion.description,
        "order": criterion.order,
        "max_marks": str(criterion.max_marks).replace(".", ","),
        "reason": "",
    }
    return {**given, **fields}


def errors(response):
    return response.context["adminform"].form.errors


def test_organizer_sees_the_criteria_of_the_own_contests_only(client_of_organizer):
    foreign = make.make_criteria(make.make_contest("khac"))[0]
    listed = client_of_organizer.get(CRITERIA).context["cl"].queryset
    assert {criterion.contest.slug for criterion in listed} == {"hoi-thi"}
    assert client_of_organizer.get(f"{CRITERIA}{foreign.pk}/change/").status_code == 302
    form = client_of_organizer.get(f"{CRITERIA}add/").context["adminform"].form
    assert [c.slug for c in form.fields["contest"].queryset] == ["hoi-thi"]


def test_maxima_never_sum_to_more_than_100_and_less_is_warned_of(
    client_of_organizer, before_judging
):
    criterion = before_judging.criteria.get(key="content")
    address = f"{CRITERIA}{criterion.pk}/change/"
    response = client_of_organizer.post(address, change(criterion, max_marks="30,5"))
    assert "100,5" in str(errors(response)["max_marks"])
    response = client_of_organizer.post(address, change(criterion, max_marks="25,5"), follow=True)
    assert "hiện là 95,5" in text(response)
    criterion.refresh_from_db()
    assert criterion.max_marks == Decimal("25.5")
    assert not SettingChange.objects.exists()
    assert AuditEntry.objects.get(action="criterion.change").before["max_marks"] == "30.0"


@pytest.mark.parametrize(
    ("field", "value"), [("max_marks", "25,3"), ("order", "2"), ("max_marks", "0")]
)
def test_wrong_criterion_is_answered_at_its_field(
    client_of_organizer, before_judging, field, value
):
    criterion = before_judging.criteria.get(key="content")
    sent = change(criterion, **{field: value})
    response = client_of_organizer.post(f"{CRITERIA}{criterion.pk}/change/", sent)
    assert list(errors(response)) == [field]


def test_frozen_criterion_changes_with_a_reason_that_is_kept(client_of_organizer, contest):
    criterion = contest.criteria.get(key="content")
    address = f"{CRITERIA}{criterion.pk}/change/"
    response = client_of_organizer.post(address, change(criterion, name="Nội dung tuyên truyền"))
    assert list(errors(response)) == ["reason"]
    response = client_of_organizer.post(
        address, change(criterion, max_marks="25", reason="Giảm điểm")
    )
    assert list(errors(response)) == ["max_marks"]
    sent = change(criterion, name="Nội dung tuyên truyền", reason="Theo kế hoạch sửa đổi")
    client_of_organizer.post(address, sent)
    kept = SettingChange.objects.get()
    assert (kept.contest, kept.target, kept.reason) == (
        contest,
        "criterion content",
        "Theo kế hoạch sửa đổi",
    )
    assert (kept.before["name"], kept.after["name"]) == ("Nội dung", "Nội dung tuyên truyền")
    assert AuditEntry.objects.filter(action="criterion.change").count() == 1


def test_criterion_is_deleted_only_before_judging_opens(client_of_organizer, contest):
    criterion = contest.criteria.get(key="rules")
    address = f"{CRITERIA}{criterion.pk}/delete/"
    assert client_of_organizer.post(address, {"post": "yes"}).status_code == 403
    contest.judging_opens_at = timezone.now() + dt.timedelta(hours=1)
    contest.save(update_fields=["judging_opens_at"])
    client_of_organizer.post(address, {"post": "yes"})
    assert not Criterion.objects.filter(pk=criterion.pk).exists()
    assert AuditEntry.objects.get(action="criterion.change").after is None


def test_default_criteria_are_offered_to_a_contest_without_any(client_of_organizer, contest):
    address = f"{CRITERIA}default/{contest.slug}/"
    assert client_of_organizer.get(address).status_code == 404
    contest.criteria.all().delete()
    assert address in text(client_of_organizer.get(CRITERIA))
    assert "Kịch bản và ý tưởng" in text(client_of_organizer.get(address))
    assert not contest.criteria.exists()
    client_of_organizer.post(address, {"reason": ""})
    assert not contest.criteria.exists()
    client_of_organizer.post(address, {"reason": "Chưa kịp nhập"})
    assert [c.key for c in contest.criteria.order_by("order")] == list(KEYS)
    assert address not in text(client_of_organizer.get(CRITERIA))


def test_judge_reaches_no_page_of_the_criteria(client_of_judge, contest):
    assert client_of_judge.get(CRITERIA).status_code == 403
    assert client_of_judge.post(f"{CRITERIA}default/{contest.slug}/").status_code == 403
