"""API addresses of cases, films and uploads."""

from __future__ import annotations

from django.urls import path, re_path

from gazeapp.cases import api, tus

SHA256 = r"(?P<sha256>[0-9a-f]{64})"
THUMBNAIL = r"(?P<thumbnail>[0-9a-f]{64})"

urlpatterns = [
    path("cases/", api.CaseList.as_view(), name="cases"),
    path("cases/<uuid:case_id>/", api.CaseDetail.as_view(), name="case"),
    path("cases/<uuid:case_id>/film/", api.CaseFilm.as_view(), name="case-film"),
    path("cases/<uuid:case_id>/report-marks/", api.ReportMarks.as_view(), name="case-report-marks"),
    path("cases/<uuid:case_id>/confirm-report/", api.ConfirmReport.as_view(), name="case-confirm-report"),
    path("cases/<uuid:case_id>/release/", api.Release.as_view(), name="case-release"),
    path("cases/<uuid:case_id>/reject/", api.Reject.as_view(), name="case-reject"),
    path("cases/<uuid:case_id>/hide/", api.Hide.as_view(), name="case-hide"),
    re_path(rf"^films/{SHA256}/pixels/$", api.FilmPixels.as_view(), name="film-pixels"),
    re_path(rf"^films/{SHA256}/thumbnails/{THUMBNAIL}/$", api.FilmThumbnail.as_view(), name="film-thumbnail"),
    path("uploads/", tus.UploadCreate.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>/", tus.UploadBytes.as_view(), name="upload"),
]
