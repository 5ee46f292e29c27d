"""Runs: asked for, stopped, gone on with."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import transaction

from gazeapp.core import audit, events, limits
from gazeapp.core import services as jobs
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem
from gazeapp.scanpaths.models import ModelVersion
from gazeapp.scanpaths.services import LOCK as MODELS
from gazeapp.training import data as readings_of
from gazeapp.training.estimate import hindrance
from gazeapp.training.models import Schedule, TrainingRun
from gazeapp.training.services.judging import serving


def create_run(
    *,
    by: Any,
    name: str,
    data: readings_of.Data,
    parent: str | None = None,
    steps: int | None = None,
    minutes: float | None = None,
    seed: int = 0,
    schedule: Schedule | None = None,
    later: bool = False,
) -> TrainingRun:
    """Queue a training that begins with the weights of a version, of the champion where none is named.

    by: a user, or in words who. later: nobody waits for it, so whatever a person asks for goes first; so it is with a
    schedule's.

    Raises:
        Problem: two-budgets; model-unknown, no-model; release-gone, release-not-ready; training-no-data,
            training-too-little-data; disk-full; too-many-runs.
    """
    if steps is not None and minutes is not None:
        raise Problem("two-budgets", "Give steps or minutes, not both.", code=400)
    version = _parent(parent)
    if problem := hindrance(data):
        raise problem
    user = by if getattr(by, "pk", None) is not None else None
    ident = uuid.uuid4()
    counts = readings_of.counted(readings_of.readings(data))
    with transaction.atomic():
        job = jobs.enqueue(
            kind="train",
            queue=Job.Queue.TRAIN,
            subject=f"run:{ident}",
            owner=user,
            inputs={"run": str(ident)},
            key=f"train:{ident}",
            later=later or schedule is not None,
        )
        if user is not None and not job.later:
            refuse_more_runs(user)
        run = TrainingRun.objects.create(
            pk=ident,
            name=name,
            parent=version,
            data=dict(data),
            counts=counts,
            steps=steps,
            minutes=minutes,
            seed=seed,
            by=user,
            schedule=schedule,
            promote=bool(schedule and schedule.promote),
            job=job,
        )
        events.publish(MODELS, "models.changed", {"what": "run"})
        audit.record(by, "training.create", run.subject, parent=version.pk, readings=counts["readings"])
    return run


def refuse_more_runs(by: Any) -> None:
    """Call it when one more was queued, in the same transaction.

    Raises:
        Problem: too-many-runs.
    """
    events.lock(f"user:{by.pk}")  # two requests cannot slip under the limit together
    there = Job.objects.filter(owner=by, kind="train", later=False, state__in=Job.ACTIVE).count() - 1
    limits.refuse_more(
        "too-many-runs",
        "You have too many trainings under way.",
        there=there,
        limit=settings.RUNS_OPEN,
        open_are="wait or run",
        do="Wait until one is done, or stop one.",
    )


def cancel_run(*, run: TrainingRun, by: Any) -> None:
    """Stop it, wherever it is. Its checkpoints stay for a month, and it can be resumed. One that is over stays so."""
    jobs.cancel(job=run.job, by=by)


def resume_run(*, run: TrainingRun, by: Any) -> None:
    """Go on with a run that failed or was cancelled, from its last checkpoint; one that waits or runs is left alone.

    Raises:
        Problem: not-retryable, when it is done; too-many-runs.
    """
    jobs.retry(job=run.job, by=by)


def child_gone(*, run: TrainingRun) -> None:
    """The training of a run that was stopped has ended: its newest checkpoint is the last one."""
    events.publish(run.subject, "run.stopped")


def train_job_changed(job: Job) -> None:
    """The job failed, was cancelled or is queued again: whoever looks at the list of runs learns of it. (What its own
    page follows, `run:<id>`, the job's own messages tell.)"""
    events.publish(MODELS, "models.changed", {"what": "run"})


def _parent(sha256: str | None) -> ModelVersion:
    if sha256 is None:
        return serving()
    found = ModelVersion.objects.filter(pk=sha256).first()
    if found is None:
        raise Problem("model-unknown", "There is no such model version.", "Choose another one.", code=422)
    return found
