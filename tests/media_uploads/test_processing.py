"""A received video on its way to being watched: leases, outcomes, the sweep. rules: V1, V3, V4"""

import datetime as dt
import hashlib
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation

from contests.clock import database_now
from media_uploads import processing
from media_uploads.child import ENCODING_FENCE, run_encoding
from media_uploads.leases import Hold, LeaseLost, hold, sole_encoder
from media_uploads.models import LEASE, MAX_TRIES, PATIENCE, VideoSubmission, media_storage
from media_uploads.processing import (
    _progress,
    due_again,
    encode_submission,
    inspect_submission,
    next_to_encode,
    take_over,
)
from tests.media_uploads.builders import NOON, a_contest, a_unit, a_video
from tests.media_uploads.samples import Samples

pytestmark = pytest.mark.django_db
State = VideoSubmission.State


@pytest.fixture
def unit():
    return a_unit(a_contest())


def test_a_good_video_is_accepted_and_then_made_watchable(unit, samples: Samples) -> None:
    film = samples.good()
    video = a_video(unit, film)

    inspect_submission(video, now=NOON)
    assert (video.state, video.verdict_code) == (State.INSPECTED, "accepted")
    assert (video.duration_ms, video.width, video.height) == (12_000, 640, 360)
    assert video.sha256 == hashlib.sha256(film.read_bytes()).hexdigest()
    assert video.is_accepted
    assert (video.tries, video.leased_until) == (0, None)

    encode_submission(video, now=NOON)
    assert (video.state, video.progress, video.failure) == (State.READY, 100, "")
    copy, poster, original = (
        Path(media_storage().path(name)).read_bytes()
        for name in (video.copy, video.poster, video.original)
    )
    assert copy[4:8] == b"ftyp"
    assert poster[:3] == b"\xff\xd8\xff"
    assert original == film.read_bytes()


def test_a_text_named_mp4_is_refused_with_the_reason(unit, samples: Samples) -> None:
    video = a_video(unit, samples.text())
    with translation.override("en"):
        inspect_submission(video, now=NOON)
    assert (video.state, video.verdict_code) == (State.REFUSED, "not_video")
    assert video.verdict["message"].startswith("The content of this file is not")
    assert not video.is_accepted
    assert video not in VideoSubmission.objects.due(database_now() + dt.timedelta(days=1))


def test_the_contest_sets_the_limits(samples: Samples) -> None:
    unit = a_unit(a_contest(video_max_seconds=11))
    video = a_video(unit, samples.good())
    inspect_submission(video, now=NOON)
    assert video.verdict_code == "too_long"


def test_a_lost_original_fails_the_video(unit, samples: Samples) -> None:
    video = a_video(unit, samples.good())
    Path(media_storage().path(video.original)).unlink()
    inspect_submission(video, now=NOON)
    assert video.state == State.FAILED
    assert video.failure != ""


def test_a_job_somebody_has_is_left_alone(unit, samples: Samples) -> None:
    video = a_video(unit, samples.good())
    assert VideoSubmission.objects.get(pk=video.pk).lease(state=State.RECEIVED, now=NOON)
    inspect_submission(video, now=NOON + LEASE - dt.timedelta(microseconds=1))
    assert (video.state, video.tries) == (State.RECEIVED, 1)
    inspect_submission(video, now=NOON + LEASE)
    assert video.state == State.INSPECTED


def test_a_copy_that_cannot_be_made_leaves_the_video_accepted(unit, samples: Samples) -> None:
    video = a_video(unit, samples.good())
    inspect_submission(video, now=NOON)
    Path(media_storage().path(video.original)).write_bytes(b"lost")
    encode_submission(video, now=NOON)
    assert (video.state, video.copy) == (State.FAILED, "")
    assert video.is_accepted


def test_who_makes_progress_keeps_the_job_and_who_lost_it_stops(unit, samples: Samples) -> None:
    video = a_video(unit, samples.good())
    video.lease(state=State.RECEIVED, now=NOON)
    held = Hold(video)
    _progress(held, 4)
    _progress(held, 40)
    stored = VideoSubmission.objects.get(pk=video.pk)
    assert stored.progress == 40
    assert stored.leased_until > NOON + LEASE
    VideoSubmission.objects.filter(pk=video.pk).update(leased_until=NOON + 9 * LEASE)
    with pytest.raises(LeaseLost):
        _progress(held, 80)
    assert not held.end(state=State.INSPECTED)
    assert (video.state, video.progress) == (State.RECEIVED, 40)


def test_a_hold_that_is_lost_ends_its_block_quietly_and_writes_nothing(unit, samples) -> None:
    video = a_video(unit, samples.good())
    with hold(video, state=State.RECEIVED, now=NOON) as held:
        VideoSubmission.objects.filter(pk=video.pk).update(leased_until=NOON + 9 * LEASE)
        held.renew(progress=50)
    assert (video.progress, video.leased_until) == (0, NOON + 9 * LEASE)


@pytest.mark.parametrize("sent", ["", "as it is", "another"])
def test_what_arrived_is_compared_with_what_was_sent(unit, samples: Samples, sent: str) -> None:
    film = samples.good()
    sha256 = hashlib.sha256(film.read_bytes()).hexdigest()
    video = a_video(unit, film)
    video.sent_sha256 = {"as it is": sha256, "another": "0" * 64}.get(sent, "")
    video.save(update_fields=["sent_sha256"])

    inspect_submission(video, now=NOON)

    altered = sent == "another"
    assert video.state == (State.REFUSED if altered else State.INSPECTED)
    assert video.verdict_code == ("altered" if altered else "accepted")
    assert video.sha256 == sha256


@pytest.mark.parametrize("by", ["organizer", "unit"])
def test_no_copy_is_made_of_a_version_that_is_out_until_it_is_in_again(
    unit, samples: Samples, by: str
) -> None:
    video = a_video(unit, samples.good())
    inspect_submission(video, now=NOON)
    field = {"organizer": "refused_at", "unit": "withdrawn_at"}[by]
    row = VideoSubmission.objects.filter(pk=video.pk)
    row.update(**{field: NOON})

    encode_submission(video, now=NOON)
    later = database_now() + dt.timedelta(days=1)
    assert (video.state, video.tries, due_again(now=later)) == (State.INSPECTED, 0, [])
    assert next_to_encode(now=later) is None

    row.update(**{field: None})
    assert next_to_encode(now=later) == video
    assert due_again(now=later) == [video]


def test_a_version_that_goes_out_while_its_copy_is_made_is_let_go(unit, samples: Samples) -> None:
    video = a_video(unit, samples.good())
    inspect_submission(video, now=NOON)
    with hold(video, state=State.INSPECTED, now=NOON) as held:
        VideoSubmission.objects.filter(pk=video.pk).update(withdrawn_at=NOON)
        held.renew()
        held.end(state=State.READY)
    assert video.state == State.INSPECTED


def test_who_has_waited_longest_is_encoded_next(unit, samples: Samples) -> None:
    videos = [a_video(unit, samples.good(), slot=slot) for slot in (1, 2, 3)]
    for video in videos:
        inspect_submission(video, now=NOON)
    now = database_now()
    assert next_to_encode(now=now) == videos[0]
    # One that is being made, and one whose next try has to wait.
    videos[0].lease(state=State.INSPECTED, now=now)
    pause = dt.timedelta(seconds=1)
    VideoSubmission.objects.filter(pk=videos[1].pk).update(tries=1, queued_at=now + pause)
    assert next_to_encode(now=now) == videos[2]
    assert next_to_encode(now=now + pause) == videos[1]
    assert next_to_encode(now=now + LEASE) == videos[0]


def test_who_is_killed_at_a_copy_leaves_word_and_its_job_goes_on_at_once(
    unit, samples: Samples
) -> None:
    video = a_video(unit, samples.good())
    inspect_submission(video, now=NOON)

    def is_killed() -> None:
        with sole_encoder() as seat:
            seat.note(video)
            assert video.lease(state=State.INSPECTED, now=NOON)
            with sole_encoder() as second:
                assert second is None
            raise SystemExit

    with pytest.raises(SystemExit):
        is_killed()
    with sole_encoder() as seat:
        assert seat.left == (video.pk, 1)
        assert take_over(*seat.left).leased_until is None
        # Nothing of it is left, and another try is not this one.
        assert take_over(*seat.left) is None
    video.lease(state=State.INSPECTED, now=NOON)
    assert take_over(video.pk, 1) is None
    with sole_encoder() as seat:
        assert seat.left is None


def test_a_try_that_failed_waits_for_a_moment(unit, samples: Samples, monkeypatch) -> None:
    narrow = partial(run_encoding, fence=replace(ENCODING_FENCE, cpu_seconds=0))
    monkeypatch.setattr(processing, "run_encoding", narrow)
    video = a_video(unit, samples.full_hd())
    inspect_submission(video, now=NOON)
    before = database_now()
    encode_submission(video, now=NOON)
    assert (video.state, video.tries, video.leased_until) == (State.INSPECTED, 1, None)
    assert due_again(now=before) == []
    assert due_again(now=database_now() + processing.PAUSE) == [video]


def test_a_fresh_video_is_not_rung_for_again(unit, samples: Samples) -> None:
    a_video(unit, samples.text())
    assert due_again(now=NOON + PATIENCE - dt.timedelta(microseconds=1)) == []


def test_a_forgotten_video_is_rung_for_once_in_a_while(unit, samples: Samples) -> None:
    video = a_video(unit, samples.text())
    later = NOON + PATIENCE
    assert due_again(now=later) == [video]
    assert due_again(now=later) == []
    assert due_again(now=later + PATIENCE) == [video]


def test_a_video_that_kills_its_worker_ends_as_failed(unit, samples: Samples) -> None:
    video = a_video(unit, samples.text())
    now = NOON
    for _ in range(MAX_TRIES):
        now += PATIENCE
        assert due_again(now=now) == [video]
        assert VideoSubmission.objects.get(pk=video.pk).lease(state=State.RECEIVED, now=now)
        now += LEASE
    assert due_again(now=now) == []
    video.refresh_from_db()
    assert video.state == State.FAILED
    assert video.failure != ""


def test_the_command_prints_the_verdict(samples: Samples, capsys) -> None:
    call_command("inspect_video", str(samples.good()))
    assert json.loads(capsys.readouterr().out)["code"] == "accepted"
    with pytest.raises(SystemExit) as ended:
        call_command("inspect_video", str(samples.text()))
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["accepted"] is False
    assert json.loads(said.out)["message"] in said.err
