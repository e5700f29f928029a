"""Draws the video that judges practise marking on: python deploy/practice_video.py [folder].

Its file and its poster are committed under static/video/; after a change of the words or of the
look, run this again and commit what it wrote. It needs nothing but the program's own packages.
"""

import struct
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from math import pi, sin
from pathlib import Path

import av
from PIL import Image, ImageDraw, ImageFont

STATIC = Path(__file__).parent.parent / "static"
TARGET = STATIC / "video"
WIDTH, HEIGHT, RATE = 1280, 720, 10
SCENE_SECONDS = 4
SAMPLE_RATE, SAMPLES = 24000, 1024
# As in static/css/tokens.css: brand-deep, brand, gold, brand-tint, brand-line, ink-quiet.
DEEP, BRAND, GOLD, TINT, LINE = "#083a66", "#0b4f8a", "#f2b705", "#e6f0f9", "#9fc2e0"
WHITE, QUIET = "#ffffff", "#4a5b6d"
NAME = "Video tập chấm"
WARNING = "Không tính vào kết quả"
# What each scene says: a heading and two lines.
SCENES = (
    ("1. Xem video", "Dừng, tua lại 10 giây,", "hoặc đổi tốc độ phát."),
    ("2. Cho điểm từng tiêu chí", "Bản nháp tự lưu khi nhập;", "tổng điểm hiện ngay bên dưới."),
    ("3. Xem lại và nộp phiếu", "Tập bao nhiêu lần cũng được,", "điểm tập không được tính."),
)
# A soft chord for each scene, in hertz.
CHORDS = ((262, 330, 392), (220, 262, 330), (196, 247, 294))


def make(folder: Path) -> None:
    """Write practice.mp4 (H.264 and AAC, 1280 x 720, 12 s) and practice.webp, its poster."""
    folder.mkdir(parents=True, exist_ok=True)
    cover().save(folder / "practice.webp", quality=80, method=6)
    with av.open(
        str(folder / "practice.mp4"), "w", format="mp4", options={"movflags": "faststart"}
    ) as film:
        picture = film.add_stream("libx264", rate=RATE)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        # A key frame every two seconds: whoever seeks is there at once. One thread: the same file
        # each time.
        picture.options = {
            "preset": "veryslow",
            "crf": "32",
            "g": str(RATE * 2),
            "tune": "animation",
        }
        picture.thread_count = 1
        sound = film.add_stream("aac", rate=SAMPLE_RATE)
        sound.layout, sound.bit_rate = "mono", 24000
        for number, image in enumerate(frames()):
            frame = av.VideoFrame.from_image(image)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            film.mux(picture.encode(frame))
        film.mux(picture.encode(None))
        for start in range(0, SAMPLE_RATE * SCENE_SECONDS * len(SCENES), SAMPLES):
            film.mux(sound.encode(tone(start)))
        film.mux(sound.encode(None))


def frames() -> Iterator[Image.Image]:
    """Yield every picture of the film: a scene's card, and the bar that shows how far it is."""
    cards = [card(number) for number in range(len(SCENES))]
    total = RATE * SCENE_SECONDS * len(SCENES)
    for number in range(total):
        image = cards[number // (RATE * SCENE_SECONDS)].copy()
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, HEIGHT - 12, WIDTH * (number + 1) // total, HEIGHT), fill=GOLD)
        yield image


def cover() -> Image.Image:
    """Return the poster: what the player shows before the film is begun."""
    image = Image.new("RGB", (WIDTH, HEIGHT), DEEP)
    draw = ImageDraw.Draw(image)
    draw.rectangle((96, 236, 108, 436), fill=GOLD)
    write(draw, (148, 222), NAME, size=96, colour=WHITE)
    write(draw, (152, 366), WARNING, size=52, colour=LINE)
    draw.rectangle((0, HEIGHT - 12, WIDTH, HEIGHT), fill=BRAND)
    return image


def card(number: int) -> Image.Image:
    """Return a scene without its bar: the name on top, the words, a sheet that fills."""
    heading, *lines = SCENES[number]
    image = Image.new("RGB", (WIDTH, HEIGHT), WHITE)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, 104), fill=DEEP)
    draw.rectangle((0, 104, WIDTH, 110), fill=GOLD)
    write(draw, (56, 22), NAME, size=44, colour=WHITE)
    write(draw, (1224, 34), WARNING, size=30, colour=LINE, from_right=True)
    write(draw, (56, 196), heading, size=60, colour=BRAND)
    for row, line in enumerate(lines):
        write(draw, (56, 316 + 62 * row), line, size=40, colour=QUIET, weight=400)
    sheet(draw, marked=(0, 3, 5)[number])
    draw.rectangle((0, HEIGHT - 12, WIDTH, HEIGHT), fill=TINT)
    return image


def sheet(draw: ImageDraw.ImageDraw, *, marked: int) -> None:
    """Draw a score sheet of five criteria, `marked` of them with a mark."""
    draw.rounded_rectangle((856, 196, 1224, 640), radius=20, fill=TINT, outline=LINE, width=3)
    for row, share in enumerate((0.9, 0.85, 0.8, 0.9, 1.0)):
        top = 238 + 80 * row
        draw.rounded_rectangle((896, top, 1184, top + 22), radius=11, fill=WHITE, outline=LINE)
        if row < marked:
            reached = 896 + int(288 * share)
            draw.rounded_rectangle((896, top, reached, top + 22), radius=11, fill=BRAND)
        draw.rounded_rectangle((896, top + 34, 1080, top + 44), radius=5, fill=LINE)


def write(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    *,
    size: int,
    colour: str,
    weight: int = 600,
    from_right: bool = False,
) -> None:
    """Draw text run by run: the typeface comes as one file for Latin, one for Vietnamese."""
    fonts = {
        script: ImageFont.truetype(
            str(STATIC / f"vendor/fonts/be-vietnam-pro-{script}-{weight}-normal.woff2"), size
        )
        for script in ("latin", "vietnamese")
    }
    runs = [
        (fonts[script], "".join(letters))
        for script, letters in groupby(
            text, key=lambda letter: "latin" if ord(letter) < 0x100 else "vietnamese"
        )
    ]
    left, top = at
    place = left - (sum(font.getlength(run) for font, run in runs) if from_right else 0.0)
    for font, run in runs:
        draw.text((round(place), top), run, font=font, fill=colour, anchor="la")
        place += font.getlength(run)


def tone(start: int) -> av.AudioFrame:
    """Return the sound from this sample on: a chord at the beginning of a scene that dies away."""
    frame = av.AudioFrame(format="s16", layout="mono", samples=SAMPLES)
    values = [loudness(number) for number in range(start, start + SAMPLES)]
    frame.planes[0].update(struct.pack(f"<{SAMPLES}h", *values))
    frame.sample_rate, frame.pts = SAMPLE_RATE, start
    frame.time_base = Fraction(1, SAMPLE_RATE)
    return frame


def loudness(number: int) -> int:
    scene, within = divmod(number, SAMPLE_RATE * SCENE_SECONDS)
    seconds = within / SAMPLE_RATE
    # Up within 50 ms and slowly down: nothing clicks, and the scene's end is silent.
    strength = 900 * min(1.0, seconds / 0.05) * max(0.0, 1 - seconds / (SCENE_SECONDS - 0.5)) ** 2
    chord = CHORDS[scene % len(CHORDS)]
    return int(strength * sum(sin(2 * pi * pitch * seconds) for pitch in chord))


if __name__ == "__main__":
    make(Path(sys.argv[1]) if sys.argv[1:] else TARGET)
