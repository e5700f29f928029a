"""What people type into the prediction question: a whole number, or nothing (rules: Q11)."""

import re

# More digits than any contest has people; the database's own whole numbers hold them.
MOST_DIGITS = 8
# "1234", or "1.234" as Vietnamese print it; spaces may stand in its place.
_WHOLE = re.compile(r"[0-9]+|[0-9]{1,3}(?:[. ][0-9]{3})+")


class NoWholeNumber(Exception):
    """What was typed is not a whole number of at most eight digits."""


def read(typed: str) -> int | None:
    """Return the number that was typed, None for nothing; raises NoWholeNumber."""
    text = typed.strip()
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise NoWholeNumber
    digits = re.sub(r"[^0-9]", "", text)
    if len(digits) > MOST_DIGITS:
        raise NoWholeNumber
    return int(digits)
