"""A contest as an archive: read back it is the same, and a changed byte is refused (A3, A7)."""

import hashlib
import json
import runpy
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import F, Model, Value
from django.db.models.functions import Concat, Right

from accounts.models import AuditEntry, User
from contests.models import Attempt, Contest, Judge, Unit
from media_uploads.models import VideoSubmission
from scoring import archive, results
from scoring.archive.tables import FORMAT, INPUTS, MANIFEST, TABLES, USERS
from scoring.facts import digest
from scoring.gathering import gather
from scoring.models import ResultSet, ScoreSheet, declare_conflict, file_objection, write_discussion
from scoring.outcome import compute
from scoring.verification import verify
from tests.make import make_sheet, make_video
from tests.scoring import weeks
from tests.scoring.cast import DAY, JUDGED, NOW, PLAIN, Stage, make_person, sit
from tests.scoring.test_recompute import recompute, told

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).parents[2] / "docs" / "recompute.py"


@pytest.fixture
def stage() -> Stage:
    """A judged contest with a published result, a conflict, a reopened sheet, an objection."""
    stage = Stage()
    chair = stage.judges[0]
    chair.is_chair = True
    chair.blocks = ["Sở"]
    chair.unit = stage.other
    Judge.objects.bulk_update([chair], ["is_chair", "unit"])
    stage.sheets[1].reopen(by=chair.user, reason="Ghi nhầm", now=NOW)
    stage.sheets[1].submit(now=NOW)
    write_discussion(video=stage.video, by=chair.user, text="Đã hội ý.", now=NOW)
    film = make_video(stage.other, "Hẹn giờ trả kết quả", uploaded_by=stage.first)
    make_sheet(stage.judges[1], film, *PLAIN, now=NOW)
    declare_conflict(judge=stage.judges[1], unit=stage.other, reason="Người nhà", now=NOW)
    Unit.objects.filter(pk=stage.other.pk).update(parent=stage.leader)
    published = results.publish(stage.contest, by=stage.first, reason="", now=JUDGED)
    objection = file_objection(
        result_set=published, filer=stage.minh, by=stage.minh.user, text="Sai giờ", now=JUDGED
    )
    objection.reply(answer="Đã kiểm tra", effect="kept", by=stage.first, now=JUDGED)
    return stage


def written(contest: Contest, path: Path) -> dict[str, Any]:
    with path.open("w+b") as file:
        return archive.write(contest, file)


def make_room(contest: Contest) -> None:
    """Give up every name that is there once in a database, so that the archive finds none."""
    Contest.objects.filter(pk=contest.pk).update(slug="cu")
    User.objects.update(username=Concat(Value("cu-"), F("username")), phone="", staff_code="")
    Attempt.objects.update(receipt=Concat(Value("#"), Right("receipt", 13)))
    VideoSubmission.objects.update(public_id=Concat(Value("#"), Right("public_id", 21)))


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def lines(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


KEYS = {"id", "seal", "paper", "organizers"}
KEYS |= {f.attname for table in TABLES for f in table.model._meta.concrete_fields if f.is_relation}


def without_keys(data: bytes) -> list[dict[str, Any]]:
    """The rows without what is of one database alone."""
    return [{k: v for k, v in line.items() if k not in KEYS} for line in lines(data)]


def test_read_back_it_is_the_same_contest_in_every_row(stage: Stage, tmp_path: Path) -> None:
    first, second = tmp_path / "one.zip", tmp_path / "two.zip"
    manifest = written(stage.contest, first)
    assert (manifest["digest"], manifest["problems"]) == (digest(gather(stage.contest)), [])
    make_room(stage.contest)
    contest = archive.read(first, now=JUDGED)
    assert contest.pk != stage.contest.pk
    assert digest(gather(contest)) == manifest["digest"]
    assert verify(contest) == []
    assert results.refresh(contest, now=JUDGED)[1] is False
    assert AuditEntry.objects.get(action="archive.import").after == {"digest": manifest["digest"]}

    assert written(contest, second)["digest"] == manifest["digest"]
    before, after = contents(first), contents(second)
    assert set(before) == set(after)
    assert before[INPUTS] == after[INPUTS]
    for table in (*TABLES, USERS):
        assert without_keys(before[table.file]) == without_keys(after[table.file]), table.file
    sheet = ScoreSheet.objects.get(judge__contest=contest, judge__is_chair=True)
    assert sheet.video.unit.code == "DV01"
    assert Unit.objects.get(contest=contest, code="DV02").parent == contest.units.get(code="DV01")
    assert set(contest.organizers.values_list("full_name", flat=True)) == {
        "Trần Thị Hoa",
        "Lê Văn Hùng",
    }
    assert not any(user.has_usable_password() for user in contest.organizers.all())
    attempt = Attempt.objects.filter(quiz__contest=contest).first()
    assert {item["q"] for item in attempt.paper} <= set(
        contest.questions.values_list("pk", flat=True)
    )


def test_the_same_contest_gives_the_same_bytes_and_no_secret(stage: Stage, tmp_path: Path) -> None:
    first, second = tmp_path / "one.zip", tmp_path / "two.zip"
    written(stage.contest, first)
    written(stage.contest, second)
    assert first.read_bytes() == second.read_bytes()
    everything = b"".join(contents(first).values()).decode()
    for user in User.objects.all():
        assert user.password not in everything
    for attempt in Attempt.objects.all():
        assert attempt.writer not in everything
    other = Stage("khac")
    foreign = other.contest.participants.first()
    written(stage.contest, second)
    assert first.read_bytes() == second.read_bytes()
    assert foreign.user.username not in everything


def test_the_script_reads_the_archive_and_finds_the_stored_result(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.zip"
    manifest = written(stage.contest, path)
    script = runpy.run_path(str(SCRIPT))
    inputs, sha256 = script["read"](str(path))
    assert sha256 == manifest["digest"] == ResultSet.objects.newest(stage.contest).digest
    assert hashlib.sha256(contents(path)[INPUTS]).hexdigest() == sha256
    found = script["compute"](inputs)
    stored = ResultSet.objects.newest(stage.contest)
    assert [(u["rank"], u["code"], u["total"]) for u in found["units"]] == [
        (u.rank, u.code, str(u.total)) for u in stored.units.order_by("position")
    ]
    assert [(a["tier"], a["rank"]) for a in found["awards"]] == [
        (a.tier, a.rank) for a in stored.awards.order_by("position")
    ]


# --- what is refused ------------------------------------------------------------------------------


def refused(path: Path) -> str:
    """The reason; and nothing was stored."""
    tables: list[type[Model]] = [*(table.model for table in TABLES), User, AuditEntry]
    before = [model._base_manager.count() for model in tables]
    with pytest.raises(archive.ArchiveRefused) as error:
        archive.read(path, now=JUDGED)
    assert [model._base_manager.count() for model in tables] == before
    with pytest.raises(CommandError):
        call_command("import_archive", str(path))
    return str(error.value)


def packed(files: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return path


def relisted(files: dict[str, bytes], path: Path) -> Path:
    """An archive whose list was written anew by whoever changed the files."""
    manifest = json.loads(files[MANIFEST])
    manifest["files"] = [
        {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
        if name != MANIFEST
    ]
    return packed({**files, MANIFEST: json.dumps(manifest).encode()}, path)


def test_a_contest_or_an_account_that_is_here_is_refused(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "one.zip"
    written(stage.contest, path)
    assert "hoi-thi" in refused(path)
    Contest.objects.filter(pk=stage.contest.pk).update(slug="cu")
    assert User.objects.order_by("pk")[0].username in refused(path)


def test_every_changed_byte_and_every_cut_is_refused(stage: Stage, tmp_path: Path) -> None:
    path, broken = tmp_path / "one.zip", tmp_path / "two.zip"
    written(stage.contest, path)
    make_room(stage.contest)
    whole = path.read_bytes()
    for cut in (0, 1, 21, len(whole) // 2, len(whole) - 1):
        broken.write_bytes(whole[:cut])
        assert refused(broken)
    files = contents(path)
    for name, data in files.items():
        if not data:
            continue
        at = len(data) // 2
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert refused(packed({**files, name: changed}, broken)), name
    fewer = {name: data for name, data in files.items() if name != USERS.file}
    assert refused(packed(fewer, broken))
    assert refused(packed({**files, "thêm.txt": b"x"}, broken))
    archive.read(path, now=JUDGED)


def test_rows_that_do_not_give_the_inputs_are_refused(stage: Stage, tmp_path: Path) -> None:
    path, broken = tmp_path / "one.zip", tmp_path / "two.zip"
    written(stage.contest, path)
    make_room(stage.contest)
    files = contents(path)
    marks = "rows/scoring.mark.jsonl"
    more = files[marks].replace(b'"27.5"', b'"29.5"')
    assert more != files[marks]
    said = refused(relisted({**files, marks: more}, broken))
    assert "không cho ra" in said
    # Whoever changes the inputs as well has another digest than the one that was published.
    other = files[INPUTS].replace(b"55/2", b"59/2")
    assert refused(relisted({**files, marks: more, INPUTS: other}, broken))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"judge_id":', b'"judge":'),
        (b'"state":"submitted"', b'"state":{}'),
        (b'"video_id":', b'"video_id":99'),
        (b'"revision":', b'"revision":"x","y":'),
        (b'"submitted_at":"2', b'"submitted_at":"x'),
        (b"{", b"["),
        (b"}\n", b"}\n\n"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(
    stage: Stage, tmp_path: Path, old: bytes, new: bytes
) -> None:
    path, broken = tmp_path / "one.zip", tmp_path / "two.zip"
    written(stage.contest, path)
    make_room(stage.contest)
    files = contents(path)
    name = "rows/scoring.scoresheet.jsonl"
    changed = files[name].replace(old, new, 1)
    assert changed != files[name]
    said = refused(relisted({**files, name: changed}, broken))
    assert name in said


def test_an_archive_of_broken_seals_says_so_and_is_not_read(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Attempt.objects.filter(pk=stage.attempts[0].pk).update(correct=1)
    path = tmp_path / "one.zip"
    with pytest.raises(CommandError):
        call_command("export_archive", "hoi-thi", output=str(path))
    assert stage.attempts[0].receipt in capsys.readouterr().err
    assert (path.stat().st_mode & 0o777) == 0o600
    make_room(stage.contest)
    assert stage.attempts[0].receipt in refused(path)


def test_a_list_of_another_format_or_of_nothing_is_refused(stage: Stage, tmp_path: Path) -> None:
    path, broken = tmp_path / "one.zip", tmp_path / "two.zip"
    written(stage.contest, path)
    files = contents(path)
    newer = json.loads(files[MANIFEST]) | {"format": FORMAT + 1}
    assert str(FORMAT + 1) in refused(
        packed({**files, MANIFEST: json.dumps(newer).encode()}, broken)
    )
    for manifest in (b"[]", b"{}", b"null", b"\xff"):
        assert refused(packed({**files, MANIFEST: manifest}, broken))
    assert refused(packed({"a": b""}, broken))


# --- what there is --------------------------------------------------------------------------------


def test_the_commands_print_the_digest_and_leave_no_half_file(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / "one.zip"
    call_command("export_archive", "hoi-thi", output=str(path))
    assert capsys.readouterr().out.strip() == digest(gather(stage.contest))
    assert AuditEntry.objects.get(action="archive.export").contest == "hoi-thi"
    make_room(stage.contest)
    call_command("import_archive", str(path))
    assert "/hoi-thi/" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("export_archive", "hoi-thi", output=str(tmp_path / "no" / "one.zip"))
    assert [found.name for found in folder.iterdir()] == ["one.zip"]


def test_an_attempt_under_way_and_one_more_after_it_are_read_back(
    stage: Stage, tmp_path: Path
) -> None:
    someone = make_person(stage.leader, "Lê Thị Ba")
    stage.quiz.closes_at = JUDGED + DAY
    stage.quiz.save()
    Attempt.start(participant=someone, quiz=stage.quiz, now=JUDGED)
    path = tmp_path / "one.zip"
    written(stage.contest, path)
    make_room(stage.contest)
    contest = archive.read(path, now=JUDGED)
    running = Attempt.objects.get(quiz__contest=contest, state="running")
    assert running.participant.full_name == "Lê Thị Ba"
    assert running.writer
    running.submit(now=JUDGED)
    assert running.seal


def test_every_table_of_a_contest_is_in_the_archive_or_named() -> None:
    """A new model must be added to the tables, or here on purpose."""
    left_out = {
        "Upload": "bytes under way",
        "Notice": "letters, which were sent where the contest was held",
        "PanelLetter": "the same",
        "Certificate": "checked where it was issued, by a code that leads there",
    }
    known = {table.model.__name__ for table in TABLES} | set(left_out)
    for room in ("contests", "media_uploads", "scoring"):
        for model in apps.get_app_config(room).get_models():
            # Models that a test makes for itself belong to no contest.
            assert model.__name__ in known or not model.__module__.startswith(room)


def test_the_script_agrees_about_a_contest_of_several_weeks(tmp_path: Path) -> None:
    contest = weeks.make_weekly_contest()
    weeks.sit_the_weeks(contest, weeks.make_weeks(contest))
    weeks.practise(contest, weeks.make_practice(contest))
    path = tmp_path / "one.zip"
    written(contest, path)
    found = recompute(json.loads(contents(path)[INPUTS]))
    for line in found["people"]:
        del line["percentage"]
    expected = told(compute(gather(contest)))
    assert {**found, "ties": []} == {**expected, "ties": []}


def test_a_person_who_sat_again_keeps_both_attempts(stage: Stage, tmp_path: Path) -> None:
    stage.quiz.attempts_allowed = 2
    stage.quiz.save()
    sit(stage.minh, stage.quiz, right=2, seconds=50)
    path = tmp_path / "one.zip"
    manifest = written(stage.contest, path)
    make_room(stage.contest)
    contest = archive.read(path, now=JUDGED)
    assert Attempt.objects.filter(quiz__contest=contest).count() == 3
    assert digest(gather(contest)) == manifest["digest"]
