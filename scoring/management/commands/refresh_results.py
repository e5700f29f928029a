"""Builds a new result set if the inputs changed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from contests.clock import database_now
from contests.lookup import contest_by_slug
from scoring import results


class Command(BaseCommand):
    help = "Builds a new result set if the inputs changed; prints its number and digest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contest", metavar="CONTEST")

    def handle(self, *args: Any, **options: Any) -> None:
        contest = contest_by_slug(options["contest"])
        try:
            refreshed = results.refresh(contest, now=database_now())
        except results.ResultsRefused as refused:
            raise CommandError(str(refused)) from refused
        result_set = refreshed.result_set
        news = _("built") if refreshed.built else _("unchanged")
        self.stdout.write(f"{result_set.number} {result_set.digest} ({news})")
