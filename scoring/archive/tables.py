"""What an archive has of a contest: the tables, in an order in which each row finds its others."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.serializers.base import DeserializationError
from django.db import models

from accounts.models import User
from contests import models as contests
from media_uploads.models import VideoSubmission
from media_uploads.records import Replacement
from scoring import models as scoring

FORMAT = 1
INPUTS, MANIFEST = "inputs.json", "manifest.json"


@dataclass(frozen=True)
class Table:
    """A model, the path from its rows to their contest, and the fields that stay at home."""

    model: type[models.Model]
    path: str
    leaves_out: frozenset[str] = frozenset()

    @property
    def file(self) -> str:
        return f"rows/{self.model._meta.label_lower}.jsonl"

    @property
    def fields(self) -> list[models.Field[Any, Any]]:
        """The stored fields but for the key, which every row has as "id"."""
        return [
            field
            for field in self.model._meta.concrete_fields
            if not field.primary_key and field.name not in self.leaves_out
        ]

    def rows(self, contest: contests.Contest) -> models.QuerySet[Any]:
        return self.model._default_manager.filter(**{self.path: contest.pk}).order_by("pk")


def _table(model: type[models.Model], path: str, *leaves_out: str) -> Table:
    return Table(model, path, frozenset(leaves_out))


# Passwords and what belongs to a sign-in stay at home; roles are written beside the fields.
USERS = _table(User, "", "password", "last_login", "is_superuser", "date_joined", "session_epoch")

TABLES = (
    _table(contests.Contest, "pk"),
    _table(contests.SettingChange, "contest"),
    _table(contests.Unit, "contest"),
    _table(contests.Participant, "contest"),
    _table(contests.Exclusion, "contest"),
    _table(contests.Judge, "contest"),
    _table(contests.Conflict, "judge__contest"),
    _table(contests.Question, "contest"),
    _table(contests.Choice, "question__contest"),
    _table(contests.KeyChange, "question__contest"),
    _table(contests.Quiz, "contest"),
    _table(contests.BlueprintRow, "quiz__contest"),
    _table(contests.ExtraTime, "quiz__contest"),
    # Who may write an attempt is a secret of the place where it was written.
    _table(contests.Attempt, "quiz__contest", "writer", "holder"),
    _table(contests.Answer, "attempt__quiz__contest"),
    _table(contests.Flag, "participant__contest"),
    _table(VideoSubmission, "unit__contest", "leased_until"),
    _table(Replacement, "unit__contest", "upload"),
    _table(scoring.Criterion, "contest"),
    _table(scoring.ScoreSheet, "judge__contest"),
    _table(scoring.Mark, "sheet__judge__contest"),
    _table(scoring.MarkChange, "sheet__judge__contest"),
    _table(scoring.PanelDiscussion, "video__unit__contest"),
    _table(scoring.MinutesTemplate, "contest"),
    _table(scoring.AwardTier, "contest"),
    _table(scoring.TieDecision, "contest"),
    _table(scoring.ResultSet, "contest"),
    _table(scoring.Basis, "result_set__contest"),
    _table(scoring.UnitResult, "result_set__contest"),
    _table(scoring.PersonResult, "result_set__contest"),
    _table(scoring.VideoResult, "result_set__contest"),
    _table(scoring.Award, "result_set__contest"),
    _table(scoring.Objection, "result_set__contest", "letter"),
)


def plain(field: models.Field[Any, Any], row: models.Model) -> Any:
    """Return a field of a row as JSON; `value` undoes it exactly."""
    found = field.value_from_object(row)
    if isinstance(found, dt.datetime):
        return (
            found.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        )
    if isinstance(found, dt.date):
        return found.isoformat()
    if isinstance(found, Decimal):
        return str(found)
    if isinstance(field, models.BinaryField):
        return field.value_to_string(row)
    return found


def value(field: models.Field[Any, Any], stored: Any) -> Any:
    """Return what `plain` wrote; raises ValidationError, TypeError or ValueError."""
    if stored is None:
        if not field.null:
            raise DeserializationError(f"{field.name} is null")
        return None
    if isinstance(field, models.BinaryField):
        return bytes(field.to_python(stored))
    found = field.to_python(stored)
    # What a database may not look at: SQLite knows neither lengths nor choices.
    if isinstance(found, str) and (
        not isinstance(stored, str) or len(found) > (field.max_length or len(found))
    ):
        raise DeserializationError(f"{field.name} is no such text")
    choices = [choice for choice, _label in field.flatchoices]
    if choices and found not in choices and not (field.blank and found == ""):
        raise DeserializationError(f"{field.name} is none of its choices")
    return found
