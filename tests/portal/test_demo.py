"""Sóc Trăng 2020 from raw rows: the announced facts, equal bytes everywhere, no silent change."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from accounts.models import AuditEntry, User
from contests.models import Contest
from media_uploads.models import VideoSubmission
from portal.demo import loading, removal
from scoring import documents, guard
from scoring.models import Certificate, ResultSet
from tests.scoring.pdf_files import qr_codes, texts

# One load takes its time: tests/scheduling.py keeps all of these in one worker.
pytestmark = pytest.mark.django_db

SLUG = "soc-trang-2020"
FACTS = json.loads((Path(loading.__file__).parent / "facts.json").read_text())
# What both databases have to give; a change of the rules or of the files' form changes it.
EXPECTED = json.loads((Path(__file__).parent / "demo_digest.json").read_text())
NOT_ELIGIBLE_REASON = "Giả định để khớp con số 32 của thông báo"


@pytest.fixture(scope="module")
def load_demo(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Load once for all tests here, committed; each test's own changes are rolled back."""
    media = tmp_path_factory.mktemp("media")
    (media / "incoming").mkdir()
    said = StringIO()
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=media, FILE_UPLOAD_TEMP_DIR=media / "incoming"),
    ):
        before = set(User.objects.values_list("pk", flat=True))
        call_command("load_demo", stdout=said)
        yield said.getvalue()
        for contest in Contest.objects.filter(slug__in=loading.NOTICES):
            removal.remove(contest)
        AuditEntry.objects.all().delete()
        User.objects.exclude(pk__in=before).delete()


@pytest.fixture
def contest(load_demo: str, db: None) -> Contest:
    return Contest.objects.get(slug=SLUG)


@pytest.fixture
def table(contest: Contest) -> Any:
    """Read a table as the JSON file of the newest result set has it."""

    def rows(name: str) -> Any:
        newest = ResultSet.objects.newest(contest)
        assert newest is not None
        return json.loads(documents.render(newest, name=name, form="json"))

    return rows


def run(sql: str, *values: Any) -> None:
    """Change exactly one row behind the program's back."""
    with guard.lifted(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        assert cursor.rowcount == 1


def found_by_verification() -> str:
    with pytest.raises(CommandError) as refused:
        call_command("verify_results", SLUG)
    assert refused.value.returncode == 1
    return str(refused.value)


# --- what was announced ---------------------------------------------------------------------------


def test_all_units_took_part_and_eleven_of_them_in_the_quiz_only(table):
    values = {row["key"]: row["value"] for row in table("statistics")}
    assert values["units_total"] == FACTS["units_invited"] == 46
    assert values["units_took_part"] == FACTS["units_took_part"] == 46
    assert values["units_both_parts"] == FACTS["units_both_parts"] == 35
    assert values["units_quiz_only"] == FACTS["units_quiz_only"] == 11
    assert values["people_finished"] >= 1500
    units = table("units")
    assert sum(row["has_video"] for row in units) == 35
    assert all(row["participants"] > 0 for row in units)
    # Who sent no video has 0 points there and at most 40 in all (rules: S3).
    without = [row for row in units if not row["has_video"]]
    assert {row["video_points"] for row in without} == {"0.00"}
    assert all(Decimal(row["total"]) <= 40 for row in without)


def test_the_weights_and_the_quiz_are_those_of_the_announcement(contest):
    quiz = contest.quizzes.get()
    assert contest.quiz_weight == FACTS["quiz"]["weight_percent"]
    assert contest.video_weight == FACTS["video"]["weight_percent"]
    assert quiz.question_count() == FACTS["quiz"]["questions"]
    assert quiz.duration_seconds == FACTS["quiz"]["minutes"] * 60


def test_the_five_best_people_are_perfect_in_64_to_73_seconds(table):
    people = table("people")
    best = people[: FACTS["awards"]["individual"]["count"]]
    assert [row["rank"] for row in best] == [1, 2, 3, 4, 5]
    assert [row["correct"] for row in best] == [15] * 5
    assert FACTS["awards"]["individual"]["fastest"] == "00:01:04"
    assert FACTS["awards"]["individual"]["slowest"] == "00:01:13"
    assert (best[0]["seconds"], best[-1]["seconds"]) == (64, 73)
    known = FACTS["known_individual_winner"]
    assert {"name": known["name"], "workplace": known["workplace"], "unit_code": "DV15"} in [
        {key: row[key] for key in ("name", "workplace", "unit_code")} for row in best
    ]
    names = {row["code"]: row["name"] for row in table("units")}
    assert names["DV15"] == known["unit"]
    # A perfect sixth is slower than all of them.
    assert people[5]["seconds"] > 73 or people[5]["correct"] < 15


def test_seven_of_thirty_two_eligible_units_are_awarded(table):
    eligible = {row["code"] for row in table("units") if row["eligible"]}
    assert len(eligible) == 32
    awards = [row for row in table("awards") if row["scope"] == "unit"]
    assert [row["tier"] for row in awards] == [
        *["Giải Nhất"] * FACTS["awards"]["unit"]["first"],
        *["Giải Nhì"] * FACTS["awards"]["unit"]["second"],
        *["Giải Ba"] * FACTS["awards"]["unit"]["third"],
        *["Giải Khuyến khích"] * FACTS["awards"]["unit"]["consolation"],
    ]
    assert FACTS["awards"]["unit"]["printed_as"] == f"0{len(awards)}/{len(eligible)} units"
    assert {row["unit_code"] for row in awards} <= eligible


def test_three_units_with_videos_are_not_eligible_and_the_reason_is_given(table):
    units = {row["code"]: row for row in table("units")}
    for code in ("DV39", "DV44", "DV45"):
        assert units[code]["has_video"]
        assert not units[code]["eligible"]
        assert NOT_ELIGIBLE_REASON in units[code]["reason"]
    without = [row for row in units.values() if not row["has_video"]]
    assert {row["reason"] for row in without} == {"Không tham gia phần thi video"}


def test_five_videos_and_seventeen_awards_in_all(table):
    awards = table("awards")
    assert len(awards) == 17
    videos = [row for row in awards if row["scope"] == "video"]
    assert len(videos) == FACTS["awards"]["video"]["count"] == 5
    assert [row["name"] for row in videos] == [row["title"] for row in table("videos")[:5]]


def test_the_results_were_made_final_by_two_organizers(contest):
    final = ResultSet.objects.newest(contest)
    assert final.state == ResultSet.State.FINAL
    assert final.final_requested_by != final.finalized_by
    assert {final.final_requested_by, final.finalized_by} <= set(contest.organizers.all())
    assert contest.result_sets.count() == 1
    assert final.undecided == []
    assert final.void_decisions == []


def test_every_video_is_a_real_file_that_can_be_watched(contest):
    videos = VideoSubmission.objects.counted().filter(unit__contest=contest)
    assert videos.watchable().count() == 35
    assert set(videos.values_list("width", "height")) == {(640, 360)}
    assert all(11_900 <= ms <= 12_300 for ms in videos.values_list("duration_ms", flat=True))
    assert "" not in set(videos.values_list("sha256", flat=True))


def test_the_notice_says_that_the_figures_are_assumed(contest):
    assert "giả định" in contest.notice


def test_the_rehearsal_is_open_for_all_roles(load_demo, db):
    rehearsal = Contest.objects.get(slug="thu-nghiem")
    now = dt.datetime.now(dt.UTC)
    assert rehearsal.quizzes.open_at(now).ranked().count() == 1
    practice = rehearsal.quizzes.open_at(now).get(is_practice=True)
    assert len(practice.draw_paper(seed="x")) == 5
    assert rehearsal.takes_videos(now)
    assert rehearsal.is_judging(now)
    assert rehearsal.units.count() == 3
    assert VideoSubmission.objects.counted().filter(unit__contest=rehearsal).count() == 3
    for text in ("ban-to-chuc-1", "giam-khao-5", "dau-moi-1", "/enter/", "Bài thi 1794/1794"):
        assert text in load_demo


# --- the same bytes everywhere --------------------------------------------------------------------


def test_digest_and_exported_bytes_are_the_ones_every_database_gives(contest, settings):
    # In the source's language: a better Vietnamese word is no other result.
    settings.LANGUAGE_CODE = "en"
    newest = ResultSet.objects.newest(contest)
    files = {
        f"{name}.{form}": hashlib.sha256(documents.render(newest, name=name, form=form)).hexdigest()
        for name in sorted(documents.TABLES)
        for form in sorted(documents.FORMATS)
    }
    assert {"digest": newest.digest, "files": files} == EXPECTED


def test_export_prints_the_seventeen_awards(contest, capsysbinary):
    call_command("export_results", SLUG, table="awards", format="json")
    rows = json.loads(capsysbinary.readouterr().out)
    assert len(rows) == 17
    assert rows[0] == {
        "scope": "unit",
        "tier": "Giải Nhất",
        "tier_order": 1,
        "rank": 1,
        "name": "Sở Lao động - Thương binh và Xã hội",
        "workplace": "",
        "unit_code": "DV12",
        "unit_name": "Sở Lao động - Thương binh và Xã hội",
        "result_set": 1,
        "digest": EXPECTED["digest"],
        "state": "final",
    }


def test_every_award_has_a_certificate_whose_code_is_read_from_its_page(
    contest, settings, tmp_path
):
    settings.CSRF_TRUSTED_ORIGINS = ["https://hoithi.vi-du.vn"]
    path = tmp_path / "giay.pdf"
    call_command("export_document", SLUG, kind="certificates", format="pdf", output=str(path))
    issued = Certificate.objects.filter(contest=contest).order_by("number")
    assert [row.number for row in issued] == list(range(1, 18))
    assert qr_codes(path.read_bytes()) == [
        [f"https://hoithi.vi-du.vn/verify/{row.code}/"] for row in issued
    ]
    assert "Lê Chí Nguyện" in texts(path.read_bytes())[7].splitlines()


def test_loading_again_changes_nothing(contest, capsys):
    call_command("load_demo", hide_sign_ins=True)
    assert capsys.readouterr().out == "Bản trình diễn đã được nạp từ trước.\n"
    assert ResultSet.objects.newest(contest).digest == EXPECTED["digest"]


def test_a_real_contest_with_the_address_is_left_alone(contest):
    Contest.objects.filter(pk=contest.pk).update(notice="")
    with pytest.raises(CommandError, match="soc-trang-2020"):
        call_command("load_demo", fresh=True)
    assert contest.units.count() == 46


# --- nothing changes silently ---------------------------------------------------------------------


def test_untouched_results_are_verified(contest, capsys):
    call_command("verify_results", SLUG)
    assert "niêm phong" in capsys.readouterr().out


def sheet_of(contest: Contest, code: str) -> Any:
    videos = VideoSubmission.objects.counted().filter(unit__contest=contest, unit__code=code)
    return videos.get().sheets.order_by("judge__user__username")[0]


def attempt_of(contest: Contest, name: str) -> Any:
    return contest.participants.get(full_name=name).attempts.get()


def test_changed_mark_is_found_and_its_sheet_and_video_are_named(contest):
    sheet = sheet_of(contest, "DV38")
    run(
        "UPDATE scoring_mark SET value = value - 0.5 WHERE sheet_id = %s AND criterion_id = %s",
        sheet.pk,
        contest.criteria.get(key="content").pk,
    )
    found = found_by_verification()
    assert "phiếu chấm của Võ Minh Khoa" in found.replace("Phiếu", "phiếu")
    assert "DV38" in found
    assert "Nụ cười nơi công sở" in found


def test_changed_answer_is_found_and_its_attempt_is_named(contest):
    attempt = attempt_of(contest, "Lê Chí Nguyện")
    answer = attempt.answers.order_by("question_id").first()
    other = answer.question.choices.exclude(pk=answer.choice_id).order_by("position").first()
    run("UPDATE contests_answer SET choice_id = %s WHERE id = %s", other.pk, answer.pk)
    found = found_by_verification()
    assert f"bài thi {attempt.receipt}" in found.replace("Bài", "bài")
    assert "15/15" in found
    assert "14/15" in found


def test_answer_moved_to_a_choice_of_another_contest_is_found(contest):
    attempt = attempt_of(contest, "Lê Chí Nguyện")
    answer = attempt.answers.order_by("question_id").first()
    rehearsal = Contest.objects.get(slug="thu-nghiem")
    foreign = rehearsal.questions.order_by("number")[0].choices.order_by("position")[0]
    run("UPDATE contests_answer SET choice_id = %s WHERE id = %s", foreign.pk, answer.pk)
    assert attempt.receipt in found_by_verification()


def test_deleted_answer_is_found(contest):
    attempt = attempt_of(contest, "Lê Chí Nguyện")
    run("DELETE FROM contests_answer WHERE id = %s", attempt.answers.order_by("question_id")[0].pk)
    assert attempt.receipt in found_by_verification()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("correct", 14),
        ("correct", 16),
        ("questions", 16),
        ("duration_ms", 63_000),
        ("finished_at", "2020-12-01 00:00:01.000001"),
        ("started_at", "2020-12-01 00:00:00.000001"),
        ("prediction", 7),
        ("seal", ""),
    ],
)
def test_changed_attempt_is_found_and_named(contest, column, value):
    attempt = attempt_of(contest, "Lê Chí Nguyện")
    if column.endswith("_at") and connection.vendor == "postgresql":
        value += "+00"
    run(f"UPDATE contests_attempt SET {column} = %s WHERE id = %s", value, attempt.pk)
    assert attempt.receipt in found_by_verification()


def test_paper_with_another_order_is_found(contest):
    attempt = attempt_of(contest, "Lê Chí Nguyện")
    run(
        "UPDATE contests_attempt SET paper = %s WHERE id = %s",
        json.dumps(attempt.paper[::-1]),
        attempt.pk,
    )
    assert attempt.receipt in found_by_verification()


def test_paper_with_an_unknown_question_is_found(contest):
    attempt = attempt_of(contest, "Lê Chí Nguyện")
    paper = [{**attempt.paper[0], "q": 10**9}, *attempt.paper[1:]]
    run("UPDATE contests_attempt SET paper = %s WHERE id = %s", json.dumps(paper), attempt.pk)
    assert attempt.receipt in found_by_verification()


def test_attempt_made_running_again_is_found(contest):
    attempt = attempt_of(contest, "Lê Chí Nguyện")
    run(
        "UPDATE contests_attempt SET state = 'running', finished_at = NULL, correct = NULL"
        " WHERE id = %s",
        attempt.pk,
    )
    found = found_by_verification()
    assert "Lê Chí Nguyện" in found


def test_two_sheets_of_a_judge_with_their_videos_swapped_are_found(contest):
    first, second = sheet_of(contest, "DV38"), sheet_of(contest, "DV12")
    assert first.judge_id == second.judge_id
    elsewhere = VideoSubmission.objects.filter(unit__contest__slug="thu-nghiem").order_by("pk")[0]
    move = "UPDATE scoring_scoresheet SET video_id = %s WHERE id = %s"
    run(move, elsewhere.pk, first.pk)
    run(move, first.video_id, second.pk)
    run(move, second.video_id, first.pk)
    found = found_by_verification()
    assert "DV38" in found
    assert "DV12" in found


@pytest.mark.parametrize("column", ["state = 'draft'", "submitted_at = NULL, state = 'draft'"])
def test_sheet_taken_out_of_the_count_is_found(contest, column):
    sheet = sheet_of(contest, "DV38")
    run(f"UPDATE scoring_scoresheet SET {column} WHERE id = %s", sheet.pk)
    assert "Nụ cười nơi công sở" in found_by_verification()


def test_changed_total_is_found_and_its_unit_is_named(contest):
    run(
        "UPDATE scoring_unitresult SET total = total + 0.01 WHERE code = %s AND result_set_id = %s",
        "DV12",
        ResultSet.objects.newest(contest).pk,
    )
    found = found_by_verification()
    assert "Sở Lao động - Thương binh và Xã hội" in found
    assert "tổng điểm" in found.lower()


@pytest.mark.parametrize(
    ("table_name", "change", "where", "names"),
    [
        ("unitresult", "rank = 9", "code = 'DV12'", "Sở Lao động - Thương binh và Xã hội"),
        ("unitresult", "eligible = (1 = 1)", "code = 'DV39'", "DV39"),
        ("unitresult", "reason = ''", "code = 'DV39'", "DV39"),
        ("unitresult", "seconds_sum = seconds_sum + 1", "code = 'DV12'", "Xã hội"),
        ("personresult", "duration_ms = 1000", "name = 'Lê Chí Nguyện'", "Lê Chí Nguyện"),
        ("personresult", "workplace = 'Sở Nội vụ'", "name = 'Lê Chí Nguyện'", "Lê Chí Nguyện"),
        ("videoresult", "points = 100", "title = 'Nụ cười nơi công sở'", "Nụ cười nơi công sở"),
        ("videoresult", "criteria = '{}'", "title = 'Nụ cười nơi công sở'", "Nụ cười"),
        ("award", "name = 'Sở Nội vụ'", "tier = 'Giải Nhất'", "Giải Nhất · Sở Nội vụ"),
        ("award", "unit_code = 'DV01'", "tier = 'Giải Nhất'", "Giải Nhất"),
        ("award", "tier = 'Giải Nhất'", "tier = 'Giải Nhì'", "Giải Nhất · Sở Nội vụ"),
    ],
)
def test_changed_row_of_the_result_is_found_and_named(contest, table_name, change, where, names):
    newest = ResultSet.objects.newest(contest)
    run(f"UPDATE scoring_{table_name} SET {change} WHERE {where} AND result_set_id = %s", newest.pk)
    assert names in found_by_verification()


@pytest.mark.parametrize(
    ("table_name", "where", "names"),
    [
        ("unitresult", "code = 'DV12'", "Sở Lao động - Thương binh và Xã hội"),
        ("personresult", "name = 'Lê Chí Nguyện'", "Lê Chí Nguyện"),
        ("videoresult", "title = 'Nụ cười nơi công sở'", "Nụ cười nơi công sở"),
        ("award", "tier = 'Giải Nhất'", "Giải Nhất"),
    ],
)
def test_deleted_row_of_the_result_is_found_and_named(contest, table_name, where, names):
    newest = ResultSet.objects.newest(contest)
    # No award goes while a certificate of it is there, not even behind the program's back.
    with guard.lifted():
        Certificate.objects.all().delete()
    run(f"DELETE FROM scoring_{table_name} WHERE {where} AND result_set_id = %s", newest.pk)
    assert names in found_by_verification()


def test_changed_statistic_is_found_by_its_key(contest):
    newest = ResultSet.objects.newest(contest)
    changed = [[key, 47 if key == "units_total" else value] for key, value in newest.statistics]
    run(
        "UPDATE scoring_resultset SET statistics = %s WHERE id = %s",
        json.dumps(changed),
        newest.pk,
    )
    found = found_by_verification()
    assert "units_total" in found
    assert "47" in found


@pytest.mark.parametrize(
    "change", ["digest = 'f00d'", "seal = ''", 'undecided = \'[{"scope": "unit"}]\'']
)
def test_changed_result_set_is_found_by_its_number(contest, change):
    run(
        f"UPDATE scoring_resultset SET {change} WHERE id = %s",
        ResultSet.objects.newest(contest).pk,
    )
    assert "1" in found_by_verification()


@pytest.mark.parametrize(
    ("table_name", "change", "where"),
    [
        ("contests_contest", "quiz_weight = 50, video_weight = 50", "slug = 'soc-trang-2020'"),
        ("contests_participant", "full_name = 'Lê Chí Nguyên'", "full_name = 'Lê Chí Nguyện'"),
        ("contests_participant", "confirmed_at = NULL", "full_name = 'Lê Chí Nguyện'"),
        ("contests_participant", "disqualified_reason = 'x'", "full_name = 'Lê Chí Nguyện'"),
    ],
)
def test_changed_input_is_found(contest, table_name, change, where):
    run(f"UPDATE {table_name} SET {change} WHERE {where}")
    found = found_by_verification()
    assert "dữ liệu đầu vào" in found


def test_changed_key_is_found_though_no_seal_covers_it(contest):
    attempt = attempt_of(contest, "Lê Chí Nguyện")
    question = contest.questions.get(pk=attempt.paper[0]["q"])
    right = question.choices.get(is_correct=True)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE contests_choice SET is_correct = (1 = 0) WHERE id = %s", [right.pk])
    assert attempt.receipt in found_by_verification()
