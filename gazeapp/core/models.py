"""Jobs, the event logs that pages follow, and the audit trail. The database is the truth; the broker wakes workers."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Job(models.Model):
    """One piece of accepted work. A worker owns it while its lease runs; its fence number refuses late writers."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Queue(models.TextChoices):
        PREDICT = "predict"
        TRAIN = "train"
        IO = "io"

    ACTIVE = (State.QUEUED, State.RUNNING)
    IN_TURN = ("later", "turn", "queued_at", "pk")  # the order in which waiting jobs of a queue are taken

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40, help_text="What to do: a key of worker.handlers.HANDLERS.")
    queue = models.CharField(max_length=10, choices=Queue.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    subject = models.CharField(max_length=100, help_text="Event log that tells of this job, e.g. case:<id>.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="jobs")
    inputs = models.JSONField(default=dict, help_text="Ids and numbers only, never patient data.")
    key = models.CharField(max_length=200, help_text="Same key, same work: one active job a key.")
    attempt = models.PositiveSmallIntegerField(default=0, help_text="Claims so far, however they ended.")
    strikes = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="Attempts that lost their worker or met an unforeseen error; the third fails the job.",
    )
    fence = models.PositiveIntegerField(
        default=0, help_text="Grows with each claim; a result with an old fence is refused."
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    stage = models.CharField(max_length=40, blank=True)
    progress = models.FloatField(null=True, blank=True, help_text="Share done, 0 to 1, where known.")
    error = models.JSONField(null=True, blank=True, help_text="RFC 9457 problem, when failed.")
    created_at = models.DateTimeField(auto_now_add=True)
    later = models.BooleanField(
        default=False, db_default=False, help_text="Nobody waits for it: everybody else's jobs in its queue go first."
    )
    turn = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Round of its queue in which it is taken; an owner has one job in each."
    )
    queued_at = models.DateTimeField(help_text="Its place in the round. One that lost its worker keeps both.")
    published_at = models.DateTimeField(
        null=True, blank=True, help_text="When a worker was last woken for it; empty when the broker did not take that."
    )
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(state__in=["queued", "running"]), name="one_active_job_a_key"
            )
        ]
        indexes = [
            models.Index(fields=["queue", "state", "later", "turn", "queued_at", "id"], name="jobs_in_turn"),
            models.Index(fields=["subject"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.state})"


class EventLog(models.Model):
    """The last sequence number of one subject; its row is the lock that keeps numbers gapless."""

    subject = models.CharField(primary_key=True, max_length=100)
    last_seq = models.PositiveBigIntegerField(default=0)


class Event(models.Model):
    """One thing that happened to a subject, in order. Ids and numbers only."""

    subject = models.CharField(max_length=100)
    seq = models.PositiveBigIntegerField()
    type = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("subject", "seq")
        constraints = [models.UniqueConstraint(fields=["subject", "seq"], name="one_event_a_seq")]


class AuditEvent(models.Model):
    """Who did what to which object, append-only; each row's hash covers the one before it."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=64, help_text="User id, or the name of a process.")
    verb = models.CharField(max_length=40)
    target = models.CharField(max_length=100)
    detail = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("id",)
