"""Who works: each process of a worker leaves a mark in the broker every few seconds, and the mark fades.

Marks are for people to look at. Nothing is decided by them: whether a job has lost its worker is said by its lease.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from gazeapp.core import canary

EVERY_S = 5  # how often a process leaves its mark
FADES_S = 20  # after its last
_KEY = "presence:"


@dataclass(frozen=True)
class Mark:
    """What one process of a worker says of itself."""

    name: str  # of its worker: the first queue that it hears
    queues: list[str]
    host: str
    pid: int
    started_at: str  # ISO 8601
    memory_mb: int | None  # of this process and what it started, in MiB; None where the system does not tell
    job: str | None  # id of what it works on


def leave(url: str, mark: Mark) -> None:
    """Raises redis.RedisError."""
    with canary.client(url) as broker:
        broker.set(f"{_KEY}{mark.host}:{mark.pid}", json.dumps(asdict(mark)), ex=FADES_S)


def wipe(url: str, host: str, pid: int) -> None:
    """The process ends. Raises redis.RedisError."""
    with canary.client(url) as broker:
        broker.delete(f"{_KEY}{host}:{pid}")


def marks(url: str) -> list[tuple[Mark, float]]:
    """Every mark that has not faded, with the seconds since it was left, by name, host and process. Raises
    redis.RedisError."""
    with canary.client(url) as broker:
        keys = list(broker.scan_iter(f"{_KEY}*", count=1000))
        line = broker.pipeline(transaction=False)
        for key in keys:
            line.get(key)
            line.pttl(key)
        answers = line.execute() if keys else []
    pairs = zip(answers[::2], answers[1::2], strict=True)
    found = [(_mark(text), FADES_S - max(0, left) / 1000) for text, left in pairs if text is not None]
    return sorted(found, key=lambda pair: (pair[0].name, pair[0].host, pair[0].pid))


def _mark(text: bytes) -> Mark:
    values: dict[str, Any] = json.loads(text)
    return Mark(**values)
