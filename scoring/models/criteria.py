"""Criteria of the jury: their maxima, the default set, and how a change is kept (rules: M1, C4)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from contests.models import Contest, SettingChange

STEP = Decimal("0.5")
# What the maxima of a contest's criteria sum to (rules: M1).
FULL = Decimal(100)
# The default set (rules: M1): key, name, description, most marks. Data, hence in Vietnamese.
DEFAULT_CRITERIA = (
    ("content", "Nội dung", "Đúng chủ trương, đúng thủ tục, có việc thật của đơn vị", 30),
    ("script", "Kịch bản và ý tưởng", "Dễ hiểu, có cách kể riêng, phù hợp người xem", 20),
    ("technique", "Kỹ thuật", "Hình, tiếng, dựng, phụ đề", 25),
    ("effect", "Hiệu quả tuyên truyền", "Người xem biết phải làm gì sau khi xem", 20),
    ("rules", "Chấp hành thể lệ", "Thời lượng, bản quyền, đúng hạn", 5),
)


class Criterion(models.Model):
    """One criterion of the jury (rules: M1); the maxima of a contest sum to 100."""

    contest = models.ForeignKey(
        Contest, models.CASCADE, related_name="criteria", verbose_name=_("contest")
    )
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("criterion"), max_length=120)
    description = models.CharField(_("description"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("order"))
    max_marks = models.DecimalField(
        _("most marks"),
        max_digits=4,
        decimal_places=1,
        validators=[MinValueValidator(STEP), MaxValueValidator(Decimal(100))],
    )

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        constraints = [
            models.UniqueConstraint(fields=["contest", "key"], name="criterion_key_once"),
            models.UniqueConstraint(fields=["contest", "order"], name="criterion_order_once"),
            models.CheckConstraint(
                condition=Q(max_marks__gt=0) & Q(max_marks__lte=100), name="criterion_max_marks"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def allows(self, value: Decimal) -> bool:
        """Whether a judge may give this mark: 0 to the maximum in steps of 0.5 (rules: M1)."""
        return 0 <= value <= self.max_marks and value % STEP == 0


def default_criteria(contest: Contest) -> list[Criterion]:
    """Return the default criteria of a contest, unsaved and in order (rules: M1)."""
    return [
        Criterion(
            contest=contest, key=key, name=name, description=text, order=order, max_marks=most
        )
        for order, (key, name, text, most) in enumerate(DEFAULT_CRITERIA, start=1)
    ]


def record_criterion_change(
    *,
    criterion: Criterion,
    before: dict[str, str] | None,
    after: dict[str, str] | None,
    by: User,
    reason: str,
    address: str = "",
    now: dt.datetime,
) -> None:
    """Keep a change of the criteria: in the audit log, and after freezing for the results (C4)."""
    contest, target = criterion.contest, f"criterion {criterion.key}"
    audit.record(
        action="criterion.change",
        target=target,
        actor=by,
        contest=contest.slug,
        address=address,
        before=before,
        after=after,
        reason=reason,
        now=now,
    )
    if contest.criteria_are_frozen(now):
        SettingChange.objects.create(
            contest=contest, at=now, by=by, target=target, before=before, after=after, reason=reason
        )


def values_of(criterion: Criterion) -> dict[str, str]:
    """Return what a change of a criterion is recorded with."""
    return {
        "name": criterion.name,
        "description": criterion.description,
        "order": str(criterion.order),
        "max_marks": str(criterion.max_marks),
    }


@transaction.atomic
def use_default_criteria(
    *, contest: Contest, by: User, reason: str = "", address: str = "", now: dt.datetime
) -> None:
    """Store the default criteria of a contest that has none; otherwise change nothing."""
    # Two clicks at once: the second waits here and then finds the criteria of the first.
    Contest.objects.select_for_update().get(pk=contest.pk)
    if contest.criteria.exists():
        return
    for criterion in Criterion.objects.bulk_create(default_criteria(contest)):
        record_criterion_change(
            criterion=criterion,
            before=None,
            after=values_of(criterion),
            by=by,
            reason=reason,
            address=address,
            now=now,
        )
