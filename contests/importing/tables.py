"""Tables in files: finding the headings, then rows of text by field, with what is wrong as data."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contests.importing.sources import Line, Sheet, Unreadable, open_sheets
from contests.names import search_key

MAX_ROWS = 50_000
HEADING_LINES = 50  # the headings stand within the first so many lines
MAX_ERRORS = 500

_NOTE = re.compile(r"\s*(\([^()]*\)|\[[^\[\]]*\]|\*+|:)\s*$|^\*+\s*")
_EXCEL_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}


@dataclass(frozen=True, slots=True)
class Row:
    """One filled line: `line` as a person sees it, `values` clean text, "" where blank."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class TableError:
    """What is wrong: `line` 0 speaks of the whole file, `field` "" of the whole line."""

    line: int
    field: str
    message: str | Promise
    code: str = ""


@dataclass(frozen=True)
class Table:
    """A read file. With any error nothing of it should be stored."""

    rows: tuple[Row, ...] = ()
    errors: tuple[TableError, ...] = ()
    headings: dict[str, str] = field(default_factory=dict)  # field -> heading as in the file
    ignored: tuple[str, ...] = ()  # headings that mean nothing to the import
    sheet: str = ""

    def label(self, field_name: str) -> str:
        """Return what people call a field: its heading in the file, else its name."""
        return self.headings.get(field_name, field_name)


@dataclass(frozen=True)
class _Header:
    sheet: Sheet
    line: int
    cells: tuple[str, ...]
    columns: tuple[tuple[int, str], ...]  # (column from 0, field), a field maybe twice


def read_table(
    data: bytes | IO[bytes],
    *,
    filename: str,
    headings: Mapping[str, Sequence[str]],
    required: Collection[str] = (),
) -> Table:
    """Return the rows of a CSV or XLSX file under the headings of `headings`.

    `headings`: field -> the names its column may have; case, accents, "(notes)" and "*" after
    them do not matter. Every row has every field, "" where its column is missing; `required`
    fields must have a column. The lines above the headings, blank lines and other columns are
    left out. Never raises for what is in a file: that is in `errors`.
    """
    try:
        header = _find_header(open_sheets(data, filename=filename), headings)
        if header is None:
            return _refused(
                0,
                "",
                _("The headings were not found. Expected: %(headings)s.")
                % {"headings": ", ".join(names[0] for names in headings.values())},
                "no-headings",
            )
        if errors := _heading_errors(header, headings, required):
            return Table(errors=tuple(errors), sheet=header.sheet.name)
        return _read_rows(header, headings)
    except Unreadable as error:
        return _refused(error.line, "", error.message, error.code)


def heading_key(heading: str) -> str:
    """Return what a heading is recognised by: no case, tones, "_", "(notes)" or "*"."""
    key = search_key(heading.replace("_", " "))
    while (shorter := _NOTE.sub("", key)) != key:
        key = shorter
    return key


def _find_header(sheets: Sequence[Sheet], headings: Mapping[str, Sequence[str]]) -> _Header | None:
    """The line with the most headings among the first lines of every sheet; the first of equals."""
    fields = {heading_key(name): key for key, names in headings.items() for name in names}
    best: _Header | None = None
    unreadable: Unreadable | None = None
    for sheet in sheets:
        try:
            for line, cells in islice(sheet.lines(), HEADING_LINES):
                found = _columns(cells, fields)
                if found and (best is None or _breadth(found) > _breadth(best.columns)):
                    best = _Header(sheet, line, cells, found)
        except Unreadable as error:
            # A CSV file read with a delimiter it does not have may seem broken.
            unreadable = unreadable or error
    if best is None and unreadable is not None:
        raise unreadable
    return best


def _columns(cells: Sequence[str], fields: Mapping[str, str]) -> tuple[tuple[int, str], ...]:
    keys = (heading_key(cell) if cell else "" for cell in cells)
    return tuple((column, fields[key]) for column, key in enumerate(keys) if key in fields)


def _breadth(columns: Sequence[tuple[int, str]]) -> int:
    return len({name for _column, name in columns})


def _heading_errors(
    header: _Header, headings: Mapping[str, Sequence[str]], required: Collection[str]
) -> list[TableError]:
    found = [name for _column, name in header.columns]
    errors = [
        TableError(
            header.line,
            name,
            _("The heading “%(heading)s” appears more than once.") % {"heading": headings[name][0]},
            "duplicate-heading",
        )
        for name in headings
        if found.count(name) > 1
    ]
    errors += [
        TableError(
            header.line,
            name,
            _("The column “%(heading)s” is missing.") % {"heading": headings[name][0]},
            "missing-heading",
        )
        for name in headings
        if name in required and name not in found
    ]
    return errors


def _read_rows(header: _Header, headings: Mapping[str, Sequence[str]]) -> Table:
    rows: list[Row] = []
    errors: list[TableError] = []
    width = max((column + 1 for column, heading in enumerate(header.cells) if heading), default=0)
    blank = dict.fromkeys(headings, "")
    for line, cells in _below(header):
        values = blank | {
            name: cells[column] for column, name in header.columns if column < len(cells)
        }
        if not any(values.values()):
            continue
        if len(rows) == MAX_ROWS:
            return _refused(line, "", _("The file has more than 50,000 rows."), "too-many-rows")
        rows.append(Row(line, values))
        if header.sheet.is_delimited and any(cells[width:]):
            errors.append(
                TableError(
                    line,
                    "",
                    _(
                        "The line has more cells than there are headings. Put text that contains "
                        "the delimiter in quotation marks."
                    ),
                    "too-many-cells",
                )
            )
        errors += [
            TableError(line, name, _("The cell holds a formula error."), "formula-error")
            for name, value in values.items()
            if value in _EXCEL_ERRORS
        ]
        if len(errors) >= MAX_ERRORS:
            break
    if not rows:
        return _refused(header.line, "", _("There are no rows below the headings."), "no-rows")
    used = {column for column, _name in header.columns}
    return Table(
        rows=tuple(rows),
        errors=tuple(errors),
        headings={name: header.cells[column] for column, name in header.columns},
        ignored=tuple(
            heading for column, heading in enumerate(header.cells) if heading and column not in used
        ),
        sheet=header.sheet.name,
    )


def _below(header: _Header) -> Iterator[Line]:
    return (item for item in header.sheet.lines() if item[0] > header.line)


def _refused(line: int, name: str, message: str | Promise, code: str) -> Table:
    return Table(errors=(TableError(line, name, message, code),))
