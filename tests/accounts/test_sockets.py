"""What a changed password does to the live sockets of other browsers."""

from __future__ import annotations

import json

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.test import Client

from gazeapp.accounts.models import OneTimeLink, User
from gazeapp.accounts.services import make_link, make_person
from gazeapp.core import consumers, events
from tests.accounts.signing_in import sign_in
from tests.conftest import PASSWORD
from webapp.asgi import application

NEW = "quite another pass phrase"


class Browser:
    """A signed-in browser with one live socket."""

    def __init__(self, name: str) -> None:
        self.client = Client()
        assert sign_in(self.client, name, PASSWORD) == 302

    async def open(self, subject: str) -> None:
        cookie = f"sessionid={self.client.cookies['sessionid'].value}".encode()
        headers = [(b"origin", b"http://testserver"), (b"host", b"testserver"), (b"cookie", cookie)]
        scope = {"type": "websocket", "path": "/ws/live/", "query_string": b"", "headers": headers, "subprotocols": []}
        self.socket = ApplicationCommunicator(application, scope)
        await self.socket.send_input({"type": "websocket.connect"})
        assert (await self.socket.receive_output(5))["type"] == "websocket.accept"
        wish = json.dumps({"type": "subscribe", "subject": subject, "after": None})
        await self.socket.send_input({"type": "websocket.receive", "text": wish})
        assert json.loads((await self.socket.receive_output(5))["text"])["type"] == "snapshot"

    async def said(self, seconds: float) -> dict[str, object] | None:
        """The next message within so many seconds."""
        return None if await self.socket.receive_nothing(seconds) else await self.socket.receive_output(1)

    async def close(self) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.socket.wait(5)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets look twice a second whether they are still welcome."""
    monkeypatch.setattr(consumers, "POLL_EVERY_S", 0.4)
    monkeypatch.setattr(consumers, "RECHECK_EVERY_S", 0.4)


def change_password(client: Client) -> None:
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """No nudge gets through, as from a shell that does not know the broker."""
    monkeypatch.setattr(events, "nudge", lambda group, message: None)


@pytest.mark.django_db(transaction=True)
async def test_a_new_password_shows_another_browsers_socket_out_at_once() -> None:
    user = await database_sync_to_async(make_person)(username="robin", password=PASSWORD, roles=["resident"], by="test")
    kim = await database_sync_to_async(make_person)(username="kim", password=PASSWORD, roles=["resident"], by="test")
    browsers = [await database_sync_to_async(Browser)(name) for name in ("robin", "robin", "kim")]
    first, second, others = browsers
    await second.open(f"user:{user.pk}")
    await others.open(f"user:{kim.pk}")
    await database_sync_to_async(change_password)(first.client)
    said = await second.said(3)
    assert said is not None
    assert (said["type"], said["code"]) == ("websocket.close", 4401)
    assert await others.said(1) is None
    await others.close()


@pytest.mark.django_db(transaction=True)
async def test_a_new_password_of_which_the_broker_heard_nothing_shows_the_socket_out_too(
    quick: None, lost: None
) -> None:
    user = await database_sync_to_async(make_person)(username="robin", password=PASSWORD, roles=["resident"], by="test")
    kim = await database_sync_to_async(make_person)(username="kim", password=PASSWORD, roles=["resident"], by="test")
    browsers = [await database_sync_to_async(Browser)(name) for name in ("robin", "robin", "kim")]
    first, second, others = browsers
    for browser, person in zip(browsers, (user, user, kim), strict=True):
        await browser.open(f"user:{person.pk}")
    assert await second.said(1.5) is None
    await database_sync_to_async(change_password)(first.client)
    said = await second.said(5)
    assert said is not None
    assert (said["type"], said["code"]) == ("websocket.close", 4401)
    assert await others.said(1.5) is None
    await others.close()


@pytest.mark.django_db(transaction=True)
async def test_a_one_time_link_shows_every_socket_of_the_person_out_at_once() -> None:
    make = database_sync_to_async(make_person)
    user: User = await make(username="robin", password=PASSWORD, roles=["resident"], by="test")
    admin: User = await make(username="alex", password=PASSWORD, roles=["admin"], by="test")
    browser = await database_sync_to_async(Browser)("robin")
    await browser.open(f"user:{user.pk}")
    secret = await database_sync_to_async(make_link)(user=user, kind=OneTimeLink.Kind.PASSWORD, by=admin)
    post = database_sync_to_async(Client().post)
    await post(f"/people/link/{secret}/", {"password1": NEW, "password2": NEW})
    said = await browser.said(3)
    assert said is not None
    assert (said["type"], said["code"]) == ("websocket.close", 4401)
