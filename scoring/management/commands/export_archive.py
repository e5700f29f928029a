"""Writes a whole contest as an archive (docs/archive.md)."""

import contextlib
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts import audit
from contests.clock import database_now
from contests.lookup import contest_by_slug
from scoring import archive


class Command(BaseCommand):
    help = "Writes a whole contest, or its published results, as an archive; prints its digest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contest", metavar="CONTEST")
        parser.add_argument("--output", metavar="FILE", required=True)
        parser.add_argument(
            "--public",
            action="store_true",
            help="only what was published, without personal data but the names of award winners",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        contest = contest_by_slug(options["contest"])
        target = Path(options["output"])
        # Under its name only once it is whole; readable by its owner alone.
        half = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with os.fdopen(os.open(half, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
                draw = archive.write_public if options["public"] else archive.write
                manifest = draw(contest, file)
                file.flush()
                os.fsync(file.fileno())
            half.replace(target)
        except archive.NothingPublished as error:
            raise CommandError(_("No results are published that could be given away.")) from error
        except OSError as error:
            raise CommandError(
                _("The file cannot be written: %(error)s") % {"error": error}
            ) from error
        finally:
            with contextlib.suppress(OSError):
                half.unlink(missing_ok=True)
        if options["public"]:
            self.stdout.write(manifest["digest"])
            return
        # All about everybody leaves the program with it.
        audit.record(
            action="archive.export",
            target="contest",
            actor=None,
            contest=contest.slug,
            after={"digest": manifest["digest"]},
            now=database_now(),
        )
        self.stdout.write(manifest["digest"])
        for problem in manifest["problems"]:
            self.stderr.write(problem)
        if manifest["problems"]:
            raise CommandError(
                _("The archive is written, but rows differ from their seals: it cannot be read in.")
            )
