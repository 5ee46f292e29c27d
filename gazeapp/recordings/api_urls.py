"""API addresses of recordings."""

from __future__ import annotations

from django.urls import path

from gazeapp.recordings import api, import_api

urlpatterns = [
    path("recordings/", api.RecordingList.as_view(), name="api-recordings"),
    path("recordings/imports/", import_api.ImportList.as_view(), name="api-imports"),
    path("recordings/imports/<uuid:import_id>/", import_api.ImportDetail.as_view(), name="api-import"),
    path("recordings/imports/<uuid:import_id>/preview/", import_api.ImportPreview.as_view(), name="api-import-preview"),
    path("recordings/imports/<uuid:import_id>/save/", import_api.ImportSave.as_view(), name="api-import-save"),
    path("recordings/<uuid:recording_id>/", api.RecordingDetail.as_view(), name="api-recording"),
    path("recordings/<uuid:recording_id>/samples/", api.RecordingSamples.as_view(), name="api-recording-samples"),
    path("recordings/<uuid:recording_id>/parts/<int:seq>/", api.RecordingParts.as_view(), name="api-recording-part"),
]
