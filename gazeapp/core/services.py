"""Jobs: accepted work that is never lost and never done twice.

The rows are the truth, for their order too; the broker only wakes workers. One that wakes claims the row of its queue
whose turn it is (lease and fence), keeps the lease alive, and writes its result in one transaction that the fence
guards. `reconcile` takes back what a dead worker held and wakes workers again when a wake-up was lost; three strikes
are a visible failure.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from gazeapp.core import audit, registry
from gazeapp.core.jobs import announce, give_up, put_back, send, send_again, transition, wake
from gazeapp.core.lease import Lease
from gazeapp.core.models import Event, Job
from gazeapp.core.problems import Problem
from gazeapp.core.turns import next_turn

log = logging.getLogger(__name__)
State = Job.State

WAKE_AT_ONCE = 500  # lost wake-ups sent again at a time; the next message finds the rest


def enqueue(
    *, kind: str, queue: str, subject: str, owner: Any, inputs: dict[str, Any], key: str, later: bool = False
) -> Job:
    """Accept work. While a job with the same key is active, that one is returned: same key, same work.

    ``later``: nobody waits for it, so the queue's other jobs go first, those that come after it too.
    """
    now = timezone.now()
    with transaction.atomic():
        if existing := _active(key):
            return existing
        try:
            with transaction.atomic():
                job = Job.objects.create(
                    kind=kind,
                    queue=queue,
                    subject=subject,
                    owner=owner,
                    inputs=inputs,
                    key=key,
                    later=later,
                    turn=next_turn(queue=queue, later=later, owner=owner, kind=kind),
                    queued_at=now,
                    published_at=now,
                )
        except IntegrityError:  # somebody else was faster by a moment
            if existing := _active(key):
                return existing
            raise
        announce(job)
        transaction.on_commit(lambda: send(job), robust=True)
    return job


def claim(queue: str, *, sent_at: datetime | None = None, only: Any = None) -> Lease | None:
    """Take the job whose turn it is in ``queue`` (see `turns`), one that is for later only when there is no other, or
    return None when there is nothing to do.

    ``sent_at`` is when the wake-up that led here was sent. With it, one that no job needs any more does nothing, and
    those that were lost are sent again (see `wake_again`). ``only``: the id of a job that its maker runs itself.
    """
    waiting = Job.objects.filter(queue=queue, state=State.QUEUED).order_by(*Job.IN_TURN)
    if only is not None:
        waiting = waiting.filter(pk=only)
    if sent_at is not None and not waiting.filter(_woken_by(sent_at)).exists():
        return None  # whoever waits has a later wake-up coming
    job = _take(waiting)
    lease = Lease(job) if job else None
    if sent_at is not None:
        try:
            wake_again(queue, sent_at, instead_of=job)
        except Exception:  # the job at hand comes first
            log.exception("could not wake again for queue %s; the reconciler will", queue)
    return lease


def _take(waiting: QuerySet[Job]) -> Job | None:
    """Make the first of these running. On SQLite there is one writer at a time; on PostgreSQL a row that another
    worker is just taking is passed over."""
    now = timezone.now()
    with transaction.atomic():
        oldest = waiting.select_for_update(skip_locked=True).first()
        if oldest is None:
            return None
        return transition(
            oldest.pk,
            State.RUNNING,
            when=Q(),
            attempt=F("attempt") + 1,
            fence=F("fence") + 1,
            lease_until=now + timedelta(seconds=settings.JOB_LEASE_SECONDS),
            started_at=now,
            stage="",
            progress=None,
        )


def wake_again(queue: str, sent_at: datetime, *, instead_of: Job | None = None) -> int:
    """Send again the wake-ups that were lost, and return how many those were.

    A queue's messages come in the order in which they were sent. So when the one of ``sent_at`` has come, every job
    that a worker was woken for up to then, and that still waits, has no wake-up coming any more: its own was lost, or
    was spent on an older job. In the second case the older job (``instead_of``, just claimed) may have left it its own.
    """
    waiting = Job.objects.filter(_woken_by(sent_at), queue=queue, state=State.QUEUED).order_by(*Job.IN_TURN)
    unwoken = list(waiting[:WAKE_AT_ONCE])
    if unwoken and instead_of is not None and instead_of.published_at and instead_of.published_at > sent_at:
        heir = unwoken.pop(0)
        Job.objects.filter(pk=heir.pk, published_at=heir.published_at).update(published_at=instead_of.published_at)
    return sum(send_again(job) for job in unwoken)


def _woken_by(sent_at: datetime) -> Q:
    """Jobs whose wake-up was sent up to then, or never."""
    return Q(published_at__lte=sent_at) | Q(published_at=None)


def cancel(*, job: Job, by: Any) -> Job:
    """Stop a job, whatever it is doing. It runs no more, and the next claim moves the fence on, so a worker that still
    computes can write nothing."""
    with transaction.atomic():
        cancelled = transition(
            job.pk,
            State.CANCELLED,
            when=Q(),
            lease_until=None,
            finished_at=timezone.now(),
        )
        if cancelled:
            audit.record(by, "job.cancel", f"job:{job.pk}")
    return cancelled or Job.objects.get(pk=job.pk)  # already over: nothing to stop


def retry(*, job: Job, by: Any) -> Job:
    """Queue a failed or cancelled job again, with fresh strikes.

    Raises:
        Problem: not-retryable, or that its owner has too many open.
    """
    now = timezone.now()
    with transaction.atomic():
        if active := _active(job.key):
            return active
        queued = transition(
            job.pk,
            State.QUEUED,
            when=Q(state__in=[State.FAILED, State.CANCELLED]),
            changed_by="retry",
            attempt=0,
            strikes=0,
            error=None,
            stage="",
            progress=None,
            turn=next_turn(queue=job.queue, later=job.later, owner=job.owner, kind=job.kind),
            queued_at=now,
            published_at=now,
            started_at=None,
            finished_at=None,
        )
        if queued is None:
            raise Problem(
                "not-retryable", "This job cannot be started again.", "Only failed or cancelled jobs can.", code=409
            )
        if job.owner is not None and job.owner == by and not job.later and (limit := registry.JOB_LIMITS.get(job.kind)):
            registry.load(limit)(by)
        audit.record(by, "job.retry", f"job:{job.pk}")
        transaction.on_commit(lambda: send(queued), robust=True)
    return queued


def reconcile() -> dict[str, int]:
    """Take back what dead workers held, and wake workers where a wake-up was lost. Safe anywhere, at any time."""
    counts = {**_take_back(), "resent": sum(_wake_for_oldest(queue) for queue in Job.Queue.values)}
    if any(counts.values()):
        log.info("reconciled: %(requeued)d taken back, %(resent)d woken for, %(failed)d given up", counts)
    return counts


def _take_back() -> dict[str, int]:
    """Put back the jobs whose lease ran out, or give them up at the third strike.

    After an outage of the database every lease has run out, though the workers live. They renew as soon as it answers,
    so only what is still lapsed a moment after it took a transaction of ours has lost its worker.
    """
    counts = {"failed": 0, "requeued": 0}
    lapsed = Q(state=State.RUNNING, lease_until__lt=timezone.now())
    if not Job.objects.filter(lapsed).exists():
        return counts
    with transaction.atomic():  # on SQLite this waits until the database takes writes
        seen = list(Job.objects.filter(lapsed).values_list("pk", "fence", "lease_until", "strikes"))
    time.sleep(settings.JOB_GRACE_SECONDS)
    for pk, fence, lease_until, strikes in seen:
        unchanged = Q(state=State.RUNNING, fence=fence, lease_until=lease_until)
        if strikes + 1 >= settings.JOB_STRIKES:
            counts["failed"] += give_up(pk, when=unchanged) is not None
        else:
            counts["requeued"] += put_back(pk, when=unchanged, strike=True) is not None
    return counts


def _wake_for_oldest(queue: str) -> bool:
    """Wake a worker if the oldest job of the queue has waited long since that was last done.

    One message for a whole queue is enough: whoever gets it sends again all those that were lost. Where the workers are
    only busy, it expires before they come to it, so that a long queue never piles up messages.
    """
    now = timezone.now()
    oldest = Job.objects.filter(queue=queue, state=State.QUEUED).order_by(*Job.IN_TURN).first()
    if oldest is None:
        return False
    if oldest.published_at and oldest.published_at >= now - timedelta(seconds=settings.JOB_REPUBLISH_SECONDS):
        return False
    return wake(queue, now, expires_s=2 * settings.JOB_RECONCILE_SECONDS)


def sweep_events() -> int:
    """Delete events past their retention. The counters stay: numbers go on, and old readers get a snapshot."""
    limit = timezone.now() - timedelta(days=settings.EVENT_RETENTION_DAYS)
    deleted, _ = Event.objects.filter(created_at__lt=limit).delete()
    return deleted


def sweep() -> dict[str, int]:
    """Run every app's sweeper; one that fails does not stop the others."""
    swept: dict[str, int] = {}
    for path in registry.SWEEPERS:
        try:
            swept[path] = registry.load(path)()
        except Exception:
            log.exception("sweeper %s failed", path)
    return swept


def _active(key: str) -> Job | None:
    return Job.objects.filter(key=key, state__in=Job.ACTIVE).first()
