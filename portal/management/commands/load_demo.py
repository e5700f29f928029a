"""Loads the demonstration: Sóc Trăng 2020, and a rehearsal that is open now."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from contests.clock import database_now
from portal.demo import loading, sign_ins


class Command(BaseCommand):
    help = "Loads the demonstration once; --fresh loads it anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fresh", action="store_true", help="remove it first")
        parser.add_argument(
            "--show-sign-ins", action="store_true", help="only print how to sign in"
        )
        parser.add_argument(
            "--hide-sign-ins", action="store_true", help="do not print how to sign in"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["show_sign_ins"]:
            self._load(fresh=options["fresh"])
        if options["hide_sign_ins"]:
            return
        base_url = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
        for line in sign_ins.lines(base_url=base_url):
            self.stdout.write(line)

    def _load(self, *, fresh: bool) -> None:
        try:
            loaded = loading.load(fresh=fresh, now=database_now(), progress=self._progress)
        except loading.NotADemonstration as error:
            raise CommandError(
                _("“%(slug)s” is not a demonstration; it is left alone.") % {"slug": error.args[0]}
            ) from error
        if not loaded:
            self.stdout.write(_("The demonstration is loaded already."))

    def _progress(self, what: str, done: int, of: int) -> None:
        """One line a step that grows on a terminal, one line at its end elsewhere."""
        if self.stdout.isatty():
            self.stdout.write(f"\r{what} {done}/{of}", ending="\n" if done == of else "")
            self.stdout.flush()
        elif done == of:
            self.stdout.write(f"{what} {done}/{of}")
