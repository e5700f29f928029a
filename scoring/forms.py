"""Forms of the jury: one score sheet, a conflict of interest, the chair's acts."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scoring.models import Criterion

NUMBER = re.compile(r"-?[0-9]{1,6}(?:[.,][0-9]{1,6})?")


def mark_text(value: Decimal | None) -> str:
    """Return a mark as people write it: "17,5", "27", "" for none."""
    if value is None:
        return ""
    whole = value == value.to_integral_value()
    return str(number_format(value, decimal_pos=0 if whole else 1))


def read_mark(text: str, *, criterion: Criterion) -> Decimal | None:
    """Return the mark that was typed, with a comma or a point; None for an empty field (M1).

    Raises ValidationError with a sentence for the judge.
    """
    # NFKC makes the full-width digits of some keyboards ordinary ones.
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        example = mark_text(Decimal("17.5"))
        raise ValidationError(_("Enter a number, for example %s.") % example)
    value = Decimal(text.replace(",", "."))
    if not 0 <= value <= criterion.max_marks:
        most = mark_text(criterion.max_marks)
        raise ValidationError(_("The mark must be from 0 to %(most)s.") % {"most": most})
    if not criterion.allows(value):
        step = mark_text(Decimal("0.5"))
        raise ValidationError(_("Marks go in steps of %(step)s.") % {"step": step})
    return value


class MarkField(forms.CharField):
    """A mark for one criterion; cleans to a Decimal, or None where it was left empty."""

    def __init__(self, *, criterion: Criterion) -> None:
        super().__init__(label=criterion.name, required=False)
        self.criterion = criterion

    def clean(self, value: Any) -> Decimal | None:
        return read_mark(str(value or ""), criterion=self.criterion)


@dataclass(frozen=True)
class Row:
    """A criterion on the page, with what its field shows."""

    number: int
    criterion: Criterion
    field: forms.BoundField
    text: str
    most: str
    position: str  # along the strip, "87.50%"; empty without a mark
    missing: bool
    stored: str  # what another window saved in between, if it differs


class Saved(Protocol):
    """What the form reads of a sheet: a `ScoreSheet`, or one on which a judge only practises."""

    @property
    def revision(self) -> int: ...
    @property
    def saved_at(self) -> dt.datetime | None: ...
    @property
    def remark(self) -> str: ...
    @property
    def notes(self) -> str: ...


class MarkingForm(forms.Form):
    """One judge's marks for one video. `marks` are the stored ones, by criterion id."""

    revision = forms.CharField(required=False, widget=forms.HiddenInput)
    remark = forms.CharField(
        label=_("Remark to the unit"),
        help_text=_("The unit may read it once the results are published."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )
    notes = forms.CharField(
        label=_("Private notes"),
        help_text=_("For yourself alone; nobody else is shown them."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        sheet: Saved,
        criteria: Sequence[Criterion],
        marks: Mapping[int, Decimal],
    ) -> None:
        super().__init__(
            data,
            initial={
                "revision": sheet.revision,
                "remark": sheet.remark,
                "notes": sheet.notes,
                **{f"m-{c.key}": mark_text(marks.get(c.pk)) for c in criteria},
            },
        )
        self.sheet, self.criteria, self.stored = sheet, criteria, marks
        # What another window saved in between, once that was found out.
        self.other: dict[int, Decimal] | None = None
        for criterion in criteria:
            self.fields[f"m-{criterion.key}"] = MarkField(criterion=criterion)

    def marks(self) -> dict[int, Decimal | None]:
        """Return the valid marks by criterion id; None where the field was left empty."""
        return {c.pk: self.cleaned_data[f"m-{c.key}"] for c in self.criteria}

    def draft(self) -> dict[str, Any]:
        """Return what `ScoreSheet.save_draft` stores of a valid form."""
        return {
            "marks": self.marks(),
            "remark": self.cleaned_data["remark"],
            "notes": self.cleaned_data["notes"],
            "revision": self.seen_revision(),
        }

    def valid_part(self) -> dict[str, Any]:
        """Return the same of a form with errors: a field that is wrong stays as it is stored."""
        given = {c.pk: f"m-{c.key}" for c in self.criteria}
        right = {pk: name for pk, name in given.items() if name in self.cleaned_data}
        return {
            "marks": {pk: self.cleaned_data[name] for pk, name in right.items()},
            "remark": self.cleaned_data.get("remark", self.sheet.remark),
            "notes": self.cleaned_data.get("notes", self.sheet.notes),
            "revision": self.seen_revision(),
        }

    def seen_revision(self) -> int:
        """Return the save this window was filled from; −1 for a revision nobody gave out."""
        text = self.cleaned_data.get("revision", "")
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1

    def is_unchanged(self) -> bool:
        """Whether a valid form holds exactly what is stored."""
        given = {key: value for key, value in self.marks().items() if value is not None}
        texts = (self.cleaned_data["remark"], self.cleaned_data["notes"])
        return given == self.stored and texts == (self.sheet.remark, self.sheet.notes)

    def show_other_window(self, *, sheet: Saved, marks: dict[int, Decimal]) -> None:
        """Show what another window saved beside what was typed; the next save may replace it."""
        self.sheet, self.other = sheet, marks
        self.data = {**self.data.dict(), "revision": str(sheet.revision)}  # type: ignore[attr-defined]

    def rows(self) -> list[Row]:
        return [self._row(number, c) for number, c in enumerate(self.criteria, start=1)]

    def total(self) -> Decimal:
        """Return the sum of the marks that can be read from the fields now."""
        return sum((self._shown(c) or Decimal(0) for c in self.criteria), Decimal(0))

    def given(self) -> int:
        return sum(self._shown(criterion) is not None for criterion in self.criteria)

    def unmarked(self) -> list[str]:
        """Return the names of the criteria for which no mark is stored."""
        return [criterion.name for criterion in self.criteria if criterion.pk not in self.stored]

    def texts(self) -> list[tuple[forms.BoundField, str]]:
        """Return the remark and the notes, each with what another window saved instead."""
        return [(self[name], self._text_elsewhere(name)) for name in ("remark", "notes")]

    def _text_elsewhere(self, name: str) -> str:
        stored = str(getattr(self.sheet, name))
        return "" if self.other is None or stored == self[name].value() else stored

    def _shown(self, criterion: Criterion) -> Decimal | None:
        try:
            return read_mark(str(self[f"m-{criterion.key}"].value() or ""), criterion=criterion)
        except ValidationError:
            return None

    def _row(self, number: int, criterion: Criterion) -> Row:
        field, mark = self[f"m-{criterion.key}"], self._shown(criterion)
        text, stored = str(field.value() or ""), ""
        if self.other is not None and self.other.get(criterion.pk) != mark:
            stored = mark_text(self.other.get(criterion.pk)) or gettext("no mark")
        return Row(
            number=number,
            criterion=criterion,
            field=field,
            text=text,
            most=mark_text(criterion.max_marks),
            position="" if mark is None else f"{100 * mark / criterion.max_marks:.2f}%",
            # A sheet nobody has saved yet is empty, not incomplete.
            missing=not text.strip() and self.sheet.saved_at is not None,
            stored=stored,
        )


class ReasonForm(forms.Form):
    """Asks for the reason of an act that is kept with it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )


class SheetReasonForm(ReasonForm):
    """Which sheet the chair excuses or opens again, and why (rules: M5, M6)."""

    sheet = forms.ChoiceField(widget=forms.Select(attrs={"class": "form-select"}))
    field_order = ("sheet", "reason")

    def __init__(self, data: Any = None, *, label: str, sheets: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        field = self.fields["sheet"]
        assert isinstance(field, forms.ChoiceField)
        field.label = label
        field.choices = [("", gettext("Choose a sheet")), *sheets]


class DiscussionForm(forms.Form):
    """The minutes of one talk of the panel about one video (rules: M5)."""

    text = forms.CharField(
        label=_("What was said and decided"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6, "class": "form-control"}),
    )
