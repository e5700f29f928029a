"""The words of the letters to a contest's judges and to those who objected to its results.

To a judge nothing is said of other judges (rules: M4). How letters are kept and sent is in
`accounts.letters`; which judges they may go to now is in `scoring.admin.recipients`.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import letters
from accounts.letters import moment_in_words
from contests.models import Contest, Judge, Unit
from scoring.models import Objection


@dataclass(frozen=True)
class Words:
    """A letter as it is shown before it is written, and as it is written."""

    subject: str
    body: str


def invitation(judge: Judge, *, videos: int | None, sets_password: bool) -> Words:
    """Return the invitation; `videos` on the judge's list, None before judging begins.

    With `sets_password` the link follows when the letter goes out.
    """
    contest = judge.contest
    with translation.override(settings.LANGUAGE_CODE):
        return _words(
            contest,
            judge.user.full_name,
            _("Invitation to judge: %(contest)s"),
            _("%(organizer)s invites you to judge the videos of %(contest)s.")
            % {"organizer": contest.organizer_name, "contest": contest.name},
            _("Marks are taken from %(opens)s until %(closes)s.")
            % {
                "opens": moment_in_words(contest.judging_opens_at),
                "closes": moment_in_words(contest.judging_closes_at),
            },
            _how_many(videos),
            _where(judge),
            _which_password(judge, sets_password=sets_password),
        )


def reminder(judge: Judge, *, missing: int) -> Words:
    """Return the reminder that `missing` of the judge's own sheets are waited for."""
    contest = judge.contest
    with translation.override(settings.LANGUAGE_CODE):
        said = ngettext(
            "%(count)s of your score sheets for %(contest)s has not been handed in yet.",
            "%(count)s of your score sheets for %(contest)s have not been handed in yet.",
            missing,
        )
        return _words(
            contest,
            judge.user.full_name,
            _("Score sheets are waited for: %(contest)s"),
            said % {"count": missing, "contest": contest.name},
            _("They can be handed in until %(closes)s.")
            % {"closes": moment_in_words(contest.judging_closes_at)},
            _where(judge),
        )


def objection_answered(objection: Objection, *, name: str) -> Words:
    """Return the letter that tells the filer, called `name`, what was answered (rules: A4)."""
    contest = objection.result_set.contest
    with translation.override(settings.LANGUAGE_CODE):
        return _words(
            contest,
            name,
            _("Your objection was answered: %(contest)s"),
            _("The organizing board has answered the objection of %(filer)s, sent at %(at)s.")
            % {"filer": _called(objection), "at": moment_in_words(objection.at)},
            _("What becomes of the results: %(effect)s.")
            % {"effect": objection.get_effect_display()},
            _("Answer: %(answer)s") % {"answer": objection.answer},
            _where_it_stands(contest),
        )


def _called(objection: Objection) -> str:
    filer = objection.filer
    return filer.name if isinstance(filer, Unit) else filer.full_name


def _where_it_stands(contest: Contest) -> str:
    address = letters.address_of(reverse("objections", args=[contest.slug]))
    if address:
        return _("Your objections and their answers: %(address)s") % {"address": address}
    return _("Your objections and their answers are on the contest's website, once signed in.")


def _words(contest: Contest, name: str, subject: str, *said: str) -> Words:
    dear = _("Dear %(name)s,") % {"name": name}
    lines = [dear, *said, _whom_to_ask(contest), contest.organizer_name]
    return Words(
        subject=subject % {"contest": contest.name},
        body="\n\n".join(line for line in lines if line) + "\n",
    )


def _how_many(videos: int | None) -> str:
    if videos is None:
        return _("The videos you have to mark are listed when judging begins.")
    said = ngettext(
        "%(count)s video is on your list.", "%(count)s videos are on your list.", videos
    )
    return said % {"count": videos}


def _where(judge: Judge) -> str:
    address = letters.address_of(reverse("staff_sign_in"))
    name = _("Your sign-in name: %(username)s") % {"username": judge.user.username}
    if address:
        return "\n".join([_("Sign in at: %(address)s") % {"address": address}, name])
    return "\n".join([_("Please sign in on the contest's website."), name])


def _which_password(judge: Judge, *, sets_password: bool) -> str:
    if judge.user.last_login is not None:
        return ""
    if sets_password:
        return _(
            "Before you sign in for the first time, set a password by the link at the end of this"
            " letter."
        )
    return _("If you have no password yet, please ask the organizing board for one.")


def _whom_to_ask(contest: Contest) -> str:
    if contest.contact:
        return _("If you need help: %(contact)s") % {"contact": contest.contact}
    return _("If you need help, please ask the organizing board.")
