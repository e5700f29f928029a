"""Pictures of questions: what is sent is drawn anew, kept under a name of our own, handed out."""

from __future__ import annotations

import io
import re
import secrets
import struct
import zlib
from dataclasses import dataclass
from typing import IO, Literal

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404, HttpResponse
from PIL import Image, ImageOps

from contests.models import Question

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 24_000_000  # What a good phone takes; drawn it needs some 100 MB for a moment.
FORMATS = ("PNG", "JPEG", "WEBP")
BOX = (1200, 1600)
KEPT_BYTES = 150_000
LEAST_WIDTH = 64
QUALITIES = (82, 70, 58, 46)
FOLDER = "questions"
CONTENT_TYPE = "image/webp"
NAME = re.compile(rf"{FOLDER}/[0-9a-f]{{32}}-(?P<width>\d{{1,4}})x(?P<height>\d{{1,4}})\.webp")
# A browser shows it, even alone in a tab, and does nothing else with it.
FILE_POLICY = "default-src 'none'; img-src 'self'; sandbox"
# A made-up file meets every corner of a decoder; these are what they say of it.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    AttributeError,
    EOFError,
    RuntimeError,
    MemoryError,
    Warning,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


Fault = Literal["too_large", "unreadable", "too_many_pixels", "moves"]


class BadPicture(Exception):
    """The file is not a picture that can be taken; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture drawn by us: nothing of the file that was sent is in it but what one sees."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored picture as a page shows it; its size keeps the page from jumping."""

    name: str
    alt: str
    width: int
    height: int

    @property
    def is_tall(self) -> bool:
        return self.height > self.width


def redraw(file: IO[bytes]) -> Drawn:
    """Return the picture in `file` upright, on white, at most 1,200 px wide, small, without data.

    Raises BadPicture: too large, no PNG, JPEG or WebP, too many pixels, more than one frame.
    """
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise BadPicture("too_large")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as sent:
            if sent.width * sent.height > MAX_PIXELS:
                raise BadPicture("too_many_pixels")
            if getattr(sent, "n_frames", 1) > 1:
                raise BadPicture("moves")
            is_photo = sent.format == "JPEG"
            picture = _on_white(sent)
        return _small(picture, lossless_first=not is_photo)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture("too_many_pixels") from error
    except BROKEN as error:
        raise BadPicture("unreadable") from error


def store(drawn: Drawn) -> str:
    """Keep a picture and return its name, which nobody can guess and which tells its size."""
    name = f"{FOLDER}/{secrets.token_hex(16)}-{drawn.width}x{drawn.height}.webp"
    return default_storage.save(name, ContentFile(drawn.content))


def discard_unused(name: str) -> None:
    """Delete a picture after the commit, unless a version of a question still has it."""

    def discard() -> None:
        if not Question.objects.filter(picture=name).exists():
            default_storage.delete(name)

    if NAME.fullmatch(name):
        transaction.on_commit(discard)


def shown(name: str, alt: str) -> Picture | None:
    """Return what a page needs of a question's picture; None for a question without one."""
    match = NAME.fullmatch(name)
    if match is None:
        return None
    return Picture(name=name, alt=alt, width=int(match["width"]), height=int(match["height"]))


def answer_with(name: str, *, max_age: int) -> HttpResponse:
    """Answer with a stored picture; the browser of who may see it may keep it, nobody else.

    Raises Http404 for a name without a file. Under a name the content never changes.
    """
    if not NAME.fullmatch(name):
        raise Http404
    try:
        with default_storage.open(name) as file:
            response = HttpResponse(file.read(), content_type=CONTENT_TYPE)
    except FileNotFoundError as error:
        raise Http404 from error
    response.headers["Cache-Control"] = f"private, max-age={max_age}, immutable"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _on_white(sent: Image.Image) -> Image.Image:
    """Return a new picture with the pixels alone: upright, in the box, transparency on white."""
    if sent.format == "JPEG":
        sent.draft("RGB", (2 * BOX[0], 2 * BOX[1]))  # Decoded at a fraction where it is huge.
    upright = ImageOps.exif_transpose(sent)
    if upright.mode.startswith("I"):  # Sixteen bits of grey, of which eight are kept.
        upright = upright.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not upright.has_transparency_data:
        plain = upright.convert("RGB")
        plain.thumbnail(BOX, reducing_gap=2)
        drawn = Image.new("RGB", plain.size)
        drawn.paste(plain)
        return drawn
    with_alpha = upright.convert("RGBA")
    with_alpha.thumbnail(BOX, reducing_gap=2)
    drawn = Image.new("RGB", with_alpha.size, "white")
    drawn.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return drawn


def _small(picture: Image.Image, *, lossless_first: bool) -> Drawn:
    """Return the picture in few bytes: a drawing as it is, else with losses, at last smaller."""
    while True:
        tries: list[dict[str, object]] = [{"quality": quality} for quality in QUALITIES]
        if lossless_first:
            tries.insert(0, {"lossless": True})
        for options in tries:
            kept = io.BytesIO()
            picture.save(kept, "WEBP", method=4, **options)
            if kept.tell() <= KEPT_BYTES or (options is tries[-1] and picture.width <= LEAST_WIDTH):
                return Drawn(kept.getvalue(), picture.width, picture.height)
        lossless_first = False
        picture = picture.resize((max(1, picture.width * 3 // 4), max(1, picture.height * 3 // 4)))
