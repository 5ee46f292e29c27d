"""The only place where Celery tasks are declared. Thin adapters; late acknowledgement and limits are settings."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from celery import current_app as app
from celery.exceptions import SoftTimeLimitExceeded
from celery.signals import (
    task_postrun,
    task_prerun,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutting_down,
)
from django.conf import settings
from django.db import close_old_connections

from gazeapp.core import canary as canaries
from gazeapp.core import database, services
from gazeapp.core.lease import Lease, LeaseLost
from gazeapp.core.problems import Problem
from worker import handlers, limits, presence, scheduled, shutdown

log = logging.getLogger(__name__)
WARM_UP_AFTER_S = 5.0  # a start is busy enough; films and readings come later
CLOCK = "clock"  # a queue of its own, heard by the io worker: what the beat sends must not stand behind a hundred films
LATE_S = 60  # a wake-up for the reconciler that comes later than this is dropped: others have come since

app.conf.beat_schedule = {
    "reconcile jobs": {
        "task": "worker.reconcile",
        "schedule": settings.JOB_RECONCILE_SECONDS,
        "options": {"queue": CLOCK, "expires": LATE_S},
    },
    "sweep": {"task": "worker.sweep", "schedule": 3600.0, "options": {"queue": CLOCK, "expires": 3600}},
}


worker_ready.connect(shutdown.remember_pool)
worker_shutting_down.connect(shutdown.give_back_soon)
worker_process_init.connect(shutdown.listen)
worker_process_init.connect(presence.begin)
worker_process_shutdown.connect(presence.end)
# Celery does this only in children that were forked. A spawned one would keep its connection from task to task, and
# when that died with the database's server, it could claim nothing any more, though it goes on answering canaries.
task_prerun.connect(close_old_connections)
task_postrun.connect(close_old_connections)


@app.task(name="worker.run_job", **limits.OF_A_WAKE_UP)
def run_job(*, queue: str, sent_at: str) -> None:
    """Run the oldest job of the queue, if one waits. ``sent_at`` (ISO 8601) is when this wake-up was sent."""
    lease = services.claim(queue, sent_at=datetime.fromisoformat(sent_at))
    if lease is None:
        return
    presence.publish_now()
    try:
        run(lease)
    finally:
        presence.publish_now()


def run(lease: Lease) -> None:
    """Hand the job to its handler and turn whatever happens into a state."""
    job = lease.job
    with lease:
        try:
            with limits.kept(job.kind):
                handlers.load(job.kind)(lease)
        except LeaseLost:
            log.info("job %s was cancelled or taken over", job.id)
        except Problem as problem:
            if database.is_down(problem):  # it is what led to the refusal, not the input
                lease.release(problem)
            else:
                fail(lease, problem)
        except SoftTimeLimitExceeded:
            fail(lease, limits.too_long(job.kind))
        except Exception as error:
            log.exception("job %s (%s) failed on attempt %d", job.id, job.kind, job.attempt)
            lease.release(error)


def fail(lease: Lease, problem: Problem) -> None:
    try:
        lease.fail(problem)
    except LeaseLost:
        log.info("job %s was cancelled or taken over", lease.job.id)


@app.task(name="worker.reconcile")
def reconcile() -> None:
    services.reconcile()
    canaries.answer(settings.CELERY_BROKER_URL, canaries.BEAT, kept_s=3 * settings.JOB_RECONCILE_SECONDS)


@app.task(name="worker.sweep")
def sweep() -> None:
    services.sweep()


@app.task(name="worker.scheduled_training")
def scheduled_training(*, schedule: str) -> None:
    """The beat says that a schedule of an admin's is due. Twice is as once."""
    scheduled.training(schedule)


@app.task(name="worker.canary")
def canary(*, token: str) -> None:
    """Answer the supervisor: a message went through the broker into a working child, and back."""
    canaries.answer(settings.CELERY_BROKER_URL, token)


@worker_ready.connect
def look_for_lost_jobs(**more: Any) -> None:
    """A worker that starts may be the one that died: take back at once what it held."""
    try:
        services.reconcile()
    except Exception:
        log.exception("could not reconcile at start; the beat will")


@worker_process_init.connect
def warm_up(**more: Any) -> None:
    """Load what jobs will need while the process waits for the first one. Messages are heard meanwhile."""
    queues = os.environ.get("MEDGAZE_WORKER_QUEUES", "").split(",")
    if "predict" in queues:
        from worker import predictors

        _soon(predictors.warm_up)
    if "io" in queues:
        from gazeapp.cases.services import warm

        _soon(warm)


def _soon(work: Callable[[], None]) -> None:
    timer = threading.Timer(WARM_UP_AFTER_S, work)
    timer.daemon = True
    timer.start()
