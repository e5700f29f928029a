"""What tells one person from another: phone numbers and staff codes.

The texts of the errors are English message ids for gettext; whoever shows them translates them.
"""

import re
import unicodedata

from contests.names import clean_text

STAFF_CODE_MAX_LENGTH = 40

_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_PHONE_SEPARATORS = str.maketrans("", "", f" .,()/'{_DASHES}")
_MOBILE = re.compile(r"0[35789][0-9]{8}")
_LANDLINE = re.compile(r"02[0-9]{9}")
_EXCEL_FLOAT = re.compile(r"([0-9]{9,12})\.0+")
_STAFF_CODE = re.compile(r"[^\W_][\w./-]*")


def gettext_noop(message: str) -> str:
    """Mark a message id for translation without importing the framework."""
    return message


class InvalidPhone(ValueError):
    """The text is not one Vietnamese phone number; `str()` says why."""


class InvalidStaffCode(ValueError):
    """The text cannot be a staff code; `str()` says why."""


def normalise_phone(typed: str) -> str:
    """Return the number as digits with its leading 0: ten for a mobile, eleven for a landline.

    Accepts blanks, dots and dashes, +84, 84 or 0084 in front, and numbers that lost their
    leading 0 in a spreadsheet. Raises InvalidPhone. (rules: P3)
    """
    text = unicodedata.normalize("NFKC", clean_text(typed))
    if whole := _EXCEL_FLOAT.fullmatch(text):
        text = whole.group(1)
    digits = text.translate(_PHONE_SEPARATORS)
    if digits in ("", "+"):
        raise InvalidPhone(gettext_noop("Enter a phone number."))
    international = digits.startswith(("+", "00"))
    digits = digits.removeprefix("+").removeprefix("00")
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidPhone(gettext_noop("A phone number has digits only; enter one number."))
    if international and not digits.startswith("84"):
        raise InvalidPhone(gettext_noop("Enter a Vietnamese phone number."))
    for national in _national_forms(digits, international=international):
        if _MOBILE.fullmatch(national) or _LANDLINE.fullmatch(national):
            return national
    if len(digits) < 9:
        raise InvalidPhone(gettext_noop("The phone number is too short."))
    if len(digits) > 12:
        raise InvalidPhone(gettext_noop("The phone number is too long; enter one number."))
    raise InvalidPhone(
        gettext_noop(
            "This is not a phone number in use: a mobile number has 10 digits and begins with "
            "03, 05, 07, 08 or 09, a landline has 11 digits and begins with 02."
        )
    )


def _national_forms(digits: str, *, international: bool) -> list[str]:
    """The readings of a run of digits, likeliest first; at most one of them has a right length."""
    rest = digits[2:].removeprefix("0")
    if international:
        return [f"0{rest}"]
    forms = [digits, f"0{digits}"]
    return [*forms, f"0{rest}"] if digits.startswith("84") else forms


def normalise_staff_code(typed: str) -> str:
    """Return a staff code in upper case without blanks. Raises InvalidStaffCode. (rules: P3)"""
    text = unicodedata.normalize("NFKC", clean_text(typed))
    for dash in _DASHES[1:]:
        text = text.replace(dash, "-")
    code = "".join(text.split()).upper()
    if not code:
        raise InvalidStaffCode(gettext_noop("Enter a staff code."))
    if len(code) > STAFF_CODE_MAX_LENGTH:
        raise InvalidStaffCode(gettext_noop("The staff code is too long."))
    if not _STAFF_CODE.fullmatch(code):
        raise InvalidStaffCode(
            gettext_noop("A staff code has letters, digits, dots, dashes and slashes only.")
        )
    return code
