"""API addresses of the ladder."""

from __future__ import annotations

from django.urls import path

from gazeapp.difficulty import api

urlpatterns = [
    path("ladder/", api.Ladder.as_view(), name="api-ladder"),
    path("ladder/agreement/", api.LadderAgreement.as_view(), name="api-ladder-agreement"),
    path("ladder/pair/", api.LadderPair.as_view(), name="api-ladder-pair"),
    path("ladder/comparisons/", api.ComparisonList.as_view(), name="api-comparisons"),
    path("ladder/comparisons/<int:comparison_id>/undo/", api.ComparisonUndo.as_view(), name="api-comparison-undo"),
    path("ladder/<uuid:case_id>/", api.LadderCase.as_view(), name="api-ladder-case"),
    path("ladder.csv", api.LadderTable.as_view(), name="api-ladder-csv"),
]
