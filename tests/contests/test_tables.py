"""Tables in files: CSV and XLSX as people send them, and what is no table at all."""

import csv
import datetime as dt
import io
import struct
import unicodedata
import zipfile

import openpyxl
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from contests.importing.tables import Row, heading_key, read_table

UNITS = {
    "code": ("Mã", "Code"),
    "name": ("Tên đơn vị", "Name"),
    "headcount": ("Số CBCCVC", "Headcount"),
}
PEOPLE = {
    "full_name": ("Họ và tên", "Full name"),
    "birth_date": ("Ngày sinh", "Birth date"),
    "phone": ("Điện thoại", "Phone"),
}
HEADER = ["Mã", "Tên đơn vị", "Số CBCCVC"]
FIRST = ["DV01", "Sở Nội vụ", "149"]


def xlsx(*rows, **sheets):
    """A workbook: the first sheet of `rows`, further ones by name."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for row in lines:
            sheet.append(row)
    return saved(book)


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def delimited(*rows, delimiter=",", encoding="utf-8"):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue().encode(encoding)


def with_part(workbook, part, content, compression=zipfile.ZIP_DEFLATED):
    """The workbook with one part of its archive put in place or added."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(stream, "w", compression) as new,
    ):
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        new.writestr(part, content)
    return stream.getvalue()


def sheet_xml(rows):
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )


def read(data, filename="units.xlsx", headings=UNITS, required=("code", "name")):
    return read_table(data, filename=filename, headings=headings, required=required)


def read_csv(data, **options):
    return read(data, filename="units.csv", **options)


def codes(table):
    return [(error.line, error.field, error.code) for error in table.errors]


def values(table):
    return [list(row.values.values()) for row in table.rows]


def refused(table):
    """The one error of a file of which nothing was read."""
    assert table.rows == ()
    (error,) = table.errors
    assert str(error.message)
    return error.line, error.code


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_csv_of_every_delimiter_and_unicode_encoding_is_read(delimiter, encoding):
    name = 'Sở Giáo dục; Đào tạo, "và"\tnghề'
    table = read_csv(
        delimited(HEADER, ["DV15", name, "940"], delimiter=delimiter, encoding=encoding)
    )
    assert table.errors == ()
    assert table.rows == (
        Row(2, {"code": "DV15", "name": 'Sở Giáo dục; Đào tạo, "và" nghề', "headcount": "940"}),
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(end):
    table = read_csv(end.join(["Mã,Tên đơn vị", "DV01,Sở Nội vụ", "DV02,Sở Y tế"]).encode())
    assert [row.line for row in table.rows] == [2, 3]


def test_line_that_names_the_delimiter_for_excel_is_honoured():
    table = read_csv("sep=;\r\nMã;Tên đơn vị\r\nDV01;Sở Nội vụ, Sóc Trăng\r\n".encode())
    assert table.rows == (
        Row(3, {"code": "DV01", "name": "Sở Nội vụ, Sóc Trăng", "headcount": ""}),
    )


def test_file_object_is_read_like_bytes():
    data = xlsx(HEADER, FIRST)
    assert read(io.BytesIO(data)) == read(data)
    assert values(read(data)) == [FIRST]


def test_title_lines_blank_lines_and_unknown_columns_are_left_out():
    rows = [
        ["ỦY BAN NHÂN DÂN TỈNH"],
        [],
        ["Danh sách đơn vị dự thi"],
        ["STT", *HEADER, "Ghi chú"],
        [1, *FIRST, "x"],
        [2, None, "   ", None, None],
        [],
        [3, "DV02", "Sở Y tế", 150, None],
    ]
    for table in (read(xlsx(*rows)), read_csv(delimited(*rows))):
        assert table.errors == ()
        assert [(row.line, row.values["code"]) for row in table.rows] == [(5, "DV01"), (8, "DV02")]
        assert table.ignored == ("STT", "Ghi chú")
        assert table.headings == {"code": "Mã", "name": "Tên đơn vị", "headcount": "Số CBCCVC"}


@pytest.mark.parametrize(
    "heading",
    [
        "Số CBCCVC",
        "SỐ CBCCVC",
        "  số   cbccvc ",
        unicodedata.normalize("NFD", "Số CBCCVC"),
        "Số CBCCVC (giả định)",
        "Số CBCCVC *",
        "Số CBCCVC(*)",
        "* Số CBCCVC:",
        "Số\nCBCCVC (người) (*)",
        "So CBCCVC",
        "Headcount",
        "HEADCOUNT",
    ],
)
def test_heading_is_recognised_however_it_is_written(heading):
    for table in (
        read(xlsx(["Mã", "Tên đơn vị", heading], FIRST)),
        read_csv(delimited(["Mã", "Tên đơn vị", heading], FIRST)),
    ):
        assert values(table) == [FIRST]


def test_underscores_of_english_headings_are_blanks():
    assert heading_key("Full_name") == "full name"
    assert heading_key("(A)") == ""


def test_text_is_composed_and_single_spaced():
    name = unicodedata.normalize("NFD", " Sở \u200bNội\u00a0 vụ\n ")
    assert values(read(xlsx(HEADER, ["DV01", name, ""]))) == [["DV01", "Sở Nội vụ", ""]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (912345678, "912345678"),
        (12345678.0, "12345678"),
        (1234567890123.0, "1234567890123"),
        (12.5, "12.5"),
        (0.1 + 0.2, "0.3"),
        ("0912 345 678", "0912 345 678"),
        (dt.datetime(2020, 6, 5), "05/06/2020"),  # noqa: DTZ001
        (dt.date(2020, 12, 31), "31/12/2020"),
        (dt.datetime(2020, 6, 5, 7, 30), "05/06/2020 07:30"),  # noqa: DTZ001
        (True, "TRUE"),
    ],
)
def test_cell_is_read_as_a_person_would_type_it(cell, text):
    data = xlsx([names[0] for names in PEOPLE.values()], ["An", cell, cell])
    table = read(data, headings=PEOPLE, required=["full_name"])
    assert values(table) == [["An", text, text]]


def test_value_a_formula_had_when_saved_is_read():
    part = "xl/worksheets/sheet1.xml"
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Mã</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>Tên đơn vị</t></is></c></row>'
        '<row r="2"><c r="A2" t="str"><f>"DV"&amp;"01"</f><v>DV01</v></c>'
        '<c r="B2"><f>100+49</f><v>149</v></c></row>'
    )
    assert values(read(with_part(xlsx(HEADER), part, sheet_xml(cells)))) == [["DV01", "149", ""]]


def test_formula_error_names_its_line_and_field():
    table = read(xlsx(HEADER, FIRST, ["DV02", "#N/A", "1"]))
    assert codes(table) == [(3, "name", "formula-error")]
    assert table.label("name") == "Tên đơn vị"


def test_lines_of_csv_are_those_of_the_file_where_a_cell_has_several():
    table = read_csv('Mã,Tên đơn vị\n\nDV01,"Sở\nNội vụ"\nDV02,Sở Y tế\n'.encode())
    assert [(row.line, row.values["name"]) for row in table.rows] == [
        (3, "Sở Nội vụ"),
        (5, "Sở Y tế"),
    ]


def test_sheet_with_the_most_headings_is_read_and_hidden_ones_are_not():
    book = openpyxl.Workbook()
    book.active.append(["Hướng dẫn: cột Mã là bắt buộc", "Mã"])
    hidden = book.create_sheet("Cũ")
    data = book.create_sheet("Đơn vị")
    for sheet, code in ((hidden, "DV99"), (data, "DV01")):
        sheet.append(HEADER)
        sheet.append([code, "Sở Nội vụ", 1])
    hidden.sheet_state = "hidden"
    table = read(saved(book))
    assert table.sheet == "Đơn vị"
    assert values(table) == [["DV01", "Sở Nội vụ", "1"]]


def test_false_size_of_a_sheet_hides_no_row():
    data = xlsx(HEADER, FIRST, FIRST)
    part = "xl/worksheets/sheet1.xml"
    content = zipfile.ZipFile(io.BytesIO(data)).read(part).decode()
    assert 'ref="A1:C3"' in content
    lying = with_part(data, part, content.replace('ref="A1:C3"', 'ref="A1:A1"'))
    assert values(read(lying)) == [FIRST, FIRST]


def test_duplicate_heading_is_named():
    table = read(xlsx(["Ghi chú"], ["Mã", "Tên đơn vị", "Code (mới)"], ["DV01", "x", "DV02"]))
    assert table.rows == ()
    assert codes(table) == [(2, "code", "duplicate-heading")]


def test_missing_required_heading_is_named_and_an_optional_one_is_blank():
    assert codes(read(xlsx(["Mã", "Số CBCCVC"], ["DV01", 5]))) == [(1, "name", "missing-heading")]
    assert values(read(xlsx(["Mã", "Tên đơn vị"], ["DV01", "x"]))) == [["DV01", "x", ""]]


def test_file_without_headings_says_what_was_expected():
    table = read(xlsx(["DV01", "Sở Nội vụ"]))
    assert refused(table) == (0, "no-headings")
    assert "Mã, Tên đơn vị, Số CBCCVC" in str(table.errors[0].message)


def test_headings_without_rows_are_an_error():
    assert refused(read(xlsx(["x"], HEADER, [None, " "]))) == (2, "no-rows")


def test_csv_line_with_more_cells_than_headings_is_named():
    table = read_csv("Mã,Tên đơn vị\nDV01,Sở Giáo dục, Đào tạo\nDV02,Sở Y tế,\n".encode())
    assert codes(table) == [(2, "", "too-many-cells")]


def test_quotation_mark_that_never_closes_is_named_by_its_line():
    assert refused(read_csv('Mã,Tên đơn vị\nDV01,x\nDV02,"Sở Y tế\nDV03,y\n'.encode())) == (
        3,
        "quotes",
    )
    assert refused(read_csv('"Danh sách\nMã,Tên đơn vị\nDV01,x\n'.encode())) == (1, "quotes")


def test_windows_1258_is_a_clear_error():
    # That code page writes the tones as characters of their own.
    text = "Ma\u0303,Tên đơn vi\u0323\nDV01,Trươ\u0300ng Tiê\u0309u ho\u0323c Phú Lô\u0323c\n"
    table = read_csv(text.encode("cp1258"))
    assert refused(table) == (0, "encoding")
    with translation.override("en"):
        assert "Windows-1258" in str(table.errors[0].message)


@pytest.mark.parametrize(
    ("data", "filename", "code"),
    [
        (b"", "a.csv", "empty"),
        (b" \r\n", "a.xlsx", "empty"),
        (bytes(range(256)) * 4, "a.xlsx", "damaged"),
        (bytes(range(256)) * 4, "a.csv", "encoding"),
        (b"M\xc3\xa3,\0\0\0\0x" * 9, "a.csv", "not-text"),
        ("Mã,Tên đơn vị\nDV01,x\n".encode(), "a.xlsx", "damaged"),  # text under another name
        (b"<html><table></table></html>", "a.xls", "format"),
        (b"%PDF-1.7", "a.pdf", "format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "old-or-encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xlsx", "old-or-encrypted"),
        (xlsx(HEADER, FIRST), "a.csv", "format"),
        (xlsx(HEADER, FIRST), "a", "format"),
        (xlsx(HEADER, FIRST)[:2000], "a.xlsx", "damaged"),
        (b"PK\x05\x06" + bytes(18), "a.xlsx", "format"),  # an empty archive
        (xlsx(), "a.xlsx", "no-headings"),
    ],
)
def test_what_is_no_table_is_one_clear_error(data, filename, code):
    assert refused(read(data, filename=filename)) == (0, code)


def test_another_office_format_in_disguise_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    assert refused(read(stream.getvalue())) == (0, "format")


def test_damage_below_the_headings_is_an_error_and_no_half_table():
    rows = "".join(
        f'<row r="{line}"><c r="A{line}" t="inlineStr"><is><t>Mã</t></is></c>'
        f'<c r="B{line}" t="inlineStr"><is><t>Tên đơn vị</t></is></c></row>'
        for line in range(1, 5000)
    )
    part = "xl/worksheets/sheet1.xml"
    whole = with_part(xlsx(HEADER), part, sheet_xml(rows))
    assert len(read(whole).rows) == 4998
    torn = with_part(xlsx(HEADER), part, sheet_xml(rows)[:-2000])
    assert refused(read(torn)) == (0, "damaged")


def test_archive_with_a_password_is_a_clear_error():
    data = bytearray(xlsx(HEADER, FIRST))
    directory = data.index(b"PK\x01\x02")
    (flags,) = struct.unpack_from("<H", data, directory + 8)
    struct.pack_into("<H", data, directory + 8, flags | 1)
    assert refused(read(bytes(data))) == (0, "encrypted")


def test_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = with_part(xlsx(HEADER, FIRST), "xl/sharedStrings.xml", bytes(30 * 1024 * 1024))
    assert len(bomb) < 100_000
    assert refused(read(bomb)) == (0, "unpacks-too-large")


def test_more_than_100_megabytes_unpacked_are_refused_at_any_ratio(monkeypatch):
    data = with_part(xlsx(HEADER, FIRST), "xl/extra.bin", bytes(1_000_000), zipfile.ZIP_STORED)
    assert read(data).errors == ()
    monkeypatch.setattr("contests.importing.sources.MAX_UNPACKED_BYTES", 1_000_000)
    assert refused(read(data)) == (0, "unpacks-too-large")


def test_archive_of_very_many_entries_is_refused():
    stream = io.BytesIO(xlsx(HEADER, FIRST))
    with zipfile.ZipFile(stream, "a") as archive:
        for number in range(1000):
            archive.writestr(f"xl/{number}", b"")
    assert refused(read(stream.getvalue())) == (0, "unpacks-too-large")


def test_file_of_more_than_10_megabytes_is_refused():
    line = b"DV01,x\n"
    header = "Mã,Tên đơn vị\n".encode()
    data = header + line * ((10 * 1024 * 1024) // len(line))
    assert len(data) > 10 * 1024 * 1024
    assert refused(read_csv(data)) == (0, "too-large")
    assert refused(read_csv(io.BytesIO(data))) == (0, "too-large")


def test_row_that_claims_to_be_the_billionth_ends_the_reading():
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Mã</t></is></c></row>'
        '<row r="999999999"><c r="A999999999"><v>1</v></c></row>'
    )
    data = with_part(xlsx(HEADER), "xl/worksheets/sheet1.xml", sheet_xml(cells))
    assert refused(read(data, required=["code"])) == (0, "damaged")


def test_50000_rows_are_read_and_one_more_is_refused():
    lines = ["Mã,Tên đơn vị", *(f"DV{number},x" for number in range(50_000))]
    assert len(read_csv("\n".join(lines).encode()).rows) == 50_000
    assert refused(read_csv("\n".join([*lines, "DV,x"]).encode())) == (50_002, "too-many-rows")


def test_100_columns_are_read_and_one_more_is_refused():
    wide = [*(f"c{number}" for number in range(98)), "Mã", "Tên đơn vị"]
    row = [*[""] * 98, "DV01", "x"]
    for reads, makes in ((read, xlsx), (read_csv, delimited)):
        assert values(reads(makes(wide, row))) == [["DV01", "x", ""]]
        assert values(reads(makes([*wide, " "], row))) == [["DV01", "x", ""]]
        assert refused(reads(makes(wide, [*row, "y"]))) == (2, "too-wide")


def test_message_speaks_the_language_it_is_shown_in():
    with translation.override("vi"):
        table = read(b"x", filename="a.pdf")
    with translation.override("en"):
        assert str(table.errors[0].message) == "Only .xlsx and .csv files can be read."


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.txt", "a.xlsx", "a"]))
def test_random_bytes_never_raise(data, filename):
    table = read(data, filename=filename)
    assert table.errors
    assert table.rows == ()


@given(st.data())
def test_a_workbook_with_changed_bytes_never_raises(data):
    content = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    table = read(bytes(content[: data.draw(st.integers(1, len(content)))]))
    assert table.rows or table.errors


WORKBOOK = xlsx(HEADER, FIRST)
