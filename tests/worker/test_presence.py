"""Each process of a worker says that it is there."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from gazeapp.core import canary, presence, services
from gazeapp.core.lease import Lease
from gazeapp.core.presence import WorkerStatus
from worker import handlers, tasks
from worker import presence as worker_presence

URL = settings.CELERY_BROKER_URL


def status(name: str = "io", pid: int = 1, host: str = "here", job: str | None = None) -> WorkerStatus:
    return WorkerStatus(name, [name], host, pid, "2026-11-30T00:00:00+00:00", 100, job)


@pytest.fixture(autouse=True)
def nobody() -> Iterator[None]:
    def clear() -> None:
        with canary.client(URL) as broker:
            for key in broker.scan_iter("presence:*"):
                broker.delete(key)

    clear()
    yield
    clear()


def test_whoever_says_so_is_there_and_in_order() -> None:
    for each in (status("train", 7), status("io", 9), status("io", 2), status("io", 5, "another")):
        presence.publish(URL, each)
    seen = presence.statuses(URL)
    assert [(m.name, m.host, m.pid) for m, _ in seen] == [
        ("io", "another", 5),
        ("io", "here", 2),
        ("io", "here", 9),
        ("train", "here", 7),
    ]
    assert all(0 <= seconds < 5 for _, seconds in seen)


def test_a_mark_fades_when_its_process_says_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "EXPIRES_S", 1)
    presence.publish(URL, status())
    assert presence.statuses(URL)
    time.sleep(1.1)
    assert presence.statuses(URL) == []


def test_it_says_how_long_ago_a_process_was_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    presence.publish(URL, status())
    time.sleep(1.2)
    assert 1.1 < presence.statuses(URL)[0][1] < 5


def test_a_process_that_ends_takes_its_mark_along_and_no_other() -> None:
    mine = worker_presence.status(["io"], timezone.now().isoformat())
    presence.publish(URL, mine)
    presence.publish(URL, status(pid=2))
    worker_presence.end()
    assert [m.pid for m, _ in presence.statuses(URL)] == [2]


def test_a_process_says_what_it_works_on_while_it_does(
    claimed: Callable[..., Lease], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []

    def look(lease: Lease) -> None:
        seen.append(worker_presence.status(["train"], "").job)
        lease.finish()

    monkeypatch.setattr(handlers, "load", lambda kind: look)
    lease = claimed()
    tasks.run(lease)
    assert seen == [str(lease.job.pk)]
    assert worker_presence.status(["train"], "").job is None


@pytest.fixture
def telling_on() -> Iterator[Callable[[], None]]:
    """Starts the thread that says it again and again, and ends it with the test."""
    over = threading.Event()
    worker_presence._changed.clear()  # a job that ran in this process before said a change that nobody heard
    started: list[threading.Thread] = []

    def start() -> None:
        started.append(threading.Thread(target=worker_presence.publish_regularly, args=(["io"], "", over), daemon=True))
        started[-1].start()

    yield start
    over.set()
    for thread in started:
        worker_presence.publish_now()
        thread.join(5)
        assert not thread.is_alive()


def test_a_job_that_begins_and_ends_is_said_at_once(
    transactional_db: None, telling_on: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str | None] = []
    monkeypatch.setattr(presence, "publish", lambda url, m: said.append(m.job))
    monkeypatch.setattr(presence, "PUBLISH_EVERY_S", 60)
    monkeypatch.setattr(worker_presence, "SOON_S", 0.0)
    telling_on()
    until(lambda: said == [None])

    def wait(lease: Lease) -> None:
        until(lambda: said[1:] == [str(lease.job.pk)])
        lease.finish()

    monkeypatch.setattr(handlers, "load", lambda kind: wait)
    services.enqueue(kind="sleep", queue="io", subject="test:1", owner=None, inputs={}, key="said")
    tasks.run_job(queue="io", sent_at=timezone.now().isoformat())
    until(lambda: said[2:] == [None])


def test_a_broker_that_is_away_ends_nobodys_saying(
    telling_on: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def fail_first(url: str, m: WorkerStatus) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise redis.ConnectionError("no broker")

    monkeypatch.setattr(presence, "publish", fail_first)
    monkeypatch.setattr(presence, "PUBLISH_EVERY_S", 0.05)
    telling_on()
    until(lambda: len(calls) > 2)


def test_memory_is_that_of_the_process_and_of_what_it_started() -> None:
    alone = worker_presence.memory_mb(os.getpid())
    assert alone is not None
    holds = "held = bytearray(120 * 2**20); print('ready', flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", holds], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        child.stdout.readline()
        together = worker_presence.memory_mb(os.getpid())
        assert together is not None
        assert 115 < together - alone < 180
    finally:
        child.kill()
        child.wait()


def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "did not come true"
        time.sleep(0.02)
