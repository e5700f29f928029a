"""What organizers may do with accounts, and what they may read of the audit log."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEntry, User
from contests.models import Judge
from tests.contests import entry_cast as cast

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/user/"
NEW = {
    "username": "giam-khao-1",
    "full_name": "Võ Thị Sáu",
    "password1": "mot-mat-khau-dai-77",
    "password2": "mot-mat-khau-dai-77",
    "phone": "0912 345 678",
}


@pytest.fixture
def contest():
    return cast.contest()


@pytest.fixture
def ly(contest, client):
    """An organizer, signed in."""
    user = cast.organizer(contest)
    user.groups.add(Group.objects.get(name="organizer"))
    client.force_login(user)
    return user


@pytest.fixture
def root():
    return User.objects.create_superuser("root", "mat-khau-goc", full_name="Quản Trị")


def page(user):
    return f"{LIST}{user.pk}/change/"


def staff(username, *roles, **fields):
    user = User.objects.create_user(
        username, "mat-khau-nao-do", full_name=f"Người {username}", is_staff=bool(roles), **fields
    )
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def test_an_organizer_makes_a_judge_who_may_open_the_administration(client, ly):
    response = client.post(f"{LIST}add/", {**NEW, "roles": ["judge"]})
    assert response.status_code == 302, response.context["errors"]
    made = User.objects.get(username="giam-khao-1")
    assert made.is_staff
    assert not made.is_superuser
    assert [group.name for group in made.groups.all()] == ["judge"]
    assert made.check_password(NEW["password1"])
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.target) == ("user.created", ly, "user giam-khao-1")


def test_an_account_without_a_role_is_a_coordinators_and_stays_out_of_the_administration(
    client, ly
):
    client.post(f"{LIST}add/", NEW)
    made = User.objects.get(username="giam-khao-1")
    assert not made.is_staff
    assert not made.groups.exists()
    client.force_login(made)
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("forged", [{"roles": ["organizer"]}, {"roles": ["judge", "organizer"]}])
def test_an_organizer_cannot_make_organizers(client, ly, forged):
    response = client.post(f"{LIST}add/", {**NEW, **forged})
    assert response.status_code == 200
    assert not User.objects.filter(username="giam-khao-1").exists()


def test_forged_fields_give_no_rights(client, ly):
    client.post(f"{LIST}add/", {**NEW, "is_superuser": "on", "is_staff": "on", "groups": ["1"]})
    made = User.objects.get(username="giam-khao-1")
    assert (made.is_superuser, made.is_staff, made.groups.count()) == (False, False, 0)


def test_a_superuser_makes_organizers(client, root):
    client.force_login(root)
    client.post(f"{LIST}add/", {**NEW, "roles": ["organizer"]})
    made = User.objects.get(username="giam-khao-1")
    assert [group.name for group in made.groups.all()] == ["organizer"]
    client.post(page(made), {**NEW, "roles": ["judge"], "is_active": "on"})
    assert [group.name for group in made.groups.all()] == ["judge"]


def test_what_one_request_may_do_does_not_leak_into_the_next(client, ly, root):
    client.get(f"{LIST}add/")
    client.force_login(root)
    choices = client.get(f"{LIST}add/").context["adminform"].form.fields["roles"].choices
    assert [value for value, _ in choices] == ["organizer", "judge"]


def test_superusers_participants_and_people_of_other_contests_are_out_of_reach(
    client, contest, ly, root
):
    ẩn = cast.rostered(contest)
    other = cast.contest("khac")
    foreign_judge = staff("gk", "judge")
    Judge.objects.create(contest=other, user=foreign_judge)
    foreign_organizer = staff("tc", "organizer")
    other.organizers.add(foreign_organizer)
    foreign_coordinator = staff("dm")
    other.units.filter(code="DV01").update(coordinator=foreign_coordinator)
    listed = {user.pk for user in client.get(LIST).context["cl"].queryset}
    assert listed == {ly.pk}
    for user in (root, ẩn.user, foreign_judge, foreign_organizer, foreign_coordinator):
        assert client.get(page(user)).status_code == 302
        assert client.post(page(user), {"username": "x", "full_name": "x"}).status_code == 302
        password = {"password1": "gianh-quyen-77-88", "password2": "gianh-quyen-77-88"}
        client.post(f"{LIST}{user.pk}/password/", password)
        user.refresh_from_db()
        assert not user.check_password("gianh-quyen-77-88")
        assert user.username != "x"


def test_the_own_account_fellow_organizers_and_shared_judges_are_read_only(client, contest, ly):
    fellow = staff("ban", "organizer")
    contest.organizers.add(fellow)
    shared = staff("chung", "judge")
    for seat in (contest, cast.contest("khac")):
        Judge.objects.create(contest=seat, user=shared)
    for user in (ly, fellow, shared):
        assert client.get(page(user)).status_code == 200
        forged = {"username": user.username, "full_name": "Đổi", "roles": ["judge"]}
        assert client.post(page(user), forged).status_code == 403
        password = {"password1": "gianh-quyen-77-88", "password2": "gianh-quyen-77-88"}
        assert client.post(f"{LIST}{user.pk}/password/", password).status_code == 403
        user.refresh_from_db()
        assert user.full_name != "Đổi"


def test_an_organizer_changes_an_own_judge_and_sets_the_password(client, contest, ly):
    judge = staff("gk", "judge")
    Judge.objects.create(contest=contest, user=judge)
    data = {"username": "gk", "full_name": "Lê Khoa", "roles": ["judge"], "is_active": "on"}
    assert client.post(page(judge), data).status_code == 302
    password = {"password1": "mat-khau-moi-77-88", "password2": "mat-khau-moi-77-88"}
    assert client.post(f"{LIST}{judge.pk}/password/", password).status_code == 302
    judge.refresh_from_db()
    assert (judge.full_name, judge.is_staff) == ("Lê Khoa", True)
    assert judge.check_password("mat-khau-moi-77-88")
    acts = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert acts == ["user.changed", "user.password_set"]


def test_accounts_are_found_without_tones(client, contest, ly):
    judge = staff("gk", "judge")
    judge.full_name = "Đặng Thị Ẩn"
    judge.save(update_fields=["full_name"])
    Judge.objects.create(contest=contest, user=judge)
    for typed in ("dang thi", "Đặng", "thị ẨN", "gk"):
        found = client.get(LIST, {"q": typed}).context["cl"].queryset
        assert [user.pk for user in found] == [judge.pk], typed


def test_the_log_shows_an_organizer_the_own_contests_and_cannot_be_written(client, contest, ly):
    now = timezone.now()
    own = audit.record(action="code.reissued", target="a", actor=None, contest="thu", now=now)
    foreign = audit.record(action="code.reissued", target="b", actor=None, contest="khac", now=now)
    log = "/admin/accounts/auditentry/"
    assert [entry.pk for entry in client.get(log).context["cl"].queryset] == [own.pk]
    assert client.get(f"{log}{own.pk}/change/").status_code == 200
    assert client.get(f"{log}{foreign.pk}/change/").status_code == 302
    for address in (f"{log}{own.pk}/change/", f"{log}{own.pk}/delete/", f"{log}add/"):
        assert client.post(address, {"target": "x"}).status_code == 403
    client.force_login(User.objects.create_superuser("r", "mat-khau-goc", full_name="R"))
    assert client.get(log).context["cl"].queryset.count() == 2
    assert client.post(f"{log}{own.pk}/delete/", {"post": "yes"}).status_code == 403


def test_who_judges_a_contest_reads_of_its_log_only_the_own_acts(client, contest, root):
    """A superuser may judge; the log tells what became of others' sheets (rules: M4)."""
    Judge.objects.create(contest=contest, user=root)
    now = timezone.now()
    own = audit.record(action="score_sheet.submit", target="a", actor=root, contest="thu", now=now)
    other = audit.record(
        action="score_sheet.reopen",
        target="b",
        actor=None,
        contest="thu",
        reason="Chênh 20",
        now=now,
    )
    foreign = audit.record(action="code.reissued", target="c", actor=None, contest="khac", now=now)
    client.force_login(root)
    shown = client.get("/admin/accounts/auditentry/").context["cl"].queryset
    assert set(shown) == {own, foreign}
    assert client.get(f"/admin/accounts/auditentry/{other.pk}/change/").status_code == 302


def test_a_judge_reaches_neither_accounts_nor_the_log(client, contest):
    judge = staff("gk", "judge")
    Judge.objects.create(contest=contest, user=judge)
    client.force_login(judge)
    assert client.get(LIST).status_code == 403
    assert client.get("/admin/accounts/auditentry/").status_code == 403


def test_an_organizer_without_a_contest_yet_is_out_of_other_organizers_reach(client, ly):
    fresh = staff("moi", "organizer")
    assert client.get(page(fresh)).status_code == 302
    password = {"password1": "gianh-quyen-77-88", "password2": "gianh-quyen-77-88"}
    client.post(f"{LIST}{fresh.pk}/password/", password)
    fresh.refresh_from_db()
    assert not fresh.check_password("gianh-quyen-77-88")
