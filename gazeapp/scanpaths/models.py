"""Predictions: one row a (film, report, model version, parameters), so that nothing is computed twice."""

from __future__ import annotations

import uuid

from django.db import models

from gazeapp.core.models import Job


class Prediction(models.Model):
    """The predicted reading of one film and report by one model version. `reading` is `ml.types.Reading.to_dict()`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    film_sha256 = models.CharField(max_length=64)
    report_sha256 = models.CharField(max_length=64)
    model_sha256 = models.CharField(max_length=64)
    model_name = models.CharField(max_length=80)
    samples = models.PositiveSmallIntegerField(default=1, help_text="Scanpaths drawn (K).")
    seed = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="predictions")
    reading = models.JSONField(null=True, help_text="Empty until the job is done.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["film_sha256", "report_sha256", "model_sha256", "samples", "seed"], name="one_prediction_a_key"
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
