"""How long a job may take: each kind has its own limit (`settings.JOB_SECONDS`), kept by the process that runs it.

Celery's limits come with a message, and a wake-up does not know which job it will lead to. So Celery only has a limit
that no job reaches, and the child looks at its own clock: at the limit an exception, which lets the handler clean up;
some time later the end of the process, for a handler that sits in one long operation of a library.
"""

from __future__ import annotations

import faulthandler
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from gazeapp.core.jobs import limit_s
from gazeapp.core.problems import Problem

CLEAN_UP_S = 60  # at most a tenth of the limit; between exception and end
OF_A_WAKE_UP: dict[str, Any] = {  # Celery's own, for a child that hangs so that its clock does not help
    "time_limit": settings.LONGEST_JOB_SECONDS + CLEAN_UP_S,
    "soft_time_limit": settings.LONGEST_JOB_SECONDS + CLEAN_UP_S // 2,
}


def soft_s(kind: str) -> float:
    """When the handler is asked to stop; the limit itself is when its process ends."""
    limit = limit_s(kind)
    return limit - min(limit / 10, CLEAN_UP_S)


@contextmanager
def kept(kind: str) -> Iterator[None]:
    """Raise SoftTimeLimitExceeded in the main thread when its time is up, and end the process at the limit. The log
    then says where it was."""
    if threading.current_thread() is not threading.main_thread():  # a signal would not reach this one
        yield
        return
    before = signal.signal(signal.SIGALRM, _time_is_up)
    signal.setitimer(signal.ITIMER_REAL, soft_s(kind))
    faulthandler.dump_traceback_later(limit_s(kind), exit=True, file=2)  # a thread that needs no interpreter
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, before)


def _time_is_up(number: int, frame: FrameType | None) -> None:
    raise SoftTimeLimitExceeded


def too_long(kind: str) -> Problem:
    return Problem(
        "too-long",
        "This took too long and was stopped.",
        f"Work of this kind may take {in_words(soft_s(kind))}. An administrator can allow more.",
        code=504,
    )


def in_words(seconds: float) -> str:
    """45 s, 14 min, 5 h 59 min."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
