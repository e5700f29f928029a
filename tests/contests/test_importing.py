"""Units, people and questions from files: all or nothing, a line for every bad row."""

import datetime as dt
import io
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation
from openpyxl import Workbook

from accounts.models import AuditEntry, User
from contests import registration
from contests.importing import people
from contests.importing.running import KINDS, run, template_file
from contests.importing.tables import read_table
from contests.models import Contest, Exclusion, Participant, Question, Unit
from tests.contests.quizzes import make_participant, make_quiz, start
from tests.make import make_contest, make_judge, make_organizer, make_unit

pytestmark = pytest.mark.django_db
DEMO = Path(__file__).parents[2] / "portal" / "demo"


@pytest.fixture
def contest():
    # Rules without headcounts: these tests are about other columns.
    return make_contest(unit_chain=["video", "quiz"])


def csv(*lines):
    return "\n".join(lines).encode()


def xlsx(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def load(kind, contest, data, *, filename="tep.csv", dry_run=False, by=None):
    return run(
        KINDS[kind],
        contest=contest,
        data=data,
        filename=filename,
        dry_run=dry_run,
        by=by,
        now=timezone.now(),
    )


def counts(report):
    assert report.ok, [str(problem) for problem in report.problems]
    return report.created, report.changed, report.unchanged


def problems(report):
    return [(problem.line, problem.field, str(problem.message)) for problem in report.problems]


UNITS = csv("Mã,Tên đơn vị,Khối,Số CBCCVC", "DV01,Sở Nội vụ,Sở,149", "DV02,Sở Tư pháp,Sở,80")
PEOPLE = "Họ và tên,Mã đơn vị,Ngày sinh,Điện thoại,Mã CBCCVC"
QUESTIONS = "Câu hỏi,Phương án A,Phương án B,Phương án C,Đáp án,Mức độ"


# ---------- what every kind does ----------
@pytest.mark.parametrize(
    ("kind", "name", "rows"), [("units", "units.csv", 46), ("questions", "questions.csv", 30)]
)
def test_the_files_of_2020_import_and_a_second_run_changes_nothing(contest, kind, name, rows):
    data = (DEMO / name).read_bytes()
    assert counts(load(kind, contest, data)) == (rows, 0, 0)
    assert counts(load(kind, contest, data)) == (0, 0, rows)
    assert AuditEntry.objects.filter(action=f"{kind}.import").count() == 1


def test_a_dry_run_finds_the_same_and_leaves_no_row(contest):
    assert counts(load("units", contest, UNITS, dry_run=True)) == (2, 0, 0)
    assert not Unit.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_dry_run_of_people_leaves_neither_person_nor_account(contest):
    make_unit(contest, "DV01")
    before = User.objects.count()
    data = csv(PEOPLE, "Lê An,DV01,,0912345678,")
    assert counts(load("people", contest, data, dry_run=True)) == (1, 0, 0)
    assert (Participant.objects.count(), User.objects.count()) == (0, before)


def test_a_file_moves_no_unit_to_another_block_once_judging_by_blocks_has_closed(contest):
    load("units", contest, UNITS)
    make_judge(contest, blocks=["Sở"])
    moved = csv("Mã,Tên đơn vị,Khối,Số CBCCVC", "DV01,Sở Nội vụ,Huyện,149", "DV02,Sở Tư pháp,Sở,80")
    contest.judging_closes_at = timezone.now()
    contest.save()
    assert [(line, field) for line, field, _text in problems(load("units", contest, moved))] == [
        (2, "Khối")
    ]
    assert counts(load("units", contest, UNITS)) == (0, 0, 2)
    contest.judges.update(blocks=[])
    assert counts(load("units", contest, moved)) == (0, 1, 1)


def test_one_bad_row_stores_none(contest):
    report = load("units", contest, csv("Mã,Tên đơn vị", "DV01,Sở Nội vụ", "DV02,"))
    assert [problem.line for problem in report.problems] == [3]
    assert (report.created, Unit.objects.count()) == (0, 0)


def test_every_bad_row_has_its_line_in_order(contest):
    data = csv("Mã,Tên đơn vị,Số CBCCVC", "DV 1,A,1", "DV02,B,0", "DV03,C,nhiều", "DV02,D,1")
    found = problems(load("units", contest, data))
    assert [line for line, _field, _text in found] == [2, 3, 4]
    assert {field for _line, field, _text in found} == {"Mã", "Số CBCCVC"}


@pytest.mark.parametrize(
    ("data", "filename"),
    [
        (b"Day khong phai la Excel", "tep.xlsx"),
        (b"PK\x03\x04 hong", "tep.xlsx"),
        (b"", "tep.csv"),
        (b"\xff\xd8\xff\xe0 anh", "tep.csv"),
        (b"%PDF-1.4", "tep.pdf"),
        (b"x" * (10 * 1024 * 1024 + 1), "tep.csv"),
        (csv("Cột lạ,Cột khác", "1,2"), "tep.csv"),
        (csv("Mã,Tên đơn vị"), "tep.csv"),
    ],
)
def test_a_file_that_is_no_table_is_one_problem_of_the_whole_file(contest, data, filename):
    report = load("units", contest, data, filename=filename)
    assert len(report.problems) == 1
    assert report.problems[0].message
    assert not Unit.objects.exists()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_template_is_read_by_its_own_import(contest, kind):
    wanted = KINDS[kind]
    table = read_table(
        template_file(wanted),
        filename="mau.xlsx",
        headings=wanted.headings,
        required=wanted.required,
    )
    assert not table.errors
    assert tuple(table.rows[0].values.values()) == tuple(wanted.example)
    make_unit(contest, "DV01")
    assert load(kind, contest, template_file(wanted), filename="mau.xlsx").ok


# ---------- units ----------
@pytest.mark.parametrize(
    ("typed", "stored"),
    [("1.134", 1134), ("1,134", 1134), ("1 134", 1134), ("1134.0", 1134), ("149", 149)],
)
def test_headcounts_are_read_however_thousands_are_written(contest, typed, stored):
    data = xlsx(["Mã", "Tên đơn vị", "Số CBCCVC"], ["DV01", "Sở Nội vụ", typed])
    counts(load("units", contest, data, filename="don-vi.xlsx"))
    assert Unit.objects.get().headcount == stored


@pytest.mark.parametrize(
    ("value", "stored"), [(1134, 1134), (1134.0, 1134), (1.134, 1134), (None, None)]
)
def test_headcounts_in_number_cells_are_read(contest, value, stored):
    data = xlsx(["Mã", "Tên đơn vị", "Số CBCCVC"], ["DV01", "Sở Nội vụ", value])
    counts(load("units", contest, data, filename="don-vi.xlsx"))
    assert Unit.objects.get().headcount == stored


@pytest.mark.parametrize("typed", ["1.13", "1,5", "-3", "0", "149 người", "11.340.0"])
def test_a_headcount_that_may_have_lost_digits_is_refused(contest, typed):
    data = xlsx(["Mã", "Tên đơn vị", "Số CBCCVC"], ["DV01", "Sở Nội vụ", typed])
    report = load("units", contest, data, filename="don-vi.xlsx")
    assert [(line, field) for line, field, _text in problems(report)] == [(2, "Số CBCCVC")]


def test_decomposed_accents_name_the_same_columns_and_units(contest):
    decomposed = unicodedata.normalize("NFD", UNITS.decode()).encode()
    assert counts(load("units", contest, decomposed)) == (2, 0, 0)
    assert Unit.objects.get(code="DV01").name == "Sở Nội vụ"
    assert counts(load("units", contest, UNITS)) == (0, 0, 2)


def test_a_code_that_comes_twice_is_refused_in_any_case(contest):
    report = load("units", contest, csv("Mã,Tên đơn vị", "DV01,A", "dv01,B"))
    assert problems(report) == [(3, "Mã", "Mã này đã có ở dòng 2.")]


def test_a_parent_may_stand_below_its_child(contest):
    data = csv("Mã,Tên đơn vị,Đơn vị cấp trên", "T1,Trường,S1", "S1,Sở,")
    assert counts(load("units", contest, data)) == (2, 0, 0)
    assert Unit.objects.get(code="T1").parent.code == "S1"
    assert counts(load("units", contest, data)) == (0, 0, 2)


def test_a_parent_of_another_contest_is_unknown(contest):
    make_unit(make_contest("khac"), "S1")
    report = load("units", contest, csv("Mã,Tên đơn vị,Đơn vị cấp trên", "T1,Trường,S1"))
    assert problems(report) == [(2, "Đơn vị cấp trên", "Không có đơn vị nào mang mã này.")]


@pytest.mark.parametrize("rows", [("A1,A,A1",), ("A1,A,B1", "B1,B,A1")])
def test_no_unit_stands_above_itself(contest, rows):
    report = load("units", contest, csv("Mã,Tên đơn vị,Đơn vị cấp trên", *rows))
    assert len(report.problems) == len(rows)
    assert "cấp trên của chính mình" in str(report.problems[0])


def test_a_column_that_is_missing_leaves_what_is_stored(contest):
    parent = make_unit(contest, "S1")
    make_unit(contest, "DV01", name="Cũ", block="Sở", headcount=149, parent=parent)
    assert counts(load("units", contest, csv("Mã,Tên đơn vị", "DV01,Mới"))) == (0, 1, 0)
    unit = Unit.objects.get(code="DV01")
    assert (unit.name, unit.block, unit.headcount, unit.parent) == ("Mới", "Sở", 149, parent)
    assert unit.search_key == "dv01 moi"


def test_headcounts_no_longer_change_by_a_file_once_the_quiz_has_opened(contest):
    make_unit(contest, "DV01", name="Sở Nội vụ", block="Sở", headcount=149)
    make_unit(contest, "DV02", name="Sở Tư pháp", block="Sở", headcount=80)
    make_quiz(contest)
    assert counts(load("units", contest, UNITS)) == (0, 0, 2)
    report = load("units", contest, UNITS.replace(b"149", b"150"))
    assert [line for line, _field, _text in problems(report)] == [2]
    assert Unit.objects.get(code="DV01").headcount == 149


# ---------- people ----------
@pytest.fixture
def units(contest):
    return [make_unit(contest, "DV01"), make_unit(contest, "DV02")]


def test_people_are_enrolled_confirmed_and_a_second_run_changes_nothing(contest, units):
    data = csv(PEOPLE, "Lê  An,dv01,20/11/1985,912345678,", "Võ Bé,DV02,,,cb 77")
    assert counts(load("people", contest, data)) == (2, 0, 0)
    an, bé = contest.participants.order_by("number")
    assert (an.full_name, an.phone, an.birth_date) == ("Lê An", "0912345678", dt.date(1985, 11, 20))
    assert (bé.staff_code, bé.unit, bé.source) == ("CB77", units[1], Participant.Source.ROSTER)
    assert an.counts
    assert counts(load("people", contest, data)) == (0, 0, 2)


def test_a_date_is_day_first_whatever_language_the_reader_chose(contest, units):
    with translation.override("en"):
        counts(load("people", contest, csv(PEOPLE, "Lê An,DV01,05/06/1985,0912345678,")))
    assert contest.participants.get().birth_date == dt.date(1985, 6, 5)


def test_a_date_cell_is_read(contest, units):
    data = xlsx(PEOPLE.split(","), ["Lê An", "DV01", dt.datetime(1985, 6, 5), 912345678, None])  # noqa: DTZ001
    counts(load("people", contest, data, filename="ds.xlsx"))
    assert contest.participants.get().birth_date == dt.date(1985, 6, 5)
    assert contest.participants.get().phone == "0912345678"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Lê An,DV01,31/02/1985,0912345678,", "Ngày sinh"),
        ("Lê An,DV01,1985,0912345678,", "Ngày sinh"),
        ("Lê An,DV01,01/01/1885,0912345678,", "Ngày sinh"),
        ("Lê An,DV01,01/01/2985,0912345678,", "Ngày sinh"),
        ("Lê An,DV99,,0912345678,", "Mã đơn vị"),
        ("Lê An,DV01,,12345,", "Điện thoại"),
        ("Lê An,DV01,,,***", "Mã CBCCVC"),
        ("Lê An,DV01,,,", ""),
        (",DV01,,0912345678,", "Họ và tên"),
    ],
)
def test_a_bad_person_names_line_and_column(contest, units, row, column):
    found = problems(load("people", contest, csv(PEOPLE, "Võ Bé,DV02,,,CB1", row)))
    assert [(line, field) for line, field, _text in found] == [(3, column)]
    assert not contest.participants.exists()


def test_two_people_of_a_file_cannot_share_a_staff_code(contest, units):
    data = csv(PEOPLE, "Lê An,DV01,,0912345678,CB1", "Võ Bé,DV01,,0987654321,cb1")
    assert [line for line, _f, _t in problems(load("people", contest, data))] == [3]
    assert not contest.participants.exists()


def test_two_people_who_are_there_cannot_be_given_one_staff_code(contest, units):
    for name, phone in (("Lê An", "0912345678"), ("Võ Bé", "0987654321")):
        make_participant(contest, name, unit=units[0], phone=phone)
    data = csv(PEOPLE, "Lê An,DV01,,0912345678,CB1", "Võ Bé,DV01,,0987654321,CB1")
    assert [line for line, _f, _t in problems(load("people", contest, data))] == [3]
    assert set(contest.participants.values_list("staff_code", flat=True)) == {""}


def test_a_person_who_comes_twice_by_different_numbers_is_refused(contest, units):
    make_participant(contest, "Lê An", unit=units[0], phone="0912345678", staff_code="CB1")
    data = csv(PEOPLE, "Lê An,DV01,,0912345678,", "Lê Anh,DV01,,,CB1")
    found = problems(load("people", contest, data))
    assert found == [(3, "Họ và tên", "Người này đã có ở dòng 2.")]


def test_numbers_of_two_different_people_are_refused(contest, units):
    make_participant(contest, "Lê An", unit=units[0], phone="0912345678")
    make_participant(contest, "Võ Bé", unit=units[0], phone="0987654321", staff_code="CB1")
    found = problems(load("people", contest, csv(PEOPLE, "Lê An,DV01,,0912345678,CB1")))
    assert [(line, field) for line, field, _text in found] == [(2, "Điện thoại")]


def test_somebody_of_another_unit_is_refused_with_its_name(contest, units):
    make_participant(contest, "Lê An", unit=units[0], phone="0912345678")
    found = problems(load("people", contest, csv(PEOPLE, "Lê An,DV02,,0912345678,")))
    assert found == [(2, "Mã đơn vị", f"Người này đã dự thi cho {units[0]}.")]


def test_whose_list_is_limited_is_not_told_where_a_number_takes_part(contest, units):
    make_participant(contest, "Lê An", unit=units[0], phone="0912345678")
    table = read_table(
        csv(PEOPLE, "Lê An,DV02,,0912345678,", "Võ Bé,DV01,,,CB1"),
        filename="ds.csv",
        headings=people.HEADINGS,
        required=people.REQUIRED,
    )
    found = problems(
        people.store(table, contest=contest, by=None, now=timezone.now(), units={"DV02"})
    )
    # A unit that is not theirs is unknown to them, and found before the numbers are compared.
    assert found == [(3, "Mã đơn vị", "Không có đơn vị nào mang mã này.")]
    one = read_table(
        csv(PEOPLE, "Lê An,DV02,,0912345678,"), filename="ds.csv", headings=people.HEADINGS
    )
    report = people.store(one, contest=contest, by=None, now=timezone.now(), units={"DV02"})
    assert units[0].name not in str(report.problems[0])
    assert "Ban Tổ chức" in str(report.problems[0])


def test_excluded_people_and_staff_are_refused(contest, units):
    Exclusion.objects.create(contest=contest, full_name="Lê An", phone="0912345678")
    make_organizer(contest, phone="0911111111")
    judge = make_judge(contest)
    User.objects.filter(pk=judge.user_id).update(staff_code="GK1")
    data = csv(PEOPLE, "Lê An,DV01,,0912345678,", "Võ Bé,DV01,,0911 111 111,", "Tô Tư,DV01,,,gk1")
    assert [line for line, _f, _t in problems(load("people", contest, data))] == [2, 3, 4]


def test_who_registered_alone_is_confirmed_by_the_roster(contest, units):
    now = timezone.now()
    mine = registration.Person(unit=units[0], full_name="Lê An", phone="0912345678")
    registration.register(contest=contest, person=mine, now=now)
    lý = make_organizer(contest)
    data = csv(PEOPLE, "Lê An,DV01,,0912345678,CB1")
    assert counts(load("people", contest, data, by=lý)) == (0, 1, 0)
    an = contest.participants.get()
    assert (an.confirmed_by, an.staff_code, an.source) == (lý, "CB1", Participant.Source.SELF)
    assert an.counts
    assert counts(load("people", contest, data, by=lý)) == (0, 0, 1)


def test_an_empty_cell_corrects_nothing(contest, units):
    make_participant(contest, "Lê An", unit=units[0], phone="0912345678", workplace="Văn phòng")
    assert counts(load("people", contest, csv(PEOPLE, "Lê An,DV01,,0912345678,"))) == (0, 0, 1)
    assert contest.participants.get().workplace == "Văn phòng"


# ---------- questions ----------
@pytest.mark.parametrize("answer", ["B", "b", " B ", "B;", "B."])
def test_the_answer_is_read_as_people_write_it(contest, answer):
    data = csv(QUESTIONS, f"Ai?,Sở,Phòng,Ban,{answer},Dễ")
    report = load("questions", contest, data)
    if answer == "B.":
        assert [field for _line, field, _text in problems(report)] == ["Đáp án"]
        return
    counts(report)
    right = Question.objects.get().choices.get(is_correct=True)
    assert right.text == "Phòng"


def test_several_answers_are_accepted_where_several_are_given(contest):
    counts(load("questions", contest, csv(QUESTIONS, "Ai?,Sở,Phòng,Ban,A/C,Khó")))
    question = Question.objects.get()
    right = question.choices.filter(is_correct=True).order_by("position")
    assert [choice.text for choice in right] == ["Sở", "Ban"]
    assert question.difficulty == "hard"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Ai?,Sở,,Ban,A,Dễ", "Phương án A"),
        ("Ai?,Sở,sở,Ban,A,Dễ", "Phương án A"),
        ("Ai?,Sở,Phòng,,C,Dễ", "Đáp án"),
        ("Ai?,Sở,Phòng,Ban,G,Dễ", "Đáp án"),
        ("Ai?,Sở,Phòng,Ban,A,Rất dễ", "Mức độ"),
        (",Sở,Phòng,Ban,A,Dễ", "Câu hỏi"),
    ],
)
def test_a_bad_question_names_line_and_column(contest, row, column):
    found = problems(load("questions", contest, csv(QUESTIONS, row)))
    assert [(line, field) for line, field, _text in found] == [(2, column)]


def test_a_question_that_comes_twice_is_refused(contest):
    row = "Ai?,Sở,Phòng,Ban,A,Dễ"
    found = problems(load("questions", contest, csv(QUESTIONS, row, row)))
    assert found == [(3, "Câu hỏi", "Câu hỏi này đã có ở dòng 2.")]


def test_a_changed_key_changes_the_question_in_place(contest):
    counts(load("questions", contest, csv(QUESTIONS, "Ai?,Sở,Phòng,Ban,A,Dễ")))
    number = Question.objects.get().number
    changed = csv(QUESTIONS, "Ai?,Sở,Phòng,Ban,B,Dễ")
    assert counts(load("questions", contest, changed)) == (0, 1, 0)
    question = Question.objects.get()
    assert (question.number, question.choices.get(is_correct=True).text) == (number, "Phòng")


def test_the_bank_no_longer_changes_by_a_file_once_a_paper_is_drawn(contest):
    start(make_quiz(contest))
    before = Question.objects.count()
    report = load("questions", contest, csv(QUESTIONS, "Ai?,Sở,Phòng,Ban,A,Dễ"))
    assert len(report.problems) == 1
    assert Question.objects.count() == before


def test_a_choice_that_names_all_of_the_others_stays_last(contest):
    data = csv(QUESTIONS, "Ai?,Sở,Phòng,Tất cả các phương án trên,C,Dễ")
    counts(load("questions", contest, data))
    assert Question.objects.get().choices.get(keep_last=True).position == 2


# ---------- commands ----------
def test_a_command_says_what_it_did(contest, tmp_path, capsys):
    file = tmp_path / "don-vi.csv"
    file.write_bytes(UNITS)
    call_command("import_units", contest.slug, str(file), "--dry-run")
    assert capsys.readouterr().out == (
        "2 dòng mới, 0 dòng thay đổi, 0 dòng giữ nguyên (chỉ kiểm tra)\n"
    )
    assert not Unit.objects.exists()
    call_command("import_units", contest.slug, str(file))
    assert Unit.objects.count() == 2


def test_a_command_writes_a_line_for_every_bad_row(contest, tmp_path, capsys):
    file = tmp_path / "don-vi.csv"
    file.write_bytes(csv("Mã,Tên đơn vị", "DV01,A", "DV01,B", "D 1,C"))
    with pytest.raises(CommandError) as refused:
        call_command("import_units", contest.slug, str(file))
    assert refused.value.returncode == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "3: Mã: Mã này đã có ở dòng 2."
    assert lines[1].startswith("4: Mã: ")


def test_a_command_takes_the_format_that_it_is_told(contest, tmp_path):
    file = tmp_path / "xuat-du-lieu"
    file.write_bytes(UNITS)
    call_command("import_units", contest.slug, str(file), "--format", "csv")
    assert Unit.objects.count() == 2


@pytest.mark.parametrize("name", ["khong-co.csv", "."])
def test_a_command_that_cannot_read_the_file_says_so(contest, tmp_path, name):
    with pytest.raises(CommandError, match="tệp"):
        call_command("import_people", contest.slug, str(tmp_path / name))


def test_a_command_names_the_contests_there_are(contest, tmp_path):
    with pytest.raises(CommandError, match=contest.slug):
        call_command("import_questions", "khong-co", str(tmp_path / "x.csv"))
    assert Contest.objects.count() == 1


def test_wrong_usage_ends_with_two():
    done = subprocess.run(
        [sys.executable, "manage.py", "import_units"],
        cwd=DEMO.parents[1],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2


@pytest.mark.parametrize(("is_announced", "stored"), [(False, 1), (True, 0)])
def test_an_announced_contest_whose_rules_use_headcounts_takes_no_unit_without_one(
    is_announced, stored
):
    contest = make_contest("co-si-so", is_announced=is_announced)
    report = load("units", contest, csv("Mã,Tên đơn vị", "DV01,Sở Nội vụ"))
    assert contest.units.count() == stored
    assert report.ok is bool(stored)
    assert load("units", contest, csv("Mã,Tên đơn vị,Số CBCCVC", "DV01,Sở Nội vụ,40")).ok
