"""The files of a result set: small golden ones, Vietnamese, no formula, equal bytes each time."""

import csv
import io
import json
import subprocess
import sys
import unicodedata
import zipfile
from fractions import Fraction

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from openpyxl import load_workbook

from contests.models import Contest, Participant, Unit
from media_uploads.models import VideoSubmission
from scoring import documents, results
from scoring.documents.csv import cell
from scoring.documents.tables import rounded
from scoring.models import ResultSet
from tests.make import make_unit
from tests.processes import ROOT, environment
from tests.scoring.cast import DAY, JUDGED, Stage, make_person, sit

pytestmark = pytest.mark.django_db
DANGEROUS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠1",
    " =1",
    "|x",
)


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def draft(stage):
    return results.refresh(stage.contest, now=JUDGED).result_set


def read_csv(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def sheet_of(data: bytes):
    return load_workbook(io.BytesIO(data)).active


def test_units_as_csv_worked_out_by_hand(draft):
    data = documents.render(draft, name="units", form="csv")
    # DV01: 0.4 × 100 + 0.6 × 89 = 93.4; 1 of 10 people; DV02: 0.4 × 50 = 20.
    assert data.decode("utf-8-sig") == (
        "Hạng,Mã,Tên đơn vị,Điểm trắc nghiệm,Điểm video,Tổng điểm,Đã đăng ký,Đã dự thi,"
        "Số CBCCVC,Tỷ lệ tham gia,Thời gian trung bình (giây),Được xét giải,Lý do,"
        "Bộ kết quả,Trạng thái,Mã đối chiếu\r\n"
        "1,DV01,Sở Nội vụ,100.00,89.00,93.40,1,1,10,0.1000,64.0000,có,,"
        f"1,DỰ THẢO,{draft.digest}\r\n"
        "2,DV02,Sở Tư pháp,50.00,0.00,20.00,1,1,10,0.1000,90.0000,không,"
        f"Không tham gia phần thi video,1,DỰ THẢO,{draft.digest}\r\n"
    )


def test_people_and_awards_as_json_worked_out_by_hand(stage, draft):
    source = {"result_set": 1, "digest": draft.digest, "state": "draft"}
    people = json.loads(documents.render(draft, name="people", form="json"))
    assert people[0] == {
        "quiz": "quiz-1",
        "rank": 1,
        "number": stage.lan.number,
        "name": "Nguyễn Thị Lan",
        "unit_code": "DV01",
        "workplace": "Văn phòng",
        "correct": 2,
        "questions": 2,
        "seconds": 64,
        "finished_at": "2026-05-15T02:01:04.000000Z",
        "prediction": None,
        "eligible": True,
        "reason": "",
        **source,
    }
    awards = json.loads(documents.render(draft, name="awards", form="json"))
    assert awards[-1] == {
        "scope": "video",
        "tier": "Giải video",
        "tier_order": 1,
        "rank": 1,
        "name": "Một cửa thân thiện",
        "workplace": "",
        "unit_code": "DV01",
        "unit_name": "Sở Nội vụ",
        **source,
    }


def test_videos_as_json_have_the_mean_of_each_criterion(draft):
    (video,) = json.loads(documents.render(draft, name="videos", form="json"))
    assert video["points"] == "89.00"
    assert video["criteria"] == {
        "content": "27.5000",
        "effect": "17.0000",
        "rules": "4.5000",
        "script": "18.0000",
        "technique": "22.0000",
    }


def test_statistics_say_how_they_are_counted(draft):
    rows = json.loads(documents.render(draft, name="statistics", form="json"))
    values = {row["key"]: row["value"] for row in rows}
    assert (values["units_total"], values["units_quiz_only"]) == (2, 1)
    assert values["mean_percentage"] == "75.0000"
    assert values["turnout"] == "0.1000"
    assert all(row["label"] and row["definition"] for row in rows)


def test_workbook_has_numbers_and_names_the_set(draft):
    sheet = sheet_of(documents.render(draft, name="units", form="xlsx"))
    assert sheet["A1"].value == "Xếp hạng đơn vị · DỰ THẢO"
    assert draft.digest in sheet["A3"].value
    assert "số 1" in sheet["A3"].value
    row = [cell.value for cell in sheet[6]]
    assert row[:6] == [1, "DV01", "Sở Nội vụ", 100, 89, 93.4]
    assert row[9:12] == [0.1, 64, "có"]


def test_somebody_out_of_the_ranking_has_no_rank(stage):
    Participant.objects.filter(pk=stage.lan.pk).update(disqualified_reason="Thi hộ")
    draft = results.refresh(stage.contest, now=JUDGED).result_set
    rows = json.loads(documents.render(draft, name="people", form="json"))
    assert (rows[-1]["name"], rows[-1]["rank"]) == ("Nguyễn Thị Lan", None)
    assert rows[-1]["reason"] == "Bị hủy kết quả: Thi hộ"
    assert read_csv(documents.render(draft, name="people", form="csv"))[-1][1] == ""
    sheet = sheet_of(documents.render(draft, name="people", form="xlsx"))
    assert [cell.value for cell in sheet["B"]][-1] is None


def test_unit_without_headcount_or_people_has_no_rate(stage):
    make_unit(stage.contest, "DV03", headcount=None)
    draft = results.refresh(stage.contest, now=JUDGED).result_set
    row = json.loads(documents.render(draft, name="units", form="json"))[-1]
    assert (row["code"], row["headcount"], row["turnout"], row["mean_seconds"]) == (
        "DV03",
        None,
        None,
        None,
    )
    assert row["reason"] == "Không tham gia"


@pytest.mark.parametrize("form", list(documents.FORMATS))
@pytest.mark.parametrize("name", list(documents.TABLES))
def test_every_file_says_its_state_number_and_digest(stage, name, form):
    def text(result_set: ResultSet) -> str:
        data = documents.render(result_set, name=name, form=form)
        if form != "xlsx":
            return data.decode()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read("xl/sharedStrings.xml").decode()

    draft = results.refresh(stage.contest, now=JUDGED).result_set
    words = (
        ["draft", "provisional", "final"]
        if form == "json"
        else [
            "DỰ THẢO",
            "DỰ KIẾN",
            "CHÍNH THỨC",
        ]
    )
    assert words[0] in text(draft)
    published = results.publish(stage.contest, by=stage.first, now=JUDGED)
    assert words[1] in text(published)
    end = JUDGED + 3 * DAY
    results.request_final(stage.contest, by=stage.first, reason="Đủ", now=end)
    final = results.approve_final(stage.contest, by=stage.second, now=end)
    assert words[2] in text(final)
    assert words[0] not in text(final)
    assert final.digest in text(final)


@pytest.mark.parametrize("form", list(documents.FORMATS))
@pytest.mark.parametrize("name", list(documents.TABLES))
def test_a_file_is_the_same_whoever_makes_it_and_whenever(draft, name, form):
    first = documents.render(draft, name=name, form=form)
    with translation.override("en"):
        assert documents.render(ResultSet.objects.get(), name=name, form=form) == first


@pytest.mark.parametrize("text", DANGEROUS)
def test_nothing_in_a_file_is_run_as_a_formula(stage, text):
    Unit.objects.filter(code="DV01").update(name=text)
    Participant.objects.filter(pk=stage.lan.pk).update(full_name=text, workplace=text)
    VideoSubmission.objects.filter(pk=stage.video.pk).update(title=text)
    stage.contest.award_tiers.update(name=text)
    Contest.objects.filter(pk=stage.contest.pk).update(name=text)
    draft = results.refresh(stage.contest, now=JUDGED).result_set
    for name in ("units", "people", "videos", "awards"):
        rows = read_csv(documents.render(draft, name=name, form="csv"))
        assert f"'{text}" in [item for row in rows for item in row]
        assert text not in [item for row in rows for item in row]
        sheet = sheet_of(documents.render(draft, name=name, form="xlsx"))
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
        kept = json.loads(documents.render(draft, name=name, form="json"))
        assert text in [value for row in kept for value in row.values() if isinstance(value, str)]


def test_numbers_in_csv_stay_numbers():
    assert [cell(value) for value in ("0.00", 5, None, True, "", "Sở Nội vụ")] == [
        "0.00",
        5,
        "",
        "có",
        "",
        "Sở Nội vụ",
    ]


def test_vietnamese_and_markup_come_through_composed(stage):
    name = "Ủy ban “Đổi mới” & <Phát triển>, “ẵ ộ ữ ỹ”"
    Unit.objects.filter(code="DV01").update(name=name)
    draft = results.refresh(stage.contest, now=JUDGED).result_set
    assert read_csv(documents.render(draft, name="units", form="csv"))[1][2] == name
    assert sheet_of(documents.render(draft, name="units", form="xlsx"))["C6"].value == name
    text = documents.render(draft, name="units", form="json").decode()
    assert name in text
    assert unicodedata.is_normalized("NFC", text)


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (Fraction(1, 3), "0.3333"),
        (Fraction(2, 3), "0.6667"),
        (Fraction(1, 20000), "0.0001"),  # 0.00005 rounds up
        (Fraction(99999, 2000000), "0.0500"),
        (Fraction(49999, 10**9), "0.0000"),
        (Fraction(19999, 20000), "1.0000"),  # 0.99995
        (Fraction(12071, 58), "208.1207"),  # 208.12068…
        (Fraction(0), "0.0000"),
        # The digits of a long quotient do not round twice: 0.00004999…9 stays below.
        (Fraction(5 * 10**40 - 1, 10**45), "0.0000"),
        (None, None),
    ],
)
def test_rates_have_four_decimals_half_up(ratio, text):
    assert rounded(ratio) == text


# --- the commands ---------------------------------------------------------------------------------


def export(capsysbinary, *args):
    call_command("export_results", "hoi-thi", *args)
    return capsysbinary.readouterr().out


def test_export_prints_the_newest_set_or_the_asked_one(stage, capsysbinary):
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    Unit.objects.filter(code="DV02").update(headcount=20)
    results.refresh(stage.contest, now=JUDGED)
    arguments = ("--table", "units", "--format", "json")
    newest = json.loads(export(capsysbinary, *arguments))
    assert [(row["result_set"], row["turnout"]) for row in newest] == [(2, "0.1000"), (2, "0.0500")]
    first = json.loads(export(capsysbinary, *arguments, "--result", "1"))
    assert [(row["result_set"], row["turnout"]) for row in first] == [(1, "0.1000")] * 2


def test_export_writes_a_file_and_prints_nothing(draft, tmp_path, capsysbinary):
    path = tmp_path / "đơn vị.xlsx"
    said = export(capsysbinary, "--table", "units", "--format", "xlsx", "--output", str(path))
    assert said == b""
    assert path.read_bytes() == documents.render(draft, name="units", form="xlsx")


@pytest.mark.parametrize(
    ("contest", "more", "said"),
    [
        ("khong-co", [], "khong-co"),
        ("hoi-thi", ["--result", "7"], "kết quả"),
        ("hoi-thi", ["--output", "/khong/co/thu/muc.json"], "/khong/co/thu/muc.json"),
    ],
)
def test_export_refuses_in_words(draft, contest, more, said):
    with pytest.raises(CommandError, match=said) as refused:
        call_command("export_results", contest, "--table", "units", "--format", "json", *more)
    assert refused.value.returncode == 1


def test_commands_take_the_whole_way_up_to_the_request(stage, capsys):
    Contest.objects.filter(pk=stage.contest.pk).update(objection_days=0)
    call_command("refresh_results", "hoi-thi")
    digest = ResultSet.objects.get().digest
    assert capsys.readouterr().out == f"1 {digest} (mới lập)\n"
    call_command("refresh_results", "hoi-thi")
    assert capsys.readouterr().out == f"1 {digest} (không thay đổi)\n"
    call_command("publish_results", "hoi-thi", by=stage.first.username)
    assert capsys.readouterr().out == f"1 {digest}\n"
    call_command("finalize_results", "hoi-thi", by=stage.first.username, reason="Đủ")
    assert ResultSet.objects.get().final_requested_by == stage.first
    assert ResultSet.objects.get().state == "provisional"
    call_command("verify_results", "hoi-thi")


def test_commands_act_for_organizers_of_the_contest_only(stage):
    for name in (stage.judges[0].user.username, "ai-do", Stage("khac").first.username):
        with pytest.raises(CommandError, match=name):
            call_command("publish_results", "hoi-thi", by=name)
    assert not ResultSet.objects.exists()


def test_refused_steps_give_the_list(stage):
    with pytest.raises(CommandError, match="chưa được công bố"):
        call_command("finalize_results", "hoi-thi", by=stage.first.username, reason="Đủ")
    Contest.objects.filter(pk=stage.contest.pk).update(is_rehearsal=True)
    with pytest.raises(CommandError, match="không được công bố"):
        call_command("publish_results", "hoi-thi", by=stage.first.username)


def test_verification_before_any_result_fails(stage):
    with pytest.raises(CommandError, match="Chưa có bộ kết quả"):
        call_command("verify_results", "hoi-thi")


def test_people_who_share_everything_are_listed_by_name(stage):
    for name in ("Trần Văn Đức", "Trần Văn Dũng", "Trần Văn An"):
        sit(make_person(stage.other, name), stage.quiz, right=1, seconds=90)
    draft = results.refresh(stage.contest, now=JUDGED).result_set
    rows = json.loads(documents.render(draft, name="people", form="json"))
    assert [(row["rank"], row["name"]) for row in rows[1:]] == [
        (2, "Trần Văn An"),
        (2, "Trần Văn Dũng"),
        (2, "Trần Văn Đức"),
        (2, "Đặng Văn Minh"),
    ]


@pytest.mark.django_db(transaction=True)
def test_exit_codes_are_0_1_and_2():
    stage = Stage()
    results.refresh(stage.contest, now=JUDGED)

    def run(*args: str) -> tuple[int, bytes, str]:
        done = subprocess.run(
            [sys.executable, "manage.py", *args],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr.decode()

    code, out, err = run("export_results", "hoi-thi", "--table", "units", "--format", "json")
    assert (code, json.loads(out)[0]["code"], err) == (0, "DV01", "")
    code, out, err = run("export_results", "khong-co", "--table", "units", "--format", "json")
    assert (code, out) == (1, b"")
    assert "khong-co" in err
    assert "Traceback" not in err
    code, out, _err = run("export_results", "hoi-thi", "--table", "khac", "--format", "json")
    assert (code, out) == (2, b"")
    Unit.objects.filter(code="DV01").update(name="Tên khác")
    code, out, err = run("verify_results", "hoi-thi")
    assert (code, out) == (1, b"")
    assert "DV01" in err
