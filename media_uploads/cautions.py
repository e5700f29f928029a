"""What an organizer should look at in an accepted video; nothing of it refuses the video.

What inspection saw is in the verdict; that another unit sent the same file, and that a limit has
been lowered since, depends on other rows and is asked when the page is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from media_uploads.models import VideoQuerySet, VideoSubmission
from media_uploads.refusals import WARNINGS

SAME_FILE, TOO_LONG = "same_file", "over_length"
SENTENCES: dict[str, str | Promise] = {
    SAME_FILE: _("Another unit handed in the same file (same SHA-256)."),
    TOO_LONG: _("The video is longer than the contest allows now."),
    **WARNINGS,
}
# What stands in a list, where there is room for two words.
SHORT: dict[str, str | Promise] = {
    SAME_FILE: pgettext_lazy("warning", "same file"),
    TOO_LONG: pgettext_lazy("warning", "too long"),
    "black": pgettext_lazy("warning", "black picture"),
    "no_sound": pgettext_lazy("warning", "no sound track"),
    "silent": pgettext_lazy("warning", "silent"),
}


@dataclass(frozen=True, slots=True)
class Caution:
    """One warning with what there is to look at beside the video itself."""

    code: str
    sentence: str
    others: tuple[VideoSubmission, ...] = ()


def with_cautions(videos: VideoQuerySet) -> VideoQuerySet:
    """Add `same_file` and `over_length` to each row, without a query a row."""
    return videos.annotate(
        same_file=Exists(
            VideoSubmission.objects.filter(
                sha256=OuterRef("sha256"), unit__contest=OuterRef("unit__contest")
            )
            .exclude(sha256="")
            .exclude(unit=OuterRef("unit"))
        ),
        over_length=_is_over_length(),
    )


def having(videos: VideoQuerySet, code: str) -> VideoQuerySet:
    """The rows of `with_cautions` that have this warning."""
    if code in (SAME_FILE, TOO_LONG):
        return videos.filter(**{code: True})
    # As text: SQLite cannot look into a list.
    return videos.filter(verdict__warnings__icontains=f'"{code}"')


def codes_of(video: VideoSubmission) -> list[str]:
    """The warnings of a row of `with_cautions`, the gravest first."""
    found = [code for code in (SAME_FILE, TOO_LONG) if getattr(video, code, False)]
    told = (video.verdict or {}).get("warnings") or []
    return found + [code for code in WARNINGS if code in told]


def cautions_of(video: VideoSubmission) -> list[Caution]:
    """The same in sentences, with the other units' videos to compare with."""
    return [
        Caution(code, str(SENTENCES[code]), tuple(same_file_as(video)) if code == SAME_FILE else ())
        for code in codes_of(video)
    ]


def same_file_as(video: VideoSubmission) -> Iterable[VideoSubmission]:
    """Videos of the contest's other units that are this very file."""
    others = VideoSubmission.objects.filter(
        sha256=video.sha256, unit__contest=video.unit.contest_id
    )
    return others.exclude(unit=video.unit_id).select_related("unit").order_by("unit__code", "pk")


def _is_over_length() -> Q:
    return Q(duration_ms__gt=F("unit__contest__video_max_seconds") * 1000)
