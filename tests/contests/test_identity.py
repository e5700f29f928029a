"""Identity: phones, staff codes and access codes as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contests.identity import (
    InvalidPhone,
    InvalidStaffCode,
    normalise_phone,
    normalise_staff_code,
)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0912345678", "0912345678"),
        ("0912 345 678", "0912345678"),
        ("+84 912.345.678", "0912345678"),
        ("84912345678", "0912345678"),
        ("+84 (0) 912-345-678", "0912345678"),
        ("840912345678", "0912345678"),
        ("0084 912 345 678", "0912345678"),
        ("912345678", "0912345678"),
        ("912345678.0", "0912345678"),
        ("842345678", "0842345678"),  # begins with 84, yet only lost its 0
        ("84842345678", "0842345678"),
        ("'0912345678", "0912345678"),
        ("\u202a0912\u00a0345\u2013678\u202c", "0912345678"),
        ("０９１２３４５６７８", "0912345678"),
        ("0299 3821 234", "02993821234"),
        ("(0299) 3.821.234", "02993821234"),
        ("2993821234", "02993821234"),
        ("+84 299 3821 234", "02993821234"),
        ("024 3825 1234", "02438251234"),
    ],
)
def test_phone_is_brought_to_one_form(typed, number):
    assert normalise_phone(typed) == number


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "Enter a phone number."),
        (" - ", "Enter a phone number."),
        ("+", "Enter a phone number."),
        ("091234567", "not a phone number in use"),
        ("0123456789", "not a phone number in use"),
        ("01234567890", "not a phone number in use"),
        ("0299382123", "not a phone number in use"),
        ("12345", "too short"),
        ("0912345678 / 0987654321", "too long"),
        ("0912345678 máy lẻ 2", "digits only"),
        ("9.12E+08", "digits only"),
        ("09123456٧٨", "digits only"),
        ("+1 202 555 0100", "Vietnamese"),
        ("+0912345678", "Vietnamese"),
    ],
)
def test_what_is_no_phone_is_refused_with_the_reason(typed, reason):
    with pytest.raises(InvalidPhone, match=reason):
        normalise_phone(typed)


@given(st.from_regex(r"0[35789][0-9]{8}|02[0-9]{9}", fullmatch=True).filter(str.isascii))
def test_every_spelling_of_a_number_gives_the_number(number):
    rest = number[1:]
    spellings = [number, rest, f"84{rest}", f"+84{rest}", f"+840{rest}", " ".join(number)]
    assert {normalise_phone(spelling) for spelling in spellings} == {number}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (" st-0042 ", "ST-0042"),
        ("st 00 42", "ST0042"),
        ("15.a/2020", "15.A/2020"),
        ("cb\u20130042", "CB-0042"),
        ("đt_7", "ĐT_7"),
        ("0042", "0042"),
    ],
)
def test_staff_code_is_upper_case_without_blanks(typed, code):
    assert normalise_staff_code(typed) == code


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("  ", "Enter a staff code."),
        ("A" * 41, "too long"),
        ("=1+1", "letters, digits"),
        ("-", "letters, digits"),
        ("A;B", "letters, digits"),
    ],
)
def test_what_is_no_staff_code_is_refused_with_the_reason(typed, reason):
    with pytest.raises(InvalidStaffCode, match=reason):
        normalise_staff_code(typed)
