"""Every column a result depends on is in its digest, and no other column is (rules: A3)."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db.models import (
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    IntegerField,
    JSONField,
    Model,
)

from accounts.models import User
from contests.models import Attempt, Conflict, Contest, Judge, Participant, Quiz, Unit
from media_uploads.models import VideoSubmission
from scoring import guard
from scoring.facts import digest
from scoring.gathering import gather
from scoring.models import AwardTier, Criterion, Mark, ScoreSheet, TieDecision
from tests.make import make_judge, make_unit
from tests.scoring.cast import DAY, NOW, Stage, make_person, make_quiz, sit

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)

# Of each model's counted row: the columns that enter; every other column must not.
INPUTS: dict[type[Model], set[str]] = {
    Contest: {
        "slug", "year", "quiz_weight", "video_weight", "unit_rule", "unit_rule_n",
        "turnout_target", "min_participants", "judge_aggregate", "unit_chain", "person_chain",
        "video_chain", "award_needs_both",
    },
    Quiz: {"slug", "opens_at", "prediction_kind", "counted", "is_practice"},
    Unit: {
        "code", "name", "block", "parent", "headcount", "disqualified_reason", "ineligible_reason",
    },
    Participant: {
        "number", "full_name", "name_sort_key", "unit", "workplace", "confirmed_at",
        "disqualified_reason", "ineligible_reason",
    },
    Attempt: {
        "quiz", "participant", "number", "state", "paper", "started_at", "finished_at",
        "duration_ms", "correct", "questions", "prediction",
    },
    Criterion: {"key", "name", "order", "max_marks"},
    VideoSubmission: {
        "unit", "slot", "version", "title", "accepted_at", "refused_at", "withdrawn_at",
        "disqualified_reason", "ineligible_reason",
    },
    ScoreSheet: {"judge", "video", "state"},
    Mark: {"sheet", "criterion", "value"},
    AwardTier: {"scope", "quiz", "order", "name", "count"},
    TieDecision: {"scope", "quiz", "tier_order", "entries", "chosen", "withdrawn_at"},
}  # fmt: skip
# Which contest or row something belongs to, and what constraints hold together: tried apart, below.
APART: dict[type[Model], set[str]] = {
    Contest: {"quiz_weight", "video_weight"},
    Attempt: {"state"},
    ScoreSheet: {"state", "submitted_at", "video"},
    Mark: {"sheet", "criterion"},
    AwardTier: {"scope", "quiz"},
    TieDecision: {"quiz"},
}


class Cast(Stage):
    """A second of everything, so that a foreign key has somewhere else to point."""

    second_quiz: Quiz
    third_judge: Judge
    third: Participant
    decision: TieDecision
    was: str | None = None


@pytest.fixture
def stage():
    stage = Cast()
    stage.second_quiz = make_quiz(stage.contest, "quiz-2", opens_at=NOW - 9 * DAY)
    stage.third_judge = make_judge(stage.contest, "Người thứ ba")
    stage.third = make_person(stage.other, "Người thứ ba")
    stage.decision = TieDecision.objects.create(
        contest=stage.contest,
        scope="unit",
        tier_order=1,
        entries=["DV01", "DV02"],
        chosen=["DV01"],
        reason="Rút thăm",
        by=stage.first,
        at=NOW,
    )
    return stage


def row_of(stage: Cast, model: type[Model]) -> Model:
    rows = {
        Contest: stage.contest,
        Quiz: stage.quiz,
        Unit: stage.leader,
        Participant: stage.lan,
        Attempt: stage.attempts[0],
        Criterion: stage.contest.criteria.get(key="content"),
        VideoSubmission: stage.video,
        ScoreSheet: stage.sheets[0],
        Mark: stage.sheets[0].marks.get(criterion__key="content"),
        AwardTier: stage.contest.award_tiers.get(scope="unit"),
        TieDecision: stage.decision,
    }
    return rows[model]


def another_value(stage: Cast, row: Model, field: Any) -> Any:
    """Return a value the column does not have, of a kind the database takes."""
    chosen = {
        # Its place among the quizzes enters, not the instant.
        "Quiz.opens_at": stage.second_quiz.opens_at + HOUR,
        "Quiz.closes_at": stage.quiz.closes_at + HOUR,
        "Unit.parent": stage.other.pk,
        "Participant.unit": stage.other.pk,
        "Participant.number": 99,
        "Participant.confirmed_at": None,
        "Attempt.quiz": stage.second_quiz.pk,
        "Attempt.participant": stage.third.pk,
        "Attempt.started_at": stage.attempts[0].started_at - HOUR,
        "Attempt.prediction": 7,
        "Criterion.order": 99,
        "VideoSubmission.unit": stage.other.pk,
        "VideoSubmission.accepted_at": None,
        "ScoreSheet.judge": stage.third_judge.pk,
        "TieDecision.tier_order": 2,
        "TieDecision.entries": ["DV01", "DV03"],
    }
    name = f"{type(row).__name__}.{field.name}"
    before = getattr(row, field.attname)
    if name in chosen:
        return chosen[name]
    if field.is_relation:
        assert field.related_model is User, f"{name}: say what to point it at"
        return stage.first.pk if before != stage.first.pk else stage.second.pk
    if field.choices:
        return next(value for value, _label in field.flatchoices if value and value != before)
    match field:
        case BooleanField():
            return not before
        case DateTimeField():
            return (before or NOW) + HOUR
        case DateField():
            return dt.date(2001, 1, 1)
        case DecimalField():
            return before + Decimal("0.5")
        case JSONField():
            return [*before[1:], *before[:1]] if len(before or ()) > 1 else ["x"]
        case IntegerField():
            return (before or 0) + 1
        case BinaryField():
            return bytes(before) + b"x"
    return f"{before[: (field.max_length or 999) - 1]}x"


def columns() -> list[Any]:
    found = []
    for model, inputs in INPUTS.items():
        fields = {field.name: field for field in model._meta.concrete_fields}
        assert inputs <= set(fields)
        found += [
            pytest.param(model, field, id=f"{model.__name__}.{name}")
            for name, field in fields.items()
            if name not in {"id", "contest", *APART.get(model, ())}
        ]
    return found


@pytest.mark.parametrize(("model", "field"), columns())
def test_a_column_changes_the_digest_exactly_if_it_is_an_input(stage, model, field):
    row = row_of(stage, model)
    before = digest(gather(stage.contest))
    value = another_value(stage, row, field)
    assert value != getattr(row, field.attname)
    with guard.lifted():
        model._default_manager.filter(pk=row.pk).update(**{field.attname: value})
    after = digest(gather(Contest.objects.get(pk=stage.contest.pk)))
    assert (after != before) is (field.name in INPUTS[model])


def changed(stage: Cast) -> bool:
    now = digest(gather(Contest.objects.get(pk=stage.contest.pk)))
    was, stage.was = stage.was, now
    return was is not None and was != now


def test_columns_held_together_by_constraints_change_it_too(stage):
    changed(stage)
    Contest.objects.filter(pk=stage.contest.pk).update(quiz_weight=41, video_weight=59)
    assert changed(stage)
    answer = stage.attempts[0].answers.order_by("question_id")[0]
    answer.choice = answer.question.choices.exclude(pk=answer.choice_id).order_by("position")[0]
    answer.save(update_fields=["choice"])
    assert changed(stage)
    stage.attempts[0].answers.order_by("question_id")[0].delete()
    assert changed(stage)
    paper = stage.attempts[0].paper
    Attempt.objects.filter(pk=stage.attempts[0].pk).update(paper=paper[::-1])
    assert changed(stage)
    Attempt.objects.filter(pk=stage.attempts[1].pk).update(
        state="running", finished_at=None, correct=None
    )
    assert changed(stage)


def test_sheets_conflicts_and_their_marks_change_it_too(stage):
    changed(stage)
    Conflict.objects.create(judge=stage.judges[0], unit=stage.leader, reason="Vợ", declared_at=NOW)
    assert changed(stage)
    stage.judges[1].unit = stage.leader
    stage.judges[1].save(update_fields=["unit"])
    assert changed(stage)
    stage.judges[1].unit = None
    stage.judges[1].save(update_fields=["unit"])
    assert changed(stage)
    second = ScoreSheet.objects.filter(pk=stage.sheets[1].pk)
    for change in (
        {"state": "draft", "submitted_at": None},
        {"state": "excused", "excused_reason": "Ốm"},
        {"excused_reason": "Bận"},
    ):
        with guard.lifted():
            second.update(**change)
        assert changed(stage)
    with guard.lifted():
        Mark.objects.filter(sheet=stage.sheets[0], criterion__key="rules").delete()
    Conflict.objects.all().delete()
    changed(stage)
    assert not gather(stage.contest).sheets[0].marks


def test_tiers_of_people_and_new_rows_change_it_too(stage):
    changed(stage)
    tier = stage.contest.award_tiers.get(scope="person")
    AwardTier.objects.filter(pk=tier.pk).update(quiz=stage.second_quiz)
    assert changed(stage)
    tier.delete()
    assert changed(stage)
    make_unit(stage.contest, "DV03")
    assert changed(stage)
    someone = make_person(stage.other, "Người thứ tư")
    assert changed(stage)
    sit(someone, stage.quiz)
    assert changed(stage)


def test_names_of_judges_files_and_questions_do_not_change_it(stage):
    changed(stage)
    stage.judges[0].user.full_name = "Tên khác"
    stage.judges[0].user.save(update_fields=["full_name"])
    stage.contest.questions.update(text="Câu khác", legal_basis="x", explanation="y", topic="z")
    stage.contest.organizers.clear()
    stage.contest.setting_changes.create(at=NOW, by=stage.first, target="x", reason="y")
    assert not changed(stage)


def test_every_model_of_a_contest_is_tried_or_named():
    """A new model that a result depends on must be added here on purpose."""
    others = {
        "Answer", "Judge", "Conflict", "Question", "Choice", "BlueprintRow", "Exclusion", "Flag",
        "SettingChange", "KeyChange", "MarkChange", "MinutesTemplate", "PanelDiscussion",
        "ResultSet", "Basis",
        "UnitResult", "PersonResult", "VideoResult", "Award", "ExtraTime", "Upload", "Replacement",
        "Notice", "Objection", "PanelLetter", "Certificate",
    }  # fmt: skip
    known = {model.__name__ for model in INPUTS} | others
    for room in ("contests", "media_uploads", "scoring"):
        for model in apps.get_app_config(room).get_models():
            assert model.__name__ in known or not model.__module__.startswith(room)
