"""Letters to a unit's coordinator about its video: what happened, how to mend it, until when.

The words alone; how letters are kept and sent is in `accounts.letters`.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import letters
from accounts.letters import moment_in_words
from media_uploads.models import VideoSubmission
from media_uploads.records import Notice, Replacement
from media_uploads.refusals import explain

Kind = Notice.Kind


def refused(video: VideoSubmission, *, now: dt.datetime) -> None:
    """Tell that the inspection did not accept a version, and how to mend it. rules: V3"""
    with translation.override(settings.LANGUAGE_CODE):
        why = explain(video.verdict_code, (video.verdict or {}).get("params", {}))
        said = [_("Version %(version)s was not accepted.") % {"version": video.version}, why]
        _write(video, Kind.REFUSED, _("The video was not accepted"), said, now=now)


def failed(video: VideoSubmission, *, now: dt.datetime) -> None:
    """Tell that a version could not be read, or that no copy of it could be made. rules: V4"""
    with translation.override(settings.LANGUAGE_CODE):
        if video.accepted_at:
            subject = _("The copy of the video could not be made")
            said = _(
                "Version %(version)s is accepted and counts, but the copy for the judges could not"
                " be made. The organizing board will see to it and may ask you for the file."
            )
        else:
            subject = _("The video could not be checked")
            said = _("Version %(version)s could not be checked. Please upload it once more.")
        version = {"version": video.version}
        _write(video, Kind.FAILED, subject, [said % version, video.failure], now=now)


def declined(video: VideoSubmission, *, now: dt.datetime) -> None:
    """Tell that an organizer refused a version, and why. rules: V1"""
    with translation.override(settings.LANGUAGE_CODE):
        said = [
            _("The organizing board did not accept version %(version)s and gives this reason:")
            % {"version": video.version},
            video.refused_reason,
        ]
        counts = video.unit.videos.accepted().filter(slot=video.slot).order_by("version").last()
        if counts is not None:
            said.append(_("Version %(version)s counts now.") % {"version": counts.version})
        _write(
            video, Kind.DECLINED, _("The organizing board did not accept the video"), said, now=now
        )


def asked(video: VideoSubmission, *, now: dt.datetime) -> None:
    """Tell that an organizer asks for a new version, and why. rules: V1"""
    with translation.override(settings.LANGUAGE_CODE):
        said = [
            _("The organizing board asks for a new version of the video and gives this reason:"),
            video.asked_reason,
            _("Version %(version)s counts until a new one is accepted.")
            % {"version": video.version},
        ]
        _write(video, Kind.ASKED, _("A new version of the video is asked for"), said, now=now)


def allowed(video: VideoSubmission, leave: Replacement, *, now: dt.datetime) -> None:
    """Tell that an organizer lets the unit hand in one version after closing. rules: V2"""
    with translation.override(settings.LANGUAGE_CODE):
        said = [
            _("The organizing board lets the unit hand in one more version, until %(until)s.")
            % {"until": moment_in_words(leave.until)},
            _("Reason: %(reason)s") % {"reason": leave.reason},
        ]
        _write(video, Kind.ALLOWED, _("The video may be replaced once"), said, now=now)


def _write(
    video: VideoSubmission, kind: Kind, subject: str, said: list[str], *, now: dt.datetime
) -> None:
    """Write the letter and note what it tells of; none where nobody can be written to."""
    unit = video.unit
    about = _("Video “%(title)s” of %(unit)s, %(contest)s") % {
        "title": video.title,
        "unit": unit.name,
        "contest": unit.contest.name,
    }
    lines = [about, *said]
    if kind != Kind.ALLOWED and not (kind == Kind.FAILED and video.accepted_at):
        lines.append(_how_long(video, now=now))
    lines += [_desk_of(video), unit.contest.organizer_name]
    letter = letters.write(
        to=unit.coordinator,
        subject=f"{subject} ({unit.code})",
        body="\n\n".join(line for line in lines if line) + "\n",
        now=now,
    )
    if letter is not None:
        Notice.objects.create(video=video, kind=kind, at=now, letter=letter)


def _how_long(video: VideoSubmission, *, now: dt.datetime) -> str:
    """Until when the unit can hand in another version, or whom to ask."""
    contest = video.unit.contest
    if contest.takes_videos(now):
        return _("Videos are taken until %(until)s.") % {
            "until": moment_in_words(contest.video_closes_at)
        }
    return _(
        "Videos are no longer taken. If a technical fault kept the unit's video out, please ask the"
        " organizing board; it may allow one replacement."
    )


def _desk_of(video: VideoSubmission) -> str:
    """Where the unit's desk is, with its address where the server's name is known."""
    address = letters.address_of(reverse("desk", kwargs={"pk": video.unit_id}))
    if address:
        return _("The unit's desk: %(address)s") % {"address": address}
    return _("Please sign in and open the unit's desk to see the state of the video.")
