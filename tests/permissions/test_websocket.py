"""Every live subject × every actor. A new WebSocket route or subject without a row fails."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.test import Client

from gazeapp.core.registry import SUBJECTS as KINDS
from tests.conftest import make_cast
from tests.permissions.conftest import make_world
from tests.permissions.matrix import ACTORS, SUBJECTS
from tests.permissions.routes import websocket_routes
from webapp.asgi import application

ORIGIN = (b"origin", b"http://testserver"), (b"host", b"testserver")


@pytest.fixture
def world(transactional_db: None) -> SimpleNamespace:
    """Anew for each test: a socket asks over connections of its own."""
    return make_world(make_cast())


def test_there_is_one_websocket_route_and_every_kind_of_subject_has_a_row() -> None:
    assert [route.pattern for route in websocket_routes()] == ["ws/live/"]
    assert {subject.partition(":")[0] for subject in SUBJECTS} == set(KINDS)


async def answer_to(world: SimpleNamespace, actor: str, subject: str) -> int:
    """The close code, the refusal's code, or 200 for a snapshot."""
    headers = list(ORIGIN)
    if user := world.actors[actor]:
        client = Client()
        await database_sync_to_async(client.force_login)(user, backend="gazeapp.accounts.backends.PeopleBackend")
        headers.append((b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode()))
    scope = {"type": "websocket", "path": "/ws/live/", "query_string": b"", "headers": headers, "subprotocols": []}
    socket = ApplicationCommunicator(application, scope)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(5))["type"] == "websocket.accept"
    wish = {"type": "subscribe", "subject": subject, "after": None}
    await socket.send_input({"type": "websocket.receive", "text": json.dumps(wish)})
    message = await socket.receive_output(5)
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait(5)
    if message["type"] == "websocket.close":
        return int(message["code"])
    answer = json.loads(message["text"])
    return 200 if answer["type"] == "snapshot" else int(answer["code"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("subject", SUBJECTS)
async def test_each_actor_may_follow_what_the_matrix_says(subject: str, world: SimpleNamespace) -> None:
    filled = subject.format(
        **{
            name: getattr(world, name)
            for name in (
                "case",
                "prediction",
                "job",
                "owner",
                "gaze_file",
                "study",
                "rater",
                "release",
                "model",
                "run",
            )  # fmt: skip
        }
    )
    got = {actor: await answer_to(world, actor, filled) for actor in ACTORS}
    assert got == dict(zip(ACTORS, map(int, SUBJECTS[subject].split()), strict=True))


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/ws/", "/ws/elsewhere/", "/ws/live/more", "/"])
async def test_where_no_route_leads_the_handshake_is_refused(path: str) -> None:
    scope = {"type": "websocket", "path": path, "query_string": b"", "headers": list(ORIGIN), "subprotocols": []}
    socket = ApplicationCommunicator(application, scope)
    await socket.send_input({"type": "websocket.connect"})
    assert await socket.receive_output(5) == {"type": "websocket.close", "code": 4404}
