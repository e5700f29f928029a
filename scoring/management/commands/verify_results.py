"""Recomputes the newest results from raw rows and compares."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from contests.lookup import contest_by_slug
from scoring.verification import verify


class Command(BaseCommand):
    help = "Recomputes the results from raw rows and compares them with what is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contest", metavar="CONTEST")

    def handle(self, *args: Any, **options: Any) -> None:
        contest = contest_by_slug(options["contest"])
        if differences := verify(contest):
            raise CommandError("\n".join(differences))
        self.stdout.write(_("Every seal holds and every stored figure was computed again alike."))
