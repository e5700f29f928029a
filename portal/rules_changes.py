"""How a change of a frozen setting is printed (rules: C4): what, from which value, to which."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField, Field, Model
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from contests.admin.contest import CHAIN_LABELS
from contests.models import BlueprintRow, Contest, KeyChange, Quiz, SettingChange, Unit
from scoring.models import Criterion
from scoring.models.results import Scope

# What rows are called today, by kind and key: {("quiz", "quiz-1"): "Đợt 1"}.
Names = Mapping[tuple[str, str], str]
NO_NAMES: Names = {}


def describe(change: SettingChange, names: Names = NO_NAMES) -> str:
    """Return "weight of the quiz, %: 40 → 50". A row without a name in `names` goes by its key.

    Targets are "quiz_weight" (of the contest itself), "quiz quiz-1 opens_at", "quiz quiz-1
    blueprint", "unit DV01 headcount", "award unit 1", "award person quiz-1 1", "criterion content",
    "question 12 1 key" (of its version 1).
    """
    if _is_of_a_key(change):
        return _mended_key(change)
    setting, field = _setting(change.target.split(), names)
    before, after = change.before, change.after
    if change.target.startswith("criterion "):
        shown = _criterion(before, after), _criterion(after, before)
    else:
        shown = _value(field, before), _value(field, after)
    return _("%(setting)s: %(before)s → %(after)s") % {
        "setting": setting or change.target,
        "before": shown[0],
        "after": shown[1],
    }


def tellable(
    made: Iterable[SettingChange], quizzes: Iterable[Quiz], *, now: dt.datetime
) -> list[SettingChange]:
    """Leave mended keys out while somebody may still answer the question (rules: Q10, Q12)."""
    changes = list(made)
    told = [change for change in changes if not _is_of_a_key(change)]
    if len(told) == len(changes) or not all(quiz.keys_are_open(now) for quiz in quizzes):
        return told
    return changes


def _is_of_a_key(change: SettingChange) -> bool:
    return change.target.startswith("question ")


def _mended_key(change: SettingChange) -> str:
    """Return "key of question 12 (version 1): choice B is accepted as well"."""
    _question, number, version, _key = change.target.split()
    after = change.after or {}
    if after.get("kind") == KeyChange.Kind.ACCEPT:
        text = _("Key of question %(number)s (version %(version)s): choice %(letter)s is accepted")
    elif after.get("kind") == KeyChange.Kind.ACCEPT_ALL:
        text = _("Key of question %(number)s (version %(version)s): every answer is accepted")
    else:
        text = _("Question %(number)s (version %(version)s): not counted for anybody")
    return text % {"number": number, "version": version, "letter": after.get("choice", "")}


def _setting(words: list[str], names: Names) -> tuple[str, Field[Any, Any] | None]:
    """Return what a target is called, "" where nobody knows, and the field it names if it does."""
    match words:
        case [name]:
            field = _field(Contest, name)
            return (str(field.verbose_name) if field else ""), field
        case ["quiz", slug, "blueprint"]:
            rows = BlueprintRow._meta.verbose_name_plural
            return f"{names.get(('quiz', slug), slug)}, {rows}", None
        case ["quiz", slug, name] if field := _field(Quiz, name):
            return f"{names.get(('quiz', slug), slug)}, {field.verbose_name}", field
        case ["unit", code, name] if field := _field(Unit, name):
            return f"{code}, {field.verbose_name}", field
        case ["award", scope, *_rest] if scope in Scope.values:
            return f"{_('award plan')}, {Scope(scope).label}", None
        case ["criterion", key]:
            return f"{Criterion._meta.verbose_name} “{names.get(('criterion', key), key)}”", None
    return "", None


def _field(model: type[Model], name: str) -> Field[Any, Any] | None:
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, Field) else None


def _criterion(shown: Any, other: Any) -> str:
    """Return what a criterion holds that the other side does not: "most marks 30"."""
    if not isinstance(shown, dict):
        return "–"
    parts = []
    for name, value in shown.items():
        field = _field(Criterion, name)
        if value in ("", (other or {}).get(name)) or field is None:
            continue
        text = _marks(value) if name == "max_marks" else value
        parts.append(f"{field.verbose_name} {text}")
    return ", ".join(parts) or "–"


def _marks(value: str) -> str:
    number = Decimal(value)
    return str(formats.number_format(number, 1 if number % 1 else 0))


def _value(field: Field[Any, Any] | None, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return str(formats.number_format(value))
    if isinstance(value, list):
        return "; ".join(str(CHAIN_LABELS.get(item, item)) for item in value) or "–"
    if value is None or value == "":
        return "–"
    if isinstance(field, DateTimeField) and (moment := parse_datetime(str(value))):
        return formats.date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
    choices: dict[Any, Any] = dict(field.flatchoices) if field else {}
    return str(choices.get(value, value))
