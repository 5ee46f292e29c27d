"""Record pages for admins."""

from __future__ import annotations

from django.contrib import admin

from gazeapp.core.admin import ReadOnly
from gazeapp.practice.models import Attempt, Disagreement


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    list_display = ("created_at", "id", "person", "state", "repeat", "success")


@admin.register(Disagreement)
class DisagreementAdmin(ReadOnly):
    list_display = ("at", "attempt", "key", "closed_at")
