"""uvicorn's WebSocket protocol, able to let go of a reader who does not read.

ASGI has no word for hanging up: a close message waits behind everything the reader has not taken. The scope's extension
`medgaze.drop(code)` puts the close frame behind what is already written, and a few seconds later cuts the line.
Use: `uvicorn --ws gazeapp.core.sockets:ImpatientWebSocket`.
"""

from __future__ import annotations

import socket
from asyncio.transports import BaseTransport
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

SEND_BUFFER_BYTES = 256 * 1024  # the kernel's: left to itself it takes megabytes before it says that a reader is slow
GRACE_S = 5.0  # for a reader who wakes up to see why it was closed


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
