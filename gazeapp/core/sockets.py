"""uvicorn's protocols, able to let go of who neither asks nor reads.

HTTP: uvicorn waits for ever for a first request, so that silent connections fill all places (`--limit-concurrency`).
WebSocket: ASGI has no word for hanging up: a close message waits behind everything the reader has not taken. The
scope's extension `medgaze.drop(code)` puts the close frame behind what is already written, and a few seconds later cuts
the line. Use: `uvicorn --http gazeapp.core.sockets:ImpatientHttp --ws gazeapp.core.sockets:ImpatientWebSocket`.
"""

from __future__ import annotations

import asyncio
import socket
from asyncio.transports import BaseTransport
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

SEND_BUFFER_BYTES = 256 * 1024  # the kernel's: left to itself it takes megabytes before it says that a reader is slow
GRACE_S = 5.0  # for a reader who wakes up to see why it was closed
HEAD_S = 10.0  # for all headers of a request, from the connection or the request's first byte on


class ImpatientHttp(H11Protocol):
    """Between requests uvicorn's own timer (`--timeout-keep-alive`) runs; the first byte of a request ends it."""

    until: asyncio.TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self.until = self.loop.call_later(HEAD_S, transport.close)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE or self.transport.get_protocol() is not self:
            self._forget()
        elif self.until is None:
            self.until = self.loop.call_later(HEAD_S, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _forget(self) -> None:
        if self.until is not None:
            self.until.cancel()
            self.until = None


class ImpatientWebSocket(WebSocketsSansIOProtocol):
    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        line = transport.get_extra_info("socket")
        if line is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    async def run_asgi(self) -> None:
        extensions: dict[str, Any] = {**(self.scope.get("extensions") or {}), "medgaze.drop": self.drop}
        self.scope["extensions"] = extensions
        await super().run_asgi()

    def drop(self, code: int) -> None:
        """Send a close frame without waiting for the reader, then cut the line."""
        if self.close_sent or self.transport.is_closing():
            return
        try:
            self.conn.send_close(code)
            self.transport.write(b"".join(self.conn.data_to_send()))
        except InvalidState:
            pass
        self.close_sent = True
        self.stop_keepalive()
        self.transport.close()
        self.loop.call_later(GRACE_S, self.transport.abort)
