"""The judges' room with a mark in everything that is somebody's own, for the matrix of its rules.

Three units' videos, four judges and one more contest. Every sheet has a remark, notes and figures
that occur nowhere else, so that an answer that tells them is found by searching it.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from contests.models import Conflict, Contest, Judge
from media_uploads.models import VideoSubmission
from scoring import guard
from scoring.models import MarkChange, PanelDiscussion, ScoreSheet, open_sheet
from tests.make import make_judge, make_unit, make_video
from tests.permissions_cast import Stage

UNITS = ("u1", "u2", "u3")
# What stands between a judge and a video. "kept" is a sheet handed in before the conflict came,
# "again" one that the chair has opened again.
STATES = {
    "chair": {"u1": "submitted", "u2": "submitted", "u3": "draft"},
    "own": {"u1": "kept", "u2": "draft", "u3": "submitted"},
    "declared": {"u1": "submitted", "u2": "kept", "u3": "todo"},
    "free": {"u1": "again", "u2": "submitted", "u3": "submitted"},
}
JUDGES = tuple(STATES)
# One mark of each sheet and its total, both its own: the other four marks sum to 42.
CONTENT = {
    ("chair", "u1"): "16.5", ("chair", "u2"): "18.5", ("chair", "u3"): "20.5",
    ("own", "u1"): "21.5", ("own", "u2"): "22.5", ("own", "u3"): "23.5",
    ("declared", "u1"): "24.5", ("declared", "u2"): "25.5",
    ("free", "u1"): "26.5", ("free", "u2"): "29.5", ("free", "u3"): "28.5",
}  # fmt: skip
TOTAL = {
    ("chair", "u1"): "58.5", ("chair", "u2"): "60.5", ("chair", "u3"): "62.5",
    ("own", "u1"): "63.5", ("own", "u2"): "64.5", ("own", "u3"): "65.5",
    ("declared", "u1"): "66.5", ("declared", "u2"): "67.5",
    ("free", "u1"): "68.5", ("free", "u2"): "71.5", ("free", "u3"): "70.5",
}  # fmt: skip
# Of the sheets that count: the means of the three videos, and of the chair and the last judge.
MEANS = ("62.50", "66.00", "68.00", "59.50", "71.00")
REST = ("12", "15", "12", "3")


class Words:
    """What an answer must not tell: texts in small letters, figures with a point or a comma.

    "20–29,5" is the label of a range and no figure.
    """

    def __init__(self, *words: str) -> None:
        self.texts = [word for word in words if not word[0].isdigit() or "." not in word]
        figures = "|".join(re.escape(word) for word in words if word not in self.texts)
        anyhow = figures.replace(r"\.", "[.,]")
        self.figures = re.compile(rf"(?<![\d.,–])(?:{anyhow})(?!\d)") if figures else None

    def without(self, *words: str) -> Words:
        """Return the same but for these texts."""
        less = Words(*(text for text in self.texts if text not in words))
        less.figures = self.figures
        return less

    def told_by(self, said: str) -> list[str]:
        found = [text for text in self.texts if text in said]
        return found + (sorted(set(self.figures.findall(said))) if self.figures else [])


@dataclass
class Room:
    """A contest that is being judged, and another one that these judges do not judge."""

    stage: Stage = field(default_factory=lambda: Stage("phong"))
    elsewhere: Stage = field(default_factory=lambda: Stage("khac"))

    def __post_init__(self) -> None:
        stage, self.now = self.stage, timezone.now()
        self.judges: dict[str, Judge] = {
            "chair": stage.judge,
            "own": make_judge(stage.contest, "Tô Thị Nhà"),
            "declared": stage.judge_in_conflict,
            "free": make_judge(stage.contest, "Từ Văn Rảnh"),
        }
        units = {"u1": stage.other_unit, "u2": stage.unit}
        units["u3"] = make_unit(stage.contest, "A3", name="Đơn vị thứ ba", headcount=20)
        self.videos: dict[str, VideoSubmission] = {
            "u1": stage.other_video,
            "u2": stage.video,
            "u3": make_video(units["u3"]),
        }
        for name in UNITS:
            self._mark_video(name)
        Conflict.objects.filter(judge=self.judges["declared"]).delete()
        with guard.lifted():
            MarkChange.objects.filter(sheet__judge__contest=stage.contest).delete()
            ScoreSheet.objects.filter(judge__contest=stage.contest).delete()
        for judge in JUDGES:
            for unit in UNITS:
                self._sheet(judge, unit)
        Judge.objects.filter(pk=self.judges["own"].pk).update(unit=units["u1"])
        stage.conflict = Conflict.objects.create(
            judge=self.judges["declared"],
            unit=units["u2"],
            reason="ly-do-tranh",
            declared_at=self.now,
        )
        for unit in UNITS:
            PanelDiscussion.objects.create(
                video=self.videos[unit],
                by=self.judges["chair"].user,
                at=self.now,
                text=f"hoi-y-{unit}",
            )
        self.refresh()

    def refresh(self) -> None:
        """Read the judges anew: their contest and their conflicts as they are stored."""
        for name, judge in self.judges.items():
            self.judges[name] = Judge.objects.select_related("contest", "user").get(pk=judge.pk)

    def _mark_video(self, unit: str) -> None:
        video = self.videos[unit]
        video.title, video.captions = f"Phim dau-hieu-phim-{unit}", f"WEBVTT\n\nloi-thoai-{unit}\n"
        for kind in ("original", "copy", "poster"):
            setattr(video, kind, f"{kind}s/{unit}.bin")
            path = settings.MEDIA_ROOT / f"{kind}s" / f"{unit}.bin"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"tep-{kind}-{unit}".encode())
        video.save()

    def _sheet(self, judge: str, unit: str) -> None:
        state = STATES[judge][unit]
        if state == "todo":
            return
        seat, video = self.judges[judge], self.videos[unit]
        sheet = open_sheet(judge=seat, video=video, now=self.now)
        criteria = self.stage.contest.criteria.order_by("order")
        marks = (CONTENT[judge, unit], *REST)
        sheet.save_draft(
            marks={c.pk: Decimal(mark) for c, mark in zip(criteria, marks, strict=True)},
            remark=f"nhan-xet-{judge}-{unit}",
            notes=f"ghi-chu-{judge}-{unit}",
            revision=0,
            now=self.now,
        )
        if state != "draft":
            sheet.submit(now=self.now)
        if state == "again":
            chair = self.judges["chair"].user
            sheet.reopen(by=chair, reason=f"mo-lai-{judge}-{unit}", now=self.now)

    def stage_of(self, unit: str) -> Stage:
        """Return the contest as the table of addresses reads it, with this unit in front."""
        if unit == "elsewhere":
            return self.elsewhere
        seen = copy.copy(self.stage)
        seen.video = self.videos[unit]
        seen.unit = seen.video.unit
        return seen

    @property
    def organizer(self) -> User:
        assert self.stage.organizer is not None
        return self.stage.organizer

    def of_elsewhere(self) -> set[str]:
        """Return what tells of the other contest."""
        return {self.elsewhere.say("tenvideo"), self.elsewhere.say("nhanxet")}

    def in_conflict(self, judge: str) -> set[str]:
        return {unit for unit, state in STATES[judge].items() if state == "kept"}

    def done(self, judge: str) -> set[str]:
        return {unit for unit, state in STATES[judge].items() if state == "submitted"}

    def of_video(self, unit: str) -> list[str]:
        """Return what tells of a video and of its file."""
        return [
            f"dau-hieu-phim-{unit}",
            f"loi-thoai-{unit}",
            f"tep-original-{unit}",
            f"tep-copy-{unit}",
            f"tep-poster-{unit}",
            self.videos[unit].public_id.lower(),
        ]

    def of_sheet(self, judge: str, unit: str) -> list[str]:
        """Return what tells of a sheet, but for the notes."""
        if (judge, unit) not in TOTAL:
            return []
        said = [f"nhan-xet-{judge}-{unit}", f"mo-lai-{judge}-{unit}"]
        return [*said, CONTENT[judge, unit], TOTAL[judge, unit]]

    def forbidden(self, judge: str, *, is_chair: bool, closed: bool) -> Words:
        """Return what no answer to this judge may tell (rules: M3, M4)."""
        conflicts = self.in_conflict(judge)
        found = [word for unit in conflicts for word in self.of_video(unit)]
        found += [f"hoi-y-{unit}" for unit in conflicts]
        found += [f"ghi-chu-{judge}-{unit}" for unit in conflicts]
        for unit in UNITS:
            for other in JUDGES:
                if other != judge:
                    found.append(f"ghi-chu-{other}-{unit}")
                may = is_chair and closed and unit not in conflicts
                if (other != judge and not may) or (other == judge and unit in conflicts):
                    found += self.of_sheet(other, unit)
            if not is_chair or (not closed and unit not in self.done(judge)):
                found.append(f"hoi-y-{unit}")
                # A choice of a form that names a sheet tells that it is there, or is not.
                video = self.videos[unit].public_id.lower()
                found += [f"{seat.pk}:{video}" for seat in self.judges.values()]
        if not (is_chair and closed):
            found += MEANS
        if judge == "chair":
            # Why a sheet was opened again stands in the log of who wrote it.
            found = [word for word in found if not word.startswith("mo-lai")]
        return Words(*found, *self.of_elsewhere())

    def close(self, *, final: bool = False) -> None:
        """End judging, and with `final` the whole contest; nothing else changes."""
        fields: dict[str, dt.datetime] = {"judging_closes_at": self.now}
        if final:
            fields |= {"provisional_at": self.now, "final_at": self.now}
        Contest.objects.filter(pk=self.stage.contest.pk).update(**fields)
        self.refresh()
