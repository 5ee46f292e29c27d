"""What a page does with its live socket, for tests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.live.stack import Stack


class Page:
    def __init__(self, line: ClientConnection) -> None:
        self.line = line
        self.seen: list[dict[str, Any]] = []

    async def say(self, **message: Any) -> None:
        await self.line.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await self.line.recv())
        self.seen.append(message)
        return message

    async def hear_until(self, **wanted: Any) -> dict[str, Any]:
        while True:
            message = await self.hear()
            if all(message.get(key) == value for key, value in wanted.items()):
                return message

    async def follow(self, subject: str, after: int | None = None) -> dict[str, Any]:
        """Subscribe; returns the first message about the subject when a snapshot is due, else an empty one."""
        await self.say(type="subscribe", subject=subject, after=after)
        return await self.hear() if after is None else {}

    def numbers(self, subject: str) -> list[int]:
        return [m["seq"] for m in self.seen if m["type"] == "event" and m["subject"] == subject]

    async def closed(self) -> int:
        """Wait until the server closes, and say with which code."""
        await self.line.wait_closed()
        return int(self.line.close_code or 0)


@asynccontextmanager
async def page(stack: Stack, person: SimpleNamespace | None, origin: str | None = "") -> AsyncIterator[Page]:
    headers = {"Cookie": f"sessionid={person.cookie}"} if person else {}
    async with connect(
        stack.socket_url,
        origin=(stack.url if origin == "" else origin),  # type: ignore[arg-type]
        additional_headers=headers,
        ping_interval=None,
        proxy=None,
    ) as line:
        yield Page(line)
