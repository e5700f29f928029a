"""When things happen in a contest, as people read it: milestones, and what is counted down to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contests.models import Contest, Phase, Quiz

MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step of the timeline; `state` is "done", "now" or "" (still to come)."""

    name: str
    span: str
    state: str


@dataclass(frozen=True, slots=True)
class Countdown:
    """What ends or begins next: `rest` in days, hours and minutes, the last started one counted."""

    label: str
    until: dt.datetime
    now: dt.datetime
    closes: bool

    @property
    def rest(self) -> tuple[str, str, str]:
        minutes = max(0, -((self.now - self.until) // MINUTE))
        days, rest = divmod(minutes, 24 * 60)
        return str(days), f"{rest // 60:02d}", f"{rest % 60:02d}"


def day(moment: dt.datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATE_FORMAT")


def span(opens_at: dt.datetime, closes_at: dt.datetime) -> str:
    """Return a half-open window in days: "01/12 – 15/12/2020" (rules: C2)."""
    first = timezone.localtime(opens_at).date()
    # A window that closes at midnight does not reach into the next day.
    last = timezone.localtime(closes_at - dt.timedelta(microseconds=1)).date()
    if first == last:
        return date_format(last, "SHORT_DATE_FORMAT")
    start = f"{first:%d/%m}" if first.year == last.year else f"{first:%d/%m/%Y}"
    return f"{start} – {last:%d/%m/%Y}"


def milestones(contest: Contest, *, now: dt.datetime) -> list[Milestone]:
    """Return the timeline of a contest whose quizzes are loaded."""
    steps = []
    if contest.announced_on:
        announced = date_format(contest.announced_on, "SHORT_DATE_FORMAT")
        begun = contest.announced_on <= timezone.localtime(now).date()
        steps.append(Milestone(_("Rules announced"), announced, "done" if begun else ""))
    steps += [
        Milestone(name, span(opens, closes), _state(opens, closes, now))
        for name, opens, closes in windows(contest)
    ]
    # A rehearsal's results are never published: nothing is to be waited for.
    return steps if contest.is_rehearsal else steps + _result_milestones(contest)


def windows(contest: Contest) -> list[tuple[str, dt.datetime, dt.datetime]]:
    """Return what happens in a contest as (name, opens, closes); its quizzes are loaded."""
    alone = pgettext("timeline", "Quiz") if len(contest.ranked_quizzes()) == 1 else ""
    found = [
        (_on_timeline(quiz, alone), quiz.opens_at, quiz.closes_at) for quiz in contest.quizzes.all()
    ]
    if contest.video_weight:
        found += [
            (_("Handing in videos"), contest.video_opens_at, contest.video_closes_at),
            (_("Judging of videos"), contest.judging_opens_at, contest.judging_closes_at),
        ]
    return found


def _on_timeline(quiz: Quiz, alone: str) -> str:
    if quiz.is_practice:
        return _("Practice: %(quiz)s") % {"quiz": quiz.name}
    return alone or quiz.name


def results_expected_from(contest: Contest) -> dt.datetime:
    """Return when nothing is left to compete or judge: results come after this."""
    ends = [contest.judging_closes_at] if contest.video_weight else []
    if window := contest.window_of_quizzes():
        ends.append(window[1])
    return max(ends, default=contest.judging_closes_at)


def _result_milestones(contest: Contest) -> list[Milestone]:
    if contest.provisional_at:
        provisional = Milestone(_("Provisional results"), day(contest.provisional_at), "done")
    else:
        provisional = Milestone(
            _("Provisional results"),
            _("after %(date)s") % {"date": day(results_expected_from(contest))},
            "",
        )
    if contest.final_at:
        final = Milestone(_("Final results"), day(contest.final_at), "done")
    else:
        final = Milestone(
            _("Final results"),
            _("after %(days)s days for objections") % {"days": contest.objection_days},
            "now" if contest.provisional_at else "",
        )
    return [provisional, final]


def _state(opens_at: dt.datetime, closes_at: dt.datetime, now: dt.datetime) -> str:
    if closes_at <= now:
        return "done"
    return "now" if opens_at <= now else ""


def countdown(contest: Contest, *, now: dt.datetime) -> Countdown | None:
    """Return what to count down to: an open quiz's end first, then whatever opens or ends next."""
    if contest.phase(now) not in (Phase.DRAFT, Phase.ANNOUNCED, Phase.OPEN, Phase.JUDGING):
        return None
    quizzes = contest.ranked_quizzes()
    events = [
        (_("%(quiz)s closes in") % {"quiz": _name(quiz, quizzes)}, quiz.closes_at, True)
        for quiz in quizzes
        if quiz.is_open(now)
    ] or [
        (_("%(quiz)s opens in") % {"quiz": _name(quiz, quizzes)}, quiz.opens_at, False)
        for quiz in quizzes
        if now < quiz.opens_at
    ]
    if contest.video_weight and not any(closes for _label, _moment, closes in events):
        events += _video_events(contest, now)
    if not events:
        return None
    label, until, closes = min(events, key=lambda event: event[1])
    return Countdown(label=label, until=until, now=now, closes=closes)


def _video_events(contest: Contest, now: dt.datetime) -> list[tuple[str, dt.datetime, bool]]:
    if now < contest.video_opens_at:
        return [(_("Videos can be handed in from"), contest.video_opens_at, False)]
    if now < contest.video_closes_at:
        return [(_("Videos can be handed in for another"), contest.video_closes_at, True)]
    if contest.is_judging(now):
        return [(_("Judging ends in"), contest.judging_closes_at, True)]
    return []


def _name(quiz: Quiz, quizzes: list[Quiz]) -> str:
    return quiz.name if len(quizzes) > 1 else _("The quiz")
