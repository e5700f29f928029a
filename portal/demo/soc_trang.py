"""Sóc Trăng 2020 as raw rows: people, attempts, videos and sheets; no result is placed.

Announced facts (facts.json) shape the dice, not the results: who took part in what, five people
who answer everything correctly in 64 to 73 s, three units with videos that are not eligible.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from accounts.models import User
from contests import papers
from contests.clock import database_now
from contests.keys import key_of
from contests.models import Answer, Attempt, Contest, Judge, Participant, Quiz, Unit
from contests.models.attempts import new_receipt, new_writer
from contests.models.quizzes import bank_of
from contests.registration import Person, enrol_many
from media_uploads.models import VideoSubmission, media_storage, receive
from media_uploads.processing import encode_submission, inspect_submission
from portal.demo import films, names
from scoring import results
from scoring.models import (
    AwardTier,
    Criterion,
    ScoreSheet,
    default_criteria,
    issue_certificates,
)

Progress = Callable[[str, int, int], None]

SLUG = "soc-trang-2020"
SEED = "soc-trang-2020"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOTICE = (
    "Bản trình diễn: chỉ các số liệu trong thông báo ngày 31/12/2020 là thật; "
    "họ tên, điểm, thứ hạng và video còn lại là giả định."
)
QUIZ_ONLY = 11
NOT_ELIGIBLE = ("DV39", "DV44", "DV45")
NOT_ELIGIBLE_REASON = "Giả định để khớp con số 32 của thông báo"
# The five winners: only the first is known by name, the times' ends are announced.
KNOWN_WINNER = ("DV15", "Lê Chí Nguyện", "Trường THPT Đoàn Văn Tố", "Giáo viên")
WINNER_UNITS = ("DV15", "DV26", "DV02", "DV16", "DV33")
WINNER_TIMES_MS = (64_412, 67_208, 69_530, 71_064, 73_871)
SLOWEST_QUICK_MS = 96_000


def at(day: int, hour: int, minute: int = 0, *, month: int = 12, year: int = 2020) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=ZONE)


def create_contest(*, organizers: list[User]) -> Contest:
    """Create the contest with the settings of 2020, not announced until everything is there."""
    contest = Contest.objects.create(
        slug=SLUG,
        name="Hội thi trực tuyến cải cách hành chính tỉnh Sóc Trăng năm 2020",
        year=2020,
        parent_organ="UBND tỉnh Sóc Trăng",
        organizer_name="Ban Tổ chức Hội thi trực tuyến cải cách hành chính",
        contact="Sở Nội vụ tỉnh Sóc Trăng, cơ quan thường trực của Ban Tổ chức",
        notice=NOTICE,
        announced_on=dt.date(2020, 11, 16),
        video_opens_at=at(1, 7),
        video_closes_at=at(15, 17),
        judging_opens_at=at(21, 8),
        judging_closes_at=at(25, 17),
        objection_days=3,
    )
    contest.organizers.set(organizers)
    quiz = Quiz.objects.create(
        contest=contest,
        slug="quiz-1",
        name="Phần thi trắc nghiệm",
        opens_at=at(1, 7),
        closes_at=at(15, 17),
    )
    quiz.blueprint.create(count=15)
    plan(contest, quiz)
    return contest


def plan(contest: Contest, quiz: Quiz) -> None:
    """Store the criteria and the award plan of 2020."""
    Criterion.objects.bulk_create(default_criteria(contest))
    tiers = [
        ("unit", None, 1, "Giải Nhất", 1),
        ("unit", None, 2, "Giải Nhì", 1),
        ("unit", None, 3, "Giải Ba", 2),
        ("unit", None, 4, "Giải Khuyến khích", 3),
        ("person", quiz, 1, "Giải cá nhân", 5),
        ("video", None, 1, "Giải video", 5),
    ]
    AwardTier.objects.bulk_create(
        AwardTier(contest=contest, scope=scope, quiz=of, order=order, name=name, count=count)
        for scope, of, order, name, count in tiers
    )


def mark_ineligible(contest: Contest) -> None:
    contest.units.filter(code__in=NOT_ELIGIBLE).update(ineligible_reason=NOT_ELIGIBLE_REASON)


@transaction.atomic
def enrol_people(contest: Contest, *, by: User) -> None:
    """Put between 20 and 64 people of each unit on its roster."""
    dice = random.Random(f"{SEED} people")
    people: list[Person] = []
    for unit in contest.units.order_by("code"):
        for place in range(min(64, max(20, (unit.headcount or 0) * dice.randint(16, 36) // 100))):
            full_name, workplace, position = (
                names.person(dice),
                names.workplace(dice, unit_name=unit.name),
                dice.choice(names.POSITIONS),
            )
            if place == 0 and unit.code == KNOWN_WINNER[0]:
                _, full_name, workplace, position = KNOWN_WINNER
            people.append(
                Person(
                    unit=unit,
                    full_name=full_name,
                    staff_code=f"ST{len(people) + 1:05d}",
                    position=position,
                    workplace=workplace,
                )
            )
    enrol_many(contest=contest, people=people, by=by, now=at(25, 9, month=11))


@transaction.atomic
def take_quiz(contest: Contest, progress: Progress) -> None:
    """Write each person's answers click by click and hand the attempt in by its own verb."""
    dice = random.Random(f"{SEED} quiz")
    quiz = contest.quizzes.get()
    bank = bank_of(contest.pk)
    key = key_of([question.id for question in bank]).accepted
    winners = _winners(contest)
    starts: list[tuple[Attempt, dt.datetime]] = []
    answers: list[Answer] = []
    for participant in contest.participants.select_related("unit").order_by("number"):
        time_ms = winners.get(participant.pk)
        if time_ms is None and dice.random() < 0.07:
            continue
        attempt = _attempt(participant, quiz, bank, _start(dice))
        skill = 100 if time_ms else _skill(dice, participant.unit)
        if time_ms is None:
            time_ms = max(
                SLOWEST_QUICK_MS, dice.randint(70_000, 360_000) + dice.randint(0, 240_000)
            )
        starts.append((attempt, attempt.started_at + dt.timedelta(milliseconds=time_ms)))
        answers += _answers(dice, attempt, key, skill=skill, time_ms=time_ms)
    Attempt.objects.bulk_create([attempt for attempt, _ in starts])
    Answer.objects.bulk_create(answers, batch_size=2000)
    for done, (attempt, finished_at) in enumerate(starts, start=1):
        # Who ran out of time never pressed the button; the sweep came by later.
        late = finished_at >= attempt.deadline_at
        attempt.submit(now=attempt.deadline_at + dt.timedelta(seconds=30) if late else finished_at)
        if done % 50 == 0 or done == len(starts):
            progress("Bài thi", done, len(starts))


def _winners(contest: Contest) -> dict[int, int]:
    """Return participant id → milliseconds of the five: the first on the rosters of five units."""
    return {
        contest.participants.filter(unit__code=code).order_by("number")[:1].get().pk: time_ms
        for code, time_ms in zip(WINNER_UNITS, WINNER_TIMES_MS, strict=True)
    }


def _start(dice: random.Random) -> dt.datetime:
    """Return when somebody starts: office hours mostly, some evenings, more near the end."""
    day = dice.choice([*range(1, 16), 10, 11, 14, 14, 15])
    hour = dice.choice([7, 8, 8, 9, 9, 10, 10, 11, 13, 14, 14, 15, 15, 16, 19, 20, 21])
    if day == 15:
        hour = min(hour, 15)
    microseconds = dice.randint(0, 3_599_999_999)
    return at(day, hour) + dt.timedelta(microseconds=microseconds)


def _attempt(
    participant: Participant, quiz: Quiz, bank: list[papers.BankQuestion], start: dt.datetime
) -> Attempt:
    drawn = papers.draw(
        bank,
        [papers.BlueprintRow(topic="", difficulty="", count=15)],
        seed=f"{SEED} {participant.number}",
        shuffle_questions=True,
        shuffle_choices=True,
    )
    return Attempt(
        participant=participant,
        quiz=quiz,
        number=1,
        paper=[{"q": item.question_id, "c": list(item.choice_ids)} for item in drawn],
        started_at=start,
        deadline_at=quiz.deadline_from(start),
        writer=new_writer(),
        receipt=new_receipt(),
    )


def _skill(dice: random.Random, unit: Unit) -> int:
    """Return how likely, in percent, somebody of the unit answers correctly."""
    of_unit = random.Random(f"{SEED} {unit.code}").randint(70, 90)
    return min(98, max(35, of_unit + dice.randint(-22, 16)))


def _answers(
    dice: random.Random,
    attempt: Attempt,
    key: Mapping[int, frozenset[int]],
    *,
    skill: int,
    time_ms: int,
) -> list[Answer]:
    """Return one answer a question, the clicks spread over the time; a few are left open."""
    clicks = sorted(dice.randint(3_000, max(4_000, time_ms - 900)) for _ in attempt.paper)
    answers = []
    for revision, (item, click) in enumerate(zip(attempt.paper, clicks, strict=True), start=1):
        saved_at = attempt.started_at + dt.timedelta(milliseconds=click)
        open_still = saved_at >= attempt.deadline_at or (skill < 100 and dice.random() < 0.004)
        right = dice.randint(1, 100) <= skill
        choices = [choice for choice in item["c"] if (choice in key[item["q"]]) == right]
        choice_id = dice.choice(choices)
        if not open_still:
            answers.append(
                Answer(
                    attempt=attempt,
                    question_id=item["q"],
                    choice_id=choice_id,
                    generation=1,
                    revision=revision,
                    saved_at=saved_at,
                )
            )
    return answers


def hand_in_videos(contest: Contest, *, by: User, progress: Progress) -> None:
    """Make a real film for every unit but eleven and send it through inspection and encoding."""
    dice = random.Random(f"{SEED} videos")
    units = list(contest.units.select_related("contest").order_by("code"))
    may_stay_away = [unit.code for unit in units if unit.code not in {*NOT_ELIGIBLE, *WINNER_UNITS}]
    without = set(dice.sample(may_stay_away, QUIZ_ONLY))
    taken: set[str] = set()
    entries = [
        (unit, names.film(dice, unit_name=unit.name, taken=taken), _start(dice))
        for unit in units
        if unit.code not in without
    ]
    hand_in(entries, by=by, progress=progress)


def hand_in(entries: list[tuple[Unit, str, dt.datetime]], *, by: User, progress: Progress) -> None:
    """Make the films of (unit, title, received at), two at a time, and process them as the worker.

    Runs outside a transaction: the two threads have a connection each.
    """

    def one(entry: tuple[Unit, str, dt.datetime]) -> None:
        unit, title, received_at = entry
        original = f"originals/demo-{unit.contest.slug}-{unit.code.lower()}.mp4"
        path = Path(media_storage().path(original))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The film's own dice: other units' films do not change it.
        dice = random.Random(f"{SEED} film {unit.code}")
        films.make(path, title=title, unit_name=unit.name, dice=dice)
        try:
            with transaction.atomic():
                video = receive(
                    unit=unit,
                    title=title,
                    slot=1,
                    original=original,
                    original_name=f"{unit.code.lower()}.mp4",
                    size=path.stat().st_size,
                    may_be_shown=True,
                    by=by,
                    started_at=received_at - dt.timedelta(minutes=dice.randint(1, 9)),
                    now=received_at,
                )
                # A worker that runs meanwhile must not take it for one that nobody looks at.
                VideoSubmission.objects.filter(pk=video.pk).update(queued_at=database_now())
            inspect_submission(video, now=received_at)
            encode_submission(video, now=received_at)
            if not (video.is_accepted and video.is_watchable):
                raise RuntimeError(f"{unit.code}: {video.state} {video.verdict_code}")
            VideoSubmission.objects.filter(pk=video.pk).update(
                accepted_at=received_at + dt.timedelta(minutes=1), in_gallery=True
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as pool:
        for done, _ in enumerate(pool.map(one, entries), start=1):
            progress("Video", done, len(entries))


@transaction.atomic
def mark_videos(contest: Contest, *, judges: list[User], progress: Progress) -> None:
    """Let five judges mark every video they may, in steps of 0.5, and hand the sheets in."""
    dice = random.Random(f"{SEED} marks")
    seats = seat(contest, judges)
    criteria = list(contest.criteria.order_by("order"))
    videos = list(
        VideoSubmission.objects.counted()
        .filter(unit__contest=contest)
        .select_related("unit")
        .order_by("unit__code")
    )
    quality = {video.pk: dice.randint(66, 92) for video in videos}
    for done, video in enumerate(videos, start=1):
        for judge in seats:
            if video.unit_id in judge.conflicted_unit_ids():
                continue
            marked_at = at(dice.randint(21, 25), dice.randint(8, 16), dice.randint(0, 59))
            leaning = dice.randint(-4, 4)
            sheet = ScoreSheet.objects.create(judge=judge, video=video)
            sheet.save_draft(
                marks={
                    criterion.pk: _mark(
                        criterion.max_marks, quality[video.pk] + leaning + dice.randint(-7, 7)
                    )
                    for criterion in criteria
                },
                remark="",
                revision=sheet.revision,
                now=marked_at,
            )
            sheet.submit(now=marked_at)
        progress("Phiếu chấm", done, len(videos))


def seat(contest: Contest, judges: list[User]) -> list[Judge]:
    """Seat the panel: the first chairs, the second comes from Sở Nội vụ and keeps off its video."""
    return [
        Judge.objects.create(
            contest=contest,
            user=user,
            is_chair=place == 0,
            unit=contest.units.filter(code="DV02").first() if place == 1 else None,
        )
        for place, user in enumerate(judges)
    ]


def _mark(most: Decimal, percent: int) -> Decimal:
    halves = int(most * 2) * min(100, max(0, percent)) // 100
    return Decimal(halves) / 2


def conclude(contest: Contest, *, first: User, second: User) -> None:
    """Refresh, publish, make final by two organizers and certify, on the days of 2020."""
    results.refresh(contest, now=at(26, 8))
    results.publish(contest, by=first, now=at(28, 9))
    results.request_final(
        contest,
        by=first,
        reason="Hết thời hạn kiến nghị, không có kiến nghị về kết quả.",
        now=at(31, 9, 30),
    )
    results.approve_final(contest, by=second, now=at(31, 10))
    issue_certificates(contest, by=first, now=at(31, 14))
    contest.refresh_from_db()


def files() -> Path:
    """Return the folder with the organizer's files of 2020."""
    return Path(settings.BASE_DIR) / "portal" / "demo"
