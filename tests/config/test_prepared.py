"""A query that is worded once finds what the ordinary one finds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.prepared import Prepared, PreparedForIds
from contests.models import Choice, Participant, Quiz
from tests.contests.quizzes import make_participant, make_quiz
from tests.make import make_contest

pytestmark = pytest.mark.django_db


def test_it_gives_instances_with_what_was_joined(django_assert_num_queries) -> None:
    prepared = Prepared(
        lambda contest, text_phone: Participant.objects.filter(
            contest=contest, phone=text_phone
        ).select_related("unit", "user"),
        "contest",
        "text_phone",
    )
    contest = make_contest()
    first, second = make_participant(contest), make_participant(contest, "Lê Văn Hai")

    with django_assert_num_queries(2):
        found = [
            prepared.first(contest=contest.pk, text_phone=person.phone)
            for person in (second, first)
        ]
        assert found == [second, first]
        assert [person.unit.code for person in found] == [first.unit.code] * 2
        assert found[0].user.full_name == "Lê Văn Hai"
    # As the ordinary query reads them: with their converters, and as stored rows.
    assert found[0].name_sort_key == Participant.objects.get(pk=second.pk).name_sort_key
    assert found[0].registered_at == second.registered_at
    found[0].workplace = "Ở đây"
    found[0].save()
    assert Participant.objects.get(pk=second.pk).workplace == "Ở đây"


def test_it_gives_tuples_of_a_values_list() -> None:
    quiz = make_quiz()
    prepared = Prepared(lambda pk: Quiz.objects.filter(pk=pk).values_list("slug", "name"), "pk")

    assert prepared.all(pk=quiz.pk) == [(quiz.slug, quiz.name)]


def test_it_is_worded_once_and_asked_each_time() -> None:
    worded = []

    def build(pk: int):
        worded.append(pk)
        return Quiz.objects.filter(pk=pk)

    prepared, quiz = Prepared(build, "pk"), make_quiz()
    for name in ("Tuần 1", "Tuần 2"):
        Quiz.objects.filter(pk=quiz.pk).update(name=name)
        assert prepared.first(pk=quiz.pk).name == name

    assert len(worded) == 1


@pytest.mark.parametrize("pk", [0, -1, 2**63, -(2**63) - 1, 10**40])
def test_numbers_that_no_row_has_find_nothing(pk: int) -> None:
    assert Prepared(lambda pk: Quiz.objects.filter(pk=pk), "pk").first(pk=pk) is None


@pytest.mark.parametrize("slug", ["", "khong-co", "a\0b", "' OR 1=1 --", "text_slug"])
def test_texts_that_no_row_has_find_nothing(slug: str) -> None:
    make_quiz()
    prepared = Prepared(lambda text_slug: Quiz.objects.filter(slug=text_slug), "text_slug")

    assert prepared.first(text_slug=slug) is None


def test_a_value_that_is_not_in_the_sql_is_a_mistake() -> None:
    prepared = Prepared(lambda pk, other: Quiz.objects.filter(pk=pk), "pk", "other")

    with pytest.raises(ValueError, match="missing"):
        prepared.all(pk=1, other=2)


def test_lists_of_ids_of_every_length() -> None:
    make_quiz(questions=5)
    prepared = PreparedForIds(
        lambda ids: Choice.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "text")
    )
    every = list(Choice.objects.order_by("pk").values_list("pk", "text"))
    ids = [pk for pk, _ in every]

    assert prepared.all(ids) == every
    assert prepared.all(reversed(ids[3:7])) == every[3:7]
    assert prepared.all([ids[0], ids[0], ids[2]]) == [every[0], every[2]]
    with CaptureQueriesContext(connection) as asked:
        assert prepared.all([]) == []
    assert len(asked) == 0
