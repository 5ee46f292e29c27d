"""Record pages for admins: studies and who rates in them. Items, assignments and answers have none, since what admins
read there would tell them which item is of which source while the study runs."""

from __future__ import annotations

from django.contrib import admin

from gazeapp.core.admin import ReadOnly
from gazeapp.ratings.models import Rater, Study


@admin.register(Study)
class StudyAdmin(ReadOnly):
    list_display = ("created_at", "name", "organiser", "state", "simulated")
    list_filter = ("state",)
    also = ("id", "repeats", "aperture", "started_at", "closed_at")


@admin.register(Rater)
class RaterAdmin(ReadOnly):
    list_display = ("added_at", "study", "user", "dropped_at")
