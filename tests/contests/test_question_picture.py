"""The picture of a question in the administration: sent, shown, kept with its version, removed."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from contests import bank
from contests.models import Question
from tests.contests import picture_files as files
from tests.contests.admin_pages import at, change, errors, submit
from tests.contests.quizzes import make_bank, make_quiz, start
from tests.make import make_contest, make_organizer

pytestmark = pytest.mark.django_db
ALT = "Sơ đồ bộ phận một cửa"


@pytest.fixture
def contest():
    return make_contest()


@pytest.fixture
def lý(contest, client):
    """An organizer, signed in."""
    user = make_organizer(contest, "Trần Thị Lý")
    client.force_login(user)
    return user


def sent(content: bytes | None = None, name: str = "so-do.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, files.picture() if content is None else content)


def with_picture(client: Client, contest, **more) -> Question:
    """Give the first question a picture by its page and return what is current."""
    question = contest.questions.get(number=1, is_current=True)
    response = submit(
        client, change("question", question.pk), picture_file=sent(), picture_alt=ALT, **more
    )
    assert response.status_code == 302, errors(response)
    return contest.questions.get(number=1, is_current=True)


def test_a_picture_is_kept_under_a_name_of_ours_and_shown(client, lý, contest, media) -> None:
    make_bank(contest, 1)

    question = with_picture(client, contest)

    assert (media / question.picture).is_file()
    assert "so-do" not in question.picture
    said = client.get(change("question", question.pk)).content.decode()
    assert f'src="/admin/contests/question/{question.pk}/picture/?' in said
    assert f'alt="{ALT}"' in said
    shown = client.get(f"/admin/contests/question/{question.pk}/picture/")
    assert Image.open(io.BytesIO(shown.content)).size == (800, 450)
    assert shown.headers["Content-Type"] == "image/webp"
    assert "private" in shown.headers["Cache-Control"]
    assert "no-store" not in shown.headers["Cache-Control"]


def test_a_new_question_is_added_with_its_picture(client, lý, contest, media) -> None:
    url = f"{at('question', 'add')}?contest={contest.pk}"
    typed = {"text": "Ai chủ trì?", "choice_A": "Sở", "choice_B": "Ban", "right": ["B"]}

    response = submit(client, url, picture_file=sent(), picture_alt=ALT, **typed)

    assert response.status_code == 302, errors(response)
    made = contest.questions.get()
    assert made.picture_alt == ALT
    assert (media / made.picture).is_file()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"picture_file": sent(), "picture_alt": " "}, "picture_alt"),
        ({"picture_alt": ALT}, "picture_alt"),
        ({"picture_file": sent(b"khong phai hinh"), "picture_alt": ALT}, "picture_file"),
        ({"picture_file": sent(files.moving("WEBP")), "picture_alt": ALT}, "picture_file"),
        ({"picture_file": sent(files.bomb(10_000, 10_000)), "picture_alt": ALT}, "picture_file"),
        ({"picture_file": sent(bytes(5 * 1024 * 1024 + 1)), "picture_alt": ALT}, "picture_file"),
        ({"picture_file": sent(), "picture_alt": "x" * 301}, "picture_alt"),
    ],
    ids=["no words", "no picture", "no image", "moving", "bomb", "too large", "too many words"],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_stored(
    client, lý, contest, media, changes, field
) -> None:
    make_bank(contest, 1)
    question = contest.questions.get()
    for value in changes.values():
        if hasattr(value, "seek"):
            value.seek(0)

    assert set(errors(submit(client, change("question", question.pk), **changes))) == {field}

    question.refresh_from_db()
    assert (question.picture, question.picture_alt) == ("", "")
    assert not (media / "questions").exists()


def test_an_edit_of_a_used_question_takes_the_picture_along(client, lý, contest, media) -> None:
    quiz = make_quiz(contest, questions=1)
    first = with_picture(client, contest, reason="Thêm hình")
    start(quiz)
    submit(client, change("question", first.pk), text="Câu đã sửa?", reason="Sai chữ")

    second = contest.questions.get(is_current=True)

    assert (second.version, second.picture, second.picture_alt) == (2, first.picture, ALT)
    assert (media / first.picture).is_file()


def test_a_picture_goes_when_no_version_has_it_any_more(
    client, lý, contest, media, django_capture_on_commit_callbacks
) -> None:
    quiz = make_quiz(contest, questions=1)
    first = with_picture(client, contest, reason="Thêm hình")
    start(quiz)
    with django_capture_on_commit_callbacks(execute=True):
        second = with_picture(client, contest, reason="Hình khác")
    with django_capture_on_commit_callbacks(execute=True):
        url = change("question", second.pk)
        submit(client, url, picture_removed="on", reason="Không cần hình")

    second.refresh_from_db()
    assert (second.version, second.picture, second.picture_alt) == (2, "", "")
    # The first version is on a paper: its picture stays.
    assert [path.name for path in (media / "questions").iterdir()] == [
        first.picture.rpartition("/")[2]
    ]


def test_a_used_question_gets_a_picture_by_a_new_version_only(client, lý, contest) -> None:
    quiz = make_quiz(contest, questions=1)
    attempt = start(quiz)
    question = contest.questions.get()
    changes = {"picture_file": sent(), "picture_alt": ALT}
    assert set(errors(submit(client, change("question", question.pk), **changes))) == {"reason"}

    made = with_picture(client, contest, reason="Thêm hình")

    question.refresh_from_db()
    assert (made.version, question.picture) == (2, "")
    assert attempt.paper[0]["q"] == question.pk
    assert bank.is_used(question)


def test_deleting_an_unused_question_deletes_its_picture(
    client, lý, contest, media, django_capture_on_commit_callbacks
) -> None:
    make_bank(contest, 1)
    question = with_picture(client, contest)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(at("question", question.pk, "delete"), {"post": "yes"})

    assert not contest.questions.exists()
    assert list((media / "questions").iterdir()) == []


def test_organizers_see_old_versions_and_nobody_sees_another_contests(client, lý, contest) -> None:
    quiz = make_quiz(contest, questions=1)
    first = with_picture(client, contest, reason="Thêm hình")
    attempt = start(quiz)
    submit(client, change("question", first.pk), text="Câu đã sửa?", reason="Sai chữ")
    address = f"/admin/contests/question/{first.pk}/picture/"

    assert client.get(address).status_code == 200
    assert address in client.get(change("attempt", attempt.pk)).content.decode()
    client.force_login(make_organizer(make_contest("khac"), "Lê Văn Khác"))
    assert client.get(address).status_code == 404
    client.force_login(attempt.participant.user)
    assert client.get(address).status_code == 302


def test_a_question_without_a_picture_has_none_to_see(client, lý, contest) -> None:
    make_bank(contest, 1)
    question = contest.questions.get()

    for pk in (question.pk, 0, 10**30):
        assert client.get(f"/admin/contests/question/{pk}/picture/").status_code == 404
    page = client.get(change("question", question.pk)).content.decode()
    assert "picture_removed" not in page
    assert "picture_file" in page
