"""A canary: a message through the broker into a worker's child, which leaves a mark. Health is its round trip."""

from __future__ import annotations

import redis
from celery import current_app

KEPT_S = 60


def send(token: str, queue: str) -> None:
    """Ask the worker of ``queue`` to answer. Raises what the broker's client raises."""
    current_app.send_task("worker.canary", kwargs={"token": token}, queue=queue, expires=KEPT_S, retry=False)


def answer(url: str, token: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.set(f"canary:{token}", 1, ex=KEPT_S)


def answered(url: str, token: str) -> bool:
    with redis.Redis.from_url(url) as client:
        return bool(client.exists(f"canary:{token}"))


def reachable(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
