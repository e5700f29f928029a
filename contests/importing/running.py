"""One import from file to report: read, check, write all or nothing."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from contests.importing import people, questions, units
from contests.importing.report import Problem, Report
from contests.importing.tables import read_table
from contests.models import Contest


@dataclass(frozen=True)
class Kind:
    """What can be imported: its headings, an example row, and the function that stores rows."""

    name: str
    label: str | Promise
    headings: Mapping[str, Sequence[str]]
    required: Sequence[str]
    example: Sequence[str]
    store: Callable[..., Report]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("units", _("units"), units.HEADINGS, units.REQUIRED, units.EXAMPLE, units.store),
        Kind("people", _("people"), people.HEADINGS, people.REQUIRED, people.EXAMPLE, people.store),
        Kind(
            "questions",
            _("questions"),
            questions.HEADINGS,
            questions.REQUIRED,
            questions.EXAMPLE,
            questions.store,
        ),
    )
}


# The same table into the other bank (rules: Q1); the log tells the two apart.
PRACTICE = replace(
    KINDS["questions"],
    name="practice_questions",
    label=_("practice questions"),
    store=partial(questions.store, practice=True),
)


class _Undo(Exception):
    """Leaves the transaction without storing anything."""


def run(
    kind: Kind,
    *,
    contest: Contest,
    data: bytes,
    filename: str,
    dry_run: bool,
    by: User | None,
    address: str = "",
    now: dt.datetime,
) -> Report:
    """Import a file; with a problem, or as a dry run, nothing is stored.

    A dry run does all the real one does and takes it back, so both find the same problems.
    """
    table = read_table(data, filename=filename, headings=kind.headings, required=kind.required)
    if table.errors:
        return Report(
            problems=[
                Problem(error.line, table.label(error.field) if error.field else "", error.message)
                for error in table.errors
            ]
        )
    if not table.rows:
        return Report(problems=[Problem(0, "", _("The file has no rows under its headings."))])
    try:
        with transaction.atomic():
            report = kind.store(table, contest=contest, by=by, now=now)
            if dry_run or not report.ok:
                raise _Undo
            if report.created or report.changed:
                audit.record(
                    action=f"{kind.name}.import",
                    target=filename,
                    contest=contest.slug,
                    actor=by,
                    address=address,
                    now=now,
                    after={"created": report.created, "changed": report.changed},
                )
    except _Undo:
        pass
    if report.problems:
        report.problems.sort(key=lambda problem: problem.line)
        report.created = report.changed = report.unchanged = 0
    return report


def template_file(kind: Kind) -> bytes:
    """Return an XLSX with the headings and one example row, to be filled in."""
    from openpyxl import Workbook  # only here: every web process would carry its 16 MB
    from openpyxl.styles import Font

    workbook = Workbook()
    sheet = workbook.active
    sheet.append([names[0] for names in kind.headings.values()])
    sheet.append(list(kind.example))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = 24
    # Codes and phone numbers stay text, or a spreadsheet takes their first 0 away.
    for row in sheet.iter_rows(min_row=2, max_row=500, max_col=len(kind.headings)):
        for cell in row:
            cell.number_format = "@"
    sheet.freeze_panes = "A2"
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()
