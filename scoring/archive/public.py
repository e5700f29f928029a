"""The public variant of an archive: what was published, to be computed again, without people (P7).

Of people there are unordered pairs of correct answers and seconds by unit, nothing at all for a
unit with fewer than `FEWEST` of them, and the names of award winners (docs/archive.md).
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import IO, Any

from contests.models import Contest
from scoring.archive.tables import FORMAT, MANIFEST
from scoring.archive.writing import entry
from scoring.lines import DISQUALIFIED
from scoring.models import ResultSet

PUBLIC = "public.json"
# Of fewer people a pair could be told to be somebody's.
FEWEST = 5


class NothingPublished(Exception):
    """The contest has no published results, or such as do not carry their basis."""


def write_public(contest: Contest, file: IO[bytes]) -> dict[str, Any]:
    """Write the public variant of the published set into `file`; return its manifest.

    The same set gives the same bytes. NothingPublished before publication (rules: A5).
    """
    result_set = ResultSet.objects.published(contest) if contest.is_published else None
    if result_set is None or not hasattr(result_set, "basis"):
        raise NothingPublished
    document = json.dumps(_document(contest, result_set), ensure_ascii=False, sort_keys=True)
    data = document.encode()
    digest = hashlib.sha256(data).hexdigest()
    manifest = {
        "format": FORMAT,
        "contest": contest.slug,
        "name": contest.name,
        "digest": digest,
        "data": PUBLIC,
        "files": [{"name": PUBLIC, "bytes": len(data), "sha256": digest}],
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry(PUBLIC), data)
        archive.writestr(entry(MANIFEST), json.dumps(manifest, ensure_ascii=False, indent=1))
    return manifest


def _document(contest: Contest, result_set: ResultSet) -> dict[str, Any]:
    basis = result_set.basis.content
    return {
        "contest": {"slug": contest.slug, "name": contest.name, "year": contest.year},
        "result_set": {
            "number": result_set.number,
            "state": result_set.state,
            "digest": result_set.digest,
        },
        "settings": basis["settings"],
        "quizzes": [quiz["slug"] for quiz in basis["quizzes"]],
        "criteria": basis["criteria"],
        "units": _units(result_set, [quiz["slug"] for quiz in basis["quizzes"]]),
        "videos": [
            {
                "rank": row.rank,
                "unit_code": row.unit_code,
                "slot": row.slot,
                "title": row.title,
                "points": str(row.points),
                "totals": basis["sheets"][f"{row.unit_code}/{row.slot}"],
                "criteria": row.criteria,
                "disqualified": row.reason_code == DISQUALIFIED,
                "eligible": row.eligible,
            }
            for row in result_set.videos.order_by("position")
        ],
        "awards": list(
            result_set.awards.order_by("position").values(
                *("scope", "quiz_slug", "tier", "tier_order", "rank"),
                *("name", "workplace", "unit_code", "unit_name"),
            )
        ),
        "statistics": result_set.statistics,
    }


def _units(result_set: ResultSet, quizzes: list[str]) -> list[dict[str, Any]]:
    results: dict[str, dict[str, list[list[int]]]] = {}
    people = result_set.people.filter(rank__isnull=False)
    for code, quiz, correct, questions, milliseconds in people.values_list(
        "unit_code", "quiz__slug", "correct", "questions", "duration_ms"
    ):
        of_unit = results.setdefault(code, {slug: [] for slug in quizzes})
        of_unit[quiz].append([correct, questions, milliseconds // 1000])
    return [
        {
            "rank": row.rank,
            "code": row.code,
            "name": row.name,
            "block": row.block,
            "headcount": row.headcount,
            "participants": row.participants,
            "quiz_points": str(row.quiz_points),
            "video_points": str(row.video_points),
            "total": str(row.total),
            "disqualified": row.reason_code == DISQUALIFIED,
            "eligible": row.eligible,
            "results": _told(results.get(row.code, {slug: [] for slug in quizzes})),
        }
        for row in result_set.units.order_by("position")
    ]


def _told(by_quiz: dict[str, list[list[int]]]) -> dict[str, list[list[int]]] | None:
    """Return the pairs in no order of people; None where a quiz has a few people only (P7)."""
    if any(0 < len(of_quiz) < FEWEST for of_quiz in by_quiz.values()):
        return None
    return {quiz: sorted(of_quiz) for quiz, of_quiz in by_quiz.items()}
