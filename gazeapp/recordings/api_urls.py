"""API addresses of recordings."""

from __future__ import annotations

from django.urls import path

from gazeapp.recordings import api

urlpatterns = [
    path("recordings/", api.RecordingList.as_view(), name="api-recordings"),
    path("recordings/<uuid:recording_id>/", api.RecordingDetail.as_view(), name="api-recording"),
    path("recordings/<uuid:recording_id>/samples/", api.RecordingSamples.as_view(), name="api-recording-samples"),
    path("recordings/<uuid:recording_id>/parts/<int:seq>/", api.RecordingParts.as_view(), name="api-recording-part"),
]
