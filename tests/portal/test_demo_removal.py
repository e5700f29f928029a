"""A demonstration goes without a trace, and nothing real goes with it."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry, Letter, User
from contests.models import Conflict, Exclusion, Flag, Participant
from contests.regrading import mend_key
from media_uploads.models import Upload, media_storage
from media_uploads.records import Notice, Replacement
from portal.demo import removal
from scoring import results
from scoring.models import (
    Award,
    Certificate,
    MarkChange,
    PanelDiscussion,
    PanelLetter,
    file_objection,
)
from tests.make import make_judge, make_unit, make_user
from tests.scoring.cast import DAY, JUDGED, NOW, Stage, make_person, sit

pytestmark = pytest.mark.django_db


def rows() -> dict[str, int]:
    """Count every table but the log, and the staff's accounts, which stay."""
    return {
        model.__name__: model._default_manager.count()
        for model in apps.get_models()
        if model not in {AuditEntry, User}
    }


def test_used_contest_is_removed_with_everything_of_it_and_nothing_else(
    media, django_capture_on_commit_callbacks
):
    kept = Stage("that")
    results.publish(kept.contest, by=kept.first, now=JUDGED)
    before = rows()
    stage = Stage("thu")
    stage.contest.award_tiers.filter(scope="person").update(count=1)
    twin = make_person(stage.other, "Trần Văn Hai")
    sit(twin, stage.quiz, right=2, seconds=64)
    results.refresh(stage.contest, now=JUDGED)
    (edge,) = stage.contest.result_sets.get().undecided
    results.decide_tie(
        stage.contest,
        edge=edge,
        chosen=[twin.number],
        reason="Rút thăm",
        by=stage.first,
        now=JUDGED,
    )
    results.publish(stage.contest, by=stage.first, now=JUDGED)
    _object(stage)
    make_unit(stage.contest, "DV03", parent=stage.leader)
    mend_key(
        question=stage.contest.questions.get(number=1),
        kind="accept_all",
        reason="Văn bản mới",
        by=stage.first,
        now=NOW,
    )
    stage.contest.setting_changes.create(at=NOW, by=stage.first, target="x", reason="y")
    Conflict.objects.create(
        judge=make_judge(stage.contest), unit=stage.other, reason="Vợ", declared_at=NOW
    )
    Exclusion.objects.create(contest=stage.contest, full_name="Ai đó", phone="0900000001")
    Flag.objects.create(participant=stage.lan, kind=Flag.Kind.CODE_REISSUED, raised_at=NOW)
    MarkChange.objects.create(
        sheet=stage.sheets[0],
        act=MarkChange.Act.MARK,
        criterion=stage.contest.criteria.get(key="rules"),
        at=NOW + DAY,
        by=stage.first,
        reason="Nhầm",
    )
    PanelDiscussion.objects.create(video=stage.video, by=stage.first, text="Đã hội ý", at=NOW)
    award = Award.objects.filter(result_set__contest=stage.contest)[0]
    Certificate.objects.create(
        contest=stage.contest, award=award, number=1, code="A", issued_by=stage.first, issued_at=NOW
    )
    file = media / "originals" / "thu.mp4"
    file.parent.mkdir()
    file.write_bytes(b"x")
    stage.video.original = "originals/thu.mp4"
    stage.video.save(update_fields=["original"])
    _use_the_desk(stage)
    people = list(Participant.objects.filter(contest=stage.contest).values_list("user", flat=True))

    with django_capture_on_commit_callbacks(execute=True):
        removal.remove(stage.contest)

    assert rows() == before
    assert not User.objects.filter(pk__in=people).exists()
    assert User.objects.filter(pk=stage.first.pk).exists()
    assert not media_storage().exists("originals/thu.mp4")


def _object(stage: Stage) -> None:
    """Leave an objection that was answered by letter."""
    result_set = stage.contest.result_sets.get()
    objection = file_objection(
        result_set=result_set, filer=stage.other, by=stage.second, text="x", now=JUDGED
    )
    objection.reply(answer="x", effect="kept", by=stage.first, now=JUDGED)
    objection.letter = Letter.objects.create(
        to=stage.second, subject="x", body="x", at=JUDGED, due_at=JUDGED
    )
    objection.save(update_fields=["letter"])


def _use_the_desk(stage: Stage) -> None:
    """Leave an upload that became the video, one that did not, a leave and two letters."""
    fields = {"unit": stage.video.unit, "original_name": "x.mp4", "title": "x", "size": 1}
    fields |= {"started_by": stage.first, "started_at": NOW}
    done = Upload.objects.create(original="originals/thu.mp4", video=stage.video, **fields)
    Upload.objects.create(original="originals/do-dang.mp4", **fields)
    Replacement.objects.create(
        unit=stage.video.unit,
        slot=1,
        reason="x",
        by=stage.first,
        at=NOW,
        until=NOW + DAY,
        upload=done,
        video=stage.video,
    )
    letter = Letter.objects.create(to=stage.first, subject="x", body="x", at=NOW, due_at=NOW)
    Notice.objects.create(video=stage.video, kind=Notice.Kind.ASKED, at=NOW, letter=letter)
    letter = Letter.objects.create(to=stage.first, subject="x", body="x", at=NOW, due_at=NOW)
    PanelLetter.objects.create(
        judge=stage.judges[0], kind="reminder", number=1, by=stage.first, letter=letter
    )


def test_person_who_happens_to_be_called_so_keeps_the_account():
    somebody = make_user("Nguyễn Văn Thật", username="giam-khao-3")
    password = somebody.password
    with pytest.raises(CommandError, match="giam-khao-3"):
        call_command("load_demo", fresh=True)
    somebody.refresh_from_db()
    assert (somebody.password, somebody.is_staff) == (password, False)


def test_sign_ins_that_were_not_kept_are_said_to_be_missing(capsys, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    call_command("load_demo", show_sign_ins=True)
    assert "load_demo --fresh" in capsys.readouterr().out
