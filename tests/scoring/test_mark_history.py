"""The history of marks: organizers read every step, and marks only after closing (M4, M6)."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contests.models import Contest
from scoring.models import MarkChange, declare_conflict
from tests import make

pytestmark = pytest.mark.django_db
LIST = "/admin/scoring/scoresheet/"
SECRETS = ("27.5", "27,5", "17.5", "17,5")
MINUTE = dt.timedelta(minutes=1)


class Panel:
    """A judge whose sheet the chair opened again, and a video of another judge."""

    def __init__(self) -> None:
        self.now = timezone.now()
        self.contest = make.make_contest(now=self.now)
        make.make_criteria(self.contest)
        self.video = make.make_video(make.make_unit(self.contest), "Một cửa & thân thiện")
        self.other_video = make.make_video(make.make_unit(self.contest), "=HYPERLINK(1)")
        self.chair = make.make_judge(self.contest, "Trần Văn Ước", is_chair=True)
        self.judge = make.make_judge(self.contest, "Bùi Thị Hằng")
        self.organizer = make.make_organizer(self.contest)
        marks = ("27.5", "17.5", "21", "18", "5")
        make.make_sheet(self.chair, self.video, *marks, now=self.now)
        self.sheet = make.make_sheet(self.judge, self.video, *marks, now=self.now + MINUTE)
        make.make_sheet(self.judge, self.other_video, *marks, now=self.now + 2 * MINUTE)
        self.sheet.reopen(
            by=self.chair.user, reason="Nhầm cột", now=self.now + dt.timedelta(minutes=3)
        )

    def close(self) -> None:
        closes = timezone.now() - MINUTE
        Contest.objects.filter(pk=self.contest.pk).update(judging_closes_at=closes)

    def page(self, **query: object) -> str:
        chosen = "&".join(f"{name}={value}" for name, value in query.items())
        return f"{LIST}history/{self.contest.slug}/?{chosen}"

    def export(self, **query: object) -> str:
        return self.page(**query).replace("/?", "/export/?")


@pytest.fixture
def panel():
    return Panel()


@pytest.fixture
def organizer(client, panel):
    client.force_login(panel.organizer)
    return panel.organizer


def text(response):
    return " ".join(response.content.decode().split())


def table(response):
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(response.content[3:].decode())))


def test_while_judging_lasts_the_steps_are_shown_and_no_mark(client, organizer, panel):
    response = client.get(panel.page())
    lines = response.context["lines"]
    assert len(lines) == MarkChange.objects.count() == 19
    assert {line.before for line in lines} == {line.after for line in lines} == {"—"}
    shown = text(response)
    listed = shown.split("<table", 1)[1].split("</table>")[0]
    assert not any(secret in listed for secret in SECRETS)
    assert "Chưa hiển thị điểm" in shown
    assert f"Giám khảo chấm độc lập đến {panel_closes(panel)}" in shown
    assert "Xuất tệp CSV" not in shown
    refused = client.get(panel.export(), follow=True)
    assert refused.redirect_chain == [(panel.page().rstrip("?"), 302)]
    assert "Chỉ xuất được lịch sử chấm điểm khi đã hết thời gian chấm" in text(refused)


def panel_closes(panel):
    local = timezone.localtime(panel.contest.judging_closes_at)
    return local.strftime("%d/%m/%Y %H:%M")


def test_after_closing_each_line_says_who_when_what_from_to_and_why(client, organizer, panel):
    criterion = panel.contest.criteria.get(key="content")
    MarkChange.objects.create(
        sheet=panel.sheet,
        act=MarkChange.Act.MARK,
        criterion=criterion,
        at=dt.datetime(2036, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        by=panel.judge.user,
        before=27.5,
        after=20,
        reason="Nhầm cột",
    )
    panel.close()
    response = client.get(panel.page())
    newest, reopened = response.context["lines"][:2]
    assert newest.at == "02/01/2036 10:04:05"
    assert (newest.by, newest.judge, newest.title) == (
        "Bùi Thị Hằng",
        "Bùi Thị Hằng",
        "Một cửa & thân thiện",
    )
    assert (newest.criterion, newest.before, newest.after) == ("Nội dung", "27,5", "20")
    assert newest.reason == "Nhầm cột"
    assert (reopened.by, reopened.judge) == ("Trần Văn Ước", "Bùi Thị Hằng")
    assert reopened.act == MarkChange.Act.REOPEN.label
    assert reopened.before == (
        "Nội dung 27,5; Kịch bản và ý tưởng 17,5; Kỹ thuật 21; Hiệu quả tuyên truyền 18;"
        " Chấp hành thể lệ 5"
    )
    assert reopened.after == "—"
    shown = text(response)
    assert "Một cửa &amp; thân thiện" in shown
    assert "phiếu của Bùi Thị Hằng" in shown
    assert "Xuất tệp CSV" in shown


def test_mark_given_for_the_first_time_comes_from_nothing(client, organizer, panel):
    panel.close()
    given = [line for line in client.get(panel.page()).context["lines"] if line.criterion]
    assert {line.before for line in given} == {"—"}
    assert {line.after for line in given} == {"27,5", "17,5", "21", "18", "5"}


def test_history_is_narrowed_to_a_judge_and_a_video_of_the_contest(client, organizer, panel):
    def titles(**query):
        lines = client.get(panel.page(**query)).context["lines"]
        return {(line.judge, line.title) for line in lines}

    judge, video = panel.judge.pk, panel.video.public_id
    assert titles(judge=judge) == {
        ("Bùi Thị Hằng", "Một cửa & thân thiện"),
        ("Bùi Thị Hằng", "=HYPERLINK(1)"),
    }
    assert titles(video=video) == {
        ("Bùi Thị Hằng", "Một cửa & thân thiện"),
        ("Trần Văn Ước", "Một cửa & thân thiện"),
    }
    assert titles(judge=judge, video=video) == {("Bùi Thị Hằng", "Một cửa & thân thiện")}
    assert titles(judge="", video="") == titles()
    panel.close()
    exported = table(client.get(panel.export(judge=panel.chair.pk)))
    assert {row[2] for row in exported[1:]} == {"Trần Văn Ước"}


@pytest.mark.parametrize("tail", ["", "export/"])
def test_judge_or_video_of_another_contest_is_not_found(client, organizer, panel, tail):
    other = make.make_contest("khac")
    other.organizers.add(organizer)
    judge = make.make_judge(other, "Giám khảo khác")
    video = make.make_video(make.make_unit(other))
    for query in (f"judge={judge.pk}", "judge=x", "judge=-1", f"video={video.public_id}"):
        address = f"{LIST}history/{panel.contest.slug}/{tail}?{query}"
        assert client.get(address).status_code == 404


def test_fifty_lines_a_page(client, organizer, panel):
    for _more in range(6):
        video = make.make_video(make.make_unit(panel.contest))
        make.make_sheet(panel.chair, video, "27", "17", "21", "18", "5", now=panel.now)
    response = client.get(panel.page())
    assert len(response.context["lines"]) == 50
    assert response.context["page"].paginator.num_pages == 2
    first = response.context["lines"]
    second = client.get(panel.page(page=2)).context["lines"]
    assert len(first) + len(second) == MarkChange.objects.count()
    assert first[0].act == MarkChange.Act.REOPEN.label


def test_export_is_a_file_no_cell_of_which_is_a_formula(client, organizer, panel):
    declare_conflict(judge=panel.judge, unit=panel.video.unit, reason="+84 họ hàng", now=panel.now)
    panel.close()
    response = client.get(panel.export())
    rows = table(response)
    assert rows[0] == [
        *("Thời điểm", "Người thực hiện", "Giám khảo", "Đơn vị", "Video", "Việc đã làm"),
        *("Tiêu chí", "Từ", "Thành", "Lý do"),
    ]
    assert len(rows) == 1 + MarkChange.objects.count()
    assert {row[4] for row in rows[1:]} == {"Một cửa & thân thiện", "'=HYPERLINK(1)"}
    assert "'+84 họ hàng" in {row[9] for row in rows}
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="lich-su-cham-hoi-thi.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


def test_history_takes_as_many_queries_for_many_lines_as_for_few(client, organizer, panel):
    panel.close()

    def queries(address):
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).content
        return len(caught)

    few = [queries(panel.page()), queries(panel.export())]
    Contest.objects.update(judging_closes_at=timezone.now() + MINUTE)
    for number in range(5):
        video = make.make_video(make.make_unit(panel.contest))
        judge = make.make_judge(panel.contest, f"Thêm {number}")
        make.make_sheet(judge, video, "27", "17", "21", "18", "5", now=panel.now)
    panel.close()
    assert [queries(panel.page()), queries(panel.export())] == few


def test_nothing_can_be_posted(client, organizer, panel):
    before = MarkChange.objects.count()
    for address in (panel.page(), panel.export()):
        assert client.post(address, {"delete": "1"}).status_code == 405
    assert MarkChange.objects.count() == before


def test_nobody_but_an_organizer_who_does_not_judge_finds_it(client, panel):
    panel.close()
    both = make.make_organizer(panel.contest, "Vừa tổ chức vừa chấm")
    make.make_judge(panel.contest, user=both)
    strangers = [
        panel.chair.user,
        panel.judge.user,
        both,
        make.make_organizer(make.make_contest("khac"), "Người khác"),
        make.make_user("Nhân viên", is_staff=True),
    ]
    for user in strangers:
        client.force_login(user)
        assert client.get(panel.page()).status_code == 404
        assert client.get(panel.export()).status_code == 404
    client.logout()
    assert "/login/" in client.get(panel.page())["Location"]


def test_page_of_progress_leads_there(client, organizer, panel):
    shown = text(client.get(f"{LIST}progress/{panel.contest.slug}/"))
    assert f'href="{panel.page().rstrip("?")}"' in shown
