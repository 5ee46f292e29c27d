"""The state table of a job and the few moves that change it. Everything else in this app goes through here."""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from gazeapp.core import events, registry
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem

log = logging.getLogger(__name__)
State = Job.State

ALLOWED: dict[str, frozenset[str]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED, State.FAILED}),
    State.RUNNING: frozenset({State.RUNNING, State.QUEUED, State.DONE, State.FAILED, State.CANCELLED}),
    State.FAILED: frozenset({State.QUEUED}),  # only by a person who retries
    State.CANCELLED: frozenset({State.QUEUED}),
    State.DONE: frozenset(),
}


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

    def tell_watchers() -> None:
        # After the commit, since every job shares this log: its lock must not be held beside a subject's.
        events.publish("jobs", "job.state", listed)
        events.nudge(f"queue.{job.queue}", {"type": "queue_moved", "queue": job.queue})

    transaction.on_commit(tell_watchers, robust=True)


def send(job: Job) -> None:
    """Send the id to the broker, softly: when it is down, the reconciler sends it later."""
    try:
        current_app.send_task(
            "worker.run_job",
            kwargs={"job_id": str(job.id)},
            queue=job.queue,
            retry=True,
            retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1},
        )
    except Exception as error:  # kombu and redis raise many kinds; the row is safe in every case
        log.warning(
            "job %s waits for the reconciler: the broker did not take its id (%s)", job.id, type(error).__name__
        )


def put_back(job_id: Any, *, when: Q) -> Job | None:
    """Return a job to the queue after a worker lost it, and send it at once. It keeps its place and its strikes."""
    with transaction.atomic():
        job = transition(
            job_id, State.QUEUED, when=when, fence=F("fence") + 1, lease_until=None, published_at=timezone.now()
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
        fence=F("fence") + 1,
        lease_until=None,
        error=problem.to_dict(),
        finished_at=timezone.now(),
    )
