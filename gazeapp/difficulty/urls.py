"""Pages of the ladder."""

from __future__ import annotations

from django.urls import path

from gazeapp.difficulty import views

app_name = "difficulty"
urlpatterns = [
    path("ladder/", views.ladder, name="ladder"),
    path("ladder/harder/", views.harder, name="harder"),
]
