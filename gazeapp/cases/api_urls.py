"""API addresses of cases, films and uploads."""

from __future__ import annotations

from django.urls import path, re_path

from gazeapp.cases import api, key_api, set_api, tus

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
    path("cases/<uuid:case_id>/key/", key_api.CaseKey.as_view(), name="case-key"),
    path("cases/<uuid:case_id>/key/approve/", key_api.CaseKeyApprove.as_view(), name="case-key-approve"),
    path("cases/<uuid:case_id>/key/versions/", key_api.CaseKeyVersions.as_view(), name="case-key-versions"),
    path("sets/", set_api.SetList.as_view(), name="sets"),
    path("sets/<uuid:set_id>/", set_api.SetDetail.as_view(), name="set"),
    path("sets/<uuid:set_id>/cases/", set_api.SetCases.as_view(), name="set-cases"),
    path("sets/<uuid:set_id>/cases/<uuid:case_id>/", set_api.SetPlace.as_view(), name="set-case"),
    path("sets/<uuid:set_id>/cases/<uuid:case_id>/agree/", set_api.SetAgree.as_view(), name="set-case-agree"),
    path("sets/<uuid:set_id>/open/", set_api.SetOpen.as_view(), name="set-open"),
    path("sets/<uuid:set_id>/close/", set_api.SetClose.as_view(), name="set-close"),
    re_path(rf"^films/{SHA256}/pixels/$", api.FilmPixels.as_view(), name="film-pixels"),
    re_path(rf"^films/{SHA256}/thumbnails/{THUMBNAIL}/$", api.FilmThumbnail.as_view(), name="film-thumbnail"),
    path("uploads/", tus.UploadCreate.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>/", tus.UploadBytes.as_view(), name="upload"),
]
