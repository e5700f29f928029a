"""What an import found and did, as data for commands and pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from contests.importing.tables import Row, Table


@dataclass(frozen=True)
class Problem:
    """One bad row: `line` as a person counts it (0 for the whole file), the column, and why."""

    line: int
    field: str
    message: str | Promise

    def __str__(self) -> str:
        return f"{self.line}: {self.field or _('row')}: {self.message}"


@dataclass
class Report:
    """Counts of rows and every problem; with any problem nothing was stored."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems

    def refuse(self, table: Table, row: Row, field_name: str, message: str | Promise) -> None:
        self.problems.append(Problem(row.line, table.label(field_name), message))

    def refuse_form(self, table: Table, row: Row, form: forms.BaseForm) -> None:
        """Add every error of a row's form under the column's own heading."""
        for name, errors in form.errors.items():
            for message in errors:
                column = "" if name == "__all__" else table.label(name)
                self.problems.append(Problem(row.line, column, str(message)))
