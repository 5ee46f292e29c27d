"""Whether this process is alive, and whether the room is ready: asked by supervisors and proxies, by nobody in person.

`/healthz` is answered by the event loop alone. `/readyz` says of database, broker and the workers that people wait for
whether they are ok, and nothing more: strangers may ask. Both are answered before Django sees them, so they need no
session, no host name that is allowed, and no database to say that there is none.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import redis
from django.conf import settings
from django.db import Error, connection

from gazeapp.core import canary, presence
from gazeapp.core.models import EventLog, Job

App = Callable[[Any, Any, Any], Awaitable[None]]
ALIVE, READY = "/healthz", "/readyz"
KEPT_S = 2.0  # how long one look serves everybody who asks
LONGEST_S = 3.0  # that anybody waits for it
NAMES = ("database", "broker", "workers")
AWAITED = (Job.Queue.PREDICT, Job.Queue.IO)  # a training starts whenever it does


class Probes:
    """Wraps the HTTP application."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.found: dict[str, bool] = {}
        self.looked = float("-inf")
        self.looking: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == ALIVE:
            await _answer(scope, send, {"alive": True}, 200)
        elif scope["type"] == "http" and scope["path"] == READY:
            found = await self._look()
            ready = all(found.values())
            words = {"ready": ready, **{name: "ok" if ok else "not ok" for name, ok in found.items()}}
            await _answer(scope, send, words, 200 if ready else 503)
        else:
            await self.app(scope, receive, send)

    async def _look(self) -> dict[str, bool]:
        """One look at a time, whoever asks meanwhile. One that does not come back says that nothing is ok."""
        if time.monotonic() - self.looked > KEPT_S and self.looking is None:
            self.looking = asyncio.create_task(self._look_anew())
        if self.looking is not None:
            try:
                await asyncio.wait_for(asyncio.shield(self.looking), LONGEST_S)
            except TimeoutError:
                return dict.fromkeys(NAMES, False)
        return self.found

    async def _look_anew(self) -> None:
        try:
            self.found = await asyncio.to_thread(look)
        finally:
            self.looked, self.looking = time.monotonic(), None


def look() -> dict[str, bool]:
    """{name: whether it is ok} of what the room needs beside this process."""
    url: str = settings.CELERY_BROKER_URL
    broker = canary.reachable(url)
    return {"database": _database_answers(), "broker": broker, "workers": broker and _workers_are_there(url)}


def _database_answers() -> bool:
    try:
        EventLog.objects.exists()
    except Error:
        return False
    finally:
        connection.close()  # of a thread that nobody else uses
    return True


def _workers_are_there(url: str) -> bool:
    """Whether somebody hears each queue that people wait for. What they publish of themselves fades when they die."""
    try:
        heard = {queue for status, _ in presence.statuses(url) for queue in status.queues}
    except redis.RedisError:
        return False
    return heard.issuperset(AWAITED)


async def _answer(scope: Any, send: Any, words: dict[str, Any], status: int) -> None:
    body = json.dumps(words).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
