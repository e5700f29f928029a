"""The decision on awards and the summary report, as Word and PDF, from one stored set (rules: A6).

Always in Vietnamese, in the form of Decree 30/2020/NĐ-CP; what only the office knows (number,
place, grounds) is left in dots. The PDF's layouts are `layouts/{decision,report}.typ`, the Word
templates `templates/{quyet-dinh,bao-cao}.docx`; both are filled with the same words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, override

from contests.durations import in_words
from contests.models import Contest
from scoring.documents import pdf
from scoring.documents.minutes import moment, plain
from scoring.documents.statistics import DEFINITIONS
from scoring.documents.tables import reason_of, rounded
from scoring.models import Award, ResultSet
from scoring.models.results import Scope

TEMPLATES = Path(__file__).parent / "templates"
WORD_TEMPLATES = {"decision": "quyet-dinh.docx", "report": "bao-cao.docx"}
TITLES: dict[str, str | Promise] = {
    "decision": gettext_lazy("Decision on awards"),
    "report": gettext_lazy("Summary report"),
}
STATES = {"draft": "DỰ THẢO", "provisional": "DỰ KIẾN", "final": ""}
PART = {
    Scope.UNIT: "Giải tập thể",
    Scope.PERSON: "Giải cá nhân phần thi trắc nghiệm",
    Scope.VIDEO: "Giải video tuyên truyền",
}


def as_docx(result_set: ResultSet, kind: str) -> bytes:
    """Return a paper of `WORD_TEMPLATES` as .docx, to be finished in Word."""
    from scoring.documents import docx  # only here: every web process would carry its 15 MB

    return docx.render((TEMPLATES / WORD_TEMPLATES[kind]).read_bytes(), words(result_set))


def as_pdf(result_set: ResultSet, kind: str) -> bytes:
    """Return the same paper as PDF/A; equal sets, equal bytes. Unprintable: see `pdf.render`."""
    at = result_set.finalized_at or result_set.published_at or result_set.built_at
    return pdf.render(kind, words(result_set), at=at)


def words(result_set: ResultSet) -> dict[str, Any]:
    """Return what both papers say: text, lists and dictionaries of text; queries are constant."""
    contest = result_set.contest
    weights = _weights(result_set)
    with override("vi"):
        awards = list(result_set.awards.order_by("position"))
        figures = _figures(result_set)
        found = {
            "state": STATES[result_set.state],
            "contest": contest.name,
            "year": str(contest.year),
            "parent_organ": contest.parent_organ,
            "organizer": contest.organizer_name,
            "notice": contest.notice,
            "set_number": str(result_set.number),
            "digest": _in_eights(result_set.digest),
            "final_on": _day(result_set.finalized_at),
            **weights,
            "quizzes": _quizzes(contest, result_set),
            "videos_from": moment(contest.video_opens_at),
            "videos_until": moment(contest.video_closes_at),
            "figures": figures,
            "statistics": [
                {"label": str(label), "definition": str(definition), "value": figures[key]}
                for key, (label, definition) in DEFINITIONS.items()
                if key in figures
            ],
            "awarded": _awarded(awards),
            "parts": _parts(result_set, awards),
            "ranking": _ranking(result_set),
        }
    clean: dict[str, Any] = plain(found)
    return clean


def _weights(result_set: ResultSet) -> dict[str, str]:
    """Return the weights the set was computed by; those of the contest for a set of before."""
    contest = result_set.contest
    known = {"quiz_weight": contest.quiz_weight, "video_weight": contest.video_weight}
    if hasattr(result_set, "basis"):
        known = result_set.basis.content["settings"]
    return {name: f"{known[name]}%" for name in ("quiz_weight", "video_weight")}


def _in_eights(digest: str) -> str:
    """Return the whole digest in groups that a line may end between."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def _day(value: dt.datetime | None) -> str:
    if value is None:
        return ""
    return value.astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%d/%m/%Y")


def _quizzes(contest: Contest, result_set: ResultSet) -> list[dict[str, str]]:
    asked = dict(
        result_set.people.order_by("quiz_id", "questions").values_list("quiz_id", "questions")
    )
    return [
        {
            "name": quiz.name,
            "opens": moment(quiz.opens_at),
            "closes": moment(quiz.closes_at),
            "questions": two(asked[quiz.pk]) if quiz.pk in asked else "",
            "time": in_words(quiz.duration_seconds),
        }
        for quiz in contest.ranked_quizzes()
    ]


def _figures(result_set: ResultSet) -> dict[str, str]:
    """Return every statistic of the set as it is printed: counts from 01, ratios with the comma."""
    return {key: _figure(key, value) for key, value in result_set.statistics}


def _figure(key: str, value: Any) -> str:
    if value is None:
        return "không có"
    if key == "turnout":
        return f"{number_format(Decimal(rounded(100 * Fraction(*value), 2) or 0), 2)}%"
    if isinstance(value, list):
        return str(number_format(Decimal(rounded(Fraction(*value), 2) or 0), 2))
    if key.endswith("_winner_seconds"):
        return in_words(value)
    return two(value)


def two(count: int) -> str:
    """Return a count as an office writes it: "07", "46", "1.234"."""
    return f"{count:02d}" if count < 100 else str(number_format(count, 0))


def _awarded(awards: Iterable[Award]) -> dict[str, str]:
    """Return how many of each kind win, and the tiers of units: "01 Giải Nhất, 01 Giải Nhì"."""
    tiers: dict[str, int] = {}
    counts = dict.fromkeys(Scope, 0)
    for award in awards:
        counts[Scope(award.scope)] += 1
        if award.scope == Scope.UNIT:
            tiers[award.tier] = tiers.get(award.tier, 0) + 1
    return {
        "units": two(counts[Scope.UNIT]),
        "people": two(counts[Scope.PERSON]),
        "videos": two(counts[Scope.VIDEO]),
        "tiers": ", ".join(f"{two(count)} {tier}" for tier, count in tiers.items()),
    }


def _parts(result_set: ResultSet, awards: list[Award]) -> list[dict[str, Any]]:
    """Return the awards by part; a contest of several quizzes has a part for each."""
    figures = _award_figures(result_set)
    quizzes = {quiz.slug: quiz.name for quiz in result_set.contest.ranked_quizzes()}
    parts: dict[tuple[str, str], list[dict[str, str]]] = {}
    for award in awards:
        entries = parts.setdefault((award.scope, award.quiz_slug), [])
        entries.append(
            {
                "number": str(len(entries) + 1),
                "tier": award.tier,
                "name": f"“{award.name}”" if award.scope == Scope.VIDEO else award.name,
                "of": _belongs_to(award),
                "figure": figures.get((award.scope, award.quiz_slug, award.natural_key), ""),
            }
        )
    return [
        {
            "name": f"{PART[Scope(scope)]} – {quizzes[quiz]}"
            if quiz in quizzes and len(quizzes) > 1
            else PART[Scope(scope)],
            "awards": entries,
        }
        for (scope, quiz), entries in parts.items()
    ]


def _belongs_to(award: Award) -> str:
    if award.scope == Scope.UNIT:
        return ""
    named = [award.workplace, award.unit_name] if award.scope == Scope.PERSON else [award.unit_name]
    return ", ".join(dict.fromkeys(name for name in named if name))


def _award_figures(result_set: ResultSet) -> dict[tuple[str, str, str], str]:
    """Return what each award was won with: points, or answers and time."""
    numbers = [
        int(key)
        for key in result_set.awards.filter(scope=Scope.PERSON).values_list(
            "natural_key", flat=True
        )
    ]
    people = result_set.people.filter(number__in=numbers).select_related("quiz")
    return {
        **{
            (Scope.UNIT, "", row.code): f"{_points(row.total)} điểm"
            for row in result_set.units.filter(rank__isnull=False)
        },
        **{
            (Scope.VIDEO, "", f"{row.unit_code}/{row.slot}"): f"{_points(row.points)} điểm"
            for row in result_set.videos.filter(rank__isnull=False)
        },
        **{
            (Scope.PERSON, row.quiz.slug, str(row.number)): (
                f"{row.correct}/{row.questions} câu,\n{in_words(row.seconds)}"
            )
            for row in people
        },
    }


def _ranking(result_set: ResultSet) -> list[dict[str, str]]:
    return [
        {
            "rank": str(row.rank or "–"),
            "name": row.name,
            "participants": str(number_format(row.participants, 0)),
            "quiz": _points(row.quiz_points),
            "video": _points(row.video_points) if row.has_video else "–",
            "total": _points(row.total),
            "note": "" if row.eligible else reason_of(row),
        }
        for row in result_set.units.order_by("position")
    ]


def _points(value: Decimal) -> str:
    return str(number_format(value, 2))
