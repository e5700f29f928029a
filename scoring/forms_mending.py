"""Forms to mend the key of a question: which way, and why (rules: Q12)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contests.models import Choice, KeyChange
from contests.regrading import LETTERS

SHOWN = 160


class MendForm(forms.Form):
    """The ways to mend a key; `left` are those that would still change something.

    All are taken: the same sent twice is met by the verb, which says that it was done.
    """

    way = forms.ChoiceField(
        label=gettext_lazy("How to mend the key"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose how the key is to be mended."),
            "invalid_choice": gettext_lazy("Choose how the key is to be mended."),
        },
    )

    def __init__(
        self, *args: Any, choices: Collection[Choice], accepted: Collection[int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.by_way = {f"accept-{LETTERS[choice.position]}": choice for choice in choices}
        open_ways = {way for way, choice in self.by_way.items() if choice.pk not in accepted}
        every: set[str] = {KeyChange.Kind.ACCEPT_ALL} if open_ways else set()
        self.left_ways = open_ways | every | {KeyChange.Kind.DROP}
        field = self.fields["way"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            *((way, _accepting(choice)) for way, choice in self.by_way.items()),
            (
                KeyChange.Kind.ACCEPT_ALL,
                _("Accept every answer given; who left the question open stays wrong"),
            ),
            (KeyChange.Kind.DROP, _("Take the question out of the count, for everybody")),
        ]

    def left(self) -> list[Any]:
        """Return the radio buttons to be shown."""
        return [box for box in self["way"] if box.data["value"] in self.left_ways]

    def mend(self) -> tuple[str, Choice | None]:
        """Return the kind of the change, and the choice it accepts."""
        way = str(self.cleaned_data["way"])
        return way.partition("-")[0], self.by_way.get(way)


def _accepting(choice: Choice) -> str:
    text = Truncator(choice.text).chars(SHOWN)
    said = _("Accept choice %(letter)s as well: “%(text)s”")
    return said % {"letter": LETTERS[choice.position], "text": text}


class MendReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why the key is mended"),
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
        help_text=gettext_lazy(
            "Kept in the log, and printed with the results once nobody can answer the question any"
            " more: name the document, no persons."
        ),
    )
