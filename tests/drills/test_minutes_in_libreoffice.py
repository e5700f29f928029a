"""The judging minutes opened by a real office program: every word and table, no page cut."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scoring.documents import docx, minutes, minutes_sample

JUDGES = 7
VIDEOS = 40
SECONDS = 120


def words() -> dict[str, object]:
    """Return the words of large minutes: seven judges, four pages of videos."""
    sample = minutes_sample.full()
    cells = [
        *({"total": "88,5", "why": ""}, {"total": "—", "why": minutes.CONFLICT}),
        *({"total": "100", "why": ""}, {"total": "—", "why": minutes.EXCUSED}),
        *({"total": "0", "why": ""}, {"total": "—", "why": minutes.MISSING}),
        {"total": "90,5", "why": ""},
    ]
    video = {**sample["videos"][0], "totals": cells}
    names = ["Trần Văn Ước", *(f"Nguyễn Thị Hồng Đào {n}" for n in range(2, JUDGES + 1))]
    return {
        **sample,
        "judges": [
            {"short": f"GK{n}", "name": name, "role": minutes.JUDGE if n > 1 else minutes.CHAIR}
            for n, name in enumerate(names, start=1)
        ],
        "videos": [{**video, "number": str(number)} for number in range(1, VIDEOS + 1)],
    }


def run(*command: str | Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], check=True, capture_output=True, timeout=SECONDS
    )
    return done.stdout.decode()


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The minutes as a PDF, by LibreOffice with a profile of its own."""
    office = shutil.which("soffice")
    assert office, "LibreOffice is not installed; see deploy/ci-packages.txt"
    folder = tmp_path_factory.mktemp("office")
    source = folder / "minutes.docx"
    source.write_bytes(docx.render(minutes.DEFAULT_TEMPLATE.read_bytes(), words()))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    run(office, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, source)
    return source.with_suffix(".pdf")


@pytest.fixture(scope="module")
def pages(pdf: Path) -> list[str]:
    text = run("pdftotext", "-layout", "-enc", "UTF-8", pdf, "-")
    return [" ".join(page.split()) for page in text.split("\f") if page.strip()]


def test_every_word_is_there_and_none_is_cut_at_an_ampersand(pages: list[str]) -> None:
    text = " ".join(pages)
    for said in (
        *("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "SỞ NỘI VỤ"),
        *("DỰ THẢO", "BIÊN BẢN", "Hội thi tìm hiểu cải cách hành chính"),
        *("1. Thời gian, địa điểm", "2. Thành phần", "3. Cách chấm", "4. Kết quả chấm"),
        *("5. Nội dung hội ý", "6. Miễn chấm", "7. Phiếu chấm được mở lại", "8. Kết thúc"),
        *("Nhất trí.", 'Lý do "đã nêu"', "Một cửa <thân thiện>"),
    ):
        assert said in text
    assert text.count("Sở Giáo dục & Đào tạo") == VIDEOS + 3


def test_table_has_every_row_under_a_head_on_each_page(pages: list[str]) -> None:
    results = [page for page in pages if re.search(r"\b88,50 15,50\b", page)]
    assert len(results) >= 3
    head = "GK1 GK2 GK3 GK4 GK5 GK6 GK7"
    assert all(head in page for page in results)
    rows = sum(len(re.findall(r"\b88,50 15,50\b", page)) for page in results)
    assert rows == VIDEOS
    numbers = " ".join(pages).split("5. Nội dung hội ý")[0]
    assert numbers.count("88,5 — 100 — 0 — 90,5") + numbers.count("90,5") >= VIDEOS


def test_everybody_has_a_line_to_sign(pages: list[str]) -> None:
    end = " ".join(pages).split("8. Kết thúc")[1]
    assert "Chữ ký" in end
    for name in [judge["name"] for judge in words()["judges"]]:  # type: ignore[attr-defined]
        assert name in end
    assert "THƯ KÝ TRƯỞNG BAN GIÁM KHẢO" in end
    assert end.count("(Ký, ghi rõ họ tên)") == 2
    assert end.rstrip().endswith("Trần Văn Ước")


def test_letters_are_those_of_times_or_as_wide(pdf: Path) -> None:
    """One family for every letter: a font without Vietnamese would be helped out by another."""
    listed = run("pdffonts", pdf).splitlines()[2:]
    families = {line.split()[0].partition("+")[2].partition("-")[0] for line in listed}
    assert families <= {"LiberationSerif", "TimesNewRomanPSMT", "TimesNewRomanPS", "Tinos"}
    assert len(families) == 1 or families == {"TimesNewRomanPSMT", "TimesNewRomanPS"}


def test_paper_is_a4(pdf: Path) -> None:
    assert re.search(r"Page size:\s+595\.\d+ x 84[12]\.\d+ pts \(A4\)", run("pdfinfo", pdf))
