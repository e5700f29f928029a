"""The parts of one contest as links with counts: what its page in the admin begins with."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contests.models import Attempt, Conflict, Contest, Flag


@dataclass(frozen=True)
class Part:
    """One link of the contest's page; `count` None where there is nothing to count."""

    label: str | Promise
    url: str
    count: int | None = None


def parts_of(contest: Contest) -> list[tuple[str | Promise, list[Part]]]:
    """Return the links in groups, in the order of the work."""
    waiting = contest.participants.waiting().count()
    finished = (
        Attempt.objects.finished()
        .ranked()
        .filter(quiz__contest=contest)
        .values("participant")
        .distinct()
        .count()
    )
    unsettled = Flag.objects.filter(participant__contest=contest, settled_at=None).count()
    return [
        (
            _("Who takes part"),
            [
                _part(contest, _("Units"), "contests_unit", contest.units.count()),
                _part(contest, _("People"), "contests_participant", contest.participants.count()),
                _part(
                    contest,
                    _("People to confirm"),
                    "contests_participant",
                    waiting,
                    more="&state=waiting",
                ),
                _part(
                    contest,
                    _("Not allowed to take part"),
                    "contests_exclusion",
                    contest.exclusions.count(),
                ),
                _part(contest, _("To look at"), "contests_flag", unsettled, more="&settled=no"),
            ],
        ),
        (
            _("Quiz"),
            [
                _part(
                    contest,
                    _("Questions"),
                    "contests_question",
                    contest.questions.current().count(),
                ),
                _part(contest, _("Quizzes"), "contests_quiz", contest.quizzes.count()),
                _part(contest, _("People who have finished"), "contests_attempt", finished),
            ],
        ),
        (
            _("Videos and judging"),
            [
                _part(contest, _("Videos"), "media_uploads_videosubmission"),
                _part(contest, _("Judges"), "contests_judge", contest.judges.count()),
                _part(
                    contest,
                    _("Conflicts of interest"),
                    "contests_conflict",
                    Conflict.objects.filter(judge__contest=contest).count(),
                ),
                _part(contest, _("Criteria"), "scoring_criterion", parameter="contest__id__exact"),
                Part(
                    _("Marking progress"),
                    reverse("admin:scoring_scoresheet_progress", args=[contest.slug]),
                ),
            ],
        ),
        (
            _("Results"),
            [
                _part(contest, _("Award plan"), "scoring_awardtier"),
                Part(_("Results"), reverse("admin:scoring_results", args=[contest.pk])),
                _part(
                    contest,
                    _("Changes after freezing"),
                    "contests_settingchange",
                    contest.setting_changes.count(),
                ),
                Part(
                    _("Audit log"),
                    reverse("admin:accounts_auditentry_changelist") + f"?contest={contest.slug}",
                ),
            ],
        ),
        (
            _("Import from a file"),
            [
                Part(label, reverse("admin:contests_import", args=[contest.pk, kind]))
                for kind, label in (
                    ("units", _("Import units")),
                    ("people", _("Import people")),
                    ("questions", _("Import questions")),
                )
            ],
        ),
    ]


def _part(
    contest: Contest,
    label: str | Promise,
    name: str,
    count: int | None = None,
    *,
    parameter: str = "contest",
    more: str = "",
) -> Part:
    address = reverse(f"admin:{name}_changelist")
    return Part(label, f"{address}?{parameter}={contest.pk}{more}", count)
