"""Pages, API version 1, sign-in. Each app lists its own."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("gazeapp.core.urls")),
    path("", include("gazeapp.cases.urls")),
    path("", include("gazeapp.recordings.urls")),
    path("", include("gazeapp.practice.urls")),
    path("", include("gazeapp.ratings.urls")),
    path("", include("gazeapp.difficulty.urls")),
    path("", include("gazeapp.exports.urls")),
    path("", include("gazeapp.training.urls")),
    path("people/", include("gazeapp.accounts.urls")),
    path("accounts/", include("gazeapp.accounts.sign_in_urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("gazeapp.core.api_urls")),
    path("api/v1/", include("gazeapp.accounts.api_urls")),
    path("api/v1/", include("gazeapp.cases.api_urls")),
    path("api/v1/", include("gazeapp.recordings.api_urls")),
    path("api/v1/", include("gazeapp.scanpaths.api_urls")),
    path("api/v1/", include("gazeapp.practice.api_urls")),
    path("api/v1/", include("gazeapp.ratings.api_urls")),
    path("api/v1/", include("gazeapp.difficulty.api_urls")),
    path("api/v1/", include("gazeapp.exports.api_urls")),
    path("api/v1/", include("gazeapp.training.api_urls")),
]

handler400 = "gazeapp.core.error_responses.bad_request"
handler403 = "gazeapp.core.error_responses.forbidden"
handler404 = "gazeapp.core.error_responses.not_found"
handler500 = "gazeapp.core.error_responses.server_error"
