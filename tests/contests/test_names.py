"""Names: stored clean, searched without tones, sorted the Vietnamese way."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contests.names import clean_text, name_sort_key, search_key


def in_order(*names):
    keys = [name_sort_key(name) for name in names]
    return all(left < right for left, right in pairwise(keys))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Nguyễn \t Văn\n An ", "Nguyễn Văn An"),
        (unicodedata.normalize("NFD", "Nguyễn Đặng Ước"), "Nguyễn Đặng Ước"),
        ("Nguyễn\u00a0Văn\u3000An", "Nguyễn Văn An"),
        ("Ng\u200bu\u00adyễn\ufeff An\u202c", "Nguyễn An"),
        ("An\x00\x07 Bình", "An Bình"),
        ("An \u200b Bình", "An Bình"),
        ("a\ud800b", "ab"),
        ("\u200b", ""),
        ("", ""),
    ],
)
def test_text_is_stored_composed_single_spaced_and_visible(typed, stored):
    assert clean_text(typed) == stored


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    once = clean_text(text)
    assert clean_text(once) == once
    once.encode()


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Nguyễn Đặng", "nguyen dang"),
        (unicodedata.normalize("NFD", "NGUYỄN  ĐẶNG"), "nguyen dang"),
        ("Ðặng Ðình", "dang dinh"),  # the Icelandic letter of old fonts
        ("Ưng Ơn Ăn Âm Êm Ôm", "ung on an am em om"),
        ("Trường THPT Đoàn Văn Tố", "truong thpt doan van to"),
        ("nguyen dang", "nguyen dang"),
        ("H'Hen Niê", "h'hen nie"),
        ("", ""),
    ],
)
def test_search_key_folds_tones_letters_and_case(name, key):
    assert search_key(name) == key


def test_typed_words_are_found_inside_the_key():
    assert search_key("nguyen dang") in search_key("Lê Nguyễn Đặng Khoa")
    assert search_key("ĐẶNG") in search_key("Nguyễn Đặng")


def test_given_name_comes_first_then_family_then_middle_names():
    assert in_order(
        "Trần An",
        "Lê Văn Bình",
        "Lê Thị Cẩm",
        "An Dũng",
    )
    assert in_order("Lê Văn An", "Nguyễn Bá An", "Trần An")
    assert in_order("Nguyễn An", "Nguyễn Bá An", "Nguyễn Thị An", "Nguyễn Thị Thu An")


def test_letters_follow_the_vietnamese_alphabet():
    assert in_order(*"aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")
    assert in_order("Dung", "Duyên", "Đan", "Em", "Ếch", "Giang")
    assert in_order("Hoa", "Hô", "Hơ", "Hu", "Hư")


def test_tones_follow_ngang_huyen_hoi_nga_sac_nang():
    assert in_order("ma", "mà", "mả", "mã", "má", "mạ")
    assert in_order("mâ", "mầ", "mẩ", "mẫ", "mấ", "mậ")
    assert in_order("ngươi", "người", "ngưởi", "ngưỡi", "ngưới", "ngượi")


def test_all_letters_of_a_word_weigh_more_than_its_tones():
    assert in_order("Hạ", "Lan", "Hà Lan")
    assert in_order("Lê Hạ", "Lê Hai", "Lê Hài", "Lê Hải", "Lê Hãn")
    assert in_order("Lạc", "Lam", "Lãm", "Lăm")


def test_tones_of_the_given_name_weigh_more_than_the_family_name():
    assert in_order("Vũ Hoa", "An Hòa", "An Hóa")


def test_case_and_the_place_of_the_tone_make_no_difference():
    assert name_sort_key("NGUYỄN VĂN HOÀ") == name_sort_key("Nguyễn Văn Hòa")
    assert name_sort_key(unicodedata.normalize("NFD", "Lê Ậu")) == name_sort_key("lê ậu")
    assert name_sort_key("Ðức") == name_sort_key("Đức")


def test_a_shorter_word_comes_before_a_longer_one():
    assert in_order("Lê An", "Lê Anh", "Lê Ân")
    assert in_order("An", "Lê An")


def test_text_outside_the_alphabet_has_a_place_too():
    assert in_order("Lê 1", "Lê 2", "Lê A", "Lê Z", "Lê Ж", "Lê 李")
    assert in_order("Muller", "Müller", "Mung")
    assert name_sort_key("") == b""
    assert name_sort_key("\u0301") != b""


@given(st.text(max_size=30), st.text(max_size=30))
def test_key_depends_on_the_cleaned_name_only(left, right):
    assert name_sort_key(left) == name_sort_key(f" {left}\u200b ")
    if clean_text(left) == clean_text(right):
        assert name_sort_key(left) == name_sort_key(right)
