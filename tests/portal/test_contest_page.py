"""The contest's page as people read it, phase by phase."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contests.models import Contest, Participant, Unit
from portal import schedule
from tests.clock import standing_at
from tests.make import make_contest, make_organizer, make_unit, make_user
from tests.portal.cast import Stage, make_attempt, make_person, make_quiz, make_running

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
OPENS = dt.datetime(2026, 12, 1, 0, 0, tzinfo=dt.UTC)
CLOSES = dt.datetime(2026, 12, 15, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def contest() -> Contest:
    made = make_contest(
        announced_on=dt.date(2026, 11, 16),
        video_opens_at=OPENS,
        video_closes_at=CLOSES,
        judging_opens_at=dt.datetime(2026, 12, 21, 1, 0, tzinfo=dt.UTC),
        judging_closes_at=dt.datetime(2026, 12, 25, 10, 0, tzinfo=dt.UTC),
    )
    make_quiz(made, opens_at=OPENS, closes_at=CLOSES)
    return made


def read(client, contest: Contest, name: str = "contest", **query: str) -> str:
    response = client.get(reverse(name, kwargs={"slug": contest.slug}), query)
    assert response.status_code == 200
    return response.content.decode()


def test_an_open_contest_counts_down_to_the_end_of_the_quiz(client, contest):
    with standing_at(CLOSES - dt.timedelta(days=3, hours=4, minutes=12)):
        said = read(client, contest)
    assert "Phần thi trắc nghiệm còn" in said
    assert 'data-until="2026-12-15T17:00:00+07:00"' in said
    assert 'data-now="2026-12-12T12:48:00+07:00"' in said
    assert '<b data-part="days">3</b>' in said
    assert '<b data-part="hours">04</b>' in said
    assert '<b data-part="minutes">12</b>' in said
    assert "Đóng lúc 17:00 ngày 15/12/2026." in said


def test_an_announced_contest_counts_down_to_its_opening(client, contest):
    with standing_at(OPENS - DAY):
        said = read(client, contest)
    assert "Phần thi trắc nghiệm mở sau" in said
    assert "Mở lúc 07:00 ngày 01/12/2026." in said


@pytest.mark.parametrize(
    ("rest", "shown"),
    [
        (dt.timedelta(microseconds=1), ("0", "00", "01")),
        (dt.timedelta(minutes=1), ("0", "00", "01")),
        (dt.timedelta(minutes=1, microseconds=1), ("0", "00", "02")),
        (dt.timedelta(days=1), ("1", "00", "00")),
        (dt.timedelta(0), ("0", "00", "00")),
    ],
)
def test_the_last_started_minute_counts(rest, shown):
    counted = schedule.Countdown(label="", until=CLOSES, now=CLOSES - rest, closes=True)
    assert counted.rest == shown


@pytest.mark.parametrize(
    ("opens", "closes", "shown"),
    [
        (OPENS, CLOSES, "01/12 – 15/12/2026"),
        # 17:00 UTC is midnight in Viet Nam: the window does not reach into the 16th.
        (OPENS, dt.datetime(2026, 12, 15, 17, 0, tzinfo=dt.UTC), "01/12 – 15/12/2026"),
        (OPENS, OPENS + dt.timedelta(hours=2), "01/12/2026"),
        (OPENS, dt.datetime(2027, 1, 5, tzinfo=dt.UTC), "01/12/2026 – 05/01/2027"),
    ],
)
def test_a_window_is_shown_in_days(opens, closes, shown):
    assert schedule.span(opens, closes) == shown


def test_the_timeline_names_every_date(client, contest):
    with standing_at(OPENS + DAY):
        said = read(client, contest)
    for text in ("16/11/2026", "01/12 – 15/12/2026", "21/12 – 25/12/2026", "sau ngày 25/12/2026"):
        assert text in said


def test_a_visitor_is_led_to_registration_and_code_and_a_coordinator_to_the_desk(client, contest):
    coordinator = make_user("Phan Thanh Trúc")
    unit = make_unit(contest, coordinator=coordinator)
    person = make_person(unit, "Lê Chí Nguyện")
    with standing_at(OPENS + DAY):
        visitor = read(client, contest)
        client.force_login(coordinator)
        theirs = read(client, contest)
        client.force_login(person.user)
        own = read(client, contest)
    assert reverse("register", kwargs={"slug": contest.slug}) in visitor
    assert "Nhập mã dự thi" in visitor
    assert reverse("desk", kwargs={"pk": unit.pk}) in theirs
    assert "Nhập mã dự thi" not in theirs
    assert "Vào thi trắc nghiệm" in own
    assert reverse("desk", kwargs={"pk": unit.pk}) not in own


def test_a_draft_exists_for_its_organizers_only(client):
    contest = make_contest(is_announced=False, name="Hội thi còn kín")
    address = reverse("contest", kwargs={"slug": contest.slug})
    assert client.get(address).status_code == 404
    client.force_login(make_organizer(make_contest("hoi-thi-khac"), "Người khác"))
    assert client.get(address).status_code == 404
    client.force_login(make_organizer(contest))
    assert "Chỉ Ban Tổ chức xem được trang này." in client.get(address).content.decode()
    assert contest.name not in client.get(reverse("home")).content.decode()


def test_turnout_counts_people_with_a_finished_attempt_who_count(client):
    stage = Stage()
    running = make_person(stage.first, "Lý Thị Kha")
    make_running(running, stage.quiz, deadline_at=stage.contest.judging_closes_at)
    waiting = make_person(stage.first, "Đặng Quốc Huy", source=Participant.Source.SELF)
    make_attempt(waiting, stage.quiz)
    out = make_person(stage.first, "Trần Văn Ửng")
    make_attempt(out, stage.quiz)
    Participant.objects.filter(pk=out.pk).update(disqualified_reason="Thi hộ")
    # Ended by the clock, not stored yet: whoever reads sees it as over (rules: Q8).
    make_running(make_person(stage.first, "Huỳnh Văn Đạt"), stage.quiz)
    said = read(client, stage.contest, "contest_units")
    # 2 of 40: the winner and the one whom the clock ended.
    assert "5,0 %" in said
    assert 'width="5.0%"' in said


@pytest.mark.parametrize(("typed", "found"), [("so noi", True), ("dv01", True), ("so xay", False)])
def test_units_are_found_without_tones(client, typed, found):
    stage = Stage()
    said = read(client, stage.contest, "contest_units", q=typed)
    assert ("DV01" in said) is found
    assert "DV02" not in said


def test_more_units_cost_no_more_queries(client):
    stage = Stage()
    stage.publish()
    names = ("contest", "contest_units", "contest_results", "gallery")
    for name in names:
        read(client, stage.contest, name)

    def queries(name: str) -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            read(client, stage.contest, name)
        return len(captured)

    before = {name: queries(name) for name in names}
    for _more in range(3):
        unit = make_unit(stage.contest, headcount=10)
        make_attempt(make_person(unit, "Trần Văn An"), stage.quiz)
    stage.publish()
    assert {name: queries(name) for name in names} == before
    assert max(before.values()) <= 20


def test_home_shows_announced_contests_or_says_there_are_none(client):
    assert "Chưa có hội thi nào được công bố" in client.get("/").content.decode()
    make_contest(name="Hội thi cải cách hành chính")
    said = client.get("/").content.decode()
    assert "Hội thi cải cách hành chính" in said
    assert "Chưa có hội thi nào được công bố" not in said


def test_years_and_numbers_stay_readable(client):
    stage = Stage()
    Unit.objects.filter(pk=stage.first.pk).update(headcount=1134)
    said = read(client, stage.contest, "contest_units")
    assert "1.134" in said
    assert "2.026" not in said


def test_the_privacy_notice_says_what_is_asked_and_whom_to_ask(client):
    contest = make_contest(contact="Phòng Cải cách hành chính, 0299 3822 333", consent_version="7")
    said = read(client, contest, "privacy")
    for text in ("phiên bản 7", "Không hỏi số căn cước", "0299 3822 333", "không thấy điểm"):
        assert text in said
