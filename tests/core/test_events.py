"""Event logs: in order, without gaps, and only what was committed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from gazeapp.core import events, live, services
from gazeapp.core.event_cache import EventCache
from gazeapp.core.models import Event, EventLog


def test_numbers_start_at_one_and_grow_by_one(db: None) -> None:
    assert [events.publish("a", "x") for _ in range(3)] == [1, 2, 3]
    assert events.publish("b", "x") == 1


@pytest.mark.django_db(transaction=True)
def test_many_writers_leave_no_gap() -> None:
    def write() -> None:
        try:
            for _ in range(10):
                events.publish("busy", "x")
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e.seq for e in events.after("busy", 0)] == list(range(1, 61))


@pytest.mark.django_db(transaction=True)
def test_an_event_of_a_transaction_that_fails_never_was() -> None:
    events.publish("a", "x")
    with pytest.raises(RuntimeError), transaction.atomic():
        events.publish("a", "y")
        raise RuntimeError
    assert events.publish("a", "z") == 2


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_undoes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        async def group_send(self, group: str, message: dict[str, Any]) -> None:
            raise ConnectionError

    monkeypatch.setattr(events, "get_channel_layer", Down)
    assert events.publish("a", "x") == 1
    assert events.last_seq("a") == 1


def test_a_new_reader_gets_a_snapshot_and_an_old_one_the_events(cast: Any) -> None:
    subject = f"user:{cast.resident.pk}"
    start = events.last_seq(subject)
    events.publish(subject, "x", {"n": 1})
    events.publish(subject, "x", {"n": 2})
    fresh = live.follow(cast.resident, subject, None)
    assert (fresh.seq, fresh.state, fresh.events) == (start + 2, {}, [])
    again = live.follow(cast.resident, subject, start + 1)
    assert (again.seq, again.state, [e.data for e in again.events]) == (start + 2, None, [{"n": 2}])
    assert live.follow(cast.resident, subject, start + 2).events == []


def test_a_reader_from_before_the_retention_or_from_another_database_gets_a_snapshot(cast: Any) -> None:
    subject = f"user:{cast.resident.pk}"
    for _ in range(3):
        events.publish(subject, "x")
    newest = events.last_seq(subject)
    Event.objects.filter(subject=subject).update(
        created_at=timezone.now() - timedelta(days=settings.EVENT_RETENTION_DAYS + 1)
    )
    assert services.sweep_events() >= 3
    assert live.follow(cast.resident, subject, newest - 2).state == {}
    assert live.follow(cast.resident, subject, newest + 50).state == {}
    assert events.publish(subject, "x") == newest + 1


def test_the_rest_twin_tells_the_same(cast: Any, client_for: Callable[[Any], Any]) -> None:
    subject = f"user:{cast.resident.pk}"
    events.publish(subject, "x", {"n": 1})
    seq = events.last_seq(subject)
    client = client_for(cast.resident)
    assert client.get("/api/v1/events/", {"subject": subject}).json()["state"] == {}
    answer = client.get("/api/v1/events/", {"subject": subject, "after": seq - 1}).json()
    assert [(e["seq"], e["event"], e["data"]) for e in answer["events"]] == [(seq, "x", {"n": 1})]
    assert client_for(cast.second_resident).get("/api/v1/events/", {"subject": subject}).status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_fifty_sockets_on_one_subject_read_its_log_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    from asgiref.sync import sync_to_async

    await sync_to_async(lambda: [events.publish("many", "x") for _ in range(5)])()
    reads = 0
    original = events.after

    def counted(subject: str, seq: int, limit: int = 500) -> list[Event]:
        nonlocal reads
        reads += 1
        return original(subject, seq, limit)

    monkeypatch.setattr(events, "after", counted)
    event_cache = EventCache()
    answers = await asyncio.gather(*(event_cache.after("many", 0, 5) for _ in range(50)))
    assert {tuple(e.seq for e in answer) for answer in answers} == {(1, 2, 3, 4, 5)}
    assert reads == 1
    assert [e.seq for e in await event_cache.after("many", 3, 5)] == [4, 5]


def test_the_counter_survives_the_sweep(db: None) -> None:
    events.publish("a", "x")
    Event.objects.all().delete()
    assert EventLog.objects.get(subject="a").last_seq == 1
