"""Record pages for admins."""

from __future__ import annotations

from django.contrib import admin

from gazeapp.core.admin import ReadOnly
from gazeapp.scanpaths.models import Prediction


@admin.register(Prediction)
class PredictionAdmin(ReadOnly):
    exclude = ("reading",)  # closed to admins who rate it blind; others have the pages
    list_display = ("created_at", "id", "film_sha256", "model_name", "samples", "seed", "finished_at")
    search_fields = ("id", "film_sha256")
