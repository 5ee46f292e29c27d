"""Pages of cases: library, upload, reading room, quarantine."""

from __future__ import annotations

from django.urls import path

from gazeapp.cases import views

app_name = "cases"
urlpatterns = [
    path("cases/", views.library, name="library"),
    path("cases/new/", views.new, name="new"),
    path("cases/<uuid:case_id>/", views.room, name="room"),
    path("quarantine/", views.quarantine, name="quarantine"),
]
