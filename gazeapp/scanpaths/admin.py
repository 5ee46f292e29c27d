"""Record pages for admins."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from gazeapp.core.admin import ReadOnly
from gazeapp.scanpaths.models import ModelVersion, Prediction, Promotion


@admin.register(Prediction)
class PredictionAdmin(ReadOnly):
    list_display = ("created_at", "id", "film_sha256", "model_name", "samples", "seed", "finished_at")
    search_fields = ("id", "film_sha256")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        """Without what was drawn for studies: also admins rate blind."""
        return super().get_queryset(request).filter(for_study=False)


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnly):
    list_display = ("created_at", "name", "sha256", "state", "simulated", "parent")
    list_filter = ("state",)
    search_fields = ("sha256", "name")


@admin.register(Promotion)
class PromotionAdmin(ReadOnly):
    list_display = ("at", "version", "previous", "undoes", "by", "reason")
