"""Bodies are counted at the door, whatever their headers say."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from knox.models import AuthToken

from gazeapp.cases.body_limit import BodyLimit

pytestmark = pytest.mark.django_db(transaction=True)
BOGUS = (b"cookie", b"sessionid=x")
MB = 1024 * 1024


@pytest.fixture
def signed_in(cast: SimpleNamespace, client: Client) -> dict[str, tuple[bytes, bytes]]:
    """The header that each way of being known sends, and of ways that are none."""
    client.force_login(cast.resident)
    _, secret = AuthToken.objects.create(cast.resident)
    nobody = SessionStore()
    nobody.create()
    return {
        "session": (b"cookie", f"theme=dark; sessionid={client.cookies['sessionid'].value}".encode()),
        "token": (b"authorization", f"Bearer {secret}".encode()),
        "bogus session": BOGUS,
        "session of nobody": (b"cookie", f"sessionid={nobody.session_key}".encode()),
        "bogus token": (b"authorization", b"Bearer x"),
        "odd token": (b"authorization", "Bearer é".encode()),
    }


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
    ("method", "path", "more", "limit"),
    [
        ("PATCH", PIECE, [], 8 * MB),
        ("POST", PIECE, [], 8 * MB),
        ("POST", FORM, [MULTIPART], 201 * MB),
        ("POST", FORM, [], MB),
        ("POST", "/accounts/login/", [], MB),
        ("PUT", PIECE, [], MB),
    ],
)
@pytest.mark.parametrize("who", ["session", "token"])
async def test_each_address_takes_what_it_can_use(
    signed_in: Any, who: str, method: str, path: str, more: Any, limit: int
) -> None:
    headers = [signed_in[who], *more]
    status, got, _ = await ask(method, path, [limit], headers)
    assert (status, got) == (200, limit)
    status, got, body = await ask(method, path, [limit, 1], headers)
    assert status == 413 and got <= limit
    assert body.get("type") == "/problems/body-too-large" or "That is too much at once." in body["page"]


@pytest.mark.parametrize("who", ["", "bogus session", "session of nobody", "bogus token", "odd token"])
@pytest.mark.parametrize(("method", "path", "more"), [("PATCH", PIECE, []), ("POST", FORM, [MULTIPART])])
async def test_nobody_sends_more_than_a_form(signed_in: Any, who: str, method: str, path: str, more: Any) -> None:
    headers = [signed_in[who], *more] if who else more
    assert (await ask(method, path, [MB], headers))[:2] == (200, MB)
    assert (await ask(method, path, [MB, 1], headers))[0] == 413


async def test_an_understated_length_does_not_help(signed_in: Any) -> None:
    status, got, _ = await ask("PATCH", PIECE, [MB] * 40, [signed_in["session"], (b"content-length", b"10")])
    assert status == 413 and got <= 8 * MB


async def test_an_overstated_length_is_refused_unread() -> None:
    for length in (b"99999999999", b"9" * 5000):
        status, got, _ = await ask("PATCH", PIECE, [1], [BOGUS, (b"content-length", length)])
        assert (status, got) == (413, 0)
