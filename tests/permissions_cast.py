"""Three contests with a mark in everything that is somebody's own, and everybody who may come by.

"nha" is the contest of the addresses, announced, its quiz open and its videos being judged; "khac"
is another such contest; "kin" is a draft of nha's organizer that nobody else may know of.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from accounts import audit
from accounts.models import AccessCode, Letter, User
from contests.models import (
    BlueprintRow,
    Conflict,
    Contest,
    Exclusion,
    Flag,
    KeyChange,
    Participant,
    Question,
    Quiz,
    SettingChange,
)
from media_uploads.models import Upload
from scoring import guard, results
from scoring.models import AwardTier, Objection, PanelLetter, ResultSet, ScoreSheet
from scoring.models.results import Scope
from tests.contests.quizzes import make_participant, make_quiz, start
from tests.make import (
    make_contest,
    make_criteria,
    make_judge,
    make_organizer,
    make_sheet,
    make_unit,
    make_user,
    make_video,
)

HOUR = dt.timedelta(hours=1)
# In every name and title: what a page that forgets to escape would show as it is.
RAW = "<qz>"
PICTURE = f"questions/{'0' * 32}-800x450.webp"

ORGANIZERS = ("organizer", "superuser")
COORDINATORS = ("coordinator", "other_coordinator")
JUDGES = ("judge", "judge_in_conflict", "foreign_judge")
NO_STAFF = (
    "visitor",
    "participant",
    "colleague",
    "foreign_participant",
    *COORDINATORS,
    "foreign_coordinator",
)
STAFF = (*JUDGES, "organizer", "foreign_organizer", "superuser")
ACTORS = (*NO_STAFF, *STAFF)

# What only some may read of the contest "nha": kind of mark -> who (before closing, before
# publication); everybody else never, on any page.
READERS = {
    "khoadapan": ORGANIZERS,  # key, explanation, topic, legal basis (rules: Q10)
    "nguoi": ("participant", "coordinator", *ORGANIZERS),  # a person of the first unit (P7)
    "dongnghiep": ("colleague", "coordinator", *ORGANIZERS),
    "dienthoai": ("coordinator", *ORGANIZERS),
    "chodoi": ("coordinator", *ORGANIZERS),  # who waits to be confirmed
    "camthi": ORGANIZERS,  # the exclusion list
    "nhatky": ORGANIZERS,  # reasons in the log, notes of flags
    "daumoi": ("coordinator", *ORGANIZERS),
    "tenvideo": ("coordinator", "judge", *ORGANIZERS),  # not the judge in conflict (M3)
    "nhanxet": ("judge", *ORGANIZERS),  # the remark and the marks of one sheet (M4)
    "ghichu": ("judge",),  # the private notes of one sheet
    "giamkhao": ("judge", *ORGANIZERS),
    "thugiamkhao": ORGANIZERS,  # letters to judges, and where they go
    "xungdot": ("judge_in_conflict", *ORGANIZERS),
    "kiennghi": ORGANIZERS,  # an objection and its answer; its filer's page is not there yet
}
# Figures of the draft result set (A5), of the sheet (M4) and of people (P7): planted, not computed.
FIGURES = {
    "61,37": ORGANIZERS,
    "61.37": ORGANIZERS,
    "73,41": ORGANIZERS,
    "73.41": ORGANIZERS,
    "7 phút 51": ("colleague", *ORGANIZERS),
    "13,5": ("judge", *ORGANIZERS),
}


@dataclass
class Stage:
    """One contest with somebody in every part; `mark` begins every marked text."""

    slug: str
    contest: Contest = field(init=False)
    organizer: User | None = None
    announced: bool = True

    def __post_init__(self) -> None:
        self.now = timezone.now()
        self.contest = make_contest(
            self.slug,
            now=self.now,
            name=f"Hội thi {RAW} {self.say('tenhoithi')}",
            is_announced=self.announced,
            contact=f"{self.say('lienhe')} {RAW}",
        )
        if self.organizer is None:
            self.organizer = make_organizer(self.contest, f"Tổ {RAW} {self.say('tochuc')}")
        else:
            self.contest.organizers.add(self.organizer)
        self._units()
        self._quizzes()
        self._people()
        self._videos()
        self._results()
        self._log()

    def say(self, kind: str) -> str:
        """Return the mark of this kind, one word of small letters that occurs nowhere else."""
        return f"qz{self.slug}{kind}"

    def _units(self) -> None:
        self.coordinator = make_user(f"Đầu {RAW} {self.say('daumoi')}")
        self.other_coordinator = make_user("Đầu mối khác")
        self.unit, self.other_unit = (
            make_unit(
                self.contest,
                code,
                name=f"Đơn vị {RAW} {self.say('donvi')} {code}",
                block=f"{self.say('khoi')} {RAW}",
                coordinator=coordinator,
                headcount=20,
            )
            for code, coordinator in (("A1", self.coordinator), ("A2", self.other_coordinator))
        )

    def _quizzes(self) -> None:
        self.quiz: Quiz = make_quiz(self.contest, now=self.now, name=f"{self.say('dotthi')} {RAW}")
        self.done_quiz = Quiz.objects.create(
            contest=self.contest,
            slug="quiz-2",
            name=self.say("dothai"),
            opens_at=self.now - HOUR,
            closes_at=self.now + HOUR,
        )
        BlueprintRow.objects.create(quiz=self.done_quiz, count=3)
        key = f"{self.say('khoadapan')} {RAW}"
        self.contest.questions.update(explanation=key, legal_basis=key, topic=key)
        first = self.contest.questions.filter(number=1)
        first.update(picture=PICTURE, picture_alt=f"Hình {RAW}")
        self.question: Question = first.get()

    def _people(self) -> None:
        self.person = make_participant(
            self.contest, f"Lê {RAW} {self.say('nguoi')}", unit=self.unit, staff_code="M-1"
        )
        self.colleague = make_participant(
            self.contest, f"Lý {RAW} {self.say('dongnghiep')}", unit=self.unit
        )
        self.waiting = make_participant(
            self.contest,
            f"Mai {RAW} {self.say('chodoi')}",
            unit=self.unit,
            confirmed_at=None,
            source=Participant.Source.SELF,
        )
        self.elsewhere = make_participant(self.contest, "Ngô Thị Xa", unit=self.other_unit)
        Participant.objects.filter(pk=self.person.pk).update(email=f"{self.say('dienthoai')}@x.vn")
        Participant.objects.filter(pk=self.waiting.pk).update(
            workplace=self.say("dienthoai"), phone="0911111111"
        )
        self.attempt = start(self.quiz, person=self.person, now=self.now)
        self.done = start(self.done_quiz, person=self.colleague, now=self.now)
        self.done.submit(now=self.now + dt.timedelta(seconds=471))
        self.code = AccessCode.objects.issue(user=self.person.user, by=None, now=self.now)
        self.exclusion = Exclusion.objects.create(
            contest=self.contest, full_name=f"Đỗ {RAW} {self.say('camthi')}", phone="0922222222"
        )
        self.flag = Flag.objects.create(
            participant=self.elsewhere,
            kind=Flag.Kind.SAME_NAME,
            note=f"{self.say('nhatky')} {RAW}",
            raised_at=self.now,
        )
        Flag.objects.create(
            participant=self.colleague,
            attempt=self.done,
            kind=Flag.Kind.FAST,
            note=f"{self.say('nhatky')} {RAW}",
            raised_at=self.now,
        )

    def _videos(self) -> None:
        self.criteria = make_criteria(self.contest)
        self.video = make_video(
            self.unit,
            f"Phim {RAW} {self.say('tenvideo')}",
            poster="posters/x.jpg",
            copy="copies/x.mp4",
            captions=f"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n{self.say('tenvideo')}\n",
        )
        self.upload = Upload.objects.create(
            unit=self.unit,
            title=f"Phim {RAW} {self.say('tenvideo')}",
            original="originals/unfinished",
            original_name="x.mp4",
            size=10,
            started_by=self.coordinator,
            started_at=self.now,
        )
        self.other_video = make_video(self.other_unit, "Phim kia", copy="copies/x.mp4")
        self.judge = make_judge(self.contest, f"Võ {RAW} {self.say('giamkhao')}", is_chair=True)
        self.judge_in_conflict = make_judge(self.contest, "Vũ Thị Tránh")
        # Invited by letter and not yet seen: the address is the organizers' to know.
        self.fresh_judge = make_judge(self.contest, "Vương Thị Mới")
        User.objects.filter(pk=self.fresh_judge.user_id).update(
            email=f"{self.say('thugiamkhao')}@x.vn"
        )
        self.fresh_judge.user.refresh_from_db()
        self.invitation = PanelLetter.objects.create(
            judge=self.fresh_judge,
            kind=PanelLetter.Kind.INVITATION,
            number=1,
            by=self.organizer,
            letter=Letter.objects.create(
                to=self.fresh_judge.user,
                subject=f"{self.say('thugiamkhao')} {RAW}",
                body=self.say("thugiamkhao"),
                at=self.now,
                due_at=self.now,
                sent_at=self.now,
            ),
        )
        self.conflict = Conflict.objects.create(
            judge=self.judge_in_conflict,
            unit=self.unit,
            reason=f"{self.say('xungdot')} {RAW}",
            declared_at=self.now,
        )
        self.sheet = make_sheet(self.judge, self.video, "27", "18", "22", "13.5", "4", now=self.now)
        # On a video both judges see: the other one has not marked it yet (rules: M4).
        self.early = make_sheet(
            self.judge, self.other_video, "29", "19", "23", "13.5", "4", now=self.now
        )
        remark, notes = f"{self.say('nhanxet')} {RAW}", f"{self.say('ghichu')} {RAW}"
        with guard.lifted():
            for sheet in (self.sheet, self.early):
                ScoreSheet.objects.filter(pk=sheet.pk).update(remark=remark, notes=notes)

    def _results(self) -> None:
        self.tier = AwardTier.objects.create(
            contest=self.contest,
            scope=Scope.UNIT,
            order=1,
            name=f"{self.say('giai')} {RAW}",
            count=1,
        )
        self.result_set: ResultSet = results.refresh(self.contest, now=self.now).result_set
        self.result_set.units.update(
            total=Decimal("61.37"), video_points=Decimal("73.41"), quiz_points=Decimal("73.41")
        )
        self.result_set.videos.update(points=Decimal("73.41"))
        self.objection = Objection.objects.create(
            result_set=self.result_set,
            unit=self.unit,
            by=self.coordinator,
            at=self.now,
            text=f"{self.say('kiennghi')} {RAW}",
        )

    def _log(self) -> None:
        self.entry = audit.record(
            action="code.reissued",
            target="participant 1",
            actor=None,
            contest=self.slug,
            reason=f"{self.say('nhatky')} {RAW}",
            now=self.now,
        )
        assert self.organizer is not None
        self.key_change = KeyChange.objects.create(
            question=self.question,
            kind=KeyChange.Kind.ACCEPT_ALL,
            reason=f"{self.say('nhatky')} {RAW}",
            by=self.organizer,
            at=self.now,
        )
        self.change = SettingChange.objects.create(
            contest=self.contest, at=self.now, by=self.organizer, target="quiz_weight", reason="x"
        )


class Cast:
    """The three contests and who comes by: a user each, None for a visitor."""

    def __init__(self) -> None:
        self.home = Stage("nha")
        self.foreign = Stage("khac")
        self.draft = Stage("kin", organizer=self.home.organizer, announced=False)
        self.users: dict[str, User | None] = {
            "visitor": None,
            "participant": self.home.person.user,
            "colleague": self.home.colleague.user,
            "foreign_participant": self.foreign.person.user,
            "coordinator": self.home.coordinator,
            "other_coordinator": self.home.other_coordinator,
            "foreign_coordinator": self.foreign.coordinator,
            "judge": self.home.judge.user,
            "judge_in_conflict": self.home.judge_in_conflict.user,
            "foreign_judge": self.foreign.judge.user,
            "organizer": self.home.organizer,
            "foreign_organizer": self.foreign.organizer,
            "superuser": User.objects.create_superuser("goc", "mat-khau-goc", full_name="Gốc"),
        }

    def forbidden(self, actor: str) -> list[str]:
        """Return, in small letters, what no answer to this actor may contain."""
        words = [self.home.say(kind) for kind, who in READERS.items() if actor not in who]
        words += [figure for figure, who in FIGURES.items() if actor not in self._same(who)]
        if actor not in ORGANIZERS:
            words.append("qzkin")
        if actor not in self._same(ORGANIZERS):
            words.append(self.foreign.say("khoadapan"))
        if not actor.startswith("foreign") and actor != "superuser":
            words += [self.foreign.say(kind) for kind in READERS]
        return words

    def _same(self, who: tuple[str, ...]) -> tuple[str, ...]:
        """The figures are the same in every contest: whose own contest is another reads its own."""
        others = {"organizer": "foreign_organizer", "judge": "foreign_judge"}
        return (*who, *(others[name] for name in who if name in others))


def lay_files() -> None:
    """Put the files of the videos into the media folder, which is another in every test."""
    files = {"copies/x.mp4": b"not a film"} | dict.fromkeys(
        ("posters/x.jpg", PICTURE), b"no picture"
    )
    for name, content in files.items():
        path = settings.MEDIA_ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
