"""A worker that is told to stop lets its jobs end for a while, and then gives them back.

Celery's warm stop waits for a running job as long as that takes, and nobody waits that long for Celery. So some seconds
after the stop was asked for, the main process signals its children, and a thread of each puts the running job back into
its queue: no strike, no lease to wait out. A thread, since a handler may sit in one long operation of a library.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from typing import Any

from django.conf import settings

from gazeapp.core import lease

GIVE_BACK = signal.SIGUSR2
_pool: Any = None  # of the main process


def remember_pool(sender: Any, **more: Any) -> None:
    """In the main process, when it is ready."""
    global _pool
    _pool = sender.pool


def give_back_soon(**more: Any) -> None:
    """In the main process, when it was told to stop."""
    timer = threading.Timer(settings.STOP_SECONDS / 2, _signal_children)
    timer.daemon = True
    timer.start()


def _signal_children() -> None:
    for pid in _pool.info["processes"] if _pool is not None else []:
        with suppress(ProcessLookupError):
            os.kill(pid, GIVE_BACK)


def listen(**more: Any) -> None:
    """In each child, before its first job. Python runs a handler only between two steps of the main thread, but writes
    the signal's number into this pipe at once."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(GIVE_BACK, lambda number, frame: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(reader,), name="give-back", daemon=True).start()


def _wait(reader: int) -> None:
    while numbers := os.read(reader, 64):
        if GIVE_BACK in numbers:
            lease.give_back_all()
