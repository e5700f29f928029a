"""Two sessions of one judge save the same sheets at once: no update is lost (rules: M2, M6)."""

import random
from decimal import Decimal

import pytest

from contests.clock import database_now
from media_uploads.models import VideoSubmission
from scoring.models import (
    MarkChange,
    PanelDiscussion,
    ScoreSheet,
    SheetChangedElsewhere,
    SheetSubmitted,
    open_sheet,
    write_discussion,
)
from scoring.models.judging import seal_of
from tests import make
from tests.drills.crowd import a_crowd

pytestmark = pytest.mark.django_db(transaction=True)
EDITS = 1000
KEYS = ("content", "script", "technique", "effect", "rules")


def test_1000_pairs_of_saves_lose_no_update(capsys: pytest.CaptureFixture[str]) -> None:
    now = database_now()
    contest = make.make_contest(now=now)
    make.make_criteria(contest)
    ids = dict(contest.criteria.values_list("key", "pk"))
    judges = [make.make_judge(contest, f"Giám khảo {number}") for number in range(5)]
    videos = [make.make_video(make.make_unit(contest)) for _number in range(20)]
    sheets = [open_sheet(judge=j, video=v, now=now) for j in judges for v in videos]
    dice = random.Random(2020)

    def edit(sheet: ScoreSheet, revision: int, key: str, value: Decimal) -> bool:
        try:
            ScoreSheet.objects.get(pk=sheet.pk).save_draft(
                marks={ids[key]: value}, remark="", revision=revision, now=now
            )
        except SheetChangedElsewhere:
            return False
        return True

    wins = [0] * len(sheets)
    last: list[dict[str, Decimal]] = [{} for _sheet in sheets]
    with a_crowd(20) as crowd:
        for _round in range(EDITS // len(sheets)):
            pairs = [
                [(number, dice.choice(KEYS), Decimal(dice.randint(0, 10)) / 2) for _two in "ab"]
                for number in range(len(sheets))
            ]
            acts = [
                lambda at=at, key=key, value=value: edit(sheets[at], wins[at], key, value)
                for pair in pairs
                for at, key, value in pair
            ]
            answers = crowd.at_once(acts)
            for place, pair in enumerate(pairs):
                won = answers[2 * place : 2 * place + 2]
                assert sorted(won) == [False, True], "one of two saves on one revision is taken"
                at, key, value = pair[won.index(True)]
                wins[at] += 1
                last[at][key] = value
    for sheet, revision, marks in zip(sheets, wins, last, strict=True):
        sheet.refresh_from_db()
        assert (sheet.revision, sheet.marks_by_key()) == (revision, marks)
        # What the rows tell from the first to the last leads to the marks that stand.
        told: dict[str, Decimal | None] = {}
        for row in (
            MarkChange.objects.filter(sheet=sheet).select_related("criterion").order_by("pk")
        ):
            assert row.criterion is not None
            assert told.get(row.criterion.key) == row.before
            told[row.criterion.key] = row.after
        assert told == marks
    with capsys.disabled():
        print(f"\n{EDITS} pairs of saves on {len(sheets)} sheets: {sum(wins)} taken, none lost")  # noqa: T201


def test_a_save_beside_a_handing_in_is_in_the_seal_or_refused() -> None:
    now = database_now()
    contest = make.make_contest(now=now)
    make.make_criteria(contest)
    ids = dict(contest.criteria.values_list("key", "pk"))
    judge = make.make_judge(contest)
    full = {ids[key]: Decimal(5) for key in KEYS}
    with a_crowd(8) as crowd:
        for _round in range(25):
            sheet = open_sheet(judge=judge, video=make.make_video(make.make_unit(contest)), now=now)
            sheet.save_draft(marks=full, remark="", revision=0, now=now)

            def save(pk: int = sheet.pk) -> str:
                try:
                    ScoreSheet.objects.get(pk=pk).save_draft(
                        marks={ids["content"]: Decimal(1)}, remark="", revision=1, now=now
                    )
                except (SheetSubmitted, SheetChangedElsewhere):
                    return "refused"
                return "saved"

            def submit(pk: int = sheet.pk) -> str:
                ScoreSheet.objects.get(pk=pk).submit(now=now)
                return "submitted"

            said = crowd.at_once([save, submit])
            sheet.refresh_from_db()
            content = Decimal(1) if said[0] == "saved" else Decimal(5)
            assert sheet.marks_by_key()["content"] == content
            assert sheet.is_submitted
            assert sheet.seal == seal_of(sheet, sheet.marks_by_key())


def test_minutes_sent_by_many_clicks_at_once_are_kept_once() -> None:
    now = database_now()
    contest = make.make_contest(now=now)
    make.make_criteria(contest)
    chair = make.make_judge(contest, "Lý Thị Sen", is_chair=True)
    with a_crowd(8) as crowd:
        for _round in range(10):
            video = make.make_video(make.make_unit(contest))
            make.make_sheet(chair, video, "5", "5", "5", "5", "5", now=now)

            def click(video: VideoSubmission = video) -> int:
                return write_discussion(
                    video=video, by=chair.user, text="Giữ nguyên điểm", now=now
                ).pk

            assert len(set(crowd.at_once([click] * 8))) == 1
            assert PanelDiscussion.objects.filter(video=video).count() == 1
