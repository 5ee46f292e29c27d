"""Pages of cases: library, upload, reading room, quarantine, answer keys, practice sets."""

from __future__ import annotations

from django.urls import path

from gazeapp.cases import author_views, views

app_name = "cases"
urlpatterns = [
    path("cases/", views.library, name="library"),
    path("cases/new/", views.new, name="new"),
    path("cases/<uuid:case_id>/", views.room, name="room"),
    path("cases/<uuid:case_id>/key/", author_views.key, name="key"),
    path("sets/", author_views.sets, name="sets"),
    path("sets/<uuid:set_id>/", author_views.one_set, name="set"),
    path("quarantine/", views.quarantine, name="quarantine"),
]
