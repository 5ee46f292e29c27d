"""API addresses of model versions, trainings and schedules."""

from __future__ import annotations

from django.urls import path

from gazeapp.training import api

MODEL = "models/<str:sha256>/"
urlpatterns = [
    path("models/", api.ModelList.as_view(), name="api-models"),
    path("models/history/", api.ModelHistory.as_view(), name="api-model-history"),
    path("models/roll-back/", api.ModelRollBack.as_view(), name="api-model-roll-back"),
    path(MODEL, api.ModelDetail.as_view(), name="api-model"),
    path(f"{MODEL}judge/", api.ModelJudge.as_view(), name="api-model-judge"),
    path(f"{MODEL}promote/", api.ModelPromote.as_view(), name="api-model-promote"),
]
