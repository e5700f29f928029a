"""Resumable uploads by tus 1.0 (docs/http.md): thin views around the library's server.

A body is stored piece by piece as it arrives, so that a cut costs no more than the piece under
way, and a large file costs no memory.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator
from functools import partial, wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.throttle import client_address
from contests.clock import database_now
from contests.models import Unit
from media_uploads import receiving
from media_uploads.forms import UploadForm
from media_uploads.models import Upload
from media_uploads.receiving import NotTaken

if TYPE_CHECKING:
    from resumable_upload import TusServer

logger = logging.getLogger(__name__)

PIECE = 1024 * 1024
LOCK_WAIT_SECONDS = 5.0
TUS_HEADERS = (
    "Tus-Resumable",
    "Upload-Length",
    "Upload-Defer-Length",
    "Upload-Offset",
    "Upload-Metadata",
    "Upload-Checksum",
    "Content-Type",
)


class TusRequest(HttpRequest):
    """A coordinator's request about uploads of the own unit."""

    user: User
    unit: Unit


def tus_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Set `request.unit`; nobody signed in is 401, a foreign unit 404, a refusal its JSON."""

    @wraps(view)
    @never_cache
    def wrapped(request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return refused(NotTaken("not_signed_in", 401, _("Please sign in again.")))
        own = Unit.objects.coordinated_by(request.user).select_related("contest")
        request.unit = get_object_or_404(own, pk=pk)  # type: ignore[attr-defined]
        try:
            return view(request, **kwargs)
        except NotTaken as refusal:
            return refused(refusal)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            logger.error("an upload stopped: no room on the disk")
            return refused(receiving.disk_full())

    return wrapped


@tus_view
@require_http_methods(["POST", "OPTIONS"])
def uploads(request: TusRequest) -> HttpResponse:
    """Begin an upload, or tell what this server can do."""
    return answer(server(request, None), request, b"")


@tus_view
@require_http_methods(["HEAD", "PATCH", "DELETE"])
def upload(request: TusRequest, upload_id: str) -> HttpResponse:
    """Tell how much is here, take more, or drop it; a whole file becomes a version (V1, V2)."""
    own = request.unit.uploads.select_related("video")
    found: Upload = get_object_or_404(own, pk=upload_id)
    found.unit = request.unit
    if request.method == "DELETE":
        if found.video_id:
            raise NotTaken("finished", 409, _("The upload has ended; the video was received."))
        return answer(server(request, found), request, b"")
    now = database_now()
    if not found.video_id:
        receiving.require_in_time(found.closes_at, now=now)
    take = request.method == "PATCH"
    response = _take(request, found) if take else answer(server(request, found), request, b"")
    if response.status_code < HTTPStatus.BAD_REQUEST and found.offset == found.size:
        receiving.finish(found, address=client_address(request), now=database_now())
    return response


@require_POST
@tus_view
def upload_drop(request: TusRequest, upload_id: str) -> HttpResponse:
    """The button that cancels an unfinished upload; again: changes nothing."""
    get_object_or_404(request.unit.uploads, pk=upload_id).discard()
    return redirect("desk", pk=request.unit.pk)


def refused(refusal: NotTaken) -> JsonResponse:
    """The refusal as {"error", "message"}."""
    return JsonResponse(
        {"error": refusal.code, "message": refusal.message},
        status=refusal.status,
        headers={"Tus-Resumable": "1.0.0"},
    )


def server(request: TusRequest, found: Upload | None) -> TusServer:
    """The library's server for one request; it sees this one upload and no other."""
    # Loaded by the first upload: most web processes never see one.
    from resumable_upload import TusServer

    from media_uploads.incoming import FileLocks, UploadFile

    made = TusServer(
        storage=UploadFile(found, partial(_begin, request)),
        base_path=reverse("uploads", kwargs={"pk": request.unit.pk}).rstrip("/"),
        lock_backend=FileLocks(found.path) if found else None,
        lock_wait_seconds=LOCK_WAIT_SECONDS,
        # `receiving` refuses what is too large, with a sentence; here it is only told beforehand.
        max_size=request.unit.contest.video_max_bytes if request.method == "OPTIONS" else 0,
        checksum_algorithms=(),
        disable_concatenation=True,
    )
    made.SUPPORTED_EXTENSIONS = ["creation", "termination", "expiration"]
    return made


def answer(
    tus: TusServer, request: TusRequest, body: bytes, *, offset: int | None = None
) -> HttpResponse:
    """What the library says to the request, or to a piece of its body at `offset`."""
    headers = {name: request.headers[name] for name in TUS_HEADERS if name in request.headers}
    if offset is not None:
        headers["Upload-Offset"] = str(offset)
    method = request.method or ""
    status, told, content = tus.handle_request(method, request.path.rstrip("/"), headers, body)
    assert isinstance(content, bytes)
    return HttpResponse(content, status=status, headers=told, content_type="text/plain")


def _begin(
    request: TusRequest, upload_id: str, length: int | None, metadata: dict[str, str]
) -> Upload:
    """Check what is said of a new upload, then make it. Raises NotTaken."""
    contest, now = request.unit.contest, database_now()
    receiving.require_open(request.unit, now=now)
    if not length:
        raise NotTaken("empty", 400, _("The file is empty. Please choose the video again."))
    receiving.require_room(request.unit, length, most=contest.video_max_bytes)
    form = UploadForm(metadata, contest=contest)
    if not form.is_valid():
        raise NotTaken("metadata", 400, " ".join(form.sentences()))
    return receiving.begin(
        unit=request.unit,
        upload_id=upload_id,
        slot=form.chosen_slot,
        title=form.cleaned_data["title"],
        original_name=form.cleaned_data["filename"],
        size=length,
        may_be_shown=form.cleaned_data["may_be_shown"],
        by=request.user,
        now=now,
    )


def _take(request: TusRequest, found: Upload) -> HttpResponse:
    """Store the body from the offset it names on; the answer of its last piece."""
    receiving.note_sha256(found, request.headers.get("X-Content-SHA256", ""))
    tus = server(request, found)
    told = request.headers.get("Upload-Offset", "")
    offset = int(told) if told.isdecimal() and len(told) < 16 else None
    response = None
    for piece in _pieces(request):
        response = answer(tus, request, piece, offset=offset)
        if offset is None or response.status_code >= HTTPStatus.BAD_REQUEST:
            return response
        offset += len(piece)
    return response or answer(tus, request, b"", offset=offset)


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    """The body as it arrives; where the line was cut, what had arrived."""
    try:
        while piece := request.read(PIECE):
            yield piece
    except UnreadablePostError:
        return
