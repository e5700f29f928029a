"""Requests that the published results become final."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from contests.clock import database_now
from contests.lookup import contest_by_slug, organizer_by_name
from scoring import results


class Command(BaseCommand):
    help = (
        "Requests provisional results to become final; another organizer approves them signed in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contest", metavar="CONTEST")
        parser.add_argument("--by", metavar="USER", required=True)
        parser.add_argument("--reason", metavar="TEXT", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        contest = contest_by_slug(options["contest"])
        by = organizer_by_name(contest, options["by"])
        try:
            result_set = results.request_final(
                contest, by=by, reason=options["reason"], now=database_now()
            )
        except results.ResultsRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            _("Result set %(number)s: final requested. Another organizer now approves it.")
            % {"number": result_set.number}
        )
