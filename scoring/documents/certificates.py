"""Certificates as PDF: always in Vietnamese, each with a number and a code to check it (A6)."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any
from zoneinfo import ZoneInfo

import segno
from django.conf import settings
from django.urls import reverse

from contests.names import clean_text, search_key
from scoring.documents import pdf
from scoring.documents.tables import in_fours
from scoring.models import Award, Certificate
from scoring.models.results import Scope

LAYOUT = "certificate"
SIGNER = ["TM. BAN TỔ CHỨC", "TRƯỞNG BAN"]
QUIZ, VIDEO, UNITS = (
    "Phần thi trắc nghiệm",
    "Phần thi video tuyên truyền",
    "Xếp hạng chung các đơn vị dự thi",
)
GROUPS_A_LINE = 4
# Any of the eight masks can be read; choosing the handsomest takes six times as long.
MASK = 0
# White around the code, in modules: less than four, and phones no longer find it.
QUIET = 4


def render(certificates: Iterable[Certificate], *, home: str) -> bytes:
    """Return the certificates as one PDF, a page each; `home` is where their codes are checked.

    Equal certificates give equal bytes. Unprintable where a name has a sign no font has.
    """
    rows = list(certificates)
    return pdf.render(LAYOUT, _document(rows, home=home), at=max(row.issued_at for row in rows))


def write_zip(certificates: Iterable[Certificate], file: IO[bytes], *, home: str) -> None:
    """Write the certificates as a ZIP with a PDF each, under names every system can hold."""

    def drawn(one: tuple[zipfile.ZipInfo, dict[str, Any], dt.datetime]) -> bytes:
        _member, data, at = one
        return pdf.render(LAYOUT, data, at=at)

    given = [(_member(row), _document([row], home=home), row.issued_at) for row in certificates]
    # A PDF is packed already. Typst draws beside other threads; where one fails no more is begun.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive, ThreadPoolExecutor(2) as pool:
        for (member, *_rest), content in zip(given, pool.map(drawn, given), strict=True):
            archive.writestr(member, content)


def _document(rows: list[Certificate], *, home: str) -> dict[str, Any]:
    title = f"Giấy chứng nhận {rows[0].number}" if len(rows) == 1 else "Giấy chứng nhận"
    return {
        "title": f"{title} – {clean_text(rows[0].contest_name)}",
        "certificates": [page(row, home=home) for row in rows],
    }


def _member(certificate: Certificate) -> zipfile.ZipInfo:
    at = certificate.issued_at.astimezone(ZoneInfo(settings.TIME_ZONE))
    member = zipfile.ZipInfo(file_name(certificate), at.timetuple()[:6])
    member.external_attr = 0o644 << 16
    return member


def file_name(certificate: Certificate) -> str:
    """Return the name of a certificate's own file, such as "0001-giai-nhat-dv15.pdf"."""
    award = certificate.award
    words = _plain_words(award.tier), _plain_words(award.unit_code)
    return "-".join(filter(None, (f"{certificate.number:04d}", *words))) + ".pdf"


def page(certificate: Certificate, *, home: str) -> dict[str, Any]:
    """Return what stands on one certificate: text, and the code as a picture."""
    award, result_set = certificate.award, certificate.award.result_set
    address = home.rstrip("/") + reverse("verify", args=[certificate.code])
    groups = certificate.typed_code.split("-")
    assert result_set.finalized_at is not None  # issued from final sets only
    final_on = result_set.finalized_at.astimezone(ZoneInfo(settings.TIME_ZONE))
    found = {
        "parent": certificate.parent_organ,
        "organ": certificate.organizer_name,
        "number": f"Số: {certificate.number}/GCN",
        "tier": award.tier,
        "contest": certificate.contest_name,
        "basis": (
            f"Theo kết quả chính thức ngày {final_on:%d/%m/%Y}, bộ kết quả số {result_set.number},"
            f" mã đối chiếu {in_fours(result_set.digest)}"
        ),
        "home": (home.rstrip("/") + reverse("verify_search")).partition("://")[2],
        "address": address,
        "notice": result_set.contest.notice,
        **_words(certificate, award),
    }
    return {
        **{key: clean_text(value) for key, value in found.items()},
        "is_person": award.scope == Scope.PERSON,
        "details": [(label, clean_text(value)) for label, value in _details(award) if value],
        "signer": SIGNER,
        "code": [
            "-".join(groups[start : start + GROUPS_A_LINE])
            for start in range(0, len(groups), GROUPS_A_LINE)
        ],
        "qr": qr_picture(address),
    }


def qr_picture(address: str) -> str:
    """Return the address as a QR code in SVG, with the white edge around it."""
    code = segno.make(address, error="m", micro=False, mask=MASK)
    side = len(code.matrix) + 2 * QUIET
    drawn = "".join(
        f"M{x + QUIET} {y + QUIET}h{width}v1h-{width}z"
        for y, row in enumerate(code.matrix)
        for x, width in _runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{drawn}"/></svg>'
    )


def _runs(row: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield where a row is dark: begin and length of each stretch."""
    begin = None
    for place, dark in enumerate([*row, 0]):
        if dark and begin is None:
            begin = place
        elif not dark and begin is not None:
            yield begin, place - begin
            begin = None


def _words(certificate: Certificate, award: Award) -> dict[str, str]:
    """Return what differs between a unit's, a person's and a video's certificate."""
    if award.scope == Scope.UNIT:
        return {"intro": "Chứng nhận đơn vị", "name": award.name, "part": UNITS}
    if award.scope == Scope.VIDEO:
        return {"intro": "Chứng nhận tác phẩm video", "name": f"“{award.name}”", "part": VIDEO}
    part = f"{QUIZ} – {certificate.quiz_name}" if certificate.quiz_name else QUIZ
    return {"intro": "Chứng nhận ông (bà)", "name": award.name, "part": part}


def _details(award: Award) -> list[tuple[str, str]]:
    """Return the lines under the name; a unit's certificate has none."""
    if award.scope == Scope.UNIT:
        return []
    if award.scope == Scope.VIDEO:
        return [("Đơn vị thực hiện", award.unit_name)]
    return [("Nơi công tác", award.workplace), ("Đơn vị dự thi", award.unit_name)]


def _plain_words(text: str) -> str:
    """Return a text as small ASCII letters and digits with dashes: "Giải Nhất" → "giai-nhat"."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in search_key(text)).split()
    return "-".join(words)[:40]
