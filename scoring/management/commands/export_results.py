"""Writes a table of a stored result set as a file."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from contests.lookup import contest_by_slug
from scoring import documents
from scoring.models import ResultSet


class Command(BaseCommand):
    help = "Writes a table of the newest result set, or of --result N."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contest", metavar="CONTEST")
        parser.add_argument("--table", choices=list(documents.TABLES), required=True)
        parser.add_argument("--format", choices=list(documents.FORMATS), required=True)
        parser.add_argument("--output", metavar="FILE")
        parser.add_argument("--result", metavar="N", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        contest = contest_by_slug(options["contest"])
        sets = ResultSet.objects.filter(contest=contest)
        if options["result"] is not None:
            result_set = sets.filter(number=options["result"]).first()
        else:
            result_set = sets.newest(contest)
        if result_set is None:
            raise CommandError(_("There is no such result set. Refresh the results first."))
        data = documents.render(result_set, name=options["table"], form=options["format"])
        if not options["output"]:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
            return
        try:
            Path(options["output"]).write_bytes(data)
        except OSError as error:
            raise CommandError(
                _("The file cannot be written: %(error)s") % {"error": error}
            ) from error
