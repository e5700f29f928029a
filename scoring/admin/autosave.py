"""A draft saves itself while the judge types; what is acknowledged is stored (rules: M2, M6)."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from contests.models import Judge
from media_uploads.models import VideoSubmission
from scoring.admin.desk import Desk, judged_video
from scoring.admin.sheet import sheet_form, why_locked
from scoring.models import (
    TAKES_NO_MARKS,
    SheetChangedElsewhere,
    open_sheet,
)


@judged_video
@require_POST
def save(
    request: HttpRequest, *, judge: Judge, video: VideoSubmission, now: dt.datetime
) -> JsonResponse:
    """Store the fields that are right and say so.

    200 `{"revision", "saved_at", "errors"}`: stored, but for the fields in `errors` (name →
    sentence), which stay as they were. 409 `{"error": "elsewhere"}`: another window saved in
    between, and 410 `{"error": why}`: the sheet takes no marks any more; nothing was stored.
    """
    line = Desk.of(judge).line_of(video)
    form = sheet_form(request, line, judge)
    if locked := why_locked(line, judge.contest, now):
        return JsonResponse({"error": locked}, status=410)
    form.is_valid()
    try:
        sheet = open_sheet(judge=judge, video=video, now=now)
        sheet.save_draft(**form.valid_part(), now=now)
    except SheetChangedElsewhere:
        # Sent once more because the first answer was lost: it is stored already.
        if not (form.is_valid() and form.is_unchanged()):
            return JsonResponse({"error": "elsewhere"}, status=409)
    except TAKES_NO_MARKS:
        return JsonResponse({"error": "closed"}, status=410)
    errors = {name: found[0] for name, found in form.errors.items()}
    return JsonResponse({"revision": sheet.revision, "saved_at": sheet.saved_at, "errors": errors})
