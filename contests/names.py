"""How names and other short texts are stored, searched for and sorted."""

import unicodedata

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_BYTES = {letter: bytes([0x20 + index]) for index, letter in enumerate(_LETTERS)}
_DIGIT_BYTES = {digit: bytes([0x10 + index]) for index, digit in enumerate("0123456789")}
# Escape byte of every other character; above the letters, so that foreign text comes last.
_OTHER = b"\xf0"
_END = b"\x01"

_BREVE, _CIRCUMFLEX, _HORN = "\u0306", "\u0302", "\u031b"
_LETTER_MARKS = {
    ("a", _BREVE): "ă",
    ("a", _CIRCUMFLEX): "â",
    ("e", _CIRCUMFLEX): "ê",
    ("o", _CIRCUMFLEX): "ô",
    ("o", _HORN): "ơ",
    ("u", _HORN): "ư",
}
# Ngang has no mark and so no byte: the end of the tones, which sorts before all of these.
_TONE_BYTES = {
    "\u0300": b"\x02",  # huyền
    "\u0309": b"\x03",  # hỏi
    "\u0303": b"\x04",  # ngã
    "\u0301": b"\x05",  # sắc
    "\u0323": b"\x06",  # nặng
}
_OTHER_MARK = b"\x07"

# The Icelandic letter looks like the Vietnamese one and is what some old fonts typed.
_ETH_TO_D_STROKE = str.maketrans({"ð": "đ"})
_D_STROKE_TO_D = str.maketrans({"đ": "d", "ð": "d"})


def clean_text(text: str) -> str:
    """Return `text` as it is stored: NFC, trimmed, single-spaced, nothing invisible.

    Line breaks, tabs and no-break spaces become one space; zero-width, control, private and
    unpaired surrogate characters go.
    """
    text = " ".join(text.split())
    if not text.isprintable():
        visible = (c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs"))
        text = " ".join("".join(visible).split())
    return unicodedata.normalize("NFC", text)


def search_key(text: str) -> str:
    """Return `text` as it is searched: tones folded, đ as d, lower case, single-spaced.

    "nguyen dang" is inside the key of "Nguyễn Đặng"; typed words go through the same function.
    """
    bare = "".join(c for c in _decomposed(text) if unicodedata.category(c) != "Mn")
    return clean_text(bare.translate(_D_STROKE_TO_D))


def name_sort_key(full_name: str) -> bytes:
    """Return bytes whose binary order is the Vietnamese order of people's names.

    Given name (the last word), then family name (the first), then middle names; each word by
    letters (a ă â b c d đ e ê ...) and only then by tones (ngang huyền hỏi ngã sắc nặng).
    Upper and lower case are equal, and so are "Hoà" and "Hòa". Digits come before letters,
    text outside the alphabet after them. An empty name gives b"".
    """
    words = _decomposed(full_name).split()
    return b"".join(_word_key(word) for word in words[-1:] + words[:-1])


def _decomposed(text: str) -> str:
    """Lower case with every mark a character of its own, in canonical order."""
    lowered = unicodedata.normalize("NFKD", clean_text(text)).casefold()
    return unicodedata.normalize("NFKD", lowered)


def _word_key(word: str) -> bytes:
    letters: list[bytes] = []
    tones: list[bytes] = []
    base = ""
    for char in word.translate(_ETH_TO_D_STROKE):
        if unicodedata.combining(char) and base:
            if marked := _LETTER_MARKS.get((base, char)):
                letters[-1] = _LETTER_BYTES[marked]
            else:
                tones.append(_TONE_BYTES.get(char, _OTHER_MARK))
            continue
        base = char
        letters.append(_LETTER_BYTES.get(char) or _DIGIT_BYTES.get(char) or _other(char))
    # The end is below every tone and a tone below every letter: a shorter word comes first, and
    # tones are compared only where all letters are equal.
    return b"".join(letters) + b"".join(tones) + _END


def _other(char: str) -> bytes:
    # Three bytes hold every code point, so a shorter one is never another one's beginning.
    return _OTHER + ord(char).to_bytes(3, "big")
