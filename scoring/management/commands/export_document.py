"""Writes an official document of a contest as a file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.letters import address_of
from contests.clock import database_now
from contests.lookup import contest_by_slug
from contests.models import Contest
from scoring.documents import certificates, minutes, papers
from scoring.documents.archive import TemplateRefused
from scoring.documents.pdf import Unprintable
from scoring.models import Certificate, ResultSet, why_nothing_is_certified

THIS_MACHINE = {"localhost", "127.0.0.1", "[::1]"}


def _minutes(contest: Contest) -> bytes:
    return minutes.render(contest, now=database_now())


def _certificates(contest: Contest) -> bytes:
    rows = list(Certificate.objects.printable(contest))
    if not rows:
        published = ResultSet.objects.published(contest)
        if published is None or not published.is_final:
            raise CommandError(why_nothing_is_certified(published))
        raise CommandError(
            _("No certificate is issued yet. An organizer issues them on the page of results.")
        )
    return certificates.render(rows, home=_home())


def _home() -> str:
    """Return the address certificates lead to: this server's, as its settings tell it."""
    if known := address_of("/"):
        return known
    if set(settings.ALLOWED_HOSTS) <= THIS_MACHINE:
        return f"http://127.0.0.1:{os.environ.get('PORT') or '8000'}/"
    raise CommandError(
        _(
            "The certificates' QR codes need the address of this server: set HTTPS=true, and its"
            " name as the first of ALLOWED_HOSTS. Or take the file from the page of certificates."
        )
    )


def _paper(kind: str, draw: Callable[[ResultSet, str], bytes]) -> Callable[[Contest], bytes]:
    def drawn(contest: Contest) -> bytes:
        result_set = ResultSet.objects.newest(contest)
        if result_set is None:
            raise CommandError(_("There is no such result set. Refresh the results first."))
        return draw(result_set, kind)

    return drawn


KINDS: dict[str, dict[str, Callable[[Contest], bytes]]] = {
    "decision": {
        "docx": _paper("decision", papers.as_docx),
        "pdf": _paper("decision", papers.as_pdf),
    },
    "minutes": {"docx": _minutes},
    "report": {
        "docx": _paper("report", papers.as_docx),
        "pdf": _paper("report", papers.as_pdf),
    },
    "certificates": {"pdf": _certificates},
}
FORMATS = ("docx", "pdf")


class Command(BaseCommand):
    help = "Writes a decision, minutes, report or certificates of a contest as a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contest", metavar="CONTEST")
        parser.add_argument("--kind", choices=list(KINDS), required=True)
        parser.add_argument("--format", choices=FORMATS, required=True)
        parser.add_argument("--output", metavar="PATH", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        formats = KINDS[options["kind"]]
        if options["format"] not in formats:
            said = _("There is no %(kind)s as %(format)s. Known: %(known)s.")
            named = {"kind": options["kind"], "format": options["format"]}
            raise CommandError(said % {**named, "known": ", ".join(formats)}, returncode=2)
        contest = contest_by_slug(options["contest"])
        try:
            content = formats[options["format"]](contest)
        except (TemplateRefused, Unprintable) as refusal:
            raise CommandError(str(refusal)) from refusal
        _write(Path(options["output"]), content)


def _write(target: Path, content: bytes) -> None:
    """Write the file under its name only once it is whole."""
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        half.write_bytes(content)
        half.replace(target)
    except OSError as error:
        raise CommandError(_("The file cannot be written: %(error)s") % {"error": error}) from error
    finally:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)
