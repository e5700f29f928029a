"""Delivers copies and posters to those who may watch them, in ranges, so that a player can seek.

Who may watch is asked at every request; the bytes come from this process, from the nginx in front
of it, or from the bucket by an address that ends soon. Originals have no address at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from media_uploads import storage
from media_uploads.audience import watchable_by
from media_uploads.ranges import Range, Unsatisfiable, parse_range, read_range

# What a stranger made may show itself and do nothing else, even opened in a tab of its own.
FILE_POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; sandbox"


@require_safe
def video_copy(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The playable copy; 404 for whoever may not watch it."""
    video = get_object_or_404(watchable_by(request.user), public_id=public_id)
    return _delivery(request, video.copy, "video/mp4")


@require_safe
def video_poster(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The copy's poster; 404 for whoever may not watch it."""
    video = get_object_or_404(watchable_by(request.user), public_id=public_id)
    return _delivery(request, video.poster, "image/jpeg")


def _delivery(request: HttpRequest, name: str, content_type: str) -> HttpResponseBase:
    """The answer with a stored file, or that leads to it; the browser asks again each time."""
    if bucket := storage.bucket():
        response: HttpResponseBase = HttpResponseRedirect(
            bucket.address(name, content_type=content_type)
        )
        # The address opens the file to whoever has it, as long as it lasts.
        response.headers["Cache-Control"] = "private, no-store"
    elif settings.MEDIA_ACCEL:
        response = HttpResponse(content_type=content_type)
        response.headers["X-Accel-Redirect"] = f"{settings.MEDIA_ACCEL}{name}"
        response.headers["Cache-Control"] = "private, no-cache"
    else:
        response = _file_response(request, storage.path_of(name), content_type)
        response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _file_response(request: HttpRequest, path: Path, content_type: str) -> HttpResponseBase:
    """200, 206, 304 or 416 for a file of this host."""
    try:
        stat = path.stat()
    except OSError as error:
        raise Http404 from error
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    part = _wanted_part(request, etag, stat.st_size)
    response: HttpResponseBase
    if isinstance(part, Unsatisfiable):
        response = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
    else:
        sent = part or Range(0, stat.st_size - 1, stat.st_size)
        response = StreamingHttpResponse(_pieces(path, sent), content_type=content_type)
        response.headers["Content-Length"] = str(sent.length)
    if part is not None:
        response.headers["Content-Range"] = part.content_range
    if isinstance(part, Range):
        response.status_code = HTTPStatus.PARTIAL_CONTENT
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    conditional = get_conditional_response(request, etag=etag, response=response)  # type: ignore[arg-type]
    return conditional or response


def _wanted_part(request: HttpRequest, etag: str, size: int) -> Range | Unsatisfiable | None:
    """The range asked for; none where If-Range names another version of the file (RFC 9110)."""
    if request.headers.get("If-Range", etag) != etag:
        return None
    return parse_range(request.headers.get("Range"), size)


def _pieces(path: Path, part: Range) -> Iterator[bytes]:
    """The file is opened when the first piece is taken and closed with the response."""
    with path.open("rb") as file:
        yield from read_range(file, part)
