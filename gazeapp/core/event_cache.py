"""The newest events of the subjects that this process's sockets watch: fifty sockets on one subject read once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from channels.db import database_sync_to_async

from gazeapp.core import events
from gazeapp.core.models import Event

TAIL = 200  # events kept a subject
SUBJECTS = 500  # subjects kept; the one longest unused goes first


class EventCache:
    """A small cache in front of the event logs. It only ever holds an unbroken run of committed events."""

    def __init__(self) -> None:
        self._tails: OrderedDict[str, list[Event]] = OrderedDict()
        self._reading: dict[str, asyncio.Lock] = {}

    async def after(self, subject: str, seq: int, upto: int | None) -> list[Event]:
        """Events after ``seq``. With ``upto`` (from a nudge) an answer that reaches it may come from memory."""
        if upto is not None and (found := self._cached(subject, seq, upto)) is not None:
            return found
        lock = self._reading.setdefault(subject, asyncio.Lock())
        try:
            async with lock:
                if upto is not None and (found := self._cached(subject, seq, upto)) is not None:
                    return found
                found = await database_sync_to_async(events.after)(subject, seq)
                self._keep(subject, found)
                return found
        finally:
            if not lock.locked():
                self._reading.pop(subject, None)

    def _cached(self, subject: str, seq: int, upto: int) -> list[Event] | None:
        tail = self._tails.get(subject)
        if not tail or tail[-1].seq < upto or tail[0].seq > seq + 1:
            return None
        self._tails.move_to_end(subject)
        return tail[max(0, seq + 1 - tail[0].seq) :]

    def _keep(self, subject: str, found: list[Event]) -> None:
        if not found:
            return
        tail = self._tails.get(subject, [])
        if tail and found[0].seq <= tail[-1].seq + 1:
            found = tail + [event for event in found if event.seq > tail[-1].seq]
        self._tails[subject] = found[-TAIL:]
        self._tails.move_to_end(subject)
        while len(self._tails) > SUBJECTS:
            self._tails.popitem(last=False)


event_cache = EventCache()
