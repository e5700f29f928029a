"""Moments in the administration's forms: hours and minutes, and no second is ever lost."""

import datetime as dt

import pytest
from django import forms
from django.utils import translation

from contests.models import Quiz, SettingChange
from tests.contests.admin_pages import change, submit
from tests.contests.quizzes import make_quiz
from tests.make import make_organizer

NOON = dt.datetime(2026, 12, 15, 5, 0, tzinfo=dt.UTC)
LAST_SECOND = dt.datetime(2026, 12, 15, 16, 59, 59, tzinfo=dt.UTC)


@pytest.fixture
def quiz(client, db):
    quiz = make_quiz(opens_at=dt.datetime(2020, 12, 1, 1, 0, tzinfo=dt.UTC), closes_at=NOON)
    client.force_login(make_organizer(quiz.contest))
    return quiz


def page(client, quiz):
    return client.get(change("quiz", quiz.pk)).content.decode()


def test_a_moment_is_shown_without_seconds(client, quiz):
    said = page(client, quiz)
    assert 'name="closes_at_0" value="15/12/2026"' in said
    assert 'name="closes_at_1" value="12:00"' in said


def test_the_last_second_of_a_day_is_shown_and_kept(client, quiz):
    Quiz.objects.filter(pk=quiz.pk).update(closes_at=LAST_SECOND)
    assert 'name="closes_at_1" value="23:59:59"' in page(client, quiz)
    assert submit(client, change("quiz", quiz.pk), name="Đợt 1").status_code == 302
    quiz.refresh_from_db()
    assert (quiz.name, quiz.closes_at) == ("Đợt 1", LAST_SECOND)
    assert not SettingChange.objects.exists()


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    ("typed", "second"), [("15/12/2026 23:59:59", 59), ("15/12/2026 23:59", 0)]
)
def test_both_spellings_of_a_moment_can_be_typed(language, typed, second):
    with translation.override(language):
        moment = forms.DateTimeField(localize=True).clean(typed)
        time = forms.TimeField(localize=True).clean(typed.split()[1])
    assert (moment.hour, moment.minute, moment.second) == (23, 59, second)
    assert time == dt.time(23, 59, second)
