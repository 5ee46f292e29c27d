"""A worker's hold on one running job: kept alive by a thread, lost quietly, unable to write after that."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from gazeapp.core import jobs
from gazeapp.core.events import publish
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem

log = logging.getLogger(__name__)

MIN_EVENT_GAP_S = 0.2  # at most five progress messages a second a subject
CHECK_EVERY_S = 0.5  # how often `check` asks the database whether the job is still ours


class LeaseLost(Exception):
    """The job was cancelled, or another worker has it. Stop and leave: nothing that follows could be written."""


class Lease:
    """What a handler holds while it works. Use as a context manager, which stops the heartbeat at the end.

    Progress (`stage`, `emit`) is coalesced to five messages a second, latest state first come; results go through
    `finish` alone.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.fence = job.fence
        self.stage_event = "job.stage"  # handlers may rename it to their subject's own word
        self._lost = threading.Event()
        self._wake = threading.Condition()
        self._over = False
        self._pending: list[tuple[str, dict[str, Any]]] = []
        self._last_emit = 0.0
        self._last_check = time.monotonic()
        self._thread: threading.Thread | None = None
        if (
            not connection.in_atomic_block
        ):  # inside somebody's transaction (a test's) a second connection would only wait
            self._thread = threading.Thread(target=self._pulse, name=f"lease-{job.id}", daemon=True)
            self._thread.start()

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def inputs(self) -> dict[str, Any]:
        return dict(self.job.inputs)

    @property
    def mine(self) -> Q:
        """The guard of every write: still running, and still our claim."""
        return Q(state=Job.State.RUNNING, fence=self.fence)

    @property
    def cancelled(self) -> bool:
        """Whether to stop: cancelled by a person, or taken over by another worker."""
        now = time.monotonic()
        if not self._lost.is_set() and now - self._last_check >= CHECK_EVERY_S:
            self._last_check = now
            if not Job.objects.filter(self.mine, pk=self.job.pk).exists():
                self._lost.set()
        return self._lost.is_set()

    def check(self) -> None:
        """Raise LeaseLost if there is no point in going on. Cheap: call it between steps."""
        if self.cancelled:
            raise LeaseLost(str(self.job.pk))

    def stage(self, name: str, progress: float | None = None) -> None:
        """Say which step runs now and how much of the whole is done (0 to 1)."""
        self.check()
        if (name, progress) == (self.job.stage, self.job.progress):
            return
        self.job.stage, self.job.progress = name, progress
        Job.objects.filter(self.mine, pk=self.job.pk).update(stage=name, progress=progress)
        self.emit(self.stage_event, {"job": str(self.job.pk), "stage": name, "progress": progress}, replace=True)

    def emit(self, type: str, data: dict[str, Any], *, replace: bool = False) -> None:
        """Publish to the job's subject, at most five times a second. ``replace`` drops unsent ones of this type."""
        with self._wake:
            if replace:
                self._pending = [pending for pending in self._pending if pending[0] != type]
            self._pending.append((type, data))
            self._send_soon()

    def gather(
        self,
        type: str,
        data: dict[str, Any],
        join: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any] | None],
    ) -> None:
        """Like `emit`, but put into the newest unsent message of this type where ``join(unsent, data)`` can."""
        with self._wake:
            if self._pending and self._pending[-1][0] == type and (joined := join(self._pending[-1][1], data)):
                self._pending[-1] = (type, joined)
            else:
                self._pending.append((type, data))
            self._send_soon()

    def _send_soon(self) -> None:
        """Now, or when the gap since the last message is long enough (the lock `_wake` is held)."""
        if self._thread is None or time.monotonic() - self._last_emit >= MIN_EVENT_GAP_S:
            self._flush()
        else:
            self._wake.notify()

    def finish(
        self, write: Callable[[], None] | None = None, *, events: Sequence[tuple[str, str, dict[str, Any]]] = ()
    ) -> None:
        """Store the result: state, ``write()`` and (subject, type, data) events, in one transaction behind the fence.

        Raises LeaseLost, with nothing written, when the job is no longer ours.
        """
        with self._wake, transaction.atomic():
            if not Job.objects.filter(self.mine, pk=self.job.pk).update(progress=1.0):  # locks the row first
                raise LeaseLost(str(self.job.pk))
            self._publish_pending()
            if write is not None:
                write()
            for subject, type, data in events:
                publish(subject, type, data)
            job = jobs.transition(
                self.job.pk, Job.State.DONE, when=self.mine, lease_until=None, finished_at=timezone.now()
            )
            assert job is not None  # the row is locked by the update above
            self.job = job
            self._over = True
        self.stop()

    def fail(self, problem: Problem) -> None:
        """End the job with a refusal that people can read. Not retried: the input is at fault."""
        with self._wake, transaction.atomic():
            if not Job.objects.filter(self.mine, pk=self.job.pk).update(lease_until=F("lease_until")):
                raise LeaseLost(str(self.job.pk))
            self._publish_pending()
            job = jobs.transition(
                self.job.pk,
                Job.State.FAILED,
                when=self.mine,
                lease_until=None,
                error=problem.to_dict(),
                finished_at=timezone.now(),
            )
            assert job is not None
            self.job = job
            self._over = True
        self.stop()

    def release(self, error: Exception | None = None) -> None:
        """After an unforeseen error: back to the queue for another try, or given up at the third."""
        self.stop()
        if self.job.attempt >= settings.JOB_STRIKES:
            jobs.give_up(self.job.pk, when=self.mine, error=error)
        else:
            jobs.put_back(self.job.pk, when=self.mine)

    def stop(self) -> None:
        """End the heartbeat. The row stays as it is."""
        with self._wake:
            self._over = True
            self._wake.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=2)

    # --- the heartbeat thread ---------------------------------------------------------------------------------------

    def _pulse(self) -> None:
        """Renew the lease every few seconds and send coalesced progress when its time comes."""
        next_beat = time.monotonic() + settings.JOB_HEARTBEAT_SECONDS
        try:
            while True:
                with self._wake:
                    due = min(next_beat, self._last_emit + MIN_EVENT_GAP_S) if self._pending else next_beat
                    self._wake.wait(max(0.0, due - time.monotonic()))
                    if self._over:
                        return
                    if self._pending and time.monotonic() - self._last_emit >= MIN_EVENT_GAP_S:
                        self._softly(self._flush)
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + settings.JOB_HEARTBEAT_SECONDS
                    self._softly(self._renew)
        finally:
            connection.close()

    def _softly(self, step: Callable[[], None]) -> None:
        """A busy database may refuse one beat; the lease is long enough for the next one."""
        try:
            step()
        except Exception:
            log.warning("lease of job %s: a heartbeat failed", self.job.pk, exc_info=True)
            connection.close()

    def _renew(self) -> None:
        until = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
        if not Job.objects.filter(self.mine, pk=self.job.pk).update(lease_until=until):
            self._lost.set()

    def _flush(self) -> None:
        """Publish what is pending, if the job is still ours (the lock `_wake` is held)."""
        self._last_emit = time.monotonic()
        with transaction.atomic():
            if Job.objects.filter(self.mine, pk=self.job.pk).update(lease_until=F("lease_until")):
                self._publish_pending()
            else:
                self._pending = []
                self._lost.set()

    def _publish_pending(self) -> None:
        pending, self._pending = self._pending, []
        for type, data in pending:
            publish(self.job.subject, type, data)
