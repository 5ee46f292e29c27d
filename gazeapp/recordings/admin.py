"""Record pages for admins: which recordings there are, never where somebody looked."""

from __future__ import annotations

from django.contrib import admin

from gazeapp.core.admin import ReadOnly
from gazeapp.recordings.models import Reader, Recording


@admin.register(Reader)
class ReaderAdmin(ReadOnly):
    list_display = ("pseudonym", "simulated", "basis", "created_at")


@admin.register(Recording)
class RecordingAdmin(ReadOnly):
    list_display = ("created_at", "id", "source", "state", "rate_hz")
    search_fields = ("id", "film_sha256")
