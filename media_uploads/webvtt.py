"""Captions in WebVTT: read strictly, kept and served only as written here.

What a stranger sends is parsed to moments and lines; styles, regions, notes, positions and every
tag but bold, italic and underline are left out, so that nothing but text can be in the stored file.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

MOST_BYTES = 500_000
TAGS = ("b", "i", "u")

_ARROW = re.compile(r"[ \t]*(\S+)[ \t]+-->[ \t]+(\S+)(?:[ \t]+.*)?")
_MOMENT = re.compile(r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})", re.ASCII)
_TAG = re.compile(r"<(?=[/a-z0-9])(/?)([a-z]*)[^<>]*>", re.ASCII | re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class NotCaptions(Exception):
    """The file cannot be taken; `message` says why, with the line where there is one."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        place = _("Line %(line)s: ") % {"line": line} if line else ""
        self.message = f"{place}{message}"


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from `start_ms` to `end_ms`; `text` is as WebVTT writes it."""

    start_ms: int
    end_ms: int
    text: str


def read(content: bytes) -> list[Cue]:
    """Return the cues of a WebVTT file. Raises NotCaptions."""
    if len(content) > MOST_BYTES:
        raise NotCaptions(_("The file is too large; captions weigh at most 500 kB."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotCaptions(_("The file is not in UTF-8. Save it as UTF-8 and try again.")) from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not re.fullmatch(r"WEBVTT([ \t].*)?", lines[0]):
        raise NotCaptions(_("The first line has to be WEBVTT."), 1)
    cues: list[Cue] = []
    for number, block in _blocks(lines[1:]):
        cue = _cue(number, block)
        if cue is None:
            continue
        if cues and cue.start_ms < cues[-1].start_ms:
            raise NotCaptions(_("This caption begins before the one above it."), number)
        cues.append(cue)
    if not cues:
        raise NotCaptions(_("There is no caption in the file."))
    return cues


def write(cues: list[Cue]) -> str:
    """Return the cues as a WebVTT file."""
    blocks = [f"{_moment(c.start_ms)} --> {_moment(c.end_ms)}\n{c.text}\n" for c in cues]
    return "WEBVTT\n\n" + "\n".join(blocks)


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The file's blocks, each with the number of its first line; the header's own lines go."""
    block: list[str] = []
    first, in_header = 2, True
    for number, line in enumerate([*lines, ""], start=2):
        if line.strip():
            if "-->" in line:
                in_header = False
            if not block:
                first = number
            block.append(line)
            continue
        if block and not in_header:
            yield first, block
        block, in_header = [], False


def _cue(number: int, block: list[str]) -> Cue | None:
    """The block's cue; None for a note, a style, a region, or a cue that shows nothing."""
    if "-->" in block[0]:
        timing, shown = block[0], block[1:]
    elif len(block) > 1 and "-->" in block[1]:
        number, timing, shown = number + 1, block[1], block[2:]
    elif re.match(r"(NOTE|STYLE|REGION)([ \t]|$)", block[0]):
        return None
    else:
        raise NotCaptions(
            _("A caption needs a line with its times, such as 00:01.000 --> 00:04.000."), number
        )
    start_ms, end_ms = _times(timing, number)
    for offset, line in enumerate(shown, start=1):
        if "-->" in line:
            raise NotCaptions(
                _("An empty line is missing before the next caption."), number + offset
            )
    text = "\n".join(line for line in _clean("\n".join(shown)).split("\n") if line.strip())
    return Cue(start_ms, end_ms, text) if text else None


def _times(line: str, number: int) -> tuple[int, int]:
    arrow = _ARROW.fullmatch(line)
    found = [_MOMENT.fullmatch(part) for part in arrow.groups()] if arrow else []
    if not found or None in found:
        raise NotCaptions(_("The times are not written as 00:01.000 --> 00:04.000."), number)
    start_ms, end_ms = (_milliseconds(moment) for moment in found if moment)
    if end_ms <= start_ms:
        raise NotCaptions(_("The caption ends before it begins."), number)
    return start_ms, end_ms


def _milliseconds(moment: re.Match[str]) -> int:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in moment.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _moment(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{thousandths:03d}"


def _clean(text: str) -> str:
    """The text with balanced b, i and u and no other tag; everything else is plain characters."""
    said: list[str] = []
    opened: list[str] = []
    at = 0
    for tag in _TAG.finditer(text):
        said.append(_plain(text[at : tag.start()]))
        at = tag.end()
        name = tag.group(2).lower()
        if name not in TAGS:
            continue
        if not tag.group(1):
            opened.append(name)
            said.append(f"<{name}>")
        elif opened and opened[-1] == name:
            opened.pop()
            said.append(f"</{name}>")
    said.append(_plain(text[at:]))
    said += [f"</{name}>" for name in reversed(opened)]
    return "".join(said)


def _plain(text: str) -> str:
    """The characters themselves, none of which can begin a tag, a character's name or a time."""
    characters = _CONTROLS.sub("", html.unescape(text))
    return html.escape(characters, quote=False)
