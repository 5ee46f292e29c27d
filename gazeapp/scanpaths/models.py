"""Predictions: one row a (film, report, model version, parameters), so that nothing is computed twice. Model versions,
and which of them served when."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from gazeapp.core.models import Job
from ml.medgaze.model_info import ModelInfo


class ModelVersion(models.Model):
    """A model as it was registered: weights, configuration and processor, named by their sha256. Only `state` moves."""

    class State(models.TextChoices):
        CANDIDATE = "candidate"  # registered, has never served
        CHAMPION = "champion"  # new predictions use it
        RETIRED = "retired"  # served once; may serve again

    sha256 = models.CharField(primary_key=True, max_length=64, help_text="`ml.medgaze.model_info.ModelInfo.sha256`.")
    name = models.CharField(max_length=80)
    files = models.JSONField(help_text="{file name: sha256} of the copies under the media root.")
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="children", help_text="What its training began from."
    )
    simulated = models.BooleanField(help_text="Learnt from simulated readings; said wherever it shows.")
    metrics = models.JSONField(help_text="{scores, baselines, notes} of its manifest.")
    about = models.JSONField(help_text="What else `ModelInfo` says of it.")
    card = models.TextField(blank=True, help_text="Its README.md, Markdown.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.CANDIDATE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "sha256")

    def __str__(self) -> str:
        return f"{self.name} ({self.sha256[:12]})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValueError for a row that is here already."""
        if not self._state.adding:
            raise ValueError("a model version is never changed; another one is registered")
        super().save(*args, **kwargs)

    @property
    def info(self) -> ModelInfo:
        """What `ml` calls it."""
        return ModelInfo(name=self.name, sha256=self.sha256, simulated=self.simulated, **self.about, **self.metrics)


class Promotion(models.Model):
    """From here on new predictions use this version, until the next row. Only added to."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="promotions")
    previous = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="+", help_text="What served until then."
    )
    undoes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="undone_by", help_text="If this is a roll back: of."
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=1000)

    class Meta:
        ordering = ("-id",)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValueError for a row that is here already."""
        if not self._state.adding:
            raise ValueError("a promotion is never changed; a roll back is a further row")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Raises ValueError."""
        raise ValueError("a promotion is never deleted; a roll back is a further row")


class Prediction(models.Model):
    """The predicted reading of one film and report by one model version. `reading` is a `Reading.to_dict()`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    film_sha256 = models.CharField(max_length=64)
    report_sha256 = models.CharField(max_length=64)
    model_sha256 = models.CharField(max_length=64)
    model_name = models.CharField(max_length=80)
    samples = models.PositiveSmallIntegerField(default=1, help_text="Scanpaths drawn (K).")
    seed = models.PositiveBigIntegerField(default=0)
    for_study = models.BooleanField(
        default=False,
        help_text="Drawn for a rating study, from a seed that nobody is told: shown as its items, and in no other way.",
    )
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="predictions")
    reading = models.JSONField(null=True, help_text="Empty until the job is done.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["film_sha256", "report_sha256", "model_sha256", "samples", "seed", "for_study"],
                name="one_prediction_a_key",
            )
        ]

    @property
    def subject(self) -> str:
        return f"prediction:{self.id}"


class FilmRegions(models.Model):
    """Named regions of a film (zones, hila, heart …) as one model version finds them; computed once, then immutable."""

    film_sha256 = models.CharField(max_length=64)
    model_sha256 = models.CharField(max_length=64)
    boxes = models.JSONField(null=True, help_text="{name: [x0, y0, x1, y1]} in film fractions; empty until found.")
    problem = models.CharField(max_length=200, blank=True, help_text="Why none were found, in words.")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    found_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["film_sha256", "model_sha256"], name="regions_once_a_film")]
