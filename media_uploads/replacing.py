"""One replacement after closing: whether an organizer may allow it, and until when. rules: V2"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from contests.decisions import NothingToDecide, ReasonMissing
from contests.models import Unit
from media_uploads import notices
from media_uploads.decisions import name_of
from media_uploads.models import VideoQuerySet, VideoSubmission
from media_uploads.records import Replacement

State = VideoSubmission.State


class NotAllowed(Exception):
    """No replacement can be allowed; `message` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def obstacle(video: VideoSubmission, *, now: dt.datetime) -> str:
    """Return why no replacement of this version can be allowed now; "" where one can."""
    contest = video.unit.contest
    unread = video.state == State.FAILED and video.accepted_at is None
    if video.state != State.REFUSED and not unread:
        return _("Only a version that the inspection did not accept can be replaced.")
    if _newer(video).exists():
        return _("The unit has handed in a newer version.")
    if now < contest.video_closes_at:
        return _("Videos are still taken: the unit can hand in a new version by itself.")
    if contest.is_published or contest.judging_closes_at <= now:
        return _("Judging is over: a new version could not be marked any more.")
    return ""


@transaction.atomic
def allow(
    video: VideoSubmission,
    *,
    until: dt.datetime,
    reason: str,
    by: User,
    address: str,
    now: dt.datetime,
) -> Replacement:
    """Let the unit hand in one more version in place of a refused one until `until`. rules: V2

    Raises ReasonMissing, NotAllowed, NothingToDecide where one is allowed already.
    """
    if not reason.strip():
        raise ReasonMissing
    # Two organizers at once allow one.
    Unit.objects.select_for_update().get(pk=video.unit_id)
    if said := obstacle(video, now=now):
        raise NotAllowed(said)
    latest = video.unit.contest.judging_closes_at
    if not now < until <= latest:
        raise NotAllowed(
            _("The time must lie ahead and not after the end of judging, %(end)s.")
            % {"end": date_format(localtime(latest), "H:i d/m/Y")}
        )
    if video.unit.replacements.filter(slot=video.slot, video=None, until__gt=now).exists():
        raise NothingToDecide
    leave = Replacement.objects.create(
        unit=video.unit, slot=video.slot, reason=reason.strip(), by=by, at=now, until=until
    )
    audit.record(
        action="video.allow_replacement",
        target=name_of(video),
        contest=video.unit.contest.slug,
        actor=by,
        address=address,
        after={"until": until.isoformat()},
        reason=reason.strip(),
        now=now,
    )
    notices.allowed(video, leave, now=now)
    return leave


def _newer(video: VideoSubmission) -> VideoQuerySet:
    return video.unit.videos.filter(slot=video.slot, version__gt=video.version)
