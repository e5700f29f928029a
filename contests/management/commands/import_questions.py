"""Imports questions from a CSV or XLSX file, into the contest's bank or the one to practise on."""

from typing import Any

from django.core.management.base import CommandParser

from contests.importing.command import ImportCommand
from contests.importing.running import PRACTICE, Kind


class Command(ImportCommand):
    help = "Imports questions from a CSV or XLSX file; all or nothing."
    kind = "questions"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--practice", action="store_true", help="into the practice bank, which never counts"
        )

    def wanted(self, options: dict[str, Any]) -> Kind:
        return PRACTICE if options["practice"] else super().wanted(options)
