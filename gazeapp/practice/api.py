"""Practice over HTTP: attempts, feedback, progress. Everything here is about oneself."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.core.tables import csv_answer
from gazeapp.practice import feedback, progress, selectors, services, tables
from gazeapp.practice.models import Attempt
from gazeapp.practice.serializers import (
    AttemptCommitSerializer,
    AttemptDraftSerializer,
    AttemptRowSerializer,
    AttemptSerializer,
    DisagreementSerializer,
    FeedbackSerializer,
)


class MayPractise(BasePermission):
    """Residents, and faculty and admins who want to see what residents see."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.is_authenticated and request.user.has_role(*selectors.ROLES)


class _Practice(APIView):
    permission_classes = (MayPractise,)

    def attempt(self, request: Request, attempt_id: Any) -> Attempt:
        return selectors.attempt_for(request.user, attempt_id)

    def represented(self, attempt: Attempt, status: int = 200, writer: str | None = None) -> Response:
        return Response(AttemptSerializer(attempt, context={"writer": writer}).data, status)


class NextCase(_Practice):
    """The attempt to go on with, or a new one at the next case."""

    @extend_schema(
        request=None, responses={200: AttemptSerializer, 201: AttemptSerializer}, operation_id="practice_next"
    )
    def post(self, request: Request) -> Response:
        attempt, new = services.begin(user=request.user)
        return self.represented(attempt, 201 if new else 200)


class AttemptList(ListAPIView[Attempt]):
    """Your attempts, newest first."""

    permission_classes = (MayPractise,)
    serializer_class = AttemptRowSerializer
    queryset = Attempt.objects.none()

    def get_queryset(self) -> QuerySet[Attempt]:
        return selectors.attempts_of(self.request.user)


class AttemptDetail(_Practice):
    """One of your attempts."""

    @extend_schema(responses=AttemptSerializer)
    def get(self, request: Request, attempt_id: Any) -> Response:
        return self.represented(self.attempt(request, attempt_id))


class AttemptTake(_Practice):
    """Record here from now on; a page that did before learns it with its next batch."""

    @extend_schema(request=None, responses=AttemptSerializer)
    def post(self, request: Request, attempt_id: Any) -> Response:
        attempt = self.attempt(request, attempt_id)
        return self.represented(attempt, writer=services.take(attempt=attempt))


class AttemptDraft(_Practice):
    """Keep the marks and the answer so far."""

    @extend_schema(request=AttemptDraftSerializer, responses=AttemptSerializer)
    def put(self, request: Request, attempt_id: Any) -> Response:
        attempt = self.attempt(request, attempt_id)
        sent = AttemptDraftSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        services.save_draft(attempt=attempt, **sent.validated_data)
        return self.represented(self.attempt(request, attempt_id))


class AttemptCommit(_Practice):
    """Commit: the attempt is frozen, its feedback is open. The same commit sent again is harmless."""

    @extend_schema(request=AttemptCommitSerializer, responses=AttemptSerializer)
    def post(self, request: Request, attempt_id: Any) -> Response:
        attempt = self.attempt(request, attempt_id)
        sent = AttemptCommitSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        services.commit(attempt=attempt, **sent.validated_data)
        return self.represented(self.attempt(request, attempt_id))


class AttemptSkip(_Practice):
    """Put the case away: it counts for nothing and comes back later. What was recorded of it is deleted."""

    @extend_schema(request=None, responses=AttemptSerializer)
    def post(self, request: Request, attempt_id: Any) -> Response:
        services.skip(attempt=self.attempt(request, attempt_id))
        return self.represented(self.attempt(request, attempt_id))


class AttemptHide(_Practice):
    """You saw an identity on the film: hide it at once from everybody. The attempt counts for nothing."""

    @extend_schema(request=None, responses=AttemptSerializer)
    def post(self, request: Request, attempt_id: Any) -> Response:
        services.hide_film(attempt=self.attempt(request, attempt_id))
        return self.represented(self.attempt(request, attempt_id))


class AttemptFeedback(_Practice):
    """What came of a committed attempt."""

    @extend_schema(responses=FeedbackSerializer)
    def get(self, request: Request, attempt_id: Any) -> Response:
        return Response(feedback.feedback_for(self.attempt(request, attempt_id)))


class AttemptDisagree(_Practice):
    """Tell faculty that the answer key is wrong."""

    @extend_schema(request=DisagreementSerializer, responses={201: DisagreementSerializer})
    def post(self, request: Request, attempt_id: Any) -> Response:
        attempt = self.attempt(request, attempt_id)
        sent = DisagreementSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        disagreement = services.disagree(attempt=attempt, words=sent.validated_data["words"])
        return Response({"words": disagreement.words}, 201)


class AttemptTable(_Practice):
    """One table of the feedback as CSV: findings, marks, fixations or similarity."""

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, attempt_id: Any, name: str) -> HttpResponse:
        found = feedback.feedback_for(self.attempt(request, attempt_id))
        return csv_answer(name, tables.rows_of(name, found))


class Progress(_Practice):
    """How your practice goes: share of successes over the last twenty cases, misses by kind, what is due."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        return Response(progress.progress_of(request.user))


class ProgressTable(_Practice):
    """The curve of progress as CSV."""

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        return csv_answer("progress", tables.progress_rows(progress.progress_of(request.user)))
