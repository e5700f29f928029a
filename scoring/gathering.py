"""Reads a contest's raw rows into the plain facts a result is computed from; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from contests.assignment import Assignment
from contests.models import Answer, Attempt, Choice, Contest, Participant, Question
from media_uploads.models import VideoSubmission
from scoring import facts
from scoring.awards import EntryKey, TieDecision, Tier
from scoring.models import Mark, ScoreSheet

CHUNK = 2000
# (number, version) of a question that is not the contest's: only tampering makes one.
UNKNOWN = (0, 0)


def gather(contest: Contest) -> facts.Inputs:
    """Return every row the contest's result depends on, by natural keys (rules: A3).

    A constant number of queries; call it inside the transaction that stores the result. Quizzes to
    practise on, their bank and their attempts are not there for a result.
    """
    quizzes = list(contest.quizzes.ranked().order_by("opens_at", "slug"))
    return facts.Inputs(
        settings=settings_of(contest),
        quizzes=tuple(
            facts.QuizIn(
                slug=quiz.slug,
                order=order,
                prediction_kind=quiz.prediction_kind,
                counted=quiz.counted,
            )
            for order, quiz in enumerate(quizzes, start=1)
        ),
        units=tuple(_units(contest)),
        people=tuple(_people(contest)),
        attempts=tuple(_attempts(contest)),
        criteria=tuple(_criteria(contest)),
        videos=tuple(_videos(contest)),
        sheets=tuple(_sheets(contest)),
        tiers=tuple(
            Tier(*row)
            for row in contest.award_tiers.order_by("scope", "quiz__slug", "order").values_list(
                "scope", "quiz__slug", "order", "name", "count"
            )
        ),
        decisions=tuple(
            TieDecision(
                scope=scope,
                quiz=quiz,
                tier_order=tier_order,
                entries=tuple(entry_key(entry) for entry in entries),
                chosen=tuple(entry_key(entry) for entry in chosen),
            )
            for scope, quiz, tier_order, entries, chosen in contest.tie_decisions.filter(
                withdrawn_at=None
            )
            .order_by("pk")
            .values_list("scope", "quiz__slug", "tier_order", "entries", "chosen")
        ),
    )


def gather_marks(contest: Contest) -> facts.Inputs:
    """Return only what the videos' ranking depends on, as `gather` does; eight queries in all.

    Nothing of the quiz, people, awards and decisions is in it.
    """
    return facts.Inputs(
        settings=settings_of(contest),
        quizzes=(),
        units=tuple(_units(contest)),
        people=(),
        attempts=(),
        criteria=tuple(_criteria(contest)),
        videos=tuple(_videos(contest)),
        sheets=tuple(_sheets(contest)),
        tiers=(),
        decisions=(),
    )


def entry_key(stored: Any) -> EntryKey:
    """Return the key JSON stored: a pair of unit code and slot comes back as a list."""
    return (str(stored[0]), int(stored[1])) if isinstance(stored, list) else stored


def counted_videos(contest: Contest) -> Any:
    """The videos of a contest that enter the result (rules: V1)."""
    return VideoSubmission.objects.counted().filter(unit__contest=contest)


def settings_of(contest: Contest) -> facts.Settings:
    """Return the settings a result depends on; of a contest that is not stored as well."""
    return facts.Settings(
        contest_slug=contest.slug,
        year=contest.year,
        quiz_weight=Decimal(contest.quiz_weight),
        video_weight=Decimal(contest.video_weight),
        unit_rule=contest.unit_rule,
        unit_rule_n=contest.unit_rule_n,
        turnout_target=Decimal(contest.turnout_target),
        min_participants=contest.min_participants,
        judge_aggregate=contest.judge_aggregate,
        unit_chain=tuple(contest.unit_chain),
        person_chain=tuple(contest.person_chain),
        video_chain=tuple(contest.video_chain),
        eligible_needs_both=contest.award_needs_both,
    )


def _units(contest: Contest) -> Iterator[facts.UnitIn]:
    for row in contest.units.order_by("code").values_list(
        "code",
        "name",
        "block",
        "parent__code",
        "headcount",
        "disqualified_reason",
        "ineligible_reason",
    ):
        yield facts.UnitIn(*row)


def _criteria(contest: Contest) -> Iterator[facts.CriterionIn]:
    rows = contest.criteria.order_by("order").values_list("key", "name", "order", "max_marks")
    for row in rows:
        yield facts.CriterionIn(*row)


def _videos(contest: Contest) -> Iterator[facts.VideoIn]:
    rows = counted_videos(contest).order_by("unit__code", "slot")
    for row in rows.values_list(
        "unit__code", "slot", "version", "title", "disqualified_reason", "ineligible_reason"
    ):
        yield facts.VideoIn(*row)


def _people(contest: Contest) -> Iterator[facts.PersonIn]:
    rows = Participant.objects.filter(contest=contest).values_list(
        "number",
        "full_name",
        "name_sort_key",
        "unit__code",
        "workplace",
        "confirmed_at",
        "disqualified_reason",
        "ineligible_reason",
    )
    for number, name, key, unit, workplace, confirmed_at, *reasons in rows.order_by("number"):
        yield facts.PersonIn(
            number, name, bytes(key), unit, workplace, confirmed_at is not None, *reasons
        )


def _attempts(contest: Contest) -> Iterator[facts.AttemptIn]:
    names = {
        pk: (number, version)
        for pk, number, version in Question.objects.filter(
            contest=contest, is_practice=False
        ).values_list("pk", "number", "version")
    }
    positions = dict(
        Choice.objects.filter(question__contest=contest, question__is_practice=False).values_list(
            "pk", "position"
        )
    )
    answers: dict[int, list[tuple[int, int, int | None]]] = {}
    for attempt_id, question_id, choice_id in (
        Answer.objects.filter(attempt__quiz__contest=contest, attempt__quiz__is_practice=False)
        .values_list("attempt_id", "question_id", "choice_id")
        .iterator(CHUNK)
    ):
        # A choice of another contest has no position here; the seal of the attempt names it.
        answered = (*names.get(question_id, UNKNOWN), positions.get(choice_id))
        answers.setdefault(attempt_id, []).append(answered)
    figures: list[Any]
    for pk, paper, *figures in (
        Attempt.objects.finished()
        .ranked()
        .filter(quiz__contest=contest)
        .order_by("pk")
        .values_list(
            "pk",
            "paper",
            "quiz__slug",
            "participant__number",
            "number",
            "started_at",
            "finished_at",
            "duration_ms",
            "correct",
            "questions",
            "prediction",
        )
        .iterator(CHUNK)
    ):
        figures.append(_drawn(paper, names))
        figures.append(tuple(answers.get(pk, ())))
        yield facts.AttemptIn(*figures)


def _drawn(paper: Any, names: dict[int, tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    try:
        return tuple(names.get(item["q"], UNKNOWN) for item in paper)
    except (KeyError, TypeError):  # no paper at all; the seal of the attempt names it
        return (UNKNOWN,)


def _sheets(contest: Contest) -> Iterator[facts.SheetIn]:
    """Complete, submitted sheets of judges without a conflict, and excuses (rules: M2, M3, M5)."""
    assignment = Assignment.of(contest.judges.all())
    marks: dict[int, dict[str, Any]] = {}
    for sheet_id, key, value in Mark.objects.filter(sheet__judge__contest=contest).values_list(
        "sheet_id", "criterion__key", "value"
    ):
        marks.setdefault(sheet_id, {})[key] = value
    criteria = set(contest.criteria.values_list("key", flat=True))
    rows = (
        ScoreSheet.objects.done()
        .filter(judge__contest=contest, video__in=counted_videos(contest))
        .order_by("pk")
        .values_list(
            "pk",
            "judge_id",
            "video__unit_id",
            "state",
            "judge__user__username",
            "video__unit__code",
            "video__slot",
            "video__version",
            "excused_reason",
        )
    )
    keys: list[Any]
    for pk, judge_id, unit_id, state, *keys, excused_reason in rows:
        given = marks.get(pk, {})
        excused = state == ScoreSheet.State.EXCUSED
        if assignment.in_conflict(judge_id, unit_id) or not (excused or set(given) == criteria):
            continue
        keys += [{}, excused_reason] if excused else [given, ""]
        yield facts.SheetIn(*keys)
