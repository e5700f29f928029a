"""Short real MP4 files for the demonstration: a title card with a moving bar and a soft tone."""

import random
import struct
from fractions import Fraction
from math import pi, sin
from pathlib import Path

import av
from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, RATE, SECONDS = 640, 360, 5, 12
SAMPLE_RATE, SAMPLES = 16000, 1024
GROUNDS = ("#0b4f8a", "#083a66", "#17683f", "#6e4c00", "#4a5b6d", "#7a1f2b")
FONTS = settings.BASE_DIR / "static" / "vendor" / "fonts"


def make(path: Path, *, title: str, unit_name: str, dice: random.Random) -> None:
    """Write a film of 12 s, 640 x 360, H.264 and AAC, that a browser plays as it is."""
    card = _card(title, unit_name, ground=dice.choice(GROUNDS))
    tone = dice.choice((220, 262, 294, 330, 392))
    with av.open(str(path), "w", format="mp4") as film:
        picture = film.add_stream("libx264", rate=RATE)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.options = {"preset": "ultrafast", "crf": "30", "g": str(RATE * 2)}
        picture.thread_count = 1
        sound = film.add_stream("aac", rate=SAMPLE_RATE)
        sound.layout = "mono"
        for number in range(RATE * SECONDS):
            frame = av.VideoFrame.from_image(_frame(card, number))
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            film.mux(picture.encode(frame))
        film.mux(picture.encode(None))
        for start in range(0, SAMPLE_RATE * SECONDS, SAMPLES):
            film.mux(sound.encode(_tone(start, tone)))
        film.mux(sound.encode(None))


def _frame(card: Image.Image, number: int) -> Image.Image:
    image = card.copy()
    reached = WIDTH * (number + 1) // (RATE * SECONDS)
    ImageDraw.Draw(image).rectangle((0, HEIGHT - 10, reached, HEIGHT), fill="#f2b705")
    return image


def _tone(start: int, pitch: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="mono", samples=SAMPLES)
    values = [
        int(1200 * sin(2 * pi * pitch * (start + step) / SAMPLE_RATE)) for step in range(SAMPLES)
    ]
    frame.planes[0].update(struct.pack(f"<{SAMPLES}h", *values))
    frame.sample_rate, frame.pts = SAMPLE_RATE, start
    frame.time_base = Fraction(1, SAMPLE_RATE)
    return frame


def _card(title: str, unit_name: str, *, ground: str) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), ground)
    draw = ImageDraw.Draw(image)
    for step in range(4):
        left = 380 + step * 60
        draw.rectangle((left, 60 + step * 26, left + 44, 250), fill=_lighter(ground, 18 + step * 8))
    draw.rectangle((0, 250, WIDTH, 256), fill=_lighter(ground, 40))
    top = 40
    for line in _wrapped(title, 19):
        _text(draw, (36, top), line, size=34)
        top += 46
    _text(draw, (36, 276), unit_name, size=19)
    _text(draw, (36, 306), "Phim minh họa", size=15)
    return image


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _text(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, *, size: int) -> None:
    """Draw letter by letter: the typeface comes as one file for Latin, one for Vietnamese."""
    fonts = {
        script: ImageFont.truetype(str(FONTS / f"be-vietnam-pro-{script}-600-normal.woff2"), size)
        for script in ("latin", "vietnamese")
    }
    left, top = at
    for letter in text:
        font = fonts["latin" if ord(letter) < 0x100 else "vietnamese"]
        draw.text((left, top), letter, font=font, fill="#ffffff", anchor="la")
        left += round(font.getlength(letter))


def _lighter(colour: str, by: int) -> tuple[int, int, int]:
    red, green, blue = (int(colour[index : index + 2], 16) for index in (1, 3, 5))
    return min(255, red + by), min(255, green + by), min(255, blue + by)
