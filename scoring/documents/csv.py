"""A table as CSV for a spreadsheet: UTF-8 with BOM, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from scoring.documents.tables import Table

CONTENT_TYPE = "text/csv; charset=utf-8"
# A cell that begins so is read as a formula; an apostrophe makes it text again.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")


def render(table: Table) -> bytes:
    """Return the table with Vietnamese headings; the last columns name the set (rules: A6)."""
    headings = [
        *(column.label for column in table.columns),
        *(_("Result set"), _("State"), _("Digest")),
    ]
    source = [table.result_set, table.state_label, table.digest]
    rows = ([*(row[column.key] for column in table.columns), *source] for row in table.rows)
    return written(headings, rows)


def written(headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Return headings and rows as a CSV file, each cell harmless in a spreadsheet."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def cell(value: Any) -> Any:
    """Return a cell's text: yes and no in words, no formula, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        value = "; ".join(f"{key} {mark}" for key, mark in value.items())
    if isinstance(value, str) and value.lstrip(" \u00a0\u3000").startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
