"""Connections over which nothing is asked, over a real uvicorn: they are let go, and nobody else is."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from gazeapp.core import sockets

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
HEAD_S = 0.6


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers when the whole body is here, and keeps a while to it."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        return
    while (await receive()).get("more_body"):
        pass
    await asyncio.sleep(2 * HEAD_S if scope["path"] == "/slow" else 0)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@contextlib.asynccontextmanager
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(sockets, "HEAD_S", HEAD_S)
    config = uvicorn.Config(
        app, port=0, lifespan="off", log_level="error", http=sockets.ImpatientHttp, ws=sockets.ImpatientWebSocket
    )  # fmt: skip
    running = uvicorn.Server(config)
    running.install_signal_handlers = lambda: None  # type: ignore[attr-defined,method-assign]
    task = asyncio.create_task(running.serve())
    while not running.started:
        await asyncio.sleep(0.01)
    yield running.servers[0].sockets[0].getsockname()[1]
    running.should_exit = True
    await task


async def talk(port: int, *pieces: bytes, every: float = 0.0) -> tuple[bytes, float]:
    """What comes over a connection until it is closed, and after how long."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()

    async def say() -> None:
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(every)

    saying = asyncio.create_task(say())
    try:
        async with asyncio.timeout(10 * HEAD_S):
            return await reader.read(), time.monotonic() - began
    except TimeoutError:
        return b"still open", time.monotonic() - began
    finally:
        saying.cancel()
        writer.close()


async def test_a_connection_that_says_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(monkeypatch) as port:
        got, seconds = await talk(port)
    assert got == b"" and seconds >= 0.9 * HEAD_S


async def test_one_that_says_its_headers_drop_by_drop_is_closed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(monkeypatch) as port:
        got, _ = await talk(port, HEAD, *([b"a: b\r\n"] * 40), every=HEAD_S / 5)
        again, _ = await talk(port, HEAD + b"\r\n", HEAD, *([b"a: b\r\n"] * 40), every=HEAD_S / 5)
    assert got == b""
    assert again.count(b"200 OK") == 1  # the second request of a connection is given as long


async def test_a_slow_answer_a_slow_body_and_a_live_socket_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    close = b"Connection: close\r\n\r\n"
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    upgrade += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    async with server(monkeypatch) as port:
        slow, body, live = await asyncio.gather(
            talk(port, b"GET /slow HTTP/1.1\r\nHost: x\r\n" + close),
            talk(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n" + close, *([b"x"] * 8), every=HEAD_S / 4),
            talk(port, HEAD + upgrade),
        )
    assert b"200 OK" in slow[0] and b"200 OK" in body[0]
    assert live[0] == b"still open"
