"""Pictures of questions: what is taken, what is left of it, who is handed one."""

import io

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from contests import pictures, sheets
from contests.models import Attempt, Question
from tests.contests import picture_files as files
from tests.contests.quizzes import make_participant, make_quiz, start
from tests.make import make_contest


def drawn(content: bytes) -> tuple[pictures.Drawn, Image.Image]:
    made = pictures.redraw(io.BytesIO(content))
    return made, Image.open(io.BytesIO(made.content))


def colour(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    place = 3 * (y * image.width + x)
    return tuple(image.convert("RGB").tobytes()[place : place + 3])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_drawn_anew_with_what_one_sees(kind: str) -> None:
    made, image = drawn(files.picture((800, 450), kind))

    assert (image.format, image.size) == ("WEBP", (800, 450))
    assert (made.width, made.height) == (800, 450)
    red, green, _blue = colour(image, 20, 20)
    assert red > 220
    assert green < 40


def test_nothing_of_the_cameras_data_is_left_and_the_picture_stands_upright() -> None:
    sent = files.of_a_camera((400, 300))
    assert b"BI-MAT-MAY-ANH" in sent

    made, image = drawn(sent)

    assert b"BI-MAT" not in made.content
    assert b"EXIF" not in made.content
    assert dict(image.getexif()) == {}
    assert image.size == (300, 400)
    # Turned by a quarter to the right the red corner is at the upper right.
    assert colour(image, 290, 10)[1] < 60
    assert colour(image, 10, 10)[1] > 220


@pytest.mark.parametrize(
    ("size", "kept"),
    [((2400, 1200), (1200, 600)), ((900, 3200), (450, 1600)), ((12_000, 1), (1200, 1))],
)
def test_a_large_picture_is_made_to_fit(size: tuple[int, int], kept: tuple[int, int]) -> None:
    assert drawn(files.picture(size))[1].size == kept


def test_what_does_not_get_small_gets_smaller() -> None:
    made, image = drawn(files.noise((700, 700)))

    assert len(made.content) <= pictures.KEPT_BYTES
    assert image.size == (made.width, made.height)
    assert made.width < 700


def test_what_is_transparent_is_white() -> None:
    image = drawn(files.saved(Image.new("RGBA", (60, 60), (0, 0, 0, 0)), "PNG"))[1]

    assert colour(image, 30, 30) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_kind_of_pixels_is_read(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"

    assert drawn(files.saved(Image.new(mode, (64, 48)), kind))[1].size == (64, 48)


def test_grey_of_sixteen_bits_keeps_its_tones() -> None:
    image = drawn(files.saved(Image.new("I;16", (64, 48), 128 * 256), "PNG"))[1]

    assert image.convert("L").getpixel((5, 5)) == pytest.approx(128, abs=3)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unreadable"),
        (b"GIF89a" + bytes(40), "unreadable"),
        (files.saved(Image.new("RGB", (40, 40)), "BMP"), "unreadable"),
        (files.saved(Image.new("RGB", (40, 40)), "TIFF"), "unreadable"),
        (files.moving("GIF"), "unreadable"),
        (files.moving("WEBP"), "moves"),
        (files.moving("PNG"), "moves"),
        (files.bomb(60_000, 60_000), "too_many_pixels"),
        (files.bomb(10_000, 10_000), "too_many_pixels"),
        (files.bomb(6_000, 4_001), "too_many_pixels"),
        (files.bomb(6_000, 4_000), "unreadable"),
        (files.picture()[:-40], "unreadable"),
        (files.picture((400, 400), "JPEG")[:-700], "unreadable"),
        (files.picture() + bytes(5 * 1024 * 1024), "too_large"),
    ],
    ids=[
        *("empty", "svg", "half a gif", "bmp", "tiff", "moving gif", "moving webp", "moving png"),
        *("billions", "a hundred millions", "one row too many", "as many as it may, but not there"),
        *("half a png", "half a jpeg", "six megabytes"),
    ],
)
def test_what_is_no_fit_picture_is_refused_with_its_fault(content: bytes, fault: str) -> None:
    with pytest.raises(pictures.BadPicture) as refused:
        pictures.redraw(io.BytesIO(content))

    assert refused.value.fault == fault


GOOD = [files.picture((40, 30), kind) for kind in ("PNG", "JPEG", "WEBP")] + [
    files.of_a_camera((40, 30))
]


@settings(max_examples=150)
@given(
    sent=st.sampled_from(GOOD),
    changes=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=6),
)
def test_a_broken_file_is_drawn_or_refused_and_nothing_else(
    sent: bytes, changes: list[tuple[int, int]]
) -> None:
    broken = bytearray(sent)
    for place, value in changes:
        broken[place % len(broken)] = value
    try:
        made = pictures.redraw(io.BytesIO(bytes(broken)))
    except pictures.BadPicture:
        return
    assert Image.open(io.BytesIO(made.content)).size == (made.width, made.height)


def test_a_stored_picture_tells_its_size_by_its_name(media) -> None:
    name = pictures.store(pictures.redraw(io.BytesIO(files.picture((800, 450)))))
    again = pictures.store(pictures.redraw(io.BytesIO(files.picture((800, 450)))))

    assert pictures.shown(name, "Sơ đồ") == pictures.Picture(name, "Sơ đồ", 800, 450)
    assert name != again
    assert (media / name).is_file()


@pytest.mark.parametrize(
    "name", ["", "questions/x.webp", "../settings.py", f"questions/{'0' * 32}-8x8.webp/../a"]
)
def test_only_names_of_ours_are_pictures(name: str) -> None:
    assert pictures.shown(name, "") is None


# --- the pictures of a paper ----------------------------------------------------------------------


@pytest.fixture
def attempt(db) -> Attempt:
    """A running attempt whose second question has a picture."""
    quiz = make_quiz()
    name = pictures.store(pictures.redraw(io.BytesIO(files.picture((800, 450)))))
    Question.objects.filter(number=2).update(picture=name, picture_alt="Sơ đồ một cửa")
    return start(quiz)


def address(attempt: Attempt, position: int | str = 1) -> str:
    return f"/{attempt.quiz.contest.slug}/attempts/{attempt.pk}/pictures/{position}/"


def test_the_owner_gets_the_picture_and_may_keep_it(client: Client, attempt: Attempt) -> None:
    client.force_login(attempt.participant.user)

    response = client.get(address(attempt))

    assert Image.open(io.BytesIO(response.content)).size == (800, 450)
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    kept = response.headers["Cache-Control"].split(", ")
    assert {"private", "immutable"} <= set(kept)
    assert "sandbox" in response.headers["Content-Security-Policy"]
    attempt.submit(now=timezone.now())
    assert client.get(address(attempt)).content == response.content


@pytest.mark.parametrize("position", [0, 2, 3, 99, 10**30])
def test_a_place_without_a_picture_has_none(
    client: Client, attempt: Attempt, position: int
) -> None:
    client.force_login(attempt.participant.user)

    assert client.get(address(attempt, position)).status_code == 404


def test_nobody_else_gets_it(client: Client, attempt: Attempt) -> None:
    assert client.get(address(attempt)).status_code == 302
    client.force_login(make_participant(attempt.quiz.contest, "Trần Văn Hai").user)
    assert client.get(address(attempt)).status_code == 404


def test_a_lost_file_is_a_404(client: Client, attempt: Attempt) -> None:
    default_storage.delete(Question.objects.get(number=2).picture)
    client.force_login(attempt.participant.user)

    assert client.get(address(attempt)).status_code == 404


def test_the_paper_shows_the_picture_with_its_words_and_size(
    client: Client, attempt: Attempt
) -> None:
    client.force_login(attempt.participant.user)

    said = client.get(f"/{attempt.quiz.contest.slug}/attempts/{attempt.pk}/").content.decode()

    assert said.count("<img") == 1
    place = said.index("<img")
    shown = said[place : said.index(">", place)]
    for part in (address(attempt), 'width="800"', 'height="450"', 'alt="Sơ đồ một cửa"', "lazy"):
        assert part in shown
    assert Question.objects.get(number=2).picture not in said


def test_a_paper_with_pictures_costs_no_further_query(
    attempt: Attempt, django_assert_num_queries
) -> None:
    with django_assert_num_queries(3):
        sheets.sheet_of(attempt)
    with django_assert_num_queries(1):
        assert [bool(question.picture) for question in sheets.sheet_of(attempt)] == [0, 1, 0]


def test_another_contests_address_is_no_way_to_a_picture(client: Client, attempt: Attempt) -> None:
    theirs = start(make_quiz(make_contest("hoi-thi-khac")))
    client.force_login(theirs.participant.user)

    response = client.get(f"/hoi-thi-khac/attempts/{attempt.pk}/pictures/1/")

    assert response.status_code == 404
