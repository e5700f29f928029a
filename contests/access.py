"""Access codes of participants: issued, issued again, turned into a session and out of it."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass

import segno
from django.contrib.auth import login
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from accounts import audit, codes, throttle
from accounts.codes import IssuedCode
from accounts.models import AccessCode, Consent, User
from config.prepared import Prepared
from contests import identity, writers
from contests.models import Contest, Flag, Participant
from contests.models.people import ParticipantQuerySet

_BACKEND = "contests.backends.ByAccessCode"


@dataclass(frozen=True)
class CodeSheet:
    """What is shown once of an issued code: the `link`, its QR code as a picture, `typed`."""

    link: str
    qr_picture: str
    typed: str


def code_sheet(request: HttpRequest, code: IssuedCode) -> CodeSheet:
    """Return how `code` is shown on a page: absolute link, QR code as an SVG data address."""
    link = request.build_absolute_uri(reverse("enter", kwargs={"token": code.link_token}))
    picture = segno.make(link, error="m", micro=False).svg_data_uri(
        border=4, dark="#000", light="#fff", omitsize=True
    )
    return CodeSheet(link=link, qr_picture=picture, typed=code.typed)


def issue_first(*, participant: Participant, by: User | None, now: dt.datetime) -> IssuedCode:
    """Issue the code of a person who has none yet, to be shown once."""
    return AccessCode.objects.issue(user=participant.user, by=by, now=now)


@transaction.atomic
def reissue(
    *, participant: Participant, by: User, now: dt.datetime, address: str, reason: str
) -> IssuedCode:
    """Issue a new code, to be shown once: the old one, every session and every open quiz page end.

    Logged, and raised as a flag for a person to look at. The first code of a rostered person, whom
    nobody had given one, is no re-issue and raises no flag.
    """
    had_code = AccessCode.objects.filter(user_id=participant.user_id).exists()
    code = AccessCode.objects.issue(user=participant.user, by=by, now=now)
    end_access(participant)
    audit.record(
        action="code.reissued" if had_code else "code.issued",
        contest=participant.contest.slug,
        target=f"participant {participant.number}",
        actor=by,
        address=address,
        reason=reason,
        now=now,
    )
    if had_code:
        Flag.objects.create(
            participant=participant,
            kind=Flag.Kind.CODE_REISSUED,
            note=reason[:200],
            raised_at=now,
        )
    return code


@transaction.atomic
def end_access(participant: Participant) -> None:
    """End a person's sessions and the open quiz pages, on every device."""
    participant.user.end_sessions()
    writers.release(participant)


def participant_by_link(token: str) -> Participant | None:
    """Return whose link carries `token`; None for unknown, voided and closed ones."""
    return _BY_LINK.first(text_hash=codes.link_hash(token))


def participant_by_typed_code(
    *, contest: Contest, identifier: str, typed: str
) -> Participant | None:
    """Return who has this phone number or staff code together with this typed code, or None."""
    matches = _identified_by(identifier)
    if matches is None:
        return None
    # One person's staff code may be another's phone number: the code tells them apart.
    found = _may_enter().filter(matches, contest=contest).select_related("user__access_code")
    for participant in found.order_by("pk"):
        code: AccessCode | None = getattr(participant.user, "access_code", None)
        if code is not None and code.matches_typed(typed):
            return participant
    return None


def needs_consent(participant: Participant) -> bool:
    """Whether the person has yet to agree to the contest's present data notice (rules: P5)."""
    version = participant.contest.consent_version
    return not _CONSENTED.all(user=participant.user_id, text_version=version)


@transaction.atomic
def enter(
    request: HttpRequest, participant: Participant, *, consented: bool, now: dt.datetime
) -> None:
    """Sign the person in; with `consented` the confirmation at first sign-in is stored first.

    The newest session writes: what the person is answering elsewhere goes on here (rules: Q5).
    """
    if consented:
        give_consent(participant, now=now)
    AccessCode.objects.note_use(participant.user, now=now)
    login(request, participant.user, backend=_BACKEND)
    if request.session.session_key is None:
        request.session.save()  # the session of somebody else was thrown away: it has no key yet
    writers.take_over_all(
        participant,
        session_key=request.session.session_key,
        address=throttle.client_address(request),
        now=now,
    )


def give_consent(participant: Participant, *, now: dt.datetime) -> None:
    """Store that the person agreed to the contest's present data notice (rules: P5)."""
    source = Consent.Source
    by_herself = participant.source == Participant.Source.SELF
    consent = Consent(
        user_id=participant.user_id,
        version=participant.contest.consent_version,
        source=source.SELF if by_herself else source.ROSTER,
        given_at=now,
    )
    # One statement; a consent given before stays as it is.
    Consent.objects.bulk_create([consent], ignore_conflicts=True)


def _may_enter() -> ParticipantQuerySet:
    return Participant.objects.filter(
        user__is_active=True, contest__is_announced=True
    ).select_related("contest", "user")


_BY_LINK = Prepared(
    lambda text_hash: _may_enter().filter(user__access_code__link_hash=text_hash), "text_hash"
)
_CONSENTED = Prepared(
    lambda user, text_version: Consent.objects.filter(
        user_id=user, version=text_version
    ).values_list("pk"),
    "user",
    "text_version",
)


def account_key(identifier: str) -> str:
    """Return one spelling of a typed phone number or staff code, to count guesses by."""
    for normalise in (identity.normalise_phone, identity.normalise_staff_code):
        try:
            return normalise(identifier)
        except ValueError:
            continue
    return identifier.strip().upper()


def _identified_by(identifier: str) -> Q | None:
    """Return the condition for a typed phone number or staff code; None for neither."""
    matches: Q | None = None
    with suppress(identity.InvalidPhone):
        matches = Q(phone=identity.normalise_phone(identifier))
    try:
        by_code = Q(staff_code=identity.normalise_staff_code(identifier))
    except identity.InvalidStaffCode:
        return matches
    return by_code if matches is None else matches | by_code
