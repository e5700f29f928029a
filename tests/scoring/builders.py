"""Small inputs for the scoring tests: every helper names only what a test is about."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from scoring.outcome import (
    AttemptIn,
    CriterionIn,
    Inputs,
    PersonIn,
    QuizIn,
    Settings,
    SheetIn,
    Tier,
    UnitIn,
    VideoIn,
)

NOON = datetime(2020, 12, 1, 5, 0, tzinfo=UTC)

CRITERIA = (
    CriterionIn("content", "Nội dung", 1, Decimal(60)),
    CriterionIn("idea", "Ý tưởng", 2, Decimal(40)),
)


def settings(**changes):
    values = {
        "contest_slug": "hoi-thi",
        "year": 2020,
        "quiz_weight": Decimal(40),
        "video_weight": Decimal(60),
        "unit_rule": "mean",
        "unit_rule_n": None,
        "turnout_target": None,
        "min_participants": 1,
        "judge_aggregate": "mean",
        "unit_chain": ("video", "quiz", "turnout", "mean_seconds"),
        "person_chain": ("seconds", "prediction", "finished_at"),
        "video_chain": ("criteria",),
        "eligible_needs_both": True,
    }
    return Settings(**values | changes)


def quiz(slug="quiz-1", order=1, prediction_kind="none", counted="best"):
    return QuizIn(slug, order, prediction_kind, counted)


def unit(code, headcount=10, **changes):
    values = {"name": f"Đơn vị {code}", "block": "Sở, ban, ngành", "parent_code": None}
    return UnitIn(code=code, headcount=headcount, **values | changes)


def person(number, unit_code, **changes):
    values = {
        "name": f"Người {number}",
        "name_sort_key": b"nguoi",
        "workplace": "Văn phòng",
        "registered": True,
    }
    return PersonIn(number=number, unit_code=unit_code, **values | changes)


def attempt(person_number, correct, seconds, **changes):
    """Finished `seconds` (with a fraction, if need be as text) after noon unless told otherwise."""
    duration_ms = int(Decimal(seconds) * 1000)
    values = {
        "quiz": "quiz-1",
        "number": 1,
        "started_at": NOON,
        "finished_at": NOON + timedelta(milliseconds=duration_ms),
        "duration_ms": duration_ms,
        "questions": 15,
        "prediction": None,
        "paper": ((3, 1), (8, 2)),
        "answers": ((3, 1, 2), (8, 2, None)),
    }
    return AttemptIn(person_number=person_number, correct=correct, **values | changes)


def video(unit_code, slot=1, version=1, **changes):
    return VideoIn(unit_code, slot, version, **{"title": f"Video {unit_code}"} | changes)


def sheets(unit_code, *marks, slot=1, version=1):
    """One judge's sheet for each (content, idea)."""
    return tuple(
        SheetIn(
            f"gk{i}",
            unit_code,
            slot,
            version,
            {"content": Decimal(content), "idea": Decimal(idea)},
        )
        for i, (content, idea) in enumerate(marks, start=1)
    )


def inputs(**changes):
    values = {
        "settings": settings(),
        "quizzes": (quiz(),),
        "units": (),
        "people": (),
        "attempts": (),
        "criteria": CRITERIA,
        "videos": (),
        "sheets": (),
        "tiers": (),
        "decisions": (),
    }
    return Inputs(**values | changes)


# Four units: both parts (two people), both parts (one person), quiz only, no part at all.
SMALL = inputs(
    units=(unit("DV01", 10), unit("DV02", 5), unit("DV03", 4), unit("DV04", None)),
    people=(
        person(1, "DV01"),
        person(2, "DV01"),
        person(3, "DV02"),
        person(4, "DV03"),
        person(5, "DV03"),
    ),
    attempts=(
        attempt(1, 15, "64.9"),
        attempt(2, 14, "100"),
        attempt(3, 12, "200.5"),
        attempt(4, 15, "64.1"),
    ),
    videos=(video("DV01"), video("DV02")),
    sheets=(
        # totals 80.5, 80.5, 80.5, 81: mean 80.625
        *sheets("DV01", (50, "30.5"), (50, "30.5"), ("50.5", 30), (51, 30)),
        # totals 90 and 70: mean 80, spread 20
        *sheets("DV02", (55, 35), (40, 30)),
    ),
    tiers=(
        Tier("unit", None, 1, "Giải Nhất", 1),
        Tier("person", "quiz-1", 1, "Giải cá nhân", 3),
        Tier("video", None, 1, "Giải video", 1),
    ),
)


def by_code(outcome):
    return {line.code: line for line in outcome.units}


def by_number(outcome):
    return {line.number: line for line in outcome.people}
