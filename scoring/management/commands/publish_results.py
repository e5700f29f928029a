"""Publishes the newest results as provisional."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contests.clock import database_now
from contests.lookup import contest_by_slug, organizer_by_name
from scoring import results


class Command(BaseCommand):
    help = "Publishes the newest results: draft becomes provisional."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contest", metavar="CONTEST")
        parser.add_argument("--by", metavar="USER", required=True)
        parser.add_argument("--reason", metavar="TEXT", default="", help="needed for a correction")

    def handle(self, *args: Any, **options: Any) -> None:
        contest = contest_by_slug(options["contest"])
        by = organizer_by_name(contest, options["by"])
        try:
            result_set = results.publish(
                contest, by=by, reason=options["reason"], now=database_now()
            )
        except results.ResultsRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{result_set.number} {result_set.digest}")
