"""Forms about published results: final, ties, objections and their answers."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from scoring.models import Objection

MOST_TEXT = 4000


class FinalForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why the results are final"),
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )


class CorrectionForm(forms.Form):
    """Why published results are published anew; not asked the first time (rules: A4)."""

    reason = forms.CharField(
        label=gettext_lazy("Reason for the correction, shown with the results"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )

    def __init__(self, *args: Any, is_needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_needed


class TieForm(forms.Form):
    """Choose who of the tied gets the tier's last places, with a reason (rules: A2)."""

    chosen_keys = forms.MultipleChoiceField(
        label=gettext_lazy("Who gets this award"), widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason for the decision"),
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        edge: dict[str, Any],
        names: dict[str, str],
        prefix_id: int = 0,
        **kwargs: Any,
    ) -> None:
        kwargs["auto_id"] = f"id_tie{prefix_id}_%s"
        super().__init__(*args, **kwargs)
        self.seats = edge["seats"]
        field = self.fields["chosen_keys"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(names.items())

    def clean_chosen_keys(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["chosen_keys"]
        if len(chosen) != self.seats:
            raise forms.ValidationError(
                _("Choose exactly %(seats)s of the tied entries.") % {"seats": self.seats}
            )
        return chosen

    def chosen(self) -> list[Any]:
        """Return the chosen natural keys as the result set stores them."""
        return [json.loads(key) for key in self.cleaned_data["chosen_keys"]]


class ObjectionForm(forms.Form):
    """What a unit or a person holds against the results (rules: A4); `filers` as (key, name)."""

    filer = forms.ChoiceField(label=pgettext_lazy("objection", "On behalf of"))
    text = forms.CharField(
        label=gettext_lazy("What you object to, and why"),
        help_text=gettext_lazy(
            "Name the figure or the rank, and what it should be by your knowledge. Only you and"
            " the organizing board read this."
        ),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args: Any, filers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["filer"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = filers
        if len(filers) == 1:
            field.widget = forms.HiddenInput()
            field.initial = filers[0][0]


class ReplyForm(forms.Form):
    """The organizers' answer to an objection: the reason, and what becomes of the results (A4)."""

    effect = forms.ChoiceField(
        label=gettext_lazy("What becomes of the results"),
        choices=Objection.Effect,
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=gettext_lazy("Answer, with the reason"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 6}),
    )
