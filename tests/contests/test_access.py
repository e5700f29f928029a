"""Access codes: issued, issued again, and what ends with the old one."""

import pytest
from django.utils import timezone

from accounts.models import AccessCode, AuditEntry
from contests import access
from contests.models import Flag
from tests.contests import entry_cast as cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def contest():
    return cast.contest()


def reissue(participant, *, by):
    return access.reissue(
        participant=participant, by=by, now=timezone.now(), address="10.0.0.1", reason="Mất mã"
    )


def find(contest, identifier, typed):
    return access.participant_by_typed_code(contest=contest, identifier=identifier, typed=typed)


def test_a_new_code_voids_the_old_one_and_is_logged_and_flagged(contest):
    ẩn, old = cast.with_code(contest)
    ly = cast.organizer(contest)
    new = reissue(ẩn, by=ly)
    assert access.participant_by_link(old.link_token) is None
    assert find(contest, ẩn.phone, old.typed) is None
    assert access.participant_by_link(new.link_token) == ẩn
    assert find(contest, ẩn.phone, new.typed) == ẩn
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target, entry.actor) == ("code.reissued", "participant 1", ly)
    assert (entry.contest, entry.address, entry.reason) == ("thu", "10.0.0.1", "Mất mã")
    assert Flag.objects.get().kind == Flag.Kind.CODE_REISSUED


def test_a_first_code_is_logged_without_a_flag(contest):
    ẩn = cast.rostered(contest)
    reissue(ẩn, by=cast.organizer(contest))
    assert AuditEntry.objects.get().action == "code.issued"
    assert not Flag.objects.exists()


def test_a_new_code_ends_every_session_and_the_open_quiz_page(contest, client):
    ẩn, code = cast.with_code(contest)
    client.post(f"/enter/{code.link_token}/", {"consent": "on"})
    before = cast.running_attempt(ẩn)
    assert client.session["_auth_user_id"] == str(ẩn.user_id)
    reissue(ẩn, by=cast.organizer(contest))
    assert "Vào thi" not in client.get("/thu/sign-in/").text
    assert client.get("/thu/sign-in/").context["participant"] is None
    after = ẩn.attempts.get()
    assert after.writer != before.writer
    assert after.generation == before.generation + 1


@pytest.mark.parametrize("identifier", ["0912 345 678", "+84912345678", "cb 77", "CB77"])
def test_a_typed_code_is_read_as_people_type_it(contest, identifier):
    ẩn, code = cast.with_code(contest, staff_code="CB77")
    for typed in (code.typed, code.typed.lower(), code.typed.replace("-", " "), f" {code.typed}"):
        assert find(contest, identifier, typed) == ẩn


def test_a_typed_code_holds_only_with_the_own_number(contest):
    _, code = cast.with_code(contest)
    cast.with_code(contest, phone="0987654321", full_name="Trần Bé")
    assert find(contest, "0987654321", code.typed) is None
    assert find(contest, "0900000000", code.typed) is None
    assert find(contest, "không phải số", code.typed) is None
    assert find(contest, "", "") is None


def test_a_code_holds_in_its_own_contest_only(contest):
    ẩn, code = cast.with_code(contest)
    assert find(cast.contest("khac"), ẩn.phone, code.typed) is None


def test_who_shares_a_number_with_anothers_staff_code_is_told_apart_by_the_code(contest):
    first, code_of_first = cast.with_code(contest, phone="0912345678")
    second, code_of_second = cast.with_code(contest, phone="", staff_code="0912345678")
    assert find(contest, "0912345678", code_of_first.typed) == first
    assert find(contest, "0912345678", code_of_second.typed) == second


@pytest.mark.parametrize("closed", ["user", "contest"])
def test_closed_accounts_and_hidden_contests_let_nobody_in(contest, closed):
    ẩn, code = cast.with_code(contest)
    if closed == "user":
        ẩn.user.is_active = False
        ẩn.user.save(update_fields=["is_active"])
    else:
        contest.is_announced = False
        contest.save(update_fields=["is_announced"])
    assert access.participant_by_link(code.link_token) is None
    assert find(contest, ẩn.phone, code.typed) is None


def test_two_codes_are_never_stored_alike(contest):
    cast.with_code(contest)
    cast.with_code(contest, phone="0987654321")
    hashes = list(AccessCode.objects.values_list("link_hash", "typed_hash"))
    assert len({value for pair in hashes for value in pair}) == 4
