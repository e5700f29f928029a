"""The tables of the scoring room, a file a family."""

from scoring.models.criteria import Criterion, default_criteria
from scoring.models.judging import (
    CriteriaUnsettled,
    JudgeInConflict,
    JudgingClosed,
    Mark,
    MarkChange,
    ScoreSheet,
    SheetChangedElsewhere,
    SheetExcused,
    SheetIncomplete,
    SheetSubmitted,
    declare_conflict,
    open_sheet,
)
from scoring.models.results import (
    Award,
    AwardTier,
    PersonResult,
    ResultSet,
    TieDecision,
    UnitResult,
    VideoResult,
)

__all__ = [
    "Award",
    "AwardTier",
    "CriteriaUnsettled",
    "Criterion",
    "JudgeInConflict",
    "JudgingClosed",
    "Mark",
    "MarkChange",
    "PersonResult",
    "ResultSet",
    "ScoreSheet",
    "SheetChangedElsewhere",
    "SheetExcused",
    "SheetIncomplete",
    "SheetSubmitted",
    "TieDecision",
    "UnitResult",
    "VideoResult",
    "declare_conflict",
    "default_criteria",
    "open_sheet",
]
