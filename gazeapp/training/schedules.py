"""Schedules as pages and API show them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from gazeapp.core.problems import Problem
from gazeapp.training import data as readings_of
from gazeapp.training import slots
from gazeapp.training.models import Schedule, Slot


def schedule_dict(schedule: Schedule) -> dict[str, Any]:
    when = (schedule.weekday, schedule.hour, schedule.minute)
    return {
        "id": str(schedule.pk),
        "name": schedule.name,
        "weekday": schedule.weekday,
        "hour": schedule.hour,
        "minute": schedule.minute,
        "at_least": schedule.at_least,
        "data": schedule.data,
        "minutes": schedule.minutes,
        "enabled": schedule.enabled,
        "promote": schedule.promote,
        "sentence": slots.sentence(*when, schedule.at_least),
        "next_at": slots.next_due(timezone.now(), *when).isoformat() if schedule.enabled else None,
        "last": _last(schedule.slots.select_related("run__job").first()),
        "new_readings": _new(schedule),
        "by": schedule.by.display_name if schedule.by else None,
        "created_at": schedule.created_at.isoformat(),
    }


def _last(slot: Slot | None) -> dict[str, Any] | None:
    if slot is None:
        return None
    return {"run": str(slot.run_id) if slot.run_id else None, "at": slot.at.isoformat(), "words": slot.words}


def _new(schedule: Schedule) -> int:
    try:
        return readings_of.new_readings(schedule.data)
    except Problem:
        return 0
