"""API addresses of jobs, events, and the API's own description."""

from __future__ import annotations

from django.urls import path

from gazeapp.core import api

urlpatterns = [
    path("jobs/", api.JobList.as_view(), name="api-jobs"),
    path("jobs/<uuid:job_id>/", api.JobDetail.as_view(), name="api-job"),
    path("jobs/<uuid:job_id>/cancel/", api.JobCancel.as_view(), name="api-job-cancel"),
    path("jobs/<uuid:job_id>/retry/", api.JobRetry.as_view(), name="api-job-retry"),
    path("overview/", api.Overview.as_view(), name="api-overview"),
    path("events/", api.Events.as_view(), name="api-events"),
    path("schema/", api.Schema.as_view(), name="api-schema"),
    path("docs/", api.Docs.as_view(), name="api-docs"),
]
