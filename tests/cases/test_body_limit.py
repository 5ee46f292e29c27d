"""Bodies are counted at the door, whatever their headers say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gazeapp.cases.body_limit import BodyLimit

COOKIE = (b"cookie", b"sessionid=x")
MB = 1024 * 1024


async def ask(
    method: str, path: str, pieces: list[int], headers: list[tuple[bytes, bytes]]
) -> tuple[int, int, dict[str, Any]]:
    """Sends pieces of these sizes; returns the status, how many bytes the application got, and the body."""
    got, sent = 0, []
    queue = [{"type": "http.request", "body": b"x" * size, "more_body": True} for size in pieces]
    queue.append({"type": "http.request", "body": b"", "more_body": False})

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal got
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            got += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def receive() -> Any:
        return queue.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await BodyLimit(app)({"type": "http", "method": method, "path": path, "headers": headers}, receive, send)
    shown = sent[1]["body"]
    return sent[0]["status"], got, json.loads(shown) if path.startswith("/api/") else {"page": shown.decode()}


PIECE, FORM = "/api/v1/uploads/7a0e/", "/api/v1/cases/"
MULTIPART = (b"content-type", b"multipart/form-data; boundary=b")


@pytest.mark.parametrize(
    ("method", "path", "headers", "limit"),
    [
        ("PATCH", PIECE, [COOKIE], 8 * MB),
        ("PATCH", PIECE, [(b"authorization", b"Bearer x")], 8 * MB),
        ("PATCH", PIECE, [], MB),
        ("POST", FORM, [COOKIE, MULTIPART], 201 * MB),
        ("POST", FORM, [MULTIPART], MB),
        ("POST", FORM, [COOKIE], MB),
        ("POST", "/accounts/login/", [COOKIE], MB),
        ("PUT", PIECE, [COOKIE], MB),
    ],
)
async def test_each_address_takes_what_it_can_use(method: str, path: str, headers: Any, limit: int) -> None:
    status, got, _ = await ask(method, path, [limit], headers)
    assert (status, got) == (200, limit)
    status, got, body = await ask(method, path, [limit, 1], headers)
    assert status == 413 and got <= limit
    assert body.get("type") == "/problems/body-too-large" or "That is too much at once." in body["page"]


async def test_an_understated_length_does_not_help() -> None:
    status, got, _ = await ask("PATCH", PIECE, [MB] * 40, [COOKIE, (b"content-length", b"10")])
    assert status == 413 and got <= 8 * MB


async def test_an_overstated_length_is_refused_unread() -> None:
    for length in (b"99999999999", b"9" * 5000):
        status, got, _ = await ask("PATCH", PIECE, [1], [COOKIE, (b"content-length", length)])
        assert (status, got) == (413, 0)
