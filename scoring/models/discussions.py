"""What the panel said about a video whose sheets lie far apart (hội ý, rules: M5). Append-only."""

from __future__ import annotations

import datetime as dt

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from media_uploads.models import VideoSubmission
from scoring.models.judging import JudgingClosed, NotTheChair, may_chair


class PanelDiscussion(models.Model):
    """Minutes of one talk of the panel about one video; a later talk is a further row.

    On PostgreSQL a trigger refuses every UPDATE and DELETE.
    """

    video = models.ForeignKey(
        VideoSubmission, models.PROTECT, related_name="discussions", verbose_name=_("video")
    )
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("written by"))
    text = models.TextField(_("what was said and decided"), max_length=4000)

    class Meta:
        verbose_name = _("panel discussion")
        verbose_name_plural = _("panel discussions")
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="discussion_has_text")
        ]

    def __str__(self) -> str:
        return f"{self.video}: {self.text[:60]}"


@transaction.atomic
def write_discussion(
    *, video: VideoSubmission, by: User, text: str, address: str = "", now: dt.datetime
) -> PanelDiscussion:
    """Keep what the panel said; no mark changes by it (rules: M5).

    The same words once more right after themselves are a form sent twice, and kept once.

    Raises NotTheChair unless `by` chairs the panel and has done the own sheet of the video (M4),
    and JudgingClosed once the results are final.
    """
    if video.unit.contest.is_final:
        raise JudgingClosed
    if not may_chair(video=video, by=by):
        raise NotTheChair
    # One writer of a video's minutes at a time: the second click finds what the first has kept.
    VideoSubmission.objects.select_for_update(no_key=True).get(pk=video.pk)
    newest = PanelDiscussion.objects.filter(video=video).order_by("-at", "-pk").first()
    if newest is not None and (newest.by_id, newest.text) == (by.pk, text):
        return newest
    discussion = PanelDiscussion.objects.create(video=video, at=now, by=by, text=text)
    audit.record(
        action="panel.discuss",
        target=f"video {video.public_id}",
        actor=by,
        contest=video.unit.contest.slug,
        address=address,
        now=now,
    )
    return discussion
