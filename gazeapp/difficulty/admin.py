"""Record pages for admins."""

from __future__ import annotations

from django.contrib import admin

from gazeapp.core.admin import ReadOnly
from gazeapp.difficulty.models import Comparison, Place, Workload


@admin.register(Place)
class PlaceAdmin(ReadOnly):
    list_display = ("case", "place", "se", "attempts", "successes", "comparisons")


@admin.register(Comparison)
class ComparisonAdmin(ReadOnly):
    list_display = ("at", "first", "second", "harder", "rater", "undone_at")


@admin.register(Workload)
class WorkloadAdmin(ReadOnly):
    list_display = ("film_sha256", "model_name", "found_at")
