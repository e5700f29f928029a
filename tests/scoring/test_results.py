"""The life of a result set: refresh, publish, final by two people, ties, corrections."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from contests.models import Attempt, Conflict, Contest, Phase
from media_uploads.models import VideoSubmission
from scoring import guard, results
from scoring.models import Award, ResultSet, ScoreSheet, declare_conflict
from scoring.tasks import refresh_results
from scoring.verification import verify
from tests.make import make_judge, make_organizer, make_sheet, make_unit, make_video
from tests.scoring.cast import (
    DAY,
    GOOD,
    JUDGED,
    NOW,
    PLAIN,
    QUIZ_DAY,
    TICK,
    Stage,
    make_person,
    make_quiz,
    sit,
)

pytestmark = pytest.mark.django_db
OBJECTIONS_END = JUDGED + 3 * DAY


@pytest.fixture
def stage():
    return Stage()


def refused(call, *args, **kwargs):
    with pytest.raises(results.ResultsRefused) as error:
        call(*args, **kwargs)
    return error.value.args[0]


def refused_approval(stage, *, by):
    return refused(results.approve_final, stage.contest, by=by, now=OBJECTIONS_END)


def publish(stage, now=JUDGED, *, reason="Sửa sai sót."):
    return results.publish(stage.contest, by=stage.first, reason=reason, now=now)


def make_final(stage, now=OBJECTIONS_END):
    results.request_final(stage.contest, by=stage.first, reason="Hết hạn kiến nghị.", now=now)
    return results.approve_final(stage.contest, by=stage.second, now=now)


# --- refresh --------------------------------------------------------------------------------------


def test_refresh_stores_the_whole_result(stage):
    result_set, built = results.refresh(stage.contest, now=JUDGED)
    assert built
    assert (result_set.number, result_set.state) == (1, "draft")
    first, second = result_set.units.order_by("position")
    # Q 100, V 89: 0.4 × 100 + 0.6 × 89 = 93.4; Q 50, no video: 20.
    assert (first.code, first.rank, first.total) == ("DV01", 1, Decimal("93.40"))
    assert (second.code, second.rank, second.total) == ("DV02", 2, Decimal("20.00"))
    assert (second.eligible, second.reason_code) == (False, "no_video")
    people = result_set.people.order_by("position")
    assert [(row.rank, row.name, row.seconds) for row in people] == [
        (1, "Nguyễn Thị Lan", 64),
        (2, "Đặng Văn Minh", 90),
    ]
    (video,) = result_set.videos.all()
    assert (video.points, video.sheets, video.spread) == (Decimal("89.00"), 2, Decimal("0.0"))
    assert [(a.tier, a.name) for a in result_set.awards.order_by("position")] == [
        ("Giải Nhất", "Sở Nội vụ"),
        ("Giải cá nhân", "Nguyễn Thị Lan"),
        ("Giải cá nhân", "Đặng Văn Minh"),
        ("Giải video", "Một cửa thân thiện"),
    ]
    assert verify(stage.contest) == []


def test_refresh_without_a_change_reuses_the_newest_set(stage):
    first = results.refresh(stage.contest, now=JUDGED)
    again = results.refresh(stage.contest, now=JUDGED + DAY)
    assert (again.built, again.result_set) == (False, first.result_set)
    assert ResultSet.objects.count() == 1


def test_refresh_keeps_only_the_newest_draft(stage):
    results.refresh(stage.contest, now=JUDGED)
    stage.leader.headcount = 11
    stage.leader.save(update_fields=["headcount"])
    results.refresh(stage.contest, now=JUDGED)
    assert list(stage.contest.result_sets.values_list("number", "state")) == [(2, "draft")]


def test_refresh_keeps_published_sets_for_ever(stage):
    publish(stage)
    stage.contest.units.filter(code="DV02").update(headcount=12)
    results.refresh(stage.contest, now=JUDGED)
    assert list(stage.contest.result_sets.order_by("number").values_list("number", "state")) == [
        (1, "provisional"),
        (2, "draft"),
    ]


def test_published_set_counts_again_when_the_change_is_taken_back(stage):
    published = publish(stage)
    stage.contest.units.filter(code="DV02").update(headcount=12)
    results.refresh(stage.contest, now=JUDGED)
    stage.contest.units.filter(code="DV02").update(headcount=10)
    assert results.refresh(stage.contest, now=JUDGED) == (published, False)
    assert list(stage.contest.result_sets.all()) == [published]
    assert results.obstacles_to_final(stage.contest, now=OBJECTIONS_END) == []


def test_refresh_ends_attempts_past_their_grace_first(stage):
    late = make_person(stage.other, "Lý Văn Tài")
    attempt = Attempt.start(participant=late, quiz=stage.quiz, now=QUIZ_DAY)
    results.refresh(stage.contest, now=JUDGED)
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.EXPIRED
    assert attempt.finished_at == attempt.deadline_at
    newest = ResultSet.objects.newest(stage.contest)
    assert newest.people.get(name="Lý Văn Tài").correct == 0


def test_refresh_says_which_unit_lacks_a_headcount(stage):
    Contest.objects.filter(pk=stage.contest.pk).update(unit_rule="top_n")
    stage.contest.units.filter(code="DV02").update(headcount=None)
    (sentence,) = refused(results.refresh, stage.contest, now=JUDGED)
    assert "DV02" in sentence
    assert not ResultSet.objects.exists()


def test_the_task_goes_on_after_a_contest_that_cannot_be_computed(stage, caplog):
    Contest.objects.filter(pk=stage.contest.pk).update(unit_rule="top_n")
    stage.contest.units.update(headcount=None)
    sound = Stage("lanh-lan")
    assert stage.contest.pk < sound.contest.pk
    refresh_results()
    assert ResultSet.objects.filter(contest=stage.contest).count() == 0
    assert ResultSet.objects.filter(contest=sound.contest).count() == 1
    assert "hoi-thi were not refreshed" in caplog.text


def test_the_task_leaves_drafts_unopened_and_final_contests_alone(stage):
    publish(stage)
    make_final(stage)
    stage.contest.units.update(headcount=13)
    hidden = Stage("chua-cong-bo")
    Contest.objects.filter(pk=hidden.contest.pk).update(is_announced=False)
    refresh_results()
    assert stage.contest.result_sets.count() == 1
    assert hidden.contest.result_sets.count() == 0


def test_refresh_takes_a_constant_number_of_queries(stage):
    def queries_with(numbers: range) -> int:
        for number in numbers:
            unit = make_unit(stage.contest, f"DV{number:02d}", headcount=10)
            person = make_person(unit, f"Người số {number}")
            sit(person, stage.quiz, seconds=100 + number)
            video = make_video(unit, f"Phim {number}")
            for judge in stage.judges:
                make_sheet(judge, video, *PLAIN, now=NOW)
        with CaptureQueriesContext(connection) as caught:
            results.refresh(stage.contest, now=JUDGED)
            results.missing_sheets(stage.contest)
        return len(caught)

    # Each of them removes the draft of before.
    results.refresh(stage.contest, now=JUDGED)
    assert queries_with(range(4, 9)) == queries_with(range(3, 4))


@pytest.mark.django_db(transaction=True)
def test_parallel_refreshes_build_one_set():
    stage = Stage()
    barrier = threading.Barrier(6)
    built, failures = [], []

    def refresh():
        try:
            barrier.wait(30)
            built.append(results.refresh(stage.contest, now=JUDGED).built)
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=refresh) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert sorted(built) == [False] * 5 + [True]
    assert ResultSet.objects.count() == 1


# --- publish --------------------------------------------------------------------------------------


def test_publication_makes_the_draft_provisional_and_starts_the_objection_period(stage):
    published = publish(stage)
    stage.contest.refresh_from_db()
    assert published.state == ResultSet.State.PROVISIONAL
    assert (published.published_at, published.published_by) == (JUDGED, stage.first)
    assert published.objections_until == JUDGED + 3 * DAY
    assert len(published.seal) == 64
    assert stage.contest.provisional_at == JUDGED
    assert stage.contest.phase(JUDGED) == Phase.PROVISIONAL
    entry = AuditEntry.objects.get(action="results.publish")
    assert (entry.actor, entry.contest) == (stage.first, "hoi-thi")


def test_publication_is_refused_while_a_quiz_is_open(stage):
    later = make_quiz(stage.contest, "quiz-2", closes_at=JUDGED)
    # Answers on their way count five seconds longer (rules: Q6).
    closed = later.closes_at + dt.timedelta(seconds=5)
    assert "Phần thi trắc nghiệm vẫn đang mở." in refused(publish, stage, closed - TICK)
    assert publish(stage, closed).state == "provisional"


def test_publication_is_refused_while_videos_may_still_arrive(stage):
    Contest.objects.filter(pk=stage.contest.pk).update(
        video_closes_at=JUDGED - DAY, judging_opens_at=JUDGED, judging_closes_at=JUDGED + DAY
    )
    stage.contest.refresh_from_db()
    arrived = stage.contest.video_closes_at + dt.timedelta(minutes=30)
    assert "Vẫn còn trong thời gian nhận video." in refused(publish, stage, arrived - TICK)
    assert publish(stage, arrived).state == "provisional"


def test_publication_is_refused_while_judging_lacks_sheets(stage):
    with guard.lifted():
        ScoreSheet.objects.filter(pk=stage.sheets[0].pk).update(state="draft")
    closes_at = stage.contest.judging_closes_at
    assert len(refused(publish, stage, closes_at - TICK)) == 1
    # After judging nobody can mark any more; the final waits for an excuse.
    assert publish(stage, closes_at).state == "provisional"


def test_publication_is_refused_while_a_video_is_being_checked(stage):
    make_video(stage.other, state=VideoSubmission.State.RECEIVED)
    assert refused(publish, stage) == ["Còn 1 video đang được kiểm tra."]


def test_publication_is_refused_for_a_rehearsal_and_for_a_contest_without_units(stage):
    Contest.objects.filter(pk=stage.contest.pk).update(is_rehearsal=True)
    (sentence,) = refused(publish, stage)
    assert "thử" in sentence.lower()
    assert not stage.contest.result_sets.exclude(state="draft").exists()


def test_publication_lists_everything_that_is_missing(stage):
    Contest.objects.filter(pk=stage.contest.pk).update(is_rehearsal=True)
    make_quiz(stage.contest, "quiz-2", closes_at=JUDGED + DAY)
    make_video(stage.other, state=VideoSubmission.State.RECEIVED)
    assert len(refused(publish, stage)) == 3


def test_published_results_are_not_published_twice(stage):
    publish(stage)
    assert len(refused(publish, stage, JUDGED + DAY)) == 1
    assert ResultSet.objects.newest(stage.contest).published_at == JUDGED


# --- final ----------------------------------------------------------------------------------------


def test_final_takes_two_people(stage):
    publish(stage)
    final = make_final(stage)
    stage.contest.refresh_from_db()
    assert final.state == ResultSet.State.FINAL
    assert (final.final_requested_by, final.finalized_by) == (stage.first, stage.second)
    assert stage.contest.final_at == OBJECTIONS_END
    assert stage.contest.phase(OBJECTIONS_END) == Phase.FINAL
    assert verify(stage.contest) == []


def test_final_is_not_approved_by_who_asked(stage):
    publish(stage)
    results.request_final(stage.contest, by=stage.first, reason="Đủ.", now=OBJECTIONS_END)
    assert len(refused_approval(stage, by=stage.first)) == 1
    assert ResultSet.objects.newest(stage.contest).state == "provisional"


def test_the_database_too_refuses_one_person_in_both_parts(stage):
    published = publish(stage)
    results.request_final(stage.contest, by=stage.first, reason="Đủ.", now=OBJECTIONS_END)
    with pytest.raises(IntegrityError), transaction.atomic():
        ResultSet.objects.filter(pk=published.pk).update(
            state="final", finalized_by=stage.first, finalized_at=OBJECTIONS_END
        )


def test_final_is_not_approved_before_anybody_asked(stage):
    publish(stage)
    assert len(refused_approval(stage, by=stage.second)) == 1


def test_final_waits_for_the_end_of_the_objection_period(stage):
    publish(stage)
    ask = {"by": stage.first, "reason": "Đủ."}
    assert refused(results.request_final, stage.contest, **ask, now=OBJECTIONS_END - TICK) == [
        "Chưa hết thời hạn nhận kiến nghị."
    ]
    assert results.request_final(stage.contest, **ask, now=OBJECTIONS_END).final_reason == "Đủ."


def test_final_needs_a_published_set(stage):
    results.refresh(stage.contest, now=JUDGED)
    assert len(refused(make_final, stage)) == 1
    assert len(refused(make_final, Stage("khac"))) == 1


def test_final_is_refused_where_the_inputs_changed_after_publication(stage):
    publish(stage)
    results.request_final(stage.contest, by=stage.first, reason="Đủ.", now=OBJECTIONS_END)
    stage.minh.disqualified_reason = "Thi hộ"
    stage.minh.save(update_fields=["disqualified_reason"])
    assert len(refused_approval(stage, by=stage.second)) == 1
    results.refresh(stage.contest, now=OBJECTIONS_END)
    assert len(refused_approval(stage, by=stage.second)) == 1


def test_final_lists_missing_sheets_ties_and_running_attempts(stage):
    make_judge(stage.contest, "Giám khảo vắng")
    twin = make_person(stage.other, "Trần Văn Hai")
    sit(twin, stage.quiz, right=1, seconds=90)
    Attempt.objects.filter(participant=twin).update(finished_at=stage.attempts[1].finished_at)
    publish(stage)
    slow = make_person(stage.other, "Lý Văn Tài")
    Attempt.start(participant=slow, quiz=stage.quiz, now=QUIZ_DAY)
    sentences = "\n".join(results.obstacles_to_final(stage.contest, now=OBJECTIONS_END))
    assert "1 phiếu chấm" in sentences
    assert "1 trường hợp đồng hạng" in sentences
    assert "1 lượt thi" in sentences


def test_correction_after_the_final_needs_two_people_again(stage):
    publish(stage)
    first_final = make_final(stage)
    stage.minh.disqualified_reason = "Thi hộ"
    stage.minh.save(update_fields=["disqualified_reason"])
    assert refused(publish, stage, OBJECTIONS_END + DAY, reason=" ") == [
        "Kết quả đã được công bố trước đó: cần ghi lý do đính chính."
    ]
    correction = publish(stage, OBJECTIONS_END + DAY, reason=" Có người thi hộ. ")
    assert (first_final.correction_reason, correction.correction_reason) == ("", "Có người thi hộ.")
    stage.contest.refresh_from_db()
    assert (correction.number, correction.state) == (2, "provisional")
    assert stage.contest.phase(OBJECTIONS_END + DAY) == Phase.PROVISIONAL
    assert stage.contest.final_at is None
    first_final.refresh_from_db()
    assert first_final.state == "final"
    assert len(refused(make_final, stage, OBJECTIONS_END + DAY)) == 1
    again = make_final(stage, OBJECTIONS_END + 4 * DAY)
    assert (again.number, again.state) == (2, "final")
    assert stage.contest.result_sets.count() == 2


def test_seal_of_an_older_published_set_is_checked_too(stage):
    publish(stage)
    stage.contest.units.filter(code="DV02").update(headcount=12)
    results.refresh(stage.contest, now=JUDGED)
    assert verify(stage.contest) == []
    with guard.lifted():
        Award.objects.filter(result_set__number=1, tier="Giải Nhất").update(name="Sở Tư pháp")
    assert verify(stage.contest) == ["bộ kết quả số 1: các dòng không khớp niêm phong"]


# --- who counts -----------------------------------------------------------------------------------


def test_missing_sheets_spare_own_units_conflicts_and_excuses(stage):
    video = make_video(stage.other, "Hẹn giờ trả kết quả")
    own = make_judge(stage.contest, "Người của Sở Tư pháp", unit=stage.other)
    absent = make_judge(stage.contest, "Người vắng")
    # Two judges lack the new video, the third only the first one, the fourth both.
    assert results.missing_sheets(stage.contest) == 2 + 1 + 2
    declare_conflict(judge=absent, unit=stage.other, reason="Người nhà", now=NOW)
    assert results.missing_sheets(stage.contest) == 2 + 1 + 1
    for judge in (own, absent):
        sheet = ScoreSheet.objects.create(judge=judge, video=stage.video)
        sheet.excuse(by=stage.first, reason="Ốm", now=NOW)
    assert results.missing_sheets(stage.contest) == 2
    make_sheet(stage.judges[0], video, *PLAIN, now=NOW)
    assert results.missing_sheets(stage.contest) == 1


def test_excuse_changes_the_digest_but_no_points(stage):
    absent = make_judge(stage.contest, "Người vắng")
    before = results.refresh(stage.contest, now=JUDGED).result_set.digest
    ScoreSheet.objects.create(judge=absent, video=stage.video).excuse(
        by=stage.first, reason="Ốm", now=NOW
    )
    after = results.refresh(stage.contest, now=JUDGED).result_set
    assert after.digest != before
    assert after.videos.get().sheets == 2
    assert dict(after.statistics)["sheets_excused"] == 1


def test_sheet_of_a_judge_with_a_later_conflict_leaves_the_count(stage):
    third = make_judge(stage.contest, "Người nhà")
    make_sheet(third, stage.video, *PLAIN, now=NOW)
    before = results.refresh(stage.contest, now=JUDGED).result_set
    assert before.videos.get().points == Decimal("77.67")  # (89 + 89 + 55) / 3 = 77.666…
    Conflict.objects.create(judge=third, unit=stage.leader, reason="Vợ", declared_at=NOW)
    after = results.refresh(stage.contest, now=JUDGED).result_set
    assert (after.videos.get().points, after.videos.get().sheets) == (Decimal("89.00"), 2)
    assert verify(stage.contest) == []


def test_draft_sheets_do_not_count(stage):
    third = make_judge(stage.contest, "Người chậm")
    sheet = make_sheet(third, stage.video, *PLAIN, now=NOW)
    with guard.lifted():
        ScoreSheet.objects.filter(pk=sheet.pk).update(state="draft")
    assert results.refresh(stage.contest, now=JUDGED).result_set.videos.get().sheets == 2


def test_last_accepted_video_counts_and_marks_of_the_earlier_do_not(stage):
    newer = make_video(stage.leader, "Bản sửa")
    refused_one = make_video(stage.leader, "Bản bị từ chối")
    VideoSubmission.objects.filter(pk=refused_one.pk).update(
        refused_at=NOW, refused_reason="Sai nội dung"
    )
    make_sheet(stage.judges[0], newer, *PLAIN, now=NOW)
    row = results.refresh(stage.contest, now=JUDGED).result_set.videos.get()
    assert (row.title, row.points, row.sheets) == ("Bản sửa", Decimal("55.00"), 1)


def test_disqualified_leader_leaves_the_ranking_with_the_reason_kept(stage):
    stage.lan.disqualified_reason = "Nhờ người thi hộ"
    stage.lan.save(update_fields=["disqualified_reason"])
    newest = results.refresh(stage.contest, now=JUDGED).result_set
    winner, out = newest.people.order_by("position")
    assert (winner.name, winner.rank) == ("Đặng Văn Minh", 1)
    assert (out.name, out.rank, out.eligible) == ("Nguyễn Thị Lan", None, False)
    assert (out.reason_code, out.reason) == ("disqualified", "Nhờ người thi hộ")
    # The person counts in no figure: Q 0, the video alone gives 0.6 × 89 = 53.4.
    unit = newest.units.get(code="DV01")
    assert (unit.quiz_points, unit.total, unit.participants) == (Decimal(0), Decimal("53.40"), 0)
    assert [a.name for a in newest.awards.filter(scope="person")] == ["Đặng Văn Minh"]


def test_ineligible_unit_keeps_its_rank_and_wins_nothing(stage):
    stage.contest.units.filter(code="DV01").update(ineligible_reason="Đơn vị tổ chức")
    newest = results.refresh(stage.contest, now=JUDGED).result_set
    row = newest.units.get(code="DV01")
    assert (row.rank, row.eligible, row.reason) == (1, False, "Đơn vị tổ chức")
    assert not newest.awards.filter(scope="unit").exists()


def test_person_nobody_confirmed_is_listed_without_a_rank(stage):
    stage.contest.participants.filter(pk=stage.lan.pk).update(confirmed_at=None)
    newest = results.refresh(stage.contest, now=JUDGED).result_set
    row = newest.people.get(number=stage.lan.number)
    assert (row.rank, row.reason_code) == (None, "unconfirmed")
    assert newest.units.get(code="DV01").registered == 0


# --- ties -----------------------------------------------------------------------------------------


@pytest.fixture
def tied(stage):
    """One award for people and two who are alike in everything: the third is behind them."""
    stage.contest.award_tiers.filter(scope="person").update(count=1)
    twin = make_person(stage.other, "Trần Văn Hai")
    sit(twin, stage.quiz, right=2, seconds=64)
    stage.twin = twin
    return stage


def edge_of(stage):
    (edge,) = ResultSet.objects.newest(stage.contest).undecided
    return edge


def decide(stage, chosen, *, edge=None, reason="Rút thăm có biên bản", by=None):
    return results.decide_tie(
        stage.contest,
        edge=edge or edge_of(stage),
        chosen=chosen,
        reason=reason,
        by=by or stage.second,
        now=JUDGED,
    )


def test_tie_across_a_tiers_edge_is_listed_and_nobody_of_it_is_awarded(tied):
    newest = results.refresh(tied.contest, now=JUDGED).result_set
    assert newest.undecided == [
        {
            "scope": "person",
            "quiz": "quiz-1",
            "tier_order": 1,
            "seats": 1,
            "entries": [tied.lan.number, tied.twin.number],
        }
    ]
    assert not newest.awards.filter(scope="person").exists()


def test_undecided_tie_blocks_the_final(tied):
    publish(tied)
    (sentence,) = refused(make_final, tied)
    assert "đồng hạng" in sentence


def test_decision_gives_the_award_and_keeps_who_decided_and_why(tied):
    results.refresh(tied.contest, now=JUDGED)
    newest = decide(tied, [tied.twin.number]).result_set
    assert newest.undecided == []
    assert [a.name for a in newest.awards.filter(scope="person")] == ["Trần Văn Hai"]
    decision = tied.contest.tie_decisions.get()
    assert (decision.by, decision.reason) == (tied.second, "Rút thăm có biên bản")
    assert (decision.entries, decision.chosen) == (
        [tied.lan.number, tied.twin.number],
        [tied.twin.number],
    )
    assert AuditEntry.objects.filter(action="results.decide_tie", actor=tied.second).count() == 1
    assert verify(tied.contest) == []
    publish(tied)
    assert make_final(tied).state == "final"


def test_decision_is_void_when_the_tie_changes(tied):
    results.refresh(tied.contest, now=JUDGED)
    decide(tied, [tied.twin.number])
    third = make_person(tied.other, "Lê Thị Ba")
    sit(third, tied.quiz, right=2, seconds=64)
    newest = results.refresh(tied.contest, now=JUDGED).result_set
    assert not newest.awards.filter(scope="person").exists()
    assert edge_of(tied)["entries"] == [tied.lan.number, tied.twin.number, third.number]
    (void,) = newest.void_decisions
    assert void["chosen"] == [tied.twin.number]
    # A new decision replaces the void one, which stays, withdrawn.
    decided = decide(tied, [third.number]).result_set
    assert (decided.undecided, decided.void_decisions) == ([], [])
    assert tied.contest.tie_decisions.exclude(withdrawn_at=None).count() == 1
    assert verify(tied.contest) == []


@pytest.mark.parametrize("wrong", ["nobody", "both", "stranger", "twice"])
def test_decision_chooses_exactly_the_seats_among_the_tied(tied, wrong):
    results.refresh(tied.contest, now=JUDGED)
    lan, twin = tied.lan.number, tied.twin.number
    chosen = {
        "nobody": [],
        "both": [lan, twin],
        "stranger": [tied.minh.number],
        "twice": [lan, lan],
    }
    assert len(refused(decide, tied, chosen[wrong])) == 1
    assert not tied.contest.tie_decisions.exists()


def test_decision_needs_a_reason_and_a_tie_that_is_still_there(tied):
    results.refresh(tied.contest, now=JUDGED)
    edge = edge_of(tied)
    assert len(refused(decide, tied, [tied.lan.number], reason=" \n")) == 1
    decide(tied, [tied.lan.number], edge=edge)
    assert len(refused(decide, tied, [tied.twin.number], edge=edge)) == 1
    assert tied.contest.tie_decisions.get().chosen == [tied.lan.number]


def test_tie_of_videos_is_decided_by_unit_and_slot(stage):
    other = make_video(stage.other, "Hẹn giờ trả kết quả")
    for judge in stage.judges:
        make_sheet(judge, other, *GOOD, now=NOW)
    results.refresh(stage.contest, now=JUDGED)
    edge = edge_of(stage)
    assert edge["entries"] == [["DV01", 1], ["DV02", 1]]
    newest = decide(stage, [["DV02", 1]]).result_set
    assert [a.name for a in newest.awards.filter(scope="video")] == ["Hẹn giờ trả kết quả"]
    assert verify(stage.contest) == []


def test_contests_do_not_touch_each_other(stage):
    other = Stage("khac")
    before = results.refresh(other.contest, now=JUDGED).result_set
    publish(stage)
    stage.contest.units.update(headcount=99)
    results.refresh(stage.contest, now=JUDGED)
    assert list(other.contest.result_sets.all()) == [before]
    assert make_organizer(other.contest) not in stage.contest.organizers.all()


def test_nothing_is_published_or_final_while_a_seal_is_broken(stage):
    broken = "bài thi %s: đề, câu trả lời hoặc thời gian không khớp niêm phong"
    attempt = Attempt.objects.filter(quiz__contest=stage.contest).order_by("pk")[0]
    seal, said = attempt.seal, broken % attempt.receipt
    Attempt.objects.filter(pk=attempt.pk).update(seal="0" * 64)
    assert refused(publish, stage) == [said]
    Attempt.objects.filter(pk=attempt.pk).update(seal=seal)
    publish(stage)
    Attempt.objects.filter(pk=attempt.pk).update(seal="0" * 64)
    assert refused(make_final, stage) == [said]
    Attempt.objects.filter(pk=attempt.pk).update(seal=seal)
    assert make_final(stage).is_final
