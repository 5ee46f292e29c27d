"""API addresses of practice."""

from __future__ import annotations

from django.urls import path

from gazeapp.practice import api

ATTEMPT = "practice/attempts/<uuid:attempt_id>/"
urlpatterns = [
    path("practice/next/", api.NextCase.as_view(), name="api-practice-next"),
    path("practice/progress/", api.Progress.as_view(), name="api-progress"),
    path("practice/progress.csv", api.ProgressTable.as_view(), name="api-progress-csv"),
    path("practice/attempts/", api.AttemptList.as_view(), name="api-attempts"),
    path(ATTEMPT, api.AttemptDetail.as_view(), name="api-attempt"),
    path(f"{ATTEMPT}take/", api.AttemptTake.as_view(), name="api-attempt-take"),
    path(f"{ATTEMPT}draft/", api.AttemptDraft.as_view(), name="api-attempt-draft"),
    path(f"{ATTEMPT}commit/", api.AttemptCommit.as_view(), name="api-attempt-commit"),
    path(f"{ATTEMPT}skip/", api.AttemptSkip.as_view(), name="api-attempt-skip"),
    path(f"{ATTEMPT}hide/", api.AttemptHide.as_view(), name="api-attempt-hide"),
    path(f"{ATTEMPT}feedback/", api.AttemptFeedback.as_view(), name="api-attempt-feedback"),
    path(f"{ATTEMPT}disagree/", api.AttemptDisagree.as_view(), name="api-attempt-disagree"),
    path(f"{ATTEMPT}<slug:name>.csv", api.AttemptTable.as_view(), name="api-attempt-table"),
]
