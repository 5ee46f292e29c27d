"""Training runs, when they start by themselves, and what the gate said of a version.

A run is a job with a folder of its own (`gazeapp.training.folders`); where it stands is its job's state. What it learnt
from and what came of it stay here when the folder is swept.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django_celery_beat.models import PeriodicTask

from gazeapp.core.models import Job
from gazeapp.recordings.models import Reader, Recording
from gazeapp.scanpaths.models import ModelVersion


class Schedule(models.Model):
    """A time at which a run starts by itself, once a day or a week, where there is enough new to learn from. The clock
    is the periodic task's; its hours are UTC."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.OneToOneField(PeriodicTask, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    weekday = models.PositiveSmallIntegerField(
        null=True, validators=[MaxValueValidator(6)], help_text="Monday 0 to Sunday 6; empty for every day."
    )
    hour = models.PositiveSmallIntegerField(validators=[MaxValueValidator(23)])
    minute = models.PositiveSmallIntegerField(validators=[MaxValueValidator(59)])
    at_least = models.PositiveIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="New readings without which no run starts."
    )
    data = models.JSONField(help_text="As `TrainingRun.data`.")
    minutes = models.FloatField(null=True, help_text="Budget of each run; empty for the usual one.")
    enabled = models.BooleanField(default=True)
    promote = models.BooleanField(default=False, help_text="Whether what passes the gate serves at once.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    timed_at = models.DateTimeField(help_text="Since when it stands at this time: no slot before then starts a run.")

    class Meta:
        ordering = ("created_at", "pk")

    def __str__(self) -> str:
        return self.name


class TrainingRun(models.Model):
    """A training that makes a model version from another one and from readings."""

    class Kind(models.TextChoices):
        CONSENTED = "consented"  # the readings whose readers agree when the data are written
        RELEASE = "release"  # of those the ones that a release holds

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, help_text="Also the name of the version that it makes.")
    parent = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="runs", help_text="Begins there.")
    data = models.JSONField(help_text="{kind, release: its id or null, sources: [...] or null for the usual ones}.")
    counts = models.JSONField(help_text="How much that was when it was asked for, then when it was written.")
    steps = models.PositiveIntegerField(null=True, help_text="Budget in steps;")
    minutes = models.FloatField(null=True, help_text="or in minutes of training. Neither: the trainer's own.")
    seed = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    schedule = models.ForeignKey(Schedule, null=True, on_delete=models.SET_NULL, related_name="runs")
    promote = models.BooleanField(
        default=False, help_text="Whether its version serves at once when it passes the gate."
    )
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    dataset = models.JSONField(null=True, help_text="What was written for it: {counts, sha256}; empty until then.")
    result = models.JSONField(
        null=True, help_text="{steps, kept_step, validation_loss, held_out, pace, machine} of its training, once over."
    )
    version = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="made_by")
    note = models.CharField(max_length=300, blank=True, help_text="What became of a promotion that was to follow.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        return f"run:{self.id}"


class RunReading(models.Model):
    """A reading that a run learns from, so that a withdrawal can be told from what it has reached."""

    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="readings")
    recording = models.ForeignKey(Recording, null=True, on_delete=models.SET_NULL, related_name="+")
    reader = models.ForeignKey(Reader, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "recording"], name="one_row_a_run_and_recording")]


class Slot(models.Model):
    """What a schedule did at one of its times, written once however many clocks there are."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="slots")
    at = models.DateTimeField(help_text="When it was due.")
    run = models.OneToOneField(TrainingRun, null=True, on_delete=models.SET_NULL, related_name="slot")
    words = models.CharField(max_length=300, help_text="What happened, and where nothing started, why.")

    class Meta:
        ordering = ("-at",)
        constraints = [models.UniqueConstraint(fields=["schedule", "at"], name="one_slot_a_schedule_and_time")]


class Verdict(models.Model):
    """What the gate said of a version beside a champion: a function of the two, the rules and the set."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="verdicts")
    champion = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    rules = models.JSONField(help_text="{version, sha256} of the rules.")
    rules_sha256 = models.CharField(max_length=64)
    set = models.JSONField(help_text="{name, sha256, cases, readings, simulated} of the frozen set.")
    set_sha256 = models.CharField(max_length=64)
    rows = models.JSONField(help_text="A row a metric: both values, difference, baseline, rule, passed.")
    left_out = models.JSONField(
        default=list, help_text="[{metric, reason}] of metrics that these two cannot be compared by."
    )
    passed = models.BooleanField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["version", "champion", "rules_sha256", "set_sha256"], name="one_verdict_a_pair_and_rules"
            )
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValueError for a row that is here already."""
        if not self._state.adding:
            raise ValueError("a verdict is never changed; another champion or other rules give a further one")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Raises ValueError."""
        raise ValueError("a verdict is never deleted")
