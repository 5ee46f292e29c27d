"""Eye trackers' files over HTTP: send one, see what it is, try a trial on a film, save, or give it up."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.cases.spool import spool_uploads
from gazeapp.core.parsers import Form, JsonObject
from gazeapp.core.problems import Problem
from gazeapp.recordings import matching, reading, selectors, services, spool
from gazeapp.recordings.import_serializers import (
    ChosenSerializer,
    GazeFileSerializer,
    ImportDetailSerializer,
    ImportSerializer,
    PreviewSerializer,
    SaveImportSerializer,
    StartedImportSerializer,
    place_of,
)
from gazeapp.recordings.models import ImportSession
from gazeapp.recordings.services.saving import Chosen


class ImportList(ListAPIView[ImportSession]):
    """Your files that wait or are being matched to cases; and the door for new ones."""

    serializer_class = ImportSerializer
    parser_classes = (JsonObject, Form)
    queryset = ImportSession.objects.none()

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        if request.method == "POST":
            spool_uploads(request)  # before anything reads the body
        return super().initialize_request(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[ImportSession]:
        _need_importer(self.request.user)
        return selectors.imports_of(self.request.user)

    @extend_schema(request={"multipart/form-data": GazeFileSerializer}, responses={202: StartedImportSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send an eye tracker's file whole. A job looks into it; nothing is saved before you say so."""
        _need_importer(request.user)
        sent = GazeFileSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        session = services.start_import(owner=request.user, pieces=sent.validated_data["file"].chunks())
        return Response({"id": str(session.pk), "subject": session.subject}, 202)


class ImportDetail(APIView):
    """One of your files: what was recognised in it, and to which cases its trials may belong."""

    @extend_schema(responses=ImportDetailSerializer)
    def get(self, request: Request, import_id: Any) -> Response:
        session = selectors.import_for(request.user, import_id)
        answer = Response(ImportDetailSerializer(session, context={"request": request}).data)
        answer["Cache-Control"] = "no-store"
        return answer

    @extend_schema(responses={204: None})
    def delete(self, request: Request, import_id: Any) -> Response:
        """Give it up: the file and what was read from it are deleted."""
        services.discard_import(session=selectors.import_for(request.user, import_id), by=request.user)
        return Response(status=204)


class ImportPreview(APIView):
    """Try one trial on a case's film. Nothing is written."""

    @extend_schema(request=ChosenSerializer, responses=PreviewSerializer)
    def post(self, request: Request, import_id: Any) -> Response:
        session = selectors.import_for(request.user, import_id)
        sent = ChosenSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        if session.state != ImportSession.State.RECOGNISED:
            raise Problem("import-over", "This file is not open any more.", "Look at its state again.", code=409)
        one = _chosen(request.user, [sent.validated_data])[0]
        work = spool.work_path(session.pk)
        found = reading.read(work, session.recognised or {}, one.trial, one.case, one.eye, one.place)
        return Response(PreviewSerializer(found).data)


class ImportSave(APIView):
    """Make recordings of the chosen trials: all or none, and once however often you ask."""

    @extend_schema(request=SaveImportSerializer, responses=ImportSerializer)
    def post(self, request: Request, import_id: Any) -> Response:
        session = selectors.import_for(request.user, import_id)
        sent = SaveImportSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        if session.state != ImportSession.State.SAVED:
            session = services.save_import(
                session=session,
                by=request.user,
                whose=sent.whose_it_is(),
                trials=_chosen(request.user, sent.validated_data["trials"]),
            )
        return Response(ImportSerializer(session).data)


def _need_importer(user: Any) -> None:
    if not user.has_role(*selectors.IMPORTERS):
        raise PermissionDenied


def _chosen(user: Any, rows: list[dict[str, Any]]) -> list[Chosen]:
    """With their cases, which the person must see. Raises Problem (case-unknown)."""
    cases = matching.importable_cases(user).in_bulk({row["case"] for row in rows})
    for row in rows:
        if row["case"] not in cases:
            raise Problem(
                "case-unknown",
                "There is no such case for you.",
                "Choose one from the list.",
                code=422,
                trial=row["trial"],
            )
    return [Chosen(row["trial"], cases[row["case"]], row["eye"], place_of(row)) for row in rows]
