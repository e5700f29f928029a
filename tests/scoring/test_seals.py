"""Broken seals in words: each row by name, and one plain reason where none holds (rules: A7)."""

import pytest
from django.utils.functional import Promise

from contests.models import Attempt
from scoring import guard, results
from scoring.models import ScoreSheet
from scoring.seals import NAMED_OF_ALL, broken_seals, raw_differences
from scoring.verification import COLUMNS, TABLES, verify
from tests.scoring.cast import JUDGED, Stage, make_person, sit

pytestmark = pytest.mark.django_db
ANOTHER_KEY = "x" * 50


@pytest.fixture
def stage():
    made = Stage()
    results.refresh(made.contest, now=JUDGED)
    return made


def test_another_key_is_said_in_one_sentence_before_the_rows(stage, settings):
    assert verify(stage.contest) == []
    settings.SECRET_KEY = ANOTHER_KEY
    for said in (verify(stage.contest), broken_seals(stage.contest)):
        assert said[0].startswith("Cả 4 niêm phong đều không khớp: có thể SECRET_KEY đã thay đổi.")
        assert len([line for line in said if "SECRET_KEY" in line]) == 1
        # Two attempts and two sheets.
        assert len(said) == 5


def test_of_thousands_of_rows_a_few_are_named(stage, settings):
    for number in range(NAMED_OF_ALL):
        sit(make_person(stage.other, f"Hồ Thị {number}"), stage.quiz)
    settings.SECRET_KEY = ANOTHER_KEY
    said = broken_seals(stage.contest)
    assert said[0].startswith(f"Cả {NAMED_OF_ALL + 4} niêm phong")
    assert len(said) == 1 + NAMED_OF_ALL


def test_one_seal_that_holds_names_every_other_row_and_blames_no_key(stage):
    Attempt.objects.update(seal="0" * 64)
    first, second = ScoreSheet.objects.order_by("pk")
    with guard.lifted():
        ScoreSheet.objects.filter(pk=first.pk).update(seal="0" * 64)
    said = raw_differences(stage.contest)
    assert len(said) == 3
    assert not [line for line in said if "SECRET_KEY" in line]
    with guard.lifted():
        ScoreSheet.objects.filter(pk=second.pk).update(seal="0" * 64)
    assert "SECRET_KEY" in raw_differences(stage.contest)[0]


def test_a_single_row_is_named_and_blames_no_key(stage):
    with guard.lifted():
        ScoreSheet.objects.update(seal="", state=ScoreSheet.State.DRAFT)
    Attempt.objects.exclude(pk=stage.attempts[0].pk).delete()
    Attempt.objects.update(duration_ms=1)
    (said,) = broken_seals(stage.contest)
    assert stage.attempts[0].receipt in said


def test_every_column_that_is_compared_has_a_name_for_people(stage):
    result_set = stage.contest.result_sets.get()
    for relation in TABLES:
        for field in getattr(result_set, relation).model._meta.concrete_fields:
            named = COLUMNS.get(field.name, field.verbose_name)
            assert field.primary_key or isinstance(named, Promise), (relation, field.name)


def test_a_changed_place_is_told_in_vietnamese(stage):
    stage.contest.result_sets.get().units.filter(code="DV02").update(position=7)
    assert [line for line in verify(stage.contest) if "vị trí trong danh sách đang là 7" in line]
