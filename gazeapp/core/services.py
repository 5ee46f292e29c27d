"""Jobs: accepted work that is never lost and never done twice.

The row is the truth; the broker only carries its id. A worker claims the row (lease and fence, one conditional UPDATE),
keeps the lease alive, and writes its result in one transaction that the fence guards. `reconcile` sends again what the
broker lost and takes back what a dead worker held; three strikes are a visible failure.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from gazeapp.core import audit, registry
from gazeapp.core.jobs import announce, give_up, put_back, send, transition
from gazeapp.core.lease import Lease
from gazeapp.core.models import Event, Job
from gazeapp.core.problems import Problem

log = logging.getLogger(__name__)
State = Job.State


def enqueue(*, kind: str, queue: str, subject: str, owner: Any, inputs: dict[str, Any], key: str) -> Job:
    """Accept work. While a job with the same key is active, that one is returned: same key, same work."""
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


def claim(job_id: Any) -> Lease | None:
    """Take the job, or return None when it is not to be had: done, cancelled, or in the hands of a live worker."""
    now = timezone.now()
    job = transition(
        job_id,
        State.RUNNING,
        when=Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=now, attempt__lt=settings.JOB_STRIKES),
        attempt=F("attempt") + 1,
        fence=F("fence") + 1,
        lease_until=now + timedelta(seconds=settings.JOB_LEASE_SECONDS),
        started_at=now,
        stage="",
        progress=None,
    )
    return Lease(job) if job else None


def cancel(*, job: Job, by: Any) -> Job:
    """Stop a job, whatever it is doing. The fence moves on, so a worker that still computes can write nothing."""
    with transaction.atomic():
        cancelled = transition(
            job.pk,
            State.CANCELLED,
            when=Q(),
            fence=F("fence") + 1,
            cancel_requested=True,
            lease_until=None,
            finished_at=timezone.now(),
        )
        if cancelled:
            audit.record(by, "job.cancel", f"job:{job.pk}")
    return cancelled or Job.objects.get(pk=job.pk)  # already over: nothing to stop


def retry(*, job: Job, by: Any) -> Job:
    """Queue a failed or cancelled job again, with fresh strikes."""
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
            error=None,
            cancel_requested=False,
            stage="",
            progress=None,
            queued_at=now,
            published_at=now,
            started_at=None,
            finished_at=None,
        )
        if queued is None:
            raise Problem(
                "not-retryable", "This job cannot be started again.", "Only failed or cancelled jobs can.", code=409
            )
        audit.record(by, "job.retry", f"job:{job.pk}")
        transaction.on_commit(lambda: send(queued), robust=True)
    return queued


def reconcile() -> dict[str, int]:
    """Take back what dead workers held and send again what the broker lost. Safe to run anywhere, at any time."""
    now = timezone.now()
    counts = {"failed": 0, "requeued": 0, "resent": 0}
    expired = Job.objects.filter(state=State.RUNNING, lease_until__lt=now).values_list("pk", "attempt")
    for pk, attempt in list(expired):
        lapsed = Q(state=State.RUNNING, lease_until__lt=now, attempt=attempt)
        if attempt >= settings.JOB_STRIKES:
            counts["failed"] += give_up(pk, when=lapsed) is not None
        else:
            counts["requeued"] += put_back(pk, when=lapsed) is not None
    stale = Job.objects.filter(
        state=State.QUEUED, published_at__lt=now - timedelta(seconds=settings.JOB_REPUBLISH_SECONDS)
    )
    for queue in Job.Queue.values:
        waiting = Job.objects.filter(state=State.QUEUED, queue=queue).count()
        if not waiting or broker_holds(queue) >= waiting:
            continue  # a long queue is not a lost one
        for job in stale.filter(queue=queue).order_by("queued_at")[:500]:
            if Job.objects.filter(pk=job.pk, published_at=job.published_at).update(published_at=now):
                send(job)
                counts["resent"] += 1
    if any(counts.values()):
        log.info("reconciled: %(requeued)d taken back, %(resent)d sent again, %(failed)d given up", counts)
    return counts


def broker_holds(queue: str) -> int:
    """How many messages of this queue wait in the broker; 0 when it cannot say."""
    try:
        with current_app.connection_for_read() as connection, connection.channel() as channel:
            return int(channel.queue_declare(queue, passive=True).message_count)  # type: ignore[attr-defined]
    except Exception:  # down, or the queue does not exist (any more)
        return 0


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
