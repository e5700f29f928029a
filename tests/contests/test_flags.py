"""Flags on attempts: raised for a person to look at, once each, seen by organizers (rules: Q13)."""

import datetime as dt
import random

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from config.celery import app
from contests import devices, flags, tasks
from contests.models import Answer, Attempt, Choice, Flag
from tests.clock import standing_at
from tests.contests import entry_cast
from tests.contests.quizzes import HOUR, MINUTE, SECOND, make_participant, make_quiz, start
from tests.make import make_contest, make_organizer

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 2, 0, tzinfo=dt.UTC)
QUESTIONS = 15
FAST, SAME, DEVICE = Flag.Kind.FAST, Flag.Kind.SAME_ANSWERS, Flag.Kind.SHARED_DEVICE


@pytest.fixture
def quiz():
    return make_quiz(make_contest(now=NOW), questions=QUESTIONS, now=NOW)


def take(quiz, wrong=None, *, seconds=90, device="", person=None, answered=QUESTIONS):
    """Begin, answer and hand in: right but for `wrong`, place → which of the wrong choices."""
    person = person or make_participant(quiz.contest)
    attempt = Attempt.start(participant=person, quiz=quiz, device=device, now=NOW)
    answers = []
    for place, item in enumerate(attempt.paper[:answered]):
        choices = Choice.objects.filter(question=item["q"]).order_by("-is_correct", "position")
        answers.append(
            Answer(
                attempt=attempt,
                question_id=item["q"],
                choice=choices[(wrong or {}).get(place, 0)],
                generation=1,
                revision=1,
                saved_at=NOW,
            )
        )
    Answer.objects.bulk_create(answers)
    attempt.submit(now=NOW + seconds * SECOND)
    return attempt


def raised(kind):
    return {flag.attempt: flag for flag in Flag.objects.filter(kind=kind)}


# --- what is raised -----------------------------------------------------------------------------


def test_who_answers_faster_than_people_read_is_flagged_and_a_winner_of_2020_is_not(quiz):
    hasty, winner = take(quiz, seconds=31), take(quiz, seconds=64)
    assert flags.raise_flags(quiz, now=NOW + MINUTE * 2) == 1
    flag = raised(FAST)[hasty]
    assert flag.note == "15 câu trả lời trong 31 giây: mỗi câu 2,1 giây."
    assert (flag.participant, flag.raised_at) == (hasty.participant, NOW + MINUTE * 2)
    assert not Flag.objects.filter(attempt=winner).exists()


def test_a_running_attempt_and_one_given_up_at_once_are_not_flagged(quiz):
    start(quiz, now=NOW)
    take(quiz, seconds=3, answered=2)
    take(quiz, seconds=1, answered=0)
    assert flags.raise_flags(quiz, now=NOW + MINUTE) == 0


def test_looking_again_raises_nothing_twice_whether_looked_at_or_not(quiz):
    hasty = take(quiz, seconds=20)
    assert [flags.raise_flags(quiz, now=NOW + n * HOUR) for n in (0, 1)] == [1, 0]
    Flag.objects.update(settled_at=NOW + HOUR)
    assert flags.raise_flags(quiz, now=NOW + 2 * HOUR) == 0
    assert list(raised(FAST)) == [hasty]
    assert raised(FAST)[hasty].raised_at == NOW


def test_practice_is_never_looked_at(quiz):
    take(quiz, seconds=20)
    type(quiz).objects.update(is_practice=True)
    quiz.refresh_from_db()
    assert flags.raise_flags(quiz, now=NOW + 2 * HOUR) == 0
    with standing_at(NOW + MINUTE):
        assert tasks.raise_flags() == 0
    assert not Flag.objects.exists()


def test_three_people_on_one_device_are_flagged_and_two_are_not(quiz):
    first = [take(quiz, device="a" * 43) for _ in range(2)]
    assert flags.raise_flags(quiz, now=NOW) == 0
    third = take(quiz, device="a" * 43)
    take(quiz, device="")
    assert flags.raise_flags(quiz, now=NOW) == 3
    found = raised(DEVICE)
    assert set(found) == {*first, third}
    assert {flag.note for flag in found.values()} == {
        "3 người làm bài trên thiết bị này, thí sinh số 1, 2, 3. Máy tính dùng chung ở cơ quan là"
        " chuyện bình thường."
    }


def test_the_note_follows_what_is_known_until_somebody_has_looked(quiz):
    seen, _unseen, _third = (take(quiz, device="a" * 43) for _ in range(3))
    flags.raise_flags(quiz, now=NOW)
    raised(DEVICE)[seen].__class__.objects.filter(attempt=seen).update(settled_at=NOW)
    fourth = take(quiz, device="a" * 43)
    assert flags.raise_flags(quiz, now=NOW) == 1
    notes = {attempt: flag.note[:8] for attempt, flag in raised(DEVICE).items()}
    assert notes.pop(seen) == "3 người "
    assert set(notes.values()) == {"4 người "}
    assert fourth in notes


def test_one_person_with_many_attempts_is_no_shared_device(quiz):
    type(quiz).objects.update(attempts_allowed=0)
    quiz.refresh_from_db()
    person = make_participant(quiz.contest)
    for _ in range(4):
        take(quiz, device="a" * 43, person=person)
    assert flags.raise_flags(quiz, now=NOW) == 0


def same_answers(quiz, *, people=30):
    """Many who err here and there on their own, and two with the same eight wrong answers."""
    dice = random.Random(7)
    for _ in range(people):
        places = dice.sample(range(QUESTIONS), dice.randint(0, 4))
        take(quiz, {place: dice.randint(1, 3) for place in places})
    copied = {place: 1 + place % 3 for place in range(3, 11)}
    return take(quiz, copied), take(quiz, copied)


def test_equal_wrong_answers_are_compared_once_the_quiz_has_closed(quiz):
    one, other = same_answers(quiz)
    assert flags.raise_flags(quiz, now=quiz.closes_at) == 0
    assert flags.raise_flags(quiz, now=quiz.closes_at + 5 * SECOND) == 2
    found = raised(SAME)
    assert set(found) == {one, other}
    number = other.participant.number
    assert found[one].note.startswith(
        f"Câu sai giống hệt nhau: 8 câu với thí sinh số {number}. Ngẫu nhiên chỉ khoảng "
    )


def test_nobody_is_compared_while_somebody_goes_on_with_extra_time(quiz):
    same_answers(quiz)
    late = start(quiz, now=quiz.closes_at - MINUTE)
    Attempt.objects.filter(pk=late.pk).update(deadline_at=quiz.closes_at + 10 * MINUTE)
    assert flags.raise_flags(quiz, now=quiz.closes_at + MINUTE) == 0
    assert flags.raise_flags(quiz, now=quiz.closes_at + 11 * MINUTE) == 2


def test_looking_takes_a_fixed_number_of_queries(quiz, django_assert_num_queries):
    same_answers(quiz)
    flags.raise_flags(quiz, now=quiz.closes_at + MINUTE)
    for _ in range(20):
        take(quiz, seconds=60)
    # attempts, going on, answers, key (two), and for each of three kinds the flags there are
    with django_assert_num_queries(8):
        flags.raise_flags(quiz, now=quiz.closes_at + MINUTE)


# --- by whom and when ---------------------------------------------------------------------------


def test_the_worker_looks_every_ten_minutes_until_a_day_after_closing(quiz):
    hasty = take(quiz, seconds=20)
    entry = settings.CELERY_BEAT_SCHEDULE["raise-flags"]
    assert (app.tasks[entry["task"]], entry["schedule"]) == (tasks.raise_flags, 600)
    with standing_at(quiz.closes_at + dt.timedelta(days=1)):
        assert tasks.raise_flags() == 0
    with standing_at(quiz.closes_at + dt.timedelta(days=1) - SECOND):
        assert tasks.raise_flags() == 1
    assert list(raised(FAST)) == [hasty]


def test_an_organizer_has_the_own_contests_searched_again_and_no_other(quiz, client):
    client.force_login(make_organizer(quiz.contest))
    other = make_quiz(make_contest("khac", now=NOW), questions=QUESTIONS, now=NOW)
    mine, foreign = take(quiz, seconds=20), take(other, seconds=20)
    page = client.get("/admin/contests/flag/")
    assert "Tìm lại" in page.text
    with standing_at(NOW + MINUTE):
        answer = client.post(page.context["search_url"], follow=True)
    assert "có 1 mục mới" in answer.text
    assert list(raised(FAST)) == [mine]
    for address in (f"?contest={other.contest.pk}", "?contest=9" * 9, "?contest=x%00"):
        with standing_at(NOW + MINUTE):
            client.post(f"/admin/contests/flag/search/{address}")
    assert foreign not in raised(FAST)


def test_the_list_names_person_note_attempt_and_who_looked(quiz, client):
    organizer = make_organizer(quiz.contest, "Trần Thị Lý")
    client.force_login(organizer)
    attempt = take(quiz, seconds=20)
    flags.raise_flags(quiz, now=NOW)
    flag = raised(FAST)[attempt]
    chosen = {"action": "settle", "_selected_action": [flag.pk]}
    with standing_at(NOW + MINUTE):
        client.post("/admin/contests/flag/", chosen)
    page = client.get("/admin/contests/flag/", {"kind__exact": FAST}).text
    for said in (
        str(attempt.participant),
        flag.note,
        f'<a href="/admin/contests/attempt/{attempt.pk}/change/">{attempt.receipt}</a>',
        "09:01 04/05/2026 · Trần Thị Lý",
    ):
        assert said in page, said
    assert attempt.receipt not in client.get("/admin/contests/flag/?kind__exact=same_name").text
    assert AuditEntry.objects.get(action="flag.settle").actor == organizer


def test_the_list_takes_as_many_queries_for_one_flag_as_for_twenty(
    quiz, client, django_assert_max_num_queries
):
    client.force_login(make_organizer(quiz.contest))

    def queries():
        with django_assert_max_num_queries(40) as counted:
            client.get("/admin/contests/flag/")
        return len(counted)

    take(quiz, seconds=20)
    flags.raise_flags(quiz, now=NOW)
    client.get("/admin/contests/flag/")
    once = queries()
    for _ in range(19):
        take(quiz, seconds=20)
    assert flags.raise_flags(quiz, now=NOW) == 19
    assert queries() == once


# --- the device ---------------------------------------------------------------------------------


@pytest.fixture
def contest():
    made = entry_cast.contest()
    make_quiz(made, now=timezone.now(), slug="tuan-1", name="Tuần 1")
    return made


def come_in(browser, contest, phone):
    participant, code = entry_cast.with_code(contest, phone=phone)
    browser.post(f"/enter/{code.link_token}/", {"consent": "on"})
    return participant


def begin(browser, contest):
    browser.post(f"/{contest.slug}/quiz/tuan-1/start/")
    return Attempt.objects.latest("pk")


def test_signing_in_gives_the_browser_a_random_number_that_stays(contest, client):
    assert devices.COOKIE not in client.get(f"/{contest.slug}/sign-in/").cookies
    come_in(client, contest, "0912000001")
    cookie = client.cookies[devices.COOKIE]
    assert len(cookie.value) == 22
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 31_536_000)
    come_in(client, contest, "0912000002")
    assert client.cookies[devices.COOKIE].value == cookie.value


def test_an_attempt_keeps_a_hash_of_the_browser_it_began_in(contest, client):
    come_in(client, contest, "0912000001")
    first = begin(client, contest)
    client.post("/sign-out/")
    come_in(client, contest, "0912000002")
    second = begin(client, contest)
    elsewhere = Client()
    come_in(elsewhere, contest, "0912000003")
    third = begin(elsewhere, contest)
    assert first.participant != second.participant
    assert len(first.device) == 43
    assert first.device == second.device != third.device
    assert client.cookies[devices.COOKIE].value not in first.device


def test_the_hash_of_one_browser_differs_from_contest_to_contest(contest, client, rf):
    come_in(client, contest, "0912000001")
    request = rf.get("/")
    request.COOKIES[devices.COOKIE] = client.cookies[devices.COOKIE].value
    other = entry_cast.contest("khac")
    assert devices.device_of(request, contest) != devices.device_of(request, other)


@pytest.mark.parametrize("value", ["", "x", "x" * 21, "x" * 23, "x" * 5000, "é" * 22, "<b>" * 8])
def test_another_cookie_than_ours_is_none_and_is_replaced_at_the_next_sign_in(
    contest, client, value
):
    come_in(client, contest, "0912000001")
    client.cookies[devices.COOKIE] = value
    assert begin(client, contest).device == ""
    come_in(client, contest, "0912000002")
    assert len(client.cookies[devices.COOKIE].value) == 22


def test_the_privacy_notice_names_the_cookie(contest, client):
    page = client.get(f"/{contest.slug}/privacy/").text
    assert "cookie" in page
    assert "không chứa thông tin nào về bạn" in page
