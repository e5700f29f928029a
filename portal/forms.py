"""Forms of a unit's desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contests.models.people import ParticipantQuerySet


class ReissueForm(forms.Form):
    """Why a person gets a new code."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("For example: lost the phone, deleted the message."),
    )


class ConfirmForm(forms.Form):
    """Which of the self-registered people belong to the unit (rules: P6)."""

    people = forms.TypedMultipleChoiceField(
        label=_("People to confirm"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one person.")},
    )

    def __init__(self, *args: Any, waiting: ParticipantQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["people"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [
            (
                person.number,
                " · ".join(
                    part
                    for part in (
                        person.full_name,
                        person.position,
                        person.workplace,
                        person.phone or person.staff_code,
                    )
                    if part
                ),
            )
            for person in waiting.in_name_order()
        ]
