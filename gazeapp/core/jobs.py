"""The state table of a job, the few moves that change it, and the wake-ups that go with them."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from gazeapp.core import events, registry
from gazeapp.core.broker_calls import best_effort
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem

log = logging.getLogger(__name__)
State = Job.State

ALLOWED: dict[str, frozenset[str]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED, State.FAILED}),
    State.RUNNING: frozenset({State.QUEUED, State.DONE, State.FAILED, State.CANCELLED}),
    State.FAILED: frozenset({State.QUEUED}),  # only by a person who retries
    State.CANCELLED: frozenset({State.QUEUED}),
    State.DONE: frozenset(),
}


def limit_s(kind: str) -> int:
    """How many seconds a job of this kind may take."""
    return settings.JOB_SECONDS.get(kind, settings.CELERY_TASK_TIME_LIMIT)


def transition(job_id: Any, to: str, *, when: Q, changed_by: str = "", **changes: Any) -> Job | None:
    """The one place where a job's state changes: a conditional UPDATE, then the events, in one transaction.

    ``when`` narrows the allowed starting states (by fence, by lease, ...). Returns the job as it is now, or None if
    it was not in a state and condition that allow the move.
    """
    sources = [state for state, targets in ALLOWED.items() if to in targets]
    with transaction.atomic():
        moved = Job.objects.filter(Q(pk=job_id, state__in=sources) & when).update(state=to, **changes)
        if not moved:
            return None
        job = Job.objects.get(pk=job_id)
        announce(job)
        hook = registry.JOB_CHANGED.get(job.kind)
        if hook and (to in {State.FAILED, State.CANCELLED} or changed_by == "retry"):
            registry.load(hook)(job)
        return job


def announce(job: Job) -> None:
    """Tell the job's subject in this transaction, and the admins' list and the queue's watchers after it."""
    data = {"job": str(job.id), "kind": job.kind, "queue": job.queue, "state": job.state, "attempt": job.attempt}
    if job.error:
        data["error"] = job.error
    events.publish(job.subject, "job.state", data)
    listed = {**data, "subject": job.subject}

    def notify_watchers() -> None:
        # After the commit, since every job shares this log: its lock must not be held beside a subject's.
        events.publish("jobs", "job.state", listed)
        events.nudge(f"queue.{job.queue}", {"type": "queue_moved", "queue": job.queue})

    transaction.on_commit(notify_watchers, robust=True)


def wake(queue: str, sent_at: datetime, *, expires_s: int | None = None) -> bool:
    """Wake a worker of ``queue``, softly. It takes the oldest job there, whichever that is.

    The message says when it was sent, so that whoever gets it knows which others should have come before it (see
    `services.wake_again`).
    """
    return best_effort(
        "a wake-up",
        lambda: current_app.send_task(
            "worker.run_job",
            kwargs={"queue": queue, "sent_at": sent_at.isoformat()},
            queue=queue,
            expires=expires_s,
            retry=False,
        ),
    )


def send(job: Job) -> bool:
    """Send the wake-up that the job's row tells of. If the broker does not take it, the row says so, and the
    reconciler's next look finds it."""
    sent = job.published_at is not None and wake(job.queue, job.published_at)
    if not sent:
        Job.objects.filter(pk=job.pk, published_at=job.published_at).update(published_at=None)
    return sent


def send_again(job: Job) -> bool:
    """Send a new wake-up for a job that is queued still, unless somebody else just did."""
    now = timezone.now()
    if not Job.objects.filter(pk=job.pk, state=State.QUEUED, published_at=job.published_at).update(published_at=now):
        return False
    job.published_at = now
    return send(job)


def put_back(job_id: Any, *, when: Q, strike: bool) -> Job | None:
    """Return a running job to its old place in the queue, and wake a worker for it at once.

    ``strike``: whether this counts against the job. It does when the job may have been what killed its worker; it does
    not when the worker was told to stop, or the database was away.
    """
    with transaction.atomic():
        job = transition(
            job_id,
            State.QUEUED,
            when=when,
            strikes=F("strikes") + int(strike),
            lease_until=None,
            published_at=timezone.now(),
        )
        if job:
            transaction.on_commit(lambda: send(job), robust=True)
    return job


def give_up(job_id: Any, *, when: Q, error: Exception | None = None) -> Job | None:
    """The third strike: fail where admins see it, with a sentence. ``error`` is what the work raised, if it did.

    Only the error's type is told: its words may hold what must not leave the worker's log.
    """
    happened = f"It ended with an error ({type(error).__name__})" if error else "Its worker stopped"
    problem = Problem(
        "job-crashed" if error else "worker-lost",
        "This did not finish.",
        f"{happened} {settings.JOB_STRIKES} times. An administrator can look at the worker's log and start it again.",
        code=500,
    )
    return transition(
        job_id,
        State.FAILED,
        when=when,
        strikes=F("strikes") + 1,
        lease_until=None,
        error=problem.to_dict(),
        finished_at=timezone.now(),
    )
