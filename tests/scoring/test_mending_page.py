"""The page on which a key is mended: choose, look, give the reason, confirm (rules: Q12)."""

import html

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from contests import bank
from contests.models import Attempt, KeyChange, Question, Quiz, SettingChange
from tests.contests.quizzes import HOUR, make_participant, start
from tests.make import make_contest, make_judge, make_organizer
from tests.scoring.cast import JUDGED, make_person, sit
from tests.scoring.test_regrade_preview import Board

pytestmark = pytest.mark.django_db


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def hoa(board, client):
    client.force_login(board.clerk)
    return board.clerk


def page_of(question):
    return f"/admin/contests/keychange/question/{question.pk}/"


def seen(response):
    assert response.status_code == 200
    return " ".join(html.unescape(response.content.decode()).split())


def told(response):
    return [str(message) for message in response.context["messages"]]


def test_the_page_shows_the_key_and_the_ways_that_are_left(client, hoa, board):
    text = seen(client.get(page_of(board.question)))
    assert board.question.text in text
    assert all(f'value="accept-{letter}"' in text for letter in "ACD")
    assert 'value="accept-B"' not in text  # right already
    assert 'value="accept_all"' in text
    assert 'value="drop"' in text
    assert "Chưa có gì được lưu." not in text


def test_the_preview_names_who_and_what_changes_and_stores_nothing(client, hoa, board):
    response = client.get(page_of(board.question), {"way": "accept-A"})
    text = seen(response)
    assert [line.after.name for _quiz, line in response.context["people"]] == [
        "Đặng Văn Minh",
        "Lê Văn An",
        "Nguyễn Thị Lan",
    ]
    assert "1/2 → 2/2" in text
    assert "2 → 1" in text
    assert "50.00 → 100.00" in text or "50,00 → 100,00" in text
    assert "mất" in text
    assert response.context["plan"].finished == 3
    assert not KeyChange.objects.exists()
    assert set(Attempt.objects.values_list("correct", flat=True)) == {1, 2}


def test_confirmed_it_is_done_and_says_what_comes_next(client, hoa, board):
    page = page_of(board.question)
    response = client.post(page, {"way": "accept-A", "reason": "Nghị định mới"}, follow=True)
    done, following = told(response)
    assert "3 lượt thi" in done
    assert "2 lượt thi" in done
    assert "Tính lại" in following
    change = KeyChange.objects.get()
    assert (change.choice, change.reason, change.by) == (
        board.wrong_choice(),
        "Nghị định mới",
        hoa,
    )
    assert set(Attempt.objects.values_list("correct", flat=True)) == {2}
    entry = AuditEntry.objects.get(action="question.mend_key")
    assert (entry.actor, entry.contest) == (hoa, board.contest.slug)
    assert "Nghị định mới" in seen(response)
    assert 'value="accept-A"' not in seen(response)


def test_twice_says_so(client, hoa, board):
    for count, way in enumerate(("accept-A", "drop"), start=1):
        data = {"way": way, "reason": "Sai"}
        client.post(page_of(board.question), data)
        (said,) = told(client.post(page_of(board.question), data, follow=True))[-1:]
        assert "không có gì thay đổi" in said
        assert KeyChange.objects.count() == count


def test_what_is_right_already_is_said_to_be_so(client, hoa, board):
    data = {"way": "accept-B", "reason": "Vì"}
    assert "đã được chấp nhận" in seen(client.get(page_of(board.question), data))
    assert "đã được chấp nhận" in seen(client.post(page_of(board.question), data))
    assert not KeyChange.objects.exists()


def test_after_publication_a_correction_is_asked_for(client, hoa, board):
    board.contest.provisional_at = JUDGED
    board.contest.save(update_fields=["provisional_at"])
    assert "Kết quả đã được công bố" in seen(
        client.get(page_of(board.question), {"way": "accept-A"})
    )
    response = client.post(page_of(board.question), {"way": "drop", "reason": "Sai"}, follow=True)
    assert "công bố bản đính chính" in told(response)[1]


def test_without_a_reason_the_preview_comes_again_and_nothing_is_stored(client, hoa, board):
    for reason in ("", "   ", None):
        data = {"way": "drop"} if reason is None else {"way": "drop", "reason": reason}
        response = client.post(page_of(board.question), data)
        assert response.context["reason"].errors
        assert response.context["plan"].regrades
    assert not KeyChange.objects.exists()


@pytest.mark.parametrize(
    "way",
    ["", "x", "accept-", "accept-Z", "accept", "drop\x00", "accept_all-A", "9" * 400],
)
def test_odd_ways_are_refused_in_a_sentence(client, hoa, board, way):
    for response in (
        client.get(page_of(board.question), {"way": way}),
        client.post(page_of(board.question), {"way": way, "reason": "Vì"}),
    ):
        assert response.context["form"].errors["way"]
        assert "plan" not in response.context
    assert not KeyChange.objects.exists()


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, ""])
def test_odd_pages_show_a_page(client, hoa, board, page):
    response = client.get(page_of(board.question), {"way": "drop", "page": page})
    assert len(response.context["people"]) == 3


def test_an_empty_post_says_what_is_missing(client, hoa, board):
    response = client.post(page_of(board.question))
    assert response.context["form"].errors
    assert response.context["reason"].errors
    assert (
        client.post(page_of(board.question), {"way": "drop", "reason": "\x00"}).status_code == 200
    )
    assert not KeyChange.objects.exists()


def test_a_broken_seal_is_named_and_there_is_no_button(client, hoa, board):
    broken = board.quiz.attempts.order_by("pk").first()
    Attempt.objects.filter(pk=broken.pk).update(seal="0" * 64)
    text = seen(client.get(page_of(board.question), {"way": "accept-A"}))
    assert broken.receipt in text
    assert 'name="reason"' not in text
    response = client.post(page_of(board.question), {"way": "accept-A", "reason": "Vì"})
    assert broken.receipt in seen(response)
    assert not KeyChange.objects.exists()


def test_while_the_quiz_is_open_the_page_says_that_more_will_follow(client, hoa, board):
    now = timezone.now()
    Quiz.objects.update(opens_at=now - HOUR, closes_at=now + HOUR)
    board.quiz.refresh_from_db()
    start(board.quiz, person=make_participant(board.contest), now=now)
    response = client.get(page_of(board.question), {"way": "drop"})
    assert "vẫn đang mở" in seen(response)
    assert response.context["plan"].running == 1


def test_many_people_are_shown_page_by_page(client, hoa, board, monkeypatch):
    monkeypatch.setattr("scoring.admin.mending.ROWS_OF_A_PAGE", 2)
    for name in ("Lê Văn Tư", "Lê Văn Năm"):
        sit(make_person(board.contest.units.get(code="DV01"), name), board.quiz, right=1)
    first = client.get(page_of(board.question), {"way": "drop"})
    assert 'href="?way=drop&page=2"' in seen(first)
    named = []
    for number in (1, 2, 3):
        response = client.get(page_of(board.question), {"way": "drop", "page": number})
        named += [line.after.number for _quiz, line in response.context["people"]]
    assert sorted(named) == [1, 2, 3, 4, 5]


def test_a_page_takes_few_queries_however_many_people(
    client, hoa, board, django_assert_max_num_queries
):
    for number in range(20):
        sit(make_person(board.contest.units.get(code="DV01"), f"Lê Văn {number}"), board.quiz)
    with django_assert_max_num_queries(50):
        client.get(page_of(board.question), {"way": "drop"})


# --- who may


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_organizers_of_the_contest_come_here(client, board, method):
    page, data = page_of(board.question), {"way": "drop", "reason": "Vì"}
    client.force_login(make_organizer(make_contest("khac"), "Người khác"))
    assert getattr(client, method)(page, data).status_code == 404
    client.force_login(make_judge(board.contest).user)
    assert getattr(client, method)(page, data).status_code == 403
    client.force_login(board.minh.user)
    assert getattr(client, method)(page, data).status_code == 302
    assert not KeyChange.objects.exists()


@pytest.mark.parametrize("pk", ["0", "99999999", "9" * 18])
def test_a_question_that_is_not_there_is_not_found(client, hoa, pk):
    assert client.get(f"/admin/contests/keychange/question/{pk}/").status_code == 404


def test_mended_keys_are_listed_and_never_edited(client, hoa, board):
    board.mend("drop")
    change = KeyChange.objects.get()
    text = seen(client.get("/admin/contests/keychange/"))
    assert "Văn bản mới" in text
    row = f"/admin/contests/keychange/{change.pk}"
    assert board.question.text in seen(client.get(f"{row}/change/"))
    assert client.post(f"{row}/change/", {"reason": "Khác"}).status_code == 403
    assert client.post(f"{row}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/contests/keychange/add/").status_code == 403
    change.refresh_from_db()
    assert change.reason == "Văn bản mới"


# --- from the question's page, and what the other pages say


def test_the_questions_page_leads_here_and_tells_of_mended_keys(client, hoa, board):
    url = f"/admin/contests/question/{board.question.pk}/change/"
    assert page_of(board.question) in seen(client.get(url))
    assert "Văn bản mới" not in seen(client.get(url))
    board.mend("accept", board.wrong_choice())
    assert "Văn bản mới" in seen(client.get(url))


def test_every_version_has_its_own_way(client, hoa, board):
    old = board.question
    newer = bank.revise(
        question=Question.objects.get(pk=old.pk),
        values={"text": "Câu hỏi mới?"},
        choices=[bank.ChoiceText(c.text, c.is_correct, False) for c in old.choices.all()],
        reason="Rõ hơn",
        by=hoa,
        now=timezone.now(),
    )
    text = seen(client.get(f"/admin/contests/question/{newer.pk}/change/"))
    assert page_of(old) in text
    assert page_of(newer) in text
    assert page_of(newer) in seen(client.get(page_of(old)))
    # Nobody has the new version yet.
    assert "sửa trực tiếp" in seen(client.get(page_of(newer), {"way": "drop"}))


def test_an_attempts_page_shows_the_mended_key(client, hoa, board):
    attempt = board.quiz.attempts.get(participant=board.minh)
    page = f"/admin/contests/attempt/{attempt.pk}/change/"
    board.mend("accept", board.wrong_choice())
    rows = client.get(page).context["rows"]
    assert [row["is_correct"] for row in rows] == [True, True]
    assert board.wrong_choice() in rows[1]["accepted"]
    board.mend("drop")
    response = client.get(page)
    assert [row["is_dropped"] for row in response.context["rows"]] == [False, True]
    assert "không tính điểm" in seen(response)


def test_a_practice_question_ranks_nobody(client, hoa, board):
    Quiz.objects.update(is_practice=True)
    Question.objects.update(is_practice=True)
    response = client.get(page_of(board.question), {"way": "accept-A"})
    assert "ngân hàng thi thử" in seen(response)
    assert "shift" not in response.context
    client.post(page_of(board.question), {"way": "accept-A", "reason": "Sai"})
    assert KeyChange.objects.exists()
    assert not SettingChange.objects.exists()
