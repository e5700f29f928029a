"""What the three import commands share: arguments, and a report as lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contests.importing.running import KINDS, Kind, run
from contests.importing.sources import MAX_FILE_BYTES
from contests.lookup import contest_by_slug


class ImportCommand(BaseCommand):
    """Imports a file of one kind; exit 1 with a line on stderr for every bad row."""

    kind = ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contest", metavar="CONTEST")
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--format", choices=["csv", "xlsx"], help="guessed from the name")
        parser.add_argument("--dry-run", action="store_true", help="check only, store nothing")

    def wanted(self, options: dict[str, Any]) -> Kind:
        """Return what is imported; a command with a choice of its own overrides it."""
        return KINDS[self.kind]

    def handle(self, *args: Any, **options: Any) -> None:
        contest = contest_by_slug(options["contest"])
        path = Path(options["file"])
        data = _content(path)
        filename = f"{path.stem}.{options['format']}" if options["format"] else path.name
        report = run(
            self.wanted(options),
            contest=contest,
            data=data,
            filename=filename,
            dry_run=options["dry_run"],
            by=None,
            now=timezone.now(),
        )
        if not report.ok:
            for problem in report.problems:
                self.stderr.write(str(problem))
            count = len(report.problems)
            said = ngettext(
                "Nothing was stored: %(n)s problem", "Nothing was stored: %(n)s problems", count
            )
            raise CommandError(said % {"n": count})
        said = _("%(created)s new, %(changed)s changed, %(unchanged)s unchanged") % {
            "created": report.created,
            "changed": report.changed,
            "unchanged": report.unchanged,
        }
        checked = _("checked only")
        self.stdout.write(f"{said} ({checked})" if options["dry_run"] else said)


def _content(path: Path) -> bytes:
    """Return what is in the file, of one that is too large only so much that it is noticed."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise CommandError(_("There is no file “%(path)s”.") % {"path": path}) from error
    except OSError as error:
        raise CommandError(_("The file cannot be read: %(error)s") % {"error": error}) from error
