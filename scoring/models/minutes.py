"""The template of a contest's judging minutes (biên bản chấm), where organizers gave an own one."""

from __future__ import annotations

import datetime as dt
import hashlib

from django.db import models, transaction
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from contests.models import Contest

MAX_TEMPLATE_BYTES = 1024 * 1024


class MinutesTemplate(models.Model):
    """One Word file for one contest, checked before it is kept; without a row the default holds."""

    contest = models.OneToOneField(
        Contest, models.CASCADE, related_name="minutes_template", verbose_name=_("contest")
    )
    content = models.BinaryField(_("file"))
    name = models.CharField(_("name of the file"), max_length=200)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("template of the judging minutes")
        verbose_name_plural = _("templates of the judging minutes")
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("content"), MAX_TEMPLATE_BYTES),
                name="minutes_template_size",
            )
        ]

    def __str__(self) -> str:
        return self.name


@transaction.atomic
def keep_minutes_template(
    *,
    contest: Contest,
    content: bytes,
    name: str,
    by: User,
    address: str = "",
    now: dt.datetime,
) -> MinutesTemplate:
    """Keep a checked template in place of the one before; the log names both files."""
    kept = MinutesTemplate.objects.select_for_update().filter(contest=contest).first()
    before = _described(kept)
    template, _is_new = MinutesTemplate.objects.update_or_create(
        contest=contest,
        defaults={"content": content, "name": name, "uploaded_at": now, "by": by},
    )
    audit.record(
        action="minutes_template.upload",
        target=_target(contest),
        actor=by,
        contest=contest.slug,
        address=address,
        before=before,
        after=_described(template),
        now=now,
    )
    return template


@transaction.atomic
def drop_minutes_template(
    *, contest: Contest, by: User, address: str = "", now: dt.datetime
) -> bool:
    """Go back to the default template; False where that is in force already."""
    kept = MinutesTemplate.objects.select_for_update().filter(contest=contest).first()
    if kept is None:
        return False
    before = _described(kept)
    kept.delete()
    audit.record(
        action="minutes_template.delete",
        target=_target(contest),
        actor=by,
        contest=contest.slug,
        address=address,
        before=before,
        now=now,
    )
    return True


def _described(template: MinutesTemplate | None) -> dict[str, str] | None:
    if template is None:
        return None
    content = bytes(template.content)
    return {"name": template.name, "sha256": hashlib.sha256(content).hexdigest()}


def _target(contest: Contest) -> str:
    return f"minutes template of contest {contest.slug}"
