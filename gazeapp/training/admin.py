"""Record pages for admins."""

from __future__ import annotations

from django.contrib import admin

from gazeapp.core.admin import ReadOnly
from gazeapp.training.models import Schedule, Slot, TrainingRun, Verdict


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnly):
    list_display = ("created_at", "name", "parent", "version", "by", "schedule")


@admin.register(Schedule)
class ScheduleAdmin(ReadOnly):
    list_display = ("created_at", "name", "weekday", "hour", "minute", "at_least", "enabled", "promote")
    list_filter = ("enabled",)


@admin.register(Slot)
class SlotAdmin(ReadOnly):
    list_display = ("at", "schedule", "run", "words")


@admin.register(Verdict)
class VerdictAdmin(ReadOnly):
    list_display = ("at", "version", "champion", "passed")
    list_filter = ("passed",)
