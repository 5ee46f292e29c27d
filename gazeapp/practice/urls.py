"""Pages of practice."""

from __future__ import annotations

from django.urls import path

from gazeapp.practice import views

app_name = "practice"
urlpatterns = [
    path("practice/", views.home, name="home"),
    path("practice/next/", views.next_case, name="next"),
    path("practice/attempts/", views.attempts, name="attempts"),
    path("practice/attempts/<uuid:attempt_id>/", views.attempt, name="attempt"),
    path("practice/attempts/<uuid:attempt_id>/feedback/", views.feedback, name="feedback"),
    path("teaching/", views.teaching, name="teaching"),
    path("teaching/objections/<int:pk>/close/", views.close_objection, name="close-objection"),
    path("progress/", views.progress, name="progress"),
]
