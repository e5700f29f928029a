"""Units from a table: found by code, created or changed (rules: C5)."""

from __future__ import annotations

import datetime as dt
import re

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from contests.assignment import BLOCK_IS_SETTLED, blocks_are_settled
from contests.importing.report import Report
from contests.importing.tables import Row, Table
from contests.models import Contest, Unit

HEADINGS = {
    "code": ("Mã", "Mã đơn vị", "Code"),
    "name": ("Tên đơn vị", "Đơn vị", "Name"),
    "block": ("Khối", "Block"),
    "headcount": ("Số CBCCVC", "Số CBCCVC, NLĐ", "Headcount"),
    "parent": ("Đơn vị cấp trên", "Parent"),
}
REQUIRED = ("code", "name")
EXAMPLE = ("DV01", "Văn phòng Ủy ban nhân dân tỉnh", "Sở, ban, ngành cấp tỉnh", "149", "")
FIELDS = ("name", "block", "headcount")
# 1.134, 1,134 and 1 134 are one whole number; 1.13 is a damaged one and refused.
GROUPED = re.compile(r"[0-9]{1,3}([., ])[0-9]{3}(\1[0-9]{3})*")
WHOLE = re.compile(r"([0-9]+)[.,]0+")


class UnitRow(forms.Form):
    code = forms.SlugField(
        max_length=20, error_messages={"invalid": gettext_lazy("Letters, digits and dashes only.")}
    )
    name = forms.CharField(max_length=200)
    block = forms.CharField(max_length=120, required=False)
    headcount = forms.IntegerField(
        min_value=1,
        max_value=1_000_000,
        required=False,
        error_messages={
            "min_value": gettext_lazy("The headcount must be at least 1."),
            "invalid": gettext_lazy("Enter a whole number."),
        },
    )
    parent = forms.CharField(max_length=20, required=False)

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()

    def clean_parent(self) -> str:
        return str(self.cleaned_data["parent"]).upper()


def read_number(text: str) -> str:
    """Return a whole number as digits, however its thousands are told apart; else the text."""
    if GROUPED.fullmatch(text):
        return re.sub("[., ]", "", text)
    whole = WHOLE.fullmatch(text)
    return whole.group(1) if whole else text


def store(table: Table, *, contest: Contest, by: User | None, now: dt.datetime) -> Report:
    """Check every row, then write; run inside a transaction that is undone on any problem.

    A file without a column leaves what is stored of it as it is.
    """
    report = Report()
    stored = {unit.code: unit for unit in contest.units.select_related("parent")}
    checked = _checked(table, report)
    above = {code: unit.parent.code if unit.parent else "" for code, unit in stored.items()}
    for _row, values in checked:
        old = stored.get(str(values["code"]))
        for name in ("block", "headcount"):
            if name not in table.headings:
                values[name] = getattr(old, name) if old else (None if name == "headcount" else "")
        if "parent" not in table.headings:
            values["parent"] = above.get(str(values["code"]), "")
        above[str(values["code"])] = str(values["parent"])
    frozen = contest.settings_are_frozen(now)
    settled = blocks_are_settled(contest, now=now)
    for row, values in checked:
        code, old = str(values["code"]), stored.get(str(values["code"]))
        if values["parent"] and values["parent"] not in above:
            report.refuse(table, row, "parent", _("There is no unit with this code."))
        elif _is_above_itself(code, above):
            report.refuse(table, row, "parent", _("A unit cannot stand above itself."))
        if settled and old is not None and old.block != values["block"]:
            report.refuse(table, row, "block", str(BLOCK_IS_SETTLED))
        if frozen and (old is None or old.headcount != values["headcount"]):
            message = _("The quiz has opened; units and headcounts are frozen.")
            report.refuse(table, row, "headcount", message)
        elif values["headcount"] is None and contest.needs_headcounts:
            message = _("The rules of this contest use headcounts; enter one.")
            report.refuse(table, row, "headcount", message)
    if report.ok:
        _write(checked, stored, contest, report)
    return report


def _checked(table: Table, report: Report) -> list[tuple[Row, dict[str, object]]]:
    checked: list[tuple[Row, dict[str, object]]] = []
    lines: dict[str, int] = {}
    for row in table.rows:
        form = UnitRow(row.values | {"headcount": read_number(row.values["headcount"])})
        if not form.is_valid():
            report.refuse_form(table, row, form)
            continue
        code = form.cleaned_data["code"]
        if code in lines:
            message = _("Line %(line)s has this code already.") % {"line": lines[code]}
            report.refuse(table, row, "code", message)
            continue
        lines[code] = row.line
        checked.append((row, form.cleaned_data))
    return checked


def _is_above_itself(code: str, above: dict[str, str]) -> bool:
    seen: set[str] = set()
    at = above.get(code, "")
    while at and at not in seen:
        if at == code:
            return True
        seen.add(at)
        at = above.get(at, "")
    return False


def _write(
    checked: list[tuple[Row, dict[str, object]]],
    stored: dict[str, Unit],
    contest: Contest,
    report: Report,
) -> None:
    known = set(stored)
    for _row, values in checked:
        code = str(values["code"])
        stored.setdefault(code, Unit(contest=contest, code=code))
    # Parents may stand below their children in the file: rows first, then who is above whom.
    changed: list[Unit] = []
    for _row, values in checked:
        unit = stored[str(values["code"])]
        before = [getattr(unit, name) for name in FIELDS]
        unit.name, unit.block = str(values["name"]), str(values["block"])
        unit.headcount = values["headcount"]  # type: ignore[assignment]
        unit.clean()
        after = [getattr(unit, name) for name in FIELDS]
        if unit.code not in known:
            unit.save(force_insert=True)
            report.created += 1
        elif before != after:
            changed.append(unit)
    parents = set()
    for _row, values in checked:
        unit = stored[str(values["code"])]
        parent = stored.get(str(values["parent"]))
        if unit.parent_id != (parent.pk if parent else None):
            unit.parent = parent
            unit.save(update_fields=["parent"])
            parents.add(unit.code)
    for unit in changed:
        unit.save(update_fields=[*FIELDS, "search_key"])
    touched = {unit.code for unit in changed} | (parents & known)
    report.changed = len(touched)
    report.unchanged = len(checked) - report.created - report.changed
