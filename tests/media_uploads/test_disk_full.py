"""A full disk: the row says so, nothing half made stays, and the quiz goes on. rules: V4, Q5"""

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from contests import tokens
from contests.clock import database_now
from media_uploads import processing
from media_uploads.child import ENCODING_FENCE, run_encoding
from media_uploads.models import VideoSubmission
from media_uploads.refusals import explain
from tests.contests.quizzes import make_quiz, start, stored
from tests.media_uploads.builders import NOON, a_contest, a_unit, a_video
from tests.media_uploads.samples import Samples
from tests.processes import ROOT, environment

State = VideoSubmission.State


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.django_db(transaction=True)
def test_a_small_disk_that_is_full_is_told_and_leaves_nothing_half_made(
    samples: Samples, media: Path
) -> None:
    video = a_video(a_unit(a_contest("phim")), samples.full_hd())
    processing.inspect_submission(video, now=NOON)
    attempt = start(make_quiz())
    answer = {"token": tokens.make(attempt), "position": 0, "choice": 1, "revision": 1}
    # Room for the original and a few blocks more.
    room = video.size + 64 * 1024
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.media_uploads.full_disk"),
            *(str(video.pk), str(room), json.dumps(answer)),
        ],
        cwd=ROOT,
        env=environment(MEDIA_ROOT=str(media)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])

    sentence = explain("no_space", {})
    assert told["said"] == [
        [State.INSPECTED, 1, ""],
        [State.INSPECTED, 2, ""],
        [State.FAILED, 0, sentence],
    ]
    assert told["left"] == [video.original]
    assert told["saved"] == 200
    assert stored(attempt) == {0: 1}
    video.refresh_from_db()
    assert video.is_accepted
    assert video.failure == sentence


@pytest.mark.django_db
def test_while_the_disk_is_full_a_copy_waits(
    samples: Samples, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = a_video(a_unit(a_contest()), samples.full_hd())
    processing.inspect_submission(video, now=NOON)
    with monkeypatch.context() as narrow:
        fence = replace(ENCODING_FENCE, file_bytes=50_000)
        narrow.setattr(processing, "run_encoding", partial(run_encoding, fence=fence))
        processing.encode_submission(video, now=NOON)
    assert (video.state, video.tries, files(media)) == (State.INSPECTED, 1, [video.original])

    # Room again: nobody has to do anything but to make it.
    now = database_now()
    assert processing.due_again(now=now + processing.LONG_PAUSE / 2) == []
    assert processing.due_again(now=now + processing.LONG_PAUSE) == [video]
    processing.encode_submission(video, now=NOON)
    assert video.state == State.READY


@pytest.mark.django_db
def test_what_killed_processes_left_is_swept_away_and_nothing_else(
    samples: Samples, media: Path, settings
) -> None:
    video = a_video(a_unit(a_contest()), samples.good())
    long_ago = NOON.timestamp()
    left = [
        media / "work" / f"{video.pk}-killed" / "copy.mp4.part",
        media / "incoming" / "a.upload",
    ]
    fresh = [
        media / "work" / f"{video.pk}-at-work" / "copy.mp4.part",
        media / "incoming" / "b.upload",
    ]
    for path in (*left, *fresh):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    for path in (left[0].parent, left[1]):
        os.utime(path, (long_ago, long_ago))

    processing.sweep_files(now=database_now())

    assert files(media) == sorted(
        [video.original, *(str(path.relative_to(media)) for path in fresh)]
    )
