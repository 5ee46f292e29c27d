"""The ladder over HTTP."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.core.permissions import IsFacultyOrAdmin
from gazeapp.core.tables import csv_answer
from gazeapp.difficulty import agreement, ladder, reasons, selectors, services
from gazeapp.difficulty.serializers import (
    ComparisonDoneSerializer,
    ComparisonSentSerializer,
    LadderAgreementSerializer,
    LadderQuerySerializer,
    LadderReasonsSerializer,
    LadderSerializer,
    NextPairSerializer,
    PairQuerySerializer,
)

SIDES = {"left": "first", "right": "second", "equal": "equal"}


class MayReadLadder(BasePermission):
    """Faculty, admins, and researchers who are no residents."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return selectors.may_read(request.user)


class Ladder(APIView):
    """The cases by difficulty, the hardest first."""

    permission_classes = (MayReadLadder,)

    @extend_schema(parameters=[LadderQuerySerializer], responses=LadderSerializer, operation_id="ladder")
    def get(self, request: Request) -> Response:
        asked = LadderQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(ladder.ladder_page(request.user, **asked.validated_data))


class LadderCase(APIView):
    """A case's row, and why it stands there."""

    permission_classes = (MayReadLadder,)

    @extend_schema(responses=LadderReasonsSerializer, operation_id="ladder_case")
    def get(self, request: Request, case_id: Any) -> Response:
        return Response(reasons.reasons_for(request.user, selectors.place_for(request.user, case_id)))


class LadderAgreement(APIView):
    """How far predicted workload, and plainer measures, go with observed difficulty."""

    permission_classes = (MayReadLadder,)

    @extend_schema(responses=LadderAgreementSerializer)
    def get(self, request: Request) -> Response:
        return Response(agreement.agreement_for(request.user))


class LadderTable(APIView):
    """The whole ladder as CSV."""

    permission_classes = (MayReadLadder,)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        return csv_answer("ladder", ladder.table(request.user))


class LadderPair(APIView):
    """The next two cases to compare."""

    permission_classes = (IsFacultyOrAdmin,)

    @extend_schema(parameters=[PairQuerySerializer], responses=NextPairSerializer)
    def get(self, request: Request) -> Response:
        asked = PairQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(NextPairSerializer(ladder.next_pair(request.user, **asked.validated_data)).data)


class ComparisonList(APIView):
    """Say which of two cases is harder. The same answer again changes nothing."""

    permission_classes = (IsFacultyOrAdmin,)

    @extend_schema(request=ComparisonSentSerializer, responses={201: ComparisonDoneSerializer})
    def post(self, request: Request) -> Response:
        sent = ComparisonSentSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given = sent.validated_data
        first, second = (selectors.open_case(request.user, given[side]) for side in ("left", "right"))
        made = services.compare(
            first=first, second=second, by=request.user, harder=SIDES[given["harder"]], seconds=given["seconds"]
        )
        return Response({"id": made.pk, "done": selectors.comparisons_of(request.user).count()}, 201)


class ComparisonUndo(APIView):
    """Take one of your comparisons back."""

    permission_classes = (IsFacultyOrAdmin,)

    @extend_schema(request=None, responses=ComparisonDoneSerializer)
    def post(self, request: Request, comparison_id: int) -> Response:
        undone = services.undo(comparison=selectors.comparison_for(request.user, comparison_id), by=request.user)
        return Response({"id": undone.pk, "done": selectors.comparisons_of(request.user).count()})
