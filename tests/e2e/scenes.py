"""Two contests as people meet them: one that is open now, one whose results are final.

Both are made by the demonstration's own steps, with fewer people and without encoding films.
"""

import datetime as dt
import random
from dataclasses import dataclass, field
from pathlib import Path

from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.models import User
from accounts.roles import JUDGE, ORGANIZER
from contests.models import Attempt, Contest, Participant, Unit
from contests.registration import Person, enrol_many
from media_uploads.models import VideoSubmission, media_storage
from portal.demo import films, names, soc_trang, trial
from portal.demo.loading import import_file
from scoring import results
from scoring.models import Objection, file_objection
from tests.make import make_user, make_video

JUDGES = ("Võ Minh Khoa", "Lâm Thị Ngọc Diễm")
PEOPLE_OF_A_UNIT = 2


@dataclass
class Scene:
    """A contest and those who look at it."""

    contest: Contest
    organizers: list[User]
    judges: list[User]
    coordinators: list[User]
    attempts: dict[str, Attempt] = field(default_factory=dict)
    fresh: Participant | None = None

    @property
    def people(self) -> dict[str, User | None]:
        """Who looks, by role; the visitor is nobody."""
        people: dict[str, User | None] = {
            "visitor": None,
            "organizer": self.organizers[0],
            "judge": self.judges[0],
            "coordinator": self.coordinators[0],
        }
        if self.fresh is not None:
            people["fresh"] = self.fresh.user
        return people | {name: made.participant.user for name, made in self.attempts.items()}


def make_staff() -> tuple[list[User], list[User], list[User]]:
    """Make two organizers, the judges and three coordinators."""
    organizers = [
        make_user(name, role=ORGANIZER) for name in ("Nguyễn Thị Thanh Tuyền", "Trần Quốc Khải")
    ]
    judges = [make_user(name, role=JUDGE) for name in JUDGES]
    coordinators = [
        make_user(name) for name in ("Đỗ Thị Mỹ Hạnh", "Phan Thanh Trúc", "Sơn Minh Tâm")
    ]
    return organizers, judges, coordinators


def open_contest() -> Scene:
    """Make the rehearsal: quiz, videos and marking are open; somebody answers just now."""
    now = timezone.now()
    organizers, judges, coordinators = make_staff()
    contest = trial.create_contest(organizers=organizers, now=now)
    trial.add_units(contest, coordinators=coordinators)
    import_file(contest, "questions", by=organizers[0], now=now)
    contest.is_announced = True
    contest.save(update_fields=["is_announced"])
    people = trial.enrol_people(contest, by=organizers[0], now=now)
    soc_trang.seat(contest, judges)
    for unit, title in zip(contest.units.order_by("code"), trial.TITLES, strict=True):
        hang_up(make_video(unit, title, received_at=now - dt.timedelta(hours=3)))
    quiz = contest.quizzes.get()
    running = Attempt.start(participant=people[2], quiz=quiz, now=now - dt.timedelta(minutes=2))
    return Scene(
        contest,
        organizers,
        judges,
        coordinators,
        attempts={"running": running, "finished": Attempt.objects.get(participant=people[0])},
        fresh=people[3],
    )


def concluded_contest() -> Scene:
    """Make Sóc Trăng 2020 with two people a unit, from the files to the final results."""
    organizers, judges, coordinators = make_staff()
    contest = soc_trang.create_contest(organizers=organizers)
    before_opening = contest.video_opens_at - dt.timedelta(days=10)
    for kind in ("units", "questions"):
        import_file(contest, kind, by=organizers[0], now=before_opening)
    soc_trang.mark_ineligible(contest)
    _enrol(contest, by=organizers[0], now=before_opening)
    soc_trang.take_quiz(contest, _quietly)
    dice = random.Random("titles")
    taken: set[str] = set()
    for unit in contest.units.order_by("code")[:16]:
        title = names.film(dice, unit_name=unit.name, taken=taken)
        hang_up(make_video(unit, title))
    soc_trang.mark_videos(contest, judges=judges, progress=_quietly)
    soc_trang.conclude(contest, first=organizers[0], second=organizers[1])
    contest.units.filter(code="DV15").update(coordinator=coordinators[0])
    contest.is_announced = True
    contest.save(update_fields=["is_announced"])
    return Scene(contest, organizers, judges, coordinators)


def object_to(contest: Contest, *, unit: Unit) -> Objection:
    """Correct the final results today; the unit objects twice and has one answer. Return the open.

    The period that the correction begins is running now.
    """
    now, (first, *_others) = timezone.now(), contest.organizers.order_by("pk")
    contest.units.filter(code="DV46").update(ineligible_reason="Đơn vị xin rút")
    corrected = results.publish(contest, by=first, reason="Một đơn vị xin rút.", now=now)
    assert unit.coordinator is not None
    answered, waiting = (
        file_objection(result_set=corrected, filer=unit, by=unit.coordinator, text=text, now=now)
        for text in (
            "Đề nghị kiểm tra lại số người dự thi của đơn vị.",
            "Điểm trắc nghiệm của đơn vị thấp hơn số đã báo.\n\nĐề nghị tính lại: "
            + "đơn vị có danh sách kèm theo, " * 8
            + "https://example.vn/tai-lieu/danh-sach-du-thi-cua-don-vi-nam-2020-ban-day-du.xlsx",
        )
    )
    answered.reply(answer="Đã kiểm tra: số liệu đúng.", effect="kept", by=first, now=now)
    contest.refresh_from_db()
    return waiting


def _enrol(contest: Contest, *, by: User, now: dt.datetime) -> None:
    dice = random.Random("people")
    people: list[Person] = []
    for unit in contest.units.order_by("code"):
        for place in range(PEOPLE_OF_A_UNIT):
            full_name, workplace = names.person(dice), names.workplace(dice, unit_name=unit.name)
            if place == 0 and unit.code == soc_trang.KNOWN_WINNER[0]:
                _code, full_name, workplace, _position = soc_trang.KNOWN_WINNER
            people.append(
                Person(
                    unit=unit,
                    full_name=full_name,
                    staff_code=f"ST{len(people) + 1:05d}",
                    workplace=workplace,
                )
            )
    enrol_many(contest=contest, people=people, by=by, now=now)


def _quietly(_what: str, _done: int, _all: int) -> None:
    """Take no notice of how far a step of the demonstration has come."""


def hang_up(video: VideoSubmission) -> None:
    """Give a video's row the poster of a title card."""
    ground = random.Random(video.title).choice(films.GROUNDS)
    card = Image.new("RGB", (640, 360), ground)
    ImageDraw.Draw(card).rectangle((0, 250, 640, 256), fill="#ffffff")
    video.poster = f"posters/{video.pk}.jpg"
    path = Path(media_storage().path(video.poster))
    path.parent.mkdir(parents=True, exist_ok=True)
    card.save(path, quality=60)
    video.save(update_fields=["poster"])
