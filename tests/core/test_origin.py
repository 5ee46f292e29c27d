"""A page from elsewhere opens no live socket with the cookies of whoever reads it, be it a port or a scheme away."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from gazeapp.core.origin import is_from_here
from webapp.asgi import application


@pytest.fixture(autouse=True)
def hosts(settings: SimpleNamespace) -> SimpleNamespace:
    settings.ALLOWED_HOSTS = ["room.example", "other.example", "[::1]"]
    settings.SECURE_PROXY_SSL_HEADER = None
    settings.CSRF_TRUSTED_ORIGINS = []
    return settings


def handshake(*origins: str, host: str = "room.example", scheme: str = "ws", **more: str) -> dict[str, Any]:
    headers = [(b"host", host.encode()), *((b"origin", origin.encode()) for origin in origins)]
    headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
    return {"type": "websocket", "path": "/ws/live/", "query_string": b"\xff", "headers": headers, "scheme": scheme}


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://room.example", "room.example", "ws"),
        ("http://room.example:8000", "room.example:8000", "ws"),
        ("https://room.example", "room.example", "wss"),
        ("https://room.example", "room.example:443", "wss"),
        ("https://room.example:8443", "Room.example:8443", "wss"),
        ("http://[::1]:8000", "[::1]:8000", "ws"),
    ],
)
def test_a_page_of_the_same_scheme_host_and_port_is_let_in(origin: str, host: str, scheme: str) -> None:
    assert is_from_here(handshake(origin, host=host, scheme=scheme))


@pytest.mark.parametrize(
    "origins",
    [
        ["http://room.example:8001"],
        ["http://room.example"],  # port 80, where the room is at 8000
        ["https://room.example:8000"],
        ["ws://room.example:8000"],
        ["http://other.example:8000"],  # allowed as a host, and yet another place
        ["http://sub.room.example:8000"],
        ["http://room.example:8000.evil.example"],
        ["http://room.example:8000/"],
        ["http://evil@room.example:8000"],
        ["http://room.example:8000", "http://room.example:8000"],
        ["http://room.example:port"],
        ["http://["],
        ["null"],
        [""],
        [],
    ],
    ids=lambda origins: " and ".join(origins) or "none",
)
def test_any_other_page_and_what_names_none_is_refused(origins: list[str]) -> None:
    assert not is_from_here(handshake(*origins, host="room.example:8000"))


def test_a_name_that_is_not_this_servers_is_refused_though_both_agree_on_it() -> None:
    """Somebody's own domain that points here (DNS rebinding)."""
    assert not is_from_here(handshake("http://evil.example", host="evil.example"))


@pytest.mark.parametrize(
    ("origin", "forwarded", "let_in"),
    [
        ("https://room.example", "https", True),
        ("http://room.example", "https", False),
        ("http://room.example", "http", True),
        ("https://room.example", "http", False),
    ],
)
def test_behind_a_proxy_the_scheme_is_the_one_that_the_browser_used(
    hosts: SimpleNamespace, origin: str, forwarded: str, let_in: bool
) -> None:
    hosts.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert is_from_here(handshake(origin, x_forwarded_proto=forwarded)) is let_in


def test_a_forwarded_scheme_is_not_believed_where_no_proxy_is_set_up() -> None:
    assert not is_from_here(handshake("https://room.example", x_forwarded_proto="https"))


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        ("https://front.example", True),
        ("https://front.example:8443", False),
        ("http://front.example", False),
        ("https://a.wards.example:8443", True),
        ("https://wards.example:8443", True),
        ("https://a.wards.example", False),
        ("https://awards.example:8443", False),
    ],
)
def test_pages_that_the_settings_trust_are_let_in_by_scheme_host_and_port(
    hosts: SimpleNamespace, origin: str, let_in: bool
) -> None:
    hosts.CSRF_TRUSTED_ORIGINS = ["https://front.example", "https://*.wards.example:8443"]
    assert is_from_here(handshake(origin)) is let_in


async def test_the_application_closes_the_door_before_anybody_is_looked_up() -> None:
    socket = ApplicationCommunicator(application, handshake("http://room.example:1"))
    await socket.send_input({"type": "websocket.connect"})
    async with asyncio.timeout(5):
        assert await socket.receive_output(5) == {"type": "websocket.close", "code": 4403}
