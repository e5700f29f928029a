"""Looking at one's attempt again: shut until every quiz of the bank has closed (rules: Q10)."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from contests.models import Attempt, Choice, KeyChange, Participant, Question, Quiz
from contests.models.quizzes import GRACE
from tests.clock import standing_at
from tests.contests.quizzes import (
    HOUR,
    MINUTE,
    SECOND,
    SECRETS,
    TICK,
    make_participant,
    make_quiz,
    start,
)
from tests.make import make_contest, make_user

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 2, 0, tzinfo=dt.UTC)
CLOSING = NOW + HOUR
OPENING = CLOSING + GRACE
EXPLANATION, LEGAL_BASIS, TOPIC = SECRETS
RIGHT = "Đáp án đúng"


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz(now=NOW)


@pytest.fixture
def person(quiz: Quiz, client: Client) -> Participant:
    """A participant whom `client` is signed in as."""
    person = make_participant(quiz.contest)
    client.force_login(person.user)
    return person


@pytest.fixture
def attempt(quiz: Quiz, person: Participant) -> Attempt:
    """A finished attempt: the first answered rightly, the second wrongly, the third not at all."""
    return finished(quiz, person)


def finished(quiz: Quiz, person: Participant, *, now: dt.datetime = NOW) -> Attempt:
    attempt = start(quiz, person=person, now=now)
    for position, choice in ((0, 1), (1, 2)):
        answer(attempt, position, choice)
    attempt.submit(now=now + 64 * SECOND)
    return attempt


def answer(attempt: Attempt, position: int, choice: int) -> None:
    item = attempt.paper[position]
    attempt.answers.create(
        question_id=item["q"],
        choice_id=item["c"][choice],
        generation=1,
        revision=1,
        saved_at=attempt.started_at,
    )


def url(attempt: Attempt, part: str = "review/") -> str:
    return f"/{attempt.quiz.contest.slug}/attempts/{attempt.pk}/{part}"


def seen(client: Client, attempt: Attempt, at: dt.datetime, part: str = "review/") -> str:
    with standing_at(at):
        # The session began at the wall's time, which lies elsewhere.
        client.force_login(attempt.participant.user)
        response = client.get(url(attempt, part))
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store, private"
    return response.content.decode()


def is_shut(said: str, attempt: Attempt) -> bool:
    """Whether nothing of the paper is told; fails where only a part is."""
    questions = Question.objects.filter(contest=attempt.quiz.contest)
    words = [*SECRETS, RIGHT, *questions.values_list("text", flat=True)]
    words += Choice.objects.filter(question__in=questions).values_list("text", flat=True)
    told = [word for word in words if word in said]
    # The topic is told by no page at all; everything else by the review once it is open.
    assert not told or set(told) == set(words) - {TOPIC}
    return not told


def test_it_opens_with_the_closing_and_its_grace_to_the_microsecond(client, attempt) -> None:
    for before in (NOW + 2 * MINUTE, CLOSING - TICK, CLOSING, OPENING - TICK):
        said = seen(client, attempt, before)
        assert is_shut(said, attempt)
        assert "Đáp án được mở sau 10:00 ngày 04/05/2026." in said

    assert not is_shut(seen(client, attempt, OPENING), attempt)


def test_before_it_opens_no_page_of_the_attempt_tells_anything(client, attempt) -> None:
    for part in ("", "result/", "review/", "confirm/"):
        with standing_at(OPENING - TICK):
            client.force_login(attempt.participant.user)
            said = client.get(url(attempt, part), follow=True).content.decode()
        assert is_shut(said, attempt), part


def test_another_quiz_of_the_bank_keeps_it_shut(client, quiz, attempt) -> None:
    later = make_quiz(quiz.contest, now=NOW + 3 * HOUR, slug="tuan-2")

    said = seen(client, attempt, later.closes_at + GRACE - TICK)
    assert is_shut(said, attempt)
    assert "Đáp án được mở sau 13:00 ngày 04/05/2026." in said
    assert not is_shut(seen(client, attempt, later.closes_at + GRACE), attempt)


@pytest.mark.parametrize("is_practice", [False, True])
def test_the_other_bank_and_another_contest_do_not(client, is_practice: bool) -> None:
    quiz = make_quiz(now=NOW)
    Question.objects.update(is_practice=is_practice)
    Quiz.objects.update(is_practice=is_practice)
    quiz.refresh_from_db()
    attempt = finished(quiz, make_participant(quiz.contest))
    make_quiz(quiz.contest, now=NOW + 3 * HOUR, slug="ngan-hang-kia", is_practice=not is_practice)
    make_quiz(make_contest("khac"), now=NOW + 3 * HOUR, is_practice=is_practice)

    assert not is_shut(seen(client, attempt, OPENING), attempt)


def test_somebody_who_still_answers_keeps_it_shut(client, quiz, attempt) -> None:
    """The closing was moved forward, which shortens no running attempt."""
    running = start(quiz, now=CLOSING - 9 * MINUTE)
    Quiz.objects.update(closes_at=CLOSING - 8 * MINUTE)
    Attempt.objects.filter(pk=running.pk).update(deadline_at=CLOSING)

    assert is_shut(seen(client, attempt, OPENING - TICK), attempt)
    assert not is_shut(seen(client, attempt, OPENING), attempt)
    running.submit(now=CLOSING - MINUTE)
    assert not is_shut(seen(client, attempt, CLOSING - MINUTE), attempt)


def test_it_tells_what_was_answered_what_is_right_and_why(client, attempt) -> None:
    said = seen(client, attempt, OPENING)

    cards = said.split('class="q-card reviewed"')[1:]
    assert [verdict_of(card) for card in cards] == ["Trả lời đúng", "Trả lời sai", "Chưa trả lời"]
    for number, card in enumerate(cards, start=1):
        assert f"Câu hỏi số {number}: cơ quan nào chủ trì?" in card
        assert EXPLANATION in card
        assert LEGAL_BASIS in card
        assert choices_with(card, RIGHT) == [f"Văn phòng ({number})"]
    chosen = [choices_with(card, "Anh/chị chọn") for card in cards]
    assert chosen == [["Văn phòng (1)"], ["Sở Tư pháp (2)"], []]
    assert "1 / 3" in said
    assert "1 phút 04 giây" in said


def test_the_choices_stand_as_they_were_shown(client, quiz, person) -> None:
    attempt = start(quiz, person=person, now=NOW)
    turned = [{**item, "c": item["c"][::-1]} for item in reversed(attempt.paper)]
    Attempt.objects.filter(pk=attempt.pk).update(paper=turned)
    attempt.refresh_from_db()
    answer(attempt, 0, 0)
    attempt.submit(now=NOW + MINUTE)

    first = seen(client, attempt, OPENING).split('class="q-card reviewed"')[1]

    texts = ["Tất cả (3)", "Sở Tư pháp (3)", "Văn phòng (3)", "Sở Nội vụ (3)"]
    assert sorted(texts, key=first.index) == texts
    assert choices_with(first, "Anh/chị chọn") == ["Tất cả (3)"]


def test_a_mended_key_and_a_dropped_question_show_as_they_hold_now(client, attempt) -> None:
    by = make_user()
    first, second, third = (item["q"] for item in attempt.paper)
    chosen = attempt.paper[1]["c"][2]
    kinds = KeyChange.Kind
    mend(first, kinds.DROP, by)
    mend(second, kinds.ACCEPT, by, choice_id=chosen)
    mend(third, kinds.ACCEPT_ALL, by)

    cards = seen(client, attempt, OPENING).split('class="q-card reviewed"')[1:]

    verdicts = [verdict_of(card) for card in cards]
    assert verdicts == ["Không tính điểm", "Trả lời đúng", "Chưa trả lời"]
    assert choices_with(cards[1], RIGHT) == ["Văn phòng (2)", "Sở Tư pháp (2)"]
    assert len(choices_with(cards[2], RIGHT)) == 4


def mend(question_id: int, kind: str, by, **more) -> None:
    KeyChange.objects.create(
        question_id=question_id, kind=kind, reason="Sai đáp án", by=by, at=NOW, **more
    )


def verdict_of(card: str) -> str:
    """Return the words of the tag in a question's head."""
    tag = card.split('<span class="tag', 1)[1].split("</span>", 1)[0]
    return tag.rpartition(">")[2].strip()


def choices_with(card: str, words: str) -> list[str]:
    """Return the texts of the choices beside which `words` stand."""
    found = []
    for choice in card.split('<span class="text">')[1:]:
        choice = choice.split("</li>")[0]
        if words in choice:
            found.append(choice.split("<")[0])
    return found


def test_a_running_attempt_leads_to_its_paper(client, quiz, person) -> None:
    now = timezone.now()
    Quiz.objects.update(opens_at=now - HOUR, closes_at=now + HOUR)
    quiz.refresh_from_db()
    attempt = start(quiz, person=person)

    assert client.get(url(attempt)).headers["Location"] == url(attempt, "")


def test_an_attempt_the_clock_ended_is_reviewed_without_a_sweep(client, quiz, person) -> None:
    attempt = start(quiz, person=person, now=CLOSING - MINUTE)
    answer(attempt, 0, 1)

    said = seen(client, attempt, OPENING)

    assert "1 / 3" in said
    assert not is_shut(said, attempt)


def test_it_is_nobody_elses(client, attempt) -> None:
    with standing_at(OPENING):
        client.force_login(make_participant(attempt.quiz.contest, "Trần Văn Hai").user)
        assert client.get(url(attempt)).status_code == 404
        client.logout()
        assert client.get(url(attempt)).status_code == 302
        client.force_login(attempt.participant.user)
        assert client.post(url(attempt)).status_code == 405
        assert client.get(url(attempt).replace(str(attempt.pk), str(10**30))).status_code == 404


def test_the_result_leads_to_it_once_it_is_open(client, attempt) -> None:
    link = f'href="{url(attempt)}"'
    before = seen(client, attempt, OPENING - TICK, "result/")
    after = seen(client, attempt, OPENING, "result/")

    words = "Đáp án và căn cứ pháp lý được mở sau 10:00 ngày 04/05/2026"
    assert words in before
    assert words not in after
    assert "Xem lại bài thi</a>" not in before
    assert "Xem lại bài thi</a>" in after
    assert link in before
    assert link in after


@pytest.mark.parametrize("questions", [3, 15])
def test_it_asks_the_same_number_of_queries_for_any_paper(
    client, questions, django_assert_max_num_queries
) -> None:
    quiz = make_quiz(now=NOW, questions=questions)
    attempt = finished(quiz, make_participant(quiz.contest))
    seen(client, attempt, OPENING)
    with standing_at(OPENING):
        client.force_login(attempt.participant.user)
        # Clock, session, user, contest, participant, attempt, two of the opening, answers, key,
        # reasons; the texts are warm.
        with django_assert_max_num_queries(11):
            client.get(url(attempt))


# --- the result page ------------------------------------------------------------------------------


def test_who_is_disqualified_is_told_why_and_whom_to_ask(client, attempt) -> None:
    Participant.objects.update(disqualified_reason="Thi hộ <b>người khác</b>")

    said = seen(client, attempt, OPENING, "result/")

    assert "Ban Tổ chức đã hủy kết quả của anh/chị." in said
    assert "Lý do: Thi hộ &lt;b&gt;người khác&lt;/b&gt;" in said
    assert "bài thi được tính cho đơn vị" not in said


def test_the_result_page_asks_once_more_only_when_the_quizzes_have_closed(
    client, attempt, django_assert_num_queries
) -> None:
    for at, queries in ((NOW + 2 * MINUTE, 1), (OPENING, 2)):
        with django_assert_num_queries(queries):
            attempt.quiz.keys_are_open(at)
