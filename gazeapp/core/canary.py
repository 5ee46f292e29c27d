"""A canary: a message through the broker into a worker's child, which leaves a mark. Health is its round trip.

Nothing here waits for a broker that hangs: every call ends within `settings.BROKER_CALL_SECONDS` or a few of them.
"""

from __future__ import annotations

import redis
from celery import current_app
from django.conf import settings

KEPT_S = 60
STARTING = "starting"  # the mark of a supervisor whose last processes are on their way
STARTING_S = 30
BEAT = "beat"  # the mark that the reconciler leaves: whoever wakes it is alive


def send(token: str, queue: str) -> None:
    """Ask the worker of ``queue`` to answer. Raises what the broker's client raises."""
    current_app.send_task("worker.canary", kwargs={"token": token}, queue=queue, expires=KEPT_S, retry=False)


def answer(url: str, token: str, *, kept_s: int = KEPT_S) -> None:
    """Leave the mark. Raises redis.RedisError."""
    with client(url) as broker:
        broker.set(f"canary:{token}", 1, ex=kept_s)


def answered(url: str, token: str) -> bool:
    """Whether the mark is there. Raises redis.RedisError."""
    with client(url) as broker:
        return bool(broker.exists(f"canary:{token}"))


def reachable(url: str) -> bool:
    """Whether the broker answers at all; one that still reads its file does."""
    try:
        with client(url) as broker:
            return bool(broker.ping())
    except redis.BusyLoadingError:
        return True
    except redis.RedisError:
        return False


def client(url: str) -> redis.Redis:
    """A connection that waits for no answer longer than `settings.BROKER_CALL_SECONDS`."""
    limit = settings.BROKER_CALL_SECONDS
    return redis.Redis.from_url(url, socket_timeout=limit, socket_connect_timeout=limit)
