"""What one judge has to mark: the videos in the judge's own order, each with the own sheet."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.models import User
from contests.assignment import Assignment
from contests.clock import database_now
from contests.models import Contest, Judge
from media_uploads.models import VideoSubmission
from scoring.models import ScoreSheet

State = ScoreSheet.State


@dataclass(frozen=True)
class Line:
    """One video on a judge's list. `state` is todo, draft, submitted, excused or preparing."""

    number: int
    video: VideoSubmission
    sheet: ScoreSheet | None

    @property
    def is_done(self) -> bool:
        return self.sheet is not None and self.sheet.state != State.DRAFT

    @property
    def state(self) -> str:
        if self.sheet is not None and self.is_done:
            return self.sheet.state
        if not self.video.is_watchable:
            return "preparing"
        return "draft" if self.sheet is not None and self.sheet.revision else "todo"

    @property
    def total(self) -> Decimal | None:
        """The judge's own total, of a submitted sheet."""
        if self.sheet is None or not self.sheet.is_submitted:
            return None
        total: Decimal | None = self.sheet.total  # type: ignore[attr-defined]
        return total


@dataclass(frozen=True)
class Desk:
    """One judge's list in one contest; nothing of other judges is in it (rules: M3, M4)."""

    judge: Judge
    lines: list[Line]

    @classmethod
    def of(cls, judge: Judge) -> Desk:
        """Read the list with three queries, however many videos there are."""
        videos = VideoSubmission.objects.for_judge(judge).select_related("unit")
        sheets = {sheet.video_id: sheet for sheet in ScoreSheet.objects.of_judge(judge)}

        def own_order(video: VideoSubmission) -> bytes:
            # Mixed for each judge, so that no unit is everybody's first; the same every day.
            return hashlib.sha256(f"{judge.pk}:{video.public_id}".encode()).digest()

        ordered = sorted(videos, key=own_order)
        return cls(
            judge,
            [Line(number, v, sheets.get(v.pk)) for number, v in enumerate(ordered, start=1)],
        )

    @property
    def contest(self) -> Contest:
        return self.judge.contest

    @property
    def submitted(self) -> int:
        return sum(line.state == State.SUBMITTED for line in self.lines)

    @property
    def expected(self) -> int:
        """How many sheets are waited for in all: every video the judge is not excused from."""
        return sum(line.state != State.EXCUSED for line in self.lines)

    @property
    def left(self) -> int:
        return self.expected - self.submitted

    def line_of(self, video: VideoSubmission) -> Line:
        return next(line for line in self.lines if line.video.pk == video.pk)

    def resume(self) -> Line | None:
        """Return where the judge stopped: the draft saved last, else the next video."""
        drafts = [line for line in self.lines if line.state == "draft"]
        return max(drafts, key=_saved_at, default=None) or self.next_after(None)

    def next_after(self, line: Line | None) -> Line | None:
        """Return the next video to mark: one with the fewest sheets, drawn among equals.

        Drawn, so that the order tells nobody how often a video was marked (rules: M4).
        """
        open_ = [o for o in self.lines if o.state in {"todo", "draft"} and o is not line]
        if not open_:
            return None
        sheets = ScoreSheet.objects.done().filter(video__in=[other.video for other in open_])
        done = dict(sheets.values_list("video").annotate(Count("pk")))
        fewest = min(done.get(other.video.pk, 0) for other in open_)
        return secrets.choice([o for o in open_ if done.get(o.video.pk, 0) == fewest])


def _saved_at(line: Line) -> dt.datetime:
    assert line.sheet is not None
    assert line.sheet.saved_at is not None
    return line.sheet.saved_at


@dataclass(frozen=True)
class Progress:
    """How many sheets a judge has handed in, of how many that are waited for."""

    submitted: int
    expected: int

    @property
    def left(self) -> int:
        return self.expected - self.submitted


def progress_of(judges: Sequence[Judge]) -> dict[int, Progress]:
    """Return how far each judge's list has come, by the judge's key; three queries in all."""
    if not judges:
        return {}
    contests = {judge.contest_id for judge in judges}
    videos = list(
        VideoSubmission.objects.counted()
        .filter(unit__contest__in=contests)
        .values_list("pk", "unit_id", "unit__block", "unit__contest_id")
    )
    assignment = Assignment.of(judges)
    sheets = ScoreSheet.objects.filter(judge__in=judges)
    states = {
        (judge, video): state
        for judge, video, state in sheets.values_list("judge_id", "video_id", "state")
    }
    found = {}
    for judge in judges:
        own = [
            states.get((judge.pk, video))
            for video, unit, block, contest in videos
            if contest == judge.contest_id and assignment.marks(judge.pk, unit=unit, block=block)
        ]
        found[judge.pk] = Progress(
            submitted=own.count(State.SUBMITTED), expected=len(own) - own.count(State.EXCUSED)
        )
    return found


def judgeships(user: User) -> list[Judge]:
    """Return the user's seats, the contest whose judging closes last first."""
    return list(
        user.judgeships.select_related("contest").order_by("-contest__judging_closes_at", "pk")
    )


def judged_video(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give a view the judge and the video by its public id, or 404 (rules: M3).

    Found from the judge's own list: of a contest judged by this user whose judging has begun,
    counted, and of no unit in conflict.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, public_id: str, **kwargs: Any) -> HttpResponse:
        now = database_now()
        judge = get_object_or_404(
            request.user.judgeships.select_related("contest", "user"),  # type: ignore[union-attr]
            contest__units__videos__public_id=public_id,
            contest__judging_opens_at__lte=now,
        )
        videos = VideoSubmission.objects.for_judge(judge).select_related("unit")
        video = get_object_or_404(videos, public_id=public_id)
        return view(request, judge=judge, video=video, now=now, **kwargs)

    return wrapped
