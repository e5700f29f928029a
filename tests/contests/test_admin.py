"""Who sees which rows in the administration, and the page of a contest."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccessCode, AuditEntry, User
from contests.models import (
    SettingChange,
)
from scoring import ranking
from tests.contests.admin_pages import DAY, at, change, errors, one_of_each, submit
from tests.contests.quizzes import make_quiz
from tests.make import (
    make_contest,
    make_judge,
    make_organizer,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
PARTS = (
    "unit",
    "participant",
    "exclusion",
    "judge",
    "conflict",
    "question",
    "quiz",
    "attempt",
    "flag",
    "settingchange",
)
EDITED = ("unit", "participant", "exclusion", "judge", "conflict", "question", "quiz")


@pytest.fixture
def contest():
    return make_contest()


@pytest.fixture
def lý(contest, client):
    """An organizer, signed in."""
    user = make_organizer(contest, "Trần Thị Lý")
    client.force_login(user)
    return user


# ---------- who sees what ----------
def test_lists_hold_the_rows_of_own_contests_only(client, lý, contest):
    own, foreign = one_of_each(contest), one_of_each(make_contest("khac"))
    for model in PARTS:
        page = client.get(at(model))
        rows = list(page.context["cl"].queryset)
        assert own[model] in rows, model
        assert foreign[model] not in rows, model
        assert "Hội thi khac" not in page.text, model


def test_a_list_asked_for_a_foreign_contest_is_empty(client, lý, contest):
    other = make_contest("khac")
    one_of_each(other)
    for model in PARTS:
        page = client.get(f"{at(model)}?contest={other.pk}")
        assert list(page.context["cl"].queryset) == [], model


def test_pages_of_foreign_rows_are_not_there(client, lý):
    foreign = one_of_each(make_contest("khac"))
    for model, row in foreign.items():
        response = client.get(change(model, row.pk))
        # Django's own pages answer with the front page of the administration.
        assert response.status_code in (302, 404), model
        if response.status_code == 302:
            assert response.headers["Location"] == "/admin/", model


def test_decisions_about_foreign_rows_are_not_there(client, lý):
    foreign = one_of_each(make_contest("khac"))
    for url in (
        at("unit", foreign["unit"].pk, "decide", "disqualify"),
        at("unit", foreign["unit"].pk, "coordinator"),
        at("participant", foreign["participant"].pk, "decide", "disqualify"),
        at("participant", foreign["participant"].pk, "code"),
        at("participant", foreign["participant"].pk, "confirm"),
    ):
        assert client.post(url, {"reason": "Vì", "full_name": "Ai"}).status_code == 404, url
    foreign["unit"].refresh_from_db()
    assert foreign["unit"].disqualified_reason == ""
    assert not AccessCode.objects.exists()


def test_nothing_is_added_to_a_foreign_contest(client, lý, contest):
    other = make_contest("khac")
    for model in EDITED:
        page = client.get(f"{at(model, 'add')}?contest={other.pk}")
        assert "Dành cho hội thi nào?" in page.text, model
        assert list(page.context["contests"]) == [contest], model
    client.post(f"{at('unit', 'add')}?contest={other.pk}", {"code": "DV1", "name": "A"})
    assert not other.units.exists()


def test_a_judge_is_refused_everywhere(client, contest):
    rows = one_of_each(contest)
    client.force_login(rows["judge"].user)
    for model in PARTS:
        assert client.get(at(model)).status_code == 403, model
        assert client.get(change(model, rows[model].pk)).status_code == 403, model
    assert client.get(at("contest")).status_code == 403
    assert client.post(at("unit", rows["unit"].pk, "decide", "disqualify")).status_code == 403


def test_a_coordinator_is_sent_to_the_sign_in(client, contest):
    client.force_login(make_user("Đầu mối"))
    for model in ("contest", *PARTS):
        assert "/admin/login/" in client.get(at(model)).headers["Location"], model


def test_a_superuser_sees_every_contest(client, contest):
    other = make_contest("khac")
    client.force_login(User.objects.create_superuser("root", "x", full_name="Quản Trị"))
    assert set(client.get(at("contest")).context["cl"].queryset) == {contest, other}


def test_lists_cost_the_same_for_one_row_and_for_three(client, lý, contest):
    one_of_each(contest)
    counts = {}
    for rows in (1, 3):
        while rows == 3 and contest.units.count() < 3:
            one_of_each(contest)
        for model in ("contest", *PARTS):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(at(model)).status_code == 200
            counts.setdefault(model, []).append(len(queries))
    assert {model: costs for model, costs in counts.items() if costs[0] < costs[1]} == {}


# ---------- the contest ----------
def test_the_page_of_a_contest_leads_to_its_parts(client, lý, contest):
    one_of_each(contest)
    page = client.get(change("contest", contest.pk))
    links = {part.url: part.count for _title, parts in page.context["parts"] for part in parts}
    assert links[f"/admin/contests/unit/?contest={contest.pk}"] == 1
    assert links[f"/admin/contests/question/?contest={contest.pk}"] == 2
    for url in links:
        assert client.get(url).status_code == 200, url
    assert f'href="/{contest.slug}/"' in page.text


def test_organizers_make_no_contests(client, lý):
    assert client.get(at("contest", "add")).status_code == 403


def test_a_contest_is_found_without_tones(client, lý, contest):
    found = client.get(f"{at('contest')}?q=hoi thi").context["cl"].queryset
    assert list(found) == [contest]
    assert not client.get(f"{at('contest')}?q=khong co").context["cl"].queryset


def test_windows_are_checked_in_words(client, lý, contest):
    url = change("contest", contest.pk)
    early = timezone.localtime(contest.video_opens_at - DAY)
    response = submit(client, url, video_closes_at_0=f"{early:%d/%m/%Y}", video_closes_at_1="08:00")
    said = str(errors(response))
    assert "Thời gian nhận video phải kết thúc sau khi bắt đầu." in said


def test_weights_must_sum_to_a_hundred(client, lý, contest):
    response = submit(client, change("contest", contest.pk), quiz_weight="50")
    assert "Tổng hai trọng số phải bằng 100." in str(errors(response))


def test_an_order_among_equals_is_chosen_and_not_written(client, lý, contest):
    url = change("contest", contest.pk)
    changed = {"unit_chain_0": "turnout", "unit_chain_1": "", "unit_chain_2": "video"}
    assert submit(client, url, **changed, unit_chain_3="").status_code == 302
    contest.refresh_from_db()
    assert contest.unit_chain == ["turnout", "video"]
    assert contest.person_chain == ["seconds", "prediction", "finished_at"]
    twice = submit(client, url, unit_chain_0="video", unit_chain_1="video")
    assert set(errors(twice)) == {"unit_chain"}
    assert set(errors(submit(client, url, unit_chain_0="x"))) == {"unit_chain"}


def test_the_keys_of_the_orders_are_those_of_the_ranking():
    from contests.models import contest as models

    assert models.UNIT_CHAIN_KEYS == ranking.UNIT_CHAIN_KEYS
    assert models.PERSON_CHAIN_KEYS == ranking.PERSON_CHAIN_KEYS
    assert models.VIDEO_CHAIN_KEYS == ranking.VIDEO_CHAIN_KEYS


def test_the_largest_video_is_typed_in_megabytes(client, lý, contest):
    url = change("contest", contest.pk)
    assert client.get(url).context["adminform"].form["video_max_bytes"].value() == 2048
    assert submit(client, url, video_max_bytes="200").status_code == 302
    contest.refresh_from_db()
    assert contest.video_max_bytes == 200 * 1024 * 1024
    assert set(errors(submit(client, url, video_max_bytes="2049"))) == {"video_max_bytes"}


def test_saving_an_untouched_page_changes_nothing(client, lý, contest):
    before = type(contest).objects.filter(pk=contest.pk).values().get()
    make_quiz(contest)
    assert submit(client, change("contest", contest.pk)).status_code == 302
    after = type(contest).objects.filter(pk=contest.pk).values().get()
    same = {k: v for k, v in before.items() if not isinstance(v, dt.datetime)}
    assert {k: after[k] for k in same} == same
    assert not AuditEntry.objects.exists()


def test_a_frozen_setting_changes_with_a_reason_only(client, lý, contest):
    make_quiz(contest)
    url = change("contest", contest.pk)
    weights = {"quiz_weight": "50", "video_weight": "50"}
    assert set(errors(submit(client, url, **weights))) == {"reason"}
    assert submit(client, url, **weights, reason="UBND tỉnh quyết định").status_code == 302
    kept = SettingChange.objects.order_by("target")
    assert [(row.target, row.before, row.after) for row in kept] == [
        ("quiz_weight", 40, 50),
        ("video_weight", 60, 50),
    ]
    assert {row.reason for row in kept} == {"UBND tỉnh quyết định"}
    assert AuditEntry.objects.get(action="setting.change").actor == lý


def test_what_no_result_depends_on_needs_no_reason(client, lý, contest):
    make_quiz(contest)
    assert submit(client, change("contest", contest.pk), notice="Xin chào").status_code == 302
    assert not SettingChange.objects.exists()
    assert AuditEntry.objects.get().after == {"fields": ["notice"]}


def test_before_the_opening_no_reason_is_asked(client, lý, contest):
    url = change("contest", contest.pk)
    assert "reason" not in client.get(url).context["adminform"].form.fields
    assert submit(client, url, quiz_weight="50", video_weight="50").status_code == 302
    assert not SettingChange.objects.exists()


def test_a_contest_with_headcounts_in_its_rules_is_announced_with_them(client, lý):
    contest = make_contest("moi", is_announced=False)
    contest.organizers.add(lý)
    unit = make_unit(contest)
    url = change("contest", contest.pk)
    assert set(errors(submit(client, url, is_announced="on"))) == {"is_announced"}
    unit.headcount = 10
    unit.save()
    assert submit(client, url, is_announced="on").status_code == 302


def test_organizers_are_named_by_a_superuser_and_never_a_judge(client, contest):
    lý = make_organizer(contest)
    judge = make_judge(contest)
    judge.user.groups.set(lý.groups.all())
    client.force_login(User.objects.create_superuser("root", "x", full_name="Quản Trị"))
    url = change("contest", contest.pk)
    both = submit(client, url, organizers=[lý.pk, judge.user_id])
    assert judge.user.full_name in str(errors(both)["organizers"])
    client.force_login(lý)
    submit(client, url, organizers=[judge.user_id])
    assert list(contest.organizers.all()) == [lý]


def test_what_a_contest_says_on_every_page_is_said_in_the_administration_too(client, lý, contest):
    contest.notice = "Số liệu giả định để minh họa."
    contest.save(update_fields=["notice"])
    unit = make_unit(contest)
    for address in (
        at("unit"),
        at("unit", "add"),
        at("unit", unit.pk, "change"),
        at("participant"),
    ):
        assert contest.notice in client.get(address).content.decode(), address
    assert contest.notice in client.get(change("contest", contest.pk)).content.decode()
