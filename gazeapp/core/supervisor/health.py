"""Who is still there? Asked in a thread, since whoever hangs would make the one who asks hang as well.

A process that lives but does nothing is worse than a dead one. The broker gives a sign of life by answering; a worker
by a canary that came back, or by a running job whose lease it renews; the beat by the reconciler that it wakes; the web
server by any answer.

While the database takes no writes nobody is judged: leases are not renewed, and what would answer a canary waits.
"""

from __future__ import annotations

import http.client
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from gazeapp.core import canary, database, probes
from gazeapp.core.models import Job

log = logging.getLogger(__name__)

BROKER, BEAT, WEB = "valkey", "beat", "web"
WEB_S = 2.0  # that an answer of the web server is waited for
ROUND_S = 5.0  # a round that takes longer is kept waiting: a database that is locked or hangs may answer much later


class Health:
    """Times are of `time.monotonic`."""

    def __init__(
        self, broker_url: str, workers: Mapping[str, tuple[str, ...]], web: tuple[str, int] | None = None
    ) -> None:
        """``web``: host and port of the web server."""
        self.broker_url, self.workers, self.web = broker_url, workers, web
        self.every_s = 0.1  # while everything starts; later `settings.HEALTH_SECONDS`
        self.heard: dict[str, float] = {}  # process → its last sign of life
        self.looked = 0.0  # when the last round ended
        self.kept = 0.0  # when the last round ended that took long: what was heard in it is old
        self.excused = 0.0  # when broker or database last failed to answer: nobody else could have given a sign
        self._asked: dict[str, tuple[str, float]] = {}  # worker → canary token, when sent

    def start(self) -> None:
        threading.Thread(target=self._run, name="health", daemon=True).start()

    def heard_since(self, name: str, moment: float) -> bool:
        return self.heard.get(name, 0.0) > moment

    def is_silent(self, name: str, started: float) -> bool:
        """Whether the process that was ``started`` then has given no sign of life for too long. One that has never
        given any since its start has longer: it may still be importing."""
        now = time.monotonic()
        if now - self.looked > self.every_s + ROUND_S:
            return False  # we hear nobody ourselves
        patience = settings.SILENT_SECONDS if self.heard_since(name, started) else settings.START_SECONDS
        excused = 0.0 if name in {BROKER, WEB} else self.excused
        return now - max(self.heard.get(name, 0.0), started, self.kept, excused) > patience

    # --- in the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            began = time.monotonic()
            try:
                self._look()
            except Exception:
                self.excused = time.monotonic()  # a broker may answer, and yet refuse what we write
                log.exception("could not ask who is still there")
            finally:
                connection.close()
            now = time.monotonic()
            if now - began > ROUND_S:
                self.kept = now
            self.looked = now
            time.sleep(self.every_s)

    def _look(self) -> None:
        if self.web is not None and answers(*self.web):
            self.heard[WEB] = time.monotonic()
        if not canary.reachable(self.broker_url):
            self.excused = time.monotonic()
            return
        self.heard[BROKER] = time.monotonic()
        if not database.takes_writes():
            self.excused = time.monotonic()
            return
        for name, queues in self.workers.items():
            renewed = self._renewed(queues)
            if renewed > self.heard.get(name, 0.0):
                self.heard[name] = renewed
            if time.monotonic() - renewed > 2 * settings.JOB_HEARTBEAT_SECONDS:  # not at work: ask
                self._ask(name, queues[0])
        if canary.answered(self.broker_url, canary.BEAT):
            self.heard[BEAT] = time.monotonic()

    def _ask(self, name: str, queue: str) -> None:
        """Note whether the last canary came back, and send the next one."""
        token, sent = self._asked.get(name, ("", 0.0))
        back = bool(token) and canary.answered(self.broker_url, token)
        if back:
            self.heard[name] = time.monotonic()
        if back or not token or time.monotonic() - sent > 2 * settings.HEALTH_SECONDS:  # or it was lost
            token = secrets.token_hex(8)
            self._asked[name] = (token, time.monotonic())
            canary.send(token, queue)

    def _renewed(self, queues: tuple[str, ...]) -> float:
        """When a job of these queues was last claimed or its lease renewed; long ago when none runs."""
        until = (
            Job.objects.filter(queue__in=queues, state=Job.State.RUNNING)
            .order_by("-lease_until")
            .values_list("lease_until", flat=True)
            .first()
        )
        if until is None:
            return 0.0
        age = timezone.now() - (until - timedelta(seconds=settings.JOB_LEASE_SECONDS))
        return time.monotonic() - max(0.0, age.total_seconds())


def answers(host: str, port: int) -> bool:
    """Whether the web server there says anything: one that is too busy for more refuses, and lives."""
    line = http.client.HTTPConnection(host, port, timeout=WEB_S)
    try:
        line.request("GET", probes.ALIVE)
        line.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
    return True
