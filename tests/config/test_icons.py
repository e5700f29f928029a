"""The icons: each one named has its drawing, each drawing is named somewhere."""

import re
from pathlib import Path

from django.conf import settings
from django.template import Context, Template

TEMPLATES = Path(settings.BASE_DIR) / "templates"
DRAWINGS = TEMPLATES / "icons"


def test_an_icon_is_its_drawing_unescaped() -> None:
    shown = Template('{% icon "flag" %}').render(Context())

    assert shown == (DRAWINGS / "flag.svg").read_text(encoding="utf-8")


def test_drawings_and_names_belong_together() -> None:
    named = {
        name
        for path in TEMPLATES.rglob("*.*")
        for name in re.findall(r'{% icon "([a-z_-]+)" %}', path.read_text(encoding="utf-8"))
    }

    assert named == {path.stem for path in DRAWINGS.glob("*.svg")}
