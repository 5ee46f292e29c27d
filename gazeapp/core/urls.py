"""Pages that belong to no noun: home, overview, jobs."""

from __future__ import annotations

from django.urls import path

from gazeapp.core import views

app_name = "core"
urlpatterns = [
    path("", views.home, name="home"),
    path("role/", views.role, name="role"),
    path("overview/", views.overview, name="overview"),
    path("jobs/", views.jobs, name="jobs"),
    path("demo/", views.demo, name="demo"),
]
