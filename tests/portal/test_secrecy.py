"""Before publication nothing outside the organizers' reach tells a total or a rank (A5, P7)."""

import pytest
from django.urls import get_resolver, reverse
from django.utils import timezone

from contests.models import Participant
from scoring.documents import FORMATS, PUBLIC_TABLES, TABLES
from tests.portal.cast import SECRETS, Stage, make_person

pytestmark = pytest.mark.django_db

PAGES = (
    "contest",
    "contest_units",
    "contest_results",
    "objections",
    "gallery",
    "privacy",
    "register",
    "sign_in",
)


def public_addresses(stage: Stage) -> list[str]:
    kwargs = {"slug": stage.contest.slug}
    pages = [reverse(name, kwargs=kwargs) for name in PAGES]
    pages += [
        reverse("unit_sum", kwargs={**kwargs, "code": "DV01"}),
        reverse("contest_statistics", kwargs=kwargs),
        reverse("gallery_video", kwargs={**kwargs, "public_id": stage.video.public_id}),
        reverse("video_poster", kwargs={"public_id": stage.video.public_id}),
        reverse("video_copy", kwargs={"public_id": stage.video.public_id}),
    ]
    files = [
        reverse("contest_download", kwargs={**kwargs, "table": table, "form": form})
        for table in TABLES
        for form in FORMATS
    ]
    return ["/", *pages, *files]


def body(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


def test_every_page_of_a_contest_is_looked_at():
    known = {*PAGES, "unit_sum", "contest_statistics", "gallery_video", "contest_download"}
    # Of the own objections and results only; their own tests hold them.
    known |= {"objection_withdraw", "unit_explained", "person_explained"}
    # Only for participants signed in; the quiz's own tests hold them.
    known |= {"quiz", "quiz_start", "attempt", "attempt_save", "attempt_confirm"}
    known |= {
        "attempt_submit",
        "attempt_result",
        "attempt_review",
        "attempt_picture",
        "attempt_take_over",
    }
    urls = get_resolver().reverse_dict
    of_contests = {
        name
        for name in urls
        if isinstance(name, str)
        for possibilities in urls.getlist(name)
        for template, parameters in possibilities[0]
        if "slug" in parameters
    }
    assert of_contests <= known


@pytest.mark.parametrize("who", ["visitor", "participant", "coordinator"])
def test_no_page_tells_a_point_or_a_rank_before_publication(client, who):
    stage = Stage()
    drafted = stage.refresh()
    assert str(drafted.units.get(code="DV01").total) == "90.73"
    user = {"participant": stage.winner.user, "coordinator": stage.coordinator}.get(who)
    if user:
        client.force_login(user)
    for address in public_addresses(stage):
        said = body(client.get(address))
        for secret in (*SECRETS, "Giải Nhất</span>", "medal", drafted.digest[:16], "1 phút 04"):
            assert secret not in said, f"{address} tells {secret}"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("table", TABLES)
def test_files_are_not_there_before_publication(client, table, form):
    stage = Stage()
    stage.refresh()
    kwargs = {"slug": stage.contest.slug, "table": table, "form": form}
    for query in ("", "?set=1"):
        assert client.get(reverse("contest_download", kwargs=kwargs) + query).status_code == 404


def test_results_before_publication_say_when_to_expect_them(client):
    stage = Stage()
    stage.refresh()
    page = client.get(reverse("contest_results", kwargs={"slug": stage.contest.slug}))
    said = page.content.decode()
    assert "Kết quả chưa được công bố" in said
    last = timezone.localtime(stage.contest.judging_closes_at)
    assert f"Dự kiến công bố sau ngày {last:%d/%m/%Y}." in said


def test_a_contest_whose_publication_was_taken_back_tells_nothing(client):
    stage = Stage()
    stage.publish()
    stage.contest.provisional_at = None
    stage.contest.save(update_fields=["provisional_at"])
    for address in public_addresses(stage):
        said = body(client.get(address))
        assert not [secret for secret in SECRETS if secret in said], address


def test_a_newer_draft_stays_hidden_behind_the_published_set(client):
    stage = Stage()
    stage.publish()
    Participant.objects.filter(pk=stage.winner.pk).update(disqualified_reason="Thi hộ")
    newer = stage.refresh()
    assert newer.number == 2
    address = reverse("contest_results", kwargs={"slug": stage.contest.slug})
    said = client.get(address).content.decode()
    assert "90,73" in said
    assert newer.digest[:4] + " " + newer.digest[4:8] not in said
    file = reverse(
        "contest_download", kwargs={"slug": stage.contest.slug, "table": "units", "form": "json"}
    )
    assert {row["result_set"] for row in client.get(file).json()} == {1}
    assert client.get(file + "?set=2").status_code == 404


def test_of_people_only_winners_are_named_after_publication(client):
    stage = Stage()
    waiting = make_person(stage.first, "Đặng Quốc Huy", source=Participant.Source.SELF)
    stage.publish()
    for address in public_addresses(stage):
        said = body(client.get(address))
        assert stage.loser.full_name not in said, address
        assert waiting.full_name not in said, address
    said = client.get(reverse("contest_results", kwargs={"slug": stage.contest.slug}))
    assert "Lê Chí Nguyện" in said.content.decode()


def test_public_files_name_no_person_but_winners():
    assert "people" not in PUBLIC_TABLES
