"""Recordings: where a reader looked on a film. Samples lie in content-addressed files; here stands which, and of whom.

Places are film fractions (x right, y down), times are seconds from film onset.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from gazeapp.cases.models import Case
from gazeapp.core.models import Job


class Source(models.TextChoices):
    """How a reader's gaze was found. Sources of unlike kind are never pooled without saying so."""

    TRACKER = "tracker", "Eye tracker"
    APERTURE = "aperture", "Cursor aperture"
    CLICKS = "clicks", "Clicks"
    IMPORT = "import", "Imported eye-tracker file"
    SIMULATED = "simulated", "Simulated reader"


class Reader(models.Model):
    """Whose recordings they are: a person of this room, or somebody who has no account here (then whoever brings their
    recordings declares on what basis they may be used, and for what)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pseudonym = models.CharField(max_length=40, unique=True, help_text="What others see in place of a name.")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="reader")
    simulated = models.BooleanField(default=False)
    basis = models.CharField(max_length=200, blank=True, help_text="For a reader without an account.")
    for_teaching = models.BooleanField(default=False, help_text="For a reader without an account.")
    for_research = models.BooleanField(default=False)
    for_training = models.BooleanField(default=False)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.pseudonym


class Recording(models.Model):
    """Gaze or cursor samples of one reader on one film, with what the film looked like to them meanwhile."""

    class State(models.TextChoices):
        OPEN = "open"  # parts are still coming
        SEALED = "sealed"  # complete and immutable; its fixations are found
        DISCARDED = "discarded"  # its samples are deleted

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="recordings")
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="recordings")
    film_sha256 = models.CharField(max_length=64, db_index=True, help_text="Outlives the case.")
    aspect = models.FloatField(help_text="Height over width of the film as it is shown.")
    source = models.CharField(max_length=10, choices=Source.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    writer = models.CharField(max_length=32, blank=True, help_text="Who may send parts: the page that took it last.")
    device = models.CharField(max_length=120, blank=True)
    rate_hz = models.FloatField(null=True, help_text="Median rate of its samples.")
    duration_s = models.FloatField(default=0.0, help_text="Time of the last sample.")
    samples = models.PositiveIntegerField(default=0)
    quality = models.JSONField(default=dict, help_text="Shares and counts that tell how far to trust it.")
    created_at = models.DateTimeField(auto_now_add=True)
    sealed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [models.Index(fields=["case", "state"]), models.Index(fields=["reader", "-created_at"])]


class RecordingPart(models.Model):
    """One batch of samples, views and events, acknowledged when its file and this row are durable."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="parts")
    seq = models.PositiveIntegerField(help_text="0, 1, 2 …")
    sha256 = models.CharField(max_length=64, db_index=True, help_text="Of its canonical JSON.")
    samples = models.PositiveIntegerField()
    end_s = models.FloatField(help_text="The last time in it or before it.")
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("seq",)
        constraints = [models.UniqueConstraint(fields=["recording", "seq"], name="one_part_a_number")]


class FixationSet(models.Model):
    """Fixations of a recording by one method: ours (I-DT), or the tracker's own as its file has them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="fixation_sets")
    method = models.CharField(max_length=20, help_text="I-DT, or tracker.")
    parameters = models.JSONField(default=dict)
    fixations = models.JSONField(help_text="[{x, y, onset_s, duration_s}], in order.")
    counts = models.BooleanField(default=True, help_text="The set that replays, feedback and releases use.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recording"], condition=Q(counts=True), name="one_set_counts_a_recording")
        ]


class ImportSession(models.Model):
    """An eye tracker's file on its way in. The file, and everything in it that is words, lies in the quarantine folder
    until it is saved or given up; here stand numbers and what was decided."""

    class State(models.TextChoices):
        WAITING = "waiting"  # in the queue or in the sandboxed child
        RECOGNISED = "recognised"  # its owner matches trials to cases
        SAVED = "saved"  # its recordings are made
        REFUSED = "refused"
        DISCARDED = "discarded"

    UNFINISHED = (State.WAITING, State.RECOGNISED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="imports")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    problem = models.JSONField(null=True, help_text="Why it was refused or ended: an RFC 9457 problem.")
    size = models.PositiveBigIntegerField(help_text="Bytes of the file.")
    recognised = models.JSONField(
        null=True, help_text="Format, frame, device, rate, screen, and of each trial its numbers; no words of the file."
    )
    mapping = models.JSONField(
        null=True, help_text="What was saved: reader, and of each trial the case, the eye, the place and the recording."
    )
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(help_text="An unfinished one is given up then.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [models.Index(fields=["owner", "state"])]

    @property
    def subject(self) -> str:
        return f"import:{self.id}"
