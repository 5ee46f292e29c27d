"""Sending a large file as it lies on the disk: whole, or from some byte on (RFC 9110, section 14), a piece at a time.

The pieces are read as the client takes them, so that a slow one costs a piece of memory and no thread.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from gazeapp.core import error_responses
from gazeapp.core.problems import Problem
from gazeapp.exports.storage import CHUNK

_RANGE = re.compile(r"bytes=(\d{0,1000})-(\d{0,1000})")  # Python reads numbers of some thousand digits


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a file from ``first`` up to ``end``, which is not among them; ``whole`` where none were chosen."""

    first: int
    end: int
    whole: bool = False


def asked(request: Any, size: int, sha256: str) -> Part | None:
    """What of a file a request asks for; None when it asks for what is not there.

    All of it where no range is asked, where it is one that this server does not serve (several, or of another unit: the
    standard lets it be passed over), and where it is of another version of the file (If-Range).
    """
    whole = Part(0, size, whole=True)
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    of_this = request.headers.get("If-Range", tag_of(sha256)).strip() == tag_of(sha256)
    if request.method != "GET" or found is None or found[0] == "bytes=-" or not of_this:
        return whole
    first, last = found[1], found[2]
    if not first:  # the last so many bytes
        return Part(max(0, size - int(last)), size) if int(last) and size else None
    if last and int(last) < int(first):
        return whole  # this is no range
    if int(first) >= size:
        return None
    return Part(int(first), min(size, int(last) + 1) if last else size)


def answer(request: Any, path: Path, part: Part | None, *, size: int, sha256: str, name: str) -> HttpResponseBase:
    """Those bytes of a file: 200, 206 for a part, 416 for what is not there. Raises Problem (release-damaged)."""
    if part is None:
        problem = Problem("range", "The file has no such bytes.", f"It has {size} bytes.", code=416)
        return error_responses.problem_response(request.path_info, problem, {"Content-Range": f"bytes */{size}"})
    if not path.is_file() or path.stat().st_size != size:
        raise Problem("release-damaged", "This file is missing or damaged.", "Tell an administrator.", code=410)
    response: HttpResponseBase = (
        HttpResponse() if request.method == "HEAD" else StreamingHttpResponse(pieces(path, part.first, part.end))
    )
    if not part.whole:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.first}-{part.end - 1}/{size}"
    response["Content-Type"] = "application/octet-stream"
    response["Content-Length"] = str(part.end - part.first)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag_of(sha256)
    response["Cache-Control"] = "private, no-store"  # who may have it is asked each time
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def tag_of(sha256: str) -> str:
    return f'"{sha256}"'


async def pieces(path: Path, first: int, end: int) -> AsyncIterator[bytes]:
    """The bytes of a file from ``first`` up to ``end``."""
    file: Any = await sync_to_async(lambda: path.open("rb"), thread_sensitive=False)()
    try:
        await sync_to_async(file.seek, thread_sensitive=False)(first)
        left = end - first
        while left > 0:
            piece = await sync_to_async(file.read, thread_sensitive=False)(min(CHUNK, left))
            if not piece:  # the disk has less than the row says; the client sees that bytes are missing
                return
            left -= len(piece)
            yield piece
    finally:
        await sync_to_async(file.close, thread_sensitive=False)()
