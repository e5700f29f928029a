"""Certificates (giấy chứng nhận) of awards: numbered, checked by a code, revoked (rules: A6)."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import models, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit, codes
from accounts.models import User
from contests.models import Contest
from scoring.models.results import Award, ResultSet

# 28 letters of 32 are 140 bits: nobody guesses one, and seven groups of four can be typed.
CODE_LETTERS = 28
GROUP = 4
# What the paper says of an award; if it is the same in a newer set, the award stands.
PRINTED = ("tier", "name", "workplace", "unit_code", "unit_name")


class ResultsNotFinal(Exception):
    """The results in force are not final, so nothing is certified; `args[0]` is the sentence."""


class AlreadyRevoked(Exception):
    """The certificate was revoked before."""


class ReasonMissing(Exception):
    """A certificate is revoked for a reason only."""


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def printable(self, contest: Contest) -> CertificateQuerySet:
        """Those to hand out: of the set in force, not revoked, by their numbers."""
        # One that is not final has none.
        published = ResultSet.objects.published(contest)
        rows = self.filter(award__result_set=published, revoked_at=None)
        return rows.select_related("award__result_set__contest").order_by("number")


class Certificate(models.Model):
    """One paper for one award of a final set.

    What it says does not change: the award is a row of a final set, and what the contest was
    called then is kept here. On PostgreSQL a trigger lets nothing change but a revocation, once.
    """

    contest = models.ForeignKey(
        Contest, models.PROTECT, related_name="certificates", verbose_name=gettext_lazy("contest")
    )
    award = models.OneToOneField(
        Award,
        models.PROTECT,
        related_name="certificate",
        verbose_name=gettext_lazy("award"),
    )
    # Running within the contest; those of a later correction go on from the last.
    number = models.PositiveIntegerField(gettext_lazy("number"))
    code = models.CharField(gettext_lazy("code"), max_length=CODE_LETTERS, unique=True)
    contest_name = models.CharField(gettext_lazy("contest"), max_length=200)
    parent_organ = models.CharField(gettext_lazy("parent organ"), max_length=200)
    organizer_name = models.CharField(gettext_lazy("organizing board"), max_length=200)
    # Of an award to a person in a contest of several quizzes: which one.
    quiz_name = models.CharField(gettext_lazy("quiz"), max_length=120, blank=True)
    issued_at = models.DateTimeField(gettext_lazy("issued"))
    issued_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=gettext_lazy("issued by")
    )
    revoked_at = models.DateTimeField(gettext_lazy("revoked"), null=True)
    revoked_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=gettext_lazy("revoked by"),
    )
    revoked_reason = models.TextField(gettext_lazy("reason"), max_length=1000, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("certificate")
        verbose_name_plural = gettext_lazy("certificates")
        constraints = [
            models.UniqueConstraint(fields=["contest", "number"], name="certificate_number"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None, revoked_reason="")
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoked_reason="")),
                name="certificate_revoked_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contest.slug} · {self.number}"

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    @property
    def typed_code(self) -> str:
        """The code as people read and type it, in groups of four."""
        return "-".join(self.code[start : start + GROUP] for start in range(0, CODE_LETTERS, GROUP))

    def newer_set(self) -> ResultSet | None:
        """Return the set in force, if it is a correction of the one this was issued from."""
        published = ResultSet.objects.published(self.contest)
        assert published is not None  # what was published stays
        return published if published.pk != self.award.result_set_id else None

    def stands_in(self, result_set: ResultSet) -> bool:
        """Whether the set gives this very award to the same entry under the same names."""
        award = self.award
        same = {field: getattr(award, field) for field in PRINTED}
        return result_set.awards.filter(
            scope=award.scope, quiz_slug=award.quiz_slug, natural_key=award.natural_key, **same
        ).exists()

    @transaction.atomic
    def revoke(self, *, by: User, reason: str, address: str = "", now: dt.datetime) -> None:
        """Let the certificate hold no longer, for a reason that organizers read; never undone."""
        reason = reason.strip()
        if not reason:
            raise ReasonMissing
        rows = Certificate.objects.filter(pk=self.pk, revoked_at=None)
        if not rows.update(revoked_at=now, revoked_by=by, revoked_reason=reason):
            raise AlreadyRevoked
        self.refresh_from_db()
        audit.record(
            action="certificate.revoke",
            target=f"certificate {self.number}",
            actor=by,
            contest=self.contest.slug,
            address=address,
            reason=reason,
            now=now,
        )


@transaction.atomic
def issue_certificates(contest: Contest, *, by: User, address: str = "", now: dt.datetime) -> int:
    """Give every award of the final set in force its certificate; return how many are new.

    Running it twice or in parallel gives each award one: the contest's row is locked. A revoked
    one is not replaced. ResultsNotFinal where the set in force is not final.
    """
    contest = Contest.objects.select_for_update().get(pk=contest.pk)
    result_set = ResultSet.objects.published(contest)
    if result_set is None or not result_set.is_final:
        raise ResultsNotFinal(why_nothing_is_certified(result_set))
    last = contest.certificates.aggregate(last=Max("number"))["last"] or 0
    quizzes = contest.ranked_quizzes()
    names = {quiz.slug: quiz.name for quiz in quizzes} if len(quizzes) > 1 else {}
    awards = result_set.awards.filter(certificate=None).order_by("position")
    made = Certificate.objects.bulk_create(
        Certificate(
            contest=contest,
            award=award,
            number=number,
            code=new_code(),
            contest_name=contest.name,
            parent_organ=contest.parent_organ,
            organizer_name=contest.organizer_name,
            quiz_name=names.get(award.quiz_slug, ""),
            issued_at=now,
            issued_by=by,
        )
        for number, award in enumerate(awards, start=last + 1)
    )
    if made:
        audit.record(
            action="certificate.issued",
            target=f"result set {result_set.number} {result_set.digest[:16]}",
            actor=by,
            contest=contest.slug,
            address=address,
            after={"numbers": [made[0].number, made[-1].number]},
            now=now,
        )
    return len(made)


def why_nothing_is_certified(published: ResultSet | None) -> str:
    """Return why there are no certificates of a set that is not final, or of none."""
    if published is None:
        return _("No results are published yet. Certificates are issued from final results.")
    return _("Result set %(number)s is provisional. Certificates are issued once it is final.") % {
        "number": published.number
    }


def new_code() -> str:
    return "".join(secrets.choice(codes.ALPHABET) for _letter in range(CODE_LETTERS))
