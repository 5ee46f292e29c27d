"""Each process of a worker says every few seconds that it is there, what it works on, and how much memory it takes."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.utils import timezone

from gazeapp.core import lease, presence

log = logging.getLogger(__name__)
_changed = threading.Event()
SOON_S = 0.2  # several changes at once are one status


def begin(**more: Any) -> None:
    """In each process, before its first job."""
    queues = os.environ.get("MEDGAZE_WORKER_QUEUES", "").split(",")
    started_at = timezone.now().isoformat()
    threading.Thread(target=publish_regularly, args=(queues, started_at), name="presence", daemon=True).start()


def publish_now() -> None:
    """It begins or ends a job: people need not wait for the next time."""
    _changed.set()


def end(**more: Any) -> None:
    with contextlib.suppress(redis.RedisError):
        presence.remove(settings.CELERY_BROKER_URL, socket.gethostname(), os.getpid())


def publish_regularly(queues: list[str], started_at: str, over: threading.Event | None = None) -> None:
    while over is None or not over.is_set():
        try:
            presence.publish(settings.CELERY_BROKER_URL, status(queues, started_at))
        except redis.RedisError as error:
            log.debug("the broker did not take a status (%s)", type(error).__name__)
        if _changed.wait(presence.PUBLISH_EVERY_S):
            time.sleep(SOON_S)
            _changed.clear()


def status(queues: list[str], started_at: str) -> presence.WorkerStatus:
    """Of this process, now."""
    return presence.WorkerStatus(
        name=queues[0],
        queues=queues,
        host=socket.gethostname(),
        pid=os.getpid(),
        started_at=started_at,
        memory_mb=memory_mb(os.getpid()),
        job=next(iter(lease.held()), None),
    )


def memory_mb(pid: int) -> int | None:
    """What a process and all that it started hold in memory, in MiB: a training counts for its worker."""
    pages = [_resident(each) for each in (pid, *_descendants(pid))]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") // 2**20 if pages[0] else None


def _resident(pid: int) -> int:
    """Pages in memory; 0 for a process that has ended, and where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(word) for word in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            yield child
            yield from _descendants(child)
