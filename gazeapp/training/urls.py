"""Pages of models, trainings and schedules."""

from __future__ import annotations

from django.urls import path

from gazeapp.training import views

app_name = "training"
urlpatterns = [
    path("models/", views.models, name="models"),
    path("models/runs/new/", views.new_run, name="new-run"),
    path("models/runs/<uuid:run_id>/", views.run, name="run"),
    path("models/<str:sha256>/", views.model, name="model"),
]
