"""A unit's video as its coordinator follows it: what arrived, what the checks said, what counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from contests.durations import in_words
from contests.models import Contest, Unit
from media_uploads.models import VideoSubmission
from media_uploads.records import Replacement
from media_uploads.refusals import explain
from portal.rules_parts import file_size

State = VideoSubmission.State


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checks; `state` is "ok", "now", "bad" or "" (not yet)."""

    text: str
    state: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One video of the unit: its versions, and the one that counts now (rules: V1).

    `leave` is an organizer's, to hand in one more after closing (rules: V2).
    """

    number: int
    versions: list[VideoSubmission]
    checks: list[Check]
    takes_videos: bool
    leave: Replacement | None = None

    @property
    def newest(self) -> VideoSubmission | None:
        return self.versions[-1] if self.versions else None

    @property
    def older(self) -> list[VideoSubmission]:
        """The versions before the newest, the latest first."""
        return self.versions[-2::-1]

    @property
    def counted(self) -> VideoSubmission | None:
        return next((video for video in reversed(self.versions) if video.is_accepted), None)

    @property
    def is_working(self) -> bool:
        """Whether the worker has something to do, so that looking again is worth while."""
        return bool(
            self.newest
            and self.newest.refused_at is None
            and self.newest.withdrawn_at is None
            and self.newest.state in VideoSubmission.WORKING_STATES
        )

    @property
    def size(self) -> str:
        return file_size(self.newest.size) if self.newest else ""

    @property
    def length(self) -> str:
        if self.newest is None or self.newest.duration_ms is None:
            return ""
        return in_words(self.newest.duration_ms // 1000)

    @property
    def refusal(self) -> str:
        """Why the newest version was not taken, and how to mend it; empty where it was."""
        if self.newest is None or self.newest.state != State.REFUSED:
            return ""
        verdict = self.newest.verdict or {}
        return explain(self.newest.verdict_code, verdict.get("params", {}))

    @property
    def may_withdraw(self) -> bool:
        """Whether the newest version can be taken out now."""
        newest = self.newest
        return self.takes_videos and newest is not None and newest.can_be_withdrawn

    @property
    def is_asked_for(self) -> bool:
        """Whether an organizer asks for a version newer than this one, and can still get it."""
        newest = self.newest
        return bool(self.takes_videos and newest and newest.asked_at and newest.can_be_withdrawn)

    @property
    def is_shut_out(self) -> bool:
        """Whether the newest version was not taken and the unit can hand in no other (V2)."""
        technical = bool(self.refusal) or (
            self.newest is not None
            and self.newest.state == State.FAILED
            and not self.newest.accepted_at
        )
        return technical and not self.takes_videos and self.leave is None

    @property
    def older_counts(self) -> bool:
        """Whether an earlier version counts while the newest is not (or not yet) accepted."""
        return self.counted is not None and self.counted != self.newest


def slots_of(unit: Unit, *, now: dt.datetime) -> list[Slot]:
    """Return the unit's videos by number, with two queries."""
    contest = unit.contest
    by_slot: dict[int, list[VideoSubmission]] = {
        number: [] for number in range(1, contest.videos_per_unit + 1)
    }
    for video in unit.videos.order_by("slot", "version"):
        by_slot.setdefault(video.slot, []).append(video)
    leaves = {leave.slot: leave for leave in unit.replacements.open(now)}
    return [
        Slot(
            number=number,
            versions=versions,
            checks=checks_of(versions[-1], contest) if versions else [],
            takes_videos=contest.takes_videos(now),
            leave=leaves.get(number),
        )
        for number, versions in by_slot.items()
    ]


def checks_of(video: VideoSubmission, contest: Contest) -> list[Check]:
    """Return what has been checked, what is being done and what is still to come."""
    received = Check(_("File received, %(size)s") % {"size": file_size(video.size)}, "ok")
    hashed = Check(_("Receipt with the SHA-256 code"), "ok" if video.sha256 else "")
    watched = Check(_("Copy for the judges to watch"), "")
    if video.state == State.RECEIVED:
        looking = Check(_("Reading pictures and sound"), "now")
        return [received, looking, hashed, watched]
    if video.state == State.REFUSED or (video.state == State.FAILED and not video.accepted_at):
        return [received, Check(_("The file cannot be accepted"), "bad"), hashed]
    if video.state == State.INSPECTED:
        watched = Check(
            _("Making the copy for the judges: %(percent)s%%") % {"percent": video.progress}, "now"
        )
    elif video.state == State.FAILED:
        watched = Check(_("The copy could not be made; the video counts all the same"), "bad")
    else:
        watched = Check(_("Copy for the judges is ready"), "ok")
    return [received, *_accepted(video, contest), hashed, watched]


def _accepted(video: VideoSubmission, contest: Contest) -> list[Check]:
    container = str((video.verdict or {}).get("container") or "").upper()
    lines = [
        Check(_("Format %(container)s, readable") % {"container": container}, "ok")
        if container
        else Check(_("Readable"), "ok")
    ]
    if video.duration_ms is not None and video.duration_ms > 1000 * contest.video_max_seconds:
        # The limit was lowered after the video had been accepted.
        said = _("%(length)s long") % {"length": in_words(video.duration_ms // 1000)}
        lines.append(Check(said, "ok"))
    elif video.duration_ms is not None:
        length = _("%(length)s long, within %(shortest)s to %(longest)s") % {
            "length": in_words(video.duration_ms // 1000),
            "shortest": in_words(contest.video_min_seconds),
            "longest": in_words(contest.video_max_seconds),
        }
        lines.append(Check(length, "ok"))
    if video.width and video.height:
        size = f"{video.width} × {video.height}"
        lines.append(Check(_("Picture %(size)s") % {"size": size}, "ok"))
    return lines
