"""API addresses of research data."""

from __future__ import annotations

from django.urls import path

from gazeapp.exports import api

ONE = "data/requests/<uuid:request_id>/"
urlpatterns = [
    path("data/counts/", api.DataCounts.as_view(), name="api-data-counts"),
    path("data/requests/", api.DataRequestList.as_view(), name="api-data-requests"),
    path(ONE, api.DataRequestDetail.as_view(), name="api-data-request"),
    path(f"{ONE}withdraw/", api.DataRequestWithdraw.as_view(), name="api-data-request-withdraw"),
    path(f"{ONE}approve/", api.DataRequestApprove.as_view(), name="api-data-request-approve"),
    path(f"{ONE}decline/", api.DataRequestDecline.as_view(), name="api-data-request-decline"),
    path(f"{ONE}approve-films/", api.DataRequestApproveFilms.as_view(), name="api-data-request-approve-films"),
    path(f"{ONE}decline-films/", api.DataRequestDeclineFilms.as_view(), name="api-data-request-decline-films"),
    path(f"{ONE}close/", api.DataRequestClose.as_view(), name="api-data-request-close"),
    path("data/withdrawals/", api.DataWithdrawals.as_view(), name="api-data-withdrawals"),
    path("releases/", api.ReleaseList.as_view(), name="api-releases"),
    path("releases/<str:release_id>/", api.ReleaseDetail.as_view(), name="api-release"),
    path("releases/<uuid:release_id>/terms/", api.ReleaseTerms.as_view(), name="api-release-terms"),
    path("releases/<uuid:release_id>/archive/", api.ReleaseArchive.as_view(), name="api-release-archive"),
    path("releases/<uuid:release_id>/files/<path:path>", api.ReleaseFile.as_view(), name="api-release-file"),
]
