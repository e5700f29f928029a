"""The tables of the scoring room, a file a family."""

from scoring.models.certificates import (
    AlreadyRevoked,
    Certificate,
    ReasonMissing,
    ResultsNotFinal,
    issue_certificates,
    why_nothing_is_certified,
)
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
from scoring.models.results import (
    Award,
    AwardTier,
    Basis,
    PersonResult,
    ResultSet,
    TieDecision,
    UnitResult,
    VideoResult,
)

__all__ = [
    "TAKES_NO_MARKS",
    "AlreadyRevoked",
    "Award",
    "AwardTier",
    "Basis",
    "Certificate",
    "CriteriaUnsettled",
    "Criterion",
    "JudgeInConflict",
    "JudgingClosed",
    "Mark",
    "MarkChange",
    "MinutesTemplate",
    "NotAssigned",
    "NotTheChair",
    "PanelDiscussion",
    "PanelLetter",
    "PersonResult",
    "ReasonMissing",
    "ResultSet",
    "ResultsNotFinal",
    "ScoreSheet",
    "SheetChangedElsewhere",
    "SheetExcused",
    "SheetIncomplete",
    "SheetNotSubmitted",
    "SheetSubmitted",
    "TieDecision",
    "UnitResult",
    "VideoResult",
    "declare_conflict",
    "default_criteria",
    "drop_minutes_template",
    "issue_certificates",
    "keep_minutes_template",
    "may_chair",
    "open_sheet",
    "why_nothing_is_certified",
    "write_discussion",
]
