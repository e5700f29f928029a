"""Files as people send them, CSV or XLSX, opened safely: bytes -> sheets of plain text cells."""

import csv
import datetime as dt
import io
import lzma
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contests.names import clean_text

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_UNPACKED_RATIO = (
    100  # where more than a megabyte unpacks; workbooks of people reach 10 to 30, bombs about 1,000
)
MAX_ZIP_ENTRIES = 1_000
MAX_SHEETS = 20
MAX_COLUMNS = 100
MAX_LINES = 1_048_576  # the last line an Excel sheet has

_ZIP_MAGIC = b"PK"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DELIMITERS = (",", ";", "\t")
_CSV_SUFFIXES = (".csv", ".tsv", ".txt")
_XLSX_SUFFIXES = (".xlsx", ".xlsm")
# What openpyxl, zipfile and the XML parser are known to raise on a file that is not what it says.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ParseError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    EOFError,
    OSError,
    RuntimeError,
)

Line = tuple[int, tuple[str, ...]]


class Unreadable(Exception):
    """The file cannot be read as a table: `line` (0 for the whole file), `message`, `code`."""

    def __init__(self, code: str, message: str | Promise, *, line: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.line = line


@dataclass(frozen=True)
class Sheet:
    """One way to read a file as lines; `lines()` may be called again.

    Each line is (its number as a person sees it, from 1; the cells as clean text). Raises
    Unreadable where the file turns out to be damaged or too large.
    """

    name: str
    source: "_Delimited | _Worksheet"

    def lines(self) -> Iterator[Line]:
        return self.source.lines()

    @property
    def is_delimited(self) -> bool:
        """Whether cells are told apart by a delimiter, so that one too many shifts the others."""
        return isinstance(self.source, _Delimited)


def open_sheets(data: bytes | IO[bytes], *, filename: str) -> list[Sheet]:
    """Return the sheets of an XLSX file, or a CSV file read with each delimiter it may have.

    Limits are checked before anything is unpacked. Raises Unreadable.
    """
    content = data if isinstance(data, bytes) else data.read(MAX_FILE_BYTES + 1)
    suffix = PurePath(filename).suffix.lower()
    if len(content) > MAX_FILE_BYTES:
        raise Unreadable("too-large", _("The file is larger than 10 MB."))
    if not content.strip():
        raise Unreadable("empty", _("The file is empty."))
    if content.startswith(_OLE_MAGIC):
        raise Unreadable(
            "old-or-encrypted",
            _(
                "The file is in the old .xls format or protected by a password. Open it in Excel "
                "and save it as .xlsx without a password."
            ),
        )
    if suffix in _XLSX_SUFFIXES:
        return _open_workbook(content)
    if suffix in _CSV_SUFFIXES and not content.startswith(_ZIP_MAGIC + b"\x03\x04"):
        return [Sheet("", _Delimited(_decode(content), d)) for d in _DELIMITERS]
    raise Unreadable("format", _("Only .xlsx and .csv files can be read."))


def _decode(content: bytes) -> str:
    encoding = "utf-8-sig"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif len(content) % 2 == 0 and b"\0" in content:
        # UTF-16 without its mark: the high bytes of delimiters and digits are zero.
        odd, even = content[1::2].count(0), content[0::2].count(0)
        encoding = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable(
            "encoding",
            _(
                "The text is not in Unicode (it may be in Windows-1258 or an old Vietnamese font "
                "encoding). Save the file from Excel as “CSV UTF-8” or as .xlsx."
            ),
        ) from None
    if "\0" in text:
        raise Unreadable("not-text", _("The file is not a text file."))
    return text


@dataclass(frozen=True)
class _Delimited:
    text: str
    delimiter: str

    def lines(self) -> Iterator[Line]:
        stream = io.StringIO(self.text, newline="")
        delimiter, skipped = self.delimiter, 0
        first = stream.readline().rstrip("\r\n")
        if first[:4].lower() == "sep=" and first[4:] in _DELIMITERS:
            delimiter, skipped = first[4:], 1
        else:
            stream.seek(0)
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        line = skipped + 1
        try:
            for cells in reader:
                if any(clean_text(cell) for cell in cells[MAX_COLUMNS:]):
                    raise _too_wide(line)
                yield line, _texts(cells[:MAX_COLUMNS])
                line = skipped + reader.line_num + 1
        except csv.Error:
            raise Unreadable(
                "quotes",
                _(
                    "The quotation marks of this line do not match, so the cells cannot be told "
                    "apart."
                ),
                line=line,
            ) from None


def _open_workbook(content: bytes) -> list[Sheet]:
    try:
        _check_archive(content)
        import openpyxl  # only here: every web process would carry its 16 MB

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl speaks of styles it leaves out
            workbook = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
        worksheets = workbook.worksheets
    except _DAMAGE as error:
        raise _damaged() from error
    if len(worksheets) > MAX_SHEETS:
        raise Unreadable("too-many-sheets", _("The workbook has more than 20 sheets."))
    visible = [ws for ws in worksheets if ws.sheet_state == "visible"]
    if not visible:
        raise Unreadable("empty", _("The file is empty."))
    return [Sheet(ws.title, _Worksheet(ws)) for ws in visible]


def _check_archive(content: bytes) -> None:
    """Refuse what would unpack to too much; zipfile never unpacks more than an entry declares."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if any(entry.flag_bits & 0x1 for entry in entries):
            raise Unreadable(
                "encrypted", _("The file is protected by a password. Save it without a password.")
            )
        unpacked = sum(entry.file_size for entry in entries)
        if len(entries) > MAX_ZIP_ENTRIES or unpacked > min(
            MAX_UNPACKED_BYTES, max(1024 * 1024, MAX_UNPACKED_RATIO * len(content))
        ):
            raise Unreadable(
                "unpacks-too-large", _("The workbook is too large once it is unpacked.")
            )
        names = {entry.filename for entry in entries}
        if "[Content_Types].xml" not in names or not any(n.startswith("xl/") for n in names):
            raise Unreadable("format", _("Only .xlsx and .csv files can be read."))


@dataclass(frozen=True)
class _Worksheet:
    worksheet: Any  # openpyxl's read-only sheet

    def lines(self) -> Iterator[Line]:
        # What a sheet says about its own size is often wrong and sometimes malicious.
        self.worksheet.reset_dimensions()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                rows = self.worksheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True)
                for line, cells in enumerate(rows, start=1):
                    if line > MAX_LINES:
                        raise _damaged()
                    if cells.count(None) == len(cells):
                        yield line, ()
                        continue
                    if clean_text(_as_text(cells[-1])):
                        raise _too_wide(line)
                    yield line, _texts(_as_text(cell) for cell in cells[:MAX_COLUMNS])
        except _DAMAGE as error:
            raise _damaged() from error


def _texts(cells: Iterable[str]) -> tuple[str, ...]:
    return tuple(clean_text(cell) if cell else "" for cell in cells)


def _as_text(value: object) -> str:
    """A cell's value as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(value, ".15g")
    if isinstance(value, dt.datetime):
        has_time = value.time() != dt.time()
        return value.strftime("%d/%m/%Y %H:%M" if has_time else "%d/%m/%Y")
    if isinstance(value, dt.date):
        return value.strftime("%d/%m/%Y")
    return str(value)


def _damaged() -> Unreadable:
    return Unreadable(
        "damaged",
        _("The file is damaged or is not an Excel workbook. Save it again as .xlsx from Excel."),
    )


def _too_wide(line: int) -> Unreadable:
    return Unreadable("too-wide", _("The table has more than 100 columns."), line=line)
