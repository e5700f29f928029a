"""Forms of the jury: one score sheet, a conflict of interest, an excuse."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scoring.models import Criterion, ScoreSheet

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


class MarkingForm(forms.Form):
    """One judge's marks for one video. `marks` are the stored ones, by criterion id."""

    revision = forms.CharField(required=False, widget=forms.HiddenInput)
    remark = forms.CharField(
        label=_("Remark for the panel"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        sheet: ScoreSheet,
        criteria: Sequence[Criterion],
        marks: Mapping[int, Decimal],
    ) -> None:
        super().__init__(
            data,
            initial={
                "revision": sheet.revision,
                "remark": sheet.remark,
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

    def seen_revision(self) -> int:
        """Return the save this window was filled from; −1 for a revision nobody gave out."""
        text = self.cleaned_data["revision"]
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1

    def is_unchanged(self) -> bool:
        """Whether a valid form holds exactly what is stored."""
        given = {key: value for key, value in self.marks().items() if value is not None}
        return given == self.stored and self.cleaned_data["remark"] == self.sheet.remark

    def show_other_window(self, *, sheet: ScoreSheet, marks: dict[int, Decimal]) -> None:
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

    def remark_elsewhere(self) -> str:
        """Return the remark another window saved, where it differs from the one typed here."""
        same = self.sheet.remark == self["remark"].value()
        return "" if self.other is None or same else self.sheet.remark

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
            missing=not text.strip() and self.sheet.revision > 0,
            stored=stored,
        )


class ReasonForm(forms.Form):
    """Asks for the reason of an act that is kept with it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )


class ExcuseForm(ReasonForm):
    """Which missing sheet the chair excuses, and why (rules: M5)."""

    sheet = forms.ChoiceField(
        label=_("Missing sheet"), widget=forms.Select(attrs={"class": "form-select"})
    )
    field_order = ("sheet", "reason")

    def __init__(self, data: Any = None, *, missing: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        choices = self.fields["sheet"]
        assert isinstance(choices, forms.ChoiceField)
        choices.choices = [("", gettext("Choose a sheet")), *missing]
