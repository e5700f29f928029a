"""Imports people from a CSV or XLSX file."""

from contests.importing.command import ImportCommand


class Command(ImportCommand):
    help = "Imports people from a CSV or XLSX file; all or nothing."
    kind = "people"
