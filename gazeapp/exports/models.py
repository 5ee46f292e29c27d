"""Requests for research data, the releases made of them, whom each holds, and who took it.

A release is files first, then its row: what is ready has its folder whole, and neither row nor folder changes again.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from gazeapp.core.models import Job
from gazeapp.recordings.models import Reader, Recording


class DataRequest(models.Model):
    """Somebody asks for a release. An admin decides; films and reports are decided on by themselves. What was withdrawn
    or closed stays so: who wants the data asks anew."""

    class State(models.TextChoices):
        OPEN = "open"  # nobody has decided
        APPROVED = "approved"  # the release is being made, or waits for the decision on films and reports
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"  # by whoever asked
        CLOSED = "closed"  # by an admin, or with the job that made its release
        DONE = "done"  # its release is ready

    class Films(models.TextChoices):
        NONE = "none"  # not asked for
        OPEN = "open"
        APPROVED = "approved"
        DECLINED = "declined"  # the release goes without them

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    why = models.TextField(help_text="What the data is for.")
    query = models.JSONField(help_text="See `query.Query`.")
    counts = models.JSONField(default=dict, help_text="What the query found when it was decided on.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="data_requests")
    created_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    films_state = models.CharField(max_length=8, choices=Films.choices, default=Films.NONE)
    films_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    films_at = models.DateTimeField(null=True)
    films_reason = models.CharField(max_length=1000, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who withdrew or closed it; empty where the job was cancelled.",
    )
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["state", "-created_at"], name="requests_by_state"),
            models.Index(fields=["by", "-created_at"], name="requests_of_a_person"),
        ]

    def __str__(self) -> str:
        return self.name


class ApprovedReading(models.Model):
    """A reading that was there when a request was approved: its release is made of these, and of nothing that came
    later."""

    request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="covers")
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "recording"], name="approved_once_a_request")]


class Release(models.Model):
    """A frozen set of readings as files. What is ready is never changed; the next one has another number."""

    class State(models.TextChoices):
        MAKING = "making"
        READY = "ready"
        FAILED = "failed"  # a retry of its job may make it again, unless its request was closed

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True, help_text="From 1; people call it the version.")
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=6, choices=State.choices, default=State.MAKING)
    request = models.OneToOneField(DataRequest, null=True, on_delete=models.SET_NULL, related_name="release")
    query = models.JSONField(help_text="As it was approved; see `query.Query`.")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    made_at = models.DateTimeField(null=True, help_text="When it became ready.")
    # What follows is written once, when it becomes ready.
    digest = models.CharField(max_length=64, blank=True, help_text="Of query and data: equal ones are equal releases.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of dataset.json, which names every other file.")
    folder = models.CharField(max_length=60, blank=True, help_text="Under the folder of releases.")
    simulated = models.BooleanField(default=False, help_text="Whether anything in it is.")
    films = models.BooleanField(default=False)
    reports = models.BooleanField(default=False)
    counts = models.JSONField(default=dict)
    files = models.JSONField(default=list, help_text="[{path, size_bytes, sha256}], by path.")
    archive = models.JSONField(null=True, help_text="{size_bytes, sha256} of all of them in one file.")
    size_bytes = models.PositiveBigIntegerField(default=0, help_text="Of the files.")
    licence = models.CharField(max_length=200, blank=True)
    since = models.JSONField(null=True, help_text="Difference to the ready release before it.")

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"release {self.number}, {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValueError for a row that is here already: services move what is being made, and nothing else."""
        if not self._state.adding:
            raise ValueError("a release is never changed; another one is made")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Raises ValueError."""
        raise ValueError("a release is never deleted: it says who has which data")

    @property
    def subject(self) -> str:
        return f"release:{self.id}"

    @property
    def version(self) -> str:
        return str(self.number)


class ReleaseReading(models.Model):
    """A reading that a release holds, and whose: so that a withdrawal finds every release that holds the person."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="readings")
    recording = models.ForeignKey(
        Recording, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Empty when it was deleted."
    )
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="+")
    film_sha256 = models.CharField(max_length=64, help_text="Outlives recording and case.")
    fixations = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "recording"], name="once_a_reading_of_a_release")]
        indexes = [
            models.Index(fields=["reader", "release"], name="releases_of_a_reader"),
            models.Index(fields=["release", "film_sha256"], name="films_of_a_release"),
        ]


class DataUse(models.Model):
    """Somebody agreed to the terms under which a release is given out. Rows are only added."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="uses")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="data_uses")
    version = models.PositiveSmallIntegerField(help_text="Of the terms that were shown.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["release", "person", "version"], name="agreed_once_a_version")]


class Download(models.Model):
    """Somebody was sent a file of a release, from some byte on: a cut download that goes on is a further row."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="downloads")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    file = models.CharField(max_length=200, help_text="Its path in the release; the archive is `archive`.")
    first_byte = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["release", "-id"], name="downloads_of_a_release")]
