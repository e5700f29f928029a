"""People from a unit's roster: found by phone or staff code, enrolled, changed, confirmed."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from contests import identity
from contests.importing.report import Report
from contests.importing.tables import Row, Table
from contests.models import Contest, Participant, Unit
from contests.registration import Excluded, Person, RowsRefused, enrol_many

HEADINGS = {
    "full_name": ("Họ và tên", "Họ tên", "Full name", "Name"),
    "unit": ("Mã đơn vị", "Mã", "Unit code", "Unit"),
    "workplace": ("Nơi công tác", "Workplace"),
    "position": ("Chức vụ", "Position"),
    "birth_date": ("Ngày sinh", "Birth date"),
    "phone": ("Điện thoại", "Số điện thoại", "Phone"),
    "staff_code": ("Mã CBCCVC", "Mã công chức", "Staff code"),
    "email": ("Thư điện tử", "Email", "E-mail"),
}
REQUIRED = ("full_name", "unit")
EXAMPLE = (
    "Nguyễn Thị Mỹ Ẩn",
    "DV01",
    "Văn phòng",
    "Chuyên viên",
    "20/11/1985",
    "",
    "CB00123",
    "",
)
# However the reader's language writes dates: a roster is Vietnamese.
DATE_FORMATS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d")
EARLIEST_BIRTH = dt.date(1900, 1, 1)
# What a second roster may correct of a person who is there already.
CORRECTED = ("full_name", "workplace", "position", "birth_date", "email", "phone", "staff_code")


class PersonRow(forms.Form):
    full_name = forms.CharField(max_length=120, min_length=2)
    unit = forms.CharField(max_length=20)
    workplace = forms.CharField(max_length=200, required=False)
    position = forms.CharField(max_length=120, required=False)
    birth_date = forms.DateField(
        required=False,
        input_formats=DATE_FORMATS,
        error_messages={"invalid": gettext_lazy("Enter a date as day/month/year.")},
    )
    phone = forms.CharField(max_length=40, required=False)
    staff_code = forms.CharField(max_length=40, required=False)
    email = forms.EmailField(required=False)

    def clean_unit(self) -> str:
        return str(self.cleaned_data["unit"]).upper()

    def clean_birth_date(self) -> dt.date | None:
        born: dt.date | None = self.cleaned_data["birth_date"]
        if born and not EARLIEST_BIRTH <= born < timezone.localdate():
            raise forms.ValidationError(_("This birth date cannot be right."))
        return born

    def clean_phone(self) -> str:
        typed = str(self.cleaned_data["phone"])
        try:
            return identity.normalise_phone(typed) if typed else ""
        except identity.InvalidPhone as error:
            raise forms.ValidationError(_(str(error))) from error

    def clean_staff_code(self) -> str:
        typed = str(self.cleaned_data["staff_code"])
        try:
            return identity.normalise_staff_code(typed) if typed else ""
        except identity.InvalidStaffCode as error:
            raise forms.ValidationError(_(str(error))) from error

    def clean(self) -> None:
        given = [self.data.get(name) for name in ("phone", "staff_code")]
        if not any(given):
            raise forms.ValidationError(_("A phone number or a staff code is needed."))


def store(
    table: Table,
    *,
    contest: Contest,
    by: User | None,
    now: dt.datetime,
    units: set[str] | None = None,
) -> Report:
    """Check every row, then enrol, correct and confirm; `units` limits whose people may come."""
    report = Report()
    people = _checked(table, report, contest=contest, units=units)
    if not report.ok:
        return report
    there = _by_mark(contest)
    new: list[tuple[Row, Person]] = []
    lines: dict[int, int] = {}
    for row, person in people:
        found = {
            there[mark].pk: there[mark]
            for mark in (("phone", person.phone), ("staff_code", person.staff_code))
            if mark[1] and mark in there
        }
        met = next(iter(found), 0)
        if len(found) > 1:
            report.refuse(
                table, row, "phone", _("Phone and staff code belong to two different people.")
            )
        elif not found:
            new.append((row, person))
        elif met in lines:
            message = _("Line %(line)s has this person already.") % {"line": lines[met]}
            report.refuse(table, row, "full_name", message)
        else:
            lines[met] = row.line
            _meet(table, row, person, found[met], report, limited=units is not None, by=by, now=now)
            # A later row with a number that this one has just brought means the same person.
            there |= _marks_of(found[met])
    if report.problems:
        return report
    try:
        enrol_many(contest=contest, people=[person for _row, person in new], by=by, now=now)
    except RowsRefused as refused:
        for index, problem in refused.problems.items():
            message = (
                _("This person may not take part: organizer, judge, or on the exclusion list.")
                if isinstance(problem, Excluded)
                else _("This phone number or staff code occurs twice.")
            )
            report.refuse(table, new[index][0], "full_name", message)
    report.created = len(new)
    return report


def _checked(
    table: Table, report: Report, *, contest: Contest, units: set[str] | None
) -> list[tuple[Row, Person]]:
    known = {unit.code: unit for unit in Unit.objects.filter(contest=contest)}
    people = []
    for row in table.rows:
        form = PersonRow(row.values)
        if not form.is_valid():
            report.refuse_form(table, row, form)
            continue
        values = dict(form.cleaned_data)
        unit = known.get(values.pop("unit"))
        if unit is None or (units is not None and unit.code not in units):
            report.refuse(table, row, "unit", _("There is no unit with this code."))
            continue
        people.append((row, Person(unit=unit, **values)))
    return people


def _by_mark(contest: Contest) -> dict[tuple[str, str], Participant]:
    found: dict[tuple[str, str], Participant] = {}
    for participant in contest.participants.select_related("unit"):
        found |= _marks_of(participant)
    return found


def _marks_of(participant: Participant) -> dict[tuple[str, str], Participant]:
    """What a person is recognised by: ("phone", …) and ("staff_code", …), where there."""
    marks = (("phone", participant.phone), ("staff_code", participant.staff_code))
    return {mark: participant for mark in marks if mark[1]}


def _meet(
    table: Table,
    row: Row,
    person: Person,
    participant: Participant,
    report: Report,
    *,
    limited: bool,
    by: User | None,
    now: dt.datetime,
) -> None:
    """Correct somebody who is there already, and confirm who registered alone (rules: P6)."""
    if participant.unit_id != person.unit.pk:
        # Whose list is limited to a unit is not told where a number takes part (rules: P3).
        message = (
            _("This phone number or staff code takes part already; ask the organizing board.")
            if limited
            else _("This person takes part for %(unit)s already.") % {"unit": participant.unit}
        )
        report.refuse(table, row, "unit", message)
        return
    changed = False
    for name in CORRECTED:
        value = getattr(person, name)
        # An empty cell is no correction.
        if value and getattr(participant, name) != value:
            setattr(participant, name, value)
            changed = True
    if participant.confirmed_at is None:
        participant.confirmed_at, participant.confirmed_by = now, by
        changed = True
    if changed:
        participant.set_keys()
        participant.save()
    report.changed += changed
    report.unchanged += not changed
