"""WebSocket routes."""

from __future__ import annotations

from django.urls import path

from gazeapp.core.consumers import LiveConsumer

websocket_urlpatterns = [path("ws/live/", LiveConsumer.as_asgi(), name="live")]  # type: ignore[arg-type]
