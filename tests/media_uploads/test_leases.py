"""A lease lives as long as its worker: prolonged beside the work, and the work ends with it."""

import signal
import subprocess
import sys

import pytest

from contests.clock import database_now
from media_uploads import leases
from media_uploads.leases import hold
from media_uploads.models import LEASE, VideoSubmission
from tests.media_uploads.builders import NOON, a_contest, a_unit, a_video
from tests.media_uploads.samples import Samples
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
State = VideoSubmission.State
A_MOMENT = 0.05


@pytest.fixture
def video(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> VideoSubmission:
    monkeypatch.setattr(leases, "BEAT_SECONDS", A_MOMENT)
    return a_video(a_unit(a_contest()), samples.text())


def leased_until(video: VideoSubmission):
    return VideoSubmission.objects.get(pk=video.pk).leased_until


def test_three_beats_may_fail_before_a_job_goes_to_somebody_else() -> None:
    assert LEASE.total_seconds() >= leases.BEAT_SECONDS * 4


def test_a_lease_is_prolonged_while_its_worker_lives(video: VideoSubmission) -> None:
    with hold(video, state=State.RECEIVED, now=NOON) as held:
        first = video.leased_until
        wait_until(lambda: leased_until(video) > first)
        second = leased_until(video)
        wait_until(lambda: leased_until(video) > second)
        # The thread that works still knows the lease that the other one prolonged.
        assert held.end(state=State.REFUSED)
    assert (video.state, video.leased_until) == (State.REFUSED, None)


def test_a_job_that_somebody_else_has_ends_with_its_child(video: VideoSubmission) -> None:
    others = database_now() + 9 * LEASE
    with hold(video, state=State.RECEIVED, now=NOON) as held:
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
        )
        with child:
            VideoSubmission.objects.filter(pk=video.pk).update(leased_until=others)
            assert child.wait(30) == -signal.SIGKILL
        assert not held.end(state=State.REFUSED)
    assert (video.state, video.leased_until) == (State.RECEIVED, others)
