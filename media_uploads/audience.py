"""Who may watch which video: one set, made from the person who asks."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import User
from contests.models import Contest, Judge
from media_uploads.models import VideoQuerySet, VideoSubmission


def watchable_by(user: User | AnonymousUser) -> VideoQuerySet:
    """Ready videos this person may watch.

    The published gallery for everybody, their own unit's for coordinators, a contest's for its
    organizers, those to be marked for its judges, and for a judge with a conflict never that
    unit's, whatever else he or she may be (rules: M3).
    """
    allowed = Q(pk__in=VideoSubmission.objects.for_public().values("pk"))
    conflicted: set[int] = set()
    if isinstance(user, User) and user.is_active:
        allowed |= Q(unit__coordinator=user)
        allowed |= Q(unit__contest__in=Contest.objects.for_organizer(user))
        for judge in Judge.objects.filter(user=user).order_by("pk"):
            allowed |= Q(pk__in=VideoSubmission.objects.for_judge(judge).values("pk"))
            conflicted |= judge.conflicted_unit_ids()
    return VideoSubmission.objects.watchable().filter(allowed).exclude(unit__in=conflicted)


def gallery_of(contest: Contest, user: User | AnonymousUser) -> VideoQuerySet:
    """The contest's gallery as this person sees it: the public's, but for conflicts (rules: M3)."""
    videos = VideoSubmission.objects.for_public().filter(unit__contest=contest)
    if isinstance(user, User):
        for judge in Judge.objects.filter(user=user, contest=contest):
            videos = videos.exclude(unit__in=judge.conflicted_unit_ids())
    return videos
