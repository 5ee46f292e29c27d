"""Pages of recordings."""

from __future__ import annotations

from django.urls import path

from gazeapp.recordings import views

app_name = "recordings"
urlpatterns = [
    path("recordings/", views.recordings, name="list"),
    path("recordings/import/", views.new, name="import"),
    path("recordings/<uuid:recording_id>/", views.recording, name="recording"),
]
