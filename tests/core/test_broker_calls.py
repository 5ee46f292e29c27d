"""A broker that hangs keeps nobody waiting: it takes every connection and answers none."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.utils import timezone

from gazeapp.core import broker_calls, canary, events
from gazeapp.core.models import Job
from gazeapp.core.supervisor.health import BROKER, ROUND_S, Health
from tests.locked import locked

Queued = Callable[..., Job]
LIMIT_S = 2 * settings.BROKER_CALL_SECONDS + 1.0  # one call to connect and one to ask, on a busy machine


@pytest.fixture
def hung(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The session's Valkey, stopped in the middle of everything."""
    broker = redis.Redis.from_url(redis_url)
    pid = int(broker.info()["process_id"])  # type: ignore[index]
    monkeypatch.setattr(broker_calls, "_quiet_until", 0.0)
    os.kill(pid, signal.SIGSTOP)
    yield f"{redis_url}/0"
    os.kill(pid, signal.SIGCONT)
    broker.ping()
    broker.flushall()


CALLS: dict[str, Callable[[str], object]] = {
    "ask whether it is there": canary.reachable,
    "send a canary": lambda url: canary.send("token", "io"),
    "look for its mark": lambda url: canary.answered(url, "token"),
    "leave the mark": lambda url: canary.answer(url, "token"),
    "nudge the pages": lambda url: events.nudge("group", {"type": "nudge"}),
    "send a task": lambda url: current_app.send_task("worker.sweep", queue="io", retry=False),
}


@pytest.mark.parametrize("what", CALLS)
def test_every_call_has_a_deadline(hung: str, what: str) -> None:
    began = time.monotonic()
    try:
        answer = CALLS[what](hung)
        assert not answer
    except Exception as error:
        assert "imeout" in f"{type(error).__name__} {error}"
    assert time.monotonic() - began < LIMIT_S


def test_nudges_go_through_again_after_the_broker_hung_and_after_it_dropped_everybody(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is kept; a new one is opened when it is lost, and no nudge with it."""
    broker = redis.Redis.from_url(redis_url)
    pid = int(broker.info()["process_id"])  # type: ignore[index]

    def arrives(number: int) -> bool:
        monkeypatch.setattr(broker_calls, "_quiet_until", 0.0)
        with broker.pubsub() as ear:
            ear.psubscribe("*")
            while ear.get_message(timeout=1.0) is None:
                pass
            events.nudge("group", {"type": "nudge", "seq": number})
            return ear.get_message(timeout=2.0) is not None

    assert arrives(1)
    os.kill(pid, signal.SIGSTOP)
    try:
        events.nudge("group", {"type": "nudge", "seq": 2})
    finally:
        os.kill(pid, signal.SIGCONT)
    assert arrives(3)
    redis.Redis.from_url(redis_url).client_kill_filter(_type="normal", skipme=True)
    assert arrives(4)


@pytest.mark.django_db(transaction=True)
def test_work_is_accepted_in_the_time_of_one_call(hung: str, queued: Queued) -> None:
    """Ten jobs tell their watchers and wake workers, thirty calls and more; only the first of them waits."""
    began = time.monotonic()
    jobs = [queued() for _ in range(10)]
    assert time.monotonic() - began < LIMIT_S
    assert Job.objects.filter(pk__in=[job.pk for job in jobs], state=Job.State.QUEUED, published_at=None).count() == 10


def test_a_broker_that_refuses_at_once_is_asked_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_calls, "_quiet_until", 0.0)
    calls = []

    def refused() -> None:
        calls.append(1)
        raise ConnectionError

    assert [broker_calls.best_effort("it", refused) for _ in range(3)] == [False] * 3
    assert len(calls) == 3
    assert broker_calls.best_effort("it", lambda: None)


# --- who is silent ----------------------------------------------------------------------------------------------------


@pytest.fixture
def health() -> Health:
    """One that has just looked, and heard nobody yet."""
    health = Health("redis://127.0.0.1:1/0", {"worker": ("io",)})
    health.looked = time.monotonic()
    return health


def ago(seconds: float) -> float:
    return time.monotonic() - seconds


def test_silence_counts_from_the_start_of_a_process_that_never_answered(health: Health) -> None:
    assert not health.is_silent("worker", ago(settings.START_SECONDS - 5))
    assert health.is_silent("worker", ago(settings.START_SECONDS + 5))


def test_one_that_answered_once_has_less_time(health: Health) -> None:
    health.heard["worker"] = ago(settings.SILENT_SECONDS + 5)
    assert health.is_silent("worker", ago(1000))
    assert not health.is_silent("worker", ago(settings.SILENT_SECONDS + 4))  # that was its predecessor
    health.heard["worker"] = ago(settings.SILENT_SECONDS - 5)
    assert not health.is_silent("worker", ago(1000))


def test_nobody_is_blamed_for_a_broker_or_a_database_that_was_away(health: Health) -> None:
    health.heard["worker"] = ago(1000)
    health.excused = ago(settings.SILENT_SECONDS - 5)
    assert not health.is_silent("worker", ago(2000))
    health.excused = ago(settings.SILENT_SECONDS + 5)
    assert health.is_silent("worker", ago(2000))


def test_a_broker_that_hangs_is_not_excused_by_that(health: Health) -> None:
    health.heard[BROKER] = ago(settings.SILENT_SECONDS + 5)
    health.excused = ago(1)  # it was asked a moment ago, in vain
    assert health.is_silent(BROKER, ago(2000))


def test_nobody_is_blamed_while_nobody_looks(health: Health) -> None:
    health.heard["worker"] = ago(1000)
    health.looked = ago(settings.SILENT_SECONDS + 5)
    assert not health.is_silent("worker", ago(2000))


def test_nobody_is_blamed_after_a_round_that_was_kept_waiting(health: Health) -> None:
    for name in ("worker", BROKER):
        health.heard[name] = ago(1000)
    health.kept = ago(settings.SILENT_SECONDS - 5)
    assert not health.is_silent("worker", ago(2000)) and not health.is_silent(BROKER, ago(2000))
    health.kept = ago(settings.SILENT_SECONDS + 5)
    assert health.is_silent("worker", ago(2000)) and health.is_silent(BROKER, ago(2000))


def test_nobody_is_blamed_while_a_round_is_kept_waiting(health: Health) -> None:
    health.heard["worker"] = ago(1000)
    health.looked = ago(health.every_s + ROUND_S + 1)
    assert not health.is_silent("worker", ago(2000))


def test_a_worker_that_renews_one_lease_is_heard_though_another_ran_out(health: Health, queued: Queued) -> None:
    """The other was held by a process that died."""
    now, lease = timezone.now(), timedelta(seconds=settings.JOB_LEASE_SECONDS)
    for age in (1000, 3, 500):
        renewed = now - timedelta(seconds=age)
        Job.objects.filter(pk=queued().pk).update(state=Job.State.RUNNING, lease_until=renewed + lease)
    assert health._renewed(("io",)) == pytest.approx(ago(3), abs=1)


def test_a_worker_is_not_blamed_while_the_database_takes_no_writes(
    impatient: None, health: Health, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite still answers who only reads, so that has to be found out by writing."""
    monkeypatch.setattr(canary, "send", lambda *what: None)
    health.broker_url = f"{redis_url}/0"
    health._look()
    assert not health.excused and health._asked
    with locked("cache"):
        health._look()
    assert health.excused
    assert health.heard[BROKER] > ago(5)
