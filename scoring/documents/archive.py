"""Looks into a .docx somebody sent, before any library opens it: size, parts, no macros."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from django.utils.translation import gettext as _

MAX_BYTES = 1024 * 1024
MAX_PARTS = 200
MAX_UNPACKED_BYTES = 8 * 1024 * 1024
# What is read as a template; the default one has a tenth of it.
MAX_TEXT_BYTES = 1024 * 1024
MAX_TAGS = 500

MAIN = "word/document.xml"
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels"
    r"|docProps/[A-Za-z]+\.(xml|jpeg|jpg|png|emf|wmf)"
    r"|customXml/(_rels/)?[A-Za-z0-9]+\.xml(\.rels)?"
    r"|word/(glossary/)?(theme/)?(_rels/)?[A-Za-z0-9]+\.xml(\.rels)?"
    r"|word/media/[A-Za-z0-9_-]+\.(png|jpeg|jpg|gif|bmp|tiff|emf|wmf|svg)"
    r"|word/fonts/[A-Za-z0-9_-]+\.odttf"
)
# Parts in which the words of a template are looked for.
WRITTEN = re.compile(r"word/(document|footnotes|(header|footer)[0-9]*)\.xml")
MACROS = re.compile(r"vba(Project|Data)|macroEnabled|activeX|oleObject", re.IGNORECASE)
ENCODING = re.compile(rb"^\s*<\?xml[^>]*encoding=[\"']([^\"']+)")
OUTSIDE = re.compile(r"<Relationship\b[^>]*TargetMode=[\"']External[\"'][^>]*>")
MARKS = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
PAIRS = {"{{": "}}", "{%": "%}", "{#": "#}"}


class TemplateRefused(Exception):
    """The file is no template to draw up minutes with; `args[0]` says why, to a person."""


def check_docx(content: bytes, *, name: str) -> None:
    """Raise TemplateRefused unless the bytes are a Word file without macros, links or surprises.

    Counts and sizes are those the archive declares, and zipfile never unpacks more than that.
    """
    if len(content) > MAX_BYTES:
        raise TemplateRefused(_("The file is larger than 1 MB."))
    if name.lower().endswith((".docm", ".dotm")):
        raise TemplateRefused(_macros())
    if not name.lower().endswith(".docx"):
        raise TemplateRefused(_not_docx())
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_parts(archive)
            texts = {part: _text(archive, part) for part in archive.namelist() if _is_xml(part)}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise TemplateRefused(_not_docx()) from error
    _check_kind(texts)
    _check_tags([text for part, text in texts.items() if WRITTEN.fullmatch(part)])


def _is_xml(part: str) -> bool:
    return part.endswith((".xml", ".rels"))


def _not_docx() -> str:
    return _("This is not a Word file (.docx). Save the document in Word as .docx and try again.")


def _macros() -> str:
    return _("The file contains macros or embedded programs. Save it as .docx without them.")


def _check_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if any(part.flag_bits & 0x1 for part in parts):
        raise TemplateRefused(_("The file is protected by a password."))
    unpacked = sum(part.file_size for part in parts)
    written = sum(part.file_size for part in parts if WRITTEN.fullmatch(part.filename))
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES or written > MAX_TEXT_BYTES:
        raise TemplateRefused(_("The file is too large once it is unpacked."))
    names = [part.filename for part in parts]
    if any(MACROS.search(name) for name in names):
        raise TemplateRefused(_macros())
    if len(set(names)) != len(names) or not {MAIN, "[Content_Types].xml"} <= set(names):
        raise TemplateRefused(_not_docx())
    for found in names:
        if not found.endswith("/") and not PARTS.fullmatch(found):
            text = _("The file holds a part that a template does not need: %(part)s.")
            raise TemplateRefused(text % {"part": found[:100]})


def _text(archive: zipfile.ZipFile, part: str) -> str:
    """Return the XML of a part; ValueError for what is not plain UTF-8 without own entities."""
    content = archive.read(part)
    declared = ENCODING.match(content.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in {b"utf-8", b"us-ascii"}:
        raise ValueError(part)
    text = content.decode("utf-8")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError(part)
    return text


def _check_kind(texts: dict[str, str]) -> None:
    types = texts["[Content_Types].xml"]
    if MACROS.search(types):
        raise TemplateRefused(_macros())
    if MAIN_TYPE not in types:
        raise TemplateRefused(_not_docx())
    for part, text in texts.items():
        for link in OUTSIDE.findall(text) if part.endswith(".rels") else []:
            if "/hyperlink" not in link:
                raise TemplateRefused(
                    _("The file loads something from outside (a linked picture or template).")
                )


def _check_tags(texts: list[str]) -> None:
    """Refuse a tag that never ends: it would be looked for through the whole file each time."""
    tags = 0
    for text in texts:
        awaited = ""
        # Word may cut a tag anywhere with its own marks.
        for mark in MARKS.findall(re.sub(r"<[^>]*>", "", text)):
            expected = awaited or ", ".join(PAIRS)
            if mark not in ([awaited] if awaited else PAIRS):
                said = _("The template has “%(found)s” where “%(expected)s” is expected.")
                raise TemplateRefused(said % {"found": mark, "expected": expected})
            awaited = "" if awaited else PAIRS[mark]
            tags += 1
        if awaited:
            raise TemplateRefused(_("A tag of the template does not end with “%s”.") % awaited)
    if tags > 2 * MAX_TAGS:
        raise TemplateRefused(_("The template has more than 500 tags."))
