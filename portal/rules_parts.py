"""Sections of the rules page about people, videos, judging, awards and publication."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_DOWN, Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contests.durations import in_words
from contests.models import Contest, Quiz
from media_uploads.limits import Limits
from scoring.formula import SPREAD_LIMIT, TRIMMED_NEEDS
from scoring.models import AwardTier, Criterion
from scoring.models.results import Scope

GIB = 1024**3
MIB = 1024**2


def who_may_compete(contest: Contest) -> Iterator[str]:
    """rules: P1, P3, P4, P6"""
    yield _(
        "Cadres, civil servants, public employees and workers of the units of the contest. A"
        " teacher counts for the department the school is under."
    )
    yield _("Each person takes part for one unit and is registered once.")
    yield _(
        "Members of the organizing board, judges and people on the list of those who may not"
        " compete do not take part in the quiz."
    )
    if contest.self_registration:
        yield _(
            "People on the unit's list take part with the access code they are given. Others may"
            " register themselves; their results count once the unit's coordinator or the"
            " organizing board has confirmed them."
        )
    else:
        yield _("People on the unit's list take part with the access code they are given.")


def video(contest: Contest) -> Iterator[str]:
    """rules: V1-V3, V5"""
    limits = Limits()
    yield _(
        "MP4, MOV, WebM or MKV; %(shortest)s to %(longest)s long; the picture at least"
        " %(width)s × %(height)s; at most %(size)s. A file that does not fulfil this is answered"
        " with the reason and how to mend it."
    ) % {
        "shortest": in_words(contest.video_min_seconds),
        "longest": in_words(contest.video_max_seconds),
        "width": limits.min_long_side,
        "height": limits.min_short_side,
        "size": file_size(contest.video_max_bytes),
    }
    yield ngettext(
        "Each unit hands in at most %(count)s video. Until the window closes it may be replaced;"
        " the last accepted version counts.",
        "Each unit hands in at most %(count)s videos. Until the window closes each may be"
        " replaced; the last accepted version counts.",
        contest.videos_per_unit,
    ) % {"count": contest.videos_per_unit}
    yield _("An upload that began before closing may finish within 30 minutes.")
    if contest.videos_per_unit > 1:
        yield _("Of several videos of a unit the one with the most points counts.")


def judging(contest: Contest, criteria: Sequence[Criterion]) -> Iterator[str]:
    """rules: M1-M3, M5, S7"""
    if criteria:
        named = [
            _("%(criterion)s (%(marks)s)")
            % {"criterion": item.name, "marks": _marks(item.max_marks)}
            for item in criteria
        ]
        yield _(
            "Judges give marks from 0 to the maximum of each criterion, in steps of 0.5:"
            " %(criteria)s."
        ) % {"criteria": listed(named)}
    yield {
        Contest.JudgeAggregate.MEAN: _("A video's points are the mean of the judges' totals."),
        Contest.JudgeAggregate.MEDIAN: _("A video's points are the median of the judges' totals."),
        Contest.JudgeAggregate.TRIMMED: _(
            "A video's points are the mean of the judges' totals without one highest and one"
            " lowest; where a video has fewer than %(sheets)s score sheets, the mean of all of"
            " them, for every video."
        )
        % {"sheets": TRIMMED_NEEDS},
    }[Contest.JudgeAggregate(contest.judge_aggregate)]
    yield _("A judge neither sees nor marks a video of a unit he or she has an interest in.")
    yield _("Where the totals differ by more than %(points)s points the panel talks it over.") % {
        "points": SPREAD_LIMIT
    }
    if "criteria" in contest.video_chain:
        yield _(
            "Videos with equal points are ranked by the mean mark of each criterion in the order"
            " above."
        )


def awards(
    contest: Contest, tiers: Sequence[AwardTier], quizzes: Sequence[Quiz] = ()
) -> Iterator[str]:
    """Each ranking's awards; people are ranked quiz by quiz (rules: A1, A2, S5, S9)."""
    yield from _plan(_("Units: %(awards)s."), tiers, Scope.UNIT)
    if len(quizzes) > 1:
        for quiz in quizzes:
            of_quiz = [tier for tier in tiers if tier.quiz_id == quiz.pk]
            yield from _plan(
                _("People, %(quiz)s: %(awards)s."), of_quiz, Scope.PERSON, quiz=quiz.name
            )
    else:
        yield from _plan(_("People: %(awards)s."), tiers, Scope.PERSON)
    yield from _plan(_("Videos: %(awards)s."), tiers, Scope.VIDEO)
    if not tiers:
        yield _("The organizing board has not stated the awards yet.")
    if contest.award_needs_both and contest.video_weight:
        yield _("A unit is eligible for an award if it took part in both the quiz and the video.")
    yield _(
        "Awards go down the ranking. Where a tie crosses the edge of an award the organizing board"
        " decides and records its reason."
    )


def _plan(sentence: str, tiers: Sequence[AwardTier], scope: Scope, **names: str) -> Iterator[str]:
    plan = [
        _("%(count)s × %(award)s") % {"count": tier.count, "award": tier.name}
        for tier in tiers
        if tier.scope == scope
    ]
    if plan:
        yield sentence % {"awards": listed(plan), **names}


def publication(contest: Contest) -> Iterator[str]:
    """rules: A4, A5"""
    if contest.is_rehearsal:
        yield _("This is a rehearsal: its results are not published.")
        return
    yield _(
        "Before publication nobody outside the organizing board sees points or ranks. Results are"
        " first published as provisional."
    )
    yield ngettext(
        "Objections are taken for %(days)s day after that.",
        "Objections are taken for %(days)s days after that.",
        contest.objection_days,
    ) % {"days": contest.objection_days}
    yield _(
        "Results become final when one organizer has asked for it and another has approved."
        " Published results are kept; a correction is published as a new set with its reason."
    )


def _marks(value: Decimal) -> str:
    """Return marks without needless decimals: "30", "7,5"."""
    return str(number_format(value, 1 if value % 1 else 0))


def listed(items: Sequence[str]) -> str:
    """Return "a; b; c": an order, hence no "and"."""
    return "; ".join(items)


def file_size(size: int) -> str:
    """Return bytes as people read them, rounded down: "2 GB", "1,2 GB", "200 MB", "64 KB"."""
    if size >= GIB:
        tenths = (Decimal(size) / GIB).quantize(Decimal("0.1"), ROUND_DOWN)
        return f"{number_format(tenths, 1 if tenths % 1 else 0)} GB"
    if size >= MIB:
        return f"{number_format(size // MIB)} MB"
    return f"{max(1, size // 1024)} KB"
