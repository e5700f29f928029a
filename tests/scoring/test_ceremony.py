"""The ceremony page: in which order it reveals, with which figures, for whom, and when not yet."""

import re

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scoring import results
from scoring.admin.ceremony import ceremony_of, set_to_celebrate
from scoring.models import AwardTier, ResultSet
from scoring.models.results import Scope
from tests.make import make_sheet, make_unit, make_user, make_video
from tests.scoring.cast import DAY, JUDGED, NOW, PLAIN, Stage, make_person, make_quiz, sit

pytestmark = pytest.mark.django_db
FINAL = JUDGED + 30 * DAY
REFUSAL = "Chỉ mở được màn hình trao giải khi kết quả đã công bố là kết quả chính thức."


@pytest.fixture
def stage():
    """Three units, three people in two quizzes, two videos, and a ladder of awards for each."""
    stage = Stage()
    unit = make_unit(stage.contest, "DV03", name="Sở Y tế", headcount=10)
    hoa = make_person(unit, "Sơn Thị Hoa", workplace="Trạm Y tế")
    sit(hoa, stage.quiz, right=1, seconds=80)
    week = make_quiz(stage.contest, "tuan-2", name="Tuần 2")
    sit(hoa, week, right=2, seconds=70)
    video = make_video(stage.other, "Hẹn giờ trả kết quả")
    for judge in stage.judges:
        make_sheet(judge, video, *PLAIN, now=NOW)
    AwardTier.objects.filter(scope=Scope.UNIT).delete()
    stage.tier("unit", 1, "Giải Nhất")
    stage.tier("unit", 2, "Giải Nhì")
    stage.tier("video", 2, "Giải video Nhì")
    AwardTier.objects.create(
        contest=stage.contest, scope=Scope.PERSON, quiz=week, order=1, name="Giải tuần", count=1
    )
    return stage


def publish(stage, *, reason=""):
    results.refresh(stage.contest, now=JUDGED)
    result_set = results.publish(stage.contest, by=stage.first, reason=reason, now=JUDGED)
    stage.contest.refresh_from_db()
    return result_set


def finish(stage):
    """Publish and make final by two organizers; return the set."""
    publish(stage)
    results.request_final(stage.contest, by=stage.first, reason="Đủ điều kiện", now=FINAL)
    return results.approve_final(stage.contest, by=stage.second, now=FINAL)


def disqualify_leader(stage):
    stage.leader.disqualified_reason = "Vi phạm thể lệ"
    stage.leader.save(update_fields=["disqualified_reason"])


def url(stage, name="scoring_results_ceremony"):
    return reverse(f"admin:{name}", args=[stage.contest.pk])


def opened(stage, client):
    client.force_login(stage.first)
    return client.get(url(stage))


def names(response):
    """The names of a page's awards, in the order they are revealed."""
    page = response.content.decode()
    return re.findall(r'<h3 class="ceremony-who [a-z]*" id="giai-\d+">([^<]+)</h3>', page)


def refused(stage, client):
    """Whether the page leads back to the desk, which says why."""
    response = opened(stage, client)
    assert (response.status_code, response["Location"]) == (302, url(stage, "scoring_results"))
    assert [str(message) for message in get_messages(response.wsgi_request)] == [REFUSAL]
    assert REFUSAL in client.get(response["Location"]).content.decode()
    return True


# --- the order ------------------------------------------------------------------------------------


def test_videos_then_people_by_quiz_then_units_each_from_the_lowest_up(stage):
    ceremony = ceremony_of(finish(stage))
    told = [
        (part.scope, part.quiz, [(m.number, m.award.tier, m.award.name) for m in part.moments])
        for part in ceremony.parts
    ]
    assert told == [
        (
            Scope.VIDEO,
            "",
            [
                (1, "Giải video Nhì", "Hẹn giờ trả kết quả"),
                (2, "Giải video", "Một cửa thân thiện"),
            ],
        ),
        (
            Scope.PERSON,
            "Trắc nghiệm",
            # One tier: the second of the ranking before the first.
            [(3, "Giải cá nhân", "Sơn Thị Hoa"), (4, "Giải cá nhân", "Nguyễn Thị Lan")],
        ),
        (Scope.PERSON, "Tuần 2", [(5, "Giải tuần", "Sơn Thị Hoa")]),
        (Scope.UNIT, "", [(6, "Giải Nhì", "Sở Tư pháp"), (7, "Giải Nhất", "Sở Nội vụ")]),
    ]
    assert ceremony.total == 7


def test_each_award_says_what_it_was_won_with(stage):
    moments = [m for part in ceremony_of(finish(stage)).parts for m in part.moments]
    said = {m.number: (m.belongs_to, m.figure, m.details) for m in moments}
    assert said[2] == ("Sở Nội vụ", "89,00 điểm", ())
    assert said[4] == ("Văn phòng, Sở Nội vụ", "2/2 câu đúng", ("1 phút 04 giây",))
    # The same person in another quiz, with that quiz's figures.
    assert said[3][1:] == ("1/2 câu đúng", ("1 phút 20 giây",))
    assert said[5][1:] == ("2/2 câu đúng", ("1 phút 10 giây",))
    belongs, figure, details = said[7]
    assert (belongs, details[-1]) == ("", "video 89,00")
    assert re.fullmatch(r"\d\d,\d\d điểm", figure)


def test_one_quiz_is_not_named(stage):
    AwardTier.objects.filter(name="Giải tuần").delete()
    assert [part.quiz for part in ceremony_of(finish(stage)).parts] == ["", "", ""]


def test_long_names_are_set_smaller(stage):
    stage.leader.name = "Ban Quản lý dự án đầu tư xây dựng các công trình dân dụng và công nghiệp"
    stage.leader.save(update_fields=["name"])
    stage.video.title = "Một cửa thân thiện, phụ huynh yên tâm"
    stage.video.save(update_fields=["title"])
    sizes = {m.award.name: m.size for p in ceremony_of(finish(stage)).parts for m in p.moments}
    assert (sizes[stage.leader.name], sizes[stage.video.title]) == ("longest", "long")
    assert sizes["Sở Tư pháp"] == ""


def test_page_reveals_in_that_order_and_lists_all_at_the_end(stage, client):
    finish(stage)
    response = opened(stage, client)
    page = response.content.decode()
    assert names(response) == [
        "Hẹn giờ trả kết quả",
        "Một cửa thân thiện",
        "Sơn Thị Hoa",
        "Nguyễn Thị Lan",
        "Sơn Thị Hoa",
        "Sở Tư pháp",
        "Sở Nội vụ",
    ]
    # A start, four parts, seven awards, and all of them.
    assert page.count(" data-slide") == 1 + 4 + 7 + 1
    overview = page[page.index("slide-all") :]
    assert overview.index("Sở Nội vụ") < overview.index("Sở Tư pháp")


def test_without_awards_it_says_so(stage, client):
    AwardTier.objects.all().delete()
    finish(stage)
    page = opened(stage, client).content.decode()
    assert "Chưa có giải: không có ai đủ điều kiện" in page
    assert "slide-all" not in page


def test_a_tier_called_as_its_part_is_said_once(stage, client):
    finish(stage)
    page = opened(stage, client).content.decode()
    # Of the seven awards one is "Giải video", in the part of that name.
    assert page.count('class="ceremony-part"') == 6
    assert '<span class="ceremony-part">Giải video</span> Giải video Nhì' in page
    assert '<span class="ceremony-part">Giải cá nhân: Tuần 2</span> Giải tuần' in page


def test_queries_do_not_grow_with_the_awards(stage):
    def queries():
        result_set = ResultSet.objects.select_related("contest").get()
        with CaptureQueriesContext(connection) as asked:
            ceremony_of(result_set)
        return len(asked)

    AwardTier.objects.filter(scope=Scope.PERSON, quiz=stage.quiz).update(count=1)
    AwardTier.objects.filter(name__in=["Giải Nhì", "Giải video Nhì"]).delete()
    results.refresh(stage.contest, now=JUDGED)
    few = queries()
    # The awards, the quizzes' names, and each of the four ladders once.
    assert few == 6
    AwardTier.objects.filter(scope=Scope.PERSON, quiz=stage.quiz).update(count=3)
    stage.tier("unit", 2, "Giải Nhì", count=2)
    stage.tier("video", 2, "Giải video Nhì")
    results.refresh(stage.contest, now=JUDGED + DAY)
    assert ResultSet.objects.get().awards.count() > 4
    assert queries() == few


# --- when and for whom ----------------------------------------------------------------------------


def test_not_before_there_are_results(stage, client):
    assert refused(stage, client)


def test_not_while_results_are_a_draft_or_provisional(stage, client):
    results.refresh(stage.contest, now=JUDGED)
    assert refused(stage, client)
    publish(stage)
    assert refused(stage, client)
    desk = client.get(url(stage, "scoring_results")).content.decode()
    assert url(stage) not in desk


def test_final_results_have_their_button_on_the_desk(stage, client):
    shown = finish(stage)
    assert opened(stage, client).context["result_set"] == shown
    desk = client.get(url(stage, "scoring_results")).content.decode()
    assert f'href="{url(stage)}"' in desk
    assert "Lễ trao giải" in desk


def test_a_draft_after_the_final_changes_nothing(stage, client):
    shown = finish(stage)
    disqualify_leader(stage)
    results.refresh(stage.contest, now=FINAL + DAY)
    assert ResultSet.objects.newest(stage.contest) != shown
    assert set_to_celebrate(stage.contest) == shown
    page = opened(stage, client)
    assert page.context["result_set"] == shown
    assert names(page)[-1] == "Sở Nội vụ"


def test_a_published_correction_waits_until_it_is_final_too(stage, client):
    finish(stage)
    disqualify_leader(stage)
    results.refresh(stage.contest, now=FINAL + DAY)
    results.publish(stage.contest, by=stage.first, reason="Đính chính", now=FINAL + DAY)
    assert refused(stage, client)
    results.request_final(stage.contest, by=stage.first, reason="Đủ", now=FINAL + 30 * DAY)
    results.approve_final(stage.contest, by=stage.second, now=FINAL + 30 * DAY)
    # The unit and its video are gone, its person stays; the third unit has no video to win with.
    assert names(opened(stage, client)) == [
        "Hẹn giờ trả kết quả",
        "Sơn Thị Hoa",
        "Nguyễn Thị Lan",
        "Sơn Thị Hoa",
        "Sở Tư pháp",
    ]


def test_another_contests_organizer_finds_nothing(stage, client):
    finish(stage)
    client.force_login(Stage("khac").first)
    assert client.get(url(stage)).status_code == 404


@pytest.mark.parametrize("who", ["judge", "coordinator", "participant", "visitor"])
def test_nobody_but_organizers_opens_it(stage, client, who):
    finish(stage)
    people = {
        "judge": stage.judges[0].user,
        "coordinator": make_user("Đầu mối khác"),
        "participant": stage.lan.user,
    }
    if who != "visitor":
        client.force_login(people[who])
    response = client.get(url(stage))
    assert response.status_code == (403 if who == "judge" else 302)
    assert "Một cửa thân thiện" not in response.content.decode()


def test_it_is_never_cached(stage, client):
    finish(stage)
    assert "no-store" in opened(stage, client)["Cache-Control"]
