"""Pages of studies and rating."""

from __future__ import annotations

from django.urls import path

from gazeapp.ratings import views

app_name = "ratings"
urlpatterns = [
    path("rate/", views.rate, name="rate"),
    path("rate/<uuid:assignment_id>/", views.item, name="item"),
    path("studies/", views.studies, name="studies"),
    path("studies/<uuid:study_id>/", views.study, name="study"),
]
