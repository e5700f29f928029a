"""Why a video is refused or has no copy: for each code one sentence that helps to mend it."""

import errno
from collections.abc import Mapping
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

Params = Mapping[str, str | int]

FULL_DISK = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)

REASONS = {
    "accepted": _("The video is accepted."),
    "empty": _(
        "The file is empty. The upload was probably interrupted; please choose the file again."
    ),
    "not_video": _(
        "The content of this file is not an MP4, MOV, WebM or MKV video, whatever its name ends "
        "in. Please export the video as MP4 (H.264) and upload that file."
    ),
    "too_large": _(
        "The file is %(megabytes)s MB; at most %(max_megabytes)s MB are accepted. Please export "
        "the video again as MP4 (H.264) at 1080p or 720p, which makes it smaller."
    ),
    "truncated": _(
        "The file ends before the video does: it was cut off while being recorded, exported or "
        "copied. Please export or copy it again, play it to the end once, and upload it."
    ),
    "unreadable": _(
        "The video is damaged and cannot be played. Please open it in a video editor, export it "
        "again as MP4 (H.264) and upload the new file."
    ),
    "unknown_codec": _(
        "The pictures in this file use a format that cannot be read here. Please export the "
        "video as MP4 (H.264) and upload the new file."
    ),
    "no_picture": _(
        "The file has no moving pictures, only sound or a cover. Please upload the video itself."
    ),
    "too_many_streams": _(
        "The file holds %(streams)s tracks; at most %(max_streams)s are accepted. Please export "
        "the video with one picture track and one sound track."
    ),
    "too_short": _(
        "The video lasts %(seconds)s seconds; at least %(min_seconds)s are needed. Please upload "
        "the full video."
    ),
    "too_long": _(
        "The video lasts %(seconds)s seconds; at most %(max_seconds)s are accepted. Please cut it "
        "and upload it again."
    ),
    "too_small": _(
        "The picture is %(width)s×%(height)s; at least %(min_long)s×%(min_short)s is needed, "
        "upright or sideways. Please export the video at 1280×720 or more."
    ),
    "too_large_picture": _(
        "The picture is %(width)s×%(height)s, more than %(max_side)s on a side. Please export the "
        "video at 1920×1080."
    ),
    "too_many_frames": _(
        "The video has more than %(max_frame_rate)s pictures a second. Please export it at 25 or "
        "30 pictures a second."
    ),
    "too_heavy": _(
        "The video needs more memory than is available to read it. Please export it as MP4 "
        "(H.264) at 1920×1080 and upload it again."
    ),
    "too_slow": _(
        "Reading the video took too long. Please export it as MP4 (H.264) at 1920×1080 and upload "
        "it again."
    ),
    "crashed": _(
        "The video made the reading program stop. Please open it in a video editor, export it "
        "again as MP4 (H.264) and upload the new file."
    ),
    "altered": _(
        "The file that arrived is not the file that was sent (SHA-256 differs). Please upload it "
        "again."
    ),
    "gone": _("The stored file can no longer be found. Please tell the organizers."),
    "no_space": _("There was no room on the server to write the copy. Please tell the organizers."),
}

# For organizers, of a video that is accepted nevertheless.
WARNINGS = {
    "black": _("The picture is black at the beginning, in the middle and at the end."),
    "no_sound": _("The video has no sound track."),
    "silent": _(
        "Nothing can be heard at the beginning, in the middle and at the end, although there is "
        "a sound track."
    ),
}


def explain(code: str, params: Params) -> str:
    """The sentence for `code` in the active language; an unknown code reads as unreadable."""
    shown = {
        name: number_format(Decimal(value)) if isinstance(value, str) else value
        for name, value in params.items()
    }
    return str(REASONS.get(code, REASONS["unreadable"])) % shown


def code_of(error: Exception) -> str:
    """The code for what FFmpeg or the system raised on a file that passed the checks before it."""
    if isinstance(error, MemoryError | BlockingIOError):  # the latter: no room for a thread
        return "too_heavy"
    if isinstance(error, OSError) and error.errno in FULL_DISK:
        return "no_space"
    return "unreadable"
