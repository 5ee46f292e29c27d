"""Supervisors and proxies ask whether the web process is alive and the room ready; strangers learn no more."""

from __future__ import annotations

import asyncio
import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.db import OperationalError

from gazeapp.core import canary, presence, probes
from gazeapp.core.supervisor.health import WEB, Health
from webapp.asgi import application


async def ask(path: str, app: Any = application, method: str = "GET") -> tuple[int, Any]:
    """Status and JSON, for somebody whose host name nobody knows."""
    scope = {
        "type": "http", "method": method, "path": path, "query_string": b"", "headers": [(b"host", b"elsewhere")]
    }  # fmt: skip
    line = ApplicationCommunicator(app, scope)
    await line.send_input({"type": "http.request"})
    start, body = await line.receive_output(10), await line.receive_output(10)
    assert (b"cache-control", b"no-store") in start["headers"]
    return start["status"], json.loads(body["body"] or "null")


async def test_alive_is_said_without_database_broker_or_session() -> None:
    assert await ask("/healthz") == (200, {"alive": True})
    assert await ask("/healthz", method="HEAD") == (200, None)


# --- ready ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def at_work(redis_url: str) -> Iterator[Callable[..., None]]:
    """Workers of these queues, as they tell of themselves."""
    url = settings.CELERY_BROKER_URL

    def start(*queues: str) -> None:
        with canary.client(url) as broker:
            broker.flushdb()
        for number, queue in enumerate(queues):
            presence.publish(url, presence.WorkerStatus(queue, [queue], "here", number, "2026-01-01", 1, None))

    yield start
    start()


READY = {"ready": True, "database": "ok", "broker": "ok", "workers": "ok"}


async def looked_at() -> tuple[int, Any]:
    return await ask("/readyz", probes.Probes(application))


@pytest.mark.django_db(transaction=True)
async def test_ready_means_database_broker_and_the_workers_that_people_wait_for(at_work: Callable[..., None]) -> None:
    at_work("predict", "io")
    assert await looked_at() == (200, READY)
    assert (await ask("/readyz"))[0] == 200  # where a proxy asks


@pytest.mark.django_db(transaction=True)
async def test_without_the_worker_of_one_queue_it_is_not_ready(at_work: Callable[..., None]) -> None:
    at_work("predict", "train")
    assert await looked_at() == (503, {**READY, "ready": False, "workers": "not ok"})


@pytest.mark.django_db(transaction=True)
async def test_without_a_broker_it_is_not_ready_nor_are_its_workers_known(
    at_work: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work("predict", "io")
    monkeypatch.setattr(settings, "CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
    assert await looked_at() == (503, {"ready": False, "database": "ok", "broker": "not ok", "workers": "not ok"})


async def test_without_a_database_it_is_not_ready_and_says_no_more_of_that(
    at_work: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*arguments: Any) -> bool:
        raise OperationalError("connection to server at 10.1.2.3 refused")

    at_work("predict", "io")
    monkeypatch.setattr("django.db.models.query.QuerySet.exists", away)
    assert await looked_at() == (503, {**READY, "ready": False, "database": "not ok"})


async def test_whoever_asks_while_somebody_looks_gets_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    def look() -> dict[str, bool]:
        looks.append(1)
        time.sleep(0.1)
        return {"database": True}

    monkeypatch.setattr(probes, "look", look)
    app = probes.Probes(application)
    answers = await asyncio.gather(*(ask("/readyz", app) for _ in range(20)))
    assert set(map(str, answers)) == {str((200, {"ready": True, "database": "ok"}))}
    assert len(looks) == 1


async def test_a_look_that_does_not_come_back_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    back = threading.Event()
    monkeypatch.setattr(probes, "look", lambda: back.wait(30) and {})
    monkeypatch.setattr(probes, "LONGEST_S", 0.05)
    app = probes.Probes(application)
    try:
        status, words = await ask("/readyz", app)
        assert (status, set(words.values())) == (503, {False, "not ok"})
    finally:
        back.set()


# --- alive, for the supervisor ----------------------------------------------------------------------------------------


class Busy(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(503)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def health() -> Callable[[int], Health]:
    """Of a web server at this port, where nothing else answers."""
    return lambda port: Health("redis://127.0.0.1:1/0", {}, ("127.0.0.1", port))


def test_a_web_server_is_heard_by_any_answer_though_no_broker_is_there(health: Callable[[int], Health]) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = health(server.server_port)
        found._look()
        server.shutdown()
    assert found.heard_since(WEB, time.monotonic() - 5)


def test_a_web_server_that_takes_connections_and_says_nothing_is_silent_from_its_start_on(
    health: Callable[[int], Health], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gazeapp.core.supervisor.health.WEB_S", 0.1)
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        found = health(mute.getsockname()[1])
        found._look()
    now = found.looked = time.monotonic()
    assert found.excused  # no broker either, which excuses the workers and not the web server
    assert not found.is_silent(WEB, now - settings.START_SECONDS + 5)  # it may still be importing
    assert found.is_silent(WEB, now - settings.START_SECONDS - 5)
    found.heard[WEB] = now - settings.SILENT_SECONDS - 5
    assert found.is_silent(WEB, now - 1000)
