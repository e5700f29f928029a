"""The Vietnamese catalog means the same to every Python the program runs on."""

import gettext
import re
from pathlib import Path

from tests.processes import ROOT

ROOMS = ("accounts", "config", "contests", "media_uploads", "scoring", "portal")


def test_no_text_with_a_plural_is_also_used_alone() -> None:
    """Python before 3.11.5 or so does not find the singular of such a text: it stays English."""
    catalog = (ROOT / "locale/vi/LC_MESSAGES/django.mo").open("rb")
    with catalog:
        messages = gettext.GNUTranslations(catalog)._catalog  # type: ignore[attr-defined]
    counted = {key[0] for key in messages if isinstance(key, tuple)}
    alone = re.compile(r'(?<![a-z])(?:_|gettext|gettext_lazy|gettext_noop)\(\s*"([^"\\]+)"\s*\)')
    found = {
        (str(path.relative_to(ROOT)), text)
        for room in ROOMS
        for path in Path(ROOT / room).rglob("*.py")
        for text in alone.findall(path.read_text())
        if text in counted
    }
    assert counted
    assert found == set()
