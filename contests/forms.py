"""Forms with which a person enters a contest: registration, sign-in by code, consent."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import throttle
from accounts.forms import throttled_message
from contests import access, identity, names
from contests.clock import database_now
from contests.models import Contest, Participant
from contests.registration import Person

# A phone's number pad has no slash, so eight digits in a row are a date too.
BIRTH_DATE_FORMATS = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d%m%Y", "%Y-%m-%d"]


def consent_field(contest: Contest, *, required: bool = True) -> forms.BooleanField:
    """Return the box, unticked, with which a person agrees to the data notice (rules: P5)."""
    return forms.BooleanField(
        label=_consent_label(contest),
        required=required,
        error_messages={
            "required": _("Without your consent you cannot take part, and nothing is stored.")
        },
    )


def _consent_label(contest: Contest) -> SafeString:
    return format_html(
        '{} <a href="{}" target="_blank" rel="noopener">{}</a>',
        gettext(
            "I agree that the organizing board processes the data I gave in order to hold the"
            " contest and to draw up the list of awards."
        ),
        reverse("privacy", kwargs={"slug": contest.slug}),
        gettext("Read the full text"),
    )


class ConsentForm(forms.Form):
    """The confirmation of the data notice; without a field for whom has confirmed already."""

    def __init__(self, *args: Any, contest: Contest, needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needed:
            self.fields["consent"] = consent_field(contest)


class RegistrationForm(forms.Form):
    """What is asked of somebody who registers (rules: P2, P5)."""

    full_name = forms.CharField(
        label=_("Full name"),
        max_length=120,
        help_text=_("With all accents, as in your staff record."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    unit = forms.TypedChoiceField(label=_("Competing unit"))
    phone = forms.CharField(
        label=_("Phone number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    staff_code = forms.CharField(
        label=_("Staff code"),
        max_length=60,
        required=False,
        help_text=_("The phone number or the staff code is needed; you sign in with it later."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    birth_date = forms.DateField(
        label=_("Birth date (optional)"),
        required=False,
        input_formats=BIRTH_DATE_FORMATS,
        help_text=_("For example 05/06/1990 or 05061990."),
        widget=forms.DateInput(
            format="%d/%m/%Y", attrs={"inputmode": "numeric", "autocomplete": "bday"}
        ),
    )
    position = forms.CharField(label=_("Position (optional)"), max_length=120, required=False)
    workplace = forms.CharField(
        label=_("Workplace (optional)"),
        max_length=200,
        required=False,
        help_text=_("The school, ward or department where you work, if it is not the unit itself."),
    )
    email = forms.EmailField(
        label=_("E-mail (optional)"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, contest: Contest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = {str(unit.pk): unit for unit in contest.units.order_by("code", "pk")}
        field = self.fields["unit"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("Choose your unit")), *_by_block(units)]
        field.coerce = units.__getitem__
        self.fields["consent"] = consent_field(contest)

    def clean_full_name(self) -> str:
        name = names.clean_text(self.cleaned_data["full_name"])
        if len(name.split()) < 2:
            raise ValidationError(_("Enter the family name and the given name."))
        return name

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"]
        try:
            return identity.normalise_phone(typed) if typed else ""
        except identity.InvalidPhone as error:
            raise ValidationError(gettext(str(error))) from error

    def clean_staff_code(self) -> str:
        typed = self.cleaned_data["staff_code"]
        try:
            return identity.normalise_staff_code(typed) if typed else ""
        except identity.InvalidStaffCode as error:
            raise ValidationError(gettext(str(error))) from error

    def clean_birth_date(self) -> Any:
        born = self.cleaned_data["birth_date"]
        if born and not 1900 <= born.year <= timezone.localdate().year - 14:
            raise ValidationError(_("Check the year of the birth date."))
        return born

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        untouched = not ({"phone", "staff_code"} & self.errors.keys())
        if untouched and not (cleaned.get("phone") or cleaned.get("staff_code")):
            self.add_error("phone", _("Enter a phone number or a staff code."))
        return cleaned

    def person(self) -> Person:
        """Return what was entered; for a valid form."""
        fields = {name: value for name, value in self.cleaned_data.items() if name != "consent"}
        return Person(**fields)


def _by_block(units: dict[str, Any]) -> list[Any]:
    """Group choices by block: blocks by their first unit's code, units by code inside."""
    place: dict[str, int] = {}
    for unit in units.values():
        place.setdefault(unit.block, len(place))
    ordered = sorted(units.items(), key=lambda item: place[item[1].block])
    groups: list[Any] = []
    for block, members in groupby(ordered, key=lambda item: item[1].block):
        choices = [(pk, unit.name) for pk, unit in members]
        groups += [(block, choices)] if block else choices
    return groups


class SignInForm(forms.Form):
    """Typed access code together with phone or staff code; guesses are counted, errors neutral."""

    identifier = forms.CharField(
        label=_("Phone number or staff code"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    code = forms.CharField(
        label=_("Access code"),
        max_length=40,
        help_text=_("10 letters and digits; small letters will do, the dash may be left out."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "code",
            }
        ),
    )

    def __init__(self, *args: Any, request: HttpRequest, contest: Contest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.contest = contest
        self.participant: Participant | None = None
        self.throttled: throttle.Throttled | None = None
        # Whether the person has to agree to the data notice; known once the code proved right.
        self.asks_consent = False
        self.fields["consent"] = consent_field(contest, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if not (cleaned.get("identifier") and cleaned.get("code")):
            return cleaned
        guess = self._claim(cleaned["identifier"])
        self.participant = access.participant_by_typed_code(
            contest=self.contest, identifier=cleaned["identifier"], typed=cleaned["code"]
        )
        if self.participant is None:
            raise ValidationError(
                _("The phone number, staff code or access code is not right."), code="wrong"
            )
        guess.give_back()
        self.asks_consent = access.needs_consent(self.participant)
        if self.asks_consent and not cleaned["consent"]:
            if "consent_shown" in self.data:
                self.add_error("consent", self.fields["consent"].error_messages["required"])
            else:
                raise ValidationError(
                    _("One more step: read the notice on personal data and tick the box."),
                    code="consent",
                )
        return cleaned

    def _claim(self, identifier: str) -> throttle.Guess:
        try:
            return throttle.claim(
                throttle.CODE,
                account=f"{self.contest.pk}:{access.account_key(identifier)}",
                address=throttle.client_address(self.request),
                now=database_now(),
            )
        except throttle.Throttled as throttled:
            self.throttled = throttled
            raise throttled_message(throttled) from throttled
