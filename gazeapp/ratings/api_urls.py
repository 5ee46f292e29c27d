"""API addresses of studies and rating."""

from __future__ import annotations

from django.urls import path

from gazeapp.ratings import api

STUDY = "ratings/studies/<uuid:study_id>/"
ITEM = "ratings/items/<uuid:assignment_id>/"
urlpatterns = [
    path("ratings/studies/", api.StudyList.as_view(), name="api-studies"),
    path("ratings/choices/", api.RatingChoices.as_view(), name="api-rating-choices"),
    path(STUDY, api.StudyDetail.as_view(), name="api-study"),
    path(f"{STUDY}offered/", api.StudyOffered.as_view(), name="api-study-offered"),
    path(f"{STUDY}start/", api.StudyStart.as_view(), name="api-study-start"),
    path(f"{STUDY}close/", api.StudyClose.as_view(), name="api-study-close"),
    path(f"{STUDY}raters/", api.StudyRaters.as_view(), name="api-study-raters"),
    path(f"{STUDY}raters/<int:user_id>/drop/", api.StudyRaterDrop.as_view(), name="api-study-rater-drop"),
    path(f"{STUDY}board/", api.StudyBoard.as_view(), name="api-study-board"),
    path(f"{STUDY}results/", api.StudyResults.as_view(), name="api-study-results"),
    path(f"{STUDY}results.csv", api.StudyResultsTable.as_view(), name="api-study-results-csv"),
    path(f"{STUDY}answers.csv", api.StudyAnswersTable.as_view(), name="api-study-answers-csv"),
    path("ratings/queue/", api.RatingQueue.as_view(), name="api-rating-queue"),
    path(ITEM, api.RatingItem.as_view(), name="api-rating-item"),
    path(f"{ITEM}draft/", api.RatingDraft.as_view(), name="api-rating-draft"),
    path(f"{ITEM}submit/", api.RatingSubmit.as_view(), name="api-rating-submit"),
]
