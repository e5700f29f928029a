"""PDF files: data stay text, a sign without a glyph is refused by name, equal data equal bytes."""

import datetime as dt
import io
import re
import unicodedata
from pathlib import Path
from typing import Any

import pypdf
import pytest

from scoring.documents import pdf
from scoring.documents.pdf import Unprintable

NOW = dt.datetime(2026, 5, 20, 2, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)
# A layout of one line, beside the real ones, so that nothing else can be at fault.
PLAIN = """
#let data = json(bytes(sys.inputs.data))
#set document(title: "Thử")
#set text(font: "Tinos", fallback: false, size: 12pt, lang: "vi", hyphenate: false)
#for line in data.lines { par(line) }
"""
MARKUP = (
    '#import "x"',
    '#read("/etc/passwd")',
    "*b* _i_ `c`",
    "$x^2$",
    "@ref",
    "a // b",
    "a /* b */",
    "<label>",
    "= Tiêu đề",
    "- mục",
    "\\u{41}",
    "https://vi.du/a_b",
    '"ngoặc" và {{ x }}',
)
NAMES = ("Nguyễn Thị Hồng Đào", "Đặng Hữu Ước", "Lê Chí Nguyện", "Ủy ban nhân dân thị xã Ngã Năm")


@pytest.fixture
def layouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of layouts of the test's own, in place of the program's."""
    (tmp_path / "plain.typ").write_text(PLAIN, encoding="utf-8")
    monkeypatch.setattr(pdf, "LAYOUTS", tmp_path)
    return tmp_path


def drawn(*lines: str, at: dt.datetime = NOW) -> bytes:
    return pdf.render("plain", {"lines": list(lines)}, at=at)


def text_of(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "\n".join(page.extract_text() for page in pages)


@pytest.mark.usefixtures("layouts")
def test_markup_in_data_is_text() -> None:
    assert text_of(drawn(*MARKUP)).splitlines() == list(MARKUP)


@pytest.mark.usefixtures("layouts")
def test_vietnamese_is_read_back_whole_and_composed() -> None:
    found = text_of(drawn(*NAMES))
    assert found.splitlines() == list(NAMES)
    assert unicodedata.is_normalized("NFC", found)


@pytest.mark.usefixtures("layouts")
@pytest.mark.parametrize(
    ("text", "sign", "code"),
    [
        ("Lan 😀 Anh", "😀", "U+1F600"),
        ("Tổ 中 một", "中", "U+4E2D"),
        ("Chuông\x07", "\x07", "U+0007"),
        ("Chữ riêng \ue000", "\ue000", "U+E000"),
    ],
)
def test_a_sign_without_a_glyph_is_refused_by_name(text: str, sign: str, code: str) -> None:
    with pytest.raises(Unprintable) as refused:
        drawn("Một dòng hay", text)
    said = str(refused.value)
    assert f"“{sign}”" in said
    assert code in said
    assert f"“{text}”" in said


@pytest.mark.usefixtures("layouts")
def test_equal_data_give_equal_bytes_and_the_date_is_the_given_one() -> None:
    assert drawn("Một") == drawn("Một")
    assert drawn("Một") != drawn("Hai")
    assert drawn("Một") != drawn("Một", at=LATER)
    assert drawn("Một") == drawn("Một", at=NOW.replace(microsecond=999_999))
    info = pypdf.PdfReader(io.BytesIO(drawn("Một"))).metadata
    assert info is not None
    assert info.creation_date == NOW


@pytest.mark.usefixtures("layouts")
def test_a_file_is_pdf_a_with_its_fonts_inside_and_tags_for_readers() -> None:
    reader = pypdf.PdfReader(io.BytesIO(drawn("Một")))
    root: Any = reader.trailer["/Root"].get_object()
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "vi"
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    (font,) = reader.pages[0]["/Resources"]["/Font"].values()  # type: ignore[index]
    inner = font["/DescendantFonts"][0].get_object()
    assert "Tinos" in inner["/BaseFont"]
    assert "/FontFile2" in inner["/FontDescriptor"] or "/FontFile3" in inner["/FontDescriptor"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('#text(font: "Khong Co", fallback: true, "a")', "khong co"),
        ('#read("../../../../etc/passwd")', "read"),
        ("#khong-co", "khong-co"),
    ],
)
def test_a_layout_that_asks_for_what_is_not_there_fails(
    layouts: Path, line: str, said: str
) -> None:
    (layouts / "wrong.typ").write_text(f"{PLAIN}\n{line}\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match=f"(?i){said}"):
        pdf.render("wrong", {"lines": ["Một"]}, at=NOW)


def test_no_layout_needs_the_network() -> None:
    """A package ("@preview/…") would be fetched from outside when a document is drawn."""
    layouts = sorted(pdf.LAYOUTS.glob("*.typ"))
    assert layouts
    for path in layouts:
        wanted = re.findall(
            r"#?(?:import|include)\s+\"([^\"]+)\"", path.read_text(encoding="utf-8")
        )
        assert [name for name in wanted if not (pdf.LAYOUTS / name).is_file()] == [], path.name
