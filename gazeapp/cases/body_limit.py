"""Counts request bodies at the door.

Django's ASGI handler writes a body to disk before any view runs, however long it gets; `Content-Length` is only what
the client says. This wrapper counts the bytes themselves and stops at what the address can use.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings

from gazeapp.accounts.tokens import is_somebody
from gazeapp.core import error_responses
from gazeapp.core.problems import Problem

Message = MutableMapping[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]
UPLOAD_PIECE = re.compile(r"^/api/v1/uploads/[^/]+/$")
FILE_FORMS = frozenset({"/api/v1/cases/", "/api/v1/recordings/imports/"})


class BodyLimit:
    """Wraps the HTTP application."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit, got, stopped, answered = await allowed(scope), 0, False, False

        async def counted() -> Message:
            nonlocal got, stopped
            if stopped:
                return {"type": "http.disconnect"}
            message: Message = await receive()
            if message["type"] == "http.request":
                got += len(message.get("body", b""))
                if got > limit:
                    stopped = True
                    return {"type": "http.disconnect"}
            return message

        async def watched(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        announced = _headers(scope).get(b"content-length", b"0")
        if announced.isdigit() and (len(announced) > 18 or int(announced) > limit):
            await _refuse(send, scope["path"], limit)
            return
        await self.app(scope, counted, watched)
        if stopped and not answered:
            await _refuse(send, scope["path"], limit)


async def allowed(scope: Any) -> int:
    """How many bytes of body this address may send: a piece of a film, a file in a form, or a form; a form where
    nobody is signed in."""
    form = int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    headers = _headers(scope)
    if scope["method"] in ("PATCH", "POST") and UPLOAD_PIECE.match(scope["path"]):  # POST: `X-HTTP-Method-Override`
        most = int(settings.UPLOAD_CHUNK_MAX_BYTES)
    elif (
        scope["method"] == "POST"
        and scope["path"] in FILE_FORMS
        and headers.get(b"content-type", b"").startswith(b"multipart/form-data")
    ):
        most = int(settings.UPLOAD_MAX_BYTES) + form
    else:
        return form
    cookies, authorization = (headers.get(name, b"").decode("latin-1") for name in (b"cookie", b"authorization"))
    return most if await database_sync_to_async(is_somebody)(cookies, authorization) else form


def _headers(scope: Any) -> dict[bytes, bytes]:
    return {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}


async def _refuse(send: Any, path: str, limit: int) -> None:
    problem = Problem("body-too-large", "That is too much at once.", f"At most {limit} bytes are taken here.", code=413)
    answer = error_responses.problem_response(path, problem, {"Connection": "close"})
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
