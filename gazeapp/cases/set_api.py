"""Practice sets over HTTP. Faculty and admins share them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.cases import selectors, services
from gazeapp.cases.models import CaseSet
from gazeapp.cases.set_serializers import (
    AddCaseSerializer,
    AgreeSerializer,
    NewSetSerializer,
    SetChangeSerializer,
    SetDetailSerializer,
    SetSerializer,
)


class SetList(ListAPIView[CaseSet]):
    """Practice sets, newest first; and the door for new ones."""

    serializer_class = SetSerializer
    queryset = CaseSet.objects.none()

    def get_queryset(self) -> QuerySet[CaseSet]:
        return selectors.sets_for(self.request.user)

    @extend_schema(request=NewSetSerializer, responses={201: SetDetailSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        selectors.sets_for(request.user)
        new = NewSetSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        return _set(request, services.make_set(by=request.user, **new.validated_data), 201)


class SetDetail(APIView):
    """One set with its cases in order."""

    @extend_schema(responses=SetDetailSerializer)
    def get(self, request: Request, set_id: Any) -> Response:
        return _set(request, selectors.set_for(request.user, set_id))

    @extend_schema(request=SetChangeSerializer, responses=SetDetailSerializer)
    def patch(self, request: Request, set_id: Any) -> Response:
        """Change its name, what it is for, or the order of its cases."""
        case_set = selectors.set_for(request.user, set_id)
        change = SetChangeSerializer(data=request.data, partial=True)
        change.is_valid(raise_exception=True)
        return _set(request, services.change_set(case_set=case_set, by=request.user, **change.validated_data))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, set_id: Any) -> Response:
        """Delete a set that is not open. Cases and keys stay."""
        services.delete_set(case_set=selectors.set_for(request.user, set_id), by=request.user)
        return Response(status=204)


class SetCases(APIView):
    """Put a case at the set's end. Another person's unpublished case waits there for its owner's yes."""

    @extend_schema(request=AddCaseSerializer, responses={201: SetDetailSerializer})
    def post(self, request: Request, set_id: Any) -> Response:
        case_set = selectors.set_for(request.user, set_id)
        sent = AddCaseSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        case = selectors.case_for(request.user, sent.validated_data["case"], "author")
        services.add_case(case_set=case_set, case=case, by=request.user)
        return _set(request, case_set, 201)


class SetPlace(APIView):
    """A case's place in a set."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, set_id: Any, case_id: Any) -> Response:
        """Take the case out. What was read of it stays."""
        case_set = selectors.set_for(request.user, set_id)
        services.remove_case(case_set=case_set, case_id=case_id, by=request.user)
        return Response(status=204)


class SetAgree(APIView):
    """The owner of a case (or an admin) says whether it may be practised. The answer may be changed later."""

    @extend_schema(request=AgreeSerializer, responses=AgreeSerializer)
    def post(self, request: Request, set_id: Any, case_id: Any) -> Response:
        place = selectors.place_to_agree_to(request.user, set_id, case_id)
        sent = AgreeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        services.agree(place=place, by=request.user, agreed=sent.validated_data["agreed"])
        return Response({"agreed": place.agreed})


class SetOpen(APIView):
    """Give its cases to residents. Until somebody has read one, its film is closed to them everywhere else."""

    @extend_schema(request=None, responses=SetDetailSerializer)
    def post(self, request: Request, set_id: Any) -> Response:
        case_set = selectors.set_for(request.user, set_id)
        return _set(request, services.open_set(case_set=case_set, by=request.user))


class SetClose(APIView):
    """Give its cases to nobody any more."""

    @extend_schema(request=None, responses=SetDetailSerializer)
    def post(self, request: Request, set_id: Any) -> Response:
        case_set = selectors.set_for(request.user, set_id)
        return _set(request, services.close_set(case_set=case_set, by=request.user))


def _set(request: Request, case_set: CaseSet, status: int = 200) -> Response:
    now = selectors.set_for(request.user, case_set.pk)
    return Response(SetDetailSerializer(now).data, status)
