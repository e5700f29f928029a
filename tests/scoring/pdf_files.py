"""Reads PDF files back: their text, their pages as pictures, the QR codes on them."""

import io
from typing import Any

import pypdf
import pypdfium2  # type: ignore[import-untyped]
import zxingcpp


def texts(content: bytes) -> list[str]:
    """Return the text of each page."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def pictures(content: bytes, *, dots_per_inch: int = 100) -> list[Any]:
    """Return each page as a picture, as a screen or a printer would show it."""
    with pypdfium2.PdfDocument(content) as document:
        return [page.render(scale=dots_per_inch / 72).to_pil() for page in document]


def qr_codes(content: bytes, *, dots_per_inch: int = 100) -> list[list[str]]:
    """Return what a camera reads from each page."""
    found = pictures(content, dots_per_inch=dots_per_inch)
    return [[code.text for code in zxingcpp.read_barcodes(picture)] for picture in found]
