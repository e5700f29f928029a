"""Files of one stored result set (rules: A6): rows in tables.py, one module a format."""

from django.conf import settings
from django.utils.translation import override

from scoring.documents import csv, json, xlsx
from scoring.documents.tables import PUBLIC_TABLES, TABLES, Table, table
from scoring.models import ResultSet

FORMATS = {"csv": csv, "xlsx": xlsx, "json": json}

__all__ = ["FORMATS", "PUBLIC_TABLES", "TABLES", "Table", "render", "table"]


def render(result_set: ResultSet, *, name: str, form: str) -> bytes:
    """Return one table of a stored set as a file; KeyError for an unknown table or format.

    In the language of the program, whatever language its reader looks at pages in: one set has one
    file.
    """
    with override(settings.LANGUAGE_CODE):
        return FORMATS[form].render(table(result_set, name))
