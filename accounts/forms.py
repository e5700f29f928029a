"""Forms of those who sign in with a password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import devices, throttle
from accounts.models import User
from accounts.roles import JUDGE, ORGANIZER


def throttled_message(throttled: throttle.Throttled) -> ValidationError:
    """Return what a person is told who has to wait."""
    return ValidationError(
        _("Too many attempts. Wait %(minutes)s minutes, then try again."),
        code="throttled",
        params={"minutes": throttled.minutes},
    )


class StaffSignInForm(AuthenticationForm):
    """Sign-in name and password; wrong ones are counted before they are looked at.

    Unknown names, wrong passwords and accounts that are closed get one answer, in equal time:
    Django hashes the password in each case.
    """

    error_messages = {
        "invalid_login": _("The sign-in name or the password is not right."),
        "inactive": _("The sign-in name or the password is not right."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.throttled: throttle.Throttled | None = None
        self.fields["username"].label = _("Sign-in name")
        self.fields["password"].label = _("Password")

    def clean(self) -> dict[str, Any]:
        account = self.cleaned_data.get("username")
        if not account or not self.cleaned_data.get("password"):
            return self.cleaned_data
        assert self.request is not None
        try:
            guess = throttle.claim(
                throttle.PASSWORD,
                account=account,
                address=throttle.client_address(self.request),
                device=devices.known_device(self.request, account=account),
                now=timezone.now(),
            )
        except throttle.Throttled as throttled:
            self.throttled = throttled
            raise throttled_message(throttled) from throttled
        cleaned = super().clean()
        guess.give_back()
        return cleaned


class StaffRolesMixin(forms.ModelForm):
    """The staff role of an account: a group, and with it the door to the administration."""

    may_appoint_organizers = False

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(ORGANIZER, _("Organizer")), (JUDGE, _("Judge"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_(
            "Leave all unticked for a unit's coordinator, who is named in the unit itself."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "roles" not in self.fields:
            return
        if not self.may_appoint_organizers:
            self.fields["roles"].choices = [(JUDGE, _("Judge"))]  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["roles"] = list(self.instance.groups.values_list("name", flat=True))


class StaffCreationForm(StaffRolesMixin, BaseUserCreationForm):
    """A new account with a password."""

    class Meta:
        model = User
        fields = ("username", "full_name", "phone", "staff_code", "email")


class StaffChangeForm(StaffRolesMixin):
    """An account; the password is changed on a page of its own."""

    class Meta:
        model = User
        fields = ("username", "full_name", "phone", "staff_code", "email", "is_active")
