"""No key, explanation, topic, legal basis or statistic leaves before it may (rules: Q10).

Texts carry canaries that are sought in every answer. A key and a statistic have no text of their
own: there the same visits are made before and after the right choice, or what others chose, was
moved, and every answer has to be the same to the byte.
"""

import datetime as dt
import logging
import re

import pytest
from django.db import transaction
from django.utils import timezone

from contests import saving, tokens
from contests.models import Answer, Attempt, Choice, Question, Quiz
from scoring.documents import FORMATS
from tests.clock import standing_at
from tests.contests.quizzes import make_participant, start
from tests.permissions_cast import ACTORS, ORGANIZERS, Cast, lay_files
from tests.permissions_table import ADDRESSES
from tests.permissions_visit import Visit, body, browser, path_of

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 2, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
FIELDS = ("explanation", "legal_basis", "topic")
NOBODY_YET = [actor for actor in ACTORS if actor not in ORGANIZERS]
# These differ from visit to visit, by new codes and by the machine's free space; the words are
# sought in them all the same.
CHANGING = {"code_issue", "codes_issue", "readyz"}
TABLES = ("units", "people", "videos", "awards", "blocks")
QUERIES = "?q=canh-bao&page=1&state=x&o=1&contest=1&all=&_facets=True"


def canary(field, number):
    return f"chimbaotin{field.replace('_', '')}{number}x"


@pytest.fixture
def cast():
    """Everybody, at a moment that stands still; answers of others, some of them finished."""
    with standing_at(NOW):
        lay_files()
        made = Cast()
        home = made.home
        for question in home.contest.questions.all():
            words = {field: canary(field, question.number) for field in FIELDS}
            Question.objects.filter(pk=question.pk).update(**words)
        for number in range(4):
            person = make_participant(home.contest, f"Hồ Thị {number}", unit=home.other_unit)
            other = start(home.done_quiz, person=person, now=NOW)
            answer(other, choice=0)
            other.submit(now=NOW + MINUTE)
        answer(home.attempt, choice=0, places=2)
        yield made


def answer(attempt, *, choice, places=3):
    Answer.objects.bulk_create(
        Answer(
            attempt=attempt,
            question_id=item["q"],
            choice_id=item["c"][choice],
            generation=1,
            revision=place + 1,
            saved_at=NOW,
        )
        for place, item in enumerate(attempt.paper[:places])
    )


def further(home):
    """What the matrix does not ask: JSON, other people's rows, odd and wrong addresses."""
    attempt, done = home.attempt, home.done
    save = {"token": tokens.make(attempt), "position": 2, "choice": 1, "revision": 9}
    for changes in ({}, {"revision": 0}, {"position": 99}, {"choice": "x"}, {"token": "x.y.z"}):
        yield "POST", "/api/answers/", {**save, **changes}
    over = tokens.make(done)
    yield "POST", "/api/answers/", {**save, "token": over}
    for pk in (attempt.pk, done.pk, 0, 10**30):
        for page in ("", "result/", "review/", "confirm/", "picture/0/", "picture/99/"):
            yield "GET", f"/{home.slug}/attempts/{pk}/{page}", None
        yield "GET", f"/api/attempts/{pk}/", None
        yield "GET", f"/admin/contests/attempt/{pk}/change/", None
    for table in TABLES:
        for form in FORMATS:
            yield "GET", f"/{home.slug}/downloads/{table}.{form}", None
    for model in ("attempt", "choice", "keychange", "flag", "blueprintrow", "answer"):
        for field in ("question", "quiz", "choice", "attempt"):
            yield (
                "GET",
                f"/admin/autocomplete/?app_label=contests&model_name={model}"
                f"&field_name={field}&term=a",
                None,
            )
    for pk in home.contest.questions.values_list("pk", flat=True):
        yield "GET", f"/admin/contests/question/{pk}/change/", None
        yield "GET", f"/admin/contests/question/{pk}/history/", None
    for address in (
        "/khong-co/",
        f"/{home.slug}/khong-co/",
        "/admin/khong-co/",
        "/media/x",
        "/%00",
    ):
        yield "GET", address, None


def visits(cast, actor):
    """Visit everything there is as this actor; yield what was asked, and what came back."""
    client = browser(cast, actor)
    for name, address in ADDRESSES.items():
        path = path_of(name, cast.home)
        yield name, f"GET {path}", visit(client, "GET", path.partition("?")[0] + QUERIES)
        yield name, f"POST {path}", visit(client, "POST", path, address.data(cast.home))
    for method, path, content in further(cast.home):
        yield "", f"{method} {path} {content}", visit(client, method, path, content)


def visit(client, method, path, content=None):
    if method in ("GET", "POST") and not path.startswith("/api/"):
        return Visit(client, method, path, content).content
    with transaction.atomic():
        if method == "POST":
            response = client.post(path, content or {}, content_type="application/json")
        else:
            response = client.generic(method, path)
        transaction.set_rollback(True)
    return body(response)


def words():
    return [
        canary(field, number)
        for field in FIELDS
        for number in Question.objects.filter(contest__slug="nha").values_list("number", flat=True)
    ]


def tell(request, capsys, said):
    with capsys.disabled():
        request.config.pluginmanager.get_plugin("terminalreporter").write_line(f" {said}")


# --- texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "closed"),
    [
        *((actor, "none") for actor in NOBODY_YET),
        *((actor, "one") for actor in ("participant", "colleague", "coordinator", "judge")),
    ],
)
def test_no_canary_is_in_any_answer_while_a_quiz_can_draw_it(
    cast, actor, closed, request, capsys, caplog
):
    """Also where the quiz the person took has closed, and another draws from the same bank."""
    caplog.set_level(logging.DEBUG)
    if closed == "one":
        Quiz.objects.filter(pk=cast.home.done_quiz.pk).update(closes_at=NOW - MINUTE)
    sought, read, told = words(), 0, []
    for _name, asked, content in visits(cast, actor):
        read += 1
        told += [f"{asked} tells {word}" for word in sought if word in content]
    told += [f"the log tells {word}" for word in sought if word in caplog.text.lower()]
    tell(request, capsys, f"{actor}, {closed} closed: {read} answers read for {len(sought)} words")
    assert read > 2 * len(ADDRESSES)
    assert not told, "\n".join(told)


@pytest.mark.parametrize("actor", ORGANIZERS)
def test_the_organizers_pages_do_show_the_canaries(cast, actor):
    """What shows that the words would be found."""
    client = browser(cast, actor)
    for question in cast.home.contest.questions.all():
        page = visit(client, "GET", f"/admin/contests/question/{question.pk}/change/")
        for field in FIELDS:
            assert canary(field, question.number) in page


@pytest.mark.parametrize("actor", ["colleague", "coordinator"])
def test_once_every_quiz_has_closed_the_own_review_tells_and_nothing_else_does(cast, actor):
    Quiz.objects.filter(contest=cast.home.contest).update(closes_at=NOW - MINUTE)
    Attempt.objects.filter(pk=cast.home.attempt.pk).update(
        started_at=NOW - 20 * MINUTE, deadline_at=NOW - 10 * MINUTE
    )
    review = f"/{cast.home.slug}/attempts/{cast.home.done.pk}/review/"
    sought = words()
    shown = visit(browser(cast, "colleague"), "GET", review)
    for question in cast.home.contest.questions.all():
        assert canary("explanation", question.number) in shown
        assert canary("legal_basis", question.number) in shown
    told = {
        asked.partition(" None")[0]
        for _name, asked, content in visits(cast, actor)
        if any(word in content for word in sought)
    }
    assert told == ({f"GET {review}"} if actor == "colleague" else set())


# --- the key and statistics ---------------------------------------------------------------------


@pytest.mark.parametrize("actor", ["participant", "colleague", "coordinator", "judge"])
def test_no_answer_changes_with_the_key_or_with_what_others_chose(cast, actor, request, capsys):
    first = answers_to(cast, actor)
    move_the_key(cast.home)
    move_what_others_chose(cast.home)
    assert differences(first, answers_to(cast, actor)) == []
    tell(request, capsys, f"{actor}: 2 times {len(first)} answers read and compared")


def test_the_organizers_answers_do_change_with_both(cast):
    """What shows that a difference would be found."""
    client = browser(cast, "organizer")
    question = f"/admin/contests/question/{cast.home.question.pk}/change/"
    other = cast.home.done_quiz.attempts.exclude(pk=cast.home.done.pk).first()
    taken = f"/admin/contests/attempt/{other.pk}/change/"
    before = {page: normal(visit(client, "GET", page)) for page in (question, taken)}
    move_what_others_chose(cast.home)
    assert normal(visit(client, "GET", taken)) != before[taken]
    assert normal(visit(client, "GET", question)) == before[question]
    move_the_key(cast.home)
    assert normal(visit(client, "GET", question)) != before[question]


def answers_to(cast, actor):
    return {
        asked: "" if name in CHANGING else normal(content)
        for name, asked, content in visits(cast, actor)
    }


def differences(some, others):
    assert some.keys() == others.keys()
    return [asked for asked, content in some.items() if content != others[asked]]


def normal(content):
    """Leave out what is random in every answer: form tokens, session keys, keys of new rows."""
    content = re.sub(r"(csrfmiddlewaretoken\S* value=\S)\w{64}", r"\1", content)
    content = re.sub(r"(csrftoken|sessionid|browser|messages)=[^;\s]+", r"\1", content)
    return re.sub(r"(location: \S*?/attempts/)\d+", r"\1", content)


def move_the_key(home):
    """Make the first choice of every question the right one; it was the second."""
    choices = Choice.objects.filter(question__contest=home.contest)
    assert choices.filter(position=1, is_correct=True).exists()
    choices.update(is_correct=False)
    choices.filter(position=0).update(is_correct=True)


def move_what_others_chose(home):
    """Let all but the two who may come by have chosen the last choice everywhere."""
    others = Answer.objects.filter(attempt__quiz=home.done_quiz).exclude(attempt=home.done)
    assert others.count() == 12
    for answered in others.select_related("attempt"):
        item = next(i for i in answered.attempt.paper if i["q"] == answered.question_id)
        Answer.objects.filter(pk=answered.pk).update(choice_id=item["c"][3])


# --- while it runs ------------------------------------------------------------------------------


def test_neither_a_save_nor_its_refusals_tell_right_from_wrong(cast):
    """Each choice of each question saved: the answers differ in the echoed place alone."""
    client = browser(cast, "participant")
    attempt, seen = cast.home.attempt, set()
    for position, item in enumerate(attempt.paper):
        for choice in range(len(item["c"])):
            with transaction.atomic():
                response = client.post(
                    "/api/answers/",
                    {
                        "token": tokens.make(attempt),
                        "position": position,
                        "choice": choice,
                        "revision": saving.MAX_REVISION,
                    },
                    content_type="application/json",
                )
                transaction.set_rollback(True)
            assert response.status_code == 200
            echoed = f'"position":{position},"choice":{choice}'
            assert echoed in response.text
            seen.add(response.text.replace(echoed, ""))
    assert len(seen) == 1
    assert timezone.now() == NOW
