"""A whole contest as one file that others can read, check and compute from (docs/archive.md)."""

from scoring.archive.public import NothingPublished, write_public
from scoring.archive.reading import ArchiveRefused, read
from scoring.archive.writing import write

__all__ = ["ArchiveRefused", "NothingPublished", "read", "write", "write_public"]
