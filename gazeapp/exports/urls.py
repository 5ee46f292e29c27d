"""Pages of research data."""

from __future__ import annotations

from django.urls import path

from gazeapp.exports import views

app_name = "exports"
urlpatterns = [
    path("releases/", views.releases, name="releases"),
    path("releases/<uuid:release_id>/", views.release, name="release"),
    path("data/", views.data, name="data"),
    path("data/browse/", views.browse, name="browse"),
    path("access/", views.access, name="access"),
]
