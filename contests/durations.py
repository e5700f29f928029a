"""Durations in words, as they are announced (rules: Q9)."""

from django.utils.translation import gettext


def in_words(seconds: int) -> str:
    """Return whole seconds as people read them: "1 phút 04 giây", "45 giây", "10 phút"."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return gettext("%(seconds)d seconds") % {"seconds": rest}
    if not rest:
        return gettext("%(minutes)d minutes") % {"minutes": minutes}
    return gettext("%(minutes)d minutes %(seconds)02d seconds") % {
        "minutes": minutes,
        "seconds": rest,
    }
