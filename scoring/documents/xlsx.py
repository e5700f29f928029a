"""A table as an XLSX workbook: real numbers and dates, no formulas, the same bytes each time."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from scoring.documents.csv import cell
from scoring.documents.tables import Column, Table

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The file's own creation date would make equal results differ.
CREATED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
FORMATS = {"integer": "#,##0", "points": "0.00", "rate": "0.0000", "time": "hh:mm:ss dd/mm/yyyy"}
WIDTHS = {"integer": 11, "points": 12, "rate": 13, "time": 22, "yes": 14, "text": 30}
HEADER_ROW = 4


def render(table: Table) -> bytes:
    """Return a workbook of one sheet: three lines that name the set (rules: A6), then the table."""
    import xlsxwriter  # only here: every web process would carry its 11 MB

    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    workbook.set_properties({"title": table.title, "created": CREATED})
    sheet = workbook.add_worksheet(table.title[:31])
    base = {"font_name": "Times New Roman", "font_size": 12}
    title = workbook.add_format(base | {"bold": True, "font_size": 14})
    quiet = workbook.add_format(base | {"font_color": "#4a5b6d"})
    head = workbook.add_format(
        base
        | {"bold": True, "bg_color": "#e9eff5", "border": 1, "text_wrap": True}
        | {"valign": "vcenter"}
    )
    body = {
        kind: workbook.add_format(
            base
            | {"border": 1, "valign": "top", "text_wrap": kind == "text"}
            | ({"num_format": FORMATS[kind]} if kind in FORMATS else {})
        )
        for kind in {*WIDTHS, *FORMATS, *(column.kind for column in table.columns)}
    }
    sheet.write_string(0, 0, f"{table.title} · {table.state_label}", title)
    sheet.write_string(1, 0, table.contest, quiet)
    sheet.write_string(
        2,
        0,
        _("Result set %(number)s · digest %(digest)s")
        % {"number": table.result_set, "digest": table.digest},
        quiet,
    )
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, WIDTHS.get(column.kind, 30))
        sheet.write_string(HEADER_ROW, index, column.label, head)
    for offset, row in enumerate(table.rows, start=1):
        for index, column in enumerate(table.columns):
            _write(sheet, HEADER_ROW + offset, index, column, row[column.key], body[column.kind])
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.repeat_rows(HEADER_ROW)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, HEADER_ROW + len(table.rows), len(table.columns) - 1)
    workbook.close()
    return buffer.getvalue()


def _write(sheet: Any, row: int, index: int, column: Column, value: Any, style: Any) -> None:
    if value is None:
        sheet.write_blank(row, index, None, style)
    elif column.kind == "time":
        moment = dt.datetime.fromisoformat(value).astimezone(ZoneInfo(settings.TIME_ZONE))
        sheet.write_datetime(row, index, moment.replace(tzinfo=None), style)
    elif column.kind in {"integer", "points", "rate"} or (
        column.kind == "value" and not isinstance(value, bool)
    ):
        sheet.write_number(row, index, float(value), style)
    else:
        # A string is written as a string here, so the apostrophe of CSV is not needed.
        sheet.write_string(row, index, value if isinstance(value, str) else str(cell(value)), style)
