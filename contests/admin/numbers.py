"""Typed phone numbers and staff codes in the admin's forms, as they are stored (rules: P3)."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from contests import identity


def clean_phone(typed: str) -> str:
    """Return a typed phone number as it is stored, "" for none; for the clean methods of forms."""
    try:
        return identity.normalise_phone(typed) if typed.strip() else ""
    except identity.InvalidPhone as error:
        raise ValidationError(gettext(str(error))) from error


def clean_staff_code(typed: str) -> str:
    """Return a typed staff code as it is stored, "" for none; for the clean methods of forms."""
    try:
        return identity.normalise_staff_code(typed) if typed.strip() else ""
    except identity.InvalidStaffCode as error:
        raise ValidationError(gettext(str(error))) from error
