"""API addresses of model versions, trainings and schedules."""

from __future__ import annotations

from django.urls import path

from gazeapp.training import api, api_runs

MODEL = "models/<str:model_sha256>/"
RUN = "training/runs/<uuid:run_id>/"
SCHEDULE = "training/schedules/<uuid:schedule_id>/"
urlpatterns = [
    path("models/", api.ModelList.as_view(), name="api-models"),
    path("models/history/", api.ModelHistory.as_view(), name="api-model-history"),
    path("models/roll-back/", api.ModelRollBack.as_view(), name="api-model-roll-back"),
    path(MODEL, api.ModelDetail.as_view(), name="api-model"),
    path(f"{MODEL}judge/", api.ModelJudge.as_view(), name="api-model-judge"),
    path(f"{MODEL}promote/", api.ModelPromote.as_view(), name="api-model-promote"),
    path("training/estimate/", api_runs.RunEstimate.as_view(), name="api-training-estimate"),
    path("training/runs/", api_runs.RunList.as_view(), name="api-training-runs"),
    path(RUN, api_runs.RunDetail.as_view(), name="api-training-run"),
    path(f"{RUN}cancel/", api_runs.RunCancel.as_view(), name="api-training-run-cancel"),
    path(f"{RUN}resume/", api_runs.RunResume.as_view(), name="api-training-run-resume"),
    path(f"{RUN}log/", api_runs.RunLogTail.as_view(), name="api-training-run-log"),
    path("training/schedules/", api_runs.ScheduleList.as_view(), name="api-training-schedules"),
    path(SCHEDULE, api_runs.ScheduleDetail.as_view(), name="api-training-schedule"),
]
