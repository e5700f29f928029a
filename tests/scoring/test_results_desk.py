"""The organizers' results desk: who may, each step with its message, ties, verification."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contests.models import Contest
from scoring import results
from scoring.models import ResultSet
from tests.make import make_organizer, make_sheet, make_unit, make_user, make_video
from tests.scoring.cast import DAY, JUDGED, NOW, PLAIN, Stage, make_person, sit

pytestmark = pytest.mark.django_db
POSTS = ("refresh", "publish", "request_final", "approve_final", "tie", "verify")


@pytest.fixture
def stage():
    """A contest whose days are long over, so that today every step can be taken."""
    stage = Stage()
    Contest.objects.filter(pk=stage.contest.pk).update(
        judging_closes_at=NOW + DAY / 2, objection_days=0
    )
    stage.contest.refresh_from_db()
    return stage


@pytest.fixture
def desk(stage, client):
    client.force_login(stage.first)
    return client


def url(stage, step="", **more):
    return reverse(
        "admin:scoring_results" + (f"_{step}" if step else ""),
        args=[stage.contest.pk, *more.values()],
    )


def post(client, stage, step, data=None):
    """Take a step; return the sentences the organizer then reads."""
    response = client.post(url(stage, step), data or {}, follow=True)
    assert response.redirect_chain == [(url(stage), 302)], response.content.decode()
    return [str(message) for message in response.context["messages"]]


def text_of(response):
    return " ".join(response.content.decode().split())


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["", *POSTS])
def test_contest_of_other_organizers_is_not_there(stage, client, step):
    client.force_login(Stage("khac").first)
    assert client.get(url(stage, step)).status_code == 404
    assert client.post(url(stage, step)).status_code == 404
    assert client.get(url(stage, "ranking", name="units")).status_code == 404
    assert not ResultSet.objects.exists()


@pytest.mark.parametrize("who", ["judge", "coordinator", "participant", "visitor"])
@pytest.mark.parametrize("step", ["", *POSTS])
def test_nobody_but_organizers_opens_the_desk(stage, client, who, step):
    people = {
        "judge": stage.judges[0].user,
        "coordinator": make_user("Đầu mối"),
        "participant": stage.lan.user,
    }
    stage.leader.coordinator = people["coordinator"]
    stage.leader.save(update_fields=["coordinator"])
    if who != "visitor":
        client.force_login(people[who])
    for response in (client.get(url(stage, step)), client.post(url(stage, step))):
        assert response.status_code == (403 if who == "judge" else 302)
        if who != "judge":
            assert "sign-in" in response["Location"] or "login" in response["Location"]
    assert not ResultSet.objects.exists()


@pytest.mark.parametrize("step", POSTS)
def test_every_step_needs_the_token_of_its_page(stage, step):
    client = Client(enforce_csrf_checks=True)
    client.force_login(stage.first)
    results.refresh(stage.contest, now=JUDGED)
    assert client.post(url(stage, step), {"reason": "Đủ", "tie": "0"}).status_code == 403
    assert ResultSet.objects.get().state == "draft"


def test_looking_changes_nothing(desk, stage):
    for step in ("", *POSTS):
        desk.get(url(stage, step))
    assert not ResultSet.objects.exists()
    assert not stage.contest.setting_changes.exists()


def test_list_names_only_own_contests_and_the_only_one_opens_at_once(desk, stage):
    other = Stage("khac")
    address = reverse("admin:scoring_resultset_changelist")
    assert desk.get(address)["Location"] == url(stage)
    other.contest.organizers.add(stage.first)
    Stage("la")
    text = text_of(desk.get(address))
    assert "Hội thi hoi-thi" in text
    assert "Hội thi khac" in text
    assert "Hội thi la" not in text


def test_stock_pages_of_the_admin_are_shut(desk, stage):
    results.refresh(stage.contest, now=JUDGED)
    pk = ResultSet.objects.get().pk
    base = reverse("admin:scoring_resultset_changelist")
    for tail in ("add/", f"{pk}/change/", f"{pk}/delete/", f"{pk}/history/"):
        assert desk.get(base + tail).status_code in (403, 404)


def test_pages_are_never_cached(desk, stage):
    assert {"no-store", "private"} <= set(desk.get(url(stage))["Cache-Control"].split(", "))


# --- the steps ------------------------------------------------------------------------------------


def test_desk_without_results_says_what_to_do(desk, stage):
    text = text_of(desk.get(url(stage)))
    assert "Chưa có kết quả" in text
    assert "Kiểm chứng" not in text


def test_refresh_says_the_number(desk, stage):
    assert post(desk, stage, "refresh") == ["Kết quả đã được cập nhật: bộ kết quả số 1."]
    text = text_of(desk.get(url(stage)))
    assert "Bộ kết quả số 1" in text
    assert "93,40" in text
    assert "Không tham gia phần thi video" in text


def test_refresh_that_cannot_compute_says_why(desk, stage):
    Contest.objects.filter(pk=stage.contest.pk).update(unit_rule="top_n")
    stage.contest.units.filter(code="DV02").update(headcount=None)
    (sentence,) = post(desk, stage, "refresh")
    assert "DV02" in sentence


def test_publication_is_asked_about_once_more(desk, stage):
    post(desk, stage, "refresh")
    page = text_of(desk.get(url(stage, "publish")))
    assert "Kết quả đã công bố không rút lại được" in page
    assert ResultSet.objects.get().state == "draft"
    assert post(desk, stage, "publish") == ["Đã công bố dự kiến bộ kết quả số 1."]
    assert ResultSet.objects.get().published_by == stage.first


def test_publication_that_is_refused_lists_what_is_missing(desk, stage):
    post(desk, stage, "refresh")
    Contest.objects.filter(pk=stage.contest.pk).update(is_rehearsal=True)
    expected = ["Đây là hội thi thử; kết quả không được công bố."]
    assert post(desk, stage, "publish") == expected
    response = desk.get(url(stage, "publish"), follow=True)
    assert [str(message) for message in response.context["messages"]] == expected
    text = text_of(response)
    assert expected[0] in text
    assert url(stage, "publish") not in text


def test_final_takes_two_organizers(desk, stage):
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    # Who has not written why does not ask.
    response = desk.post(url(stage, "request_final"), {"reason": " "})
    assert "bắt buộc" in text_of(response)
    assert ResultSet.objects.get().final_requested_by is None
    said = post(desk, stage, "request_final", {"reason": "Không có kiến nghị."})
    assert said[0].startswith("Bộ kết quả số 1: đã đề nghị")
    text = text_of(desk.get(url(stage)))
    assert "Không có kiến nghị." in text
    assert url(stage, "approve_final") not in text
    assert len(post(desk, stage, "approve_final")) == 1
    assert ResultSet.objects.get().state == "provisional"

    second = Client()
    second.force_login(stage.second)
    assert url(stage, "approve_final") in text_of(second.get(url(stage)))
    page = text_of(second.get(url(stage, "approve_final")))
    assert "Trần Thị Hoa" in page
    assert "Không có kiến nghị." in page
    assert ResultSet.objects.get().state == "provisional"
    assert post(second, stage, "approve_final") == ["Bộ kết quả số 1 đã là chính thức."]
    final = ResultSet.objects.get()
    assert (final.state, final.finalized_by) == ("final", stage.second)
    assert "Việc tiếp theo" not in text_of(second.get(url(stage)))


def test_final_before_the_objections_end_is_refused(desk, stage):
    Contest.objects.filter(pk=stage.contest.pk).update(objection_days=30000)
    post(desk, stage, "publish")
    assert post(desk, stage, "request_final", {"reason": "Đủ"}) == [
        "Chưa hết thời hạn nhận kiến nghị."
    ]


def test_confirm_pages_lead_back_where_there_is_nothing_to_confirm(desk, stage):
    for step in ("publish", "approve_final"):
        assert desk.get(url(stage, step))["Location"] == url(stage)
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    for step in ("publish", "approve_final"):
        assert desk.get(url(stage, step))["Location"] == url(stage)


# --- ties -----------------------------------------------------------------------------------------


@pytest.fixture
def tied(stage):
    stage.contest.award_tiers.filter(scope="person").update(count=1)
    stage.twin = make_person(stage.other, "Trần Văn Hai")
    sit(stage.twin, stage.quiz, right=2, seconds=64)
    results.refresh(stage.contest, now=JUDGED)
    return stage


def test_tie_names_the_tied_and_the_places(desk, tied):
    text = text_of(desk.get(url(tied)))
    assert f"{tied.lan.number} · Nguyễn Thị Lan · DV01" in text
    assert f"{tied.twin.number} · Trần Văn Hai · DV02" in text
    assert "1 suất giải cho 2 trường hợp đồng hạng" in text


def test_tie_is_decided_with_a_reason(desk, tied):
    said = post(
        desk,
        tied,
        "tie",
        {"tie": "0", "chosen_keys": str(tied.twin.number), "reason": "Rút thăm"},
    )
    assert said == [
        "Đã quyết định trường hợp đồng hạng; bộ kết quả số 2 đã tính đến quyết định này."
    ]
    text = text_of(desk.get(url(tied)))
    assert "Rút thăm" in text
    assert "Đồng hạng cần quyết định" not in text


def test_wrong_decision_keeps_what_was_typed(desk, tied):
    both = [str(tied.lan.number), str(tied.twin.number)]
    response = desk.post(
        url(tied, "tie"), {"tie": "0", "chosen_keys": both, "reason": "Rút thăm có biên bản"}
    )
    text = text_of(response)
    assert "Chọn đúng 1 trong số các trường hợp đồng hạng." in text
    assert "Rút thăm có biên bản</textarea>" in text
    assert text.count('name="chosen_keys"') == 2
    assert text.count(" checked>") == 2
    response = desk.post(url(tied, "tie"), {"tie": "0", "chosen_keys": both[:1], "reason": ""})
    assert "bắt buộc" in text_of(response)
    assert text_of(response).count(" checked>") == 1
    assert not tied.contest.tie_decisions.exists()


@pytest.mark.parametrize("index", ["", "1", "-1", "x", "²", "9" * 30])
def test_tie_that_is_not_there_is_said(desk, tied, index):
    assert post(desk, tied, "tie", {"tie": index, "chosen_keys": "1", "reason": "x"}) == [
        "Trường hợp đồng hạng này không còn. Hãy xem lại danh sách."
    ]


@pytest.mark.parametrize("key", ["999", "DV01", "[1]", "{", '"1"'])
def test_stranger_is_not_chosen(desk, tied, key):
    response = desk.post(url(tied, "tie"), {"tie": "0", "chosen_keys": key, "reason": "x"})
    assert "invalid-feedback" in text_of(response)
    assert not tied.contest.tie_decisions.exists()


# --- looking --------------------------------------------------------------------------------------


def test_verification_says_that_everything_holds_or_what_differs(desk, stage):
    post(desk, stage, "refresh")
    assert "Mọi niêm phong còn nguyên" in text_of(desk.post(url(stage, "verify")))
    stage.attempts[0].answers.order_by("pk")[0].delete()
    text = text_of(desk.post(url(stage, "verify")))
    assert stage.attempts[0].receipt in text
    assert "Mọi niêm phong còn nguyên" not in text


def test_whole_ranking_has_a_page_of_its_own(desk, stage):
    for number in range(3, 15):
        make_unit(stage.contest, f"DV{number:02d}", headcount=5)
    post(desk, stage, "refresh")
    text = text_of(desk.get(url(stage)))
    assert "DV14" not in text
    assert "Xem toàn bộ 14 đơn vị" in text
    assert "DV14" in text_of(desk.get(url(stage, "ranking", name="units")))
    assert "Nguyễn Thị Lan" in text_of(desk.get(url(stage, "ranking", name="people")))
    assert "Một cửa thân thiện" in text_of(desk.get(url(stage, "ranking", name="videos")))
    assert desk.get(url(stage, "ranking", name="awards")).status_code == 404
    assert desk.get(url(stage, "ranking", name="units") + "?page=x").status_code == 200


def test_files_of_the_desk_open(desk, stage):
    post(desk, stage, "refresh")
    page = desk.get(url(stage)).content.decode()
    for name in ("units", "people", "videos", "awards", "statistics"):
        for form in ("csv", "xlsx", "json"):
            address = f"/hoi-thi/results/{name}.{form}?set=1"
            assert address in page
            assert desk.get(address).status_code == 200


def test_earlier_published_sets_are_named(desk, stage):
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    stage.contest.units.filter(code="DV02").update(headcount=20)
    post(desk, stage, "refresh")
    text = text_of(desk.get(url(stage)))
    assert "Các bộ kết quả trước" in text
    assert "Bộ kết quả số 1 · dự kiến" in text


def test_desk_takes_as_many_queries_for_few_rows_as_for_many(desk, stage):
    post(desk, stage, "publish")
    desk.get(url(stage))
    with CaptureQueriesContext(connection) as few:
        desk.get(url(stage))
    for number in range(3, 9):
        unit = make_unit(stage.contest, f"DV{number:02d}", headcount=5)
        sit(make_person(unit, f"Người số {number}"), stage.quiz, seconds=100 + number)
        video = make_video(unit, f"Phim {number}")
        for judge in stage.judges:
            make_sheet(judge, video, *PLAIN, now=NOW)
    make_organizer(stage.contest, "Người thứ ba")
    post(desk, stage, "publish")
    with CaptureQueriesContext(connection) as many:
        desk.get(url(stage))
    assert len(many) == len(few)


def test_list_of_contests_takes_as_many_queries_for_two_as_for_four(desk, stage):
    address = reverse("admin:scoring_resultset_changelist")

    def join(slug: str) -> None:
        other = Stage(slug)
        other.contest.organizers.add(stage.first)
        results.refresh(other.contest, now=JUDGED)

    join("hai")
    desk.get(address)
    with CaptureQueriesContext(connection) as two:
        desk.get(address)
    join("ba")
    join("bon")
    with CaptureQueriesContext(connection) as four:
        desk.get(address)
    assert len(four) == len(two)


def test_a_correction_is_published_with_a_reason_only(stage, desk):
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    stage.contest.units.filter(code="DV02").update(name="Sở Tài chính và Ngân sách")
    results.refresh(stage.contest, now=JUDGED)
    refused = desk.post(url(stage, "publish"), {"reason": " "})
    assert "Lý do đính chính" in text_of(refused)
    assert stage.contest.result_sets.filter(state="draft").exists()
    post(desk, stage, "publish", {"reason": "Sửa tên đơn vị."})
    corrected = stage.contest.result_sets.get(number=2)
    assert (corrected.state, corrected.correction_reason) == ("provisional", "Sửa tên đơn vị.")
