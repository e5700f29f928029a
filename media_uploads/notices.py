"""Letters to a unit's coordinator about its video: what happened, how to mend it, until when.

A letter is written with the act it tells of, in one transaction, and sent after it; a mail server
that is down delays it and disturbs nothing else. What may have been sent is never sent again.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from media_uploads import tasks
from media_uploads.models import VideoSubmission
from media_uploads.records import Notice, Replacement
from media_uploads.refusals import explain

logger = logging.getLogger(__name__)

MAIL_TIMEOUT_SECONDS = 20
# Tries are 1, 4, 16, 64 minutes apart.
FIRST_WAIT = dt.timedelta(minutes=1)
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
            % {"until": _moment(leave.until)},
            _("Reason: %(reason)s") % {"reason": leave.reason},
        ]
        _write(video, Kind.ALLOWED, _("The video may be replaced once"), said, now=now)


def _write(
    video: VideoSubmission, kind: Kind, subject: str, said: list[str], *, now: dt.datetime
) -> None:
    """Store the letter and ring for it; none where the coordinator has no address."""
    unit = video.unit
    if not recipient_of(video):
        return
    about = _("Video “%(title)s” of %(unit)s, %(contest)s") % {
        "title": video.title,
        "unit": unit.name,
        "contest": unit.contest.name,
    }
    lines = [about, *said]
    if kind != Kind.ALLOWED and not (kind == Kind.FAILED and video.accepted_at):
        lines.append(_how_long(video, now=now))
    lines += [_desk_of(video), unit.contest.organizer_name]
    notice = Notice.objects.create(
        video=video,
        kind=kind,
        subject=" ".join(f"{subject} ({unit.code})".split())[:200],
        body="\n\n".join(line for line in lines if line) + "\n",
        at=now,
        due_at=now,
    )
    tasks.ring_for_notice(notice)


def recipient_of(video: VideoSubmission) -> str:
    """Return where letters about a video go; "" where nobody can be written to."""
    coordinator = video.unit.coordinator
    return coordinator.email if coordinator is not None and coordinator.is_active else ""


def send(notice: Notice, *, now: dt.datetime) -> bool:
    """Send a letter that is due; False where another worker did, or the mail server failed.

    It counts as sent before it goes out: a crash in between loses one rather than sends two.
    """
    mine = Notice.objects.due(now).filter(pk=notice.pk)
    if not mine.update(sent_at=now, tries=F("tries") + 1):
        return False
    notice.refresh_from_db()
    to = recipient_of(notice.video)
    if not to:
        return False
    letter = EmailMessage(
        notice.subject,
        notice.body,
        to=[to],
        connection=get_connection(timeout=MAIL_TIMEOUT_SECONDS),
    )
    try:
        letter.send()
    # What a mail server or the way to it does, or an address it cannot be given.
    except (OSError, ValueError) as error:
        wait = FIRST_WAIT * 4 ** (notice.tries - 1)
        Notice.objects.filter(pk=notice.pk).update(sent_at=None, due_at=now + wait)
        logger.warning("notice %s, try %s: %s", notice.pk, notice.tries, type(error).__name__)
        return False
    logger.info("notice %s: sent, %s of video %s", notice.pk, notice.kind, notice.video_id)
    return True


def _how_long(video: VideoSubmission, *, now: dt.datetime) -> str:
    """Until when the unit can hand in another version, or whom to ask."""
    contest = video.unit.contest
    if contest.takes_videos(now):
        return _("Videos are taken until %(until)s.") % {"until": _moment(contest.video_closes_at)}
    return _(
        "Videos are no longer taken. If a technical fault kept the unit's video out, please ask the"
        " organizing board; it may allow one replacement."
    )


def _moment(moment: dt.datetime) -> str:
    at = localtime(moment)
    return _("%(time)s on %(date)s") % {
        "time": date_format(at, "H:i"),
        "date": date_format(at, "d/m/Y"),
    }


def _desk_of(video: VideoSubmission) -> str:
    """Where the unit's desk is, with its address where the server's name is known."""
    path = reverse("desk", kwargs={"pk": video.unit_id})
    # Only over HTTPS is a name set that browsers are held to.
    homes = [
        home for home in settings.CSRF_TRUSTED_ORIGINS if "*" not in home and "//." not in home
    ]
    if homes:
        return _("The unit's desk: %(address)s") % {"address": f"{homes[0]}{path}"}
    return _("Please sign in and open the unit's desk to see the state of the video.")
