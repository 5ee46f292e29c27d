"""Schedules: made, changed, taken away; and what happens when one is due.

The clock is the beat, which may run twice or come late. What a schedule did at a time is therefore a row with a key
(`Slot`), written in the transaction that makes the run: a second message finds it and does nothing.
"""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from gazeapp.core import audit, events
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem
from gazeapp.scanpaths.services import LOCK as MODELS
from gazeapp.training import data as readings_of
from gazeapp.training import slots
from gazeapp.training.estimate import in_words
from gazeapp.training.models import Schedule, Slot, TrainingRun
from gazeapp.training.services.judging import serving
from gazeapp.training.services.runs import create_run

TASK = "worker.scheduled_training"
CLOCK = "clock"  # the beat's queue, see worker/tasks.py
TIMES = ("weekday", "hour", "minute", "enabled")


@transaction.atomic
def make_schedule(*, by: Any, **values: Any) -> Schedule:
    """A new schedule, by the names of its fields.

    Raises:
        Problem: schedule-of-release.
    """
    _check(values)
    schedule = Schedule(by=by, timed_at=timezone.now(), **values)
    schedule.task = PeriodicTask.objects.create(
        name=f"training {schedule.pk}",
        task=TASK,
        kwargs=json.dumps({"schedule": str(schedule.pk)}),
        queue=CLOCK,
        crontab=_crontab(schedule),
        enabled=schedule.enabled,
        last_run_at=schedule.timed_at,
    )
    schedule.save(force_insert=True)
    _notify()
    audit.record(by, "training.schedule", f"schedule:{schedule.pk}", promote=schedule.promote)
    return schedule


@transaction.atomic
def change_schedule(*, schedule: Schedule, by: Any, **values: Any) -> Schedule:
    """Change some of its fields. Another time, or switching it on, counts from now: no slot before is made up for.

    Raises:
        Problem: schedule-of-release.
    """
    _check(values)
    schedule = Schedule.objects.select_for_update().get(pk=schedule.pk)
    timed = any(name in values and values[name] != getattr(schedule, name) for name in TIMES)
    for name in values:
        setattr(schedule, name, values[name])
    if timed:
        schedule.timed_at = timezone.now()
        task = schedule.task
        task.crontab, task.enabled, task.last_run_at = _crontab(schedule), schedule.enabled, schedule.timed_at
        task.save()
    schedule.save()
    _notify()
    audit.record(by, "training.schedule.change", f"schedule:{schedule.pk}", fields=sorted(values))
    return schedule


@transaction.atomic
def delete_schedule(*, schedule: Schedule, by: Any) -> None:
    """It starts nothing any more; its runs stay."""
    ident, task = schedule.pk, schedule.task
    schedule.delete()
    task.delete()
    _notify()
    audit.record(by, "training.schedule.delete", f"schedule:{ident}")


def start_scheduled(schedule_id: str, *, now: datetime | None = None) -> Slot | None:
    """It is due: start a run, or write down why none starts. None where that was done before, or where it is not due
    any more: deleted, switched off, or moved to another time since."""
    now = now or timezone.now()
    with contextlib.suppress(Problem):
        serving()  # it may copy a model: not while others wait
    with transaction.atomic():
        schedule = Schedule.objects.select_for_update().filter(pk=schedule_id, enabled=True).first()
        if schedule is None:
            return None
        due = slots.last_due(now, schedule.weekday, schedule.hour, schedule.minute)
        if due < schedule.timed_at:
            return None
        slot, new = Slot.objects.get_or_create(schedule=schedule, at=due)
        if not new:
            return None
        try:
            with transaction.atomic():
                slot.run = _start(schedule, due)
            slot.words = "A run was started."
        except Problem as problem:
            slot.words = f"No run was started. {in_words(problem)}"[:300]
        slot.save(update_fields=["run", "words"])
        _notify()
    return slot


def _start(schedule: Schedule, due: datetime) -> TrainingRun:
    """The run of a slot. Raises Problem."""
    if schedule.runs.filter(job__state__in=Job.ACTIVE).exists():
        raise Problem("run-under-way", "The run before it is not over yet.", code=409)
    new = readings_of.new_readings(schedule.data)
    if new < schedule.at_least:
        were = f"{new} new reading{' was' if new == 1 else 's were'} there"
        raise Problem("too-few-new", f"{were}, and it waits for {schedule.at_least}.", code=409)
    return create_run(
        by=f"schedule:{schedule.pk}",
        name=f"{schedule.name}, {due:%d %B %Y}"[:80],
        data=schedule.data,
        minutes=schedule.minutes,
        schedule=schedule,
    )


def _check(values: dict[str, Any]) -> None:
    if values.get("data", {}).get("kind") == TrainingRun.Kind.RELEASE:
        raise Problem(
            "schedule-of-release",
            "A release never grows, so a schedule cannot wait for new readings in it.",
            "Choose all consented readings.",
            code=422,
        )


def _crontab(schedule: Schedule) -> CrontabSchedule:
    crontab, _ = CrontabSchedule.objects.get_or_create(
        minute=str(schedule.minute),
        hour=str(schedule.hour),
        day_of_week=slots.cron_day(schedule.weekday),
        day_of_month="*",
        month_of_year="*",
        timezone="UTC",
    )
    return crontab


def _notify() -> None:
    events.publish(MODELS, "models.changed", {"what": "schedule"})
