"""Who works: each process of a worker publishes its status in the broker every few seconds; an old status expires.

A status is for people to look at. Nothing is decided by it: whether a job has lost its worker is said by its lease.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from gazeapp.core import canary

PUBLISH_EVERY_S = 5  # how often a process publishes its status
EXPIRES_S = 20  # after its last
_KEY = "presence:"


@dataclass(frozen=True)
class WorkerStatus:
    """What one process of a worker says of itself."""

    name: str  # of its worker: the first queue that it hears
    queues: list[str]
    host: str
    pid: int
    started_at: str  # ISO 8601
    memory_mb: int | None  # of this process and what it started, in MiB; None where the system does not tell
    job: str | None  # id of what it works on


def publish(url: str, status: WorkerStatus) -> None:
    """Raises redis.RedisError."""
    with canary.client(url) as broker:
        broker.set(f"{_KEY}{status.host}:{status.pid}", json.dumps(asdict(status)), ex=EXPIRES_S)


def remove(url: str, host: str, pid: int) -> None:
    """The process ends. Raises redis.RedisError."""
    with canary.client(url) as broker:
        broker.delete(f"{_KEY}{host}:{pid}")


def statuses(url: str) -> list[tuple[WorkerStatus, float]]:
    """Every status that has not expired, with the seconds since it was published, by name, host and process. Raises
    redis.RedisError."""
    with canary.client(url) as broker:
        keys = list(broker.scan_iter(f"{_KEY}*", count=1000))
        line = broker.pipeline(transaction=False)
        for key in keys:
            line.get(key)
            line.pttl(key)
        answers = line.execute() if keys else []
    pairs = zip(answers[::2], answers[1::2], strict=True)
    found = [(_parsed(text), EXPIRES_S - max(0, left) / 1000) for text, left in pairs if text is not None]
    return sorted(found, key=lambda pair: (pair[0].name, pair[0].host, pair[0].pid))


def _parsed(text: bytes) -> WorkerStatus:
    values: dict[str, Any] = json.loads(text)
    return WorkerStatus(**values)
