"""The event logs: what happened to a subject, in order, without gaps.

`publish` writes inside the caller's transaction, so an event exists exactly when its change does. After the commit a
nudge goes through the channel layer; it only says "read the log", and losing it costs a few seconds, never an event.

Locks: publishing holds the subject's row until the transaction ends. To keep PostgreSQL free of deadlocks, publish to a
case or prediction first, to `user:` after it, then to `ladder` (whose row is also the lock of all that stands on the
ladder, see `difficulty.services`), and record audits last.
"""

from __future__ import annotations

import asyncio
import functools
import os
import re
import threading
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from django.db.models import F

from gazeapp.core.broker_calls import best_effort
from gazeapp.core.models import Event, EventLog


def publish(subject: str, type: str, data: dict[str, Any] | None = None) -> int:
    """Append one event to the subject's log and return its number. Call it inside the transaction of the change."""
    with transaction.atomic():
        seq = _next_seq(subject)
        Event.objects.create(subject=subject, seq=seq, type=type, data=data or {})
        transaction.on_commit(lambda: nudge(group_of(subject), {"type": "nudge", "subject": subject, "seq": seq}))
    return seq


def lock(subject: str) -> None:
    """Hold the subject's log until the transaction ends, as `publish` does: nobody else passes here or publishes to
    it meanwhile."""
    row = EventLog.objects.select_for_update().filter(subject=subject)
    if row.first() is None:
        EventLog.objects.bulk_create([EventLog(subject=subject)], ignore_conflicts=True)
        row.get()


def last_seq(subject: str) -> int:
    """The number of the subject's newest event; 0 before the first."""
    return EventLog.objects.filter(subject=subject).values_list("last_seq", flat=True).first() or 0


def after(subject: str, seq: int, limit: int = 500) -> list[Event]:
    """The events that follow number ``seq``, oldest first."""
    return list(Event.objects.filter(subject=subject, seq__gt=seq).order_by("seq")[:limit])


def group_of(subject: str) -> str:
    """The channel group of a subject (names there take neither colons nor slashes)."""
    return "s." + re.sub(r"[^A-Za-z0-9_.-]", ".", subject)[:90]


def nudge(group: str, message: dict[str, Any]) -> None:
    """Send through the channel layer, softly: the log is the truth, and sockets look at it every few seconds anyway."""
    layer = get_channel_layer()
    if layer is None:
        return

    async def send() -> None:
        await asyncio.wait_for(layer.group_send(group, message), settings.BROKER_CALL_SECONDS)

    best_effort("a nudge", lambda: asyncio.run_coroutine_threadsafe(send(), _loop(os.getpid())).result())


@functools.cache
def _loop(pid: int) -> asyncio.AbstractEventLoop:
    """A loop in a thread of its own, one a process (a fork has none of its parent's threads). It keeps its connection
    to the broker, which a loop for each message would have to open anew."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="nudges", daemon=True).start()
    return loop


def _next_seq(subject: str) -> int:
    """Count up under the row's lock: a number becomes visible only with its transaction, so readers see no gap."""
    rows = EventLog.objects.filter(subject=subject)
    if not rows.update(last_seq=F("last_seq") + 1):
        EventLog.objects.bulk_create([EventLog(subject=subject)], ignore_conflicts=True)
        rows.update(last_seq=F("last_seq") + 1)
    return rows.values_list("last_seq", flat=True).get()
