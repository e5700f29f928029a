"""Objections to published results: filed in time, answered with a letter, waited for (A4, P7)."""

import datetime as dt
import threading

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import letters
from accounts.models import AuditEntry, Letter, User
from contests.models import Participant, Unit
from scoring import results
from scoring.models import (
    Objection,
    ObjectionSettled,
    ResultSet,
    TooManyObjections,
    file_objection,
)
from tests.clock import standing_at
from tests.make import make_user
from tests.scoring.cast import DAY, JUDGED, TICK, Stage, make_person

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
IN_TIME = JUDGED + HOUR
# Three days are the default (rules: C1).
DEADLINE = JUDGED + 3 * DAY
SAID = "Điểm trắc nghiệm của đơn vị thấp hơn số đã báo."
WAITS = "Còn 1 kiến nghị chờ trả lời."


@pytest.fixture
def stage(client):
    """A published contest; the leader's coordinator is signed in."""
    stage = Stage()
    stage.coordinator = make_user("Phan Thanh Trúc", email="truc@example.vn")
    Unit.objects.filter(pk=stage.leader.pk).update(coordinator=stage.coordinator)
    Participant.objects.filter(pk=stage.minh.pk).update(email="minh@example.vn")
    publish(stage)
    client.force_login(stage.coordinator)
    with standing_at(IN_TIME):
        yield stage


def publish(stage, now=JUDGED, reason=""):
    return results.publish(stage.contest, by=stage.first, reason=reason, now=now)


def page(stage):
    return reverse("objections", args=[stage.contest.slug])


def post(client, stage, text=SAID, *, filer=None, number=1):
    filer = filer or f"unit-{stage.leader.pk}"
    return client.post(page(stage), {"filer": filer, "set": str(number), "text": text})


def filed(stage, text=SAID, *, filer=None, by=None, now=IN_TIME):
    return file_objection(
        result_set=ResultSet.objects.published(stage.contest),
        filer=filer or stage.leader,
        by=by or stage.coordinator,
        text=text,
        now=now,
    )


def answer_page(stage, objection):
    return reverse("admin:scoring_results_objection", args=[stage.contest.pk, objection.pk])


def organizer_of(stage):
    client = Client()
    client.force_login(stage.first)
    return client


def answer(stage, objection, said="Đã kiểm tra lại: số liệu đúng.", effect="kept"):
    """Answer as the organizers do; return the sentences they then read."""
    response = organizer_of(stage).post(
        answer_page(stage, objection), {"answer": said, "effect": effect}, follow=True
    )
    assert response.redirect_chain, response.content.decode()
    return [str(message) for message in response.context["messages"]]


def refused(call, *args, **kwargs):
    with pytest.raises(results.ResultsRefused) as error:
        call(*args, **kwargs)
    return error.value.args[0]


def text_of(response):
    return " ".join(response.content.decode().split())


# --- filing ---------------------------------------------------------------------------------------


def test_a_coordinator_objects_for_the_unit_within_the_deadline(stage, client):
    with standing_at(DEADLINE - TICK):
        response = post(client, stage, f"  {SAID}\n")
    assert response["Location"] == page(stage)
    objection = Objection.objects.get()
    assert (objection.unit, objection.participant) == (stage.leader, None)
    assert (objection.by, objection.text) == (stage.coordinator, SAID)
    assert (objection.at, objection.result_set.number) == (DEADLINE - TICK, 1)
    said = text_of(client.get(page(stage)))
    assert SAID in said
    assert "Chờ trả lời" in said


def test_a_participant_objects_in_the_own_name_and_for_nobody_else(stage, client):
    client.force_login(stage.minh.user)
    assert post(client, stage, filer="person").status_code == 302
    assert Objection.objects.get().participant == stage.minh
    assert post(client, stage, "Cho đơn vị").status_code == 404
    assert post(client, stage, "Cho đơn vị", filer=f"unit-{stage.other.pk}").status_code == 404
    assert Objection.objects.count() == 1


def test_from_the_deadline_on_nothing_is_taken_and_the_words_are_shown_again(stage, client):
    with standing_at(DEADLINE):
        response = post(client, stage)
        said = text_of(response)
        # Within the page's own list the form is gone, too.
        form = text_of(client.get(page(stage)))
    assert response.status_code == 200
    assert "Đã hết thời hạn nhận kiến nghị; nội dung chưa được gửi." in said
    assert SAID in said
    assert "<textarea" not in form
    assert not Objection.objects.exists()


def test_nothing_is_taken_against_final_results(stage, client):
    ResultSet.objects.filter(contest=stage.contest).update(
        state="final", finalized_at=IN_TIME, finalized_by=stage.first
    )
    assert "Đã hết thời hạn nhận kiến nghị" in text_of(post(client, stage))
    assert not Objection.objects.exists()


def test_before_publication_there_is_no_such_page(client):
    stage = Stage()
    client.force_login(stage.lan.user)
    results.refresh(stage.contest, now=JUDGED)
    assert client.get(page(stage)).status_code == 404
    assert post(client, stage, filer="person").status_code == 404
    client.logout()
    assert client.get(page(stage)).status_code == 404
    assert not Objection.objects.exists()


def test_a_unit_of_somebody_else_or_of_another_contest_is_not_there(stage, client):
    elsewhere = Stage("khac")
    Unit.objects.filter(pk=elsewhere.leader.pk).update(coordinator=stage.coordinator)
    for unit in (stage.other, elsewhere.leader):
        assert post(client, stage, filer=f"unit-{unit.pk}").status_code == 404
    assert post(client, stage, filer="person").status_code == 404
    assert not Objection.objects.exists()


@pytest.mark.parametrize("who", ["organizer", "judge", "foreign participant"])
def test_whoever_has_no_part_in_it_finds_no_form_and_sends_nothing(stage, client, who):
    people = {
        "organizer": stage.first,
        "judge": stage.judges[0].user,
        "foreign participant": Stage("khac").lan.user,
    }
    client.force_login(people[who])
    said = text_of(client.get(page(stage)))
    assert "Tài khoản này không gửi được kiến nghị" in said
    assert "<textarea" not in said
    assert post(client, stage).status_code == 404
    assert not Objection.objects.exists()


def test_a_visitor_is_led_to_sign_in_and_keeps_the_words(stage, client):
    client.logout()
    said = text_of(client.get(page(stage)))
    assert reverse("sign_in", args=[stage.contest.slug]) in said
    assert reverse("staff_sign_in") in said
    response = post(client, stage)
    assert response.status_code == 403
    assert SAID in text_of(response)
    assert not Objection.objects.exists()


def test_the_same_words_twice_are_one_objection(stage, client):
    for _twice in range(2):
        assert post(client, stage).status_code == 302
    assert Objection.objects.count() == 1
    # Another filer's same words are another objection.
    filed(stage, filer=stage.minh, by=stage.minh.user)
    assert Objection.objects.count() == 2
    assert AuditEntry.objects.filter(action="objection.file").count() == 2


@pytest.mark.parametrize("text", ["", " \r\n\t ", "x" * 4001])
def test_no_words_and_too_many_are_refused(stage, client, text):
    assert post(client, stage, text).status_code == 200
    assert not Objection.objects.exists()


def test_a_fourth_open_one_is_refused_with_what_to_do(stage, client):
    for number in range(3):
        filed(stage, f"Kiến nghị {number}")
    said = text_of(post(client, stage))
    assert "Đã có 3 kiến nghị đang chờ trả lời." in said
    assert "hoặc rút bớt một kiến nghị." in said
    assert SAID in said
    assert Objection.objects.count() == 3
    Objection.objects.first().withdraw(by=stage.coordinator, now=IN_TIME)
    assert post(client, stage).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_parallel_ones_only_as_many_are_kept_as_may_be_open():
    stage = Stage()
    publish(stage)
    barrier = threading.Barrier(6)
    refusals = []

    def send(number):
        try:
            barrier.wait()
            filed(stage, f"Kiến nghị {number}", filer=stage.minh, by=stage.minh.user)
        except TooManyObjections as error:
            refusals.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Objection.objects.count(), len(refusals)) == (3, 3)


# --- withdrawing ----------------------------------------------------------------------------------


def test_an_open_objection_is_withdrawn_by_its_filer_and_stays_in_the_list(stage, client):
    objection = filed(stage)
    address = reverse("objection_withdraw", args=[stage.contest.slug, objection.pk])
    assert SAID in text_of(client.get(address))
    objection.refresh_from_db()
    assert objection.is_open
    assert client.post(address)["Location"] == page(stage)
    objection.refresh_from_db()
    assert objection.withdrawn_at == IN_TIME
    assert "Đã rút" in text_of(client.get(page(stage)))


def test_an_answered_objection_cannot_be_withdrawn_nor_a_withdrawn_one_answered(stage, client):
    answered, withdrawn = filed(stage), filed(stage, "Khác")
    answer(stage, answered)
    address = reverse("objection_withdraw", args=[stage.contest.slug, answered.pk])
    said = text_of(client.post(address, follow=True))
    assert "Kiến nghị này đã được trả lời hoặc đã rút trước đó." in said
    with pytest.raises(ObjectionSettled):
        answered.withdraw(by=stage.coordinator, now=IN_TIME)
    withdrawn.withdraw(by=stage.coordinator, now=IN_TIME)
    assert answer(stage, withdrawn) == [
        "Trong lúc đó kiến nghị đã được trả lời hoặc đã rút; nội dung vừa gửi không được lưu."
    ]
    answered.refresh_from_db()
    withdrawn.refresh_from_db()
    assert (answered.withdrawn_at, withdrawn.answered_at) == (None, None)
    assert Letter.objects.count() == 1
    # The database holds it as well.
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.filter(pk=answered.pk).update(withdrawn_at=IN_TIME)


def test_an_objection_of_others_is_neither_seen_nor_withdrawn(stage, client):
    objection = filed(stage)
    colleague = make_person(stage.leader, "Trần Văn An")
    for user in (stage.minh.user, colleague.user, stage.first, stage.judges[0].user):
        client.force_login(user)
        assert SAID not in text_of(client.get(page(stage)))
        address = reverse("objection_withdraw", args=[stage.contest.slug, objection.pk])
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
        with pytest.raises(ObjectionSettled):
            objection.withdraw(by=user, now=IN_TIME)
    objection.refresh_from_db()
    assert objection.is_open


def test_who_coordinated_the_unit_before_has_no_part_in_it_any_more(stage, client):
    objection = filed(stage)
    successor = make_user("Lâm Thị Mới", email="moi@example.vn")
    Unit.objects.filter(pk=stage.leader.pk).update(coordinator=successor)
    assert SAID not in text_of(client.get(page(stage)))
    client.force_login(successor)
    assert SAID in text_of(client.get(page(stage)))
    answer(stage, objection)
    assert Letter.objects.get().to == successor


# --- final waits ----------------------------------------------------------------------------------


def test_final_waits_until_every_objection_is_answered_or_withdrawn(stage):
    first, second = filed(stage), filed(stage, filer=stage.minh, by=stage.minh.user)
    ask = {"by": stage.first, "reason": "Đủ.", "now": DEADLINE}
    assert refused(results.request_final, stage.contest, **ask) == ["Còn 2 kiến nghị chờ trả lời."]
    answer(stage, first)
    assert refused(results.request_final, stage.contest, **ask) == [WAITS]
    second.withdraw(by=stage.minh.user, now=IN_TIME)
    results.request_final(stage.contest, **ask)
    assert results.approve_final(stage.contest, by=stage.second, now=DEADLINE).is_final


def test_approval_looks_for_open_objections_once_more(stage):
    objection = filed(stage)
    ResultSet.objects.filter(contest=stage.contest).update(
        final_requested_at=IN_TIME, final_requested_by=stage.first, final_reason="Đủ."
    )
    approve = {"by": stage.second, "now": DEADLINE}
    assert refused(results.approve_final, stage.contest, **approve) == [WAITS]
    answer(stage, objection)
    assert results.approve_final(stage.contest, **approve).is_final


def test_an_objection_of_another_contest_keeps_nothing_from_becoming_final(stage):
    other = Stage("khac")
    publish(other)
    filed(other, filer=other.lan, by=other.lan.user)
    results.request_final(stage.contest, by=stage.first, reason="Đủ.", now=DEADLINE)
    assert results.approve_final(stage.contest, by=stage.second, now=DEADLINE).is_final


def test_an_objection_to_a_set_that_was_corrected_is_still_answered(stage, client):
    objection = filed(stage)
    Participant.objects.filter(pk=stage.minh.pk).update(disqualified_reason="Thi hộ")
    assert publish(stage, IN_TIME, reason="Có người thi hộ.").number == 2
    # Who was writing about the first set is told so; the words are not taken for the second.
    said = text_of(post(client, stage, "Viết khi chưa đính chính", number=1))
    assert "Kết quả đã được đính chính trong lúc bạn đang viết." in said
    assert "Viết khi chưa đính chính" in said
    assert Objection.objects.count() == 1
    # The same words about the second set are about other figures.
    assert post(client, stage, number=2).status_code == 302
    assert set(Objection.objects.values_list("result_set__number", flat=True)) == {1, 2}
    Objection.objects.get(result_set__number=2).withdraw(by=stage.coordinator, now=IN_TIME)
    ask = {"by": stage.first, "reason": "Đủ.", "now": DEADLINE + DAY}
    assert refused(results.request_final, stage.contest, **ask) == [WAITS]
    answer(stage, objection, effect="corrected")
    assert results.request_final(stage.contest, **ask).number == 2


# --- the answer -----------------------------------------------------------------------------------


def test_an_answer_goes_out_by_letter_and_stands_on_the_page(stage, client):
    objection = filed(stage)
    said = answer(stage, objection, "Đã tính lại, đúng như đơn vị nêu.", "corrected")
    assert said == ["Đã lưu trả lời; thư báo sẽ được gửi đến người kiến nghị trong ít phút tới."]
    objection.refresh_from_db()
    assert (objection.effect, objection.answered_by) == ("corrected", stage.first)
    assert objection.letter.to == stage.coordinator
    letters.send(objection.letter, now=IN_TIME)
    (sent,) = mail.outbox
    assert sent.to == ["truc@example.vn"]
    for words in (
        "Kính gửi ông/bà Phan Thanh Trúc",
        "Sở Nội vụ",
        "đính chính kết quả",
        "Đã tính lại, đúng như đơn vị nêu.",
    ):
        assert words in sent.body
    shown = text_of(client.get(page(stage)))
    assert "Đã tính lại, đúng như đơn vị nêu." in shown
    assert "đính chính kết quả" in shown
    # Who answered stands for the board.
    assert stage.first.full_name not in shown


def test_a_participant_is_written_to_at_the_address_of_the_own_part(stage):
    objection = filed(stage, filer=stage.minh, by=stage.minh.user)
    shown = text_of(organizer_of(stage).get(answer_page(stage, objection)))
    assert "minh@example.vn" in shown
    answer(stage, objection)
    letter = Objection.objects.get().letter
    assert stage.minh.user.email == ""
    letters.send(letter, now=IN_TIME)
    assert mail.outbox[0].to == ["minh@example.vn"]
    User.objects.filter(pk=stage.minh.user.pk).update(is_active=False)
    letter = letters.write(
        to=User.objects.get(pk=stage.minh.user.pk),
        email="a@b.vn",
        subject="x",
        body="x",
        now=JUDGED,
    )
    assert letter is None


def test_where_nobody_can_be_written_to_the_answer_is_read_on_the_website(stage):
    objection = filed(stage, filer=stage.lan, by=stage.lan.user)
    said = answer(stage, objection)
    assert said == [
        "Đã lưu trả lời. Không có địa chỉ thư điện tử của người kiến nghị; nội dung trả lời được"
        " xem trên trang web."
    ]
    assert not Letter.objects.exists()
    objection.refresh_from_db()
    assert objection.answered_at == IN_TIME


def test_answer_and_letter_are_kept_together_or_not_at_all(stage):
    objection = filed(stage)
    client = organizer_of(stage)
    client.raise_request_exception = False

    def fails(execute, sql, *rest):
        if 'INSERT INTO "accounts_letter"' in sql:
            raise OSError("disk full")
        return execute(sql, *rest)

    with connection.execute_wrapper(fails):
        response = client.post(answer_page(stage, objection), {"answer": "A", "effect": "kept"})
    assert response.status_code == 500
    objection.refresh_from_db()
    assert objection.is_open
    assert not AuditEntry.objects.filter(action="objection.reply").exists()


@pytest.mark.parametrize(
    "data", [{"effect": "kept"}, {"answer": "A"}, {"answer": " ", "effect": "x"}]
)
def test_an_answer_needs_its_reason_and_its_effect(stage, data):
    objection = filed(stage)
    assert organizer_of(stage).post(answer_page(stage, objection), data).status_code == 200
    objection.refresh_from_db()
    assert objection.is_open


def test_an_objection_of_another_contest_is_not_answered_here(stage):
    other = Stage("khac")
    publish(other)
    theirs = filed(other, filer=other.lan, by=other.lan.user)
    address = reverse("admin:scoring_results_objection", args=[stage.contest.pk, theirs.pk])
    client = organizer_of(stage)
    assert client.get(address).status_code == 404
    assert client.post(address, {"answer": "A", "effect": "kept"}).status_code == 404
    client.force_login(other.first)
    assert client.get(answer_page(stage, filed(stage))).status_code == 404


def test_markup_is_shown_as_text_on_every_page(stage, client):
    objection = filed(stage, "<script>alert(1)</script> & điểm")
    pages = [
        client.get(page(stage)),
        client.get(reverse("objection_withdraw", args=[stage.contest.slug, objection.pk])),
        organizer_of(stage).get(
            reverse("admin:scoring_results_objections", args=[stage.contest.pk])
        ),
        organizer_of(stage).get(answer_page(stage, objection)),
    ]
    answer(stage, objection, "<b>đậm</b>")
    pages += [client.get(page(stage)), organizer_of(stage).get(answer_page(stage, objection))]
    for response in pages:
        said = response.content.decode()
        assert "<script>alert" not in said
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; điểm" in said
        assert "<b>đậm" not in said


# --- the lists and the log ------------------------------------------------------------------------


def test_the_organizers_list_has_what_waits_on_top_the_oldest_first(stage):
    late = filed(stage, "Hai", now=IN_TIME + HOUR)
    early = filed(stage, "Một")
    done = filed(stage, "Ba", filer=stage.minh, by=stage.minh.user)
    answer(stage, done)
    listed = organizer_of(stage).get(
        reverse("admin:scoring_results_objections", args=[stage.contest.pk])
    )
    assert list(listed.context["page"]) == [early, late, done]
    assert "Còn 2 kiến nghị chờ trả lời" in text_of(listed)
    desk = organizer_of(stage).get(reverse("admin:scoring_results", args=[stage.contest.pk]))
    assert "Kiến nghị (2 chờ trả lời)" in text_of(desk)


def test_the_desk_of_the_unit_says_what_it_may_do_and_what_it_sent(stage, client):
    desk = reverse("desk", args=[stage.leader.pk])
    assert page(stage) in text_of(client.get(desk))
    answer(stage, filed(stage))
    said = text_of(client.get(desk))
    assert "Đơn vị đã gửi 1 kiến nghị" in said
    assert "1 kiến nghị đã được trả lời." in said


def test_more_objections_cost_no_more_queries_on_either_list(stage, client):
    organizer = organizer_of(stage)
    listed = reverse("admin:scoring_results_objections", args=[stage.contest.pk])

    def queries():
        counts = []
        for who, address in ((client, page(stage)), (organizer, listed)):
            with CaptureQueriesContext(connection) as captured:
                assert who.get(address).status_code == 200
            counts.append(len(captured))
        return counts

    answer(stage, filed(stage, "Trả lời rồi"))
    filed(stage, "Một")
    filed(stage, filer=stage.minh, by=stage.minh.user)
    queries()
    before = queries()
    for text in ("Hai", "Ba"):
        filed(stage, text)
        someone = make_person(stage.other, f"Người {text}")
        filed(stage, filer=someone, by=someone.user)
    assert queries() == before


def test_every_act_is_in_the_log_without_its_words(stage, client):
    post(client, stage)
    objection = Objection.objects.get()
    withdrawn = filed(stage, "Nội dung riêng", filer=stage.minh, by=stage.minh.user)
    withdrawn.withdraw(by=stage.minh.user, now=IN_TIME)
    answer(stage, objection)
    entries = AuditEntry.objects.filter(action__startswith="objection.").order_by("pk")
    assert [(e.action, e.actor, e.target, e.contest, e.after) for e in entries] == [
        (f"objection.{act}", who, f"objection {row.pk} of {whose}", "hoi-thi", after)
        for act, who, row, whose, after in (
            ("file", stage.coordinator, objection, "unit DV01", None),
            ("file", stage.minh.user, withdrawn, f"participant {stage.minh.number}", None),
            ("take_back", stage.minh.user, withdrawn, f"participant {stage.minh.number}", None),
            ("reply", stage.first, objection, "unit DV01", {"effect": "kept"}),
        )
    ]
    assert entries[0].address == "127.0.0.1"
    assert not any(SAID in f"{e.target}{e.reason}{e.before}{e.after}" for e in entries)
