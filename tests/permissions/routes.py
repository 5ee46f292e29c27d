"""Every HTTP route of the URL configuration and every WebSocket route, found by walking them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from webapp.routing import websocket_urlpatterns


@dataclass(frozen=True)
class Route:
    """One address: its full name (``namespace:name``) and its pattern, for messages."""

    name: str
    pattern: str


def http_routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, "", ""))


def websocket_routes() -> list[Route]:
    return [Route(str(pattern.name), str(pattern.pattern)) for pattern in websocket_urlpatterns]


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, path, inner)
        else:
            yield Route(namespace + (pattern.name or f"({path})"), path)
