"""Every address of a video, by everybody, in every phase: who sees it, who changes it.

rules: V1, M3, A5. What is expected stands in `WATCHES` and `CHANGES`; an address that is in neither
list fails the first test.
"""

import datetime as dt
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from contests.models import Conflict
from media_uploads.models import Upload, VideoSubmission
from media_uploads.urls import urlpatterns
from tests.clock import standing_at
from tests.contests.quizzes import make_participant
from tests.make import make_judge, make_organizer
from tests.media_uploads.builders import NOON, a_contest, a_ready_video, a_unit

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
CAPTIONS = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nXin chào\n"

# Who may watch whatever the phase, and who never may; everybody else once it is in the gallery.
ALWAYS = {"own coordinator", "judge", "organizer"}
NEVER = {"judge in conflict"}
PERSONS = (
    "visitor",
    "participant",
    "own coordinator",
    "other coordinator",
    "judge",
    "judge in conflict",
    "organizer",
    "other organizer",
    "other judge",
)
# Published, agreed to by the unit, approved by an organizer.
PHASES = list(product((False, True), repeat=3))

WATCHES = ("video_copy", "video_poster", "video_captions")
# The address of the unit, then what is asked there of a video of it.
CHANGES: dict[str, tuple[str, dict[str, str]]] = {
    "video_upload": ("post", {"title": "Của người khác"}),
    "video_withdraw": ("post", {}),
    "video_keep": ("post", {}),
    "video_subtitle": ("post", {"remove": "yes"}),
    "uploads": ("post", {}),
    "upload": ("delete", {}),
    "upload_drop": ("post", {}),
}


class Stage:
    """A contest with one captioned video, and everybody who may come by."""

    def __init__(self) -> None:
        self.contest = a_contest()
        self.unit = a_unit(self.contest)
        self.video = a_ready_video(self.unit)
        VideoSubmission.objects.update(captions=CAPTIONS)
        self.upload = Upload.objects.create(
            unit=self.unit,
            title="x",
            original="originals/unfinished",
            original_name="x.mp4",
            size=10,
            started_by=self.unit.coordinator,
            started_at=NOON,
        )
        elsewhere = a_contest("khac")
        conflicted = make_judge(self.contest, "Vũ Thị Tránh")
        Conflict.objects.create(
            judge=conflicted, unit=self.unit, reason="Người thân", declared_at=NOON
        )
        self.users: dict[str, User | None] = {
            "visitor": None,
            "participant": make_participant(self.contest, "Lê Văn Một", unit=self.unit).user,
            "own coordinator": self.unit.coordinator,
            "other coordinator": a_unit(self.contest, "DV02").coordinator,
            "judge": make_judge(self.contest).user,
            "judge in conflict": conflicted.user,
            "organizer": make_organizer(self.contest),
            "other organizer": make_organizer(elsewhere),
            "other judge": make_judge(elsewhere).user,
        }

    def browser(self, person: str) -> Client:
        client = Client()
        if user := self.users[person]:
            client.force_login(user)
        return client

    def enter(self, published: bool, agreed: bool, approved: bool) -> None:
        self.contest.provisional_at = NOON + 4 * DAY if published else None
        self.contest.save(update_fields=["provisional_at"])
        VideoSubmission.objects.update(may_be_shown=agreed, in_gallery=approved)

    def address(self, name: str) -> str:
        if name.startswith("upload"):
            words: dict[str, Any] = {"pk": self.unit.pk}
            return reverse(
                name, kwargs=words | ({"upload_id": self.upload.pk} if name != "uploads" else {})
            )
        if name == "video_upload":
            return reverse(name, kwargs={"pk": self.unit.pk})
        if name in CHANGES:
            return reverse(name, args=[self.unit.pk, self.video.public_id])
        return reverse(name, args=[self.video.public_id])

    @property
    def gallery(self) -> str:
        return reverse("gallery", kwargs={"slug": self.contest.slug})

    @property
    def film(self) -> str:
        place = {"slug": self.contest.slug, "public_id": self.video.public_id}
        return reverse("gallery_video", kwargs=place)


@pytest.fixture
def stage(media) -> Stage:
    return Stage()


def test_every_address_of_this_room_is_looked_at() -> None:
    assert {str(pattern.name) for pattern in urlpatterns} == {*WATCHES, *CHANGES}


@pytest.mark.parametrize("person", PERSONS)
def test_a_video_is_watched_by_those_the_phase_allows(stage, person) -> None:
    client, wrong = stage.browser(person), []
    for phase in PHASES:
        stage.enter(*phase)
        may = person in ALWAYS or (person not in NEVER and all(phase))
        for name in WATCHES:
            answer = client.get(stage.address(name))
            if answer.status_code != (200 if may else 404):
                wrong.append(f"{name} in {phase}: {answer.status_code}")
            if client.get(stage.address(name), headers={"range": "bytes=0-1"}).status_code not in (
                (200, 206) if may else (404,)
            ):
                wrong.append(f"a part of {name} in {phase}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("person", PERSONS)
def test_the_gallery_names_what_is_published_agreed_to_and_approved(stage, person) -> None:
    client, wrong = stage.browser(person), []
    for phase in PHASES:
        stage.enter(*phase)
        public = all(phase) and person not in NEVER
        listed = stage.film in client.get(stage.gallery).text
        opened = client.get(stage.film).status_code
        if (listed, opened) != (public, 200 if public else 404):
            wrong.append(f"{phase}: listed {listed}, {opened}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "fields",
    [
        {"refused_at": NOON},
        {"withdrawn_at": NOON},
        {"state": VideoSubmission.State.FAILED},
        {"accepted_at": None, "state": VideoSubmission.State.REFUSED},
    ],
    ids=["refused", "withdrawn", "without a copy", "not accepted"],
)
def test_what_does_not_count_is_watched_by_no_judge_and_no_visitor(stage, fields) -> None:
    stage.enter(published=True, agreed=True, approved=True)
    VideoSubmission.objects.update(**fields)
    for person in ("visitor", "other coordinator", "judge", "judge in conflict"):
        client = stage.browser(person)
        addresses = [*map(stage.address, WATCHES), stage.film]
        assert {client.get(address).status_code for address in addresses} == {404}, person


def test_an_earlier_version_is_watched_by_no_judge_and_no_visitor(stage) -> None:
    stage.enter(published=True, agreed=True, approved=True)
    a_ready_video(stage.unit)
    for person in ("visitor", "judge"):
        client = stage.browser(person)
        assert {client.get(stage.address(name)).status_code for name in WATCHES} == {404}, person
    own = stage.browser("own coordinator")
    assert {own.get(stage.address(name)).status_code for name in WATCHES} == {200}


@pytest.mark.parametrize("person", [name for name in PERSONS if name != "own coordinator"])
def test_nobody_else_replaces_withdraws_or_captions_a_video(stage, person) -> None:
    client, wrong = stage.browser(person), []
    before = rows()
    phases = [(NOON, phase) for phase in PHASES] + [(NOON + 2 * DAY, PHASES[0])]
    for moment, phase in phases:
        stage.enter(*phase)
        before = rows()
        for name, (method, data) in CHANGES.items():
            ask: Callable[..., Any] = getattr(client, method)
            with standing_at(moment):
                answer = ask(stage.address(name), data)
            signed_out = person == "visitor"
            expected = 404 if not signed_out else 401 if name.startswith("upload") else 302
            if answer.status_code != expected:
                wrong.append(f"{name} at {moment} in {phase}: {answer.status_code}")
        if rows() != before:
            wrong.append(f"something changed at {moment} in {phase}")
    assert not wrong, "\n".join(wrong)


def test_the_units_coordinator_withdraws_and_captions_it(stage) -> None:
    """The other half of the matrix: the refusals above are not for want of the right words."""
    client = stage.browser("own coordinator")
    with standing_at(NOON):
        for name in ("video_withdraw", "video_keep", "video_subtitle"):
            before = rows()
            answer = client.post(stage.address(name), CHANGES[name][1])
            assert answer.headers["Location"] == reverse("desk", args=[stage.unit.pk])
            assert rows() != before, name
        assert client.post(stage.address("upload_drop")).status_code == 302
    assert not Upload.objects.exists()
    acts = set(AuditEntry.objects.values_list("action", flat=True))
    assert acts == {"video.withdraw", "video.keep", "video.remove_captions"}


def rows() -> list[Any]:
    videos = VideoSubmission.objects.order_by("pk").values_list(
        "pk", "withdrawn_at", "captions", "title", "may_be_shown"
    )
    return [*videos, *Upload.objects.order_by("pk").values_list("pk", "original")]
