"""One's own recordings over HTTP."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.recordings import selectors, services
from gazeapp.recordings.models import Recording
from gazeapp.recordings.serializers import (
    AcknowledgedSerializer,
    PartSerializer,
    RecordingDetailSerializer,
    RecordingLogSerializer,
    RecordingSerializer,
)


class RecordingList(ListAPIView[Recording]):
    """Your recordings, newest first."""

    serializer_class = RecordingSerializer
    queryset = Recording.objects.none()

    def get_queryset(self) -> QuerySet[Recording]:
        return selectors.recordings_of(self.request.user)


class RecordingDetail(APIView):
    """One of your recordings, with its fixations once it is complete."""

    @extend_schema(responses=RecordingDetailSerializer)
    def get(self, request: Request, recording_id: Any) -> Response:
        recording = selectors.own_recording(request.user, recording_id)
        return Response(RecordingDetailSerializer(recording, context={"request": request}).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, recording_id: Any) -> Response:
        """Delete its samples and fixations for good."""
        services.discard(recording=selectors.own_recording(request.user, recording_id), by=request.user)
        return Response(status=204)


class RecordingSamples(APIView):
    """Everything that was recorded: samples, views, events."""

    @extend_schema(responses=RecordingLogSerializer)
    def get(self, request: Request, recording_id: Any) -> Response:
        return Response(selectors.log_of(selectors.own_recording(request.user, recording_id)))


class RecordingParts(APIView):
    """Send one batch. Sending the same batch again is harmless; nothing acknowledged is lost."""

    @extend_schema(
        request=PartSerializer,
        responses={200: AcknowledgedSerializer, 201: AcknowledgedSerializer},
        operation_id="recordings_parts_create",
    )
    def post(self, request: Request, recording_id: Any, seq: int) -> Response:
        recording = selectors.own_recording(request.user, recording_id)
        sent = PartSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        part, new = services.receive_part(
            recording=recording, seq=seq, writer=sent.validated_data["writer"], body=dict(request.data)
        )
        newest = selectors.next_seq(recording)
        return Response(
            {"acknowledged": part.seq, "next_seq": newest, "end_s": selectors.end_s(recording)}, 201 if new else 200
        )
