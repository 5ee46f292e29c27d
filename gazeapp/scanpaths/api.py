"""Predictions over HTTP."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.cases.selectors import case_for
from gazeapp.scanpaths import selectors, services
from gazeapp.scanpaths.serializers import PredictionRequestSerializer, PredictionSerializer


class CasePredictions(APIView):
    """Ask for the predicted reading of a case. The same question is computed once. 429 `too-many-predictions`: as many
    of yours wait or run as one person may have."""

    @extend_schema(
        request=PredictionRequestSerializer,
        responses={200: PredictionSerializer, 202: PredictionSerializer},
        operation_id="cases_predictions_create",
    )
    def post(self, request: Request, case_id: Any) -> Response:
        case = case_for(request.user, case_id, "predict")
        selectors.refuse_raters(request.user, case.film_id or "")
        wish = PredictionRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        prediction = services.ask_for_prediction(case=case, by=request.user, **wish.validated_data)
        status = 200 if prediction.reading is not None else 202
        return Response(selectors.prediction_dict(prediction), status)


class PredictionDetail(APIView):
    """One prediction: its state, its job, and the reading once it is done."""

    @extend_schema(responses=PredictionSerializer, operation_id="predictions_retrieve")
    def get(self, request: Request, prediction_id: Any) -> Response:
        return Response(selectors.prediction_dict(selectors.prediction_for(request.user, prediction_id)))
