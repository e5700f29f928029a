"""What the organizers' results desk shows: steps, figures, rankings, files, ties to decide."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contests.models import Contest
from scoring import documents
from scoring.documents import papers
from scoring.documents.tables import reason_of
from scoring.forms_results import TieForm
from scoring.gathering import entry_key
from scoring.models import AwardTier, Objection, ResultSet

# The desk shows the first ones of every ranking; a page of its own has them all.
RANKINGS = {"units": 10, "people": 5, "videos": 5}


def steps_of(
    newest: ResultSet | None, *, objections: int, now: dt.datetime
) -> list[dict[str, str]]:
    """Return the four steps of a result set's life: label, detail, and done, now or nothing.

    `objections` are those that wait for an answer; the third step is not done before.
    """
    computed = published = heard = final = ""
    if newest is not None:
        computed = _said(newest.built_at)
        if newest.published_at:
            published = f"{_said(newest.published_at)} · {newest.published_by}"
        if newest.objections_until:
            heard = _("until %(time)s") % {"time": _said(newest.objections_until)}
        if newest.finalized_at:
            final = f"{_said(newest.finalized_at)} · {newest.finalized_by}"
    ended = bool(newest and newest.objections_until and newest.objections_until <= now)
    heard_all = ended and not objections
    steps = [
        (_("Computed"), computed, bool(computed)),
        (_("Published as provisional"), published, bool(published)),
        (_("Objections"), heard, heard_all),
        (_("Final"), final, bool(final)),
    ]
    here = next((place for place, step in enumerate(steps) if not step[2]), len(steps))
    return [
        {"label": label, "detail": detail, "state": "done" if is_done else _place(place, here)}
        for place, (label, detail, is_done) in enumerate(steps)
    ]


def _place(place: int, here: int) -> str:
    return "now" if place == here else ""


def _said(moment: dt.datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "H:i d/m/Y")


def facts_of(result_set: ResultSet) -> list[dict[str, Any]]:
    """Return the figures at the top of the desk, from the set's own statistics."""
    values = dict(result_set.statistics)
    return [
        {
            "label": _("units took part"),
            "value": values["units_took_part"],
            "of": values["units_total"],
        },
        {"label": _("people took part"), "value": values["people_finished"]},
        {"label": _("videos counted"), "value": values["videos_accepted"]},
        {"label": _("score sheets counted"), "value": values["sheets_counted"]},
        {"label": _("units eligible for an award"), "value": values["units_eligible"]},
        {"label": _("awards"), "value": result_set.awards.count()},
    ]


def ranking_of(result_set: ResultSet, name: str) -> Any:
    """Return the rows of a ranking in rank order."""
    if name == "people":
        return result_set.people.select_related("quiz").order_by("quiz__slug", "position")
    return getattr(result_set, name).order_by("position")


def with_reasons(rows: Any) -> list[Any]:
    """Return the rows, each with `why_not`: in words why it wins no award."""
    rows = list(rows)
    for row in rows:
        row.why_not = reason_of(row)
    return rows


def files_of(result_set: ResultSet) -> list[dict[str, Any]]:
    """Return the papers and every table with the addresses of their files."""
    drawn = [
        {
            "title": title,
            "links": [
                (
                    form.upper(),
                    reverse(
                        "admin:scoring_results_paper", args=[result_set.contest_id, kind, form]
                    ),
                )
                for form in ("docx", "pdf")
            ],
        }
        for kind, title in papers.TITLES.items()
    ]
    return drawn + [
        {
            "title": title,
            "links": [
                (
                    form.upper(),
                    reverse("contest_download", args=[result_set.contest.slug, name, form])
                    + f"?set={result_set.number}",
                )
                for form in documents.FORMATS
            ],
        }
        for name, (title, _columns, _rows) in documents.TABLES.items()
    ]


def names_of(newest: ResultSet, edge: dict[str, Any]) -> dict[str, str]:
    """Return what the tied entries are called, by the JSON text of their key."""
    entries = edge["entries"]
    called: dict[Any, str]
    if edge["scope"] == "unit":
        tied = newest.units.filter(code__in=entries)
        called = {row.code: f"{row.code} · {row.name}" for row in tied}
    elif edge["scope"] == "person":
        people = newest.people.filter(quiz__slug=edge["quiz"], number__in=entries)
        called = {row.number: f"{row.number} · {row.name} · {row.unit_code}" for row in people}
    else:
        videos = newest.videos.filter(unit_code__in=[code for code, _slot in entries])
        called = {(row.unit_code, row.slot): f"{row.unit_code} · {row.title}" for row in videos}
    return {json.dumps(entry): called.get(entry_key(entry), str(entry)) for entry in entries}


def ties_of(newest: ResultSet, bound: tuple[int, TieForm] | None) -> list[dict[str, Any]]:
    """Return each undecided tie with its tier, its places and its form; one may be filled in."""
    several = len(newest.contest.ranked_quizzes()) > 1
    tiers = {
        (tier.scope, tier.quiz.slug if tier.quiz else None, tier.order): (
            f"{tier.name} · {tier.quiz.name}" if tier.quiz and several else tier.name
        )
        for tier in AwardTier.objects.filter(contest=newest.contest_id).select_related("quiz")
    }
    return [
        {
            "index": index,
            "tier": tiers.get((edge["scope"], edge["quiz"], edge["tier_order"]), ""),
            "seats": ngettext("%(n)s place", "%(n)s places", edge["seats"]) % {"n": edge["seats"]},
            "tied": len(edge["entries"]),
            "form": bound[1]
            if bound and bound[0] == index
            else TieForm(edge=edge, names=names_of(newest, edge), prefix_id=index),
        }
        for index, edge in enumerate(newest.undecided)
    ]


def objections_of(contest: Contest) -> dict[str, int]:
    """Return how many objections to the contest's results there are, and how many wait."""
    is_open = Q(answered_at=None, withdrawn_at=None)
    objections = Objection.objects.filter(result_set__contest=contest)
    return objections.aggregate(all=Count("pk"), open=Count("pk", filter=is_open))


def newest_by_contest(contests: list[Contest]) -> dict[int, ResultSet]:
    """Return the newest set of each contest that has one, by the contest's id, in one query."""
    sets = ResultSet.objects.filter(contest__in=contests).order_by("contest", "number")
    return {result_set.contest_id: result_set for result_set in sets}
