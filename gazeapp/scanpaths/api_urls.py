"""API addresses of predictions."""

from __future__ import annotations

from django.urls import path

from gazeapp.scanpaths import api

urlpatterns = [
    path("cases/<uuid:case_id>/predictions/", api.CasePredictions.as_view(), name="api-case-predictions"),
    path("predictions/<uuid:prediction_id>/", api.PredictionDetail.as_view(), name="api-prediction"),
]
