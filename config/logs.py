"""Keeps what opens a door out of the log."""

import logging
import re

# The links of an access code and of a first password: whoever reads one is the person (their
# addresses are logged when refused).
LINKS = re.compile(r"(/enter/|/account/password/[^/\s]+/)[^/\s\"'?#]+")


class WithoutTokens(logging.Formatter):
    """Writes a line as asked, the tokens of links left out."""

    def format(self, record: logging.LogRecord) -> str:
        return LINKS.sub(r"\1…", super().format(record))
