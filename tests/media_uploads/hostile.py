"""The table of media files: what each is and what is said of it. rules: V3

One row a file; `make` writes it when asked. Most are named .mp4, whatever they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from tests.media_uploads import hostile_bytes as lies
from tests.media_uploads import hostile_lists as lists
from tests.media_uploads.hostile_films import (
    STILLNESS,
    X264,
    X265,
    Recipe,
    Sound,
    repeated,
    shoot,
    with_cover,
)
from tests.media_uploads.hostile_trap import Trap

Make = Callable[[Path, Trap], object]
FAST_VP = {"deadline": "realtime", "cpu-used": "8"}
SVT = {"preset": "11", "svtav1-params": "lp=1"}
PAGE = b"<!doctype html><script>document.title = 'opened'</script>"
WHITE_TOP = (("drawbox", "x=0:y=0:w=iw:h=ih/2:t=fill:color=white"),)
WHITE_CORNER = (("drawbox", "x=0:y=0:w=iw/2:h=ih/2:t=fill:color=white"),)
ONE_SOUND = (Sound(),)
BOTH_LANGUAGES = (Sound(), Sound())


@dataclass(frozen=True, slots=True)
class Case:
    """A file and its verdict. What an accepted one is, and the size of its copy, as seen."""

    name: str
    make: Make
    codes: tuple[str, ...]
    container: str | None = None
    codecs: tuple[str | None, str | None] = (None, None)
    size: tuple[int, int] | None = None
    served: tuple[int, int] | None = None
    rotation: int = 0
    warnings: tuple[str, ...] = ()
    seconds: Fraction = Fraction(12)
    remuxed: bool = False
    # Which halves of the picture as seen are white, where that tells which way is up.
    white: str = ""

    @property
    def is_good(self) -> bool:
        return self.codes == ("accepted",)

    def __str__(self) -> str:
        return self.name


def good(
    name: str,
    codecs: tuple[str, str | None],
    recipe: Recipe,
    *,
    make: Make | None = None,
    **changes: object,
) -> Case:
    """A row for a film of this recipe; how it is seen follows from the recipe."""
    size = recipe.size[::-1] if recipe.rotation in (90, -90) else recipe.size
    case = Case(
        name,
        make or (lambda path, trap: shoot(path, recipe)),
        ("accepted",),
        container=name.rpartition(".")[2],
        codecs=codecs,
        size=size,
        served=size,
        rotation=recipe.rotation,
        warnings=() if recipe.sounds else ("no_sound",),
        seconds=Fraction(recipe.pictures, recipe.rate),
    )
    return replace(case, **changes)


def irregular(number: int) -> int:
    """Moments of pictures (1/50 s) as a phone in the dark takes them; the last at 11.5 s."""
    return number * 25 + (number * number * 7) % 20 * (number < 23)


def turned(degrees: int, white: str) -> Case:
    """A phone held otherwise: the white top of what is stored is elsewhere when seen."""
    recipe = Recipe(rotation=degrees, filters=WHITE_TOP, sounds=ONE_SOUND)
    name = f"turned{degrees}.mp4"
    return good(name, ("h264", "aac"), recipe, white=white)


def lie(make: Callable[[bytes], bytes]) -> Make:
    """Made from the good MP4 whose index comes last."""
    return lambda path, trap: path.write_bytes(make(trap.good))


def film_bytes(path: Path, recipe: Recipe) -> bytes:
    shoot(path, recipe)
    return path.read_bytes()


def harmless(name: str, make: Make) -> Case:
    """A good MP4 that says or carries something besides; a copy has nothing of it."""
    return good(name, ("h264", "aac"), Recipe(sounds=ONE_SOUND), make=make, remuxed=True)


HEVC = Recipe(codec="libx265", options=X265, sounds=ONE_SOUND)
UHD = Recipe(size=(3840, 2160), rate=1, pictures=12, source="smptehdbars")
HDR = replace(HEVC, pixels="yuv420p10le", sounds=())

GOOD = [
    good("whole.mp4", ("h264", "aac"), Recipe(sounds=ONE_SOUND), remuxed=True),
    good(
        "index-first.mp4",
        ("h264", "aac"),
        Recipe(sounds=ONE_SOUND, mux={"movflags": "+faststart"}),
        remuxed=True,
    ),
    good(
        "fragments.mp4",
        ("h264", "aac"),
        Recipe(sounds=ONE_SOUND, mux={"movflags": "frag_keyframe+empty_moov+default_base_moof"}),
        remuxed=True,
    ),
    good(
        "apple.m4v",
        ("h264", "aac"),
        Recipe(sounds=ONE_SOUND, format="ipod"),
        container="mp4",
        remuxed=True,
    ),
    good(
        "old-phone.3gp",
        ("h264", "aac"),
        Recipe(sounds=ONE_SOUND, format="3gp"),
        container="mp4",
        remuxed=True,
    ),
    good(
        "place.mp4",
        ("h264", None),
        Recipe(metadata={"comment": "+09.6025+105.9739/"}),
        remuxed=True,
    ),
    good("languages.mp4", ("h264", "aac"), Recipe(sounds=BOTH_LANGUAGES), remuxed=True),
    good("mpeg4.mp4", ("mpeg4", "mp3"), Recipe(codec="mpeg4", sounds=(Sound("libmp3lame"),))),
    good("camera.mov", ("h264", "pcm_s16le"), Recipe(sounds=(Sound("pcm_s16le"),))),
    good("prores.mov", ("prores", None), Recipe(codec="prores_ks", pixels="yuv422p10le")),
    good("photo-camera.mov", ("mjpeg", None), Recipe(codec="mjpeg", pixels="yuvj420p")),
    good(
        "vp8.webm",
        ("vp8", "opus"),
        Recipe(codec="libvpx", options=FAST_VP, sounds=(Sound("libopus"),)),
    ),
    good(
        "vp9.webm",
        ("vp9", "opus"),
        Recipe(codec="libvpx-vp9", options=FAST_VP, sounds=(Sound("libopus"),)),
    ),
    good(
        "av1.webm",
        ("av1", "opus"),
        Recipe(codec="libsvtav1", options=SVT, sounds=(Sound("libopus"),)),
    ),
    good("screen.mkv", ("h264", "aac"), Recipe(sounds=ONE_SOUND)),
    good("lossless.mkv", ("ffv1", "flac"), Recipe(codec="ffv1", sounds=(Sound("flac"),))),
    good("cinema.mkv", ("hevc", "ac3"), replace(HEVC, sounds=(Sound("ac3", layout="5.1"),))),
    good("hevc.mp4", ("hevc", "aac"), HEVC),
    good("hdr10.mp4", ("hevc", None), replace(HDR, curve=16)),
    good("hlg.mov", ("hevc", None), replace(HDR, curve=18)),
    turned(90, "left"),
    turned(-90, "right"),
    # FFmpeg says half a turn with either sign.
    replace(turned(180, "bottom"), rotation=-180),
    good(
        "mirrored.mp4",
        ("h264", None),
        Recipe(filters=WHITE_CORNER),
        make=lambda path, trap: path.write_bytes(
            lies.mirrored(film_bytes(path, Recipe(filters=WHITE_CORNER)), 640)
        ),
        rotation=-180,
        white="top right",
    ),
    good("upright.mp4", ("h264", None), Recipe(size=(360, 640)), remuxed=True),
    good("full-hd.mp4", ("h264", None), Recipe(size=(1920, 1080)), served=(1280, 720)),
    good("4k.mp4", ("h264", None), UHD, served=(1280, 720)),
    good(
        "4k-hevc.mp4",
        ("hevc", None),
        replace(UHD, codec="libx265", options=X265, pixels="yuv420p10le"),
        served=(1280, 720),
    ),
    good("8k.mp4", ("h264", None), replace(UHD, size=(7680, 4320)), served=(1280, 720)),
    good(
        "irregular.mp4",
        ("h264", None),
        Recipe(rate=50, moment=irregular),
        seconds=Fraction(576, 50),
    ),
    good(
        "irregular.mkv",
        ("h264", None),
        Recipe(rate=50, moment=irregular),
        seconds=Fraction(576, 50),
    ),
    good(
        "sixty.mp4",
        ("h264", None),
        Recipe(rate=60, pictures=720),
        make=lambda path, trap: repeated(path, rate=60, pictures=720),
    ),
    good(
        "mono.mp4",
        ("h264", "aac"),
        Recipe(sounds=(Sound(layout="mono"),)),
        remuxed=True,
    ),
    good(
        "telephone.mkv", ("h264", "pcm_s16le"), Recipe(sounds=(Sound("pcm_s16le", 8000, "mono"),))
    ),
    good(
        "silent.mp4",
        ("h264", "aac"),
        Recipe(sounds=(Sound(source=STILLNESS),)),
        warnings=("silent",),
        remuxed=True,
    ),
    good("no-sound.mp4", ("h264", None), Recipe(), remuxed=True),
    good(
        "black.mp4",
        ("h264", "aac"),
        Recipe(source="color", sounds=ONE_SOUND),
        warnings=("black",),
        remuxed=True,
    ),
    good(
        "wide-points.mp4",
        ("h264", None),
        Recipe(size=(720, 576), aspect=Fraction(16, 15)),
        served=(768, 576),
    ),
    good("interlaced.mp4", ("h264", None), Recipe(options={**X264, "x264-params": "interlaced=1"})),
    good("studio.mp4", ("h264", None), Recipe(pixels="yuv422p10le")),
    good("odd.mkv", ("h264", None), Recipe(size=(641, 361), pixels="yuv444p"), served=(640, 360)),
    good("ten-seconds.mp4", ("h264", None), Recipe(pictures=20), remuxed=True),
    good("ten-minutes.mp4", ("h264", None), Recipe(rate=1, pictures=600), remuxed=True),
    good(
        "cover.mp4",
        ("h264", "aac"),
        Recipe(sounds=ONE_SOUND),
        make=lambda path, trap: with_cover(path),
        remuxed=True,
    ),
]

HARMLESS = [
    harmless("page-inside.mp4", lie(lambda data: data + lies.box(b"free", PAGE))),
    harmless("page-after.mp4", lie(lambda data: data + PAGE)),
    harmless(
        "list-inside.mp4",
        lambda path, trap: path.write_bytes(
            trap.good + lies.box(b"free", lists.hls(trap.address).encode())
        ),
    ),
    harmless(
        "list-after.mp4",
        lambda path, trap: path.write_bytes(trap.good + lists.hls(trap.address).encode()),
    ),
    harmless("says-wide.mp4", lie(lambda data: lies.said_to_be(data, 16_000, 9000))),
    harmless(
        "endless-times.mp4",
        lie(lambda data: lies.counting(data, b"stts", at=16, number=0x7FFF_FFFF)),
    ),
    harmless(
        "endless-offsets.mp4",
        lie(lambda data: lies.counting(data, b"stco", at=12, number=0x0FFF_FFFF)),
    ),
    harmless(
        "scratched.mp4",
        lie(lambda data: lies.flipped(data, share=0.000_002, seed=7, start=50_000)),
    ),
]
ACCEPTED = [*GOOD, *HARMLESS]
