"""Says whether a file would be accepted as a unit's video, as JSON."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from media_uploads.child import run_inspection
from media_uploads.limits import Limits
from media_uploads.refusals import WARNINGS


class Command(BaseCommand):
    """`inspect_video FILE`: exit 0 accepted, 1 refused, 2 wrong usage."""

    help = gettext_lazy("Prints the verdict on a video file as JSON.")  # type: ignore[assignment]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if not file.is_file():
            self.stderr.write(_("There is no file %(file)s.") % {"file": file})
            sys.exit(1)
        verdict = run_inspection(file, limits=Limits())
        self.stdout.write(json.dumps(verdict.as_dict(), ensure_ascii=False))
        if not verdict.accepted:
            self.stderr.write(verdict.message)
            sys.exit(1)
        for code in verdict.warnings:
            self.stderr.write(str(WARNINGS[code]))
