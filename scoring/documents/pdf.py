"""PDF files, to be kept for good (PDF/A-2a), by Typst: data go in as JSON, never as markup."""

from __future__ import annotations

import datetime as dt
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

CONTENT_TYPE = "application/pdf"
LAYOUTS = Path(__file__).parent / "layouts"
FONTS = Path(settings.BASE_DIR) / "static" / "vendor" / "print"
# PDF/A-2a: every letter shown, searchable and told to a screen reader; anything less is an error.
STANDARD: Final = "a-2a"
UNPRINTABLE = re.compile(r"the text (?:contains the disallowed codepoint )?`?(\"[^`]*\")`")


class Unprintable(Exception):
    """A text holds a character that no font here has; `args[0]` says which, to a person."""


def render(layout: str, data: dict[str, Any], *, at: dt.datetime) -> bytes:
    """Return `layouts/{layout}.typ` filled with `data` as PDF/A-2a; equal data, equal bytes.

    `at` is the document's date, for its properties. Unprintable where a character has no glyph;
    RuntimeError where the layout itself is at fault, a font that is not there included.
    """
    import typst  # only here: every web process would carry its 40 MB

    compiler = typst.Compiler(
        LAYOUTS / f"{layout}.typ",
        root=LAYOUTS,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    # A PDF's date has no fraction.
    whole_second = at.astimezone(dt.UTC).replace(microsecond=0)
    try:
        content, warnings = compiler.compile_with_warnings(
            format="pdf", pdf_standards=[STANDARD], timestamp=whole_second
        )
    except typst.TypstError as error:
        raise _refusal(error, data) from error
    if warnings:
        raise RuntimeError(f"{layout}.typ: {warnings[0].message}")
    assert isinstance(content, bytes)  # one file, not one a page
    return content


@cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _refusal(error: Any, data: dict[str, Any]) -> Exception:
    found = UNPRINTABLE.search(error.message)
    if found is None:
        return RuntimeError(error.diagnostic)
    sign = _unescaped(found[1])
    text = _("The fonts of the document have no sign “%(sign)s” (%(code)s), found in “%(text)s”.")
    code = " ".join(f"U+{ord(letter):04X}" for letter in sign)
    return Unprintable(text % {"sign": sign, "code": code, "text": _holding(data, sign)})


def _unescaped(quoted: str) -> str:
    """Return what a string of Typst stands for: "\\u{7}" is one character."""
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), quoted[1:-1])


def _holding(data: Any, sign: str) -> str:
    """Return the first text within `data` that has the sign, cut to what a message can hold."""
    if isinstance(data, str):
        return data[:80] if sign in data else ""
    values = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return next((text for value in values if (text := _holding(value, sign))), "")
