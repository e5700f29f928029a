"""Form fields of the admin for settings that are no plain text: orders, megabytes, moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTimeWidget
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MEGABYTE = 1024 * 1024


class ChainWidget(forms.MultiWidget):
    """One list box for each place of the order."""

    use_fieldset = True

    def __init__(self, choices: Sequence[tuple[str, str | Promise]]) -> None:
        super().__init__(
            [
                forms.Select(choices=[("", "–"), *choices], attrs={"aria-label": f"{place}."})
                for place in range(1, len(choices) + 1)
            ]
        )

    def decompress(self, value: Any) -> list[str]:
        keys = value if isinstance(value, list) else []
        return [*keys, *[""] * len(self.widgets)][: len(self.widgets)]


class ChainField(forms.MultiValueField):
    """An order of keys, each at most once (rules: S8); cleans to the list of keys."""

    def __init__(
        self, labels: Mapping[str, str | Promise], *, label: Any, help_text: Any = ""
    ) -> None:
        choices = list(labels.items())
        super().__init__(
            [forms.ChoiceField(choices=choices, required=False) for _key in choices],
            label=label,
            help_text=help_text,
            required=False,
            require_all_fields=False,
            widget=ChainWidget(choices),
        )

    def compress(self, data_list: Sequence[str]) -> list[str]:
        keys = [key for key in data_list if key]
        if len(set(keys)) < len(keys):
            raise ValidationError(_("The same is named twice in this order."))
        return keys

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = initial if isinstance(initial, list) else []
        return [key for key in data or [] if key] != before


class MegabyteField(forms.IntegerField):
    """Bytes in the row, whole megabytes from 1 to `most` on the page."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def to_python(self, value: Any) -> int | None:
        megabytes = super().to_python(value)
        return None if megabytes is None else megabytes * MEGABYTE

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not MEGABYTE <= value <= self.most * MEGABYTE:
            raise ValidationError(_("Enter a number from 1 to %(most)s.") % {"most": self.most})

    def prepare_value(self, value: Any) -> Any:
        return value // MEGABYTE if isinstance(value, int) else value


class TimeWidget(AdminTimeWidget):
    """Hours and minutes; seconds only where there are any, or saving the form would drop them."""

    def format_value(self, value: Any) -> str | None:
        if getattr(value, "second", 0):
            return str(value.strftime("%H:%M:%S"))
        return super().format_value(value)


class MomentWidget(AdminSplitDateTime):
    """The stock date and time with hours and minutes."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.widgets = (self.widgets[0], TimeWidget())
