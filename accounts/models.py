"""Who you are: users, access codes, consent, letters, throttled guesses and the audit log."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts import codes


class UserManager(BaseUserManager["User"]):
    """Creates staff with a password and participants without one."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str, **fields: Any) -> User:
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)

    def new_without_password(self, *, full_name: str) -> User:
        """Return an unsaved user who signs in by access code only."""
        user = self.model(username=f"p-{get_random_string(20).lower()}", full_name=full_name)
        user.set_unusable_password()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person at the keyboard. Staff sign in by password, participants by access code."""

    username = models.CharField(_("sign-in name"), max_length=60, unique=True)
    full_name = models.CharField(_("full name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    staff_code = models.CharField(_("staff code"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the administration"), default=False)
    date_joined = models.DateTimeField(_("created"), auto_now_add=True)
    # Part of the session hash: a new value ends every session of this user.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name

    @property
    def can_be_written_to(self) -> bool:
        return self.is_active and bool(self.email)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        return salted_hmac(
            "accounts.User.session",
            f"{self.password}:{self.session_epoch}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    def end_sessions(self) -> None:
        """Sign the user out everywhere."""
        type(self).objects.filter(pk=self.pk).update(session_epoch=F("session_epoch") + 1)
        self.refresh_from_db(fields=["session_epoch"])


class AccessCodeQuerySet(models.QuerySet["AccessCode"]):
    def note_use(self, user: User, *, now: dt.datetime) -> None:
        """Store when the user's code was first used."""
        self.filter(user=user, first_used_at=None).update(first_used_at=now)

    def issue(self, *, user: User, by: User | None, now: dt.datetime) -> codes.IssuedCode:
        """Store a new code for `user`, voiding an older one, and return it to be shown once."""
        issued = codes.generate()
        self.update_or_create(
            user=user,
            defaults={
                "link_hash": codes.link_hash(issued.link_token),
                "typed_hash": codes.typed_hash(user_id=user.pk, typed=issued.typed),
                "issued_by": by,
                "issued_at": now,
                "first_used_at": None,
            },
        )
        return issued


class AccessCode(models.Model):
    """What a participant signs in with. Only keyed hashes are stored; the code is shown once."""

    user = models.OneToOneField(User, models.CASCADE, related_name="access_code")
    link_hash = models.CharField(max_length=64, unique=True)
    typed_hash = models.CharField(max_length=64)
    issued_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    issued_at = models.DateTimeField(_("issued at"))
    first_used_at = models.DateTimeField(_("first used at"), null=True)

    objects = AccessCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("access code")
        verbose_name_plural = _("access codes")

    def __str__(self) -> str:
        return f"access code of user {self.user_id}"

    def matches_typed(self, typed: str) -> bool:
        """Tell in constant time whether `typed` is this user's typed code."""
        return codes.equal(self.typed_hash, codes.typed_hash(user_id=self.user_id, typed=typed))


class Consent(models.Model):
    """Proof that a person agreed to the processing of personal data (rules: P5)."""

    class Source(models.TextChoices):
        SELF = "self", _("ticked by the person")
        ROSTER = "roster", _("roster of the unit, confirmed at first sign-in")

    user = models.ForeignKey(User, models.CASCADE, related_name="consents")
    version = models.CharField(_("version of the notice"), max_length=40)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    given_at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(fields=["user", "version"], name="consent_once_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.version}"


class LetterQuerySet(models.QuerySet["Letter"]):
    def due(self, now: dt.datetime) -> LetterQuerySet:
        """Letters to be sent now: not sent, and not given up."""
        return self.filter(sent_at=None, due_at__lte=now, tries__lt=Letter.MAX_TRIES)


class Letter(models.Model):
    """A letter to somebody with an account. The row is the truth; the queue is only the bell."""

    MAX_TRIES = 5

    to = models.ForeignKey(User, models.CASCADE, related_name="letters")
    # Where it goes if not to the account's own address: a participant's stands with the person's
    # part in the contest.
    email = models.EmailField(blank=True)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    # Ends with a link to set a password, which is made when the letter goes out and never kept.
    sets_password = models.BooleanField(default=False)
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    objects = LetterQuerySet.as_manager()

    def __str__(self) -> str:
        return self.subject

    @property
    def goes_to(self) -> str:
        """The address it goes to now; "" where nobody can be written to any more."""
        return (self.email or self.to.email) if self.to.is_active else ""

    @property
    def is_given_up(self) -> bool:
        """Whether it did not go out, and nothing will be tried any more."""
        return self.sent_at is None and self.tries >= self.MAX_TRIES


class GuessCounter(models.Model):
    """Failed guesses for one key in one time window; see `accounts.throttle`."""

    key = models.CharField(max_length=64)
    window = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="guess_counter_key")]

    def __str__(self) -> str:
        return f"{self.count} guesses"


class AuditEntry(models.Model):
    """One act that can touch a result or a person: who, from where, when, why. Append-only."""

    at = models.DateTimeField(_("at"), db_index=True)
    actor = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    actor_name = models.CharField(_("by (name then)"), max_length=120)
    address = models.CharField(_("from address"), max_length=64, blank=True)
    action = models.CharField(_("act"), max_length=60, db_index=True)
    contest = models.CharField(_("contest"), max_length=60, blank=True, db_index=True)
    target = models.CharField(_("target"), max_length=200)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        constraints = [
            models.CheckConstraint(condition=~Q(action=""), name="audit_entry_has_action")
        ]

    def __str__(self) -> str:
        return f"{self.action} · {self.target}"
