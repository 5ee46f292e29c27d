"""The cache in front of the event logs: an unbroken run of the newest events, and never one too few."""

from __future__ import annotations

from typing import Any

import pytest
from channels.db import database_sync_to_async

from gazeapp.core import event_cache, events
from gazeapp.core.event_cache import EventCache
from gazeapp.core.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What was asked of the database: subject and number."""
    asked: list[tuple[str, int]] = []
    original = events.after

    def counted(subject: str, seq: int, limit: int = 500) -> list[Event]:
        asked.append((subject, seq))
        return original(subject, seq, limit)

    monkeypatch.setattr(events, "after", counted)
    return asked


@database_sync_to_async
def publish(subject: str, times: int) -> None:
    for _ in range(times):
        events.publish(subject, "x")


async def numbers(cache: EventCache, seq: int, upto: int | None, subject: str = "a") -> list[int]:
    return [event.seq for event in await cache.after(subject, seq, upto)]


async def test_what_was_read_answers_for_later_starts_and_for_no_earlier_one(reads: list[Any]) -> None:
    cache = EventCache()
    await publish("a", 6)
    assert await numbers(cache, 2, 6) == [3, 4, 5, 6]
    assert await numbers(cache, 4, 6) == [5, 6]
    assert await numbers(cache, 2, 5) == [3, 4, 5, 6]
    assert reads == [("a", 2)]
    assert await numbers(cache, 1, 6) == [2, 3, 4, 5, 6]  # number 2 was never read
    assert reads == [("a", 2), ("a", 1)]


async def test_a_nudge_beyond_what_is_here_reads_again_and_joins_on(reads: list[Any]) -> None:
    cache = EventCache()
    await publish("a", 2)
    assert await numbers(cache, 0, 2) == [1, 2]
    await publish("a", 2)
    assert await numbers(cache, 2, 4) == [3, 4]
    assert await numbers(cache, 0, 4) == [1, 2, 3, 4]
    assert reads == [("a", 0), ("a", 2)]


async def test_without_a_nudge_it_always_looks(reads: list[Any]) -> None:
    cache = EventCache()
    await publish("a", 1)
    assert await numbers(cache, 0, None) == [1]
    await publish("a", 1)
    assert await numbers(cache, 0, None) == [1, 2]
    assert len(reads) == 2


async def test_over_a_gap_only_the_newer_run_is_kept(reads: list[Any]) -> None:
    """Number 2 and 3 were not read: from the memory of 1 and 4 nobody may be told that 4 follows 1."""
    cache = EventCache()
    await publish("a", 1)
    assert await numbers(cache, 0, 1) == [1]
    await publish("a", 3)
    assert await numbers(cache, 3, 4) == [4]
    assert await numbers(cache, 0, 4) == [1, 2, 3, 4]
    assert reads == [("a", 0), ("a", 3), ("a", 0)]


async def test_overlapping_reads_leave_nothing_twice() -> None:
    cache = EventCache()
    await publish("a", 3)
    await numbers(cache, 0, 3)
    await publish("a", 1)
    await numbers(cache, 1, None)
    assert await numbers(cache, 0, 4) == [1, 2, 3, 4]


async def test_only_the_newest_of_a_subject_and_the_latest_used_subjects_are_kept(
    reads: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_cache, "TAIL", 3)
    monkeypatch.setattr(event_cache, "SUBJECTS", 2)
    cache = EventCache()
    await publish("a", 5)
    assert await numbers(cache, 0, 5) == [1, 2, 3, 4, 5]
    assert await numbers(cache, 2, 5) == [3, 4, 5]
    assert len(reads) == 1
    assert await numbers(cache, 1, 5) == [2, 3, 4, 5]  # the tail begins at 3
    assert len(reads) == 2
    for subject in ("b", "c"):
        await publish(subject, 1)
    await numbers(cache, 0, 1, "b")
    await numbers(cache, 4, 5, "a")  # used again, so b is the one longest unused
    await numbers(cache, 0, 1, "c")
    del reads[:]
    await numbers(cache, 4, 5, "a")
    assert reads == []
    await numbers(cache, 0, 1, "b")
    assert reads == [("b", 0)]


async def test_nothing_found_is_not_remembered_as_the_end(reads: list[Any]) -> None:
    cache = EventCache()
    assert await numbers(cache, 0, None) == []
    await publish("a", 1)
    assert await numbers(cache, 0, 1) == [1]
