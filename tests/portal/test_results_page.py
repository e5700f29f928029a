"""Published results as the public reads them."""

import pytest
from django.urls import reverse
from django.utils import timezone

from contests.models import SettingChange, Unit
from scoring import guard
from scoring.models import UnitResult
from tests.make import make_unit
from tests.portal.cast import Stage, make_attempt, make_person

pytestmark = pytest.mark.django_db


def read(client, stage: Stage, name: str = "contest_results", **kwargs: str) -> str:
    response = client.get(reverse(name, kwargs={"slug": stage.contest.slug, **kwargs}))
    assert response.status_code == 200
    return response.content.decode()


def test_provisional_results_say_so_with_number_digest_and_deadline(client):
    stage = Stage()
    published = stage.publish()
    said = read(client, stage)
    assert "Kết quả DỰ KIẾN" in said
    assert "Bộ kết quả số 1" in said
    digest = published.digest
    assert f"{digest[:4]} {digest[4:8]} {digest[8:12]} {digest[12:16]}" in said
    until = timezone.localtime(published.objections_until)
    assert f"nhận kiến nghị đến {until:%H:%M} ngày {until:%d/%m/%Y}" in said


def test_final_results_no_longer_ask_for_objections(client):
    stage = Stage()
    stage.publish()
    stage.finalize()
    said = read(client, stage)
    assert "Kết quả chính thức" in said
    assert "DỰ KIẾN" not in said


def test_winners_are_shown_with_time_in_words(client):
    stage = Stage()
    stage.publish()
    said = read(client, stage)
    assert "Lê Chí Nguyện" in said
    assert "Trường Đoàn Văn Tố, Sở Nội vụ" in said
    assert "1 phút 04 giây" in said
    assert "14 / 15" in said
    assert "Một cửa thân thiện" in said


def test_a_unit_without_a_video_stays_in_the_ranking_and_is_labelled(client):
    stage = Stage()
    stage.publish()
    said = read(client, stage)
    # 0.4 × 33.33 = 13.332
    assert "13,33" in said
    assert "Không tham gia phần thi video" in said


def test_equal_units_share_the_rank_and_are_called_so(client):
    stage = Stage()
    for name in ("Sở Tư pháp", "Sở Công Thương"):
        unit = make_unit(stage.contest, name=name, headcount=20)
        make_attempt(make_person(unit, "Trần Văn An"), stage.quiz, correct=9)
    stage.publish()
    said = read(client, stage)
    assert said.count("Đồng hạng") == 2
    assert 'medal ">2</span>' in said
    assert 'medal ">4</span>' in said


def test_why_a_unit_is_not_eligible_is_printed(client):
    stage = Stage()
    Unit.objects.filter(pk=stage.first.pk).update(ineligible_reason="Nộp hồ sơ chậm")
    stage.publish()
    assert "Nộp hồ sơ chậm" in read(client, stage)
    assert "Nộp hồ sơ chậm" in read(client, stage, "unit_sum", code="DV01")


def test_a_sum_can_be_checked_with_a_calculator(client):
    stage = Stage()
    stage.publish()
    said = read(client, stage, "unit_sum", code="DV01")
    for text in (
        "14 câu đúng ÷ (1 người × 15 câu) × 100",
        "93,33",
        "40 % × 93,33",
        "37,332",
        "60 % × 89,00",
        "53,40",
        "90,73",
    ):
        assert text in said
    unknown = reverse("unit_sum", kwargs={"slug": stage.contest.slug, "code": "DV99"})
    assert client.get(unknown).status_code == 404


def test_a_sum_that_the_weights_no_longer_give_is_not_claimed(client):
    stage = Stage()
    stage.publish()
    with guard.lifted():
        UnitResult.objects.filter(code="DV01").update(total="91.00")
    said = read(client, stage, "unit_sum", code="DV01")
    assert "40 % × 93,33" not in said
    assert "91,00" in said


def test_the_contest_page_shows_the_winners_once_published(client):
    stage = Stage()
    stage.publish()
    said = read(client, stage, "contest")
    assert "Giải Nhất" in said
    assert "90,73 điểm" in said
    assert "Lê Chí Nguyện" in said


def test_the_gallery_opens_with_publication(client):
    stage = Stage()
    assert "Chưa có video để xem" in read(client, stage, "gallery")
    stage.publish()
    said = read(client, stage, "gallery")
    assert "Một cửa thân thiện" in said
    assert "6:42" in said
    player = read(client, stage, "gallery_video", public_id=stage.video.public_id)
    assert 'preload="none"' in player
    assert reverse("video_copy", kwargs={"public_id": stage.video.public_id}) in player


def test_a_video_outside_the_gallery_has_no_page(client):
    stage = Stage()
    stage.publish()
    stage.video.in_gallery = False
    stage.video.save(update_fields=["in_gallery"])
    address = reverse(
        "gallery_video", kwargs={"slug": stage.contest.slug, "public_id": stage.video.public_id}
    )
    assert client.get(address).status_code == 404


def test_changes_after_freezing_are_printed_with_their_reason(client):
    stage = Stage()
    SettingChange.objects.create(
        contest=stage.contest,
        at=stage.contest.judging_opens_at,
        by=stage.organizer,
        target="unit_rule",
        before="mean",
        after="best",
        reason="Theo Công văn số 12",
    )
    stage.publish()
    said = read(client, stage)
    assert "Theo Công văn số 12" in said
    assert "unit_rule" not in said
