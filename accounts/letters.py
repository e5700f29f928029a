"""The outbox: how every letter of the program is written and sent.

A letter is written with the act it tells of, in one transaction, and sent after it; a mail server
that is down delays it and disturbs nothing else. What may have been sent is never sent again.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage, get_connection
from django.db.models import F
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.formats import date_format
from django.utils.http import urlsafe_base64_encode
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts import tasks
from accounts.models import Letter, User

logger = logging.getLogger(__name__)

MAIL_TIMEOUT_SECONDS = 20
# Tries are 1, 4, 16, 64 minutes apart.
FIRST_WAIT = dt.timedelta(minutes=1)


def write(
    *,
    to: User | None,
    subject: str,
    body: str,
    email: str = "",
    sets_password: bool = False,
    now: dt.datetime,
) -> Letter | None:
    """Store a letter and ring for it; None where nobody can be written to.

    `email` is another address than the account's own.
    """
    if to is None or not (to.can_be_written_to or (to.is_active and email)):
        return None
    letter = Letter.objects.create(
        to=to,
        email=email,
        # A line break would end the header.
        subject=" ".join(subject.split())[:200],
        body=body,
        sets_password=sets_password,
        at=now,
        due_at=now,
    )
    tasks.ring_for_letter(letter)
    return letter


def send(letter: Letter, *, now: dt.datetime) -> bool:
    """Send a letter that is due; False where another worker did, or it did not go out.

    It counts as sent before it goes out: a crash in between loses one rather than sends two.
    """
    mine = Letter.objects.due(now).filter(pk=letter.pk)
    if not mine.update(sent_at=now, tries=F("tries") + 1):
        return False
    letter = Letter.objects.select_related("to").get(pk=letter.pk)
    stored = Letter.objects.filter(pk=letter.pk)
    if not letter.goes_to:
        stored.update(sent_at=None, tries=Letter.MAX_TRIES)
        logger.warning("letter %s: user %s can no longer be written to", letter.pk, letter.to_id)
        return False
    message = EmailMessage(
        letter.subject,
        letter.body + _password_line(letter),
        to=[letter.goes_to],
        connection=get_connection(timeout=MAIL_TIMEOUT_SECONDS),
    )
    try:
        message.send()
    # What a mail server or the way to it does, or an address it cannot be given.
    except (OSError, ValueError) as error:
        wait = FIRST_WAIT * 4 ** (letter.tries - 1)
        stored.update(sent_at=None, due_at=now + wait)
        logger.warning("letter %s, try %s: %s", letter.pk, letter.tries, type(error).__name__)
        return False
    logger.info("letter %s: sent to user %s", letter.pk, letter.to_id)
    return True


def address_of(path: str) -> str:
    """Return the whole address of a path; "" where the server's own name is not known."""
    # Only over HTTPS is a name set that browsers are held to.
    homes = [
        home for home in settings.CSRF_TRUSTED_ORIGINS if "*" not in home and "//." not in home
    ]
    return f"{homes[0]}{path}" if homes else ""


def can_set_password(user: User) -> bool:
    """Whether a link to set the first password can be made for this account.

    Only for one that has never been used: a letter opens nothing that somebody works in.
    """
    never_used = user.last_login is None and user.has_usable_password()
    return user.is_active and never_used and bool(address_of("/"))


def moment_in_words(moment: dt.datetime) -> str:
    """Return an instant as letters say it: "17:00 ngày 05/12/2026" (rules: C2)."""
    at = localtime(moment)
    return _("%(time)s on %(date)s") % {
        "time": date_format(at, "H:i"),
        "date": date_format(at, "d/m/Y"),
    }


def _password_line(letter: Letter) -> str:
    """Return the link that sets a password, for a letter that promises one; "" for any other.

    It is made when the letter goes out and kept nowhere: whoever reads the database finds none.
    """
    if not (letter.sets_password and can_set_password(letter.to)):
        return ""
    words = {
        "uidb64": urlsafe_base64_encode(force_bytes(letter.to_id)),
        "token": default_token_generator.make_token(letter.to),
    }
    said = {
        "address": address_of(reverse("password_link", kwargs=words)),
        "days": settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60),
    }
    with translation.override(settings.LANGUAGE_CODE):
        line = _("Set your password here (the link works once, for %(days)s days): %(address)s")
        return f"\n{line % said}\n"
