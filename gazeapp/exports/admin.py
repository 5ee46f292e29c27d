"""Record pages for admins."""

from __future__ import annotations

from django.contrib import admin

from gazeapp.core.admin import ReadOnly
from gazeapp.exports.models import DataRequest, DataUse, Download, Release


@admin.register(DataRequest)
class DataRequestAdmin(ReadOnly):
    list_display = ("name", "by", "state", "films_state", "created_at")


@admin.register(Release)
class ReleaseAdmin(ReadOnly):
    list_display = ("number", "name", "state", "simulated", "films", "reports", "made_at")


@admin.register(DataUse)
class DataUseAdmin(ReadOnly):
    list_display = ("release", "person", "version", "at")


@admin.register(Download)
class DownloadAdmin(ReadOnly):
    list_display = ("release", "person", "file", "first_byte", "at")
