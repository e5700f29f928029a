"""Picture files for tests, drawn here: plain, of a camera, moving, hostile."""

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw

GPS = 34853
ORIENTATION = 274
DESCRIPTION = 270


def picture(size: tuple[int, int] = (800, 450), kind: str = "PNG", **options: Any) -> bytes:
    """A white ground with a red upper left corner."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill="#ff0000")
    return saved(image, kind, **options)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def of_a_camera(size: tuple[int, int] = (400, 300)) -> bytes:
    """A JPEG that lies on its side, with a place and a text in its data."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[DESCRIPTION] = "BI-MAT-MAY-ANH"
    exif[GPS] = {1: "N", 2: (9.0, 36.0, 10.0)}
    return picture(size, "JPEG", exif=exif, quality=95)


def noise(size: tuple[int, int], kind: str = "PNG", **options: Any) -> bytes:
    pixels = random.Random("noise").randbytes(3 * size[0] * size[1])
    return saved(Image.frombytes("RGB", size, pixels), kind, **options)


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is enormous."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(3 * 1000 + 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
