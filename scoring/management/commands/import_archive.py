"""Reads a contest from an archive into a database that does not have it (docs/archive.md)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from contests.clock import database_now
from scoring import archive


class Command(BaseCommand):
    help = "Reads a contest from an archive: all of it, or nothing. Prints its digest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            contest = archive.read(options["file"], now=database_now())
        except archive.ArchiveRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("“%(name)s” is here under /%(slug)s/. Its accounts have no passwords yet.")
            % {"name": contest.name, "slug": contest.slug}
        )
