"""The public archive tells what was published and nothing about people (rules: P7, A5, A6)."""

import io
import json
import runpy
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from contests.models import Contest
from scoring import archive, guard, results
from scoring.models import ResultSet
from tests.scoring.builders import NOON
from tests.scoring.cast import JUDGED, QUIZ_DAY, Stage, make_person, sit
from tests.scoring.generated import generated
from tests.scoring.stored import storable, stored

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).parents[2] / "docs" / "recompute.py"
differences_of = runpy.run_path(str(SCRIPT))["differences_of"]


@pytest.fixture
def stage() -> Stage:
    """DV01 has six people, DV02 one."""
    stage = Stage()
    for number in range(5):
        person = make_person(stage.leader, f"Lý Văn Tám {number}", workplace=f"Phòng {number}")
        sit(person, stage.quiz, right=1, seconds=200 - number)
    return stage


def document(contest: Contest) -> dict[str, Any]:
    contest.refresh_from_db()
    file = io.BytesIO()
    archive.write_public(contest, file)
    with zipfile.ZipFile(file) as found:
        data: dict[str, Any] = json.loads(found.read("public.json"))
    return data


def published(stage: Stage) -> dict[str, Any]:
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    return document(stage.contest)


def test_pairs_are_in_no_order_of_people_and_few_people_have_none(stage: Stage) -> None:
    units = {unit["code"]: unit for unit in published(stage)["units"]}
    assert units["DV01"]["results"] == {
        "quiz-1": [[1, 2, 196], [1, 2, 197], [1, 2, 198], [1, 2, 199], [1, 2, 200], [2, 2, 64]]
    }
    assert units["DV02"]["results"] is None
    assert units["DV02"]["quiz_points"] == "50.00"


def test_of_people_only_winners_are_in_it(stage: Stage) -> None:
    data = published(stage)
    winners = [award["name"] for award in data["awards"] if award["scope"] == "person"]
    said = json.dumps(data, ensure_ascii=False)
    for person in stage.contest.participants.all():
        assert (person.full_name in said) == (person.full_name in winners)
        assert str(person.staff_code) not in said
        assert (person.workplace in said) == (person.full_name in winners)
    assert not any(judge.user.full_name in said for judge in stage.judges)
    assert f"{QUIZ_DAY:%Y-%m-%d}" not in said


def test_before_publication_there_is_none(stage: Stage, tmp_path: Path) -> None:
    results.refresh(stage.contest, now=JUDGED)
    with pytest.raises(archive.NothingPublished):
        document(stage.contest)
    with pytest.raises(CommandError, match="Chưa công bố kết quả nào"):
        call_command("export_archive", "hoi-thi", public=True, output=str(tmp_path / "a.zip"))
    assert not list(tmp_path.glob("*.zip*"))


def test_the_script_confirms_it_and_finds_what_was_changed(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "public.zip"
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    call_command("export_archive", "hoi-thi", public=True, output=str(path), verbosity=0)

    def run(file: Path) -> Any:
        return subprocess.run(
            [sys.executable, str(SCRIPT), str(file)], capture_output=True, text=True, check=False
        )

    done = run(path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1\tDV01\tSở Nội vụ\t58.33\t89.00\t76.73" in done.stdout
    assert "Giải cá nhân\t1\tNguyễn Thị Lan · Sở Nội vụ" in done.stdout

    data = document(stage.contest)
    data["units"][0]["results"]["quiz-1"][0][0] = 2
    changed = tmp_path / "public.json"
    changed.write_text(json.dumps(data), encoding="utf-8")
    done = run(changed)
    assert done.returncode == 1
    assert "DV01, quiz: 58.33, computed 66.67" in done.stderr


def test_a_changed_byte_is_noticed_and_it_is_not_read_in(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "public.zip"
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    call_command("export_archive", "hoi-thi", public=True, output=str(path), verbosity=0)
    with pytest.raises(archive.ArchiveRefused):
        archive.read(path, now=JUDGED)
    with zipfile.ZipFile(path) as found:
        files = {name: found.read(name) for name in found.namelist()}
    files["public.json"] = files["public.json"].replace("Sở Nội vụ".encode(), "Sở Tài vụ".encode())
    with zipfile.ZipFile(path, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "public.json is not what it was" in done.stderr


def test_generated_contests_are_confirmed_and_their_ranks_are_no_others() -> None:
    swapped = 0
    for seed in range(40):
        inputs = storable(generated(seed))
        with guard.lifted(), transaction.atomic():
            contest = stored(inputs)
            made = results.refresh(contest, now=NOON).result_set
            ResultSet.objects.filter(pk=made.pk).update(state=ResultSet.State.PROVISIONAL)
            Contest.objects.filter(pk=contest.pk).update(provisional_at=NOON)
            data = document(contest)
            transaction.set_rollback(True)
        assert differences_of(json.loads(json.dumps(data))) == [], seed
        ranked = [unit for unit in data["units"] if unit["rank"]]
        totals = {unit["total"] for unit in ranked}
        if len(totals) > 1:
            one, other = ranked[0], ranked[-1]
            assert one["total"] != other["total"]
            one["total"], other["total"] = other["total"], one["total"]
            assert differences_of(data) != [], seed
            swapped += 1
    assert swapped > 20
