"""The tables of the scoring room, a file a family."""

from scoring.models.criteria import Criterion, default_criteria
from scoring.models.discussions import PanelDiscussion, write_discussion
from scoring.models.judging import (
    TAKES_NO_MARKS,
    CriteriaUnsettled,
    JudgeInConflict,
    JudgingClosed,
    NotAssigned,
    NotTheChair,
    ScoreSheet,
    SheetChangedElsewhere,
    SheetExcused,
    SheetIncomplete,
    SheetNotSubmitted,
    SheetSubmitted,
    declare_conflict,
    may_chair,
    open_sheet,
)
from scoring.models.letters import PanelLetter
from scoring.models.marks import Mark, MarkChange
from scoring.models.minutes import (
    MinutesTemplate,
    drop_minutes_template,
    keep_minutes_template,
)
from scoring.models.objections import (
    Objection,
    ObjectionsClosed,
    ObjectionSettled,
    TooManyObjections,
    file_objection,
    takes_objections,
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
    "TAKES_NO_MARKS",
    "Award",
    "AwardTier",
    "CriteriaUnsettled",
    "Criterion",
    "JudgeInConflict",
    "JudgingClosed",
    "Mark",
    "MarkChange",
    "MinutesTemplate",
    "NotAssigned",
    "NotTheChair",
    "Objection",
    "ObjectionSettled",
    "ObjectionsClosed",
    "PanelDiscussion",
    "PanelLetter",
    "PersonResult",
    "ResultSet",
    "ScoreSheet",
    "SheetChangedElsewhere",
    "SheetExcused",
    "SheetIncomplete",
    "SheetNotSubmitted",
    "SheetSubmitted",
    "TieDecision",
    "TooManyObjections",
    "UnitResult",
    "VideoResult",
    "declare_conflict",
    "default_criteria",
    "drop_minutes_template",
    "file_objection",
    "keep_minutes_template",
    "may_chair",
    "open_sheet",
    "takes_objections",
    "write_discussion",
]
