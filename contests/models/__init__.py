"""The tables of the contests room, a file a family."""

from contests.models.attempts import Answer, Attempt, AttemptOver
from contests.models.contest import Contest, Phase, SettingChange
from contests.models.people import (
    Conflict,
    Exclusion,
    Flag,
    Judge,
    Participant,
    Unit,
)
from contests.models.questions import BlueprintRow, Choice, KeyChange, Question
from contests.models.quizzes import ExtraTime, Quiz
from contests.models.starting import StartRefused

__all__ = [
    "Answer",
    "Attempt",
    "AttemptOver",
    "BlueprintRow",
    "Choice",
    "Conflict",
    "Contest",
    "Exclusion",
    "ExtraTime",
    "Flag",
    "Judge",
    "KeyChange",
    "Participant",
    "Phase",
    "Question",
    "Quiz",
    "SettingChange",
    "StartRefused",
    "Unit",
]
