"""The demonstration's staff accounts: generated passwords, kept in a file only its owner reads."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.utils.translation import gettext as _

from accounts.codes import ALPHABET
from accounts.models import User
from accounts.roles import JUDGE, ORGANIZER

COORDINATOR = "coordinator"
# Sign-in name, role, invented full name.
STAFF = (
    ("ban-to-chuc-1", ORGANIZER, "Nguyễn Thị Thanh Tuyền"),
    ("ban-to-chuc-2", ORGANIZER, "Trần Quốc Khải"),
    ("giam-khao-1", JUDGE, "Võ Minh Khoa"),
    ("giam-khao-2", JUDGE, "Lâm Thị Ngọc Diễm"),
    ("giam-khao-3", JUDGE, "Thạch Hoàng Phong"),
    ("giam-khao-4", JUDGE, "Phạm Thị Bích Vân"),
    ("giam-khao-5", JUDGE, "Huỳnh Công Danh"),
    ("dau-moi-1", COORDINATOR, "Đỗ Thị Mỹ Hạnh"),
    ("dau-moi-2", COORDINATOR, "Phan Thanh Trúc"),
    ("dau-moi-3", COORDINATOR, "Sơn Minh Tâm"),
)


@dataclass(frozen=True)
class Staff:
    """The demonstration's users by role, in the order of STAFF."""

    organizers: list[User]
    judges: list[User]
    coordinators: list[User]


def file_path() -> Path:
    return Path(settings.DATA_DIR) / "demo-sign-ins.json"


def somebody_else() -> str:
    """Return the sign-in name of a person who is not of the demonstration but is called so."""
    names = {username: full_name for username, _role, full_name in STAFF}
    for user in User.objects.filter(username__in=names).order_by("username"):
        if user.full_name != names[user.username]:
            return user.username
    return ""


def create_staff() -> tuple[Staff, list[dict[str, str]]]:
    """Create or renew the staff; return them and their sign-ins in the clear, to be kept once."""
    by_role: dict[str, list[User]] = {ORGANIZER: [], JUDGE: [], COORDINATOR: []}
    signs = []
    for username, role, full_name in STAFF:
        password = _password()
        user, _created = User.objects.get_or_create(
            username=username, defaults={"full_name": full_name}
        )
        user.is_staff = role != COORDINATOR
        user.set_password(password)
        user.save()
        if user.is_staff:
            user.groups.set([Group.objects.get(name=role)])
        by_role[role].append(user)
        signs.append({"role": role, "username": username, "password": password})
    staff = Staff(by_role[ORGANIZER], by_role[JUDGE], by_role[COORDINATOR])
    return staff, signs


def keep(staff: list[dict[str, str]], participants: list[dict[str, str]]) -> None:
    path = file_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(
            {"staff": staff, "participants": participants}, file, ensure_ascii=False, indent=1
        )


def lines(*, base_url: str) -> list[str]:
    """Return the sign-ins as lines to print; a hint where the file is not there."""
    try:
        kept: dict[str, list[dict[str, Any]]] = json.loads(file_path().read_text())
    except (OSError, ValueError):
        return [_("The sign-ins are not there: run load_demo --fresh to make new ones.")]
    titles = {
        ORGANIZER: _("Organizers"),
        JUDGE: _("Judges"),
        COORDINATOR: _("Coordinators"),
    }
    found = [_("Sign in at %(url)s") % {"url": f"{base_url}/sign-in/"}]
    for role, title in titles.items():
        found.append(f"  {title}")
        found += [
            f"    {sign['username']:<16} {sign['password']}"
            for sign in kept["staff"]
            if sign["role"] == role
        ]
    found.append(_("Participants of the rehearsal"))
    for sign in kept["participants"]:
        found.append(f"    {sign['name']} · {sign['unit']}")
        found.append(f"      {base_url}{sign['link']}")
        found.append(
            _("      or by code %(typed)s with staff code %(staff_code)s")
            % {"typed": sign["typed"], "staff_code": sign["staff_code"]}
        )
    return found


def _password() -> str:
    """Return a password of 75 bits that can be read out: xxxxx-xxxxx-xxxxx."""
    letters = [secrets.choice(ALPHABET).lower() for _ in range(15)]
    return "-".join("".join(letters[start : start + 5]) for start in (0, 5, 10))
