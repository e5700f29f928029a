"""The public statistics of a published set: every figure here is worked out by hand."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from contests.models import Participant, Unit
from tests.make import make_sheet, make_unit, make_video
from tests.portal.cast import LEADER_MARKS, Stage, make_attempt, make_person, make_quiz

pytestmark = pytest.mark.django_db
OFFICES, DISTRICTS = "Sở, ban, ngành", "Cấp huyện"
BY_DAY, BY_CORRECT = "Lượt thi được tính theo ngày", "Số người theo số câu đúng"
BY_TIME, BY_TOTAL = "Số người theo thời gian làm bài", "Số đơn vị theo tổng điểm"
BY_POINTS, BY_BLOCK, BY_UNIT = "Số video theo điểm", "Khối", "Tỷ lệ tham gia theo đơn vị"
FIGURES = "Toàn bộ chỉ tiêu và cách tính"


@pytest.fixture
def stage():
    """Two people already (14 and 5 of 15, 64.4 s each), five more on days of their own.

    DV01 stands in one block with 40 people, DV02 and DV03 in another with 30 and none stated.
    """
    stage = Stage()
    third = make_unit(stage.contest, name="Huyện Kế Sách", block=DISTRICTS)
    Unit.objects.filter(code="DV01").update(block=OFFICES)
    Unit.objects.filter(code="DV02").update(block=DISTRICTS)
    for unit, name, correct, milliseconds, at in (
        (stage.first, "Một", 15, 120_000, "16:59:59.999"),
        (stage.first, "Hai", 15, 120_999, "17:00:00.000"),
        (stage.second, "Ba", 0, 121_000, "23:30:00.000"),
        (stage.second, "Bốn", 14, 600_000, "23:30:00.000"),
        (third, "Năm", 10, 59_999, "16:59:59.999"),
    ):
        hand_in(stage, make_person(unit, f"Lê Thị {name}"), correct, milliseconds, at)
    return stage


def day_of(stage: Stage) -> dt.date:
    """Return the day, in UTC, on which the five hand in."""
    return (stage.quiz.opens_at + dt.timedelta(days=3)).date()


def hand_in(stage: Stage, person: Participant, correct: int, milliseconds: int, at: str) -> None:
    """Give somebody an attempt that ended at this time of the stage's day, in UTC."""
    clock = dt.time.fromisoformat(at)
    ended = dt.datetime.combine(day_of(stage), clock, tzinfo=dt.UTC)
    make_attempt(
        person,
        stage.quiz,
        started_at=ended - dt.timedelta(milliseconds=milliseconds),
        finished_at=ended,
        duration_ms=milliseconds,
        correct=correct,
    )


def address(stage: Stage) -> str:
    return reverse("contest_statistics", kwargs={"slug": stage.contest.slug})


def read(client, stage: Stage):
    response = client.get(address(stage))
    assert response.status_code == 200
    return html.fromstring(response.content.decode())


def table(page, caption: str) -> list[list[str]]:
    """Return the rows of the one table with this caption."""
    (found,) = page.xpath(f'//table[normalize-space(caption)="{caption}"]')
    rows = found.xpath("./tbody/tr")
    return [[words(cell) for cell in row] for row in rows]


def words(node) -> str:
    """Return what a part of the page says, its pieces apart."""
    return " ".join(" ".join(node.itertext()).split())


def counts(page, caption: str) -> dict[str, int]:
    """Return label → count of a chart's table, without the empty classes."""
    found = {label: int(count) for label, count, _share in table(page, caption)}
    return {label: count for label, count in found.items() if count}


def figures(page) -> dict[str, str]:
    return {label: value for label, value, _definition in table(page, FIGURES)}


# --- when and who -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["visitor", "winner", "coordinator", "organizer"])
def test_there_are_no_statistics_before_publication(client, stage, who):
    stage.refresh()
    if who != "visitor":
        user = getattr(stage, who)
        client.force_login(getattr(user, "user", user))
    assert client.get(address(stage)).status_code == 404


def test_statistics_go_when_publication_is_taken_back(client, stage):
    stage.publish()
    read(client, stage)
    stage.contest.provisional_at = None
    stage.contest.save(update_fields=["provisional_at"])
    assert client.get(address(stage)).status_code == 404


def test_the_results_lead_to_the_statistics_and_back(client, stage):
    stage.publish()
    results = reverse("contest_results", kwargs={"slug": stage.contest.slug})
    assert f'href="{address(stage)}"' in client.get(results).content.decode()
    assert f'href="{results}"' in client.get(address(stage)).content.decode()


def test_a_newer_draft_changes_no_figure(client, stage):
    stage.publish()
    before = read(client, stage)
    Participant.objects.filter(full_name="Lê Thị Một").update(disqualified_reason="Thi hộ")
    assert stage.refresh().number == 2
    page = read(client, stage)
    assert table(page, BY_CORRECT) == table(before, BY_CORRECT)
    assert table(page, FIGURES) == table(before, FIGURES)


def test_provisional_statistics_say_so(client, stage):
    stage.publish()
    assert "Kết quả DỰ KIẾN" in client.get(address(stage)).content.decode()


# --- figures ------------------------------------------------------------------------------------


def test_days_are_those_of_viet_nam(client, stage):
    stage.publish()
    page = read(client, stage)
    # 16:59:59 UTC is 23:59:59 there; 17:00 and 23:30 are the next day.
    day = day_of(stage)
    found = counts(page, BY_DAY)
    assert found[f"{day:%d/%m/%Y}"] == 2
    assert found[f"{day + dt.timedelta(days=1):%d/%m/%Y}"] == 3
    assert sum(found.values()) == 7


def test_people_by_correct_answers(client, stage):
    stage.publish()
    rows = table(read(client, stage), BY_CORRECT)
    assert [row[0] for row in rows] == [str(number) for number in range(16)]
    assert {row[0]: row[1] for row in rows if row[1] != "0"} == {
        "0": "1",
        "5": "1",
        "10": "1",
        "14": "2",
        "15": "2",
    }
    # 2 of 7 are 28.571…
    assert rows[15] == ["15", "2", "28,6 %"]


def test_people_by_time_used_in_whole_seconds(client, stage):
    stage.publish()
    # 59 s; twice 64 s, 120 s and 120.999 s; 121 s; 600 s, to the last minute.
    assert counts(read(client, stage), BY_TIME) == {
        "đến 1 phút": 1,
        "trên 1 đến 2 phút": 4,
        "trên 2 đến 3 phút": 1,
        "trên 9 đến 10 phút": 1,
    }


def test_figures_of_the_quiz_stand_with_their_definitions(client, stage):
    stage.publish()
    said = words(read(client, stage).find(".//main"))
    # 73 correct of 7 × 15: 69.52; 59 + 64 + 64 + 120 + 120 + 121 + 600 = 1148 s ÷ 7 = 164 s.
    assert "Kết quả trắc nghiệm trung bình, % 69,52 Trung bình cộng tỷ lệ câu đúng" in said
    assert "Thời gian trung bình 2 phút 44 giây Tổng số giây" in said
    assert "Thời gian ngắn nhất 59 giây Trong tất cả lượt thi được tính" in said
    assert "Ngắn nhất khi đúng hết 2 phút trong 2 lượt Trong các lượt thi trả lời đúng" in said


def test_blocks_have_turnout_with_numerator_and_denominator(client, stage):
    stage.publish()
    page = read(client, stage)
    # DV01: 3 of 40. DV02: 3 of 30; DV03 has one person and states no headcount.
    assert table(page, BY_BLOCK) == [
        [OFFICES, "1", "1", "1", "3", "40", "7,5 %"],
        [DISTRICTS, "2", "2", "0", "4", "30", "10,0 %"],
        ["Tất cả đơn vị có xếp hạng", "3", "3", "1", "7", "70", "8,6 %"],
    ]
    said = words(page.find(".//main"))
    assert "3 trên 40 người, 1 đơn vị" in said
    assert "3 trên 30 người, 2 đơn vị" in said
    assert "Tỷ lệ tham gia 8,6 % 6 / 70" in said


def test_units_have_counts_only_the_highest_turnout_first(client, stage):
    stage.publish()
    rows = table(read(client, stage), BY_UNIT)
    assert rows == [
        [f"Sở Y tế DV02 · {DISTRICTS}", "3", "30", "10,0 % 10,0 %"],
        [f"Sở Nội vụ DV01 · {OFFICES}", "3", "40", "7,5 % 7,5 %"],
        [f"Huyện Kế Sách DV03 · {DISTRICTS}", "1", "–", "– –"],
    ]


def test_units_and_videos_by_points(client, stage):
    stage.publish()
    page = read(client, stage)
    # DV01: Q = 100 × 44/45 = 97.78, V = 89: 92.51. DV02: 100 × 19/45 × 0.4 = 16.89;
    # DV03: 66.67 × 0.4 = 26.67.
    assert counts(page, BY_TOTAL) == {
        "từ 10 đến dưới 20": 1,
        "từ 20 đến dưới 30": 1,
        "từ 90 đến 100": 1,
    }
    assert counts(page, BY_POINTS) == {"từ 80 đến dưới 90": 1}


def test_points_at_the_edge_belong_to_the_upper_class(client, stage):
    # 27 + 18 + 22.5 + 18 + 4.5 = 90: a video at the edge; 0.6 × 90 + 0.4 × 0 = 54.
    video = make_video(make_unit(stage.contest, name="Thị xã Vĩnh Châu"), "Chín mươi")
    make_sheet(stage.contest.judges.get(), video, "27", "18", "22.5", "18", "4.5")
    stage.publish()
    page = read(client, stage)
    assert counts(page, BY_POINTS) == {"từ 80 đến dưới 90": 1, "từ 90 đến 100": 1}
    assert counts(page, BY_TOTAL)["từ 50 đến dưới 60"] == 1


def test_every_stored_figure_is_printed_with_its_definition(client, stage):
    published = stage.publish()
    rows = table(read(client, stage), FIGURES)
    assert len(rows) == len(published.statistics)
    assert all(definition for _label, _value, definition in rows)
    found = figures(read(client, stage))
    assert found["Thí sinh dự thi"] == "7"
    assert found["Kết quả trắc nghiệm trung bình, %"] == "69,52"
    assert found["Tỷ lệ tham gia"] == "8,6 %"
    assert found["Thời gian trung bình, giây"] == "164,00"


def test_a_picture_has_the_figures_of_its_table(client, stage):
    stage.publish()
    page = read(client, stage)
    figures_with_picture = page.xpath('//figure[.//svg[@class="columns-plot"]]')
    assert len(figures_with_picture) == 5
    for figure in figures_with_picture:
        numbers = [int(cell.text_content()) for cell in figure.xpath(".//tbody/tr/td[1]")]
        heights = [float(rect.get("height").rstrip("%")) for rect in figure.xpath(".//rect")]
        top = int(figure.xpath('.//svg[@class="columns-axis"]/text')[-1].text)
        assert heights == [pytest.approx(76 * number / top, abs=0.01) for number in numbers]
        (total,) = figure.xpath(".//tfoot/tr/td[1]")
        assert int(total.text_content()) == sum(numbers)
        said = [int(text.text) for text in figure.xpath('.//text[contains(@class,"figure")]')]
        assert said == [number for number in numbers if number]


def test_papers_of_different_lengths_are_compared_by_percentage(client, stage):
    person = make_person(stage.first, "Lê Thị Sáu")
    make_attempt(person, stage.quiz, correct=3, questions=10)
    stage.publish()
    found = counts(read(client, stage), "Số người theo tỷ lệ câu đúng")
    # 0/15; 3/10; 5/15; 10/15; 14/15 twice and 15/15 twice.
    assert found == {
        "từ 0 đến dưới 10": 1,
        "từ 30 đến dưới 40": 2,
        "từ 60 đến dưới 70": 1,
        "từ 90 đến 100": 4,
    }


# --- what is not told ---------------------------------------------------------------------------


def test_fewer_than_five_people_have_no_distribution(client, stage):
    for name in ("Một", "Hai", "Ba"):
        Participant.objects.filter(full_name=f"Lê Thị {name}").update(disqualified_reason="Thi hộ")
    stage.publish()
    page = read(client, stage)
    said = words(page.find(".//main"))
    assert "Có dưới 5 người tham gia nên không hiển thị phân bố" in said
    assert BY_CORRECT not in said
    assert "Ngắn nhất khi đúng hết" not in said
    Participant.objects.filter(full_name="Lê Thị Ba").update(disqualified_reason="")
    stage.publish()
    assert sum(counts(read(client, stage), BY_CORRECT).values()) == 5


def test_who_does_not_count_is_in_no_chart(client, stage):
    Participant.objects.filter(full_name="Lê Thị Một").update(disqualified_reason="Thi hộ")
    waiting = make_person(stage.first, "Lê Thị Chờ", source=Participant.Source.SELF)
    hand_in(stage, waiting, 15, 1000, "10:00:00")
    stage.publish()
    page = read(client, stage)
    for caption in (BY_DAY, BY_CORRECT, BY_TIME):
        assert sum(counts(page, caption).values()) == 6, caption
    assert table(page, BY_BLOCK)[0][4] == "2"


def test_a_disqualified_unit_is_in_no_block_and_no_distribution(client, stage):
    Unit.objects.filter(code="DV02").update(disqualified_reason="Gian lận")
    stage.publish()
    page = read(client, stage)
    assert table(page, BY_BLOCK)[1] == [DISTRICTS, "1", "1", "0", "1", "–", "–"]
    assert [row[0].partition(" DV")[0] for row in table(page, BY_UNIT)] == [
        "Sở Nội vụ",
        "Huyện Kế Sách",
    ]
    assert sum(counts(page, BY_TOTAL).values()) == 2


def test_nobody_is_named_not_even_a_winner(client, stage):
    stage.publish()
    said = client.get(address(stage)).content.decode()
    assert not re.search("Lê Thị|Lê Chí Nguyện|Thu Nguyệt", said)


def test_a_contest_in_which_nobody_took_part_has_a_page(client, stage):
    Participant.objects.update(disqualified_reason="Thi hộ")
    stage.publish()
    page = read(client, stage)
    assert figures(page)["Thời gian trung bình, giây"] == "–"
    assert not page.xpath(f'//caption[.="{BY_DAY}"]')


# --- cost ---------------------------------------------------------------------------------------


def test_more_people_units_videos_and_quizzes_cost_no_more_queries(client, stage):
    stage.publish()
    read(client, stage)
    with CaptureQueriesContext(connection) as few:
        read(client, stage)
    second = make_quiz(stage.contest, slug="tuan-2", name="Tuần 2")
    for number in range(6):
        unit = make_unit(stage.contest, name=f"Xã {number}", block=f"Khối {number}", headcount=9)
        person = make_person(unit, f"Trần Văn {number}")
        make_attempt(person, stage.quiz, correct=number)
        make_attempt(person, second, correct=number)
        video = make_video(unit)
        for judge in stage.contest.judges.all():
            make_sheet(judge, video, *LEADER_MARKS)
    stage.publish()
    with CaptureQueriesContext(connection) as many:
        page = read(client, stage)
    assert len(page.xpath(f'//caption[.="{BY_CORRECT}"]')) == 2
    assert len(many) == len(few) <= 12
