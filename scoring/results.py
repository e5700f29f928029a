"""The one orchestrator of results: refresh, publish, request and approve the final, decide ties."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from typing import Any, NamedTuple

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from contests.assignment import Assignment
from contests.models import Attempt, Contest, Quiz
from contests.models.contest import JUDGING_AFTER_VIDEOS
from media_uploads.models import VideoSubmission
from scoring import facts, formula, outcome
from scoring.gathering import counted_videos, entry_key, gather
from scoring.models import Objection, ResultSet, ScoreSheet, TieDecision
from scoring.models.results import objection_deadline
from scoring.seals import broken_seals
from scoring.storing import edge_of, statistics_of, write

# Of rows that are not what was sealed a refusal names the first; verify_results names them all.
SEALS_SHOWN = 10


class ResultsRefused(Exception):
    """The step cannot be taken now; `args[0]` is the list of what is missing, as sentences."""

    def __str__(self) -> str:
        return "\n".join(self.args[0])


class Refreshed(NamedTuple):
    """A result set and whether this call built it."""

    result_set: ResultSet
    built: bool


@transaction.atomic
def refresh(contest: Contest, *, now: dt.datetime) -> Refreshed:
    """Build a new draft where the inputs changed, whole and in one transaction (rules: A3).

    Running it twice or in parallel gives one set: the contest's row is locked. Of drafts only the
    newest is kept, published sets stay for ever: where the inputs are again those of the published
    set, the draft goes and that set is the newest once more. ResultsRefused where the rows
    contradict each other or a unit rule lacks a headcount.
    """
    contest = Contest.objects.select_for_update().get(pk=contest.pk)
    for attempt in Attempt.objects.overdue(now).filter(quiz__contest=contest).order_by("pk"):
        attempt.submit(now=now)
    try:
        inputs = gather(contest)
        digest = facts.digest(inputs)
        same = _newest_with(contest, digest)
        if same is not None:
            contest.result_sets.filter(state=ResultSet.State.DRAFT, number__gt=same.number).delete()
            return Refreshed(same, built=False)
        computed = outcome.compute(inputs)
    except (facts.BadInputs, formula.HeadcountMissing) as error:
        raise ResultsRefused(
            [_("The results cannot be computed: %(error)s") % {"error": error}]
        ) from error
    last = contest.result_sets.aggregate(last=Max("number"))["last"] or 0
    contest.result_sets.filter(state=ResultSet.State.DRAFT).delete()
    result_set = ResultSet.objects.create(
        contest=contest,
        number=last + 1,
        digest=digest,
        built_at=now,
        statistics=statistics_of(computed),
        undecided=[edge_of(tie) for tie in computed.ties],
        void_decisions=[edge_of(decision) for decision in computed.void_decisions],
    )
    write(result_set, inputs, computed)
    return Refreshed(result_set, built=True)


@transaction.atomic
def publish(contest: Contest, *, by: User, reason: str = "", now: dt.datetime) -> ResultSet:
    """Make the newest draft provisional, with an objection deadline (rules: A4).

    After something was published before it is a correction and needs a reason.
    """
    result_set = refresh(contest, now=now).result_set
    contest = Contest.objects.select_for_update().get(pk=contest.pk)
    missing = obstacles_to_publication(contest, now=now)
    if result_set.state != ResultSet.State.DRAFT:
        sentence = _("Result set %(number)s is published already and nothing has changed since.")
        missing.append(sentence % {"number": result_set.number})
    missing += broken_seals(contest)[:SEALS_SHOWN]
    if contest.is_published and not reason.strip():
        missing.append(_("Results were published before: a correction needs a reason."))
    if missing:
        raise ResultsRefused(missing)
    result_set.state = ResultSet.State.PROVISIONAL
    result_set.correction_reason = reason.strip() if contest.is_published else ""
    result_set.published_at, result_set.published_by = now, by
    result_set.objections_until = objection_deadline(contest, now)
    result_set.seal = seal_of(result_set)
    result_set.save(
        update_fields=[
            "state",
            "published_at",
            "published_by",
            "correction_reason",
            "objections_until",
            "seal",
        ]
    )
    # A correction of final results is provisional again until two people made it final.
    contest.provisional_at, contest.final_at = now, None
    contest.save(update_fields=["provisional_at", "final_at"])
    _log("results.publish", result_set, by, now, reason=reason.strip())
    return result_set


@transaction.atomic
def request_final(contest: Contest, *, by: User, reason: str, now: dt.datetime) -> ResultSet:
    """Ask that the published set become final; another organizer approves it (rules: A4)."""
    contest = Contest.objects.select_for_update().get(pk=contest.pk)
    result_set = _published_for_final(contest, now=now)
    if not reason.strip():
        raise ResultsRefused([_("A reason is needed.")])
    result_set.final_requested_at, result_set.final_requested_by = now, by
    result_set.final_reason = reason.strip()
    result_set.save(update_fields=["final_requested_at", "final_requested_by", "final_reason"])
    _log("results.request_final", result_set, by, now, reason=reason.strip())
    return result_set


@transaction.atomic
def approve_final(contest: Contest, *, by: User, now: dt.datetime) -> ResultSet:
    """Make the requested set final; `by` is another person than the one who asked (rules: A4)."""
    contest = Contest.objects.select_for_update().get(pk=contest.pk)
    result_set = _published_for_final(contest, now=now)
    if result_set.final_requested_by_id is None:
        raise ResultsRefused([_("Nobody has asked for final results yet.")])
    if result_set.final_requested_by_id == by.pk:
        raise ResultsRefused([_("Another organizer than the one who asked has to approve.")])
    result_set.state = ResultSet.State.FINAL
    result_set.finalized_at, result_set.finalized_by = now, by
    result_set.save(update_fields=["state", "finalized_at", "finalized_by"])
    contest.final_at = now
    contest.save(update_fields=["final_at"])
    _log("results.approve_final", result_set, by, now)
    return result_set


@transaction.atomic
def decide_tie(
    contest: Contest,
    *,
    edge: dict[str, Any],
    chosen: list[Any],
    reason: str,
    by: User,
    now: dt.datetime,
) -> Refreshed:
    """Store who of the tied gets the tier's last seats, and rebuild (rules: A2).

    `edge` is an item of the newest set's `undecided`; `chosen` are keys of its entries.
    """
    contest = Contest.objects.select_for_update().get(pk=contest.pk)
    newest = ResultSet.objects.newest(contest)
    if newest is None or edge not in newest.undecided:
        raise ResultsRefused([_("This tie is no longer there. Look at the list again.")])
    keys = [entry_key(entry) for entry in chosen]
    tied = [entry_key(entry) for entry in edge["entries"]]
    if not len(keys) == len(set(keys)) == edge["seats"] or not set(keys) <= set(tied):
        raise ResultsRefused(
            [_("Choose exactly %(seats)s of the tied entries.") % {"seats": edge["seats"]}]
        )
    if not reason.strip():
        raise ResultsRefused([_("A reason is needed.")])
    quiz = Quiz.objects.filter(contest=contest, slug=edge["quiz"]).first()
    same_edge = contest.tie_decisions.filter(
        scope=edge["scope"], quiz=quiz, tier_order=edge["tier_order"], withdrawn_at=None
    )
    same_edge.update(withdrawn_at=now)
    TieDecision.objects.create(
        contest=contest,
        scope=edge["scope"],
        quiz=quiz,
        tier_order=edge["tier_order"],
        entries=edge["entries"],
        chosen=[list(key) if isinstance(key, tuple) else key for key in keys],
        reason=reason.strip(),
        by=by,
        at=now,
    )
    _log(
        "results.decide_tie", newest, by, now, reason=reason, after={"edge": edge, "chosen": chosen}
    )
    return refresh(contest, now=now)


def obstacles_to_publication(contest: Contest, *, now: dt.datetime) -> list[str]:
    """Return what must happen before anything may be published (rules: A3, A5)."""
    missing = []
    if contest.is_rehearsal:
        missing.append(_("This is a rehearsal; its results are never published."))
    if contest.units.count() == 0:
        missing.append(_("The contest has no units."))
    if any(not quiz.has_closed(now) for quiz in contest.quizzes.ranked()):
        missing.append(_("A quiz is still open."))
    if running := Attempt.objects.running().ranked().filter(quiz__contest=contest).count():
        missing.append(_("%(count)s attempts are still running.") % {"count": running})
    # An upload that began in time may arrive until then (rules: V2).
    if now < contest.video_closes_at + JUDGING_AFTER_VIDEOS:
        missing.append(_("Units may still hand in videos."))
    elif now < contest.judging_closes_at and (count := missing_sheets(contest)):
        missing.append(
            _("Judging is open and %(count)s score sheets are missing.") % {"count": count}
        )
    if count := _videos_being_checked(contest):
        missing.append(_("%(count)s videos are still being checked.") % {"count": count})
    return missing


def obstacles_to_final(contest: Contest, *, now: dt.datetime) -> list[str]:
    """Return what keeps the published set from becoming final (rules: A4)."""
    result_set = ResultSet.objects.newest(contest)
    if result_set is None or result_set.state == ResultSet.State.DRAFT:
        return [_("The newest result set has not been published yet.")]
    if result_set.is_final:
        return [_("Result set %(number)s is final already.") % {"number": result_set.number}]
    missing = []
    if count := missing_sheets(contest):
        missing.append(_("%(count)s score sheets are missing and not excused.") % {"count": count})
    if result_set.undecided:
        missing.append(_("%(count)s ties are undecided.") % {"count": len(result_set.undecided)})
    if running := Attempt.objects.running().ranked().filter(quiz__contest=contest).count():
        missing.append(_("%(count)s attempts are still running.") % {"count": running})
    if result_set.objections_until is None or now < result_set.objections_until:
        missing.append(_("The objection period has not ended."))
    # Also those against a set that a correction has replaced: each is answered.
    if count := Objection.objects.open().filter(result_set__contest=contest).count():
        missing.append(_("%(count)s objections wait for an answer.") % {"count": count})
    if facts.digest(gather(contest)) != result_set.digest:
        missing.append(_("The inputs have changed since publication. Refresh and publish again."))
    return missing


def missing_sheets(contest: Contest) -> int:
    """Return how many sheets that are waited for are neither handed in nor excused."""
    assignment = Assignment.of(contest.judges.all())
    done = set(
        ScoreSheet.objects.done().filter(judge__contest=contest).values_list("judge_id", "video_id")
    )
    return sum(
        assignment.marks(judge, unit=unit, block=block) and (judge, video) not in done
        for video, unit, block in counted_videos(contest).values_list(
            "pk", "unit_id", "unit__block"
        )
        for judge in assignment.judges
    )


def seal_of(result_set: ResultSet) -> str:
    """Return the keyed hash over a set's stored rows, taken when it is published (rules: A7)."""
    content = json.dumps(
        {
            "digest": result_set.digest,
            "number": result_set.number,
            "statistics": result_set.statistics,
            # A set of before there were such rows keeps the seal it has.
            **({"basis": result_set.basis.content} if hasattr(result_set, "basis") else {}),
            **{
                relation: list(
                    getattr(result_set, relation)
                    .order_by("pk")
                    .values(*_sealed_fields(result_set, relation))
                )
                for relation in ("units", "people", "videos", "awards")
            },
        },
        sort_keys=True,
        cls=DjangoJSONEncoder,
    )
    key = hashlib.sha256(f"seal:{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()


def _newest_with(contest: Contest, digest: str) -> ResultSet | None:
    """The draft or the published set in force, if its inputs are these (rules: A3).

    A draft of before sets carried their basis is not worth keeping.
    """
    newest = ResultSet.objects.newest(contest)
    for candidate in (newest, ResultSet.objects.published(contest)):
        if candidate is None or candidate.digest != digest:
            continue
        if candidate.state != ResultSet.State.DRAFT or hasattr(candidate, "basis"):
            return candidate
    return None


def _videos_being_checked(contest: Contest) -> int:
    state = VideoSubmission.State.RECEIVED
    return VideoSubmission.objects.filter(
        unit__contest=contest, state=state, refused_at=None
    ).count()


def _sealed_fields(result_set: ResultSet, relation: str) -> list[str]:
    model = getattr(result_set, relation).model
    return [field.attname for field in model._meta.concrete_fields if not field.primary_key]


def _published_for_final(contest: Contest, *, now: dt.datetime) -> ResultSet:
    missing = obstacles_to_final(contest, now=now) + broken_seals(contest)[:SEALS_SHOWN]
    if missing:
        raise ResultsRefused(missing)
    return contest.result_sets.select_for_update().order_by("-number")[0]


def _log(
    action: str,
    result_set: ResultSet,
    by: User,
    now: dt.datetime,
    *,
    reason: str = "",
    after: Any = None,
) -> None:
    audit.record(
        action=action,
        target=f"result set {result_set.number} {result_set.digest[:16]}",
        contest=result_set.contest.slug,
        actor=by,
        now=now,
        reason=reason,
        after=after,
    )
