"""People, attempts, flags, exclusions and the panel in the administration."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import AccessCode, AuditEntry, User
from accounts.roles import JUDGE
from contests.models import (
    Attempt,
    Contest,
    Exclusion,
    Flag,
    Judge,
    Participant,
)
from tests.contests.admin_pages import DAY, at, change, errors, made_by, one_of_each, submit
from tests.contests.quizzes import make_participant, make_quiz, start
from tests.make import (
    make_contest,
    make_criteria,
    make_judge,
    make_organizer,
    make_sheet,
    make_unit,
    make_user,
    make_video,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def contest():
    return make_contest()


@pytest.fixture
def lý(contest, client):
    """An organizer, signed in."""
    user = make_organizer(contest, "Trần Thị Lý")
    client.force_login(user)
    return user


# ---------- people ----------
def test_people_stand_in_the_order_of_names_and_are_found_without_tones(client, lý, contest):
    ẩn = make_participant(contest, "Nguyễn Đặng Ẩn", phone="0912345678")
    make_participant(contest, "Trần Văn Bé", staff_code="CB77")
    make_participant(contest, "Lê An")
    names = [p.full_name for p in client.get(at("participant")).context["cl"].queryset]
    assert names == ["Lê An", "Nguyễn Đặng Ẩn", "Trần Văn Bé"]
    for text in ("nguyen dang", str(ẩn.number), "0912 345 678", "+84912345678"):
        found = client.get(at("participant"), {"q": text}).context["cl"].queryset
        assert list(found) == [ẩn], text
    found = client.get(at("participant"), {"q": "cb 77"}).context["cl"].queryset
    assert [p.staff_code for p in found] == ["CB77"]


def test_a_person_is_added_like_one_from_a_roster(client, lý, contest):
    unit = make_unit(contest)
    url = f"{at('participant', 'add')}?contest={contest.pk}"
    response = submit(client, url, full_name="Lê  An", unit=unit.pk, phone="912345678")
    assert response.status_code == 302, errors(response)
    an = contest.participants.get()
    assert (an.full_name, an.phone, an.number, an.confirmed_by) == ("Lê An", "0912345678", 1, lý)
    assert not an.user.has_usable_password()
    entry = AuditEntry.objects.get(action="participant.add")
    assert (entry.target, entry.after) == (
        "participant 1",
        {"fields": ["full_name", "unit", "phone"]},
    )


def test_a_person_once_with_each_number_and_none_who_is_barred(client, lý, contest):
    unit = make_unit(contest)
    make_participant(contest, "Lê An", unit=unit, phone="0912345678", staff_code="CB1")
    Exclusion.objects.create(contest=contest, full_name="Cấm", staff_code="CB9")
    url = f"{at('participant', 'add')}?contest={contest.pk}"
    base = {"full_name": "Võ Bé", "unit": unit.pk}
    assert set(errors(submit(client, url, **base, phone="+84 912 345 678"))) == {"phone"}
    assert set(errors(submit(client, url, **base, staff_code="cb 1"))) == {"staff_code"}
    assert set(errors(submit(client, url, **base, staff_code="cb9"))) == {"__all__"}
    assert set(errors(submit(client, url, **base))) == {"__all__"}
    assert contest.participants.count() == 1


def test_a_unit_of_another_contest_is_not_offered_and_refused(client, lý, contest):
    person = make_participant(contest)
    foreign = make_unit(make_contest("khac"))
    url = change("participant", person.pk)
    offered = client.get(url).context["adminform"].form.fields["unit"].queryset
    assert foreign not in offered
    assert set(errors(submit(client, url, unit=foreign.pk))) == {"unit"}


def test_a_corrected_name_is_found_and_sorted_by_its_new_form(client, lý, contest):
    person = make_participant(contest, "Lê An")
    assert submit(client, change("participant", person.pk), full_name="Lê Ẩn").status_code == 302
    before = bytes(person.name_sort_key)
    person.refresh_from_db()
    assert person.search_key.startswith("le an")
    assert bytes(person.name_sort_key) != before
    assert AuditEntry.objects.get().after == {"fields": ["full_name"]}


def self_registered(contest, name="Lê An"):
    return make_participant(
        contest, name, source=Participant.Source.SELF, confirmed_at=None, confirmed_by=None
    )


def test_people_who_registered_alone_are_confirmed_after_a_second_look(client, lý, contest):
    an, bé = self_registered(contest), self_registered(contest, "Võ Bé")
    make_participant(contest, "Tô Tư")
    chosen = {"action": "confirm_chosen", "_selected_action": [an.pk]}
    page = client.post(at("participant"), chosen)
    assert "Lê An" in page.text
    assert "Võ Bé" not in page.text
    an.refresh_from_db()
    assert an.confirmed_at is None
    client.post(at("participant"), {**chosen, "confirmed": "yes"})
    an.refresh_from_db()
    bé.refresh_from_db()
    assert (an.confirmed_by, bé.confirmed_by) == (lý, None)
    assert AuditEntry.objects.get().action == "participant.confirm"


def test_one_person_is_confirmed_from_the_own_page(client, lý, contest):
    an = self_registered(contest)
    assert "Lê An" in client.get(at("participant", an.pk, "confirm")).text
    assert client.post(at("participant", an.pk, "confirm"), {"confirmed": "yes"}).status_code == 302
    an.refresh_from_db()
    assert an.confirmed_by == lý


def test_a_code_is_issued_again_with_a_reason_and_shown_once(client, lý, contest):
    person = make_participant(contest)
    url = at("participant", person.pk, "code")
    assert client.post(url, {"reason": ""}).context["form"].errors["reason"]
    assert not AccessCode.objects.exists()
    page = client.post(url, {"reason": "Mất mã"})
    sheet = page.context["sheet"]
    assert AccessCode.objects.get(user=person.user).matches_typed(sheet.typed)
    assert sheet.typed in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"].startswith("no-store, private")
    assert sheet.typed not in client.get(url).text
    client.post(url, {"reason": "Lại mất"})
    assert Flag.objects.get().kind == Flag.Kind.CODE_REISSUED


def test_who_has_taken_the_quiz_is_not_deleted(client, lý, contest):
    person = start(make_quiz(contest)).participant
    client.post(at("participant", person.pk, "delete"), {"post": "yes"})
    assert contest.participants.count() == 1


def test_who_was_entered_by_mistake_goes_with_account_and_flags(client, lý, contest):
    person = make_participant(contest)
    Flag.objects.create(participant=person, kind=Flag.Kind.SAME_NAME, raised_at=timezone.now())
    response = client.post(at("participant", person.pk, "delete"), {"post": "yes"})
    assert response.status_code == 302
    assert not contest.participants.exists()
    assert not User.objects.filter(pk=person.user_id).exists()
    assert AuditEntry.objects.get().action == "participant.delete"


# ---------- attempts ----------
def test_looking_at_answers_is_logged_each_time(client, lý, contest):
    attempt = start(make_quiz(contest))
    for times in (1, 2):
        page = client.get(change("attempt", attempt.pk))
        assert "Giải thích" not in page.text
        assert AuditEntry.objects.filter(action="attempt.view", actor=lý).count() == times
    entry = AuditEntry.objects.filter(action="attempt.view").first()
    assert entry.target == f"participant {attempt.participant.number} attempt {attempt.receipt}"
    assert [row["place"] for row in page.context["rows"]] == [1, 2, 3]
    assert page.headers["Cache-Control"].startswith("no-store, private")


def test_an_attempt_past_its_end_is_shown_ended(client, lý, contest):
    attempt = start(make_quiz(contest))
    early = timezone.now() - DAY
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=early, deadline_at=early + dt.timedelta(minutes=10)
    )
    page = client.get(change("attempt", attempt.pk))
    assert page.context["attempt"].state == Attempt.State.EXPIRED


def test_no_page_changes_or_deletes_an_attempt(client, lý, contest):
    attempt = start(make_quiz(contest))
    assert client.get(at("attempt", "add")).status_code == 403
    assert client.post(at("attempt", attempt.pk, "delete"), {"post": "yes"}).status_code == 403
    client.post(change("attempt", attempt.pk), {"state": "submitted", "correct": 15})
    attempt.refresh_from_db()
    assert (attempt.is_running, attempt.correct) == (True, None)


# ---------- flags and exclusions ----------
def test_a_flag_is_noted_as_looked_at_once(client, lý, contest):
    flag = one_of_each(contest)["flag"]
    chosen = {"action": "settle", "_selected_action": [flag.pk]}
    for _twice in range(2):
        client.post(at("flag"), chosen)
    flag.refresh_from_db()
    assert flag.settled_at is not None
    assert AuditEntry.objects.filter(action="flag.settle").count() == 1


def test_an_excluded_person_is_stored_by_normal_numbers(client, lý, contest):
    url = f"{at('exclusion', 'add')}?contest={contest.pk}"
    response = submit(client, url, full_name="Lê Cấm", phone="+84 912 345 678", staff_code="cb 9")
    assert response.status_code == 302
    row = contest.exclusions.get()
    assert (row.phone, row.staff_code) == ("0912345678", "CB9")
    assert set(errors(submit(client, url, full_name="Lê Cấm"))) == {"__all__"}
    assert set(errors(submit(client, url, full_name="A", phone="123"))) == {"phone"}
    assert list(client.get(at("exclusion"), {"q": "le cam"}).context["cl"].queryset) == [row]


# ---------- the panel ----------
def test_nobody_organizes_and_judges_one_contest(client, lý, contest):
    lý.groups.add(make_user(role=JUDGE).groups.get())
    url = f"{at('judge', 'add')}?contest={contest.pk}"
    assert set(errors(submit(client, url, user=lý.pk))) == {"user"}
    assert not contest.judges.exists()


def test_a_judge_of_nobody_else_is_seated_and_a_stranger_refused(client, lý, contest):
    new = made_by(lý, "Võ Thị Sáu", role=JUDGE)
    stranger = make_judge(make_contest("khac"), "Người Lạ").user
    foreign_unit = make_unit(make_contest("khac-2"))
    url = f"{at('judge', 'add')}?contest={contest.pk}"
    assert stranger.full_name not in client.get(url).text
    assert set(errors(submit(client, url, user=stranger.pk))) == {"user"}
    assert set(errors(submit(client, url, user=new.pk, unit=foreign_unit.pk))) == {"unit"}
    assert submit(client, url, user=new.pk, is_chair="on").status_code == 302
    assert Judge.objects.get(contest=contest).user == new
    assert "đã là giám khảo" in str(errors(submit(client, url, user=new.pk)))


def test_a_judge_with_sheets_stays_and_it_is_said_why(client, lý, contest):
    make_criteria(contest)
    judge = make_judge(contest)
    make_sheet(judge, make_video(make_unit(contest)), "30", "20", "25", "20", "5")
    url = at("judge", judge.pk, "delete")
    page = client.post(url, {"post": "yes"}, follow=True)
    assert "đã có phiếu chấm" in page.text
    assert Judge.objects.filter(pk=judge.pk).exists()


def test_a_judge_without_sheets_leaves(client, lý, contest):
    judge = make_judge(contest)
    assert client.post(at("judge", judge.pk, "delete"), {"post": "yes"}).status_code == 302
    assert not contest.judges.exists()


def test_a_conflict_is_of_judge_and_unit_of_one_contest(client, lý, contest):
    judge, unit = make_judge(contest), make_unit(contest)
    foreign = make_unit(make_contest("khac"))
    url = f"{at('conflict', 'add')}?contest={contest.pk}"
    base = {"judge": judge.pk, "reason": "Người nhà"}
    assert set(errors(submit(client, url, **base, unit=foreign.pk))) == {"unit"}
    assert submit(client, url, **base, unit=unit.pk).status_code == 302
    assert judge.conflicted_unit_ids() == {unit.pk}


def test_no_conflict_comes_or_goes_once_judging_has_closed(client, lý, contest):
    judge, unit, other = make_judge(contest), make_unit(contest), make_unit(contest)
    conflict = judge.conflicts.create(unit=unit, reason="Người nhà", declared_at=timezone.now())
    Contest.objects.filter(pk=contest.pk).update(judging_closes_at=timezone.now())
    url = f"{at('conflict', 'add')}?contest={contest.pk}"
    assert errors(submit(client, url, judge=judge.pk, reason="Bạn", unit=other.pk))
    assert client.post(at("conflict", conflict.pk, "delete"), {"post": "yes"}).status_code == 403
    submit(client, at("judge", judge.pk, "change"), unit=other.pk)
    judge.refresh_from_db()
    assert (judge.conflicted_unit_ids(), judge.unit_id) == ({unit.pk}, None)


def test_who_coordinates_a_unit_judges_with_that_unit_as_the_own(client, lý, contest):
    user = made_by(lý, "Sơn Minh Tâm", role=JUDGE)
    unit, other = make_unit(contest, coordinator=user), make_unit(contest)
    url = f"{at('judge', 'add')}?contest={contest.pk}"
    assert set(errors(submit(client, url, user=user.pk, unit=other.pk))) == {"unit"}
    assert set(errors(submit(client, url, user=user.pk))) == {"unit"}
    submit(client, url, user=user.pk, unit=unit.pk)
    assert contest.judges.get().unit == unit
