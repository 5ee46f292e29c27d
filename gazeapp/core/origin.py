"""Which pages may open a WebSocket: those of the address it is opened at, and those that the settings trust.

A browser sends its cookies along with the handshake whatever page asks for it, and holds no answer back from it. What a
page of another port or scheme of this host may read, it would be told.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.utils.http import is_same_domain

FOREIGN = 4403
PORTS = {"http": 80, "https": 443}
Place = tuple[str, str, int]  # scheme, host, port


class SameOrigin:
    """Refuses the handshake (403) of a page from elsewhere, and of what does not say where it is from."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if is_from_here(scope):
            await self.application(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": FOREIGN})


def is_from_here(scope: Any) -> bool:
    """As Django asks it of a form: by the address as the browser has it, in front of the proxy of the settings."""
    try:
        request = ASGIRequest(_as_http(scope), BytesIO())
        here = _place(f"{request.scheme}://{request.get_host()}")
        origin = _place(request.headers.get("Origin", ""))
    except (DisallowedHost, ValueError):
        return False
    return origin == here or any(_covers(trusted, origin) for trusted in settings.CSRF_TRUSTED_ORIGINS)


def _as_http(scope: Any) -> dict[str, Any]:
    """The handshake as the request that it was."""
    scheme = {"wss": "https"}.get(scope.get("scheme", "ws"), "http")
    return {**scope, "type": "http", "method": "GET", "scheme": scheme, "query_string": b""}


def _place(origin: str) -> Place:
    """Raises ValueError for what is no origin, such as ``null``."""
    parts = urlsplit(origin.lower())
    is_bare = "@" not in parts.netloc and origin.lower() == f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in PORTS or not parts.hostname or not is_bare:
        raise ValueError
    return parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme]


def _covers(trusted: str, origin: Place) -> bool:
    """Of the form ``https://room.example`` or ``https://*.example``, as Django takes them."""
    scheme, host, port = _place(trusted.replace("://*", "://"))
    return (scheme, port) == (origin[0], origin[2]) and is_same_domain(origin[1], host)
