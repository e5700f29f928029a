"""Who may begin an attempt at a quiz now, and the sentence for who may not (rules: Q1, Q3, P4)."""

from __future__ import annotations

import datetime as dt

from django.utils import formats, timezone
from django.utils.translation import gettext

from contests.barring import barred_marks, marks_of
from contests.models.people import Participant
from contests.models.quizzes import Quiz


class StartRefused(Exception):
    """The attempt cannot start; `args[0]` is the sentence for the person."""


def require_start(*, participant: Participant, quiz: Quiz, number: int, now: dt.datetime) -> None:
    """Raise StartRefused unless the person may begin attempt `number` of the quiz now.

    Who may not compete may still try a quiz to practise on (rules: P4).
    """
    if now < quiz.opens_at:
        raise StartRefused(_said(gettext("The quiz opens at %(time)s on %(date)s."), quiz.opens_at))
    if quiz.closes_at <= now:
        raise StartRefused(
            _said(gettext("The quiz closed at %(time)s on %(date)s."), quiz.closes_at)
        )
    if quiz.attempts_allowed and quiz.attempts_allowed < number:
        raise StartRefused(gettext("You have used all your attempts at this quiz."))
    if quiz.is_practice:
        return
    if participant.disqualified_reason:
        raise StartRefused(
            gettext("You are disqualified in this contest. Please ask the organizing board.")
        )
    if is_barred(participant):
        raise StartRefused(
            gettext(
                "Organizers, judges and people on the exclusion list do not take part in the quiz."
                " If this is a mistake, please ask the organizing board."
            )
        )


def is_barred(participant: Participant) -> bool:
    """Whether the person organizes, judges or is on the exclusion list, by now (rules: P4)."""
    contest = participant.contest
    own = marks_of(participant.phone, participant.staff_code)
    return bool(own & barred_marks(contest))


def _said(sentence: str, moment: dt.datetime) -> str:
    local = timezone.localtime(moment)
    return sentence % {
        "time": formats.date_format(local, "TIME_FORMAT"),
        "date": formats.date_format(local, "SHORT_DATE_FORMAT"),
    }
