"""WebSocket routes."""

from __future__ import annotations

from typing import Any

from django.urls import path

from gazeapp.core.consumers import LiveConsumer

websocket_urlpatterns = [path("ws/live/", LiveConsumer.as_asgi(), name="live")]  # type: ignore[arg-type]


async def nowhere(scope: Any, receive: Any, send: Any) -> None:
    """Where no route leads: the handshake is refused, and nothing breaks."""
    await send({"type": "websocket.close", "code": 4404})
