"""Training runs and schedules over HTTP: admins only."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.core.permissions import IsAdmin
from gazeapp.training import folders, schedules, selectors, services
from gazeapp.training.estimate import estimate
from gazeapp.training.models import TrainingRun
from gazeapp.training.schedule_serializers import NewScheduleSerializer, ScheduleSerializer
from gazeapp.training.serializers import (
    EstimateQuerySerializer,
    NewRunSerializer,
    RunEstimateSerializer,
    RunLogSerializer,
    RunRowSerializer,
    RunSerializer,
)


class _Training(APIView):
    permission_classes = (IsAdmin,)


class RunEstimate(_Training):
    """How much there is to learn from, when it starts, how long it takes, and why it cannot start."""

    @extend_schema(
        parameters=[EstimateQuerySerializer], responses=RunEstimateSerializer, operation_id="training_estimate"
    )
    def get(self, request: Request) -> Response:
        asked = EstimateQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(estimate(**asked.validated_data, by=request.user))


class RunList(ListAPIView[TrainingRun]):
    """All runs, newest first; and the door for new ones."""

    permission_classes = (IsAdmin,)
    serializer_class = RunRowSerializer
    queryset = TrainingRun.objects.none()

    def get_queryset(self) -> QuerySet[TrainingRun]:
        return selectors.runs_for(self.request.user)

    @extend_schema(request=NewRunSerializer, responses={201: RunSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Train. 409 `training-no-data`: nobody whose readings fit agrees to it; `training-too-little-data`: they are
        of too few films. 429 `too-many-runs`: as many of yours wait or run as one person may have."""
        new = NewRunSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        run = services.create_run(by=request.user, **new.validated_data)
        return Response(_shown(request, run.pk), 201)


class RunDetail(_Training):
    """One run: where it is, its losses, what came of it."""

    @extend_schema(responses=RunSerializer)
    def get(self, request: Request, run_id: Any) -> Response:
        return Response(_shown(request, run_id))


class RunCancel(_Training):
    """Stop it; its checkpoints stay for a month. One that is over stays as it is."""

    @extend_schema(request=None, responses=RunSerializer)
    def post(self, request: Request, run_id: Any) -> Response:
        services.cancel_run(run=selectors.run_for(request.user, run_id), by=request.user)
        return Response(_shown(request, run_id))


class RunResume(_Training):
    """Go on with one that failed or was cancelled, from its last checkpoint. 409 `not-retryable`: it is done."""

    @extend_schema(request=None, responses=RunSerializer)
    def post(self, request: Request, run_id: Any) -> Response:
        services.resume_run(run=selectors.run_for(request.user, run_id), by=request.user)
        return Response(_shown(request, run_id))


class RunLogTail(_Training):
    """The end of what its training wrote."""

    @extend_schema(responses=RunLogSerializer)
    def get(self, request: Request, run_id: Any) -> Response:
        run = selectors.run_for(request.user, run_id)
        return Response({"lines": folders.log_tail(folders.of(run.pk))})


class ScheduleList(_Training):
    """When runs start by themselves; and the door for new schedules."""

    @extend_schema(responses=ScheduleSerializer(many=True), operation_id="training_schedules")
    def get(self, request: Request) -> Response:
        return Response([schedules.schedule_dict(schedule) for schedule in selectors.schedules_for(request.user)])

    @extend_schema(request=NewScheduleSerializer, responses={201: ScheduleSerializer})
    def post(self, request: Request) -> Response:
        new = NewScheduleSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        schedule = services.make_schedule(by=request.user, **new.validated_data)
        return Response(schedules.schedule_dict(schedule), 201)


class ScheduleDetail(_Training):
    """One schedule."""

    @extend_schema(responses=ScheduleSerializer)
    def get(self, request: Request, schedule_id: Any) -> Response:
        return Response(schedules.schedule_dict(selectors.schedule_for(request.user, schedule_id)))

    @extend_schema(request=NewScheduleSerializer, responses=ScheduleSerializer)
    def patch(self, request: Request, schedule_id: Any) -> Response:
        """Change it. Another time counts from now."""
        schedule = selectors.schedule_for(request.user, schedule_id)
        sent = NewScheduleSerializer(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        changed = services.change_schedule(schedule=schedule, by=request.user, **sent.validated_data)
        return Response(schedules.schedule_dict(changed))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, schedule_id: Any) -> Response:
        """It starts nothing any more. Its runs stay."""
        services.delete_schedule(schedule=selectors.schedule_for(request.user, schedule_id), by=request.user)
        return Response(status=204)


def _shown(request: Request, run_id: Any) -> Any:
    return RunSerializer(selectors.run_for(request.user, run_id)).data
