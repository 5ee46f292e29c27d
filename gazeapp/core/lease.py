"""A worker's hold on one running job: kept alive by a thread, lost quietly, unable to write after that.

A database that is away for a while costs no work: progress is dropped, the heartbeat asks again every second, and a
result waits until it can be written.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from gazeapp.core import database, jobs
from gazeapp.core.events import publish
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem

log = logging.getLogger(__name__)

MIN_EVENT_GAP_S = 0.2  # at most five progress messages a second a subject
CHECK_EVERY_S = 0.5  # how often `check` asks the database whether the job is still ours
ASK_AGAIN_S = 1.0  # while the database is away
OUTAGE_S = 300.0  # a result waits this long for a database that is away
AWAY: tuple[type[Exception], ...] = (
    OperationalError,
    InterfaceError,
)  # what a database that is away, or locked for too long, raises


class LeaseLost(Exception):
    """The job was cancelled, or another worker has it. Stop and leave: nothing that follows could be written."""


_held: set[Lease] = set()  # of this process


def held() -> list[str]:
    """Ids of the jobs that this process works on."""
    return [str(lease.job.pk) for lease in list(_held)]


def give_back_all() -> None:
    """The process was told to stop: put what it runs back into the queue, without waiting for the handlers."""
    for lease in list(_held):
        try:
            lease.give_back()
        except Exception:
            log.exception("job %s could not be given back; its lease will run out", lease.job.pk)
    connection.close()


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
        self._last_check = self._renewed = time.monotonic()
        _held.add(self)
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
            self._best_effort(self._look)
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
        write = partial(Job.objects.filter(self.mine, pk=self.job.pk).update, stage=name, progress=progress)
        self._best_effort(write)
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
            self._best_effort(self._flush)
        else:
            self._wake.notify()

    def reset_strikes(self) -> None:
        """A checkpoint was reached: what went wrong before it no longer counts, since each attempt gets further.
        Softly: one that the database misses is made good by the next."""

        def forgive() -> None:
            if Job.objects.filter(self.mine, pk=self.job.pk).update(strikes=0):
                self.job.strikes = 0

        self._best_effort(forgive)

    def finish(
        self, write: Callable[[], None] | None = None, *, events: Sequence[tuple[str, str, dict[str, Any]]] = ()
    ) -> None:
        """Store the result: state, ``write()`` and (subject, type, data) events, in one transaction behind the fence.

        ``write`` runs again from the start if the database went away in the middle. Raises LeaseLost, with nothing
        written, when the job is no longer ours.
        """

        def result() -> None:
            if write is not None:
                write()
            for subject, type, data in events:
                publish(subject, type, data)

        self._end(Job.State.DONE, result, progress=1.0)

    def fail(self, problem: Problem) -> None:
        """End the job with a refusal that people can read. Not retried: the input is at fault."""
        self._end(Job.State.FAILED, error=problem.to_dict())

    def _end(self, state: str, result: Callable[[], None] = lambda: None, **changes: Any) -> None:
        def step() -> None:
            with self._wake, self._unsent_kept(), transaction.atomic():
                if not Job.objects.filter(self.mine, pk=self.job.pk).update(lease_until=F("lease_until")):  # locks it
                    raise LeaseLost(str(self.job.pk))
                self._publish_pending()
                result()
                job = jobs.transition(
                    self.job.pk, state, when=self.mine, lease_until=None, finished_at=timezone.now(), **changes
                )
                assert job is not None  # the row is locked by the update above
                self.job = job
                self._over = True

        self._retry(step)
        self.stop()

    def release(self, error: Exception | None = None) -> None:
        """After an unforeseen error: back to the queue for another try, or given up at the third strike.

        An error that came of a database that was away is no strike.
        """
        strike = not (database.is_down(error) and self._database_was_away())
        self.stop()
        if strike and self.job.strikes + 1 >= settings.JOB_STRIKES:
            self._retry(lambda: jobs.give_up(self.job.pk, when=self.mine, error=error))
        else:
            self._retry(lambda: jobs.put_back(self.job.pk, when=self.mine, strike=strike))

    def give_back(self) -> None:
        """The worker stops: back to the old place in the queue, at once and without a strike. Whoever ends this lease
        meanwhile waits for that."""
        with self._wake:
            if jobs.put_back(self.job.pk, when=self.mine, strike=False):
                log.info("job %s given back: this worker stops", self.job.pk)
            self._lost.set()

    def stop(self) -> None:
        """End the heartbeat. The row stays as it is."""
        _held.discard(self)
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
                        self._best_effort(self._flush, Exception)
                if time.monotonic() >= next_beat:
                    beats = self._best_effort(self._renew, Exception)
                    next_beat = time.monotonic() + (settings.JOB_HEARTBEAT_SECONDS if beats else ASK_AGAIN_S)
        finally:
            connection.close()

    def _renew(self) -> None:
        until = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
        if Job.objects.filter(self.mine, pk=self.job.pk).update(lease_until=until):
            self._renewed = time.monotonic()
        else:
            self._lost.set()

    def _look(self) -> None:
        if not Job.objects.filter(self.mine, pk=self.job.pk).exists():
            self._lost.set()

    def _flush(self) -> None:
        """Publish what is pending, if the job is still ours (the lock `_wake` is held)."""
        self._last_emit = time.monotonic()
        with self._unsent_kept(), transaction.atomic():
            if Job.objects.filter(self.mine, pk=self.job.pk).update(lease_until=F("lease_until")):
                self._publish_pending()
            else:
                self._pending = []
                self._lost.set()

    def _publish_pending(self) -> None:
        pending, self._pending = self._pending, []
        for type, data in pending:
            publish(self.job.subject, type, data)

    # --- a database that is away --------------------------------------------------------------------------------------

    @contextmanager
    def _unsent_kept(self) -> Iterator[None]:
        """What was not published after all stays pending."""
        pending = self._pending
        try:
            yield
        except BaseException:
            self._pending = pending
            raise

    def _best_effort(self, step: Callable[[], object], *errors: type[Exception]) -> bool:
        """A database that is away, or busy, may miss one beat or one message of progress: the next ones come. The
        heartbeat survives other ``errors`` too."""
        try:
            step()
        except AWAY + errors as error:
            if connection.in_atomic_block:  # somebody else's transaction is broken with it
                raise
            log.warning("job %s: the database did not take a sign of life (%s)", self.job.pk, type(error).__name__)
            connection.close()
            return False
        return True

    def _retry(self, step: Callable[[], object]) -> None:
        """Run one transaction; while the database is away, wait for it. Work that is done is not thrown away."""
        give_up_at = time.monotonic() + OUTAGE_S
        while True:
            try:
                step()
                return
            except AWAY as error:
                if connection.in_atomic_block or time.monotonic() > give_up_at:
                    raise
                log.warning("job %s waits for the database (%s)", self.job.pk, type(error).__name__)
                connection.close()
                time.sleep(ASK_AGAIN_S)

    def _database_was_away(self) -> bool:
        """Whether the heartbeat could not write either: it is overdue, or fails now."""
        overdue = time.monotonic() - self._renewed > 2 * settings.JOB_HEARTBEAT_SECONDS
        return overdue or not self._best_effort(self._renew)
