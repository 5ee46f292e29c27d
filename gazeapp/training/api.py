"""Model versions over HTTP: every role may look, admins judge, promote and roll back."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.accounts import services as accounts
from gazeapp.core.permissions import IsAdmin
from gazeapp.core.selectors import job_summary
from gazeapp.scanpaths import services as scanpaths
from gazeapp.training import selectors, services, versions
from gazeapp.training.serializers import (
    AcceptedJobSerializer,
    ChampionSerializer,
    ModelListSerializer,
    ModelVersionSerializer,
    PromoteSerializer,
    PromotionSerializer,
    RollBackSerializer,
)


class ModelList(APIView):
    """What serves, and every version, the newest first."""

    @extend_schema(responses=ModelListSerializer, operation_id="models")
    def get(self, request: Request) -> Response:
        return Response(versions.models_dict(request.user))


class ModelHistory(APIView):
    """Which version served since when, and why; the newest first."""

    @extend_schema(responses=PromotionSerializer(many=True), operation_id="models_history")
    def get(self, request: Request) -> Response:
        return Response(versions.history())


class ModelDetail(APIView):
    """One version with its card, its verdicts and its promotions."""

    @extend_schema(responses=ModelVersionSerializer, operation_id="models_retrieve")
    def get(self, request: Request, model_sha256: str) -> Response:
        return Response(versions.model_dict(request.user, selectors.version_for(request.user, model_sha256)))


class ModelJudge(APIView):
    """Have the gate compare it with the version that serves. 409 `is-champion`: it is that one."""

    permission_classes = (IsAdmin,)

    @extend_schema(request=None, responses={202: AcceptedJobSerializer})
    def post(self, request: Request, model_sha256: str) -> Response:
        version = selectors.version_for(request.user, model_sha256)
        job = services.request_judgement(version=version, by=request.user)
        return Response({"job": job_summary(job)}, 202)


class ModelPromote(APIView):
    """From now on new predictions use this version. Takes one's password again; 400 `reason-needed`: the gate has not
    passed it beside what serves now."""

    permission_classes = (IsAdmin,)

    @extend_schema(request=PromoteSerializer, responses=ModelVersionSerializer)
    def post(self, request: Request, model_sha256: str) -> Response:
        version = selectors.version_for(request.user, model_sha256)
        sent = PromoteSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        _again(request, sent.validated_data["password"])
        services.promote(version=version, by=request.user, reason=sent.validated_data["reason"])
        return Response(versions.model_dict(request.user, selectors.version_for(request.user, model_sha256)))


class ModelRollBack(APIView):
    """The version before serves again. Takes one's password again, and a reason."""

    permission_classes = (IsAdmin,)

    @extend_schema(request=RollBackSerializer, responses=ChampionSerializer)
    def post(self, request: Request) -> Response:
        sent = RollBackSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        _again(request, sent.validated_data["password"])
        scanpaths.roll_back(by=request.user, reason=sent.validated_data["reason"])
        return Response(versions.champion_dict(request.user))


def _again(request: Request, password: str) -> None:
    """Whoever is signed in shows that it is them. Raises Problem (wrong-password, too-many)."""
    user: Any = request.user
    accounts.reauthenticate(user=user, password=password, request=request)
