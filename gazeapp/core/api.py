"""Jobs, events and the overview over HTTP."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from gazeapp.core import live, selectors, services
from gazeapp.core.models import Job
from gazeapp.core.overview import overview
from gazeapp.core.permissions import IsAdmin
from gazeapp.core.serializers import EventPageSerializer, EventSerializer, JobSerializer, OverviewSerializer


class JobList(ListAPIView[Job]):
    """Your jobs, newest first; an admin sees everybody's."""

    serializer_class = JobSerializer
    filterset_fields = ("state", "kind", "queue", "subject")
    queryset = Job.objects.none()

    def get_queryset(self) -> QuerySet[Job]:
        return selectors.jobs_visible_to(self.request.user)


class JobDetail(APIView):
    """One job: where it stands in the queue, what it does, and what went wrong."""

    @extend_schema(responses=JobSerializer)
    def get(self, request: Request, job_id: Any) -> Response:
        return Response(JobSerializer(selectors.job_for(request.user, job_id, "view")).data)


class JobCancel(APIView):
    """Stop a job in whatever state it is. One that is over stays as it is."""

    @extend_schema(request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: Any) -> Response:
        job = selectors.job_for(request.user, job_id, "cancel")
        return Response(JobSerializer(services.cancel(job=job, by=request.user)).data)


class JobRetry(APIView):
    """Queue a failed or cancelled job again."""

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request, job_id: Any) -> Response:
        job = selectors.job_for(request.user, job_id, "retry")
        return Response(JobSerializer(services.retry(job=job, by=request.user)).data, 202)


class Overview(APIView):
    """The machine at a glance: who works, what waits, what failed in the last day, and what waits for an admin."""

    permission_classes = (IsAdmin,)

    @extend_schema(responses=OverviewSerializer)
    def get(self, request: Request) -> Response:
        return Response(overview(request.user))


class EventQuery(serializers.Serializer[Any]):
    subject = serializers.CharField(max_length=100)
    after = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)


class Events(APIView):
    """The REST twin of the live socket: the events of one subject after a number, or a snapshot without one."""

    @extend_schema(
        parameters=[
            OpenApiParameter("subject", str, required=True, description="case:<id>, prediction:<id>, job:<id>, ..."),
            OpenApiParameter("after", int, description="The last number you have; leave out for a snapshot."),
        ],
        responses=EventPageSerializer,
    )
    def get(self, request: Request) -> Response:
        query = EventQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        subject = query.validated_data["subject"]
        answer = live.follow(request.user, subject, query.validated_data["after"])
        return Response(
            {
                "subject": subject,
                "seq": answer.seq,
                "state": answer.state,
                "events": EventSerializer(answer.events, many=True).data,
            }
        )


class Schema(SpectacularJSONAPIView):
    """The OpenAPI description of this API."""

    permission_classes = api_settings.DEFAULT_PERMISSION_CLASSES  # type: ignore[assignment]


class Docs(SpectacularSwaggerSplitView):
    """The API browser, from files of this server only."""

    permission_classes = api_settings.DEFAULT_PERMISSION_CLASSES  # type: ignore[assignment]
    url_name = "api-schema"
    template_name = "core/api_docs.html"  # without inline script or style, as the security policy wants
